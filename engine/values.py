"""Possible worlds of one item: a set of leaves (an `int`, one bit a leaf) or ranges of numbers.

Both sorts know `&` and `|`, are false when empty, and `worlds & accepted == worlds` says that all
worlds are accepted: nothing that reads worlds needs to know which sort it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias, TypeVar

INFINITY = Decimal("Infinity")


class Range(NamedTuple):
    """Numbers from `low` to `high`, either end perhaps left out."""

    low: Decimal
    high: Decimal
    low_open: bool = False
    high_open: bool = False

    def is_empty(self) -> bool:
        """Say whether no number is inside."""
        low, high, low_open, high_open = self
        return low > high or (low == high and (low_open or high_open))


@dataclass(frozen=True, slots=True)
class Ranges:
    """Disjoint ranges in order; `whole` for counts and days, where only integers are inside."""

    parts: tuple[Range, ...]
    whole: bool = False

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __and__(self, other: Ranges) -> Ranges:
        if len(self.parts) != 1 or len(other.parts) != 1 or self.whole != other.whole:
            return _ranges((_meet(a, b) for a in self.parts for b in other.parts), self.whole)
        (low, high, low_open, high_open), (floor, ceiling, floor_open, ceiling_open) = self.parts[0], other.parts[0]
        if high < floor or ceiling < low:
            return _NONE[self.whole]
        above = low > floor or (low == floor and (low_open or not floor_open))
        below = high < ceiling or (high == ceiling and (high_open or not ceiling_open))
        if above and below:
            return self
        if not above and not below:
            return other
        met = Range(
            low if above else floor,
            high if below else ceiling,
            low_open if above else floor_open,
            high_open if below else ceiling_open,
        )
        return _NONE[self.whole] if met.is_empty() else Ranges((met,), self.whole)

    def __or__(self, other: Ranges) -> Ranges:
        return _ranges((*self.parts, *other.parts), self.whole)

    def complement(self) -> Ranges:
        """Return all other numbers."""
        return _complement(self)

    @property
    def low(self) -> Decimal:
        """The least number, or the bound just below it."""
        return self.parts[0].low if self.parts else INFINITY

    @property
    def high(self) -> Decimal:
        """The greatest number, or the bound just above it."""
        return self.parts[-1].high if self.parts else -INFINITY


NOTHING = Ranges(())
_NONE = (NOTHING, Ranges((), True))

Worlds: TypeAlias = "int | Ranges"


@lru_cache(maxsize=8192)
def _complement(ranges: Ranges) -> Ranges:
    kept = [Range(-INFINITY, INFINITY, True, True)]
    for part in ranges.parts:
        below = Range(-INFINITY, part.low, True, not part.low_open)
        above = Range(part.high, INFINITY, not part.high_open, True)
        kept = [_meet(k, side) for k in kept for side in (below, above)]
    return _ranges(kept, ranges.whole)


def between(
    low: Decimal, high: Decimal, low_open: bool = False, high_open: bool = False, whole: bool = False
) -> Ranges:
    """Return the numbers from `low` to `high`."""
    part = Range(low, high, low_open, high_open)
    part = _closed(part) if whole else part
    return _NONE[whole] if part.is_empty() else Ranges((part,), whole)


def everything(whole: bool = False) -> Ranges:
    """Return all numbers."""
    return between(-INFINITY, INFINITY, True, True, whole)


def _meet(a: Range, b: Range) -> Range:
    low, low_open = max((a.low, a.low_open), (b.low, b.low_open))
    high, high_closed = min((a.high, not a.high_open), (b.high, not b.high_open))
    return Range(low, high, low_open, not high_closed)


def _ranges(parts: Iterable[Range], whole: bool) -> Ranges:
    """Sort, drop what is empty, join what touches; closed bounds where only integers count."""
    inside = (p for p in (map(_closed, parts) if whole else parts) if not p.is_empty())
    kept = sorted(inside, key=lambda part: (part.low, part.low_open))
    joined: list[Range] = []
    for part in kept:
        if joined and _touch(joined[-1], part, whole):
            high, closed = max((joined[-1].high, not joined[-1].high_open), (part.high, not part.high_open))
            joined[-1] = Range(joined[-1].low, high, joined[-1].low_open, not closed)
        else:
            joined.append(part)
    return Ranges(tuple(joined), whole)


def _closed(part: Range) -> Range:
    low, high = part.low, part.high
    if low.is_finite():
        floor = low.to_integral_value("ROUND_CEILING")
        low = floor + 1 if part.low_open and floor == part.low else floor
    if high.is_finite():
        ceiling = high.to_integral_value("ROUND_FLOOR")
        high = ceiling - 1 if part.high_open and ceiling == part.high else ceiling
    return Range(low, high, not low.is_finite(), not high.is_finite())


def _touch(a: Range, b: Range, whole: bool) -> bool:
    if b.low < a.high or (whole and b.low <= a.high + 1):
        return True
    return b.low == a.high and not (a.high_open and b.low_open)


AnyWorlds = TypeVar("AnyWorlds", int, Ranges)


def largest_groups(worlds: Sequence[Worlds]) -> list[tuple[frozenset[int], Worlds]]:
    """Return the largest groups of sources that can hold together, each with its intersection.

    Every such group is the set of sources that hold at one point: a leaf, or the start of a range.
    """
    at_points = {frozenset(n for n, source in enumerate(worlds) if source & point) for point in _points(worlds)}  # type: ignore[operator]  # one item, one sort
    largest = [group for group in at_points if not any(group < other for other in at_points)]
    return sorted(((group, _shared(worlds, group)) for group in largest), key=lambda pair: sorted(pair[0]))


def _points(worlds: Sequence[Worlds]) -> Iterator[Worlds]:
    """Yield, for every leaf or every start of a range, the least worlds there."""
    for source in dict.fromkeys(worlds):
        if isinstance(source, Ranges):
            yield from (_start(part, worlds, source.whole) for part in source.parts)
        else:
            yield from (1 << number for number in range(source.bit_length()) if source >> number & 1)


def _start(part: Range, worlds: Sequence[Worlds], whole: bool) -> Ranges:
    """Return the numbers just at the start of a range: none of the sources begins or ends inside them."""
    if not part.low_open:
        return Ranges((Range(part.low, part.low),), whole)
    ends = [end for w in worlds if isinstance(w, Ranges) for p in w.parts for end in (p.low, p.high) if end > part.low]
    return Ranges((Range(part.low, min(ends, default=part.high), True, True),))


def _shared(worlds: Sequence[Worlds], group: Iterable[int]) -> Worlds:
    first, *others = sorted(group)
    shared = worlds[first]
    for number in others:
        shared = shared & worlds[number]  # type: ignore[operator]  # one item, one sort
    return shared


def combine(worlds: Sequence[Worlds]) -> tuple[Worlds, list[tuple[frozenset[int], Worlds]]]:
    """Return what several sources leave possible, and their groups (more than one: a contradiction)."""
    alike: dict[Worlds, set[int]] = {}
    for number, source in enumerate(worlds):
        alike.setdefault(source, set()).add(number)
    members, unique = list(alike.values()), list(alike)
    together = _shared(unique, range(len(unique)))
    if together:
        return together, [(frozenset(range(len(worlds))), together)]
    groups = [(frozenset(n for one in group for n in members[one]), shared) for group, shared in largest_groups(unique)]
    union = groups[0][1]
    for _, shared in groups[1:]:
        union = union | shared  # type: ignore[operator]  # as above
    return union, groups
