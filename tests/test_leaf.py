"""One leaf of a sheet: what it leaves possible, and what is wrong with it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.leaf import LeafReader, Statement
from engine.values import between
from tests.small import item, little


def said(identifier: str, leaf: Any) -> Statement:
    """Return the statement of a leaf that is right and says something."""
    reader = LeafReader(little().ontology)
    found = reader.statement(item(identifier), leaf, "/x")
    assert not reader.problems
    assert found is not None
    return found


def wrong(identifier: str, leaf: Any) -> list[str]:
    """Return the codes of what is wrong with a leaf."""
    reader = LeafReader(little().ontology)
    reader.statement(item(identifier), leaf, "/x")
    return [problem.code for problem in reader.problems]


@pytest.mark.parametrize(("leaf", "low", "high", "low_open", "high_open"), [
    (90, "90", "90", False, False), ("< 10", "0", "10", False, True), ("≥ 10", "10", "100", False, False), ("10–20", "10", "20", False, False),
    ("10 à 20 %", "10", "20", False, False), ({"min": 10, "max": 20, "max_exclu": True}, "10", "20", False, True), ({"valeur": {"min": 10}}, "10", "100", False, False),
])  # fmt: skip
def test_a_quantity_is_a_number_a_bound_or_two(leaf: Any, low: str, high: str, low_open: bool, high_open: bool) -> None:
    """A bound is held to the possible range of the item."""
    assert said("re_pct", leaf).worlds == between(Decimal(low), Decimal(high), low_open, high_open)


def test_a_count_above_three_is_at_least_four() -> None:
    """Counts are integers."""
    assert said("ganglions", "> 3").worlds == between(Decimal(4), Decimal(100), whole=True)


def test_a_value_is_converted_exactly_and_shown_as_written() -> None:
    """8 mg/L of creatinine are 70.7 µmol/L, by its molar mass; the text keeps what was said."""
    found = said("creatinine", {"valeur": 8, "unite": "mg/L"})
    assert found.worlds is not None
    assert round(float(found.worlds.low), 2) == 70.72  # type: ignore[union-attr]  # a quantity is ranges
    assert found.text == "8 mg/L"


def test_laboratory_limits_stay_beside_the_value() -> None:
    """In the unit of the value, for `× LSN`."""
    found = said("creatinine", {"valeur": 80, "unite": "µmol/L", "lsn": 104, "lin": 59})
    assert (found.upper, found.lower) == (between(Decimal(104), Decimal(104)), between(Decimal(59), Decimal(59)))


@pytest.mark.parametrize(("leaf", "names"), [
    ("T2", {"T2"}), ("cT2", {"T2"}), ("T4", {"T4a", "T4b", "T4c", "T4d"}), ("T2-T3", {"T2", "T3"}), (["T0", "T2"], {"T0", "T2"}), ("t4B", {"T4b"}),
])  # fmt: skip
def test_a_category_is_a_set_of_leaves(leaf: Any, names: set[str]) -> None:
    """Coarse, fine, with a prefix, a range or a list."""
    worlds = said("cT", leaf).worlds
    assert isinstance(worlds, int)
    assert set(item("cT").leaves().leaves_of(worlds)) == names


@pytest.mark.parametrize(
    "leaf",
    [
        "TX",
        "cTX",
        {"raison": "non_fait"},
        {"valeur": "T2", "raison": "indetermine"},
        {"valeur": "T2", "certitude": "suspecte"},
    ],
)
def test_a_reason_is_kept_beside_an_open_value(leaf: Any) -> None:
    """« non fait », TX, « indéterminé » and « suspecté » never read as a value."""
    found = said("cT", leaf)
    assert found.reason
    assert found.worlds in (None, item("cT").leaves().full)


@pytest.mark.parametrize("leaf", [None, [], {"valeur": None}, {}])
def test_nothing_said_is_no_statement(leaf: Any) -> None:
    """A missing key, null and an empty list say nothing, and nothing is wrong with them."""
    reader = LeafReader(little().ontology)
    assert reader.statement(item("cT"), leaf, "/x") is None
    assert not reader.problems


def test_a_concept_is_a_name_a_label_or_a_code() -> None:
    """All three leave the same worlds; an OID names its system."""
    leaves = (
        "sein",
        "Sein",
        {"systeme": "CIM-10", "code": "C50.4"},
        {"systeme": "cim10", "code": "C504"},
        {"valeur": {"systeme": "CIM-10", "code": "C50.4"}},
    )
    assert {said("topographie", leaf).worlds for leaf in leaves} == {little().ontology.masks["sein"]}
    morphology = {"systeme": "urn:oid:2.16.840.1.113883.6.43.1", "code": "8520/3"}
    assert said("morphologie", morphology).worlds == little().ontology.masks["carcinome_lobulaire"]


def test_a_boolean_is_true_or_false_and_no_word() -> None:
    """« oui » is refused in a sheet, since an importer that writes words writes others too."""
    assert said("menopause", True).text == "oui"
    assert wrong("menopause", "oui") == wrong("menopause", 1) == ["booleen"]


def test_an_origin_goes_with_its_statement() -> None:
    """Document, pointer and original code are kept."""
    leaf = {
        "valeur": 90,
        "origine": {"document": "d", "pointeur": "/entry/3", "code": {"systeme": "LOINC", "code": "85329-1"}},
    }
    origin = said("re_pct", leaf).origin
    assert (origin.document, origin.pointer, dict(origin.code)) == (
        "d",
        "/entry/3",
        {"systeme": "LOINC", "code": "85329-1"},
    )


@pytest.mark.parametrize(("identifier", "leaf", "code"), [
    ("re_pct", {"valeur": 9, "unit": "%"}, "champ-inconnu"), ("re_pct", 101, "hors-plage"), ("re_pct", {"valeur": 9, "unite": "mm"}, "unite"), ("re_pct", [], None),
    ("re_pct", "beaucoup", "nombre"), ("cT", "T5", "valeur-inconnue"), ("topographie", "seins", "concept-inconnu"), ("ganglions", 2.5, "hors-plage"),
    ("topographie", {"systeme": "CIM-10", "code": "Z99"}, "code-inconnu"), ("date_naissance", "12/04/1968", "date"), ("cT", {"raison": "oubli"}, "raison-inconnue"),
])  # fmt: skip
def test_a_wrong_leaf_has_one_problem(identifier: str, leaf: Any, code: str | None) -> None:
    """And is left out."""
    assert wrong(identifier, leaf) == ([code] if code else [])
