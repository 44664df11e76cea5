"""The compact answers expected of the whole fiches: `python -m tests.fiches [NAME…]` writes them again, to be reviewed."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from api import library
from api.assembly import evaluator
from api.evaluate import Service
from api.fiches import EXPECTED, answered
from tests.conftest import ROOT


def written(title: str, found: object) -> str:
    """Return what is expected of a fiche as it is shipped: its title, then each tumour."""
    body = {"titre": title, "tumeurs": found}
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=160, default_flow_style=None)


def title_of(place: Path) -> str:
    """Return the title that an editor gave to a fiche."""
    known = yaml.safe_load(place.read_text(encoding="utf-8")) if place.is_file() else {}
    return str(known.get("titre", "à titrer"))


def write(service: Service, path: str, sheet: str) -> None:
    """Write what is expected of one fiche, its title kept."""
    place = ROOT / (path.removesuffix(".json") + EXPECTED)
    place.write_text(written(title_of(place), answered(service, sheet)), encoding="utf-8")


if __name__ == "__main__":
    base = evaluator(library.texts())
    for path, sheet in library.fiches().items():
        if path.endswith(".json") and (len(sys.argv) < 2 or any(name in path for name in sys.argv[1:])):
            write(base, path, sheet)
