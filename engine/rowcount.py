"""How many rows satisfy a condition, and what a column adds up to: intervals, open above while a row may be missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from engine.dictionary import Item
from engine.rowset import Row
from engine.truth import FALSE, TRUE, Truth
from engine.values import INFINITY, Ranges, between

MOST_COMPARED = 24


def count(rows: Sequence[Row], truths: Sequence[Truth], missing: bool, records: Item) -> Ranges:
    """Return the number of rows: certain and distinct ones at least, all that may be at most."""
    sure = [row for row, truth in zip(rows, truths, strict=True) if truth == TRUE and row.certain]
    possible = sum(truth != FALSE for truth in truths)
    low = Decimal(_distinct(sure, records))
    return between(low, INFINITY if missing else Decimal(possible), high_open=missing, whole=True)


def total(rows: Sequence[Row], truths: Sequence[Truth], missing: bool, column: Item) -> Ranges:
    """Return the sum of a column over the rows."""
    full = column.line().full
    low = high = Decimal(0)
    for row, truth in zip(rows, truths, strict=True):
        worlds = row.worlds.get(column.id, full)
        assert isinstance(worlds, Ranges)
        if truth == TRUE and row.certain:
            low, high = low + worlds.low, high + worlds.high
        elif truth != FALSE:
            low, high = low + min(Decimal(0), worlds.low), high + max(Decimal(0), worlds.high)
    if missing:
        low, high = low if full.low >= 0 else -INFINITY, INFINITY
    return between(low, high, not low.is_finite(), not high.is_finite(), full.whole)


def _distinct(rows: Sequence[Row], records: Item) -> int:
    """Return how many rows there are at least: the most of which no two may be one.

    Where very many may be, only those of one document are told apart: still a bound, if a lower one.
    """
    if len({row.documents for row in rows}) < 2:
        return len(rows)
    near = [
        sum(1 << n for n, other in enumerate(rows) if other is not row and _may_be_one(row, other, records))
        for row in rows
    ]
    unclear = [row for row, others in zip(rows, near, strict=True) if others]
    if len(unclear) > MOST_COMPARED:
        sizes = Counter(document for row in unclear for document in row.documents)
        return len(rows) - len(unclear) + max(sizes.values())
    return _most_apart(near, (1 << len(rows)) - 1)


def _most_apart(near: Sequence[int], left: int) -> int:
    """Return the size of the largest part of `left` without neighbours; a row with one neighbour at most is in one."""
    widest, most = -1, 1
    for number, others in enumerate(near):
        if left >> number & 1:
            neighbours = (others & left).bit_count()
            if neighbours <= 1:
                return 1 + _most_apart(near, left & ~others & ~(1 << number))
            if neighbours > most:
                widest, most = number, neighbours
    if widest < 0:
        return 0
    rest = left & ~(1 << widest)
    return max(_most_apart(near, rest), 1 + _most_apart(near, rest & ~near[widest]))


def _may_be_one(one: Row, other: Row, records: Item) -> bool:
    """Say whether two rows may be the same: two documents may speak of one row."""
    if one.documents & other.documents:
        return False
    shared = (key for key in records.key or one.worlds if key in one.worlds and key in other.worlds)
    return all(one.worlds[key] & other.worlds[key] for key in shared)  # type: ignore[operator]  # one column
