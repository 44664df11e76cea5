"""Trial matching, after the draft of CodeX: clinical data of one patient in, a searchset of ResearchStudy out.

Seen of the draft (CodeX, "Integrated Trial Matching for Cancer Patients and Providers", 0.1.0, CI build of December 2025): an
operation `$match` on ResearchStudy; in `zipCode`, `travelRadius`, `phase`, `recruitmentStatus` (strings, each at most once) and
`trialMatchClinicalData` (a Bundle of mCODE); out a Bundle of type searchset that holds ResearchStudy. Its reference service
takes the same parameters from a Parameters resource inside the bundle and writes `search.score` from 0 to 1.

Our reading, where the draft says nothing: `match-grade` on `search` as in Patient/$match; `score` is the share of a trial's
criteria that are surely met; a trial that is not for this patient stays, as `certainly-not`; phase and recruitment that are not
known never leave a trial out; `zipCode` and `travelRadius` are told not to be used, as sites are known by town, without a place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.exports.fhir.match_input import Asked
from api.exports.fhir.outcomes import of_sheet, outcome_entry
from api.exports.fhir.parts import Json, tidy
from api.exports.fhir.studies import searchset, study
from api.exports.fhir.trials import STATUSES, eligibility
from engine.matching import recruitments
from engine.model import Trial
from engine.ontology import Ontology

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
GRADES = ("certain", "probable", "possible", "certainly-not")


@dataclass(frozen=True, slots=True)
class Match:
    """One trial for one patient: every arm asked, for each tumour."""

    trial: Trial
    arms: tuple[tuple[str, Mapping[str, Any]], ...]

    @property
    def grade(self) -> str:
        """The grade of the arm that fits best."""
        return min((grade_of(arm) for _, arm in self.arms), key=GRADES.index)

    @property
    def score(self) -> float:
        """The greatest share of an arm's criteria that are surely met; 0 where the patient is surely not eligible."""
        return max(_share(arm) for _, arm in self.arms)


def grade_of(arm: Mapping[str, Any]) -> str:
    """Return how sure a match is: certain only if every criterion of the protocol was read."""
    if arm["verdict"] == "eligible":
        return "certain" if arm["coverage"].get("complete") else "probable"
    return "possible" if arm["verdict"] == "possible" else "certainly-not"


def _share(arm: Mapping[str, Any]) -> float:
    criteria = (arm["why"] or {}).get("nodes") or ()
    if arm["verdict"] not in ("eligible", "possible") or not criteria:
        return 0.0
    met: int = sum(each["truth"] == "true" for each in criteria)
    return round(met / len(criteria), 4)


def matches(answer: Mapping[str, Any], trials: Iterable[Trial], asked: Asked) -> list[Match]:
    """Return the trials of an answer that are wanted, the surest first."""
    known = {trial.id: trial for trial in trials}
    arms: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for tumour in answer["tumours"]:
        for arm in tumour["trials"]:
            arms.setdefault(arm["id"], []).append((tumour["id"], arm))
    found = [Match(known[each], tuple(asked_for)) for each, asked_for in arms.items() if _is_wanted(known[each], asked)]
    if asked.certain_only:
        found = [match for match in found if match.grade == "certain"]
    return sorted(found, key=lambda match: (GRADES.index(match.grade), -match.score))


def _is_wanted(trial: Trial, asked: Asked) -> bool:
    phases = set(filter(None, trial.phase.split("/")))
    states = {STATUSES.get(str(each["status"]), "") for each in recruitments(trial)} - {""}
    return all(
        not wanted or not said or said & wanted for wanted, said in ((asked.phases, phases), (asked.states, states))
    )


def match_set(answer: Mapping[str, Any], found: Sequence[Match], asked: Asked, ontology: Ontology, base: str) -> Json:
    """Return the searchset: each study with the status of every criterion, its grade and score; what is to be told last."""
    shown = found if asked.count is None else found[: asked.count]
    entries = [_entry(match, ontology, base) for match in shown]
    told = outcome_entry([*asked.issues, *of_sheet(answer)])
    return searchset(entries, len(found), {}, told)


def _entry(match: Match, ontology: Ontology, base: str) -> Json:
    resource = study(match.trial, ontology)
    told = tidy([eligibility(tumour, arm, "fr") for tumour, arm in match.arms])
    resource["extension"] = [*resource.get("extension", ()), *told]
    grade = [{"url": GRADE, "valueCode": match.grade}]
    return {
        "fullUrl": f"{base}/ResearchStudy/{match.trial.id}",
        "resource": resource,
        "search": {"extension": grade, "mode": "match", "score": match.score},
    }
