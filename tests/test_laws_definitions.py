"""Definitions map sets to sets: the one image where all inputs are known, and every image that is possible where not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.domains import Leaves
from engine.logic import Key
from engine.meaning import Meaning
from tests.agreement import vocabulary
from tests.agreement.dice import Dice, Draw
from tests.agreement.sheets import evaluate, put
from tests.agreement.written import read_base
from tests.strategies import LAW

INPUTS = ("pN", "cM", "her2", "sexe", "grossesse")
OUTPUT = "stade"


@dataclass(frozen=True, slots=True)
class Table:
    """A table over some inputs, and one patient of whom everything, then only a part, is known."""

    columns: tuple[str, ...]
    policy: str
    lines: tuple[tuple[str, ...], ...]
    patient: Mapping[str, str]
    blurred: Mapping[str, tuple[str, ...]]

    def files(self) -> Mapping[str, str]:
        table = {
            "politique": self.policy,
            "colonnes": [*self.columns, "alors"],
            "lignes": [list(line) for line in self.lines],
        }
        return {"knowledge/d.yaml": json.dumps({"definitions": [{"definit": OUTPUT, "table": table}]})}

    def fitting(self) -> list[str]:
        """Return what the rows that fit say."""
        return [
            line[-1]
            for line in self.lines
            if all(fits(c, cell, self.patient[c]) for c, cell in zip(self.columns, line, strict=False))
        ]

    def is_impossible(self) -> bool:
        """Say whether the table knows no such patient."""
        return set(self.fitting()) == {"impossible"}

    def image(self) -> int:
        """Return what a reader of the table would say: the rows that fit, the highest where they are collected."""
        stages = leaves(OUTPUT)
        outputs = [stages.sets[name] for name in self.fitting() if name != "impossible"]
        if not outputs:
            return stages.full
        if self.policy == "collect max":
            highest = max(first(output) for output in outputs)
            outputs = [output for output in outputs if first(output) == highest]
        found = 0
        for output in outputs:
            found |= output
        return found


def leaves(item: str) -> Leaves:
    """Return the leaves of an item of the small world."""
    return vocabulary.dictionary().items[item].leaves()


def first(mask: int) -> int:
    """Return the place of the lowest leaf."""
    return (mask & -mask).bit_length()


def fits(item: str, cell: str, value: str) -> bool:
    """Say whether a cell accepts a leaf."""
    if cell == "-":
        return True
    domain = leaves(item)
    names = cell.removeprefix("parmi (").removesuffix(")").split(", ")
    return any(domain.sets[name] >> domain.names.index(value) & 1 for name in names)


@st.composite
def tables(draw: Draw) -> Table:
    """Draw a table with gaps, overlaps and impossible rows."""
    dice = Dice(draw)
    columns = dice.some(INPUTS, 1, 3)
    lines = []
    for _ in range(dice.number(1, 6)):
        cells = tuple("-" if dice.chance(25) else _cell(dice, leaves(column)) for column in columns)
        lines.append((*cells, "impossible" if dice.chance(12) else dice.pick(tuple(leaves(OUTPUT).sets))))
    patient = {item: dice.pick(leaves(item).names) for item in INPUTS}
    blurred = {item: tuple(n for n in leaves(item).names if n == patient[item] or dice.chance(40)) for item in INPUTS}
    return Table(columns, dice.pick(("unique", "any", "collect max")), tuple(lines), patient, blurred)


def _cell(dice: Dice, domain: Leaves) -> str:
    names = dice.some(tuple(domain.sets), 1, 2)
    return names[0] if len(names) == 1 else f"parmi ({', '.join(names)})"


def sheet_of(said: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return a sheet that leaves these leaves possible."""
    body: dict[str, Any] = {"tumeurs": [{"id": "t1"}]}
    for name, possible in said.items():
        item = vocabulary.dictionary().items[name]
        if item.kind != "booleen":
            put(body, item, list(possible))
        elif len(possible) == 1:
            put(body, item, possible[0] == "oui")
    return body


@LAW
@given(tables())
def test_a_table_gives_the_image_of_what_is_possible(table: Table) -> None:
    """Known inputs give the output that a reader finds; inputs known in part still leave it possible.

    A patient who cannot be is a contradiction where all is known, and no world where a part is.
    """
    base = read_base(table.files())
    known, blurred = (
        evaluate(base, sheet_of(said)) for said in ({i: (v,) for i, v in table.patient.items()}, table.blurred)
    )
    images = [
        Meaning(e.compiled.view, e.facts, base.dictionary, base.ontology).worlds(Key(OUTPUT)) for e in (known, blurred)
    ]
    assert images[0] == table.image()
    assert isinstance(images[1], int)
    if not table.is_impossible() and (table.policy == "collect max" or not _overlaps(table)):
        assert images[1] & table.image() == table.image()


def _overlaps(table: Table) -> bool:
    """Say whether two rows that meet give different outputs: such a table is refused where one row only may fit."""
    for number, line in enumerate(table.lines):
        for other in table.lines[number + 1 :]:
            meet = all(
                any(fits(c, a, v) and fits(c, b, v) for v in leaves(c).names)
                for c, a, b in zip(table.columns, line, other, strict=False)
            )
            if meet and line[-1] != other[-1]:
                return True
    return False


@st.composite
def two_contexts(draw: Draw) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Draw what pT and cT may be."""
    dice, names = Dice(draw), tuple(leaves("pT").names)
    return dice.some(names, 1, 5), dice.some(names, 1, 5)


@LAW
@given(two_contexts())
def test_a_choice_keeps_what_both_leave_possible_or_the_first(said: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    """A definition that chooses never says more than its first source allows, and hears the second where they agree."""
    base = read_base(
        {"knowledge/d.yaml": json.dumps({"definitions": [{"definit": "T_retenu", "choisit": ["pT", "cT"]}]})}
    )
    found = evaluate(base, sheet_of(dict(zip(("pT", "cT"), said, strict=True))))
    chosen = Meaning(found.compiled.view, found.facts, base.dictionary, base.ontology).worlds(Key("T_retenu"))
    first_worlds, second_worlds = (_union(leaves("pT"), names) for names in said)
    assert chosen == (first_worlds & second_worlds or first_worlds)


def _union(domain: Leaves, names: Sequence[str]) -> int:
    found = 0
    for name in names:
        found |= domain.sets[name]
    return found
