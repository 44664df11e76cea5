"""The day until which a verdict stands: birthdays, delays and validities that the clock alone will pass (§5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeAlias

from engine.dates import add_months, day_of, days
from engine.dictionary import Dictionary, Item
from engine.lanes import Lanes, Supposed, bits
from engine.logic import AS_OF, DelayKey, Key
from engine.outcome import JUDGED, steps_of, trial_truth, verdict_of
from engine.program import OVER_ROWS, Instruction, Program
from engine.state import State
from engine.statements import CheckedTrial
from engine.syntax import Selector
from engine.values import Ranges
from engine.view import View

HORIZON = 366
BIRTH = "date_naissance"
_ONE = timedelta(days=1)
Lengths: TypeAlias = tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """What of a program the clock moves: delays to the day itself with the lengths asked of them, and what counts.

    A delay starts at an item of the sheet, or at a column of a list. `below` holds what each named condition hangs on.
    """

    delays: tuple[tuple[Key, bool, Lengths], ...]
    rows: tuple[tuple[str, str, bool, Lengths], ...]
    cone: frozenset[int] = field(repr=False)
    below: dict[str, frozenset[int]] = field(default_factory=dict, repr=False, compare=False)

    def hanging(self, names: Iterable[str], program: Program) -> frozenset[int]:
        """Return all that some named conditions hang on, walked once for each."""
        known = [name for name in names if name in program.names]
        for name in known:
            if name not in self.below:
                self.below[name] = program.below((program.names[name],))
        return frozenset().union(*(self.below[name] for name in known))


def clock_of(program: Program, rules: Iterable[str]) -> Clock:
    """Return the delays to `as_of` that a program compares, and all that some rules and the trials hang on."""
    wanted = frozenset(rules)
    ends = (r for name, r in program.names.items() if name.partition(":")[2] in wanted or name.startswith("step:"))
    cone = program.below(ends)
    counted = [instruction for instruction in program.code if instruction[1] in cone]
    asked = _lengths(counted)
    found = (
        (key.start, key.months, asked[register])
        for key, register in program.keys.items()
        if isinstance(key, DelayKey) and key.end.item == AS_OF and register in asked
    )
    return Clock(tuple(found), tuple(dict.fromkeys(_in_rows(program, counted))), cone)


def _lengths(code: Iterable[Instruction]) -> Mapping[int, Lengths]:
    """Return the bounds that each register is compared with."""
    asked: dict[int, set[Decimal]] = {}
    for operation, _, *operands in code:
        if operation == "member" and isinstance(operands[1], Ranges):
            bounds = {end for part in operands[1].parts for end in (part.low, part.high) if end.is_finite()}
            asked.setdefault(operands[0], set()).update(bounds)
    return {register: tuple(sorted(bounds)) for register, bounds in asked.items()}


def _in_rows(program: Program, code: Iterable[Instruction]) -> Iterator[tuple[str, str, bool, Lengths]]:
    """Yield the delays from a column of a list to the day itself."""
    today = program.keys.get(Key(AS_OF))
    for _, _, records, rows, *_ in (one for one in code if one[0] in OVER_ROWS):
        asked = _lengths(rows.code)
        columns = {register: column for register, column, _ in rows.columns}
        days_of = {own for own, outer in rows.imports if outer == today}
        for operation, target, *operands in rows.code:
            if operation == "delay" and operands[0] in columns and operands[1] in days_of:
                yield records, columns[operands[0]], operands[2], asked.get(target, ())


def untils(
    state: State, view: View, clock: Clock, dictionary: Dictionary, rules: Iterable[str], trials: Iterable[CheckedTrial]
) -> Mapping[str, str]:
    """Return the last day on which each rule's verdict and each trial arm's eligibility still stands, if one passes."""
    program, found = state.program, dict[str, str]()
    judged = list(rules)
    arms = [(trial, arm, steps_of(program, trial, arm).values()) for trial in trials for arm in trial.arms()]
    names = [f"{kind}:{rule}" for rule in judged for kind in JUDGED]
    cone = clock.hanging([*names, *(name for *_, steps in arms for name in steps)], program)
    register = program.keys.get(Key(AS_OF))
    expiries = [e for e in _expiries(state, dictionary) if e[0] in clock.cone]
    passing = sorted(set(_days(state, clock, [last + _ONE for *_, last in expiries])))
    lanes = Lanes(state, [_on(day, register, expiries) for day in passing], cone)
    for rule in judged:
        now, moving = verdict_of(view, state, rule), _moving(lanes, [f"scope:{rule}"])
        if (day := next((n for n, later in moving if verdict_of(view, later, rule) != now), None)) is not None:
            found[rule] = (passing[day] - _ONE).isoformat()
    for trial, arm, steps in arms:
        eligible, moving = trial_truth(state, trial, arm), _moving(lanes, steps)
        if (day := next((n for n, later in moving if trial_truth(later, trial, arm) != eligible), None)) is not None:
            found[f"{trial.trial.id}:{arm}"] = (passing[day] - _ONE).isoformat()
    return found


def _moving(lanes: Lanes, names: Iterable[str]) -> Iterator[tuple[int, Supposed]]:
    """Yield the lanes in which a named condition moves."""
    moved = 0
    for name in names:
        moved |= lanes.moved.get(lanes.state.program.names[name], 0)
    return ((lane, Supposed(lanes, lane)) for lane in bits(moved))


def _on(day: date, as_of: int | None, expiries: Iterable[tuple[int, object, date]]) -> dict[int, object]:
    """Return what another day changes: the day itself, and the values that have expired by then."""
    changes: dict[int, object] = {register: full for register, full, last in expiries if day > last}
    return changes if as_of is None else changes | {as_of: days(day, day)}


def _days(state: State, clock: Clock, expired: Iterable[date]) -> Iterator[date]:
    """Yield the days within a year on which something passes."""
    today = state.facts.as_of
    passing = [*_birthdays(state), *_delays(state, clock), *expired]
    return (day for day in passing if today < day <= today + timedelta(days=HORIZON))


def _birthdays(state: State) -> Iterator[date]:
    birth = state.facts.worlds(Key(BIRTH))
    if isinstance(birth, Ranges) and birth.low.is_finite():
        for born in {day_of(birth.low), day_of(birth.high)}:
            years = state.facts.as_of.year - born.year
            yield from (add_months(born, 12 * n) for n in (years, years + 1))


def _delays(state: State, clock: Clock) -> Iterator[date]:
    for key, months, lengths in clock.delays:
        yield from _passing(state.facts.worlds(key), months, lengths)
    for records, column, months, lengths in clock.rows:
        for row in state.facts.rows[records].rows:
            yield from _passing(row.worlds.get(column), months, lengths)


def _passing(start: object, months: bool, lengths: Lengths) -> Iterator[date]:
    """Yield the days on which the time since a start reaches and passes each length."""
    if isinstance(start, Ranges) and start.low.is_finite() and start.high.is_finite():
        for first in sorted({day_of(start.low), day_of(start.high)}):
            for length in lengths:
                with suppress(OverflowError, ValueError):  # past the last day of the calendar
                    end = add_months(first, int(length)) if months else first + timedelta(days=int(length))
                    yield from (end, end + _ONE)


def _limit(selector: Selector | None, item: Item) -> str:
    """Return how long a value counts: a row chosen by rank or by event, as « le plus bas », never expires."""
    if selector is None:
        return item.validity
    return f"{selector.number} {selector.unit}" if selector.number is not None else ""


def _expiries(state: State, dictionary: Dictionary) -> Iterator[tuple[int, object, date]]:
    """Yield the registers of evolving items, everything possible for each, and the last day its value is valid."""
    for datum in state.facts.data.values():
        item = dictionary.items.get(datum.key.item)
        if datum.worlds is None or item is None or not item.evolving:
            continue
        limit, said = _limit(datum.key.selector, item), datum.statements[-1].days
        if limit and said is not None and said.low.is_finite():
            number, _, unit = limit.partition(" ")
            months = int(Decimal(number)) * {"mois": 1, "ans": 12}.get(unit, 0)
            first = day_of(said.low)
            spare = timedelta(days=int(Decimal(number)) * (7 if unit == "semaines" else 1))
            last = add_months(first, months) if months else first + spare
            loads = state.program.filled.get(item.id, ())
            yield from ((load.register, load.full, last) for load in loads if load.key == datum.key)
