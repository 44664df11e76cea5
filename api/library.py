"""The shipped knowledge base: `knowledge/` and `ontologies/` read into texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TYPE_CHECKING

from api import collector

if TYPE_CHECKING:
    from engine.snapshot import Base


CASES = "knowledge/cases/"


@cache
def texts() -> Mapping[str, str]:
    """Return every document that can change an answer: path → text."""
    walked = ((path, place) for path, place in _walk(files("knowledge"), "knowledge") if not path.startswith(CASES))
    found = {path: _read(place) for path, place in walked if path.endswith(".yaml")}
    index = files("ontologies") / "index.json"
    return MappingProxyType({"ontologies/index.json": _read(index), **found})


@cache
def examples() -> Mapping[str, str]:
    """Return the shipped example sheets: name without suffix → JSON text."""
    folder = files("knowledge") / "examples"
    return MappingProxyType({place.name.removesuffix(".json"): _read(place) for place in _sheets(folder)})


@cache
def fiches() -> Mapping[str, str]:
    """Return the whole fiches and what is expected of each: path (`….json`, `….attendu.yaml`) → text."""
    folder = files("knowledge") / "cases"
    found = {path: _read(place) for path, place in _walk(folder, CASES.rstrip("/"))} if folder.is_dir() else {}
    return MappingProxyType({path: text for path, text in found.items() if path.endswith((".json", ".attendu.yaml"))})


@cache
def left_out() -> str:
    """Return the page on the facts that are left out of the base (Markdown)."""
    return _read(files("knowledge") / "national" / "exclus.md")


def load() -> Base:
    """Read the shipped base; raise `Refused` with every problem of its documents."""
    return read(texts())


def read(documents: Mapping[str, str]) -> Base:
    """Read a base from its documents (path → text); what is wrong stands in its `problems`."""
    from engine.snapshot import Base

    with collector.paused():
        return Base.read(documents)


def _sheets(folder: Traversable) -> Iterator[Traversable]:
    if folder.is_dir():
        inside = (place for place in folder.iterdir() if place.name.endswith(".json"))
        yield from sorted((p for p in inside if not p.name.endswith(".answer.json")), key=lambda place: place.name)


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for place in sorted(folder.iterdir(), key=lambda place: place.name):
        if place.is_dir():
            yield from _walk(place, f"{path}/{place.name}")
        else:
            yield f"{path}/{place.name}", place


def _read(place: Traversable) -> str:
    return place.read_text(encoding="utf-8")
