"""Explanations without needless levels: "all of" inside "all of" is one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Joined = Callable[[str], str]

ALWAYS = ("vrai", "faux")


def flat(node: Json, joined: Joined) -> Json:
    """Return a node whose parts of the same join are spliced in; `join` says `all`, `any` or nothing."""
    nodes = node.get("nodes") or ()
    join = _join(node, joined)
    parts = _once(part for child in nodes for part in _spliced(flat(child, joined), join))
    if len(parts) == 1 and not _is_criterion(node):
        return parts[0]
    return {**node, "join": join, "nodes": parts, "always": node.get("text") in ALWAYS}


def _join(node: Json, joined: Joined) -> str:
    """A criterion of a trial is prose; the condition it was encoded as stands below it."""
    if not node.get("nodes"):
        return ""
    return "all" if _is_criterion(node) or not node.get("text") else joined(str(node["text"]))


def _once(parts: Iterable[Json]) -> list[Json]:
    """Return parts without those that say the same again, as a question and its rule often do."""
    found: dict[object, Json] = {}
    for number, part in enumerate(parts):
        found.setdefault(number if part.get("nodes") else part.get("text"), part)
    return list(found.values())


def _is_criterion(node: Json) -> bool:
    return "step" in node


def _spliced(node: Json, join: str) -> Iterator[Json]:
    if join and node.get("nodes") and node.get("join") == join and not _is_criterion(node):
        yield from node["nodes"]
    elif not (join == "all" and node.get("always") and node.get("truth") == "true"):
        yield node
