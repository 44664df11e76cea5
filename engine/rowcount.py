"""How many rows satisfy a condition, and what a column adds up to: intervals, open above while a row may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.dictionary import Item
from engine.rows import Row
from engine.truth import FALSE, TRUE, Truth
from engine.values import INFINITY, Ranges, between


def count(rows: Sequence[Row], truths: Sequence[Truth], missing: bool, records: Item) -> Ranges:
    """Return the number of rows: certain and distinct ones at least, all that may be at most."""
    sure = [row for row, truth in zip(rows, truths, strict=True) if truth == TRUE and row.certain]
    possible = sum(truth != FALSE for truth in truths)
    low = Decimal(len(_distinct(sure, records)))
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


def _distinct(rows: Sequence[Row], records: Item) -> list[Row]:
    """Return rows of which no two may be one: two documents may speak of one row."""
    kept: list[Row] = []
    for row in rows:
        if not any(_may_be_one(row, other, records) for other in kept):
            kept.append(row)
    return kept


def _may_be_one(one: Row, other: Row, records: Item) -> bool:
    if one.document == other.document:
        return False
    shared = (key for key in records.key or one.worlds if key in one.worlds and key in other.worlds)
    return all(one.worlds[key] & other.worlds[key] for key in shared)  # type: ignore[operator]  # one column
