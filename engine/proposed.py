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
from engine.rows import Row

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


def proposed(facts: Facts, dictionary: Dictionary, ontology: Ontology) -> Iterator[Proposed]:
    """Yield what the board proposes; a treatment that names nothing is none."""
    if TREATMENTS not in dictionary.items:
        return
    records = dictionary.items[TREATMENTS]
    for row in facts.rows[TREATMENTS].rows:
        leaves, said = row.worlds.get(records.axis), row.said.get(records.axis)
        if isinstance(leaves, int) and said is not None and said.worlds is not None:
            shown = said.text
            act = Act("propose", shown, intent=_intent(row, records.columns["intention"]))
            yield Proposed(leaves, act, shown, row.origin(), row.certain)
    watched = facts.data.get(Key(SURVEILLANCE))
    if watched is not None and watched.worlds == YES:
        yield Proposed(ontology.masks[WATCHED], Act("propose", WATCHED), "", watched.statements[-1].origin.as_json())


def _intent(row: Row, column: Item) -> str:
    """Return the one intent that a row leaves possible; empty if it leaves several."""
    worlds = row.worlds.get(column.id)
    return column.leaves().names[worlds.bit_length() - 1] if isinstance(worlds, int) and worlds.bit_count() == 1 else ""
