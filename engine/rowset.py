"""A list as one tumour sees it: its rows, and the rows that may still be missing (the ghosts)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.dictionary import Item
from engine.leaf import Statement
from engine.values import Worlds

WIDE_OPEN: tuple[Mapping[str, Worlds], ...] = ({},)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the worlds of its columns, whether it certainly exists, and where it was said."""

    worlds: Mapping[str, Worlds]
    certain: bool
    documents: frozenset[str] = frozenset({""})
    pointer: str = ""
    said: Mapping[str, Statement] = field(default_factory=dict, compare=False)
    here: bool = True  # whether it is surely of the tumour that is asked
    texts: frozenset[str] = frozenset()  # its columns that hold text for people

    def origin(self) -> dict[str, str]:
        """Return where the row was said."""
        return {"document": "+".join(sorted(self.documents)), "pointer": self.pointer}


@dataclass(frozen=True, slots=True)
class RowSet:
    """The rows of a list; `ghosts` are what a row not listed may be (none: the list is complete)."""

    rows: tuple[Row, ...] = ()
    ghosts: tuple[Mapping[str, Worlds], ...] = WIDE_OPEN
    later: tuple[str, ...] = ()
    contradictions: tuple[tuple[Row, str], ...] = ()


def full_of(records: Item, column: str) -> Worlds:
    """Return everything possible for a column."""
    domain = records.columns[column].domain
    assert domain is not None
    return domain.full
