"""Read the SSSOM tables of codes and join them with the codes that the Turtle sources carry."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ontologies.source import Card
from ontologies.terms import SYSTEMS, BuildError

COLUMNS = (
    "subject_id",
    "predicate_id",
    "object_id",
    "mapping_justification",
    "mapping_date",
    "subject_source",
    "comment",
)
EXACT, BROAD, RELATED = "skos:exactMatch", "skos:broadMatch", "skos:relatedMatch"
PREDICATES = frozenset({EXACT, BROAD, RELATED})
SIDES = frozenset({"droit", "gauche", "bilateral"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a mapping table: a code, what it says of a concept, and where the line stands."""

    system: str
    code: str
    predicate: str
    target: str
    place: str


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes to concepts (exact and broad), concepts to their exact codes, and codes that name a side."""

    meanings: Mapping[str, Mapping[str, tuple[str, ...]]]
    exact: Mapping[str, Mapping[str, tuple[str, ...]]]
    sides: Mapping[str, Mapping[str, str]]


def read_tables(paths: Iterable[Path]) -> list[Row]:
    """The lines of all tables; raises BuildError with all that is malformed."""
    rows: list[Row] = []
    problems: list[str] = []
    for path in paths:
        for place, cells in _lines(path):
            try:
                rows.append(_row(place, cells))
            except ValueError as error:
                problems.append(f"{place}: {error}")
    if problems:
        raise BuildError(problems)
    return rows


def join_codes(cards: Mapping[str, Card], rows: Iterable[Row]) -> Codes:
    """All codes of sources and tables together; raises BuildError for unknown concepts and repeated lines."""
    listed = [*_notations(cards), *rows]
    problems = [*_unknown_targets(listed, cards), *_repeated(listed), *_two_exact(listed)]
    if problems:
        raise BuildError(problems)
    joined = [row for row in listed if row.predicate != RELATED and row.target.startswith("onco:")]
    sides = [row for row in listed if row.target.startswith("lateralite:")]
    return Codes(
        meanings=_group((row.system, row.code, _name(row)) for row in joined),
        exact=_group((_name(row), row.system, row.code) for row in joined if row.predicate == EXACT),
        sides={system: {r.code: _name(r) for r in sides if r.system == system} for system in {r.system for r in sides}},
    )


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    numbered = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    cells = csv.reader((line for _, line in numbered), delimiter="\t", quoting=csv.QUOTE_NONE)
    for position, ((number, _), found) in enumerate(zip(numbered, cells, strict=True)):
        if position == 0 and tuple(found) != COLUMNS:
            raise BuildError([f"{path.name}: the header must be {', '.join(COLUMNS)}"])
        if position:
            yield f"{path.name}, line {number}", found


def _row(place: str, cells: list[str]) -> Row:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} cells, {len(COLUMNS)} expected")
    system, colon, code = cells[0].partition(":")
    if system not in SYSTEMS or not colon or not code:
        raise ValueError(f"`{cells[0]}` is not SYSTEM:CODE of a known system")
    if cells[1] not in PREDICATES:
        raise ValueError(f"`{cells[1]}` is not one of {', '.join(sorted(PREDICATES))}")
    if not all(cells[3:6]):
        raise ValueError("justification, date and source are needed")
    return Row(system, code, cells[1], cells[2], place)


def _notations(cards: Mapping[str, Card]) -> Iterator[Row]:
    for concept, card in cards.items():
        for system, codes in card.codes.items():
            for code in codes:
                yield Row(system, code, EXACT, f"onco:{concept}", f"the sources, `{concept}`")


def _name(row: Row) -> str:
    return row.target.partition(":")[2]


def _unknown_targets(rows: Iterable[Row], cards: Mapping[str, Card]) -> Iterator[str]:
    for row in rows:
        kind, _, name = row.target.partition(":")
        known = (kind == "onco" and name in cards) or (kind == "lateralite" and name in SIDES)
        if not known:
            yield f"{row.place}: `{row.target}` is not a known concept"


def _repeated(rows: Iterable[Row]) -> Iterator[str]:
    seen: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        key = (row.system, row.code, row.target)
        if key in seen:
            yield f"{row.place}: {row.system} {row.code} → `{row.target}` stands already in {seen[key].place}"
        seen.setdefault(key, row)


def _two_exact(rows: Iterable[Row]) -> Iterator[str]:
    seen: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.predicate != EXACT:
            continue
        key = (row.system, row.code)
        if key in seen:
            yield f"{row.place}: {row.system} {row.code} has an exact concept already, in {seen[key].place}"
        seen.setdefault(key, row)


def _group(triples: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, tuple[str, ...]]]:
    grouped: dict[str, dict[str, set[str]]] = {}
    for first, second, third in triples:
        grouped.setdefault(first, {}).setdefault(second, set()).add(third)
    return {one: {two: tuple(sorted(found)) for two, found in inner.items()} for one, inner in grouped.items()}
