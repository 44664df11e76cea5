"""Registers → the why of an answer: each criterion as written, its truth, the value used and where it came from."""

from __future__ import annotations

from typing import Any

from engine.dates import show_days
from engine.dictionary import Item
from engine.domains import Leaves
from engine.facts import Datum
from engine.logic import AnyKey, CountKey, DelayKey, Key, Member
from engine.ontology import Ontology
from engine.printing import show_number
from engine.readying import Ready
from engine.rowset import Row
from engine.state import State
from engine.trace import Trace, rows_of, truth_of
from engine.truth import NAMES
from engine.values import Ranges


class Explainer:
    """Writes nodes of one tumour's answer in one language; what was written once is referred to."""

    def __init__(self, state: State, ontology: Ontology, ready: Ready, language: str) -> None:
        """Keep what is explained."""
        self.state, self.ontology, self.ready, self.language = state, ontology, ready, language
        self.shown: dict[object, str] = {}
        self.nodes: dict[int, dict[str, Any]] = {}

    def node(self, trace: Trace) -> dict[str, Any]:
        """Explain one condition; a condition that stands twice is explained once."""
        known = self.nodes.get(id(trace))
        if known is None:
            known = self.nodes[id(trace)] = self._node(trace)
        return known

    def _node(self, trace: Trace) -> dict[str, Any]:
        body: dict[str, Any] = {"truth": NAMES[truth_of(trace, self.state.values)], "text": trace.text}
        if trace.parts and not (trace.fused is not None and len(trace.parts) < 2):
            body["nodes"] = [self.node(part) for part in trace.parts]
        elif rows := rows_of(trace):
            body |= self.rows(rows)
        elif trace.item is not None and trace.worlds is not None and trace.key is not None:
            body["value"] = self.value(trace.item, trace.key, self.state.values[trace.worlds])
            body |= self.provenance(trace.key)
            if path := self.path(trace):
                body["path"] = path
        return body

    def reading(self, key: Key) -> dict[str, Any]:
        """Return the value of an item that a formula reads, and where it came from."""
        item, register = self.ready.items.get(key.item), self.state.program.keys.get(key)
        if item is None or register is None:
            return {}
        return {"value": self.value(item, key, self.state.values[register]), **self.provenance(key)}

    def value(self, item: Item, key: AnyKey, worlds: Any) -> str:
        """Write the value used, once for each value."""
        remembered = (key, worlds)
        if remembered not in self.shown:
            self.shown[remembered] = self._value(item, key, worlds)
        return self.shown[remembered]

    def _value(self, item: Item, key: AnyKey, worlds: Any) -> str:
        if isinstance(key, Key) and not key.limit:
            return self.ready.shown(item, worlds, self.ontology, self.language, self.state.facts.full.get(item.id))
        unit = " × LSN" if isinstance(key, Key) and key.limit == "lsn" else " × LIN" if isinstance(key, Key) else ""
        return show_interval(worlds, self.language) + unit

    def provenance(self, key: AnyKey) -> dict[str, Any]:
        """Say where a value came from, or that it is defined elsewhere in the answer."""
        if isinstance(key, DelayKey | CountKey):
            return {}
        if key.item in self.state.program.defined:
            return {"ref": key.item}
        datum = self.state.facts.data.get(key)
        return {"origin": origin_of(datum)} if datum and datum.statements else {}

    def path(self, trace: Trace) -> list[str]:
        """Return the way up the hierarchy from the concept stated to the concept asked."""
        item, node = trace.item, trace.node
        if (
            item is None
            or item.kind != "concept"
            or not isinstance(node, Member)
            or not isinstance(item.domain, Leaves)
        ):
            return []
        remembered = ("path", item.id, self.state.values[trace.worlds or 0], node.sure)
        if remembered not in self.shown:
            self.shown[remembered] = "\n".join(self._path(item.domain, self.state.values[trace.worlds or 0], node.sure))
        return self.shown[remembered].split("\n") if self.shown[remembered] else []

    def _path(self, domain: Leaves, worlds: Any, asked: Any) -> list[str]:
        stated = next((name for name, mask in domain.sets.items() if mask == worlds), None)
        target = next((name for name, mask in domain.sets.items() if mask == asked), None)
        if stated is None or target is None:
            return []
        return [self.ontology.concepts[c].label(self.language) for c in self.ontology.path(stated, target)]

    def rows(self, name: str) -> dict[str, Any]:
        """Show the rows that a quantifier read."""
        rows = self.state.facts.rows[name]
        listed = [self.row(name, row) for row in rows.rows]
        is_open = {"fr": "liste ouverte : une ligne peut manquer", "en": "open list: a row may be missing"}
        return {"value": " ; ".join(listed) or "—", "open": bool(rows.ghosts)} | (
            {"note": is_open[self.language]} if rows.ghosts else {}
        )

    def row(self, name: str, row: Row) -> str:
        """Write a row by what its source said: its concept, then the other columns by name."""
        records = self.ready.lists[name]
        first = [s.text for column, s in row.said.items() if column == records.axis and s.text]
        others = [
            f"{records.columns[column].label(self.language)} : {s.text}"
            for column, s in row.said.items()
            if column != records.axis and s.text and column in records.columns
        ]
        said = ", ".join([*first, *others])
        return said if row.certain else f"{said} (?)"


def origin_of(datum: Datum) -> dict[str, Any]:
    """Return the origin of what was used, with its date."""
    said = datum.statements[-1]
    pointer = said.origin.pointer or said.pointer
    return said.origin.as_json() | {"pointer": pointer} | ({"date": show_days(said.days)} if said.days else {})


def show_interval(worlds: Any, language: str = "fr") -> str:
    """Write an interval without its unit."""
    if not isinstance(worlds, Ranges) or not worlds:
        return ""
    low, high = worlds.low, worlds.high
    if low == high:
        return show_number(round(low, 3))
    if not low.is_finite() and not high.is_finite():
        return "inconnu" if language == "fr" else "unknown"
    if not low.is_finite():
        return f"≤ {show_number(round(high, 3))}"
    return (
        f"≥ {show_number(round(low, 3))}"
        if not high.is_finite()
        else f"{show_number(round(low, 3))} – {show_number(round(high, 3))}"
    )
