"""What the machine read of one tumour → the parameters of the exported libraries, as JSON.

Codes are lists of strings; a range is `{"low", "lowClosed", "high", "highClosed"}` (null: unbounded), of numbers or of
ISO days; a list is its rows, `etat` first. A parameter of which all is possible is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from api.exports.cql.libraries import Export
from api.exports.cql.parts import Parameter
from api.exports.cql.rows import GHOST, LISTED, PERHAPS, STATE, Columns
from api.exports.cql.values import BOOLEAN, DAYS, Sort
from engine.dates import day_of
from engine.domains import NO, YES, Leaves
from engine.logic import AS_OF
from engine.rowset import WIDE_OPEN
from engine.state import State
from engine.truth import FALSE, TRUE
from engine.values import Range, Ranges, Worlds


def inputs(exported: Export, state: State) -> dict[str, Any]:
    """Return every parameter of the libraries for one tumour."""
    return {parameter.name: _value(parameter, state) for parameter in exported.parameters}


def _value(parameter: Parameter, state: State) -> Any:
    if parameter.name == AS_OF:
        return state.facts.as_of.isoformat()
    if parameter.columns is not None:
        return _rows(parameter.columns, state)
    if parameter.register is not None and parameter.sort is None:
        return {TRUE: True, FALSE: False}.get(state.values[parameter.register])
    assert parameter.sort is not None
    worlds = _worlds(parameter, state)
    says = worlds and worlds != parameter.sort.full  # nothing possible says nothing
    return written(parameter.sort, worlds) if worlds is not None and says else None


def _worlds(parameter: Parameter, state: State) -> Worlds | None:
    if parameter.key is not None:
        return state.facts.worlds(parameter.key)
    return None if parameter.register is None else state.values[parameter.register]


def written(sort: Sort, worlds: Worlds) -> Any:
    """Return worlds as JSON."""
    if isinstance(worlds, Ranges):
        return [_range(part, sort.type == DAYS) for part in worlds.parts]
    if sort.type == BOOLEAN:
        return {YES: True, NO: False}.get(worlds)
    assert isinstance(sort.domain, Leaves)
    return list(sort.domain.leaves_of(worlds))


def _range(part: Range, days: bool) -> dict[str, Any]:
    return {
        "low": _end(part.low, days),
        "lowClosed": not (part.low_open and part.low.is_finite()),
        "high": _end(part.high, days),
        "highClosed": not (part.high_open and part.high.is_finite()),
    }


def _end(end: Decimal, days: bool) -> str | float | None:
    if not end.is_finite():
        return None
    return day_of(end).isoformat() if days else float(end)


def _rows(columns: Columns, state: State) -> list[dict[str, Any]] | None:
    """Return the rows of a list and its ghosts; null where nothing is known of it."""
    found = state.facts.rows[columns.records.id]
    if not found.rows and tuple(found.ghosts) == WIDE_OPEN:
        return None
    listed = [_row(LISTED if row.certain else PERHAPS, row.worlds, columns) for row in found.rows]
    return [*listed, *_ghosts(found.ghosts, columns)]


def _ghosts(ghosts: Iterable[Mapping[str, Worlds]], columns: Columns) -> list[dict[str, Any]]:
    return [_row(GHOST, ghost, columns) for ghost in ghosts]


def _row(state: str, worlds: Mapping[str, Worlds], columns: Columns) -> dict[str, Any]:
    said = {name: written(sort, worlds[name]) for name, sort in columns.sorts.items() if name in worlds}
    return {STATE: state, **said}
