"""The answer as one FHIR R4 Bundle: for each tumour a GuidanceResponse over a CarePlan and its RequestGroup, with what
stands against it (DetectedIssue), the trials (ResearchStudy) and where it all comes from (Provenance).

Every id is made of the decision's and of the resource's own content: the same answer gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.exports import CANONICAL
from api.exports.fhir.guidance import data_requirements, device, messages, parameters, provenance
from api.exports.fhir.issues import IssueWriter
from api.exports.fhir.parts import Entries, Json, concept, extension, narrative
from api.exports.fhir.patient import add_patient, add_tumour
from api.exports.fhir.plan import PlanWriter, is_shown
from api.exports.fhir.proposal import add_proposal
from api.exports.fhir.trials import study_of

TITLES = {"fr": "Proposition pour la RCP", "en": "Proposal for the tumour board"}
_LANGUAGES = ("fr", "en")


def answer_bundle(answer: Mapping[str, Any], sheet: Mapping[str, Any], lang: str = "fr") -> dict[str, Any]:
    """Return an answer (version 1, explained in full) as a FHIR R4 Bundle of type collection.

    `sheet` is the native sheet that was answered, without identity; only the sex and the tumours' codes are taken from it.
    A recommendation that does not apply gives no action: it stands, with why, in the output parameters.
    """
    return _AnswerWriter(answer, sheet, lang if lang in _LANGUAGES else "fr").bundle()


class _AnswerWriter:
    def __init__(self, answer: Mapping[str, Any], sheet: Mapping[str, Any], lang: str) -> None:
        self.answer, self.sheet, self.lang = answer, sheet, lang
        self.notice = str(answer.get("notice") or "")
        self.entries = Entries(answer["decision_id"], self.notice)
        self.patient = add_patient(self.entries, sheet)
        self.engine = self.entries.add("Device", device(answer))
        self.issues = IssueWriter(self.entries, self.patient, answer["as_of"], lang)
        self.requests: dict[str, list[Json]] = {}
        self.targets: list[Json] = []

    def bundle(self) -> Json:
        tumours = [(tumour, self.conditions(tumour)) for tumour in self.answer["tumours"]]
        studies = self.studies()
        for tumour, condition in tumours:
            self.tumour(tumour, condition, studies.get(tumour["id"], []))
        for conflict in self.answer["patient"]["conflicts"]:
            self.targets.append(self.issues.conflict(conflict, self.requests))
        if self.targets:
            self.entries.add("Provenance", provenance(self.answer, self.engine, self.targets))
        return self.entries.bundle("collection")

    def conditions(self, tumour: Mapping[str, Any]) -> Json:
        return add_tumour(self.entries, self.patient, tumour, self.sheet)

    def studies(self) -> dict[str, list[Json]]:
        """Keep one study a trial, and return the references by tumour."""
        asked: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for tumour in self.answer["tumours"]:
            for arm in tumour["trials"]:
                asked.setdefault(arm["id"], []).append((tumour["id"], arm))
        found: dict[str, list[Json]] = {}
        for arms in asked.values():
            study = self.entries.add("ResearchStudy", study_of(arms, self.notice, self.lang))
            self.targets.append(study)
            for tumour_id in dict.fromkeys(tumour for tumour, _ in arms):
                found.setdefault(tumour_id, []).append(study)
        return found

    def tumour(self, tumour: Mapping[str, Any], condition: Json, studies: list[Json]) -> None:
        writer = PlanWriter(self.entries, self.patient, condition, self.lang)
        group = self.group(tumour, condition, writer)
        proposed = add_proposal(tumour, writer, self.issues)
        issues = [*proposed, *self.issues.of_tumour(tumour, writer)]
        plan = self.entries.add("CarePlan", self.plan(tumour, condition, group, [*studies, *issues]))
        guidance = self.entries.add("GuidanceResponse", self.guidance(tumour, condition, plan))
        ours = [each for each in issues if each["type"] == "DetectedIssue"]  # the board's requests are not
        self.targets += [guidance, plan, *group, *ours]
        for rule, requests in writer.requests.items():
            self.requests.setdefault(rule, []).extend(requests)

    def group(self, tumour: Mapping[str, Any], condition: Json, writer: PlanWriter) -> list[Json]:
        """Keep the actions of one tumour, question by question; nothing where there is none."""
        rules = {rule["id"]: rule for rule in tumour["recommendations"]}
        actions = [body for question in tumour["questions"] if (body := writer.question(question, rules))]
        if not actions:
            return []
        return [self.entries.add("RequestGroup", {
            "text": narrative([TITLES[self.lang], *self.lines(tumour), self.notice]),
            "status": "draft",
            "intent": "proposal",
            "code": concept("plan", "rcp", TITLES[self.lang]),
            "subject": self.patient,
            "authoredOn": self.answer["as_of"],
            "author": self.engine,
            "reasonReference": [condition],
            "note": self.notes(),
            "action": actions,
        })]  # fmt: skip

    def plan(self, tumour: Mapping[str, Any], condition: Json, group: list[Json], beside: list[Json]) -> Json:
        return {
            "text": narrative([TITLES[self.lang], tumour["label"], *self.lines(tumour), self.notice]),
            "extension": [extension("until", string=tumour["until"])],
            "status": "draft",
            "intent": "proposal",
            "title": f"{TITLES[self.lang]} – {tumour['label']}",
            "description": self.notice,
            "subject": self.patient,
            "created": self.answer["as_of"],
            "author": self.engine,
            "addresses": [condition],
            "supportingInfo": beside,
            "activity": [{"reference": each} for each in group],
            "note": self.notes(),
        }

    def guidance(self, tumour: Mapping[str, Any], condition: Json, plan: Json) -> Json:
        wanted = data_requirements(tumour)
        said = list(messages(self.answer, tumour, self.lang))
        return {
            "text": narrative([tumour["label"], *(rule["text"] for rule in tumour["recommendations"]), self.notice]),
            "requestIdentifier": {"system": f"{CANONICAL}/decision", "value": self.answer["decision_id"]},
            "moduleCanonical": f"{CANONICAL}/Library/oncorules|{self.answer['snapshot']}",
            "status": "data-required" if wanted else "success",
            "subject": self.patient,
            "occurrenceDateTime": self.answer["as_of"],
            "performer": self.engine,
            "reasonReference": [condition],
            "note": self.notes(),
            "evaluationMessage": [self.entries.add("OperationOutcome", {"issue": said})] if said else [],
            "outputParameters": self.entries.add("Parameters", parameters(self.answer, tumour, self.lang)),
            "result": plan,
            "dataRequirement": wanted,
        }

    def lines(self, tumour: Mapping[str, Any]) -> Iterator[str]:
        yield from (str(rule["text"]) for rule in tumour["recommendations"] if is_shown(rule))

    def notes(self) -> list[Json]:
        return [{"text": self.notice}] if self.notice else []
