"""Read the Turtle sources into one graph, and say what in them is not in the agreed form."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rdflib import OWL, RDF, RDFS, Graph, Literal, URIRef
from rdflib.exceptions import ParserError
from rdflib.namespace import SKOS
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.term import Node

from ontologies.terms import CLOSED, EXCLUDES, ONCO, SYSTEM, SYSTEMS, BuildError, local_name

ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*\Z")
# Invariant: OWL 2 EL without nominals, data ranges or role axioms; whatever is not listed here is refused.
LOGICAL = frozenset(
    {RDFS.subClassOf, OWL.equivalentClass, OWL.disjointWith, OWL.intersectionOf, OWL.onProperty, OWL.someValuesFrom}
)
LISTS = frozenset({RDF.first, RDF.rest})
TYPES = frozenset({OWL.Class, OWL.Restriction, OWL.ObjectProperty, OWL.AnnotationProperty, OWL.Ontology})


@dataclass(frozen=True, slots=True)
class Card:
    """What the source says of one concept besides its axioms: labels, exact codes, marks."""

    french: str
    english: str
    alternatives: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]
    excludes: tuple[str, ...]
    closed: bool


def read_graph(paths: Iterable[Path]) -> Graph:
    """All triples of the Turtle files; raises BuildError naming the files that can't be parsed."""
    graph = Graph()
    problems = []
    for path in paths:
        try:
            graph.parse(path, format="turtle")
        except (BadSyntax, ParserError, ValueError) as error:
            problems.append(f"{path.name} can't be read as Turtle: {error}")
    if problems:
        raise BuildError(problems)
    return graph


def classes(graph: Graph) -> frozenset[URIRef]:
    """The named classes that the sources declare."""
    return frozenset(node for node in graph.subjects(RDF.type, OWL.Class) if isinstance(node, URIRef))


def read_cards(graph: Graph) -> dict[str, Card]:
    """The card of every concept by id; raises BuildError with all that breaks the form."""
    named = classes(graph)
    problems = [
        *_undeclared(graph, named),
        *_beyond_el(graph),
        *_bad_names(graph, named),
        *_bad_annotations(graph, named),
    ]
    if problems:
        raise BuildError(sorted(problems))
    return {local_name(node): _card(graph, node) for node in named}


def fold(label: str) -> str:
    """A label without case, accents and typography, as names are looked up."""
    plain = label.replace("’", "'").replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae")
    bare = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(bare.replace("_", " ").casefold().split())


def _undeclared(graph: Graph, named: frozenset[URIRef]) -> Iterator[str]:
    for predicate in (RDFS.subClassOf, OWL.someValuesFrom, OWL.disjointWith, EXCLUDES, RDF.first):
        for subject, target in graph.subject_objects(predicate):
            if isinstance(target, URIRef) and target not in named:
                yield f"`{local_name(target)}` is used ({_where(graph, subject)}) but not declared as a class"
    declared = frozenset(graph.subjects(RDF.type, OWL.ObjectProperty))
    for used in frozenset(graph.objects(None, OWL.onProperty)) - declared:
        yield f"`{local_name(used)}` is used as a property but not declared"


def _where(graph: Graph, node: Node) -> str:
    while not isinstance(node, URIRef):
        above = next(graph.subjects(None, node), None)
        if above is None:
            return "in a loose expression"
        node = above
    return f"by `{local_name(node)}`"


def _beyond_el(graph: Graph) -> Iterator[str]:
    owl = str(OWL)
    for subject, predicate in graph.subject_predicates():
        if str(predicate).startswith((owl, str(RDFS))) and predicate not in LOGICAL | {RDFS.label, RDFS.comment}:
            yield f"`{local_name(predicate)}` ({_where(graph, subject)}) is not in the form of these sources"
    for subject, kind in graph.subject_objects(RDF.type):
        if kind not in TYPES:
            yield f"`{local_name(kind)}` ({_where(graph, subject)}) is not in the form of these sources"


def _bad_names(graph: Graph, named: frozenset[URIRef]) -> Iterator[str]:
    properties = frozenset(graph.subjects(RDF.type, OWL.ObjectProperty)) | frozenset(
        graph.subjects(RDF.type, OWL.AnnotationProperty)
    )
    yield from (f"`{local_name(both)}` is both a class and a property" for both in named & properties)
    for node in named:
        if not str(node).startswith(ONCO) or not ID.match(local_name(node)):
            yield f"`{node}` is not an id of a concept (letters, digits, `_` and `-` after {ONCO})"


def _bad_annotations(graph: Graph, named: frozenset[URIRef]) -> Iterator[str]:
    for node in named:
        for language in ("fr", "en"):
            count = len(_labels(graph, node, RDFS.label, language))
            if count != 1:
                yield f"`{local_name(node)}` has {count} labels in `{language}`, it needs one"
        for code in graph.objects(node, SKOS.notation):
            if system_of(code) not in SYSTEMS:
                yield f"`{local_name(node)}` has a code without a known system: {code.n3()}"
    for subject in frozenset(graph.subjects(RDFS.label, None)) | frozenset(graph.subjects(SKOS.notation, None)):
        if isinstance(subject, URIRef) and subject not in named and (subject, RDF.type, None) not in graph:
            yield f"`{local_name(subject)}` is described but not declared as a class"


def system_of(code: Node) -> str:
    """The code system of a typed notation, by its usual name; "" where it has none."""
    datatype = code.datatype if isinstance(code, Literal) else None
    if datatype is None or not str(datatype).startswith(SYSTEM):
        return ""
    return str(datatype).removeprefix(str(SYSTEM)).replace("SNOMED_CT", "SNOMED CT")


def _card(graph: Graph, node: URIRef) -> Card:
    codes: dict[str, list[str]] = {}
    for code in graph.objects(node, SKOS.notation):
        codes.setdefault(system_of(code), []).append(str(code))
    return Card(
        french=_labels(graph, node, RDFS.label, "fr")[0],
        english=_labels(graph, node, RDFS.label, "en")[0],
        alternatives=tuple(sorted(str(label) for label in graph.objects(node, SKOS.altLabel))),
        codes={system: tuple(sorted(found)) for system, found in codes.items()},
        excludes=tuple(sorted(local_name(target) for target in graph.objects(node, EXCLUDES))),
        closed=any(bool(mark) for mark in graph.objects(node, CLOSED)),
    )


def _labels(graph: Graph, node: URIRef, predicate: URIRef, language: str) -> list[str]:
    found = graph.objects(node, predicate)
    return [str(label) for label in found if isinstance(label, Literal) and label.language == language]
