"""The treatments that a sheet says its board proposes for a tumour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.dictionary import Dictionary, Item
from engine.domains import YES
from engine.facts import Facts
from engine.logic import Key
from engine.model import Act
from engine.ontology import Ontology
from engine.rowset import Row

TREATMENTS, SURVEILLANCE = "proposition_traitements", "proposition_surveillance"
WATCHED = "surveillance"


@dataclass(frozen=True, slots=True)
class Proposed:
    """One treatment that the board proposes: the leaves it may be, as it was said, and where."""

    leaves: int
    act: Act
    shown: str
    origin: Mapping[str, Any]
    certain: bool = True
    intents: frozenset[str] = frozenset()  # those it may have; none: not said


def proposed(facts: Facts, dictionary: Dictionary, ontology: Ontology) -> Iterator[Proposed]:
    """Yield what the board proposes; a treatment that names nothing is none."""
    if TREATMENTS not in dictionary.items:
        return
    records = dictionary.items[TREATMENTS]
    for row in facts.rows[TREATMENTS].rows:
        leaves, said = row.worlds.get(records.axis), row.said.get(records.axis)
        if isinstance(leaves, int) and said is not None and said.worlds is not None:
            shown = said.text
            intents = _intents(row, records.columns["intention"])
            act = Act("propose", shown, intent=next(iter(intents)) if len(intents) == 1 else "")
            yield Proposed(leaves, act, shown, row.origin(), row.certain, intents)
    watched = facts.data.get(Key(SURVEILLANCE))
    if watched is not None and watched.worlds == YES:
        yield Proposed(ontology.masks[WATCHED], Act("propose", WATCHED), "", watched.statements[-1].origin.as_json())


def _intents(row: Row, column: Item) -> frozenset[str]:
    """Return the intents that a row leaves possible; none if it says nothing of it."""
    worlds = row.worlds.get(column.id)
    if not isinstance(worlds, int):
        return frozenset()
    return frozenset(name for number, name in enumerate(column.leaves().names) if worlds >> number & 1)
