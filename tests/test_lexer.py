"""Condition text cut into tokens."""

from __future__ import annotations

import pytest

from engine.lexer import TextError, tokens_of


@pytest.mark.parametrize(("text", "kinds"), [
    ("re_pct >= 10 %", ["word", "symbol", "number"]),
    ("her2_ihc = 2+", ["word", "symbol", "word"]),
    ("topographie est « sein »", ["word", "word", "concept"]),
    ('topographie is "breast"', ["word", "word", "concept"]),
    ("debut >= 2026-01-01", ["word", "symbol", "date"]),
    ("pN = N0(i+)", ["word", "symbol", "word"]),
    ("fiche.date_rcp", ["word"]),
    ("2 + 3", ["number", "symbol", "number"]),
    ("à apprécier benefice-incertain", ["word", "word", "word"]),
])  # fmt: skip
def test_each_kind_of_token_is_known_by_its_form(text: str, kinds: list[str]) -> None:
    """Categories such as 2+ and N0(i+) are words, dates are no subtraction."""
    assert [token.kind for token in tokens_of(text)] == kinds


def test_a_number_carries_its_unit_and_decimal_comma() -> None:
    """The longest unit counts: mL/min/1,73 m² is no mL/min."""
    (token,) = tokens_of("59,5 mL/min/1,73 m²")
    assert (token.text, token.unit) == ("59,5", "mL/min/1,73 m²")


def test_typographic_signs_are_those_of_the_keyboard() -> None:
    """≤, ≥, ≠ and × are <=, >=, != and *."""
    assert [token.text for token in tokens_of("≤ ≥ ≠ ×")] == ["<=", ">=", "!=", "*"]


def test_a_token_knows_its_place() -> None:
    """Offset and length in the text, whatever spaces are between."""
    tokens = tokens_of("  a  =   « b c »")
    assert [(token.start, token.length) for token in tokens] == [(2, 1), (5, 1), (9, 7)]


def test_a_sign_without_meaning_is_refused_at_its_place() -> None:
    """The first one is named."""
    with pytest.raises(TextError) as error:
        tokens_of("age ? 3")
    assert (error.value.message, error.value.start) == ("`?` n'a pas de sens ici", 4)


@pytest.mark.parametrize("text", ["topographie est « sein", 'x est "sein'])
def test_a_concept_without_its_closing_mark_is_refused(text: str) -> None:
    """An open guillemet does not swallow the rest."""
    with pytest.raises(TextError):
        tokens_of(text)
