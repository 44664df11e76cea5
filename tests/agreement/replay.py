"""A second process: native sheets in, one JSON object a line; the SHA-256 of each whole answer out."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import date
from functools import cache
from typing import Any

from api import library
from api.assembly import evaluator
from api.documents import NATIVE, Document
from api.evaluate import Service
from api.render import to_json

DAY = date(2026, 11, 20)


@cache
def service() -> Service:
    """Return the shipped base, ready to evaluate."""
    return evaluator(library.texts())


def answer_to(sheet: dict[str, Any], include: str = "all") -> dict[str, Any]:
    """Return the whole answer to a native sheet."""
    return service().evaluate([Document(sheet, NATIVE)], as_of=DAY, region="FR-GES", today=DAY, include=include)


def digest(sheet: dict[str, Any]) -> str:
    """Return the hash of the bytes that would be sent."""
    return hashlib.sha256(to_json(answer_to(sheet))).hexdigest()


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        print(digest(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
