"""Pieces of CQL text: names, codes, numbers, ranges, comments. What goes in may hold any character."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from decimal import Decimal

from engine.names import fold
from engine.values import Range, Ranges

LONGEST_NAME = 160


def quoted(name: str) -> str:
    """Return a name as a quoted identifier."""
    return f'"{_escaped(name, chr(34))}"'


def string(text: str) -> str:
    """Return a string literal."""
    return f"'{_escaped(text, chr(39))}'"


def _escaped(text: str, mark: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace(mark, f"\\{mark}")


def short(name: str) -> str:
    """Return a name of bearable length; one that is cut is told apart by a digest of the whole."""
    name = " ".join(name.split())
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 10]}… {hashlib.sha256(name.encode()).hexdigest()[:8]}"


def library_name(identifier: str) -> str:
    """Return an identifier as the name of a library: letters and digits, `tncd-colon` → `TncdColon`."""
    words = re.split(r"[^A-Za-z0-9]+", fold(identifier))
    name = "".join(word[:1].upper() + word[1:] for word in words if word)
    return name if name[:1].isalpha() else f"L{name}"


def strings(texts: Iterable[str]) -> str:
    """Return a list of strings."""
    return "{ " + ", ".join(map(string, texts)) + " }"


def number(value: Decimal) -> str:
    """Return a decimal literal; CQL keeps eight decimals, and so must what is exported."""
    text = format(value, "f")
    return text if "." in text else f"{text}.0"


def is_exact(worlds: Ranges) -> bool:
    """Say whether CQL can hold every end of these ranges (28 digits, 8 of them after the point)."""
    ends = (end for part in worlds.parts for end in (part.low, part.high) if end.is_finite())
    return all(end == end.quantize(Decimal("1e-8")) and abs(end) < Decimal(10) ** 20 for end in ends)


def interval(part: Range) -> str:
    """Return one range; an end without bound is null and closed."""
    low = number(part.low) if part.low.is_finite() else "null as Decimal"
    high = number(part.high) if part.high.is_finite() else "null as Decimal"
    opening = "(" if part.low_open and part.low.is_finite() else "["
    closing = ")" if part.high_open and part.high.is_finite() else "]"
    return f"Interval{opening}{low}, {high}{closing}"


def intervals(worlds: Ranges) -> str:
    """Return ranges as a list of intervals."""
    return "{ " + ", ".join(map(interval, worlds.parts)) + " }"


def comment(text: str) -> str:
    """Return a text as comment lines."""
    return "".join(f"// {line.strip()}\n" for line in text.splitlines() if line.strip())


def tuple_type(columns: Iterable[tuple[str, str]]) -> str:
    """Return a tuple type."""
    return "Tuple { " + ", ".join(f"{quoted(name)} {kind}" for name, kind in columns) + " }"


def tuple_of(values: Iterable[tuple[str, str]]) -> str:
    """Return a tuple."""
    return "Tuple { " + ", ".join(f"{quoted(name)}: {value}" for name, value in values) + " }"
