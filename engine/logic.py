"""Conditions whose every name is resolved: a dozen nodes, read by meaning, program, lint and explanation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from engine.problems import NOWHERE, Span
from engine.syntax import Selector
from engine.truth import FALSE, TRUE, Truth
from engine.values import Worlds

AS_OF = "as_of"


class Key(NamedTuple):
    """What is read: an item of the sheet (through a selector, over a laboratory limit), or a column of the row at hand."""

    item: str
    selector: Selector | None = None
    limit: str = ""
    column: bool = False
    stated: bool = False


class DelayKey(NamedTuple):
    """The delay between two dates, in months or in days."""

    start: Key
    end: Key
    months: bool


class CountKey(NamedTuple):
    """The number of rows that satisfy a condition, or the sum of a column over them."""

    records: str
    where: Logic
    column: str = ""


AnyKey: TypeAlias = Key | DelayKey | CountKey


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always so."""

    truth: Truth
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Member:
    """The worlds of one key against what is surely and what is possibly accepted."""

    key: AnyKey
    sure: Worlds
    possible: Worlds
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Known:
    """All worlds lie in one class (in one value where there are no classes): TRUE, else UNKNOWN."""

    key: AnyKey
    classes: tuple[Worlds, ...]
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class All:
    """All parts."""

    parts: tuple[Logic, ...]
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part."""

    parts: tuple[Logic, ...]
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Contrary:
    """The contrary of a part."""

    part: Logic
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Enough:
    """At least `number` parts."""

    number: int
    parts: tuple[Logic, ...]
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Some:
    """At least `number` rows of a list satisfy a condition on the row."""

    records: str
    where: Logic
    number: int = 1
    stated: bool = False
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """Some row answers what is asked, or its absence is said: TRUE, else UNKNOWN."""

    records: str
    where: Logic
    stated: bool = False
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Barred:
    """The greatest truth of the contraindications that reach a treatment, at a dose where one is given."""

    concept: str
    dose: str = ""
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Said:
    """The truth of a named statement (`up:S04`, `condition:S04`): how rules hang together."""

    name: str
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)


Logic: TypeAlias = Fixed | Member | Known | All | AnyOf | Contrary | Enough | Some | Answered | Barred | Said

ALWAYS = Fixed(TRUE, "vrai")
NEVER = Fixed(FALSE, "faux")


def conjoin(parts: tuple[Logic, ...], text: str = "") -> Logic:
    """Return the conjunction; TRUE of nothing."""
    kept = tuple(part for part in parts if part != ALWAYS)
    return ALWAYS if not kept else kept[0] if len(kept) == 1 else All(kept, text or _joined(kept, " et "))


def disjoin(parts: tuple[Logic, ...], text: str = "") -> Logic:
    """Return the disjunction; FALSE of nothing."""
    kept = tuple(part for part in parts if part != NEVER)
    return NEVER if not kept else kept[0] if len(kept) == 1 else AnyOf(kept, text or _joined(kept, " ou "))


def _joined(parts: tuple[Logic, ...], word: str) -> str:
    """Write parts joined by a word, those that join others in brackets."""
    texts = (f"({part.text})" if isinstance(part, All | AnyOf) else part.text for part in parts)
    return word.join(text for text in texts if text)


def children(node: Logic) -> tuple[Logic, ...]:
    """Return the nodes below, those on rows included."""
    match node:
        case All(parts) | AnyOf(parts):
            return parts
        case Enough(_, parts):
            return parts
        case Contrary(part):
            return (part,)
        case Some(_, where) | Answered(_, where):
            return (where,)
    return ()


def walk(node: Logic) -> Iterator[Logic]:
    """Yield a node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def keys_of(node: Logic) -> Iterator[Key]:
    """Yield every item that a condition reads, those inside delays and rows included."""
    for one in walk(node):
        if isinstance(one, Member | Known):
            yield from plain_keys(one.key)
        elif isinstance(one, Some | Answered):
            yield Key(one.records, stated=one.stated)


def plain_keys(key: AnyKey) -> Iterator[Key]:
    """Yield the items behind a key."""
    match key:
        case DelayKey(start, end):
            yield start
            yield end
        case CountKey(records, where):
            yield Key(records)
            yield from keys_of(where)
        case _:
            yield key
