"""Problems of a refused sheet → what the page shows of them, each with its line in what was pasted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.web.lines import line_of, lines_of
from engine.problems import Problem

Json = Mapping[str, Any]

MOST_PROBLEMS = 200


def refusals(problems: Iterable[Problem], text: str) -> Json:
    """Return the problems of a refused sheet, each with its line in what was pasted."""
    listed, lines = list(problems), lines_of(text)
    shown = [
        {
            "pointer": each.pointer,
            "line": line_of(lines, each.pointer, each.message),
            "code": each.code,
            "message": each.message,
            "hint": each.hint,
        }
        for each in listed[:MOST_PROBLEMS]
    ]
    return {"problems": shown, "count": len(listed), "more": len(listed) - len(shown)}
