"""Read definitions and compositions: what an entity says on each axis, what a regimen or mixed form is made of."""

from collections.abc import Iterator, Mapping

from rdflib import OWL, RDFS, Graph, URIRef
from rdflib.term import Node

from ontologies.terms import AXES, ENTITY_ROOT, PART, BuildError, concept_iri, local_name

Axes = Mapping[str, tuple[str, ...]]
Ancestors = Mapping[str, frozenset[str]]


def unfold_entities(graph: Graph, ancestors: Ancestors) -> dict[str, Axes]:
    """Each entity's concept on each axis; raises BuildError for the entities whose definition does not say it."""
    entities = sorted(concept for concept, above in ancestors.items() if ENTITY_ROOT in above)
    unfolded: dict[str, Axes] = {}
    problems: list[str] = []
    for entity in entities:
        try:
            unfolded[entity] = _narrowest(list(_said(graph, entity, set())), ancestors)
        except ValueError as error:
            problems.append(f"`{entity}` does not unfold: {error}")
    if problems:
        raise BuildError(problems)
    return unfolded


def find_parts(graph: Graph, ancestors: Ancestors) -> dict[str, tuple[str, ...]]:
    """What each concept is composed of, its own and its ancestors' components, the finest only."""
    own = {concept: set(_components(graph, concept)) for concept in ancestors}
    parts: dict[str, tuple[str, ...]] = {}
    for concept, above in ancestors.items():
        found = own[concept].union(*(own[ancestor] for ancestor in above))
        coarse = {part for part in found if any(part in ancestors[other] for other in found)}
        if found:
            parts[concept] = tuple(sorted(found - coarse))
    return parts


def _said(graph: Graph, entity: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Pairs of axis and concept in the definition of an entity and of those it names."""
    definitions = list(graph.objects(concept_iri(entity), OWL.equivalentClass))
    if len(definitions) != 1 or entity in seen:
        raise ValueError("it needs one definition, an `equivalentClass`, which does not come back to itself")
    for members in graph.objects(definitions[0], OWL.intersectionOf):
        for member in graph.items(members):
            yield from _member(graph, member, seen | {entity})


def _member(graph: Graph, member: Node, seen: set[str]) -> Iterator[tuple[str, str]]:
    if isinstance(member, URIRef):
        if local_name(member) != ENTITY_ROOT:
            yield from _said(graph, local_name(member), seen)
        return
    axis = AXES.get(graph.value(member, OWL.onProperty))  # type: ignore[call-overload]  # a missing property is no axis
    filler = graph.value(member, OWL.someValuesFrom)
    if axis is None or not isinstance(filler, URIRef):
        raise ValueError("its definition speaks of something else than site and histology")
    yield axis, local_name(filler)


def _narrowest(said: list[tuple[str, str]], ancestors: Ancestors) -> Axes:
    """One concept an axis: the finest where one lies below the others."""
    if not said:
        raise ValueError("its definition names no axis")
    axes: dict[str, tuple[str, ...]] = {}
    for axis in sorted({axis for axis, _ in said}):
        named = {concept for one, concept in said if one == axis}
        finest = [concept for concept in named if named - {concept} <= ancestors[concept]]
        if len(finest) != 1:
            raise ValueError(f"on the axis {axis}, none of {', '.join(sorted(named))} lies below the others")
        axes[axis] = (finest[0],)
    return axes


def _components(graph: Graph, concept: str) -> Iterator[str]:
    node = concept_iri(concept)
    held = list(graph.objects(node, RDFS.subClassOf))
    for definition in graph.objects(node, OWL.equivalentClass):
        for members in graph.objects(definition, OWL.intersectionOf):
            held.extend(graph.items(members))
    for expression in held:
        if graph.value(expression, OWL.onProperty) == PART:
            yield local_name(graph.value(expression, OWL.someValuesFrom))
