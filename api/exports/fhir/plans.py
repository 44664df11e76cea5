"""Rules → FHIR R4 PlanDefinition, as CPG-on-FHIR has them (HL7 Clinical Practice Guidelines 2.0).

A question is a `cpg-strategydefinition` whose actions name its rules; a rule is a `cpg-recommendationdefinition` (an
ECA rule) whose condition is the definition `… applies` of its référentiel's CQL library: what the rule comes to after
exceptions, replacements and safety, not its bare condition. Grades stay in the source's own words.
"""

from __future__ import annotations

from collections.abc import Iterator

from api.exports import CANONICAL
from api.exports.cql.libraries import NOTICE, Export, part_name
from api.exports.cql.rules import name_of
from api.exports.cql.text import library_name
from api.exports.fhir.metadata import Resource, canonical, filled
from api.exports.fhir.parts import coding as own_code
from api.exports.fhir.parts import extension, terminology
from engine.dates import day_of, days_of
from engine.logic import ALWAYS, NEVER
from engine.model import NATION, Guideline, Source
from engine.ontology import Ontology
from engine.snapshot import VALIDATED, Base, Compiled
from engine.statements import CheckedAct, CheckedAction, CheckedGroup, CheckedQuestion, CheckedRule
from engine.view import CENTRE, View

CPG = "http://hl7.org/fhir/uv/cpg/StructureDefinition"
CORE = "http://hl7.org/fhir/StructureDefinition"
PLAN_TYPE = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
USAGE_CONTEXT = "http://terminology.hl7.org/CodeSystem/usage-context-type"
ACTION_TYPE = "http://terminology.hl7.org/CodeSystem/action-type"
COUNTRIES = "urn:iso:std:iso:3166"
REGIONS_SYSTEM = "urn:iso:std:iso:3166:-2"
_DO_NOT = frozenset(("avoid", "contraindicate"))


def plans(base: Base, compiled: Compiled, exported: Export) -> dict[str, Resource]:
    """Return the PlanDefinitions of a view, by id: each question, then its rules."""
    writer = _PlanWriter(base, compiled.view, exported)
    found: dict[str, Resource] = {}
    for question in compiled.view.questions:
        rules = [compiled.view.rules[r.id] for r in question.question.rules if r.id in compiled.view.rules]
        for plan in (writer.strategy(question, rules), *map(writer.recommendation, rules)):
            found[plan["id"]] = plan
    return found


# --- plans ---


class _PlanWriter:
    def __init__(self, base: Base, view: View, exported: Export) -> None:
        self.base, self.view, self.exported = base, view, exported

    def strategy(self, question: CheckedQuestion, rules: list[CheckedRule]) -> Resource:
        """Write a question: asked when it is posed, answered by its rules."""
        asked = question.question
        plan = self.plan(f"question-{asked.id}", question.guideline, asked.title, "workflow-definition")
        plan["meta"] = {"profile": [f"{CPG}/cpg-strategydefinition"]}
        plan |= _sources(question.guideline.source)
        action: Resource = {
            "title": asked.title,
            "condition": [_applicability(f"{asked.id} posed")],
            "action": [{"title": rule.rule.title, "definitionCanonical": self.canonical(rule.id)} for rule in rules],
        }
        return plan | {"action": [filled(action)]}

    def recommendation(self, checked: CheckedRule) -> Resource:
        """Write a rule: when it applies, its grade, what it asks to do."""
        rule = checked.rule
        plan = self.plan(rule.id, checked.guideline, rule.title, "eca-rule")
        plan["meta"] = {"profile": [f"{CPG}/cpg-recommendationdefinition"]}
        inexact = [extension("not-exported", string=name) for name in self.exported.reads_computed[rule.id]]
        plan |= filled({"extension": [*self.links(checked), *inexact], "effectivePeriod": _in_force(checked)})
        plan |= _sources(rule.source if rule.source.title else checked.guideline.source)
        action: Resource = {
            "extension": _grades(checked),
            "title": rule.title,
            "description": rule.note,
            "condition": [_applicability(f"{rule.id} applies")],
        }
        if checked.action is not None:
            action["action"] = [_ActionWriter(checked, self.base.ontology).action(checked.action)]
        return plan | {"action": [filled(action)]}

    def plan(self, identifier: str, guideline: Guideline, title: str, kind: str) -> Resource:
        """Return what every plan holds: who, where, and the library that its conditions are in."""
        library = self.exported.libraries[library_name(guideline.id)]
        return {
            "resourceType": "PlanDefinition",
            "id": identifier[:64],
            "url": f"{CANONICAL}/PlanDefinition/{identifier[:64]}",
            "version": self.exported.version,
            "name": library_name(identifier),
            "title": title,
            "type": {"coding": [{"system": PLAN_TYPE, "code": kind}]},
            **_publication(guideline),
            "description": _description(guideline, title),
            "useContext": list(_places(guideline)),
            "library": [canonical(library)],
        }

    def canonical(self, rule: str) -> str:
        return f"{CANONICAL}/PlanDefinition/{rule}|{self.exported.version}"

    def links(self, checked: CheckedRule) -> list[Resource]:
        """Return what a rule excepts, completes, replaces or restricts, and whether it is replaced here."""
        rule = checked.rule
        named = [("excepts", target) for target in rule.excepts]
        named += [("completes", rule.completes), ("replaces", rule.replaces), ("restricts", rule.restricts)]
        named += [("replaced-by", self.view.replaced.get(rule.id, ""))]
        return [
            {"url": f"{CANONICAL}/StructureDefinition/{link}", "valueCanonical": f"{CANONICAL}/PlanDefinition/{target}"}
            for link, target in named
            if target
        ]


