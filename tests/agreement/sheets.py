"""Random native sheets of the small world, and a sheet evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine.dictionary import Dictionary, Item
from engine.facts import Facts, facts_of
from engine.machine import run
from engine.sheet import Sheet, read_sheet
from engine.snapshot import Base, Compiled
from engine.state import State
from tests.agreement import vocabulary
from tests.agreement.conditions import BIRTHS, DAY, DAYS, LISTS, NUMBERS
from tests.agreement.dice import Dice


@dataclass(slots=True)
class Sheets:
    """Draws native sheets that read without problem."""

    dice: Dice
    dictionary: Dictionary = vocabulary.dictionary()
    contradictions: bool = True

    def sheet(self, said: int = 55) -> dict[str, Any]:
        """Draw a sheet that says about `said` percent of the items."""
        body: dict[str, Any] = {"schema": "fiche-rcp/1", "tumeurs": [{"id": "t1"}]}
        if self.dice.chance(20):
            body["tumeurs"].append({"id": "t2", "topographie": self.dice.pick(vocabulary.concepts("topographie"))})
        for item in stated_items(self.dictionary):
            if self.dice.chance(said):
                put(body, item, self.leaves(item))
        for name in LISTS:
            if self.dice.chance(60):
                body[name] = self.records(self.dictionary.items[name])
        for name in vocabulary.JUDGEMENTS:
            if self.dice.chance(40):
                body.setdefault("jugements", {})[name] = self.dice.chance(50)
        return body

    def leaves(self, item: Item) -> Any:
        """Draw what a sheet says of an item: one leaf, or several of different days or sources."""
        if not self.contradictions or self.dice.chance(80):
            return self.leaf(item)
        return [self.framed(item, self.leaf(item)) for _ in range(2)]

    def framed(self, item: Item, leaf: Any) -> dict[str, Any]:
        framed = (
            leaf
            if isinstance(leaf, dict) and ("valeur" in leaf or "min" in leaf or "max" in leaf or "raison" in leaf)
            else {"valeur": leaf}
        )
        if item.evolving and "date" not in framed:
            framed["date"] = self.date()
        return framed

    def leaf(self, item: Item) -> Any:
        found = self.value(item)
        if self.dice.chance(8):
            return {"valeur": found, "certitude": "suspecte"} if self.dice.chance(50) else {"raison": "en_attente"}
        if not item.evolving or self.dice.chance(50):
            return found
        body = {"valeur": found, "date": self.date()}
        if item.id == "creatinine" and self.dice.chance(50):
            body["lsn"] = 100
        if self.dice.chance(10):
            body["prelevement"] = "metastase"
        return body

    def date(self) -> str:
        day = self.dice.pick(DAYS).isoformat()
        return day[: self.dice.pick((10, 10, 7, 4))]

    def value(self, item: Item) -> Any:
        """Draw a value, coarse or fine."""
        match item.kind:
            case "concept":
                return self.dice.pick(vocabulary.concepts(item.branch))
            case "booleen":
                return self.dice.chance(50)
            case "date":
                day = self.dice.pick(BIRTHS if item.id == "date_naissance" else DAYS).isoformat()
                return day[: self.dice.pick((10, 10, 7, 4))]
            case "echelle" | "enumeration":
                names = tuple(item.leaves().sets)
                return self.dice.pick(names) if self.dice.chance(75) else list(self.dice.some(names, 1, 3))
        return self.numbers(item)

    def numbers(self, item: Item) -> Any:
        ends = sorted(Decimal(self.dice.pick(NUMBERS[item.id])) for _ in range(2))
        match self.dice.number(0, 5):
            case 0 | 1 | 2:
                return _json(ends[0])
            case 3:
                return {"min": _json(ends[0]), "max": _json(ends[1])}
            case 4:
                return f">= {ends[0]}"
        return f"<= {ends[1]}"

    def records(self, records: Item) -> dict[str, Any]:
        body: dict[str, Any] = {"lignes": [self.row(records) for _ in range(self.dice.number(0, 3))]}
        axis = vocabulary.concepts(records.columns[records.axis].branch)
        if self.dice.chance(30):
            body["absents"] = list(self.dice.some(axis, 1, 2))
        match self.dice.number(0, 5):
            case 3:
                body["complet"] = list(self.dice.some(axis, 1, 2))
            case 4 | 5:
                body["complet"] = True
        return body

    def row(self, records: Item) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for column in records.columns.values():
            if column.id == "tumeur":
                if self.dice.chance(30):
                    body["tumeur"] = "t1"
            elif column.id != "cette_tumeur" and self.dice.chance(80 if column.id == records.axis else 50):
                body[column.id] = self.value(column)
        if self.dice.chance(25):
            self.from_document(body, records)
        if self.dice.chance(25):
            body["certitude"] = "suspecte"
        return body

    def from_document(self, body: dict[str, Any], records: Item) -> None:
        """Say which document a row comes from: beside its columns, or in one where a column has that name."""
        origin = {"document": self.dice.pick(("a", "b"))}
        if "origine" not in records.columns:
            body["origine"] = origin
        elif records.axis in body:
            body[records.axis] = {"valeur": body[records.axis], "origine": origin}


def stated_items(dictionary: Dictionary) -> list[Item]:
    """Return the items that a sheet can say and a rule can ask, lists aside."""
    return [
        i
        for i in dictionary.items.values()
        if i.domain is not None and not i.computed and i.path and i.id != "date_rcp"
    ]


def put(body: dict[str, Any], item: Item, leaf: Any) -> None:
    """Say something of an item in a native sheet."""
    place, _, name = item.path.partition(".")
    if place == "tumeurs[]":
        body["tumeurs"][0][name] = leaf
    else:
        body.setdefault(place, {})[name] = leaf


def said_of(body: Mapping[str, Any], item: Item) -> Any:
    """Return what a native sheet says of an item, or None."""
    place, _, name = item.path.partition(".")
    return body["tumeurs"][0].get(name) if place == "tumeurs[]" else body.get(place, {}).get(name)


def _json(number: Decimal) -> Any:
    return int(number) if number == number.to_integral_value() else float(number)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One sheet through one view."""

    base: Base
    compiled: Compiled
    sheet: Sheet
    facts: Facts
    state: State


def evaluate(base: Base, body: Mapping[str, Any], region: str = "", tumour: int = 0, day: date = DAY) -> Evaluated:
    """Evaluate one tumour of a native sheet; the sheet must read without problem."""
    sheet = read_sheet(body, base.dictionary, base.ontology)
    assert not sheet.problems, "\n".join(map(str, sheet.problems))
    compiled = base.at(day, region)
    keys = [load.key for load in compiled.program.loads]
    facts = facts_of(sheet, sheet.tumours[tumour], day, keys, base.dictionary, base.ontology)
    return Evaluated(base, compiled, sheet, facts, run(compiled.program, facts))
