"""Draft FHIR R4 resources that a suggestion creates: proposals for a person to complete, never orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.exports import CANONICAL
from api.hooks.names import CONCEPTS, ITEMS
from api.hooks.plans import Act, checks_of
from api.hooks.words import Words
from engine.ontology import Ontology

SYSTEMIC = "traitement_systemique"
_SYSTEMS = {
    "ATC": "http://www.whocc.no/atc",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "SNOMED CT": "http://snomed.info/sct",
    "LOINC": "http://loinc.org",
    "NCIt": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
}
Resource = dict[str, Any]
Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drafts:
    """Makes the drafts of one answer: for whom, as of when, under which notice."""

    ontology: Ontology
    patient: str
    as_of: str
    notice: str
    rules_at: str
    say: Words

    def of_act(self, act: Act, rule: Rule) -> Resource:
        """Return a draft for an action: a MedicationRequest for a drug, a ServiceRequest for the rest."""
        concept = act["concept"]
        what = {"coding": self._codings(concept["id"], concept["label"]), "text": concept["label"]}
        drug = self.ontology.is_a(concept["id"], SYSTEMIC)
        named = {"medicationCodeableConcept": what} if drug else {"code": what}
        draft = self._draft("MedicationRequest" if drug else "ServiceRequest", named, rule)
        if drug and (dosage := ", ".join(str(act[key]) for key in ("dose", "duration", "cycles") if act.get(key))):
            draft["dosageInstruction"] = [{"text": dosage}]
        checks = list(dict.fromkeys(checks_of(act)))
        draft["note"] += [{"text": self.say("to_check", ", ".join(checks))}] if checks else []
        return draft

    def of_plan(self, text: str, rule: Rule) -> Resource:
        """Return a draft CarePlan that tells a plan with too many ways to list."""
        detail = {"status": "not-started", "description": text}
        named = {"title": str(rule["title"]), "description": text, "activity": [{"detail": detail}]}
        return self._draft("CarePlan", named, rule)

    def of_item(self, item: str, label: str, rule: Rule) -> Resource:
        """Return a draft request for an examination that fills an item of the sheet."""
        coding = [{"system": ITEMS, "code": item, "display": label}] if item else []
        return self._draft("ServiceRequest", {"code": {"coding": coding, "text": label}}, rule)

    def of_trial(self, trial: Rule, at: str) -> Resource:
        """Return a draft request to screen for a trial."""
        draft = self._draft("ServiceRequest", {"code": {"text": f"{trial['title']} ({trial['id']})"}}, trial)
        return draft | {"instantiatesUri": [f"{at}/{trial['id']}"]}

    def _draft(self, kind: str, named: Resource, rule: Rule) -> Resource:
        when = {"created": self.as_of} if kind == "CarePlan" else {"authoredOn": self.as_of}
        reason = {} if kind == "CarePlan" else {"reasonCode": [{"text": str(rule["title"])}]}
        head = {"resourceType": kind, "status": "draft", "intent": "proposal"}
        subject = {"subject": {"reference": f"Patient/{self.patient}"}}
        source = {"instantiatesUri": [f"{self.rules_at}/{rule['id']}"], "extension": list(_extensions(rule))}
        return (
            head | named | subject | when | reason | source | {"note": [{"text": self.notice}] if self.notice else []}
        )

    def _codings(self, concept: str, label: str) -> list[dict[str, str]]:
        known = self.ontology.concepts.get(concept)
        own = [{"system": CONCEPTS, "code": concept, "display": label}]
        codes = known.codes if known else {}
        return own + [{"system": _SYSTEMS[name], "code": code} for name in _SYSTEMS for code in codes.get(name, ())]


def _extensions(rule: Rule) -> Iterable[dict[str, str]]:
    for key, name in (("grade", "recommendation-grade"), ("level", "evidence-level")):
        if rule.get(key):
            yield {"url": f"{CANONICAL}/StructureDefinition/{name}", "valueString": str(rule[key])}
