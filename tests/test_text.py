"""Conditions, cells and formulas read from French or English text."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.lexer import TextError
from engine.printing import show
from engine.syntax import And, Compare, ConceptName, IsA, ItemName, Name, Not, Number, Operation, Or, Selector
from engine.text import read_cell, read_condition, read_formula


def test_a_comparison_is_an_item_an_operator_and_a_value() -> None:
    """The number keeps its unit as written."""
    assert read_condition("re_pct >= 10 %") == Compare(ItemName("re_pct"), ">=", Number(Decimal(10), "%"))


@pytest.mark.parametrize(("english", "french"), [
    ("a = x and not b = y", "a = x et non b = y"),
    ("at least one traitement where (contains « X »)", "au moins un traitement où (contient « X »)"),
    ("no traitement where (concept is one of (« X », « Y »))", "aucun traitement où (concept est parmi (« X », « Y »))"),
    ("every traitement where (a = x)", "tous traitement où (a = x)"),
    ("if a = x then b = y else c = z", "si a = x alors b = y sinon c = z"),
    ("at least 2 of (a = x ; b = y)", "au moins 2 parmi (a = x ; b = y)"),
    ("documented(a) and to judge j", "documenté(a) et à apprécier j"),
    ("pnn (less than 14 jours) >= 1 G/L", "pnn (moins de 14 jours) >= 1 G/L"),
    ("count(traitements) >= 2", "nombre(traitements) >= 2"),
    ("a between 1 and 2 and true", "a entre 1 et 2 et vrai"),
    ("contraindicated(« X »)", "contre_indiqué(« X »)"),
    ("sheet.a = x", "fiche.a = x"),
])  # fmt: skip
def test_english_keywords_are_synonyms_and_french_is_printed(english: str, french: str) -> None:
    """Both read as the same condition, printed in canonical French."""
    assert read_condition(english) == read_condition(french)
    assert show(read_condition(english)) == french


def test_and_or_are_not_mixed_without_brackets() -> None:
    """The author says which comes first."""
    with pytest.raises(TextError) as error:
        read_condition("a = x et b = y ou c = z")
    assert (error.value.start, error.value.length) == (15, 2)
    assert read_condition("a = x et (b = y ou c = z)") == And((_is("a", "x"), Or((_is("b", "y"), _is("c", "z")))))


def _is(item: str, value: str) -> Compare:
    return Compare(ItemName(item), "=", Name(value))


def test_not_takes_what_follows_alone() -> None:
    """`non a = x et b = y` denies the first only."""
    assert read_condition("non a = x et b = y") == And((Not(_is("a", "x")), _is("b", "y")))


def test_where_is_told_from_or() -> None:
    """`où` folds to `ou`; before a bracket after a list it is `where`."""
    found = read_condition("au moins un traitement ou (contient « X ») ou a = x")
    assert isinstance(found, Or)
    assert len(found.parts) == 2


def test_a_selector_is_part_of_its_item() -> None:
    """`avant traitement` chooses a row; a duration carries its unit."""
    found = read_condition("psa (avant traitement) > 20 ng/mL et pnn (moins de 14 jours) >= 1 G/L")
    assert isinstance(found, And)
    chosen = [
        part.term.selector for part in found.parts if isinstance(part, Compare) and isinstance(part.term, ItemName)
    ]
    assert chosen == [Selector("avant traitement"), Selector("moins de", Decimal(14), "jours")]


@pytest.mark.parametrize(("text", "cell"), [
    ("<= 25", ("<=", (Number(Decimal(25)),))), ("positif", ("=", (Name("positif"),))), ("parmi (2, 4)", ("parmi", (Number(Decimal(2)), Number(Decimal(4))))),
    ("entre 16 et 25", ("entre", (Number(Decimal(16)), Number(Decimal(25))))), ("« sein »", ("est", (ConceptName("sein"),))),
])  # fmt: skip
def test_a_cell_is_a_comparison_without_its_item(text: str, cell: object) -> None:
    """What stands in a decision table."""
    assert read_cell(text) == cell


def test_a_formula_keeps_the_order_of_arithmetic() -> None:
    """Product before sum, left before right."""
    assert read_formula("1 - 2 - 3 * a") == Operation(
        "-",
        (Operation("-", (Number(Decimal(1)), Number(Decimal(2)))), Operation("*", (Number(Decimal(3)), ItemName("a")))),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a =",
        "a = b c",
        "(a = b",
        "au moins trois traitements",
        "aucun traitement",
        "si a = b",
        "a est sein",
        "et a = b",
        "a parmi x",
    ],
)
def test_what_is_no_condition_is_refused_with_a_place_inside_it(text: str) -> None:
    """Every refusal points into the text."""
    with pytest.raises(TextError) as error:
        read_condition(text)
    assert 0 <= error.value.start <= max(0, len(text))
    assert error.value.message


@pytest.mark.parametrize("text", ["(" * 2000 + "a = b" + ")" * 2000, "non " * 2000 + "a = b", "si " * 2000 + "a = b"])
def test_deep_nesting_is_refused(text: str) -> None:
    """A thousand brackets are a mistake of the text, and no reason to fail."""
    with pytest.raises(TextError):
        read_condition(text)


def test_some_nesting_is_read() -> None:
    """Twenty brackets are too many for a reader, not for the engine."""
    assert read_condition("(" * 20 + "a = b" + ")" * 20) == _is("a", "b")


def test_contains_without_item_is_about_the_row() -> None:
    """`contient` alone reads the row's own concept."""
    assert read_condition("contient « X »") == IsA("contient", None, (ConceptName("X"),))
