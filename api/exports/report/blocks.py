"""A report as blocks of lines, which HTML and PDF write each in its way; the order and the words are decided before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GOOD, WARN, BAD, SOFT = "good", "warn", "bad", "soft"  # what a word means; it is never said by colour alone


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line; `french` says that it stays French in a report of another language."""

    text: str
    tone: str = ""
    strong: bool = False
    french: bool = False


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; levels follow each other without a gap."""

    level: int
    line: Line


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; `kind` is empty, `notice`, `lead` or `source`."""

    line: Line
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list, each item with its depth (from 0); a depth is at most one more than the one before."""

    items: tuple[tuple[int, Line], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what its columns are called, its rows, the share of each column; the first column heads its row."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms, each with what it is here."""

    facts: tuple[tuple[str, Line], ...]


Block = Heading | Prose | Items | Table | Facts


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report."""

    title: str
    language: str
    notice: str
    blocks: tuple[Block, ...]


def say(*pieces: str | Span) -> Line:
    """Return a line of words and spans; empty ones are left out."""
    return tuple(span for each in pieces if (span := each if isinstance(each, Span) else Span(each)).text)


def joined(lines: Iterable[Line], between: str) -> Line:
    """Return lines as one, with a text between them."""
    found: list[Span] = []
    for line in lines:
        found += [Span(between)] if found and line else []
        found += line
    return tuple(found)


def items(lines: Sequence[Line], depth: int = 0) -> Items:
    """Return a flat list."""
    return Items(tuple((depth, line) for line in lines))
