"""JSON text → the line on which each pointer begins, so that a problem can be found in what was pasted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_SAID = re.compile(r"ligne (\d+)")
LONGEST = 2_000_000


@dataclass(slots=True)
class _Inside:
    """The object or list that is being read: its pointer, and the key or number of what comes next."""

    pointer: str
    is_list: bool
    number: int = 0
    key: str | None = None

    def next(self) -> str:
        name = str(self.number) if self.is_list else (self.key or "")
        return f"{self.pointer}/{name.replace('~', '~0').replace('/', '~1')}"


def lines_of(text: str) -> Mapping[str, int]:
    """Return the line (from 1) of each pointer of a JSON text, as far as it can be read."""
    found: dict[str, int] = {}
    for pointer, line in _places(text[:LONGEST]):
        found.setdefault(pointer, line)
    return found


def line_of(lines: Mapping[str, int], pointer: str, message: str = "") -> int | None:
    """Return the line of a pointer, or of the nearest thing around it; a message may name its own line."""
    said = _SAID.search(message)
    if said is not None:
        return int(said[1])
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer) if pointer else None


def _places(text: str) -> Iterator[tuple[str, int]]:
    inside: list[_Inside] = []
    line, seen = 1, 0
    for match in _TOKEN.finditer(text):
        line, seen = line + text.count("\n", seen, match.start()), match.start()
        token, around = match[0], inside[-1] if inside else None
        if token in "]}":
            if inside:
                inside.pop()
        elif token == ",":
            if around is not None:
                around.number, around.key = around.number + 1, None
        elif token != ":":
            if around is not None and not around.is_list and around.key is None:
                around.key = _text(token)
                yield around.next(), line
                continue
            pointer = around.next() if around is not None else ""
            if around is None or around.is_list:
                yield pointer, line
            if token in "[{":
                inside.append(_Inside(pointer, token == "["))


def _text(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token
