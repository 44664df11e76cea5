"""The shipped examples as the page offers them: a name and one line on whom they describe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """One shipped sheet: its name, its tumours and the question put to the board."""

    name: str
    tumours: str
    question: str


def examples(texts: Mapping[str, str]) -> tuple[Example, ...]:
    """Return the examples in the order of their names."""
    return tuple(_example(name, text) for name, text in sorted(texts.items()))


@cache
def _example(name: str, text: str) -> Example:
    sheet: dict[str, Any] = json.loads(text)
    tumours = " · ".join(str(tumour.get("libelle") or tumour.get("id")) for tumour in sheet.get("tumeurs", ()))
    return Example(name, tumours, str(sheet.get("rcp", {}).get("question_posee", "")))
