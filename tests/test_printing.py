"""Conditions printed as an editor would write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.printing import show, show_formula, show_number
from engine.text import read_condition, read_formula


@pytest.mark.parametrize("text", [
    "re_pct entre 1 % et 9,5 %", "cT parmi (T1, T2)", "oncotype_rs parmi (1 ; 2)", "non (a = x ou b = y)", "si (a = x et b = y) alors c = z",
    "somme(traitements.dose_cumulee où (concept est « FOLFOX »)) < 500 mg/m²", "délai(fin, fiche.date_rechute) < 6 mois",
    "comorbidites ne comporte que « thrombose »", "morphologie a pour composante « lobulaire »", "au moins 2 metastases où (site est « os »)",
])  # fmt: skip
def test_canonical_text_is_printed_as_it_was_read(text: str) -> None:
    """Printing what was read changes nothing."""
    assert show(read_condition(text)) == text


@pytest.mark.parametrize(("written", "printed"), [
    ("(140 - age) * poids * 1.04 / creatinine", "(140 - age) * poids * 1,04 / creatinine"), ("a - (b - c)", "a - (b - c)"), ("(a - b) - c", "a - b - c"),
    ("(a * b) ^ 2", "(a * b) ^ 2"), ("max(1 ; a, b)", "max(1 ; a ; b)"),
])  # fmt: skip
def test_a_formula_keeps_only_the_brackets_it_needs(written: str, printed: str) -> None:
    """And they mean the same."""
    assert show_formula(read_formula(written)) == printed
    assert read_formula(printed) == read_formula(written)


@pytest.mark.parametrize(
    ("number", "shown"), [("8.00", "8"), ("0.5", "0,5"), ("1E+3", "1000"), ("-0", "0"), ("1E-7", "0,0000001")]
)
def test_a_number_is_shown_without_exponent_or_idle_noughts(number: str, shown: str) -> None:
    """With the decimal comma."""
    assert show_number(Decimal(number)) == shown
