"""What the base holds, as JSON for reading: recommendations, trials, concepts, items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from api.failures import NotFound
from engine.dictionary import Dictionary, Item
from engine.domains import Leaves
from engine.model import Act, Action, Arm, Criterion, Group, Guideline, Question, Rule, Source, Trial, Written
from engine.names import did_you_mean, fold
from engine.ontology import Concept, Ontology
from engine.printing import show

Json = dict[str, Any]


def page(items: list[Json], limit: int, offset: int) -> Json:
    """Return a part of a list, and how long the whole is."""
    return {"total": len(items), "items": items[offset : offset + limit]}


def find(items: Iterable[Json], identifier: str, what: str) -> Json:
    """Return the item with this id, case and accents aside; raise `NotFound` with the nearest ids."""
    by_name = {fold(item["id"]): item for item in items}
    found = by_name.get(fold(identifier))
    if found is None:
        known = [item["id"] for item in by_name.values()]
        raise NotFound(f"{what} `{identifier[:100]}` inconnu", did_you_mean(identifier, known))
    return found


def holding(items: Iterable[Json], words: str) -> list[Json]:
    """Return the items in which every word is, case and accents aside."""
    wanted = fold(words).split()
    return [item for item in items if all(word in _folded(item) for word in wanted)]


def recommendations(guidelines: Iterable[Guideline], language: str = "fr") -> Iterator[Json]:
    """Yield every recommendation with its question, source, condition and plan."""
    for guideline in guidelines:
        for question in guideline.questions:
            for rule in question.rules:
                yield _rule(guideline, question, rule)


def trials(known: Iterable[Trial]) -> Iterator[Json]:
    """Yield every trial with its criteria as written and as encoded."""
    for trial in known:
        criteria = [*trial.criteria, *(criterion for arm in trial.arms for criterion in arm.criteria)]
        yield {
            "id": trial.id,
            "acronym": trial.acronym,
            "title": trial.title,
            "sponsor": trial.sponsor,
            "phase": trial.phase,
            "status": trial.status,
            "source": _source(trial.source),
            "population": _conditions(trial.population),
            "criteria": [_criterion(criterion) for criterion in trial.criteria],
            "arms": [_arm(arm) for arm in trial.arms],
            "coverage": {"encoded": sum(each.encoded for each in criteria), "total": len(criteria)},
            "complete": trial.complete,
            "recruitment": [dict(each) for each in trial.recruitment],
            "sites": [dict(each) for each in trial.sites],
            "note": trial.note,
        }


def concepts(ontology: Ontology, language: str = "fr") -> Iterator[Json]:
    """Yield every concept, in short."""
    for concept in ontology.concepts.values():
        yield {"id": concept.id, "label": concept.label(language), "branch": concept.branch}


def concept(ontology: Ontology, identifier: str, language: str = "fr") -> Json:
    """Return one concept with what lies above and below it; raise `NotFound` with the nearest ids."""
    found = ontology.concepts.get(identifier) or ontology.find(identifier)
    if found is None:
        raise NotFound(f"concept `{identifier[:100]}` inconnu", did_you_mean(identifier, ontology.concepts))
    return {
        "id": found.id,
        "label": found.label(language),
        "labels": dict(found.labels),
        "other_names": list(found.other_names),
        "branch": found.branch,
        "parents": _labelled(ontology, found.parents, language),
        "children": _labelled(ontology, ontology.children[found.id], language),
        "ancestors": sorted(ontology.ancestors[found.id]),
        "parts": _labelled(ontology, found.parts, language),
        "excludes": list(found.excludes),
        "unfolds": {axis: list(ids) for axis, ids in found.unfolds.items()},
        "closed": found.closed,
        "codes": _codes(found),
    }


def dictionary(known: Dictionary, language: str = "fr") -> Json:
    """Return every item that a sheet may hold and a rule may ask."""
    return {
        "items": [_item(item, language) for item in known.items.values()],
        "judgements": [_item(item, language) for item in known.judgements.values()],
    }


def _rule(guideline: Guideline, question: Question, rule: Rule) -> Json:
    return {
        "id": rule.id,
        "title": rule.title,
        "kind": rule.kind,
        "question": {"id": question.id, "title": question.title, "posed_if": _conditions(question.posed_if)},
        "guideline": {"id": guideline.id, "title": guideline.title},
        "issuer": guideline.issuer,
        "valid_in": list(guideline.valid_in),
        "status": guideline.status,
        "source": _source(rule.source),
        "in_force": {"since": rule.since, "mark": rule.since_mark, "until": rule.until},
        "condition": _conditions(rule.conditions),
        "plan": _action(rule.action),
        "satisfied_if": _condition(rule.satisfied_if),
        "blocking": rule.blocking,
        "legal": rule.legal,
        "links": {
            "excepts": list(rule.excepts),
            "completes": rule.completes,
            "replaces": rule.replaces,
            "restricts": rule.restricts,
            "reason": rule.reason,
        },
        "grade": rule.grade,
        "level": rule.level,
        "confidence": rule.confidence,
        "access": rule.access,
        "note": rule.note,
        "cases": len(rule.cases),
    }


def _action(action: Action | None) -> Json | None:
    match action:
        case Group(kind, parts):
            written = _condition(action.condition)
            return {kind: [_action(part) for part in parts]} | ({"condition": written} if written else {})
        case Act():
            fields = {
                "modality": action.modality,
                "concept": action.concept,
                "intent": action.intent,
                "duration": action.duration,
                "dose": action.dose,
                "cycles": action.cycles,
                "text": action.text,
                "condition": _condition(action.condition),
                "requires": action.requires,
                "access": dict(action.access),
            }
            return {name: value for name, value in fields.items() if value}
    return None


def _criterion(criterion: Criterion) -> Json:
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "step": criterion.step,
        "text": criterion.text,
        "condition": _condition(criterion.condition),
        "to_judge": criterion.judge,
        "encoded": criterion.encoded,
        "state": criterion.state,
        "reason": criterion.reason,
    }


def _arm(arm: Arm) -> Json:
    return {"id": arm.id, "title": arm.title, "criteria": [_criterion(criterion) for criterion in arm.criteria]}


def _source(source: Source) -> Json:
    return asdict(source)


def _conditions(written: Iterable[Written]) -> list[str]:
    return [show(each.condition) for each in written]


def _condition(written: Written | None) -> str | None:
    return show(written.condition) if written else None


def _labelled(ontology: Ontology, identifiers: Iterable[str], language: str) -> list[Json]:
    return [{"id": each, "label": ontology.concepts[each].label(language)} for each in identifiers]


def _codes(concept: Concept) -> dict[str, list[str]]:
    return {system: list(codes) for system, codes in concept.codes.items()}


def _item(item: Item, language: str) -> Json:
    """Return an item without what does not apply to its kind."""
    unit = getattr(getattr(item.domain, "unit", None), "name", "")
    fields: Mapping[str, Any] = {
        "id": item.id,
        "label": item.label(language),
        "labels": dict(item.labels),
        "kind": item.kind,
        "path": item.path,
        "owner": item.owner,
        "context": item.context,
        "unit": unit,
        "edition": item.edition,
        "branch": item.branch,
        "values": _values(item, language),
        "evolving": item.evolving,
        "validity": item.validity,
        "change": item.change,
        "aliases": list(item.aliases),
        "question": item.ask(language),
        "effort": item.effort,
        "partition": list(item.partition),
        "codes": {system: list(codes) for system, codes in item.codes.items()},
        "sources": dict(item.sources),
        "identity": item.identity,
        "defined": item.computed,
        "axis": item.axis,
        "key": list(item.key),
        "columns": [_item(column, language) for column in item.columns.values()],
    }
    return {name: value for name, value in fields.items() if value not in ("", [], {}, None)}


def _values(item: Item, language: str) -> list[Json]:
    if item.kind not in ("echelle", "enumeration") or not isinstance(item.domain, Leaves):
        return []
    labels = item.value_labels
    return [{"id": name, "label": labels.get(name, {}).get(language, name)} for name in item.domain.sets]


def _folded(item: Json) -> str:
    return fold(" ".join(str(value) for value in item.values()))
