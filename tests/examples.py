"""The answers shipped beside the example sheets: `python -m tests.examples` writes them again."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from api import library
from api.assembly import evaluator
from api.documents import from_bytes
from tests.conftest import ROOT

DAY = date(2026, 11, 25)
VOLATILE = ("decision_id", "snapshot", "engine")
WHOLE = ("deux-tumeurs", "sein-a", "sein-b")
FOLDER = ROOT / "knowledge" / "examples"


def answers() -> dict[str, dict[str, Any]]:
    """Return the whole answer to three shipped sheets, without the whys and what names the version that gave it."""
    service = evaluator(library.texts())
    found = {}
    for name in WHOLE:
        document = from_bytes(library.examples()[name].encode(), "application/json")
        answer = service.evaluate([document], today=DAY, explain="none")
        found[name] = {key: value for key, value in answer.items() if key not in VOLATILE}
    return found


def place(name: str) -> Path:
    """Return where the answer to a sheet is shipped."""
    return FOLDER / f"{name}.answer.json"


def written(answer: dict[str, Any]) -> str:
    """Return an answer as it is shipped."""
    return json.dumps(answer, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for name, answer in answers().items():
        place(name).write_text(written(answer), encoding="utf-8")
