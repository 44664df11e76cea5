"""The SKOS form says what the index says, and answers SPARQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph

from ontologies.publish import ask, publish_skos, write_skos
from tests.ontology_index import FOLDER, ancestors, concepts, read_index


@pytest.fixture(scope="module")
def skos() -> Graph:
    return publish_skos(read_index())


def test_every_concept_is_published_in_its_branch(skos: Graph) -> None:
    rows = ask(skos, "SELECT ?c ?s WHERE { ?c a skos:Concept ; skos:inScheme ?s }")
    assert len(rows) == len(concepts())


def test_all_that_lies_above_a_concept_is_asked_in_sparql(skos: Graph) -> None:
    rows = ask(skos, "SELECT ?above WHERE { onco:carcinome_lobulaire_infiltrant skos:broader* ?above }")
    assert {row[0].rsplit("#", 1)[1] for row in rows} == ancestors("carcinome_lobulaire_infiltrant")


def test_a_concept_is_found_by_its_code(skos: Graph) -> None:
    rows = ask(
        skos, 'SELECT ?l WHERE { ?c skos:notation "8520/3"^^sys:CIM-O-3 ; skos:prefLabel ?l FILTER(lang(?l)="fr") }'
    )
    assert rows == [("carcinome lobulaire infiltrant",)]


def test_the_file_reads_back_as_it_was_written(skos: Graph, tmp_path: Path) -> None:
    write_skos(FOLDER / "index.json", tmp_path / "oncorules.ttl")
    assert len(Graph().parse(tmp_path / "oncorules.ttl")) == len(skos)
