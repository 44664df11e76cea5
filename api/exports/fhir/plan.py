"""Plans as FHIR has them: a RequestGroup's tree of actions, each leaf a ServiceRequest that is an option, never an order.

FHIR R4, RequestGroup: an action has parts or a resource, never both; a request that belongs to a group is of intent `option`.
A ServiceRequest stands for any leaf: the answer names a treatment, not a product with a dosage that could be prescribed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from api.exports.fhir.parts import Entries, Json, applicability, concept, extension
from api.exports.fhir.qualities import access, layers, qualities, safety, safety_status, source_of
from engine.wording import MODALITIES, verdict_word

SHOWN = ("applies", "applies_unless", "undetermined", "contraindicated")
AGAINST = ("avoid", "contraindicate")
KINDS = ("choice", "together", "then")
_SELECTION = {"choice": "exactly-one", "together": "all", "then": "all"}
_BINDING = ("propose", "request", "require", "refer", "adapt")


@dataclass(frozen=True, slots=True)
class Alert:
    """What one safety rule says of some actions of a tumour's plans."""

    entry: Mapping[str, Any]
    requests: list[Json]


@dataclass(slots=True)
class PlanWriter:
    """Writes the actions of one tumour, keeping what safety says of them and the requests of each recommendation."""

    entries: Entries
    patient: Json
    tumour: Json
    lang: str
    alerts: dict[tuple[str, str], Alert] = field(default_factory=dict)
    requests: dict[str, list[Json]] = field(default_factory=dict)

    def question(self, question: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> Json:
        """Return one question as a group of the recommendations that are shown; empty without any."""
        listed = (known[each] for each in question["recommendations"] if each in known)
        actions = [self.recommendation(each) for each in listed if is_shown(each)]
        if not actions:
            return {}
        return {
            "id": f"question.{question['id']}",
            "extension": [extension("outcome", code=question["outcome"]), extension("posed", code=question["status"])],
            "title": question["title"],
            "code": [concept("question", question["id"], question["title"])],
            "groupingBehavior": "logical-group",
            "action": actions,
        }

    def recommendation(self, rule: Mapping[str, Any]) -> Json:
        """Return one recommendation with its verdict, its source and its plan."""
        against = rule["verdict"] == "contraindicated"
        return {
            "id": rule["id"],
            "extension": list(qualities(rule, self.lang)),
            "modifierExtension": [extension("do-not-perform", boolean=True)] if against else [],
            "prefix": verdict_word(rule["verdict"], self.lang),
            "title": rule["title"],
            "description": rule["text"],
            "code": [concept("recommendation", rule["id"], rule["title"])],
            "documentation": [source_of(rule["source"], rule["issuer"])],
            "condition": applicability(rule["why"]),
            "groupingBehavior": "logical-group",
            "requiredBehavior": _required(rule),
            "action": [self.action(rule["plan"], rule, f"{rule['id']}.1")],
        }

    def action(self, plan: Mapping[str, Any], rule: Mapping[str, Any], name: str) -> Json:
        """Return one node of a plan: a group by its kind, or a leaf."""
        kind = next((kind for kind in KINDS if kind in plan), "")
        body = self.group(plan, kind, rule, name) if kind else self.leaf(plan, rule)
        return {"id": name, "condition": applicability(plan.get("condition")), **body}

    def group(self, plan: Mapping[str, Any], kind: str, rule: Mapping[str, Any], name: str) -> Json:
        """Return a choice, a whole or a sequence; in a sequence each part comes after the end of the one before."""
        parts = [self.action(each, rule, f"{name}.{number}") for number, each in enumerate(plan[kind], 1)]
        if kind == "then":
            for before, after in pairwise(parts):
                after["relatedAction"] = [{"actionId": before["id"], "relationship": "after-end"}]
        return {
            "extension": [extension("plan", code=kind)],
            "description": plan.get("text"),
            "groupingBehavior": "logical-group",
            "selectionBehavior": _SELECTION[kind],
            "action": parts,
        }

    def leaf(self, act: Mapping[str, Any], rule: Mapping[str, Any]) -> Json:
        """Return one action over its request."""
        request = self.entries.add("ServiceRequest", self.request(act, rule))
        self.requests.setdefault(rule["id"], []).append(request)
        self.note_safety(act, request)
        return {
            "extension": [extension("rank", integer=act.get("rank")), extension("modality", code=act["modality"]), safety_status(act)],
            "modifierExtension": [extension("do-not-perform", boolean=True)] if is_against(act, rule) else [],
            "title": words(act, self.lang),
            "resource": request,
        }  # fmt: skip

    def request(self, act: Mapping[str, Any], rule: Mapping[str, Any]) -> Json:
        """Return the request of one action. What is only required before a treatment, or adapted in it, asks for no treatment."""
        named = concept("concept", act["concept"]["id"], act["concept"]["label"])
        asks = act["modality"] not in ("require", "adapt")
        return {
            "extension": [
                extension("recommendation", code=rule["id"]),
                extension("verdict", code=rule["verdict"]),
                extension("modality", code=act["modality"]),
                *(extension(name, string=act.get(name)) for name in ("intent", "duration", "dose", "cycles", "requires")),
                extension("concerns", codeableConcept={} if asks else named),
                extension("usable-today", string=act.get("usable_today")),
                *(access(layer, entry, self.lang) for layer, entry in layers(act)),
                safety(act),
            ],
            "status": "draft",
            "intent": "option",
            "doNotPerform": True if is_against(act, rule) else None,
            "code": named if asks else {"text": words(act, self.lang)},
            "subject": self.patient,
            "reasonReference": [self.tumour],
            "note": [{"text": act["text"]}] if act.get("text") else [],
        }  # fmt: skip

    def note_safety(self, act: Mapping[str, Any], request: Json) -> None:
        """Keep, under each safety rule and what it says, the requests that it reaches."""
        for entry in act.get("safety", {}).get("by", ()):
            known = self.alerts.setdefault((entry["id"], entry["status"]), Alert(entry, []))
            if request not in known.requests:
                known.requests.append(request)


def is_shown(rule: Mapping[str, Any]) -> bool:
    """Say whether a recommendation has a plan that the tumour board may take: nothing that does not apply is an action."""
    return rule["verdict"] in SHOWN and rule["plan"] is not None


def is_against(act: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    """Say whether an action is advised against, by its own words, by its rule's verdict or by safety."""
    unsafe = act.get("safety", {}).get("status") == "contraindicated"
    return act["modality"] in AGAINST or rule["verdict"] == "contraindicated" or unsafe


def words(act: Mapping[str, Any], lang: str) -> str:
    """Return an action in words: what to do, with what, and what is required first."""
    said = f"{MODALITIES[lang][act['modality']]} : {act['concept']['label']}"
    return f"{said} – {act['requires']}" if act.get("requires") else said


def acts_of(plan: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """Yield the leaves of a plan."""
    for kind in KINDS if plan else ():
        for each in plan.get(kind, ()) if plan else ():
            yield from acts_of(each)
    if plan and "modality" in plan:
        yield plan


def _required(rule: Mapping[str, Any]) -> str | None:
    """Return whether a recommendation may be left out: nothing binds, what applies asks to be answered for."""
    if rule["verdict"] == "contraindicated":
        return None
    binds = rule["verdict"] == "applies" and any(act["modality"] in _BINDING for act in acts_of(rule["plan"]))
    return "must-unless-documented" if binds else "could"
