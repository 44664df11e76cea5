"""What closes a list: concepts said absent, what a document has every row of, what was looked for and not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from engine.boxes import outside
from engine.dictionary import Item
from engine.domains import Leaves
from engine.rowset import WIDE_OPEN, Row, full_of
from engine.sheet import Closed
from engine.values import Worlds

STATUS = "statut"
FINER = frozenset(("hgvs_c", "hgvs_p", "exon"))  # texts that say which variant of a gene, or where in it
QUALITIES = frozenset(("classe", "impact", "vaf"))  # columns that say what kind of variant: others may be there


def absent_and_present(
    rows: list[Row], records: Item, absent: Sequence[Closed]
) -> tuple[list[Row], list[Closed], list[tuple[Row, str]]]:
    """Report a row that is nothing but what is said absent: both are left open; take the rest from what each row may be."""
    if not absent:
        return rows, [], []
    found, broken = [], set()
    for row in rows:
        axis = _axis_of(row, records)
        if row.certain and not axis & ~_union(absent):
            against = [c for c in absent if axis & c.concepts]
            found.append((row, _by("dit absent", against)))
            broken.update(against)
    doubted = [row for row, _ in found]
    left = [c for c in absent if c not in broken]
    kept = [replace(row, certain=False) if row in doubted else _less(row, _union(left), records) for row in rows]
    return kept, left, found


def _axis_of(row: Row, records: Item) -> int:
    axis = row.worlds.get(records.axis, full_of(records, records.axis))
    assert isinstance(axis, int)  # what is said absent is a concept or a category
    return axis


def _less(row: Row, absent: int, records: Item) -> Row:
    """Return a row without what is absent, where it may be something else."""
    left = _axis_of(row, records) & ~absent
    return replace(row, worlds={**row.worlds, records.axis: left}) if left else row


def unlisted(
    rows: list[Row], records: Item, complete: Iterable[Closed]
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


def ghosts_of(records: Item, said: Sequence[Closed], rows: list[Row]) -> tuple[Mapping[str, Worlds], ...]:
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
    absent = _absent(records)
    boxes = [box for row in rows if (box := _looked_for(row, records, absent))]
    if not boxes or not absent:
        return tuple(ghosts)
    again = [{**ghost, STATUS: absent} for ghost in ghosts]
    others: list[Mapping[str, Worlds]] = [{**ghost, STATUS: full_of(records, STATUS) & ~absent} for ghost in ghosts]  # type: ignore[operator]  # leaves
    for box in boxes:
        others = without(others, box, records)
    return (*again, *others)


def _absent(records: Item) -> int:
    """Return the status of what was looked for and is not there; 0 where a list has none."""
    status = records.columns.get(STATUS)
    return (status.domain.find("absente") or 0) if status is not None and isinstance(status.domain, Leaves) else 0


def _looked_for(row: Row, records: Item, absent: int) -> Mapping[str, int]:
    """Return what a « looked for, not there » row says is absent: its concepts and origin; nothing of another row.

    Where it names one variant in a way that no column holds (HGVS, exons, an alteration in doubt), of the gene it says nothing.
    """
    if not absent or row.worlds.get(STATUS) != absent or not row.certain or records.axis not in row.worlds:
        return {}
    concepts = [c.id for c in records.columns.values() if c.kind == "concept"]
    finer = [c for c in concepts if c != records.axis]
    if any(c in row.said and c not in row.worlds for c in (*finer, "origine")) or row.said.keys() & QUALITIES:
        return {}
    if row.texts & FINER and not any(_is_one(row.worlds.get(c)) for c in finer):
        return {}
    columns = (*concepts, "origine", *(("prelevement",) if _in_blood(row, records) else ()))
    return {c: w for c in columns if isinstance(w := row.worlds.get(c), int)}


def _is_one(worlds: Worlds | None) -> bool:
    return isinstance(worlds, int) and worlds.bit_count() == 1


def _in_blood(row: Row, records: Item) -> bool:
    """Say whether a tumour's variant may have been looked for in blood, where one that the tissue has is often not found."""
    specimen, origin = row.worlds.get("prelevement"), row.worlds.get("origine")
    if not isinstance(specimen, int):
        return False
    tissue = sum(records.columns["prelevement"].leaves().find(name) or 0 for name in ("primitif", "metastase"))
    return bool(specimen & ~tissue) and origin != records.columns["origine"].leaves().find("constitutionnelle")


def without(
    ghosts: Iterable[Mapping[str, Worlds]], box: Mapping[str, Worlds], records: Item
) -> list[Mapping[str, Worlds]]:
    """Return what is left of ghosts outside a box."""
    return [part for ghost in ghosts for part in outside(ghost, box, lambda column: full_of(records, column))]
