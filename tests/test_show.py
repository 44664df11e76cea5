"""Worlds as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dictionary_reader import read_dictionary
from engine.show import show_worlds
from engine.values import INFINITY, between
from tests.small import item, little, shipped


def leaves(identifier: str, *names: str) -> int:
    """Return the leaves that names of an item stand for."""
    union = 0
    for name in names:
        found = item(identifier).leaves().find(name)
        assert found is not None
        union |= found
    return union


@pytest.mark.parametrize("names", [("T2",), ("T4",), ("T0", "T3"), ("T4a", "T4b")])
def test_categories_are_shown_by_the_fewest_names_in_their_order(names: tuple[str, ...]) -> None:
    """A whole category is one name; leaves come in the order of the scale."""
    assert show_worlds(item("cT"), leaves("cT", *names)) == " ou ".join(names)


def test_no_leaf_is_lost_though_a_category_bears_its_name() -> None:
    """T1 of a site that does not subdivide it is a leaf, T1 of the breast a category: both read « T1 »."""
    domain = item("cT").leaves()
    leaf = 1 << domain.names.index("T1")
    assert show_worlds(item("cT"), leaf) == "T1"
    assert show_worlds(item("cT"), leaf | leaves("cT", "T2")) == "T1 ou T2"
    breast = domain.by_site["sein"]
    assert show_worlds(item("cT"), leaves("cT", "T1") & breast, held=breast) == "T1"


@pytest.mark.parametrize(("low", "high", "shown"), [
    ("10", "20", "10 – 20 %"), ("10", "10", "10 %"), ("0.5", "0.5", "0,5 %"),
])  # fmt: skip
def test_numbers_are_shown_with_decimal_comma_and_unit(low: str, high: str, shown: str) -> None:
    """An interval, or a point, in the item's own unit."""
    assert show_worlds(item("re_pct"), between(Decimal(low), Decimal(high))) == shown


def test_a_bound_alone_is_shown_as_a_comparison() -> None:
    """« at least » and « less than » keep their sign."""
    assert show_worlds(item("clairance"), between(Decimal(60), INFINITY, high_open=True)) == "≥ 60 mL/min"
    assert show_worlds(item("clairance"), between(-INFINITY, Decimal(60), True, True)) == "< 60 mL/min"


def test_what_is_wholly_open_is_unknown() -> None:
    """In the language that is asked for."""
    for identifier in ("cT", "re_pct", "topographie"):
        domain = item(identifier).domain
        assert domain is not None
        assert show_worlds(item(identifier), domain.full, little().ontology) == "inconnu"
        assert show_worlds(item(identifier), domain.full, little().ontology, "en") == "unknown"


def test_a_concept_is_shown_by_its_label() -> None:
    """The preferred label, in the language that is asked for."""
    breast = little().ontology.masks["sein"]
    assert show_worlds(item("topographie"), breast, little().ontology) == "sein"
    assert show_worlds(item("topographie"), breast, little().ontology, "en") == "breast"


def test_a_leaf_whose_name_does_not_speak_has_a_label() -> None:
    """The name is for rules; people read the label, each in their language."""
    her2 = shipped().base.dictionary.items["her2_ihc"]
    assert show_worlds(her2, her2.leaves().find("0_faible") or 0) == "0, ultra-faible"
    assert show_worlds(her2, her2.leaves().find("0_faible") or 0, language="en") == "0, ultralow"
    assert show_worlds(her2, her2.leaves().find("2+") or 0) == "2+"


def test_a_label_of_no_leaf_is_a_problem() -> None:
    """A misspelt leaf would leave the raw name to be read."""
    text = "echelles: {S: {feuilles: [bas, haut], libelles: {haute: {fr: haut}}}}\nitems: []\n"
    _, problems = read_dictionary("dictionary.yaml", text, little().ontology)
    assert [(p.code, p.hint) for p in problems] == [("feuille-inconnue", "vouliez-vous dire : `haut`")]
