"""What is wrong with a document, where, and what to do: collected, sorted, printed with a caret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """A place in a text: file, line and column (from 1), the number of characters and the line itself."""

    file: str
    line: int
    column: int
    length: int = 1
    text: str = ""

    def part(self, offset: int, length: int) -> Span:
        """Return the place `offset` characters further, `length` long."""
        return self._replace(column=self.column + offset, length=max(1, length))


NOWHERE = Span("", 0, 0)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a document (`span`) or a sheet (`pointer`, RFC 6901)."""

    span: Span
    pointer: str
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """Return the message with its place, the line and a caret under the words meant."""
        where = f"{self.span.file}:{self.span.line}:{self.span.column}" if self.span.file else self.pointer
        lines = [f"{where}: {self.message} [{self.code}]"]
        if self.span.text:
            lines += [f"    {self.span.text}", "    " + " " * (self.span.column - 1) + "^" * self.span.length]
        if self.hint:
            lines.append(f"    {self.hint}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        """Return the problem as `application/problem+json` lists it."""
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.pointer or not self.span.file:
            body["pointer"] = self.pointer
        if self.span.file:
            body |= {"file": self.span.file, "line": self.span.line, "column": self.span.column}
        return body | ({"hint": self.hint} if self.hint else {})


def in_text(span: Span, code: str, message: str, hint: str = "") -> Problem:
    """Return a problem of a document."""
    return Problem(span, "", code, message, hint)


def in_sheet(pointer: str, code: str, message: str, hint: str = "") -> Problem:
    """Return a problem of a sheet."""
    return Problem(NOWHERE, pointer, code, message, hint)


class Refused(Exception):
    """A document or a sheet that can't be used, with every problem it has."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems, sorted by place."""
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))
