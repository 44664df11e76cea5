"""The whole fiches of `knowledge/cases`: each answered, and compared with the compact answer that was reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from api.documents import from_bytes
from api.evaluate import Service
from engine.compact import Compact, compact, differences
from engine.problems import Problem, Refused, Span, in_text
from engine.source import read_yaml

LATER = date(2100, 1, 1)  # each fiche has its own day; the day of the question would show at once
EXPECTED = ".attendu.yaml"


def answered(service: Service, sheet: str) -> Compact:
    """Return the compact answer to a native sheet, for the day and the place that it names."""
    answer = service.evaluate([from_bytes(sheet.encode(), "application/json")], today=LATER, explain="none")
    return compact(answer)


def run(service: Service, fiches: Mapping[str, str]) -> Iterator[list[Problem]]:
    """Yield, for each fiche, what differs from the answer expected of it."""
    for path, sheet in fiches.items():
        if path.endswith(".json"):
            name = path.removesuffix(".json") + EXPECTED
            try:
                found = answered(service, sheet)
            except Refused as refused:
                yield [
                    _at(path, f"{problem.pointer} : {problem.message}", problem.hint) for problem in refused.problems
                ]
            else:
                yield list(_compared(found, name, fiches.get(name, "")))


def expected_of(text: str, path: str) -> tuple[Any, list[Problem]]:
    """Read what is expected of a fiche: each tumour in its compact form."""
    root, problems = read_yaml(path, text)
    return (root.get("tumeurs") if isinstance(root, Mapping) else None), problems


def _compared(found: Compact, path: str, text: str) -> Iterator[Problem]:
    expected, problems = expected_of(text, path)
    yield from problems
    if not problems:
        for line in differences(expected or {}, found):
            yield _at(path, line, "corrigez la base, ou relisez ce qui est attendu")


def _at(path: str, message: str, hint: str) -> Problem:
    return in_text(Span(path, 1, 1), "fiche", message, hint)
