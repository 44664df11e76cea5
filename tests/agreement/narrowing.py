"""Sheets that say more: a finer value, one more row in an open list, completeness; never a later value or a contradiction."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine.dictionary import Dictionary, Item
from engine.leaf import LeafReader
from engine.logic import Key
from engine.ontology import Ontology
from engine.program import Closing
from engine.rowset import Row, RowSet
from engine.truth import TRUE
from engine.values import Ranges, Worlds
from tests.agreement.conditions import DAY
from tests.agreement.dice import Dice
from tests.agreement.sheets import Evaluated, put, said_of

_SOME_DAYS = ("2026-01-15", "2026-10-30", "2026-06", "1951-11-20", "1976-05")
FRAME = ("date", "origine", "lsn", "lin", "prelevement", "methode", "edition", "unite")


def leaf_of(item: Item, worlds: Worlds, ontology: Ontology, dice: Dice) -> Any:
    """Return a leaf that says no more than `worlds`, and not always all of it; None where no leaf can."""
    if isinstance(worlds, Ranges):
        return _numbers(item, worlds, dice)
    if item.kind == "booleen":
        return None if worlds.bit_count() != 1 else worlds == 2
    if item.kind == "concept":
        names = [
            name for name, mask in sorted(ontology.domains[item.branch].sets.items()) if mask and mask & worlds == mask
        ]
        return dice.pick(names) if names else None
    names = [
        name
        for name in item.leaves().leaves_of(worlds)
        if item.leaves().sets[name] & worlds == item.leaves().sets[name]
    ]
    return list(dice.some(names, 1, len(names))) if names else None


def _numbers(item: Item, worlds: Ranges, dice: Dice) -> Any:
    part = dice.pick(worlds.parts)
    if item.kind == "date":
        return _date(part.low, part.high, dice)
    low = part.low if part.low.is_finite() else min(Decimal(0), part.high)
    high = part.high if part.high.is_finite() else max(low, Decimal(0)) + 100
    steps = [low + (high - low) * n / 4 for n in range(5)]
    if worlds.whole:
        steps = [step.to_integral_value("ROUND_FLOOR") for step in steps]
    ends = sorted((dice.pick(steps), dice.pick(steps)))
    point = ends[0] == ends[1]
    if point and ((ends[0] == part.low and part.low_open) or (ends[1] == part.high and part.high_open)):
        return None
    body: dict[str, Any] = {"min": str(ends[0]), "max": str(ends[1])}
    if ends[0] == part.low and part.low_open:
        body["min_exclu"] = True
    if ends[1] == part.high and part.high_open:
        body["max_exclu"] = True
    return body


def _date(low: Decimal, high: Decimal, dice: Dice) -> str | None:
    if not low.is_finite() or not high.is_finite():
        return dice.pick(_SOME_DAYS) if not low.is_finite() and not high.is_finite() else None
    if low <= DAY.toordinal():  # what may have begun by the day of the sheet has: a later day would revise it
        high = min(high, Decimal(DAY.toordinal()))
    return date.fromordinal(dice.number(int(low), min(int(high), int(low) + 400))).isoformat()


@dataclass(slots=True)
class Narrowing:
    """Narrows one native sheet of one base."""

    dice: Dice
    dictionary: Dictionary
    ontology: Ontology
    items: Sequence[Item]
    new_row: Callable[[Item], dict[str, Any]]

    def sheet(self, body: Mapping[str, Any], rate: int = 40) -> dict[str, Any]:
        """Return the sheet with some of its items narrowed."""
        finer: dict[str, Any] = copy.deepcopy(dict(body))
        for item in self.items:
            if self.dice.chance(rate):
                found = self.said(item, said_of(finer, item))
                if found is not None:
                    put(finer, item, found)
        for records in self.dictionary.records():
            if self.dice.chance(rate):
                finer[records.path] = self.records(records, finer.get(records.path) or {})
        return finer

    def said(self, item: Item, leaf: Any) -> Any:
        """Narrow what is said of one item: each of its leaves, or all that is possible where nothing is."""
        if isinstance(leaf, list) and any(isinstance(one, Mapping) for one in leaf):
            return [self.leaf(item, one) for one in leaf]
        return self.leaf(item, leaf)

    def leaf(self, item: Item, leaf: Any) -> Any:
        worlds = self.worlds(item, leaf)
        if worlds is None:
            assert item.domain is not None
            worlds = item.domain.full
        finer = leaf_of(item, worlds, self.ontology, self.dice)
        if finer is None:
            return leaf
        frame = {key: leaf[key] for key in FRAME if key in leaf} if isinstance(leaf, Mapping) else {}
        return {"valeur": finer, **frame} if frame else finer

    def worlds(self, item: Item, leaf: Any) -> Worlds | None:
        """Return what a leaf leaves possible, None if everything."""
        statement = LeafReader(self.ontology).statement(item, leaf, "") if leaf is not None else None
        return statement.worlds if statement is not None else None

    # --- lists ---

    def records(self, records: Item, body: Mapping[str, Any]) -> dict[str, Any]:
        """Narrow rows, add rows to an open list, say more absent, or say that the list is complete."""
        rows = [self.row(records, row) if self.dice.chance(50) else dict(row) for row in body.get("lignes", ())]
        if not body.get("complet") and self.dice.chance(40):
            rows.append(self.new_row(records))
        finer = {**body, "lignes": rows}
        axis = sorted(self.ontology.domains[records.columns[records.axis].branch].sets)
        if self.dice.chance(25):
            finer["absents"] = [*body.get("absents", ()), self.dice.pick(axis)]
        if self.dice.chance(30) and not body.get("complet"):
            finer["complet"] = True if self.dice.chance(60) else list(self.dice.some(axis, 1, 2))
        elif isinstance(body.get("complet"), list) and self.dice.chance(50):
            finer["complet"] = True
        return finer

    def row(self, records: Item, body: Mapping[str, Any]) -> dict[str, Any]:
        finer = dict(body)
        if self.dice.chance(50):
            finer.pop("certitude", None)
        for column in records.columns.values():
            if column.domain is not None and column.id != "cette_tumeur" and self.dice.chance(40):
                if (
                    column.id == "origine"
                    and isinstance(finer.get("origine"), Mapping)
                    and "document" in finer["origine"]
                ):
                    continue
                finer[column.id] = self.leaf(column, finer.get(column.id))
                if finer[column.id] is None:
                    del finer[column.id]
        return finer


# --- what is revised rather than narrowed -------------------------------------------------------------

LISTS = ("some", "answered", "count", "sum")


def revised(coarse: Evaluated, fine: Evaluated, definitions_too: bool) -> frozenset[int]:
    """Return the registers that hang on a contradiction in either sheet: those are revised, not narrowed.

    `definitions_too`: random definitions may contradict themselves (TRUE if and FALSE if, two rows of a table at once).
    """
    found = {register for one in (coarse, fine) for register in _contradictory(one, definitions_too)}
    found |= _revised_lists(coarse, fine)
    readers, code = coarse.state.program.readers, coarse.state.program.code
    queue = list(found)
    while queue:
        for number in readers[queue.pop()]:
            if code[number][1] not in found:
                found.add(code[number][1])
                queue.append(code[number][1])
    return frozenset(found)


def _contradictory(found: Evaluated, definitions_too: bool) -> Iterator[int]:
    """Yield the registers where sources can't all hold."""
    facts, values, program = found.facts, found.state.values, found.state.program
    apart = {s.item for s in facts.impossible} | {key.item for key, datum in facts.data.items() if datum.contradictory}
    yield from (load.register for load in program.loads if load.key.item in apart)
    yield from (
        register for key, register in program.keys.items() if isinstance(key, Key) and key.item in found.state.split
    )
    for instruction in program.code:
        match instruction:
            case ("some" | "answered" | "count" | "sum", register, records, *_) if facts.rows[records].contradictions:
                yield register
            case ("choice", register, registers) if not _shared([values[r] for r in registers]):
                yield register
            case ("either", register, true_if, false_if, _) if (
                definitions_too and values[true_if] == values[false_if] == TRUE
            ):
                yield register
            case ("image", register, rows, _, False) if (
                definitions_too and len({o for r, o in rows if values[r] == TRUE}) > 1
            ):
                yield register


