"""What the builder refuses, saying what is wrong and where; and what it takes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ontologies.build import build_index, stale
from ontologies.reasoner import java_present
from ontologies.terms import BuildError
from tests.ontology_index import FOLDER

HEAD = """
@prefix : <urn:oncorules:ontologie#> .
@prefix sys: <urn:oncorules:systeme#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:siege a owl:ObjectProperty . :histologie a owl:ObjectProperty . :a_pour_composante a owl:ObjectProperty .
:autre_axe a owl:ObjectProperty .
:toute_topographie a owl:Class ; rdfs:label "siège"@fr , "site"@en .
:toute_morphologie a owl:Class ; rdfs:label "morphologie"@fr , "morphology"@en .
:toute_entite a owl:Class ; rdfs:label "entité"@fr , "entity"@en .
:sein a owl:Class ; rdfs:subClassOf :toute_topographie ; rdfs:label "sein"@fr , "breast"@en ;
    skos:notation "C50"^^sys:CIM-O-3 .
:carcinome a owl:Class ; rdfs:subClassOf :toute_morphologie ; rdfs:label "carcinome"@fr , "carcinoma"@en .
"""
HEADER = "subject_id\tpredicate_id\tobject_id\tmapping_justification\tmapping_date\tsubject_source\tcomment\n"
LABELS = 'rdfs:label "x"@fr , "x"@en'
pytestmark = [
    pytest.mark.java,
    pytest.mark.skipif(not java_present(), reason="Java is needed to classify"),
]


def _restriction(axis: str, concept: str) -> str:
    return f"[ a owl:Restriction ; owl:onProperty :{axis} ; owl:someValuesFrom :{concept} ]"


def _entity(*members: str) -> str:
    parts = " ".join(members)
    return f":x a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( {parts} ) ] ; {LABELS} ."


def _folder(folder: Path, more: str = "", rows: str = "") -> Path:
    (folder / "mappings").mkdir(exist_ok=True)
    (folder / "source.ttl").write_text(HEAD + more, encoding="utf-8")
    if rows:
        (folder / "mappings" / "t.sssom.tsv").write_text("# comment\n" + HEADER + rows, encoding="utf-8")
    return folder


def _row(subject: str, predicate: str, target: str) -> str:
    return f"{subject}\t{predicate}\t{target}\tsemapv:ManualMappingCuration\t2026-11-25\tCIM-10\t\n"


REFUSED = {
    "not Turtle": (":x a owl:Class ;", "source.ttl can't be read as Turtle"),
    "no English label": (
        ':x a owl:Class ; rdfs:subClassOf :sein ; rdfs:label "x"@fr .',
        "`x` has 0 labels in `en`, it needs one",
    ),
    "unknown superclass": (
        f":x a owl:Class ; rdfs:subClassOf :sien ; {LABELS} .",
        "`sien` is used (by `x`) but not declared as a class",
    ),
    "beyond EL": (
        f":x a owl:Class ; rdfs:subClassOf :carcinome , [ a owl:Class ; owl:complementOf :sein ] ; {LABELS} .",
        "`complementOf` (by `x`) is not in the form of these sources",
    ),
    "class and property": (
        f":siege a owl:Class ; rdfs:subClassOf :sein ; {LABELS} .",
        "`siege` is both a class and a property",
    ),
    "code without a system": (
        f':x a owl:Class ; rdfs:subClassOf :sein ; skos:notation "C50.1" ; {LABELS} .',
        '`x` has a code without a known system: "C50.1"',
    ),
    "two roots": (
        f":x a owl:Class ; rdfs:subClassOf :sein , :carcinome ; {LABELS} .",
        "`x` lies under 2 roots (toute_morphologie, toute_topographie), it needs one",
    ),
    "no root": (f":x a owl:Class ; {LABELS} .", "`x` lies under 0 roots (none), it needs one"),
    "loop": (
        f":x a owl:Class ; rdfs:subClassOf :sein ; {LABELS} . :sein rdfs:subClassOf :x .",
        "these concepts mean the same or lie under themselves: sein, x",
    ),
    "unsatisfiable": (
        ":benin a owl:Class ; rdfs:subClassOf :toute_morphologie ; "
        'rdfs:label "bénin"@fr , "benign"@en ; owl:disjointWith :carcinome .'
        f":x a owl:Class ; rdfs:subClassOf :benin , :carcinome ; {LABELS} .",
        "`x` can have no instance: it lies under `benin` and `carcinome`, which are disjoint",
    ),
    "entity of another axis": (
        _entity(":toute_entite", _restriction("autre_axe", "sein")),
        "`x` does not unfold: its definition speaks of something else than site and histology",
    ),
    "entity without a definition": (
        f":x a owl:Class ; rdfs:subClassOf :toute_entite ; {LABELS} .",
        "`x` does not unfold: it needs one definition, an `equivalentClass`, which does not come back to itself",
    ),
    "homonyms": (
        ':x a owl:Class ; rdfs:subClassOf :sein ; rdfs:label "Séin"@fr , "x"@en .',
        "« sein » names sein, x",
    ),
}
REFUSED_ROWS = {
    "unknown concept": (
        _row("CIM-10:C50", "skos:exactMatch", "onco:sien"),
        "t.sssom.tsv, line 3: `onco:sien` is not a known concept",
    ),
    "unknown system": (
        _row("CIM10:C50", "skos:exactMatch", "onco:sein"),
        "t.sssom.tsv, line 3: `CIM10:C50` is not SYSTEM:CODE of a known system",
    ),
    "a narrower concept would invent facts": (
        _row("CIM-10:C50", "skos:narrowMatch", "onco:sein"),
        "t.sssom.tsv, line 3: `skos:narrowMatch` is not one of skos:broadMatch, skos:exactMatch, skos:relatedMatch",
    ),
    "repeated": (
        _row("CIM-O-3:C50", "skos:broadMatch", "onco:sein"),
        "t.sssom.tsv, line 3: CIM-O-3 C50 → `onco:sein` stands already in the sources, `sein`",
    ),
    "two exact concepts": (
        _row("CIM-10:C50", "skos:exactMatch", "onco:sein") + _row("CIM-10:C50", "skos:exactMatch", "onco:carcinome"),
        "t.sssom.tsv, line 4: CIM-10 C50 has an exact concept already, in t.sssom.tsv, line 3",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_source_is_refused_by_name(case: str, tmp_path: Path) -> None:
    more, message = REFUSED[case]
    with pytest.raises(BuildError) as refusal:
        build_index(_folder(tmp_path, more))
    assert any(problem.startswith(message) for problem in refusal.value.problems), refusal.value.problems


@pytest.mark.parametrize("case", REFUSED_ROWS)
def test_a_wrong_table_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    rows, message = REFUSED_ROWS[case]
    with pytest.raises(BuildError) as refusal:
        build_index(_folder(tmp_path, rows=rows))
    assert message in refusal.value.problems


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    more = f":x a owl:Class ; rdfs:subClassOf :sien ; {LABELS} . :y a owl:Class ; rdfs:subClassOf :sein ."
    with pytest.raises(BuildError) as refusal:
        build_index(_folder(tmp_path, more))
    assert len(refusal.value.problems) == 3


def test_an_entity_is_classified_unfolded_and_reached_by_code(tmp_path: Path) -> None:
    more = _entity(":toute_entite", _restriction("siege", "sein"), _restriction("histologie", "carcinome"))
    index = json.loads(build_index(_folder(tmp_path, more, _row("OncoTree:X", "skos:exactMatch", "onco:x"))))
    assert index["concepts"]["x"]["unfolds"] == {"topographie": ["sein"], "morphologie": ["carcinome"]}
    assert index["concepts"]["x"]["codes"] == {"OncoTree": ["X"]}
    assert index["codes"]["OncoTree"] == {"X": ["carcinome", "sein"]}


def test_components_are_inherited_and_only_the_finest_kept(tmp_path: Path) -> None:
    more = (
        f":famille a owl:Class ; rdfs:subClassOf :carcinome , {_restriction('a_pour_composante', 'carcinome')} ;"
        ' rdfs:label "famille"@fr , "family"@en .'
        ':fin a owl:Class ; rdfs:subClassOf :carcinome ; rdfs:label "fin"@fr , "fine"@en .'
        f":x a owl:Class ; rdfs:subClassOf :famille , {_restriction('a_pour_composante', 'fin')} ; {LABELS} ."
    )
    index = json.loads(build_index(_folder(tmp_path, more)))
    assert index["concepts"]["famille"]["parts"] == ["carcinome"]
    assert index["concepts"]["x"]["parts"] == ["fin"]


def test_the_build_does_without_snomed_ct(tmp_path: Path) -> None:
    """Its licence is not everybody's: the tables can be taken out, and nothing else changes."""
    left_out = shutil.ignore_patterns("snomed*.sssom.tsv", "__pycache__", "index.json")
    shutil.copytree(FOLDER, tmp_path / "ontologies", ignore=left_out)
    index = json.loads(build_index(tmp_path / "ontologies"))
    assert "SNOMED CT" not in index["codes"]
    assert "CIM-O-3" in index["codes"]


def test_a_changed_source_makes_the_index_stale(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    assert stale(folder).startswith("index.json is missing")
    (folder / "index.json").write_text(build_index(folder), encoding="utf-8")
    assert stale(folder) == ""
    _folder(folder, "# a comment changes the hash")
    assert stale(folder).startswith("index.json was built from other sources")


def test_without_java_the_build_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The committed index can still be held to its sources, by their hash."""
    folder = _folder(tmp_path)
    (folder / "index.json").write_text(build_index(folder), encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert stale(folder) == ""
    with pytest.raises(BuildError, match="HermiT needs Java"):
        build_index(folder)
