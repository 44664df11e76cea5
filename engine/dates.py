"""Days as whole numbers (proleptic ordinals): partial dates, calendar arithmetic, delays."""

from __future__ import annotations

import calendar
import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from engine.values import Ranges, between

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?")

SHORTEST_MONTH = 28


def days_of(text: str) -> Ranges | None:
    """Return the days that a full or partial date (`2026`, `2026-03`, `2026-03-09`) may be, or None."""
    match = _PARTIAL.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        last = date(first.year, month or 12, day or calendar.monthrange(first.year, month or 12)[1])
    except ValueError:
        return None
    return days(first, last)


@lru_cache(maxsize=4096)
def days(first: date, last: date) -> Ranges:
    """Return the days from `first` to `last`."""
    return between(Decimal(first.toordinal()), Decimal(last.toordinal()), whole=True)


def day_of(ordinal: Decimal) -> date:
    """Return the day with this ordinal, held inside the calendar."""
    return date.fromordinal(max(1, min(int(ordinal), date.max.toordinal())))


def show_days(worlds: Ranges) -> str:
    """Write days as the shortest date that says the same, else as an interval."""
    if not worlds.low.is_finite() or not worlds.high.is_finite():
        low = f"après le {day_of(worlds.low - 1).isoformat()}" if worlds.low.is_finite() else ""
        high = f"avant le {day_of(worlds.high + 1).isoformat()}" if worlds.high.is_finite() else ""
        return " et ".join(filter(None, (low, high))) or "date inconnue"
    first, last = day_of(worlds.low), day_of(worlds.high)
    if first == last:
        return first.isoformat()
    for text in (first.isoformat()[:7], first.isoformat()[:4]):
        if days_of(text) == days(first, last):
            return text
    return f"{first.isoformat()} – {last.isoformat()}"


def months_between(start: Decimal, end: Decimal) -> Decimal:
    """Return the delay in calendar months: whole months, then days as hundredths (order is kept, whole months exact)."""
    if not start.is_finite() or not end.is_finite():
        return end if not end.is_finite() else -start
    if end < start:
        return -months_between(end, start)
    first, last = day_of(start), day_of(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    reached = add_months(first, months)
    if reached > last:
        months -= 1
        reached = add_months(first, months)
    return Decimal(months) + Decimal(last.toordinal() - reached.toordinal()) / 100


def add_months(day: date, months: int) -> date:
    """Return the same day some calendar months later (the month's last day if it has no such day)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    year = max(1, min(year, 9999))
    if day.day <= SHORTEST_MONTH:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def delay(start: Ranges, end: Ranges, months: bool) -> Ranges:
    """Return the delay from `start` to `end`: in months (see `months_between`) or in days."""
    if not start or not end:
        return Ranges(())
    if months:
        low = months_between(start.high, end.low)
        high = low if start.low == start.high and end.low == end.high else months_between(start.low, end.high)
    else:
        low, high = end.low - start.high, end.high - start.low
    return between(low, high, not low.is_finite(), not high.is_finite())


def earlier(day: date, number: Decimal, unit: str) -> date:
    """Return the day `number` units (`jours`, `semaines`, `mois`, `ans`) before."""
    if unit in ("mois", "ans"):
        return add_months(day, -int(number) * (12 if unit == "ans" else 1))
    return date.fromordinal(max(1, day.toordinal() - int(number) * (7 if unit == "semaines" else 1)))
