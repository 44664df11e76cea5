"""Formulas over intervals: no possible result is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dates import days_of
from engine.domains import Line
from engine.formulas import result_of
from engine.text import read_formula
from engine.units import find_unit
from engine.values import INFINITY, Ranges, between, everything

LINE = Line(find_unit("mL/min"))


def result(text: str, line: Line = LINE, **said: Ranges) -> Ranges:
    """Return what a formula may give."""
    return result_of(read_formula(text), line, lambda name: said.get(name, everything()))


def day(text: str) -> Ranges:
    """Return the days of a date."""
    found = days_of(text)
    assert found is not None
    return found


def point(text: str) -> Ranges:
    return between(Decimal(text), Decimal(text))


def test_exact_inputs_give_an_exact_result() -> None:
    """Cockcroft and Gault on a page: 58 years, 64 kg, 80 µmol/L, a woman."""
    assert result(
        "(140 - age) * poids * 1,04 / creatinine", age=point("58"), poids=point("64"), creatinine=point("80")
    ) == point("68.224")


def test_an_interval_gives_every_result_between() -> None:
    """The least weight with the greatest creatinine, and the other way round."""
    found = result(
        "poids / creatinine", poids=between(Decimal(50), Decimal(60)), creatinine=between(Decimal(50), Decimal(100))
    )
    assert (found.low, found.high) == (Decimal("0.5"), Decimal("1.2"))


def test_an_unknown_input_leaves_the_result_open() -> None:
    """Nothing stands in for it."""
    assert result("poids / creatinine", poids=point("60")) == everything()
    assert result("poids + creatinine", poids=point("60")) == everything()


def test_a_division_that_may_be_by_nought_is_open() -> None:
    """No exception, no infinity."""
    assert result("1 / x", x=between(Decimal(-1), Decimal(1))) == everything()
    assert result("1 / x", x=point("0")) == everything()


@pytest.mark.parametrize(("text", "low", "high"), [
    ("racine(x)", "1.41421356", "1.41421357"), ("1 / 3 * x", "0.666666666", "0.666666667"), ("ln(x)", "0.693147180", "0.693147181"), ("exp(x)", "7.38905609", "7.38905610"), ("x ^ 0,5", "1.41421356", "1.41421357"),
])  # fmt: skip
def test_bounds_are_rounded_outward_to_nine_digits(text: str, low: str, high: str) -> None:
    """The same in every reading; the true result lies inside."""
    found = result(text, x=point("2"))
    assert (found.low, found.high) == (Decimal(low), Decimal(high))


def test_min_and_max_of_intervals() -> None:
    """Each end by itself."""
    assert result("max(1 ; x)", x=between(Decimal(0), Decimal(5))) == between(Decimal(1), Decimal(5))
    assert result("min(1 ; x)", x=between(Decimal(0), Decimal(5))) == between(Decimal(0), Decimal(1))


def test_an_age_is_completed_years() -> None:
    """Born in March 1954, seen on 20 November 2026: 72; the day before a birthday is a year less."""
    years = Line(find_unit("ans"), between(Decimal(0), Decimal(130), whole=True))

    formula = "délai(naissance, jour)"
    assert result(formula, years, naissance=day("1954-03"), jour=day("2026-11-20")) == between(
        Decimal(72), Decimal(72), whole=True
    )
    assert result(formula, years, naissance=day("1956-11-21"), jour=day("2026-11-20")) == between(
        Decimal(69), Decimal(69), whole=True
    )
    assert result(formula, years, naissance=day("1956"), jour=day("2026-11-20")) == between(
        Decimal(69), Decimal(70), whole=True
    )


def test_an_impossible_result_gives_nothing() -> None:
    """What the formula reads can't hold together: a contradiction, not a value."""
    line = Line(find_unit("mL/min"), between(Decimal(0), Decimal(500)))
    assert not result("x - 1000", line, x=point("1"))
    assert result("x - 1000", line, x=between(Decimal(1), Decimal(1100))) == between(Decimal(0), Decimal(100))


def test_numbers_too_great_do_not_overflow() -> None:
    """exp(10^9) is beyond any number, and is open."""
    found = result("exp(x)", x=point("1E+9"))
    assert found.high == INFINITY
