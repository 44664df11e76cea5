"""Classify the sources with HermiT: every concept's ancestors, or what makes the sources inconsistent."""

import contextlib
import io
import shutil
from collections.abc import Iterator, Mapping

import owlready2
from rdflib import OWL, RDF, RDFS, Graph, URIRef

from ontologies.source import LISTS, LOGICAL, classes
from ontologies.terms import BuildError, local_name

Ancestors = Mapping[str, frozenset[str]]


def java_present() -> bool:
    """Whether HermiT can run here."""
    return shutil.which("java") is not None


def classify(graph: Graph) -> Ancestors:
    """Each concept's ancestors, itself left out; raises BuildError naming unsatisfiable or equivalent concepts."""
    if not java_present():
        raise BuildError(["HermiT needs Java, and no `java` is on the path: install a Java 11 or later"])
    with contextlib.closing(owlready2.World()) as world:
        ontology = world.get_ontology("urn:oncorules:ontologie#").load(fileobj=_axioms(graph))
        _reason(world, ontology)
        _refuse_unsatisfiable(world, graph)
        above = _direct(world, graph)
    return _close(above)


def logical_part(graph: Graph) -> Graph:
    """The triples that a reasoner needs: no labels, no codes."""
    kept = Graph()
    for subject, predicate, value in graph:
        declared = predicate == RDF.type and value in {OWL.Class, OWL.Restriction, OWL.ObjectProperty}
        if declared or predicate in LOGICAL | LISTS:
            kept.add((subject, predicate, value))
    return kept


def _axioms(graph: Graph) -> io.BytesIO:
    # owlready2 does not read Turtle.
    return io.BytesIO(logical_part(graph).serialize(format="nt", encoding="utf-8"))


def _reason(world: owlready2.World, ontology: owlready2.Ontology) -> None:
    try:
        with ontology:
            owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError as error:
        raise BuildError([f"the sources are inconsistent: {error}"]) from error


def _refuse_unsatisfiable(world: owlready2.World, graph: Graph) -> None:
    empty = sorted(local_name(c.iri) for c in world.inconsistent_classes() if c is not owlready2.Nothing)
    if empty:
        raise BuildError([f"`{concept}` can have no instance: {_clash(graph, concept)}" for concept in empty])


def _clash(graph: Graph, concept: str) -> str:
    """The asserted ancestors of a concept that are declared disjoint, for the message."""
    node = next(c for c in classes(graph) if local_name(c) == concept)
    above = set(graph.transitive_objects(node, RDFS.subClassOf))
    pairs = [(one, two) for one, two in graph.subject_objects(OWL.disjointWith) if one in above and two in above]
    texts = [f"it lies under `{local_name(one)}` and `{local_name(two)}`, which are disjoint" for one, two in pairs]
    return "; ".join(texts) or "read its definition and those it is built on"


def _direct(world: owlready2.World, graph: Graph) -> dict[str, set[str]]:
    named = classes(graph)
    above = {local_name(node): set(_asserted(graph, node)) for node in named}
    for found in world.classes():
        for parent in (*found.is_a, *found.equivalent_to):
            if isinstance(parent, owlready2.ThingClass) and URIRef(parent.iri) in named:
                above[local_name(found.iri)].add(local_name(parent.iri))
    return above


def _asserted(graph: Graph, node: URIRef) -> Iterator[str]:
    for parent in graph.objects(node, RDFS.subClassOf):
        if isinstance(parent, URIRef):
            yield local_name(parent)
    for definition in graph.objects(node, OWL.equivalentClass):
        for members in graph.objects(definition, OWL.intersectionOf):
            yield from (local_name(member) for member in graph.items(members) if isinstance(member, URIRef))


def _close(above: Mapping[str, set[str]]) -> Ancestors:
    closed = {concept: frozenset(_reach(above, concept)) for concept in above}
    loops = sorted(concept for concept, ancestors in closed.items() if concept in ancestors)
    if loops:
        raise BuildError([f"these concepts mean the same or lie under themselves: {', '.join(loops)}"])
    return closed


def _reach(above: Mapping[str, set[str]], concept: str) -> Iterator[str]:
    seen: set[str] = set()
    waiting = list(above[concept])
    while waiting:
        parent = waiting.pop()
        if parent not in seen:
            seen.add(parent)
            yield parent
            waiting.extend(above[parent])
