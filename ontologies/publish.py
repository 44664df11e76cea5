"""Publish the classified ontology as SKOS, and answer SPARQL over it, in tools and tests only."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, SKOS

from ontologies.terms import ONCO, ROOTS, SYSTEM, concept_iri

SCHEMES = {branch: URIRef(f"urn:oncorules:ontologie:{branch}") for branch in ROOTS.values()}
PREFIXES = {"onco": ONCO, "sys": SYSTEM, "skos": SKOS, "dct": DCTERMS}


def publish_skos(index: Mapping[str, Any]) -> Graph:
    """One SKOS scheme a branch: labels, broader concepts, components, and the codes that mean a concept."""
    graph = Graph()
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    for branch, scheme in SCHEMES.items():
        graph.add((scheme, RDF.type, SKOS.ConceptScheme))
        graph.add((scheme, DCTERMS.title, Literal(branch, lang="fr")))
    for concept, entry in index["concepts"].items():
        _add_concept(graph, concept_iri(concept), entry)
    return graph


def ask(graph: Graph, query: str) -> list[tuple[str, ...]]:
    """The rows that a SPARQL SELECT gives, as text, sorted."""
    return sorted(tuple(str(cell) for cell in row) for row in graph.query(query, initNs=PREFIXES))  # type: ignore[union-attr]


def write_skos(index: Path, target: Path) -> None:
    """Write the SKOS form of a committed index as Turtle."""
    graph = publish_skos(json.loads(index.read_text(encoding="utf-8")))
    target.write_text(graph.serialize(format="turtle"), encoding="utf-8")


def _add_concept(graph: Graph, node: URIRef, entry: Mapping[str, Any]) -> None:
    scheme = SCHEMES[entry["branch"]]
    graph.add((node, RDF.type, SKOS.Concept))
    graph.add((node, SKOS.inScheme, scheme))
    graph.add((node, SKOS.prefLabel, Literal(entry["fr"], lang="fr")))
    graph.add((node, SKOS.prefLabel, Literal(entry["en"], lang="en")))
    for label in entry.get("alt", ()):
        graph.add((node, SKOS.altLabel, Literal(label, lang="fr")))
    for parent in entry["parents"]:
        graph.add((node, SKOS.broader, concept_iri(parent)))
    if not entry["parents"]:
        graph.add((node, SKOS.topConceptOf, scheme))
    for part in entry.get("parts", ()):
        graph.add((node, DCTERMS.hasPart, concept_iri(part)))
    for system, codes in entry.get("codes", {}).items():
        for code in codes:
            graph.add((node, SKOS.notation, Literal(code, datatype=SYSTEM[system.replace(" ", "_")])))
