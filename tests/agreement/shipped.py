"""Random breast sheets for the shipped base: values that its rules tell apart, rows that its quantifiers look for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st

from api import library
from engine.dictionary import Item
from engine.inquiry import questions_of
from engine.snapshot import Base
from engine.values import Worlds
from tests.agreement.dice import Dice, Draw
from tests.agreement.narrowing import Narrowing, leaf_of
from tests.agreement.sheets import evaluate, put

DAY = date(2026, 11, 20)
_FRESH = "2026-11-10"


@cache
def base() -> Base:
    """Return the shipped base."""
    found = library.load()
    assert not found.problems, found.problems
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rules tell apart: classes of each item, and of each column of each list."""

    items: Mapping[str, tuple[Worlds, ...]]
    columns: Mapping[tuple[str, str], tuple[Worlds, ...]]


@cache
def asked(region: str = "") -> Asked:
    """Return the classes of values that some condition tells apart."""
    program = base().at(DAY, region).program
    empty = {"tumeurs": [{"id": "t1", "topographie": "sein"}]}
    full = evaluate(base(), empty, region, day=DAY).facts.full
    items: dict[str, tuple[Worlds, ...]] = {}
    for question in questions_of(program, base().dictionary).values():
        if not question.text and not question.limit:
            held = [cell if question.item not in full else cell & full[question.item] for cell in question.cells]
            items[question.item] = (*items.get(question.item, ()), *(cell for cell in held if cell))
    columns: dict[tuple[str, str], tuple[Worlds, ...]] = {}
    for instruction in program.code:
        if instruction[0] in ("some", "answered", "count", "sum"):
            read = {register: column for register, column, _ in instruction[3].columns}
            for inner in instruction[3].code:
                if inner[0] == "member" and inner[2] in read:
                    key = instruction[2], read[inner[2]]
                    columns[key] = (*columns.get(key, ()), inner[3])
    return Asked(items, columns)


@cache
def defined() -> frozenset[str]:
    """Return the items that a definition gives."""
    return frozenset(definition.item for definition in base().knowledge.definitions)


@dataclass(slots=True)
class BreastSheets:
    """Draws native sheets of breast tumours; what a definition gives is seldom stated too."""

    dice: Dice
    also_defined: int = 20

    def sheet(self, said: int = 45) -> dict[str, Any]:
        body: dict[str, Any] = {
            "schema": "fiche-rcp/1",
            "rcp": {"date_rcp": DAY.isoformat()},
            "tumeurs": [{"id": "t1", "topographie": "sein"}],
        }
        for name, cells in sorted(asked().items.items()):
            item = base().dictionary.items.get(name)
            if item is None:
                if self.dice.chance(30):
                    body.setdefault("jugements", {})[name] = self.dice.chance(50)
            elif (
                item.path
                and item.domain is not None
                and name not in ("topographie", "date_rcp")
                and self.dice.chance(said)
            ):
                leaf = leaf_of(item, self.dice.pick(cells or (item.domain.full,)), base().ontology, self.dice)
                if leaf is not None:
                    put(
                        body, item, {"valeur": leaf, "date": _FRESH} if item.evolving and self.dice.chance(30) else leaf
                    )
        for records in base().dictionary.records():
            if self.dice.chance(50):
                body[records.path] = self.records(records)
        return body

    def says(self, name: str, said: int) -> bool:
        return self.dice.chance(self.also_defined if name in defined() else said)

    def records(self, records: Item) -> dict[str, Any]:
        body: dict[str, Any] = {"lignes": [self.row(records) for _ in range(self.dice.number(0, 2))]}
        if self.dice.chance(25):
            body["absents"] = [self.concept(records)]
        if self.dice.chance(35):
            body["complet"] = True
        return body

    def concept(self, records: Item) -> Any:
        return self.cell(records, records.columns[records.axis]) or next(
            iter(base().ontology.domains[records.columns[records.axis].branch].sets)
        )

    def row(self, records: Item) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for column in records.columns.values():
            if (
                column.domain is not None
                and column.id != "cette_tumeur"
                and self.dice.chance(85 if column.id == records.axis else 40)
            ):
                leaf = self.cell(records, column)
                if leaf is not None:
                    body[column.id] = leaf
        return body

    def cell(self, records: Item, column: Item) -> Any:
        assert column.domain is not None
        cells = asked().columns.get((records.id, column.id), ())
        full: Any = column.domain.full
        return leaf_of(column, (self.dice.pick((full, *cells)) & full) or full, base().ontology, self.dice)


@st.composite
def breast_sheets(draw: Draw, said: int = 45) -> dict[str, Any]:
    """Draw a sheet of one breast tumour."""
    return BreastSheets(Dice(draw)).sheet(said)


@st.composite
def narrowed_breast_sheets(draw: Draw, said: int = 30, rate: int = 12) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw a sheet of one breast tumour, and one that says more."""
    dice, found = Dice(draw), base()
    sheets = BreastSheets(dice)
    coarse = sheets.sheet(said)
    items = [
        item
        for name in sorted(asked().items)
        if (item := found.dictionary.items.get(name)) is not None and item.path and item.domain is not None
    ]
    items = [item for item in items if item.id != "date_rcp"]
    return coarse, Narrowing(dice, found.dictionary, found.ontology, items, sheets.row).sheet(coarse, rate)
