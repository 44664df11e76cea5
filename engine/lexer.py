"""Condition text → tokens with their offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.names import fold
from engine.units import SPELLINGS

_UNIT = "|".join(re.escape(s) for s in SPELLINGS if not s.isdigit())
_TOKENS = re.compile(
    rf"""\s*(?:
      (?P<concept>«[^»]*»|"[^"]*")
    | (?P<date>\d{{4}}-\d{{2}}(?:-\d{{2}})?(?!\w))
    | (?P<word>\d+\+(?!\s*\d)|\d+_\w+|[^\W\d]\w*(?:\((?:i|mol)[+-]\))?(?:-\w+)*(?:\.\w+(?:-\w+)*)?)
    | (?P<number>\d+(?:[.,]\d+)?)(?:\s*(?P<unit>{_UNIT})(?!\w))?
    | (?P<symbol><=|>=|!=|≤|≥|≠|[-=<>()+*/^×÷,;])
    )""",
    re.VERBOSE,
)

_SAME = {"≤": "<=", "≥": ">=", "≠": "!=", "×": "*", "÷": "/"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number, concept, date or symbol; `word` is folded, `text` as written."""

    kind: str
    text: str
    word: str
    unit: str
    start: int
    length: int


class TextError(Exception):
    """A text that can't be read, from `start` over `length` characters."""

    def __init__(self, message: str, start: int, length: int = 1, hint: str = "") -> None:
        """Keep the place and the hint."""
        super().__init__(message)
        self.message, self.start, self.length, self.hint = message, start, length, hint


END = Token("end", "", "", "", 0, 1)


def tokens_of(text: str) -> list[Token]:
    """Cut a text into tokens, or raise `TextError` at the first sign that is none."""
    found, position = [], 0
    while text[position:].strip():
        match = _TOKENS.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise TextError(f"`{text[start]}` n'a pas de sens ici", start)
        found.append(_token(match))
        position = match.end()
    return found


def _token(match: re.Match[str]) -> Token:
    kind = next(k for k in ("concept", "date", "word", "number", "symbol") if match[k] is not None)
    written = match[kind]
    start, end = match.start(kind), match.end()
    if kind == "concept":
        return Token(kind, written[1:-1].strip(), "", "", start, end - start)
    if kind == "symbol":
        return Token(kind, _SAME.get(written, written), "", "", start, end - start)
    return Token(kind, written, fold(written) if kind == "word" else "", match["unit"] or "", start, end - start)
