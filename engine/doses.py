"""The dose of an action against what a safety rule looks at."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from engine.logic import All, Logic, Member
from engine.truth import FALSE, TRUE, UNKNOWN, Truth, conjunction
from engine.values import between


def dose_truth(where: Logic | None, dose: str) -> Truth:
    """Compare the dose of an action (mg/m²) with `action où`; without a dose that can be compared it is UNKNOWN."""
    if where is None:
        return TRUE
    number = dose_in_mg_m2(dose)
    if number is None:
        return UNKNOWN
    parts = where.parts if isinstance(where, All) else (where,)
    point = between(number, number)
    return conjunction(TRUE if point & part.sure else FALSE for part in parts if isinstance(part, Member))  # type: ignore[operator]  # a dose is a number


def dose_in_mg_m2(dose: str) -> Decimal | None:
    """Read `75 mg/m²`; another unit, or more words, is no dose that can be compared."""
    number, _, unit = dose.strip().partition(" ")
    if unit.strip() not in ("mg/m²", "mg/m2"):
        return None
    try:
        return Decimal(number.replace(",", "."))
    except InvalidOperation:
        return None
