"""Formulas that CQL computes exactly: sums and differences, and complete years; all others are inputs that we compute.

Quotients, powers, roots and logarithms are rounded outward to nine digits by our engine, which CQL's eight decimals
cannot repeat. A sum of numbers of at most nine digits is the same in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from api.exports.cql.text import intervals, number
from api.exports.cql.values import NotExpressible
from engine.domains import Line
from engine.formulas import name_of
from engine.program import Program
from engine.syntax import Delay, Formula, ItemName, Number, Operation
from engine.truth import TRUE


def formula_text(
    formulas: tuple[tuple[int, Formula], ...], program: Program, read: Mapping[str, str], line: Line
) -> str:
    """Return what one formula without condition gives, held to the item's own range; `read` names what it reads."""
    (register, formula), *others = formulas
    always = program.writers[register]
    if others or always[0] != "fixed" or always[2] != TRUE:
        raise NotExpressible("une formule sous condition")
    text = _extent(formula, read, line)
    if line.full.whole:
        text = f"Common.Whole({text})"
    return f"Common.HeldTo({text}, {intervals(line.full)})"


def _extent(formula: Formula, read: Mapping[str, str], line: Line) -> str:
    match formula:
        case Number(value):
            return f"Interval[{number(Decimal(value))}, {number(Decimal(value))}]"
        case ItemName():
            return f"Common.Extent({read[name_of(formula)]})"
        case Operation("+", (left, right)):
            return f"Common.Plus({_extent(left, read, line)}, {_extent(right, read, line)})"
        case Operation("-", (left, right)):
            return f"Common.Less({_extent(left, read, line)}, {_extent(right, read, line)})"
        case Delay(start, end) if line.full.whole and line.unit is not None and line.unit.name == "ans":
            delay = f"Common.DelayInMonths({read[name_of(start)]}, {read[name_of(end)]})"
            return f"Common.Years(Common.Extent({delay}))"
    raise NotExpressible("une formule arrondie vers l'extérieur à neuf chiffres")
