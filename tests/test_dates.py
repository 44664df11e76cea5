"""Days: partial dates are intervals, months are calendar months, delays keep what is not known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine.dates import add_months, day_of, days, days_of, delay, earlier, months_between, show_days
from engine.values import Ranges


def spell(text: str) -> Ranges:
    """Return the days of a date, which must be one."""
    found = days_of(text)
    assert found is not None
    return found


@pytest.mark.parametrize(("text", "first", "last"), [
    ("2026", date(2026, 1, 1), date(2026, 12, 31)), ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
    ("2026-11-20", date(2026, 11, 20), date(2026, 11, 20)), ("2026-11-20T10:00:00+01:00", date(2026, 11, 20), date(2026, 11, 20)),
])  # fmt: skip
def test_a_partial_date_is_an_interval_of_days(text: str, first: date, last: date) -> None:
    """A year or a month is every day of it."""
    assert spell(text) == days(first, last)


@pytest.mark.parametrize("text", ["", "2026-13", "2026-02-30", "20/11/2026", "demain", "26", "0000", "2026-1-1"])
def test_what_is_no_date_is_none(text: str) -> None:
    """A date that no calendar has is no date."""
    assert days_of(text) is None


def test_months_are_calendar_months() -> None:
    """From 31 January one month leads to the end of February; 30 days are not a month."""
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    january, march = spell("2026-01-31").low, spell("2026-03-02").low
    assert months_between(january, march) == Decimal("1.02")
    assert months_between(march, january) == -months_between(january, march)


def test_a_delay_of_partial_dates_is_an_interval() -> None:
    """From « 2025-11 » to « 2026 » there are 1 to 13 months, and a day less than 14."""
    found = delay(spell("2025-11"), spell("2026"), months=True)
    assert (int(found.low), int(found.high)) == (1, 13)
    in_days = delay(spell("2026-10-05"), spell("2026-11-20"), months=False)
    assert in_days.low == in_days.high == 46


def test_earlier_goes_back_by_the_calendar() -> None:
    """Three months before 31 May is 28 February; two weeks are fourteen days."""
    assert earlier(date(2026, 5, 31), Decimal(3), "mois") == date(2026, 2, 28)
    assert earlier(date(2026, 5, 31), Decimal(2), "semaines") == date(2026, 5, 17)
    assert earlier(date(2026, 5, 31), Decimal(1), "ans") == date(2025, 5, 31)


@pytest.mark.parametrize("text", ["2026", "2026-11", "2026-11-20"])
def test_days_are_shown_as_the_shortest_date_that_says_the_same(text: str) -> None:
    """What was said as a month is shown as a month."""
    assert show_days(spell(text)) == text


def test_an_interval_of_days_that_is_no_partial_date_is_shown_by_its_ends() -> None:
    """Nothing is rounded to a month."""
    assert show_days(days(date(2026, 1, 2), date(2026, 1, 9))) == "2026-01-02 – 2026-01-09"
    assert show_days(spell("2026").complement() & days(date(1, 1, 1), date(9999, 12, 31))) != "2026"


def test_a_day_stays_inside_the_calendar() -> None:
    """An ordinal beyond the last day is the last day, not an exception."""
    assert day_of(Decimal(10**9)) == date.max
    assert day_of(Decimal(-5)) == date.min
