"""Formulas over intervals: every bound rounded outward, so that no possible result is lost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from functools import lru_cache
from typing import assert_never

from engine.dates import delay
from engine.domains import Line
from engine.syntax import Count, Delay, Formula, ItemName, Number, Operation, Sum
from engine.values import INFINITY, Ranges, Worlds, between

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
DOWN = Context(prec=18, rounding=ROUND_FLOOR, traps=_TRAPS)
UP = Context(prec=18, rounding=ROUND_CEILING, traps=_TRAPS)
_SHOWN_DOWN = Context(prec=9, rounding=ROUND_FLOOR)
_SHOWN_UP = Context(prec=9, rounding=ROUND_CEILING)

Read = Callable[[str], Worlds]
Ends = tuple[Decimal, Decimal]
OPEN: Ends = (-INFINITY, INFINITY)


def result_of(formula: Formula, line: Line, read: Read) -> Ranges:
    """Return what a formula may give, in the unit of `line`; counts and ages are completed units.

    Nothing is given where every result is impossible: then what the formula reads is a contradiction.
    """
    low, high = _ends(formula, line, read)
    if line.full.whole:
        low, high = (end if not end.is_finite() else end.to_integral_value(ROUND_FLOOR) for end in (low, high))
    else:
        low, high = _SHOWN_DOWN.plus(low), _SHOWN_UP.plus(high)
    found = between(low, high, not low.is_finite(), not high.is_finite(), line.full.whole)
    return found & line.full


def _ends(formula: Formula, line: Line, read: Read) -> Ends:
    match formula:
        case Number(value):
            return value, value
        case ItemName():
            return _bounds(read(name_of(formula)))
        case Delay(start, end):
            return _delay(read(name_of(start)), read(name_of(end)), line)
        case Operation(operator, operands):
            try:
                return _apply(operator, [_ends(operand, line, read) for operand in operands])
            except (InvalidOperation, DivisionByZero, Overflow):
                return OPEN
        case Count() | Sum():
            return OPEN
    assert_never(formula)


def is_sum(formula: Formula) -> bool:
    """Say whether a formula only adds and subtracts: then an open part leaves the others their say."""
    if isinstance(formula, Operation):
        return formula.operator in ("+", "-") and all(map(is_sum, formula.operands))
    return isinstance(formula, Number | ItemName)


def names_in(formula: Formula) -> tuple[str, ...]:
    """Return the names of the items that a formula reads."""
    match formula:
        case Operation(_, operands):
            return tuple(name for operand in operands for name in names_in(operand))
        case ItemName():
            return (name_of(formula),)
        case Delay(start, end):
            return name_of(start), name_of(end)
    return ()


def name_of(item: ItemName) -> str:
    """Return the name under which a formula's item is read."""
    return item.text + str(item.selector or "")


def _bounds(worlds: Worlds) -> Ends:
    return (worlds.low, worlds.high) if isinstance(worlds, Ranges) and worlds else OPEN


def _delay(start: Worlds, end: Worlds, line: Line) -> Ends:
    if not isinstance(start, Ranges) or not isinstance(end, Ranges):
        return OPEN
    unit = line.unit.name if line.unit else ""
    low, high = _bounds(delay(start, end, unit in ("mois", "ans")))
    step = Decimal(12 if unit == "ans" else 7 if unit == "semaines" else 1)
    return (
        low if not low.is_finite() else DOWN.divide(low, step),
        high if not high.is_finite() else UP.divide(high, step),
    )


def _apply(operator: str, operands: list[Ends]) -> Ends:
    match operator:
        case "min":
            return min(o[0] for o in operands), min(o[1] for o in operands)
        case "max":
            return max(o[0] for o in operands), max(o[1] for o in operands)
        case "+":
            (a, b), (c, d) = operands
            return DOWN.add(a, c), UP.add(b, d)
        case "-":
            (a, b), (c, d) = operands
            return DOWN.subtract(a, d), UP.subtract(b, c)
        case "racine" | "ln" | "exp":
            return _monotone(operator, operands[0])
    left, right = operands
    if operator == "/" and right[0] <= 0 <= right[1]:
        return OPEN
    if operator == "^" and left[0] <= 0:
        return OPEN
    corners = [(x, y) for x in left for y in right]
    return (
        min(_one(operator, x, y, DOWN) for x, y in corners),
        max(_one(operator, x, y, UP) for x, y in corners),
    )


def _one(operator: str, x: Decimal, y: Decimal, context: Context) -> Decimal:
    match operator:
        case "*":
            return Decimal(0) if x == 0 or y == 0 else context.multiply(x, y)
        case "/":
            return Decimal(0) if not y.is_finite() else context.divide(x, y)
        case _:
            return _power(x, y, context)


@lru_cache(maxsize=4096)
def _power_of(base: Decimal, exponent: Decimal, down: bool) -> Decimal:
    return _outward(lambda context: context.power(base, exponent), DOWN if down else UP)


def _outward(work: Callable[[Context], Decimal], context: Context) -> Decimal:
    """Return a bound of what `Decimal` rounds to the nearest whatever the context: one step outward where it is not exact."""
    own = context.copy()
    own.clear_flags()
    value = work(own)
    if not own.flags[Inexact]:
        return value
    return own.next_minus(value) if context.rounding == ROUND_FLOOR else own.next_plus(value)


def _power(base: Decimal, exponent: Decimal, context: Context) -> Decimal:
    """Return a power of a positive base; `Decimal` gives it within one unit of the 18th digit."""
    if not base.is_finite() or not exponent.is_finite():
        grows = (exponent > 0) == (base > 1)
        return INFINITY if grows else Decimal(0)
    return _power_of(base, exponent, context is DOWN)


def _monotone(operator: str, ends: Ends) -> Ends:
    low, high = ends
    match operator:
        case "racine":
            return _root(low, DOWN), _root(high, UP)
        case "ln":
            return _logarithm(low, DOWN), _logarithm(high, UP)
    return _exponential(low, DOWN), _exponential(high, UP)


def _root(end: Decimal, context: Context) -> Decimal:
    end = max(end, Decimal(0))
    return end if not end.is_finite() else _outward(lambda own: own.sqrt(end), context)


def _logarithm(end: Decimal, context: Context) -> Decimal:
    if end <= 0:
        return -INFINITY
    return end if not end.is_finite() else _outward(lambda own: own.ln(end), context)


def _exponential(end: Decimal, context: Context) -> Decimal:
    if not end.is_finite():
        return max(end, Decimal(0))
    return _outward(lambda own: own.exp(end), context)
