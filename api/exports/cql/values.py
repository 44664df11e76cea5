"""Worlds and what a comparison accepts → CQL: which type an item has, and the call that reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.exports.cql.text import intervals, is_exact
from engine.dictionary import Item
from engine.domains import NO, YES, Leaves, Line
from engine.truth import FALSE, TRUE, Truth
from engine.values import Ranges, Worlds

BOOLEAN, LEAVES, NUMBERS, DAYS = "Boolean", "List<String>", "List<Interval<Decimal>>", "List<Interval<Date>>"
TRUTHS: dict[Truth, str] = {TRUE: "true", FALSE: "false"}
UNSAID = "null as Boolean"

Codes = Callable[[Leaves, int], str]


class NotExpressible(Exception):
    """Something that CQL cannot say exactly: it becomes an input that we compute, and is listed."""


@dataclass(frozen=True, slots=True)
class Sort:
    """What a register of worlds holds: its CQL type, its domain, and everything possible."""

    type: str
    domain: Leaves | Line
    full: Worlds


def sort_of(item: Item, full: Worlds | None = None) -> Sort:
    """Return the sort of an item; `full` where a reading of it (over a laboratory's limit) may be more."""
    assert item.domain is not None
    worlds = item.domain.full if full is None else full
    if isinstance(item.domain, Leaves):
        return Sort(BOOLEAN if item.kind == "booleen" else LEAVES, item.domain, worlds)
    return Sort(DAYS if item.domain.dates else NUMBERS, item.domain, worlds)


def fixed(truth: Truth) -> str:
    """Return a truth as a literal."""
    return TRUTHS.get(truth, UNSAID)


def member(text: str, sort: Sort, sure: Worlds, possible: Worlds, codes: Codes) -> str:
    """Return the reading of one comparison; constant where no world, or every world, is accepted."""
    if sort.full & sure == sort.full:  # type: ignore[operator]  # one item, one sort
        return "true"
    if not sort.full & possible:  # type: ignore[operator]  # as above
        return "false"
    if isinstance(sort.domain, Leaves):
        assert isinstance(sure, int)
        assert isinstance(possible, int)
        return _of_leaves(text, sort, sure & sort.domain.full, possible & sort.domain.full, codes)
    return _within(text, sort, sure, possible)


def _of_leaves(text: str, sort: Sort, sure: int, possible: int, codes: Codes) -> str:
    assert isinstance(sort.domain, Leaves)
    if sort.type == BOOLEAN:
        if sure != possible:
            raise NotExpressible("une valeur booléenne peut-être acceptée")
        return text if sure == YES else f"not {text}"
    if sure == possible:
        refused = sort.domain.full & ~sure
        if refused.bit_count() < sure.bit_count():  # the shorter list; the same in three truth values
            return f"not Common.Among({text}, {codes(sort.domain, refused)})"
        return f"Common.Among({text}, {codes(sort.domain, sure)})"
    return f"Common.AmongOrPerhaps({text}, {codes(sort.domain, sure)}, {codes(sort.domain, possible)})"


def _within(text: str, sort: Sort, sure: Worlds, possible: Worlds) -> str:
    assert isinstance(sure, Ranges)
    if sort.type == DAYS or sure != possible or not is_exact(sure):
        raise NotExpressible("une comparaison de dates, ou un nombre de plus de huit décimales")
    return f"Common.Within({text}, {intervals(sure)})"


def known(text: str, sort: Sort, classes: Sequence[Worlds], codes: Codes) -> str:
    """Return the reading of `documenté`: all worlds in one class, or one number."""
    if any(sort.full & one == sort.full for one in classes):  # type: ignore[operator]  # one item, one sort
        return "true"
    if not classes and sort.type == NUMBERS:
        return f"Common.KnownExactly({text})"
    if sort.type == NUMBERS:
        kept = [one for one in classes if isinstance(one, Ranges)]
        if not all(map(is_exact, kept)):
            raise NotExpressible("un nombre de plus de huit décimales")
        return f"Common.KnownWithin({text}, {{ {', '.join(map(intervals, kept))} }})"
    if sort.type == BOOLEAN and set(classes) == {YES, NO}:
        return f"(if {text} is null then {UNSAID} else true)"
    if sort.type != LEAVES or not isinstance(sort.domain, Leaves):
        raise NotExpressible("`documenté` d'une date ou d'un booléen autrement partagé")
    domain = sort.domain
    kept_leaves = [one & domain.full for one in classes if isinstance(one, int)]
    return f"Common.Known({text}, {{ {', '.join(codes(domain, one) for one in kept_leaves if one)} }})"