class _ActionWriter:
    """Writes the action tree of one rule; its conditions are definitions of the library."""

    def __init__(self, checked: CheckedRule, ontology: Ontology) -> None:
        self.rule, self.ontology = checked.id, ontology
        self.acts, self.groups = 0, 0

    def action(self, action: CheckedAction) -> Resource:
        return self.group(action) if isinstance(action, CheckedGroup) else self.act(action)

    def group(self, action: CheckedGroup) -> Resource:
        """Write a choice, a set, or a sequence (whose parts follow one another)."""
        body: Resource = {"title": action.group.text}
        if action.condition not in (ALWAYS, NEVER):
            body["condition"] = [_applicability(part_name(self.rule, self.groups))]
            self.groups += 1
        chosen = action.group.kind == "choice"
        body |= {
            "groupingBehavior": "logical-group",
            "selectionBehavior": "exactly-one" if chosen else "all",
            "action": [self.action(part) for part in action.parts],
        }
        if action.group.kind == "then":
            _put_in_sequence(body["action"], f"{self.rule}-{self.groups}-{self.acts}")
        return filled(body)

    def act(self, action: CheckedAct) -> Resource:
        """Write one act: its modality, its concept, and what the source says of it."""
        act, number = action.act, self.acts
        self.acts += 1
        label = self.label(action.concept)
        details = (label, act.text, act.intent, act.duration, act.dose, act.cycles, act.requires)
        body: Resource = {
            "extension": [extension("modality", code=act.modality)],
            "title": label,
            "description": " ; ".join(filter(None, details)),
            "code": [self.code(action, label)],
            "type": {"coding": [{"system": ACTION_TYPE, "code": "create"}]},
        }
        if act.modality in _DO_NOT:
            body["modifierExtension"] = [extension("do-not-perform", boolean=True)]
            del body["type"]
        if action.condition not in (ALWAYS, NEVER):
            body["condition"] = [_applicability(name_of(f"act:{self.rule}:{number}"))]
        return filled(body)

    def label(self, concept: str) -> str:
        found = self.ontology.concepts.get(concept)
        return found.label() if found else concept

    def code(self, action: CheckedAct, label: str) -> Resource:
        """Return a concept with the codes that it has in public systems."""
        coding: list[Resource] = []
        found = self.ontology.concepts.get(action.concept)
        if found is not None:
            codes = ((code, system) for system, known in sorted(found.codes.items()) for code in known)
            coding = [own_code("concept", found.id, label), *filter(None, (terminology(*each) for each in codes))]
        return filled({"coding": coding, "text": label})


def _put_in_sequence(actions: list[Resource], prefix: str) -> None:
    """Let each action follow the one before it."""
    for number, action in enumerate(actions):
        action["id"] = f"{prefix}-{number}"
        if number:
            action["relatedAction"] = [{"actionId": f"{prefix}-{number - 1}", "relationship": "after-end"}]


def _applicability(name: str) -> Resource:
    return {"kind": "applicability", "expression": {"language": "text/cql-identifier", "expression": name}}


def _grades(checked: CheckedRule) -> list[Resource]:
    """Return the source's own grade and level of evidence, as text: no scale is translated."""
    told = (("cqf-strengthOfRecommendation", checked.rule.grade), ("cqf-qualityOfEvidence", checked.rule.level))
    return [{"url": f"{CORE}/{name}", "valueCodeableConcept": {"text": text}} for name, text in told if text]


def _in_force(checked: CheckedRule) -> Resource:
    """Return since when and until when; of an edition's own date, which gates nothing, it is said."""
    start, end = days_of(checked.rule.since), days_of(checked.rule.until)
    mark = extension("since-mark", string=checked.rule.since_mark)
    return filled(
        {
            "extension": [mark] if start and mark else [],
            "start": checked.rule.since if start else "",
            "end": day_of(end.high).isoformat() if end else "",
        }
    )


def _publication(guideline: Guideline) -> Resource:
    valid = guideline.status == VALIDATED
    return {
        "status": "active" if valid else "draft",
        "experimental": not valid,
        "publisher": guideline.issuer,
    }


def _description(guideline: Guideline, title: str) -> str:
    notice = "" if guideline.status == VALIDATED else f" — {NOTICE}"
    return f"{title} ({guideline.title}){notice}"


def _places(guideline: Guideline) -> Iterator[Resource]:
    """Yield where a document is valid."""
    for place in guideline.valid_in:
        if place.startswith(CENTRE):
            value: Resource = {"text": place.removeprefix(CENTRE)}
        elif place == NATION:
            value = {"coding": [{"system": COUNTRIES, "code": NATION, "display": "France"}]}
        else:
            value = {"coding": [{"system": REGIONS_SYSTEM, "code": place}]}
        yield {"code": {"system": USAGE_CONTEXT, "code": "venue"}, "valueCodeableConcept": value}


def _sources(source: Source) -> Resource:
    if not source.title:
        return {}
    cited = ", ".join(filter(None, (source.title, source.edition, source.section)))
    artifact = {"type": "derived-from", "label": source.edition, "display": source.title, "citation": cited}
    return {"relatedArtifact": [filled(artifact | {"url": source.url})]}
