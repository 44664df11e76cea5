"""Concepts in conditions: `est`, `contient`, `comporte`, `a pour composante`, and entities unfolded into their axes."""

from __future__ import annotations

from engine.check_names import Names
from engine.dictionary import AXES, HISTOLOGY
from engine.domains import UNREADABLE
from engine.logic import NEVER, All, AnyOf, Contrary, Logic, Member, Some
from engine.names import fold
from engine.ontology import Accepted, Concept, Ontology
from engine.printing import show
from engine.problems import Span
from engine.syntax import At, ConceptName, IsA, ItemName, OnlyThose


def is_a(names: Names, node: IsA, text: str, span: Span) -> Logic:
    """Resolve a relation of an item to concepts."""
    name = node.item
    if node.relation == "comporte" and name is not None:
        where = _row_is(names, name, node.concepts, node.at)
        return Some(names.records(name), where, text=text, span=span) if where else NEVER
    if node.relation == "est" and name is not None and fold(name.text) == HISTOLOGY:
        return _histology(names, name, node.concepts, text, span)
    if name is None:
        return _of_row(names, node, text, span)
    return _related(names, node, name, text, span)


def only_those(names: Names, node: OnlyThose, text: str, span: Span) -> Logic:
    """Resolve `ne comporte que`: no row is anything else."""
    where = _row_is(names, node.records, node.concepts, node.at)
    return Contrary(Some(names.records(node.records), Contrary(where)), text, span) if where else NEVER


def _of_row(names: Names, node: IsA, text: str, span: Span) -> Logic:
    """Resolve a relation without item: it is of the column on which the row's list speaks."""
    if names.row is None or not names.row.axis:
        hint = "traitements … où (contient « … »)"
        names.wrong(node.at, "contient", "`contient` sans item se lit dans une ligne", hint)
        return NEVER
    return _related(names, node, ItemName(names.row.axis, at=node.at), text, span)


def _row_is(names: Names, records: ItemName, concepts: tuple[ConceptName, ...], at: At) -> Logic | None:
    """Resolve that a row of a list is one of some concepts; None where there is no such list."""
    found = names.named_list(records)
    if found is None:
        names.records(records)
        return None
    before, names.row = names.row, found
    try:
        node = IsA("est", ItemName(found.axis, at=at), concepts, at)
        return is_a(names, node, show(node), names.span.part(*at))
    finally:
        names.row = before


def _related(names: Names, node: IsA, name: ItemName, text: str, span: Span) -> Logic:
    resolved = names.item(name)
    if resolved is None:
        return NEVER
    key, item = resolved
    if item.domain is UNREADABLE:
        return NEVER
    if item.kind != "concept":
        names.wrong(name.at, "genre", f"`{item.id}` n'est pas un concept", "employez =")
        return NEVER
    found = [names.concept(concept, (item.branch,)) for concept in node.concepts]
    leaves = [_leaves(names.ontology, node.relation, concept) for concept in found if concept]
    sure, possible = 0, 0
    for one in leaves:
        sure, possible = sure | one.sure, possible | one.possible
    return Member(key, sure, possible, text, span) if leaves else NEVER


def _leaves(ontology: Ontology, relation: str, concept: Concept) -> Accepted:
    """Return the leaves that stand in a relation to a concept."""
    if relation == "contient":
        return ontology.containing(concept.id)
    if relation == "a pour composante":
        mask = ontology.with_component(concept.id)
        return Accepted(mask, mask)
    return Accepted(ontology.masks[concept.id], ontology.masks[concept.id])


def _histology(names: Names, name: ItemName, concepts: tuple[ConceptName, ...], text: str, span: Span) -> Logic:
    """Unfold an entity into conditions on topography and morphology."""
    entities = [names.concept(concept, ("entite", "morphologie")) for concept in concepts]
    unfolded = tuple(_unfold(names, name, entity) for entity in entities if entity)
    if len(unfolded) == 1:
        return All(unfolded[0].parts, text, span)
    return AnyOf(unfolded, text, span) if unfolded else NEVER


def _unfold(names: Names, name: ItemName, entity: Concept) -> All:
    axes = entity.unfolds or {"morphologie": (entity.id,)}
    parts: list[Logic] = []
    for axis in AXES:
        resolved = names.item(ItemName(axis, outer=name.outer, at=name.at)) if axis in axes else None
        if resolved is None:
            continue
        mask = 0
        for concept in axes[axis]:
            mask |= names.ontology.masks[concept]
        labels = " ou ".join(f"« {names.ontology.concepts[c].label()} »" for c in axes[axis])
        parts.append(Member(resolved[0], mask, mask, f"{axis} est {labels}"))
    return All(tuple(parts), f"histologie est « {entity.label()} »")
