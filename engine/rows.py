"""The rows of one list as one tumour sees them, and the rows that may still be missing (the ghosts)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from engine.boxes import outside
from engine.dates import days
from engine.dictionary import Item
from engine.domains import NO, YES, Leaves
from engine.leaf import Statement
from engine.ontology import Ontology
from engine.sheet import Closed, RecordsStated, RowStated, Sheet, Tumour
from engine.values import INFINITY, Ranges, Worlds, between, combine

START = ("debut", "date")
OTHERS = "autres_cancers"
MINE = "cette_tumeur"
TUMOUR = "tumeur"
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
    rows, absent_too = _absent_and_present(rows, records, stated.absent)
    rows, closed, unlisted = _unlisted(rows, records, stated.complete)
    contradictions += absent_too + unlisted
    contradictions += [(row, "fin avant le début") for row in rows if _ends_before_it_starts(row)]
    rows = [_without_dates(row) if _ends_before_it_starts(row) else row for row in rows]
    return RowSet(tuple(rows), _ghosts(records, (*stated.absent, *closed), rows), later, tuple(contradictions))


def _reaches(records: Item, line: RowStated, tumour: Tumour) -> bool:
    """Say whether a row concerns a tumour: what is another's never does, what is the patient's or germline does."""
    if records.owner != "tumeur" or line.tumour in ("", tumour.id):
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
    certain = line.certain and not (records.owner == "tumeur" and several and not line.tumour)
    here = line.tumour == tumour.id or not (line.tumour or several)
    return Row(worlds, certain, frozenset({line.origin.document}), line.pointer, line.columns, here)


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
    now = days(as_of, as_of).low
    return any(isinstance(w := row.worlds.get(column), Ranges) and w.low > now for column in START)


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
    for column in sorted({column for row in rows for column in row.worlds}):
        worlds[column], groups = combine([row.worlds[column] for row in rows if column in row.worlds])
        split += [column] if len(groups) > 1 else []
    said = {column: statement for row in reversed(rows) for column, statement in row.said.items()}
    documents = frozenset().union(*(row.documents for row in rows))
    return Row(worlds, any(row.certain for row in rows), documents, rows[0].pointer, said, rows[0].here), split


def _ends_before_it_starts(row: Row) -> bool:
    """Say whether a row's end surely lies before its start: its two dates can't both hold."""
    start, end = row.worlds.get("debut"), row.worlds.get("fin")
    return isinstance(start, Ranges) and isinstance(end, Ranges) and end.high < start.low


def _without_dates(row: Row) -> Row:
    worlds = {column: w for column, w in row.worlds.items() if column not in ("debut", "fin")}
    return replace(row, worlds=worlds)


def _absent_and_present(
    rows: list[Row], records: Item, absent: tuple[Closed, ...]
) -> tuple[list[Row], list[tuple[Row, str]]]:
    """Take what is said absent from what each row may be; report a row that is nothing else, and leave it open."""
    if not absent:
        return rows, []
    kept, found = [], []
    all_absent = _union(absent)
    for row in rows:
        axis = row.worlds.get(records.axis, full_of(records, records.axis))
        if isinstance(axis, int) and axis & ~all_absent:
            row = replace(row, worlds={**row.worlds, records.axis: axis & ~all_absent})
        elif row.certain:
            found.append((row, _by("dit absent", (c for c in absent if isinstance(axis, int) and axis & c.concepts))))
            row = replace(row, certain=False)
        kept.append(row)
    return kept, found


def _unlisted(
    rows: list[Row], records: Item, complete: tuple[Closed, ...]
) -> tuple[list[Row], list[Closed], list[tuple[Row, str]]]:
    """Report a row that another document's complete list has not: both are left open."""
    kept, found, broken = [], [], set()
    for row in rows:
        axis = row.worlds.get(records.axis, full_of(records, records.axis)) if records.axis else 0
        without_it = [c for c in complete if row.certain and _leaves_out(c, row, axis, rows, records)]
        if without_it:
            found.append((row, _by("hors d'une liste dite complète", without_it)))
            broken.update(without_it)
            row = replace(row, certain=False)
        kept.append(row)
    return kept, [c for c in complete if c not in broken], found


def _leaves_out(closed: Closed, row: Row, axis: Worlds, rows: Iterable[Row], records: Item) -> bool:
    """Say whether a list that is complete of what a row is comes from a document that has no row that may be it."""
    covered = not closed.concepts or (isinstance(axis, int) and not axis & ~closed.concepts)
    if not covered or not closed.document or "" in row.documents:
        return False
    return not any(_may_be_one(row, other, records) for other in rows if closed.document in other.documents)


def _may_be_one(row: Row, other: Row, records: Item) -> bool:
    """Say whether two rows may be one: nothing that they say of the declared key keeps them apart."""
    both = (c for c in records.key if c in row.worlds and c in other.worlds)
    return all(bool(row.worlds[c] & other.worlds[c]) for c in both)  # type: ignore[operator]  # one column, one sort


def _by(what: str, closed: Iterable[Closed]) -> str:
    """Say something with the documents that say it."""
    documents = sorted({c.document for c in closed} - {""})
    return f"{what} ({', '.join(documents)})" if documents else what


def _union(closed: Iterable[Closed]) -> int:
    union = 0
    for each in closed:
        union |= each.concepts
    return union


def _ghosts(records: Item, said: tuple[Closed, ...], rows: list[Row]) -> tuple[Mapping[str, Worlds], ...]:
    """Return what a row not listed may still be: everything, less what is said absent, complete, or looked for."""
    axis = records.columns.get(records.axis)
    if any(not each.concepts for each in said):
        return ()
    if axis is None or not isinstance(axis.domain, Leaves):
        return WIDE_OPEN
    closed = _union(said)
    if not closed and not rows:
        return WIDE_OPEN
    left = axis.domain.full & ~closed
    ghosts: list[Mapping[str, Worlds]] = [{records.axis: left}] if left else []
    for box in (_looked_for(row, records) for row in rows):
        ghosts = without(ghosts, box, records) if box else ghosts
    return tuple(ghosts)


def _looked_for(row: Row, records: Item) -> Mapping[str, int]:
    """Return what a « looked for, not there » row says is absent: its concepts and origin; nothing of another row."""
    status = records.columns.get("statut")
    absent = status.domain.find("absente") if status is not None and isinstance(status.domain, Leaves) else None
    if absent is None or row.worlds.get("statut") != absent or not row.certain or records.axis not in row.worlds:
        return {}
    columns = (c for c in records.columns.values() if c.kind == "concept" or c.id == "origine")
    return {c.id: w for c in columns if isinstance(w := row.worlds.get(c.id), int)}


def full_of(records: Item, column: str) -> Worlds:
    """Return everything possible for a column."""
    domain = records.columns[column].domain
    assert domain is not None
    return domain.full


def without(
    ghosts: Iterable[Mapping[str, Worlds]], box: Mapping[str, Worlds], records: Item
) -> list[Mapping[str, Worlds]]:
    """Return what is left of ghosts outside a box."""
    return [part for ghost in ghosts for part in outside(ghost, box, lambda column: full_of(records, column))]
