"""The committed ontology index as the ontology tests read it: concepts, codes, ancestors."""

from __future__ import annotations

import functools
import json
from typing import Any

from tests.conftest import ROOT

FOLDER = ROOT / "ontologies"


@functools.cache
def read_index() -> dict[str, Any]:
    """Return the committed index."""
    index: dict[str, Any] = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
    return index


def concepts() -> dict[str, Any]:
    """Return the concepts of the committed index by id."""
    found: dict[str, Any] = read_index()["concepts"]
    return found


@functools.cache
def ancestors(concept: str) -> frozenset[str]:
    """Return a concept and all that lies above it, in the committed index."""
    parents = concepts()[concept]["parents"]
    return frozenset({concept}).union(*(ancestors(parent) for parent in parents))


def below(concept: str, other: str) -> bool:
    """Say whether a concept is the other one or lies below it."""
    return other in ancestors(concept)


def meanings(system: str, code: str) -> set[str]:
    """Return the concepts of a code, none if it is unknown."""
    return set(read_index()["codes"].get(system, {}).get(code, ()))
