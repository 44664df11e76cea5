"""The trials of a base as ResearchStudy, and the search over them.

FHIR R4, Search: values of one parameter joined by commas are alternatives, a repeated parameter narrows; what is not known is
passed over and told (`Prefer: handling=strict` refuses it); a modifier that is not served is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from api.exports import CANONICAL
from api.exports.fhir.outcomes import issue
from api.exports.fhir.parts import (
    Json,
    address_of,
    concept,
    extension,
    notice_tags,
    terminology,
    tidy,
)
from api.exports.fhir.trials import identifier, places, recruitments, sites, state
from engine.matching import recruitments as recruitments_of
from engine.model import Criterion, Trial
from engine.ontology import Ontology
from engine.syntax import And, Condition, IsA, Or
from engine.systems import system_name
from engine.wording import NOTICE

PHASES = {"I": "phase-1", "I/II": "phase-1-phase-2", "II": "phase-2", "II/III": "phase-2-phase-3", "III": "phase-3", "IV": "phase-4"}  # fmt: skip
_PHASE_SYSTEM = "http://terminology.hl7.org/CodeSystem/research-study-phase"
_SITES = ("topographie", "morphologie", "histologie")
_TO_VALIDATE = "à valider"


def study(trial: Trial, ontology: Ontology, lang: str = "fr") -> Json:
    """Return a trial as the base knows it: what it is, for whom, where, and its criteria as the registry words them."""
    said = recruitments_of(trial)
    code = PHASES.get(trial.phase, "")
    found: Json = tidy({
        "resourceType": "ResearchStudy",
        "id": trial.id,
        "meta": {"tag": notice_tags(NOTICE[lang] if trial.status == _TO_VALIDATE else None)},
        "contained": [*places(trial.sites), *_group(trial)],
        "extension": [
            extension("acronym", string=trial.acronym),
            extension("content-status", string=trial.status),
            extension("criteria-complete", boolean=bool(trial.complete)),
            *recruitments(said),
        ],
        "identifier": [identifier(trial.id)],
        "title": trial.title,
        **state(said),
        "phase": ({"coding": [{"system": _PHASE_SYSTEM, "code": code}]} if code else {}) | {"text": trial.phase},
        "condition": [_condition(each, ontology, lang) for each in populations(trial, ontology)],
        "relatedArtifact": [{"type": "documentation", "display": trial.source.title, "url": trial.source.url}],
        "description": trial.note,
        "enrollment": [{"reference": "#criteria"}] if _group(trial) else [],
        "sponsor": {"display": trial.sponsor},
        "site": sites(trial.sites),
        "arm": [{"name": arm.title or arm.id} for arm in trial.arms],
    })  # fmt: skip
    return found


def populations(trial: Trial, ontology: Ontology) -> list[str]:
    """Return the concepts of site and morphology that a trial's population asks for."""
    names = (name for written in trial.population for name in _asked(written.condition))
    found = (ontology.find(name, ("topographie", "morphologie")) for name in names)
    return list(dict.fromkeys(each.id for each in found if each))


def _asked(condition: Condition) -> Iterator[str]:
    if isinstance(condition, And | Or):
        for each in condition.parts:
            yield from _asked(each)
    elif isinstance(condition, IsA) and condition.item is not None and condition.item.text in _SITES:
        yield from (each.text for each in condition.concepts)


def _condition(identified: str, ontology: Ontology, lang: str) -> Json:
    known = ontology.concepts[identified]
    named = concept("concept", known.id, known.label(lang))
    codes = [terminology(code, system) for system, codes in known.codes.items() if address_of(system) for code in codes]
    return named | {"coding": [*named["coding"], *codes]}


def _group(trial: Trial) -> list[Json]:
    criteria = [*trial.criteria, *(criterion for arm in trial.arms for criterion in arm.criteria)]
    if not criteria:
        return []
    characteristics = [_characteristic(each) for each in criteria]
    return [{"resourceType": "Group", "id": "criteria", "type": "person", "actual": False, "characteristic": characteristics}]  # fmt: skip


def _characteristic(criterion: Criterion) -> Json:
    return {
        "extension": [
            extension("criterion", string=criterion.id),
            extension("step", string=criterion.step),
            extension("state", string="" if criterion.encoded else criterion.state),
        ],
        "code": {"text": criterion.text},
        "valueBoolean": True,
        "exclude": criterion.kind == "exclusion",
    }


# --- search ---


Test = Callable[[Trial, str], bool]


def search(
    trials: Iterable[Trial], ontology: Ontology, asked: Iterable[tuple[str, str]]
) -> tuple[list[Trial], list[Json]]:
    """Return the trials that satisfy every parameter (of `SEARCHED`), and what is to be told of the search."""
    tests = {"_id": _has_id, "status": _has_state, "condition": _concerns(ontology)}
    found, told = list(trials), []
    for name, text in asked:
        values = [value for value in text.split(",") if value]
        if name == "condition":
            told += [_unknown_code(value) for value in values if not concepts_of(value, ontology)]
        found = [trial for trial in found if any(tests[name](trial, value) for value in values)]
    return found, told


def concepts_of(value: str, ontology: Ontology) -> set[str]:
    """Return the concepts that a token stands for: `system|code`, `|code` or `code`, ours or of a terminology we map."""
    system, bar, code = value.rpartition("|")
    if bar and system and system != f"{CANONICAL}/CodeSystem/concept":
        return set(ontology.resolve(system_name(system), code))
    own = {code} & ontology.concepts.keys()
    return own or {each for named in ontology.codes for each in ontology.resolve(named, code)}


def _concerns(ontology: Ontology) -> Test:
    """Return the test of a condition: the trial's population lies above it or below it."""

    def test(trial: Trial, value: str) -> bool:
        wanted = concepts_of(value, ontology)
        pairs = ((one, other) for one in populations(trial, ontology) for other in wanted)
        return any(ontology.is_a(one, other) or ontology.is_a(other, one) for one, other in pairs)

    return test


def _has_id(trial: Trial, value: str) -> bool:
    return trial.id == value


def _has_state(trial: Trial, value: str) -> bool:
    return state(recruitments_of(trial)).get("status") == value.rpartition("|")[2]


def _unknown_code(value: str) -> Json:
    return issue(
        "warning", "code-invalid", f"aucun concept ne porte le code `{value[:100]}`", "code-inconnu", "condition"
    )


SEARCHED: Mapping[str, str] = {"_id": "token", "condition": "token", "status": "token"}


def searchset(entries: list[Json], total: int, links: Mapping[str, str], issues: Iterable[Any]) -> Json:
    """Return the bundle of one page of matches, with its links, the outcome of the search last."""
    told = [{"relation": relation, "url": url} for relation, url in links.items()]
    found = {"link": told, "entry": [*entries, *issues]}
    filled = {name: listed for name, listed in found.items() if listed}
    return {"resourceType": "Bundle", "type": "searchset", "total": total, **filled}
