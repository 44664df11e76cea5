"""Truths joined: connectives of the program → CQL's, with brackets where they are needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from api.exports.cql.values import fixed
from engine.program import Instruction

CONNECTIVES = frozenset(("and", "or", "not", "enough", "fixed"))
_IDLE = {"and": "true", "or": "false"}
_ONE_NAME = re.compile(r'(\w+\.)?"(?:[^"\\]|\\.)*"|true|false')


def connective(instruction: Instruction, read: Callable[[int], str]) -> str:
    """Return a connective; `read` returns what each register reads as."""
    match instruction:
        case ("fixed", _, truth):
            return fixed(truth)
        case ("not", _, inner):
            return f"not ({read(inner)})"
        case ("and" | "or" as word, _, parts):
            texts = [text for text in map(read, parts) if text != _IDLE[word]] or [_IDLE[word]]
            return f" {word} ".join(f"({text})" if len(texts) > 1 and _joins(text) else text for text in texts)
        case ("enough", _, least, parts):
            return f"Common.Enough({least}, {{ {', '.join(map(read, parts))} }})"
    raise AssertionError(instruction)


def disjoined(texts: Iterable[str]) -> str:
    """Return expressions joined by `or`, one a line."""
    kept = [text for text in texts if text != "false"] or ["false"]
    return "\n      or ".join(f"({text})" if len(kept) > 1 and _joins(text) else text for text in kept)


def _joins(text: str) -> bool:
    """Say whether an expression needs brackets inside another."""
    return _ONE_NAME.fullmatch(text) is None
