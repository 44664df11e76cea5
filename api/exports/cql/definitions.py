"""Definitions, sets to sets → CQL: what a table gives, and what several sources of one item leave (§3 and §1 of meaning)."""

from __future__ import annotations

from collections.abc import Iterable

from api.exports.cql.connectives import disjoined
from api.exports.cql.text import intervals, is_exact, tuple_of
from api.exports.cql.values import BOOLEAN, DAYS, LEAVES, NUMBERS, Codes, NotExpressible, Sort
from engine.domains import Leaves
from engine.values import Ranges, Worlds

Given = list[tuple[str, Worlds]]


def rows_given(rows: Iterable[tuple[str, Worlds | None]]) -> Given:
    """Return the rows of a table that give something possible, joined by what they give."""
    alike: dict[Worlds, list[str]] = {}
    for truth, output in rows:
        if output:
            alike.setdefault(output, []).append(truth)
    return [(disjoined(truths), output) for output, truths in alike.items()]


def image(sort: Sort, given: Given, full: Worlds, codes: Codes) -> str:
    """Return what a table gives; rows that leave all open are apart."""
    opens = [truth for truth, output in given if output == full]
    told = [tuple_of([("truth", t), ("gives", _output(sort, o, codes))]) for t, o in given if o != full]
    kind = NUMBERS if sort.type == NUMBERS else LEAVES
    lines = _listed(told) if told else f"List<Tuple {{ truth Boolean, gives {kind} }}> {{ }}"
    apart = f"{{ {', '.join(opens)} }}" if opens else "List<Boolean> { }"
    text = f"Common.Image{'Ranges' if sort.type == NUMBERS else ''}({lines}, {apart})"
    return f"Common.YesOrNo({text})" if sort.type == BOOLEAN else text


def greatest(sort: Sort, given: Given, codes: Codes) -> str:
    """Return what a table gives whose greatest row counts."""
    told = []
    for truth, output in given:
        if not isinstance(output, int):
            raise NotExpressible("le plus grand de plusieurs nombres")
        rank = (output & -output).bit_length() - 1
        told.append(tuple_of([("truth", truth), ("gives", _output(sort, output, codes)), ("rank", str(rank))]))
    return f"Common.ImageMax({_listed(told)})"


def _listed(lines: Iterable[str]) -> str:
    return "{\n    " + ",\n    ".join(lines) + " }"


def _output(sort: Sort, output: Worlds, codes: Codes) -> str:
    if isinstance(output, Ranges):
        if sort.type != NUMBERS or not is_exact(output):
            raise NotExpressible("une date, ou un nombre de plus de huit décimales")
        return intervals(output)
    assert isinstance(sort.domain, Leaves)
    return codes(sort.domain, output)


def where_it_speaks(condition: str, gives: str, sort: Sort) -> str:
    """Return what a definition gives where its own condition is TRUE, else nothing."""
    return gives if condition == "true" else f"if ({condition}) is true then {gives} else null as {sort.type}"


def joined(sort: Sort, stated: str, given: list[str], scale: str) -> str:
    """Return what is stated together with what each definition gives, on the scale of the site where there is one."""
    if sort.type == DAYS:
        raise NotExpressible("plusieurs sources d'une date")
    if sort.type == BOOLEAN:
        return f"Common.JoinedYes({{ {', '.join([stated, *given])} }})"
    if sort.type == LEAVES:
        return f"Common.Joined({stated}, {{ {', '.join(given)} }}, {scale or 'null as List<String>'})"
    together = stated
    for source in given:
        together = f"Common.MeetRanges({together}, {source})"
    return f"Common.JoinedRanges({together}, {{ {', '.join([stated, *given])} }})"
