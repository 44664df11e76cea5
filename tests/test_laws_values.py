"""Possible worlds obey the algebra of sets, dates keep their order, and formulas lose no possible result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, DecimalException
from itertools import combinations
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.dates import add_months, delay, months_between
from engine.domains import Line
from engine.formulas import result_of
from engine.syntax import Delay, Formula, ItemName, Number, Operation
from engine.units import find_unit
from engine.values import INFINITY, Range, Ranges, Worlds, between, combine, everything, largest_groups
from tests.agreement.dice import Dice, Draw
from tests.strategies import LAW

# --- ranges against the points of a grid ------------------------------------------------------------

_STEP = Decimal("0.25")
_POINTS = [_STEP * n for n in range(-6, 27)]
_ENDS = [Decimal(n) / 2 for n in range(-1, 11)]


def contains(worlds: Ranges, point: Decimal) -> bool:
    """Say whether a point is inside, by the plain definition of a range."""
    return any(
        (p.low < point or (p.low == point and not p.low_open))
        and (point < p.high or (point == p.high and not p.high_open))
        for p in worlds.parts
    )


def inside(worlds: Ranges) -> list[bool]:
    """Return the model of a range: which points are inside; integers only where only they count."""
    points = [p for p in _POINTS if not worlds.whole or p == p.to_integral_value()]
    return [contains(worlds, point) for point in points]


def drawn_range(dice: Dice, whole: bool) -> Ranges:
    """Draw up to three ranges with open, closed and infinite ends."""
    worlds = Ranges((), whole)
    for _ in range(dice.number(0, 3)):
        low, high = sorted((dice.pick(_ENDS), dice.pick(_ENDS)))
        ends: tuple[Any, ...] = (low, high, dice.chance(50), dice.chance(50))
        if dice.chance(15):
            ends = (-INFINITY, high, True, ends[3])
        elif dice.chance(15):
            ends = (low, INFINITY, ends[2], True)
        worlds = worlds | between(*ends, whole)
    return worlds


@st.composite
def ranges(draw: Draw) -> tuple[Ranges, Ranges, Ranges]:
    """Draw three ranges of one sort."""
    dice = Dice(draw)
    whole = dice.chance(50)
    return drawn_range(dice, whole), drawn_range(dice, whole), drawn_range(dice, whole)


@LAW
@given(ranges())
def test_ranges_are_sets_of_numbers(drawn: tuple[Ranges, Ranges, Ranges]) -> None:
    """Meet, join and complement are those of the points inside; one set has one form, and stays of its sort."""
    a, b, c = drawn
    in_a, in_b = inside(a), inside(b)
    assert inside(a & b) == [x and y for x, y in zip(in_a, in_b, strict=True)]
    assert inside(a | b) == [x or y for x, y in zip(in_a, in_b, strict=True)]
    assert inside(a.complement()) == [not x for x in in_a]
    assert bool(a & b) == any(inside(a & b))
    for one, other in (
        (a & b, b & a),
        (a | b, b | a),
        ((a | b) & c, (a & c) | (b & c)),
        ((a & b).complement(), a.complement() | b.complement()),
    ):
        assert one == other, (one, other)
    assert a.complement().complement() == a
    assert a & everything(a.whole) == a
    for result in (a & b, a | b, a.complement()):
        assert result.whole == a.whole
        assert list(result.parts) == sorted(result.parts)


# --- sources ----------------------------------------------------------------------------------------


@st.composite
def sources(draw: Draw) -> tuple[list[Worlds], list[int]]:
    """Draw what up to five sources say of one item, and another order of them."""
    dice = Dice(draw)
    number = dice.number(1, 5)
    if dice.chance(50):
        said: list[Worlds] = [dice.number(1, 31) for _ in range(number)]
    else:
        drawn = (drawn_range(dice, True) for _ in range(number))
        said = [worlds or between(Decimal(1), Decimal(2), whole=True) for worlds in drawn]
    return said, dice.shuffled(range(number))


def largest_by_trying(said: Sequence[Any]) -> set[frozenset[int]]:
    """Return the largest groups with something in common, by trying every group."""
    together = []
    for size in range(len(said), 0, -1):
        for group in map(frozenset, combinations(range(len(said)), size)):
            shared = said[min(group)]
            for number in group:
                shared = shared & said[number]
            if shared and not any(group < larger for larger in together):
                together.append(group)
    return set(together)


@LAW
@given(sources())
def test_the_largest_groups_are_found_in_any_order(drawn: tuple[list[Worlds], list[int]]) -> None:
    """Groups are the largest that can hold together; the order of sources changes neither them nor what is left."""
    said, order = drawn
    groups = dict(largest_groups(said))
    assert set(groups) == largest_by_trying(said)
    shuffled = {
        frozenset(order[n] for n in members): worlds for members, worlds in largest_groups([said[n] for n in order])
    }
    assert shuffled == groups
    assert combine([said[n] for n in order])[0] == combine(said)[0]


# --- dates ------------------------------------------------------------------------------------------

_FIRST, _LAST = date(1899, 12, 1).toordinal(), date(2101, 3, 1).toordinal()
_DAYS = st.integers(_FIRST, _LAST)


@LAW
@given(_DAYS, st.integers(0, 1500), st.integers(0, 800))
def test_delays_in_months_keep_the_order_of_days(day: int, further: int, more: int) -> None:
    """A later end is a longer delay, a later start no longer one; whole months are exact, back and forth."""
    first, middle, last = Decimal(day), Decimal(day + further), Decimal(day + further + more)
    assert months_between(first, middle) <= months_between(first, last)
    assert (months_between(first, middle) < months_between(first, last)) == bool(more)
    assert months_between(first, last) >= months_between(middle, last)
    assert months_between(last, first) == -months_between(first, last)
    months = more % 240
    assert months_between(first, Decimal(add_months(date.fromordinal(day), months).toordinal())) == months


@LAW
@given(_DAYS, st.integers(0, 40), _DAYS, st.integers(0, 400), st.integers(0, 40), st.integers(0, 400))
def test_a_delay_between_partial_dates_holds_every_delay(
    start: int, width: int, end: int, extent: int, at: int, reached: int
) -> None:
    """Whatever days two partial dates turn out to be, the delay is among those that were possible."""
    at, reached = min(at, width), min(reached, extent)
    for months in (True, False):
        whole = delay(_span(start, width), _span(end, extent), months)
        point = delay(_span(start + at, 0), _span(end + reached, 0), months)
        assert point & whole == point


def _span(day: int, width: int) -> Ranges:
    return between(Decimal(day), Decimal(day + width), whole=True)


@LAW
@given(_DAYS, st.integers(0, 45000))
def test_ages_are_completed_years(day: int, further: int) -> None:
    """The formula of an age is what a birthday says."""
    born, now = date.fromordinal(day), date.fromordinal(day) + timedelta(days=further)
    birthday = add_months(born, 12 * (now.year - born.year))
    line = Line(find_unit("ans"), between(Decimal(0), Decimal(200), whole=True))
    read = {"naissance": _span(day, 0), "jour": _span(now.toordinal(), 0)}
    age = result_of(Delay(ItemName("naissance"), ItemName("jour")), line, lambda name: read[name])
    assert (age.low, age.high) == (now.year - born.year - (now < birthday),) * 2


# --- formulas ---------------------------------------------------------------------------------------

_EXACT = Context(prec=60)
_NAMES = ("a", "b", "c")


@dataclass(frozen=True, slots=True)
class Computed:
    """A formula with intervals for its items, and points inside them."""

    formula: Formula
    worlds: dict[str, Ranges]
    points: dict[str, Decimal]
    line: Line


@st.composite
def computed(draw: Draw) -> Computed:
    """Draw a formula and what its items may be."""
    dice = Dice(draw)
    worlds, points = {}, {}
    for name in _NAMES:
        low, high = sorted(Decimal(dice.number(-40, 400)) / dice.pick((1, 4, 10)) for _ in range(2))
        point = low + (high - low) * dice.number(0, 8) / 8
        worlds[name], points[name] = between(low, high), point
        if dice.chance(10):
            worlds[name] = between(low, INFINITY, high_open=True)
    line = Line(find_unit("mm"), everything(True)) if dice.chance(20) else Line()
    return Computed(_formula(dice, dice.number(1, 3)), worlds, points, line)


def _formula(dice: Dice, depth: int) -> Formula:
    if depth == 0 or dice.chance(15):
        return (
            Number(Decimal(dice.number(0, 300)) / dice.pick((1, 100)))
            if dice.chance(35)
            else ItemName(dice.pick(_NAMES))
        )
    operator = dice.pick(("+", "-", "*", "/", "^", "min", "max", "racine", "ln", "exp"))
    wanted = 1 if operator in ("racine", "ln", "exp") else 2
    operands = tuple(_formula(dice, depth - 1) for _ in range(wanted))
    return Operation(
        operator, (operands[0], Number(Decimal(dice.number(-20, 20)) / 10)) if operator == "^" else operands
    )


def value_of(formula: Formula, points: dict[str, Decimal]) -> Decimal:
    """Compute a formula at one point with sixty digits."""
    if isinstance(formula, Number):
        return formula.value
    if isinstance(formula, ItemName):
        return points[formula.text]
    assert isinstance(formula, Operation)
    values = [value_of(operand, points) for operand in formula.operands]
    match formula.operator:
        case "+":
            return _EXACT.add(*values)
        case "-":
            return _EXACT.subtract(*values)
        case "*":
            return _EXACT.multiply(*values)
        case "/":
            return _EXACT.divide(*values)
        case "^":
            return _EXACT.power(*values)
        case "min" | "max" as name:
            return min(values) if name == "min" else max(values)
        case "racine":
            return _EXACT.sqrt(values[0])
        case "ln":
            return _EXACT.ln(values[0])
    return _EXACT.exp(values[0])


@LAW
@given(computed())
def test_a_formula_loses_no_possible_result(drawn: Computed) -> None:
    """The value at any point inside the inputs lies inside the interval of the result."""
    try:
        exact = value_of(drawn.formula, drawn.points)
    except DecimalException:
        assume(False)
    assume(exact.is_finite() and abs(exact) < Decimal("1e40"))
    if drawn.line.full.whole:
        exact = exact.to_integral_value("ROUND_FLOOR")
    found = result_of(drawn.formula, drawn.line, lambda name: drawn.worlds[name])
    assert contains(found, exact), (found, exact)


def test_the_model_of_ranges_tells_open_from_closed() -> None:
    """The grid has points on both sides of every end, so that the laws above can fail."""
    closed, half = between(Decimal(1), Decimal(2)), between(Decimal(1), Decimal(2), low_open=True)
    assert inside(closed) != inside(half)
    assert Ranges((Range(Decimal(1), Decimal(2)),)) == closed
