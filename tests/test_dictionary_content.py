"""The declared items hold together, and hold what rules, documents and stage tables need."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.check_names import Names
from engine.check_values import classes_of
from engine.dictionary import Dictionary, Item
from engine.dictionary_reader import read_dictionary
from engine.domains import Leaves, Line
from engine.names import fold
from engine.ontology import Ontology
from engine.problems import Problem
from engine.sheet import SCHEMA, read_sheet
from engine.text import read_cell
from tests.conftest import ROOT

DICTIONARY = ROOT / "knowledge" / "dictionary.yaml"
EXAMPLES = sorted(
    path
    for path in (ROOT / "knowledge" / "examples").glob("*.json")
    if json.loads(path.read_text()).get("schema") == SCHEMA
)
CONTEXTS = {"", "c", "p", "yc", "yp", "r", "mr"}
VALIDITY = re.compile(r"\d+ (jours|semaines|mois|ans)")
# LOINC codes met in real documents or in mCODE profiles that the list of terminologies does not repeat.
SEEN_LOINC = set(
    "29463-7 8302-2 39156-5 8277-6 2532-0 24108-3 10334-1 44648-4 21889-1 26499-4 72166-2 92832-5 97509-4".split()
)
# table → site, scales of its T, N and M keys, scale of its stages
STAGE_TABLES = {
    "colorectal_TNM8": ("colon_et_rectum", "pT", "pN", "M_retenu", "stade_p"),
    "lung_TNM8": ("poumon", "cT", "cN", "M_retenu", "stade_c"),
    "lung_TNM9_memory": ("poumon", "cT_tnm9", "cN_tnm9", "M_retenu_tnm9", "stade_c_tnm9"),
    "breast_anatomic_TNM8": ("sein", "pT", "pN", "M_retenu", "stade_p"),
    "melanoma_path_AJCC8": ("peau", "pT", "pN", "M_retenu", "stade_p"),
    "melanoma_clin_AJCC8": ("peau", "cT", "cN", "M_retenu", "stade_c"),
    "prostate_AJCC8": ("prostate", "cT", "cN", "M_retenu", "stade_prostate_ajcc_c"),
}


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return Ontology.read((ROOT / "ontologies" / "index.json").read_text())


@pytest.fixture(scope="module")
def read(ontology: Ontology) -> tuple[Dictionary, list[Problem]]:
    return read_dictionary("knowledge/dictionary.yaml", DICTIONARY.read_text(), ontology)


@pytest.fixture(scope="module")
def dictionary(read: tuple[Dictionary, list[Problem]]) -> Dictionary:
    return read[0]


def every_item(dictionary: Dictionary) -> Iterator[Item]:
    """Yield the items, the columns of lists and the judgements."""
    yield from dictionary.items.values()
    yield from dictionary.judgements.values()
    for records in dictionary.records():
        yield from records.columns.values()


def test_the_dictionary_has_no_problem(read: tuple[Dictionary, list[Problem]]) -> None:
    assert [str(problem) for problem in read[1]] == []


def test_identifiers_are_plain_and_only_tnm_keeps_capitals(dictionary: Dictionary) -> None:
    wrong = [i for i in dictionary.items if not re.fullmatch(r"(?:[a-z]+[TNM]|M)?_?[a-z0-9_]*", i)]
    assert wrong == []


def test_every_name_means_one_item(dictionary: Dictionary) -> None:
    names = Counter(name for item in dictionary.items.values() for name in {*map(fold, (item.id, *item.aliases))})
    assert [name for name, times in names.items() if times > 1] == []


def test_everything_has_a_french_and_an_english_label(dictionary: Dictionary) -> None:
    assert [item.id for item in every_item(dictionary) if set(item.labels) != {"fr", "en"}] == []


def test_whatever_can_be_asked_has_its_question_in_both_languages(dictionary: Dictionary) -> None:
    asked = [i for i in (*dictionary.items.values(), *dictionary.judgements.values()) if not (i.is_text or i.computed)]
    assert [item.id for item in asked if set(item.question) != {"fr", "en"}] == []


def test_every_item_has_one_place_in_the_sheet_unless_it_is_computed(dictionary: Dictionary) -> None:
    assert [i.id for i in dictionary.items.values() if bool(i.path) == i.computed] == []
    paths = Counter(i.path for i in dictionary.items.values() if i.path)
    assert [path for path, times in paths.items() if times > 1] == []
    roots = {path.partition(".")[0] for path in paths}
    assert roots == {"rcp", "patient", "biologie", "tumeurs[]"} | {r.id for r in dictionary.records()}


def test_every_item_names_its_sources(dictionary: Dictionary) -> None:
    assert [i.id for i in dictionary.items.values() if set(i.sources) != {"cda", "fhir"}] == []


def test_what_ages_has_a_validity_and_what_does_not_has_none(dictionary: Dictionary) -> None:
    for item in dictionary.items.values():
        assert bool(VALIDITY.fullmatch(item.validity)) == item.evolving, item.id


def test_words_of_the_dictionary_are_the_known_ones(dictionary: Dictionary) -> None:
    for item in dictionary.items.values():
        assert item.owner in {"rcp", "patient", "tumeur", "prelevement"}, item.id
        assert item.change in {"jamais", "croit", "libre"}, item.id
        assert item.effort in {"dossier", "demander", "examen"}, item.id
        assert item.context in CONTEXTS, item.id


def test_identity_is_marked(dictionary: Dictionary) -> None:
    dropped = {item.id for item in dictionary.items.values() if item.identity}
    assert dropped >= {
        "ins_matricule",
        "nom_naissance",
        "nom_utilise",
        "prenoms",
        "lieu_naissance",
        "adresse",
        "telecom",
    }


def test_quantities_have_a_possible_range(dictionary: Dictionary) -> None:
    unbounded = [
        item.id
        for item in every_item(dictionary)
        if isinstance(item.domain, Line) and not item.domain.dates and not item.domain.full.high.is_finite()
    ]
    assert unbounded == []


def test_the_classes_of_a_partition_can_be_read(dictionary: Dictionary) -> None:
    for item in dictionary.items.values():
        for cell in item.partition:
            operator, values = read_cell(cell)
            assert operator, item.id
            assert values, item.id


def test_the_members_of_a_category_stand_together(dictionary: Dictionary) -> None:
    """A coarse bound means its whole extent: a leaf between two of its members would be taken with it."""
    for item in every_item(dictionary):
        if item.kind == "echelle" and isinstance(item.domain, Leaves):
            for name, worlds in item.domain.sets.items():
                assert "0" not in bin(worlds)[2:].strip("0"), (item.id, name)


def test_sites_of_scales_are_topographies(dictionary: Dictionary, ontology: Ontology) -> None:
    sites = {s for i in dictionary.items.values() if isinstance(i.domain, Leaves) for s in i.domain.by_site}
    assert {"sein", "colon_et_rectum", "poumon", "prostate", "peau"} <= sites
    assert {ontology.concepts[site].branch for site in sites} == {"topographie"}


def test_lists_have_an_axis_and_a_key_among_their_columns(dictionary: Dictionary) -> None:
    for records in dictionary.records():
        assert {records.axis, *records.key} <= set(records.columns), records.id
        assert not records.answer or records.answer in records.columns, records.id


def test_n1mi_belongs_to_pn1_and_not_to_cn1(dictionary: Dictionary) -> None:
    micro = dictionary.items["pN"].leaves().find("N1mi") or 0
    assert (dictionary.items["pN"].leaves().find("N1") or 0) & micro
    assert not (dictionary.items["cN"].leaves().find("N1") or 0) & micro


def test_t4_of_the_breast_has_no_order(dictionary: Dictionary) -> None:
    scale = dictionary.items["cT"].leaves()
    assert scale.has_order(scale.find("T4") or 0)
    assert not scale.has_order(scale.find("T4b") or 0)


def test_a_her2_score_of_zero_says_neither_null_nor_ultralow(dictionary: Dictionary) -> None:
    scale = dictionary.items["her2_ihc"].leaves()
    assert scale.leaves_of(scale.find("0") or 0) == ("0_nul", "0_faible")


def test_hormone_receptors_below_ten_per_cent_are_negative_and_may_be_low(dictionary: Dictionary) -> None:
    scale = dictionary.items["statut_rh"].leaves()
    assert scale.leaves_of(scale.find("negatif") or 0) == ("absent", "faible")


def test_loinc_codes_are_only_those_that_were_seen(dictionary: Dictionary, shared: Path) -> None:
    listed = (shared / "data" / "terminologies" / "loinc_onco_codes_from_mcode.tsv").read_text()
    seen = {line.split("\t")[0] for line in listed.splitlines()[1:]} | SEEN_LOINC
    used = {code for item in dictionary.items.values() for code in item.codes.get("LOINC", ())}
    assert used - seen == set()


@pytest.mark.parametrize("table", STAGE_TABLES)
def test_every_cell_of_a_stage_table_can_be_said(table: str, dictionary: Dictionary, shared: Path) -> None:
    cells = json.loads((shared / "content" / "stage_tables.json").read_text())[table]
    site, *axes, stage = STAGE_TABLES[table]
    for cell, value in cells.items():
        for name, axis in zip(cell.split("|"), axes, strict=False):
            assert _at_site(dictionary.items[axis], name, site), (axis, name)
        assert value is None or _at_site(dictionary.items[stage], value, site), (stage, value)


def _at_site(item: Item, name: str, site: str) -> int:
    domain = item.leaves()
    return (domain.find(name) or 0) & domain.by_site.get(site, domain.full)


def test_five_example_sheets_are_shipped() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_sheet_reads_without_loss(path: Path, dictionary: Dictionary, ontology: Ontology) -> None:
    sheet = read_sheet(json.loads(path.read_text()), dictionary, ontology)
    assert [str(problem) for problem in sheet.problems] == []
    assert sheet.date is not None
    assert sheet.region.startswith("FR-")


def test_the_classes_of_a_partition_leave_nothing_out(dictionary: Dictionary, ontology: Ontology) -> None:
    """Each class takes what those before it left: 49.995 % is below 50 %."""
    for item in dictionary.items.values():
        if item.partition and item.domain is not None:
            classes = classes_of(Names(dictionary, ontology, []), item)
            union = classes[0]
            for one in classes[1:]:
                union = union | one  # type: ignore[operator]  # one item, one sort
            assert union & item.domain.full == item.domain.full, item.id  # type: ignore[operator]  # as above
