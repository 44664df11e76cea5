"""Units: spellings, and exact conversion within a dimension only."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from engine.units import convertible, find_unit


def factor(source: str, target: str, molar_mass: str | None = None) -> Fraction | None:
    """Return the factor between two spellings."""
    one, other = find_unit(source), find_unit(target)
    assert one is not None
    assert other is not None
    return convertible(one, other, Decimal(molar_mass) if molar_mass else None)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("10*3/uL", "G/L"), ("U/L", "UI/L"), ("mg/m2", "mg/m²"), ("ULN", "× LSN"), ("an", "ans"), ("μmol/L", "µmol/L")],
)
def test_a_ucum_or_french_spelling_is_one_unit(spelling: str, name: str) -> None:
    """Whatever the spelling, the unit is the same (the Greek mu too)."""
    found = find_unit(spelling)
    assert found is not None
    assert found.name == name


def test_conversion_is_exact() -> None:
    """Centimetres are ten millimetres, and a gram per decilitre ten grams per litre: no rounding."""
    assert factor("cm", "mm") == 10
    assert factor("g/dL", "g/L") == 10
    assert factor("lb", "kg") == Fraction("0.45359237")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("mL/min", "mL/min/1,73 m²"),
        ("mm", "kg"),
        ("mois", "jours"),
        ("mg/L", "µmol/L"),
        ("× LSN", "UI/L"),
        ("× LSN", "× LIN"),
    ],
)
def test_what_is_of_another_dimension_never_converts(source: str, target: str) -> None:
    """An annotated unit is a unit of its own, months are no number of days, mass is no substance without a molar mass."""
    assert factor(source, target) is None


def test_mass_and_substance_convert_by_the_molar_mass() -> None:
    """Creatinine: 1 mg/dL is 88.4 µmol/L."""
    found = factor("mg/dL", "µmol/L", "113.12")
    assert found is not None
    assert round(float(found), 1) == 88.4
    assert found * (factor("µmol/L", "mg/dL", "113.12") or 0) == 1


def test_an_unknown_unit_is_none() -> None:
    """Nothing stands in for a unit that is not known."""
    assert find_unit("stones") is None
