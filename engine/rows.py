"""The rows of one list as one tumour sees them on one day, those of several documents made one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from engine.closing import absent_and_present, ghosts_of, unlisted
from engine.dates import days
from engine.dictionary import Item
from engine.domains import NO, YES, Leaves
from engine.ontology import Ontology
from engine.rowset import Row, RowSet
from engine.sheet import TUMOUR, RecordsStated, RowStated, Sheet, Tumour
from engine.values import INFINITY, Ranges, Worlds, between, combine

START = ("debut", "date")
OTHERS = "autres_cancers"
MINE = "cette_tumeur"


def row_set(records: Item, sheet: Sheet, tumour: Tumour, as_of: date, ontology: Ontology) -> RowSet:
    """Read a list for one tumour on one day."""
    stated = sheet.records.get(records.id, RecordsStated())
    several = len(sheet.tumours) > 1
    lines = [line for line in stated.rows if _reaches(records, line, tumour)]
    rows = [_row(records, line, tumour, several, as_of) for line in lines]
    if records.id == OTHERS:
        others = ((n, other) for n, other in enumerate(sheet.tumours) if other.id != tumour.id)
        rows += [_other_tumour(records, other, number) for number, other in others]
    later = tuple(row.pointer for row in rows if _is_later(row, as_of))
    rows, contradictions = _merged([row for row in rows if not _is_later(row, as_of)], records)
    absent, complete = (
        [c for c in said if c.tumour in ("", tumour.id) and not _after(c.days, as_of)]
        for said in (stated.absent, stated.complete)
    )
    rows, absent, absent_too = absent_and_present(rows, records, absent)
    rows, closed, outside = unlisted(rows, records, complete)
    contradictions += absent_too + outside
    contradictions += [(row, "fin avant le début") for row in rows if _ends_before_it_starts(row)]
    rows = [_without_dates(row) if _ends_before_it_starts(row) else row for row in rows]
    return RowSet(tuple(rows), ghosts_of(records, [*absent, *closed], rows), later, tuple(contradictions))


def _reaches(records: Item, line: RowStated, tumour: Tumour) -> bool:
    """Say whether a row concerns a tumour: what is another's never does, what is the patient's or germline does."""
    if records.owner != TUMOUR or line.tumour in ("", tumour.id):
        return True
    origin, column = line.columns.get("origine"), records.columns.get("origine")
    if origin is None or column is None or not isinstance(column.domain, Leaves):
        return False
    return origin.worlds == column.domain.find("constitutionnelle")


def _row(records: Item, line: RowStated, tumour: Tumour, several: bool, as_of: date) -> Row:
    worlds = {column: s.worlds for column, s in line.columns.items() if s.worlds is not None}
    if MINE in records.columns:
        named = line.tumour or ("" if several else tumour.id)
        worlds.update({MINE: YES if named == tumour.id else NO} if named else {})
    _began(worlds, as_of)
    if "en_cours" in records.columns and "fin" in records.columns:
        _hold_together(worlds, as_of)
    certain = line.certain and not (records.owner == TUMOUR and several and not line.tumour)
    here = line.tumour == tumour.id or not (line.tumour or several)
    return Row(worlds, certain, frozenset({line.origin.document}), line.pointer, line.columns, here, line.texts)


def _began(worlds: dict[str, Worlds], as_of: date) -> None:
    """What may have begun by `as_of` has: a sheet tells what is known on its day, even to the month only."""
    past = between(-INFINITY, days(as_of, as_of).low, True, False, True)
    for column in START:
        start = worlds.get(column)
        if isinstance(start, Ranges) and (met := start & past):
            worlds[column] = met


def _hold_together(worlds: dict[str, Worlds], as_of: date) -> None:
    """What is going on ends after `as_of`, and what ended is not going on."""
    now = days(as_of, as_of).low
    end = worlds.get("fin")
    if worlds.get("en_cours") == YES:
        after = between(now, INFINITY, True, True, True)
        worlds["fin"] = (end & after if isinstance(end, Ranges) else after) or after
    elif "en_cours" not in worlds and isinstance(end, Ranges):
        if end.high <= now:
            worlds["en_cours"] = NO
        elif end.low > now:
            worlds["en_cours"] = YES


def _is_later(row: Row, as_of: date) -> bool:
    return any(_after(row.worlds.get(column), as_of) for column in START)


def _after(said: Worlds | None, as_of: date) -> bool:
    """Say whether some days surely lie after the day of the sheet."""
    return isinstance(said, Ranges) and said.low > days(as_of, as_of).low


def _other_tumour(records: Item, other: Tumour, number: int) -> Row:
    """Return the row that another tumour of the sheet is, by all that its sources say."""
    stated: dict[str, list[Worlds]] = {}
    for statement in other.statements:
        if statement.item in records.columns and statement.worlds is not None:
            stated.setdefault(statement.item, []).append(statement.worlds)
    worlds = {item: combine(each)[0] for item, each in stated.items()}
    said = {statement.item: statement for statement in other.statements if statement.item in worlds}
    return Row(worlds, True, pointer=f"/tumeurs/{number}", said=said)


def _merged(rows: list[Row], records: Item) -> tuple[list[Row], list[tuple[Row, str]]]:
    """Make one row of rows of several documents whose declared key certainly agrees; report what they disagree on.

    Where one document has two such rows, which of them another speaks of can't be told: all stay.
    """
    if len({document for row in rows for document in row.documents}) < 2:
        return rows, []
    named: dict[object, list[Row]] = {}
    for number, row in enumerate(rows):
        named.setdefault(_name(row, records) or number, []).append(row)
    merged: list[Row] = []
    found: list[tuple[Row, str]] = []
    for same in named.values():
        if len({row.documents for row in same}) < len(same):
            merged += same
        else:
            row, split = _joined(same)
            merged.append(row)
            found += [(row, f"{column} : les documents se contredisent") for column in split]
    return merged, found


def _name(row: Row, records: Item) -> tuple[Worlds, ...]:
    """Return the declared key of a row, where it is certain; the tumour in it is the one that is asked."""
    key = [column for column in records.key if column != TUMOUR]
    known = tuple(w for column in key if (w := row.worlds.get(column)) is not None and _single(w))
    return known if len(known) == len(key) and (row.here or TUMOUR not in records.key) else ()


def _single(worlds: Worlds) -> bool:
    return worlds.bit_count() == 1 if isinstance(worlds, int) else worlds.low == worlds.high


def _joined(rows: Sequence[Row]) -> tuple[Row, list[str]]:
    """Return what rows say together, and the columns on which they can't hold together."""
    if len(rows) == 1:
        return rows[0], []
    worlds: dict[str, Worlds] = {}
    split: list[str] = []
    sayers = [row for row in rows if row.certain] or rows  # what a doubtful row says of a sure one stays open
    for column in sorted({column for row in sayers for column in row.worlds}):
        worlds[column], groups = combine([row.worlds[column] for row in sayers if column in row.worlds])
        split += [column] if len(groups) > 1 else []
    said = {column: statement for row in reversed(rows) for column, statement in row.said.items()}
    documents = frozenset().union(*(row.documents for row in rows))
    texts = frozenset().union(*(row.texts for row in rows))
    return Row(worlds, any(row.certain for row in rows), documents, rows[0].pointer, said, rows[0].here, texts), split


def _ends_before_it_starts(row: Row) -> bool:
    """Say whether a row's end surely lies before its start: its two dates can't both hold."""
    start, end = row.worlds.get("debut"), row.worlds.get("fin")
    return isinstance(start, Ranges) and isinstance(end, Ranges) and end.high < start.low


def _without_dates(row: Row) -> Row:
    worlds = {column: w for column, w in row.worlds.items() if column not in ("debut", "fin")}
    return replace(row, worlds=worlds)