def _revised_lists(coarse: Evaluated, fine: Evaluated) -> set[int]:
    """Return the registers that read a list to which a row was added though it was closed, or that is closed of less."""
    found = set()
    for instruction in coarse.state.program.code:
        if instruction[0] in LISTS:
            closing: Closing = instruction[-2]
            registers = [*(part for part, _ in closing.parts), *([] if closing.whole is None else [closing.whole])]
            before, after = (one.facts.rows[instruction[2]] for one in (coarse, fine))
            added = after.rows[len(before.rows) :]
            closed = any(coarse.state.values[register] == TRUE for register in registers)
            if added and (closed or not all(_may_be_missing(row, before) for row in added)):
                found.add(instruction[1])
            if _says_less_absent(coarse.base.dictionary.items[instruction[2]], before, after):
                found.add(instruction[1])
    return found


def _says_less_absent(records: Item, before: RowSet, after: RowSet) -> bool:
    """Say whether a row that was looked for and is not there says more exactly what: then less is absent."""
    status = records.columns.get("statut")
    absent = status.leaves().find("absente") if status is not None else None
    pairs = zip(before.rows, after.rows, strict=False)
    return absent is not None and any(
        one.worlds.get("statut") == absent and one.worlds != other.worlds for one, other in pairs
    )


def _may_be_missing(row: Row, rows: RowSet) -> bool:
    """Say whether a row is one that a list left possible: none that it says was looked for, or is absent."""
    return any(
        all(worlds & row.worlds.get(column, worlds) for column, worlds in ghost.items()) for ghost in rows.ghosts
    )


def _shared(worlds: Sequence[Any]) -> Any:
    shared = worlds[0]
    for other in worlds[1:]:
        shared = shared & other
    return shared
