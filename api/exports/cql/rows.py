"""Lists of rows → CQL: the type of a row, what closes a list, and a quantifier over it.

A list is its rows and its ghosts in one: `etat` says which a row is (see `OncorulesCommon`). What closes a list takes
worlds from the ghosts alone; nothing known is one ghost that may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from api.exports.cql.text import quoted, string, tuple_of, tuple_type
from api.exports.cql.values import (
    LEAVES,
    NUMBERS,
    Codes,
    NotExpressible,
    Sort,
    fixed,
    known,
    member,
    sort_of,
)
from engine.dictionary import Item
from engine.domains import Leaves, Line
from engine.program import Closing, Instruction, RowProgram
from engine.values import Ranges, Worlds

STATE = "etat"
LISTED, PERHAPS, GHOST = "certaine", "incertaine", "possible"
ALIAS = "L"

Outer = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a list that conditions read, with their sorts."""

    records: Item
    sorts: Mapping[str, Sort]

    def row_type(self) -> str:
        """Return the type of a row."""
        return tuple_type([(STATE, "String"), *((name, sort.type) for name, sort in self.sorts.items())])

    def open_ghost(self) -> str:
        """Return the row that may be anything."""
        return tuple_of([(STATE, string(GHOST)), *((n, f"null as {s.type}") for n, s in self.sorts.items())])

    def with_values(self, changed: Mapping[str, str]) -> str:
        """Return the row at hand with some columns changed."""
        kept = [(name, changed.get(name, of_row(name))) for name in self.sorts]
        return tuple_of([(STATE, of_row(STATE)), *kept])


def of_row(column: str) -> str:
    """Return a column of the row at hand."""
    return f"{ALIAS}.{quoted(column)}"


def columns_read(code: Iterable[Instruction]) -> dict[str, set[str]]:
    """Return, for each list, the columns that a program's conditions read."""
    found: dict[str, set[str]] = {}
    for instruction in code:
        match instruction:
            case ("some", _, records, rows, _, closed, _) | ("answered" | "count" | "sum", _, records, rows, closed, _):
                names = found.setdefault(records, set())
                names |= {column for _, column, _ in rows.columns}
                names |= {column for _, part in closed.parts for column in part}
        match instruction:
            case ("answered", _, records, _, _, item) if item.answer:
                found[records].add(item.answer)
            case ("sum", _, records, _, _, column):
                found[records].add(column.id)
    return found


def columns_of(records: Item, names: set[str]) -> Columns:
    """Return the columns read of a list, in the dictionary's order."""
    return Columns(records, {name: sort_of(column) for name, column in records.columns.items() if name in names})


# --- conditions on a row ---


class RowReader:
    """Writes the condition of one quantifier on the row at hand."""

    def __init__(self, rows: RowProgram, columns: Columns, codes: Codes, outer: Outer) -> None:
        self.rows, self.columns, self.codes, self.outer = rows, columns, codes, outer
        self.names = {register: column for register, column, _ in rows.columns}
        self.imports = dict(rows.imports)
        self.code = {instruction[1]: instruction for instruction in rows.code}

    def answer(self) -> str:
        """Return the condition."""
        return self.truth(self.rows.answer)

    def truth(self, register: int) -> str:
        """Return the truth in a register."""
        if register in self.imports:
            return self.outer(self.imports[register])
        match self.code[register]:
            case ("fixed", _, truth):
                return fixed(truth)
            case ("member", _, worlds, sure, possible):
                return member(self.worlds(worlds), self.sort(worlds), sure, possible, self.codes)
            case ("known", _, worlds, classes):
                return known(self.worlds(worlds), self.sort(worlds), classes, self.codes)
            case ("not", _, inner):
                return f"not {self.inside(inner)}"
            case ("and" | "or" as word, _, parts):
                return f" {word} ".join(self.inside(part) for part in parts)
            case ("enough", _, least, parts):
                return f"Common.Enough({least}, {{ {', '.join(map(self.truth, parts))} }})"
        raise NotExpressible(str(self.code[register][0]))

    def inside(self, register: int) -> str:
        return f"({self.truth(register)})"

    def worlds(self, register: int) -> str:
        """Return the worlds in a register."""
        if register in self.names:
            return of_row(self.names[register])
        if register in self.imports:
            return self.outer(self.imports[register])
        operation, _, start, end, months = self.code[register]
        assert operation == "delay", operation
        return delay(self.worlds(start), self.worlds(end), months)

    def sort(self, register: int) -> Sort:
        """Return the sort of a register of the row; what is imported is only read through a delay."""
        if register in self.names:
            return self.columns.sorts[self.names[register]]
        if register in self.code:
            return Sort(NUMBERS, Line(), Line().full)
        raise NotExpressible("un item de la fiche comparé dans une ligne")


def delay(start: str, end: str, months: bool) -> str:
    """Return the delay between two dates."""
    return f"Common.DelayIn{'Months' if months else 'Days'}({start}, {end})"


# --- quantifiers ---


def quantifier(instruction: Instruction, condition: str, lines: str, columns: Columns) -> str:
    """Return a quantifier over the lines of a list."""
    truth = [(STATE, of_row(STATE)), ("truth", condition)]
    match instruction:
        case ("some", _, _, _, 1, *_):
            return f"Common.AtLeastOne({_each(lines, truth)})"
        case ("answered", _, _, _, _, item):
            answers = f"{of_row(item.answer)} is not null" if item.answer else "true"
            return f"Common.Answered({_each(lines, [*truth, ('answers', answers)])})"
        case ("sum", _, _, _, _, column):
            return f"Common.Total({_each(lines, [*truth, *_ends(column, columns)])})"
    raise NotExpressible("un nombre de lignes, quand deux documents peuvent parler de la même")


def _each(lines: str, values: list[tuple[str, str]]) -> str:
    return f"({lines}) {ALIAS} return all {tuple_of(values)}"


def _ends(column: Item, columns: Columns) -> list[tuple[str, str]]:
    """Return the least and the greatest value of a column; what the dictionary allows where nothing is said."""
    full = columns.sorts[column.id].full
    assert isinstance(full, Ranges)
    if not full.low.is_finite() or full.low < 0:
        raise NotExpressible("la somme d'une colonne qui peut être négative")
    value, least = of_row(column.id), f"{full.low}.0"
    most = f"{full.high}.0" if full.high.is_finite() else "null as Decimal"
    return [
        ("low", f"if {value} is null then {least} else Common.Extent({value}).low"),
        ("high", f"if {value} is null then {most} else Common.Extent({value}).high"),
    ]


# --- what closes a list ---


def closed_whole(lines: str, condition: str) -> str:
    """Return lines without ghosts where a condition is TRUE."""
    return f"if {condition} is true then ({lines}) {ALIAS} where {of_row(STATE)} != {string(GHOST)} else {lines}"


def closed_part(lines: str, condition: str, box: Mapping[str, Worlds], columns: Columns, codes: Codes) -> str:
    """Return lines whose ghosts have lost a box where a condition is TRUE: what is left, as boxes that share nothing."""
    ghost, pieces = (
        f"{of_row(STATE)} = {string(GHOST)}",
        [f"(({lines}) {ALIAS} where {of_row(STATE)} != {string(GHOST)})"],
    )
    met: dict[str, str] = {}
    for name, accepted in box.items():
        left, inside = _split(name, accepted, columns, codes)
        wanted = " and ".join([ghost, *(f"exists ({text})" for text in (*met.values(), left))])
        pieces.append(f"(({lines}) {ALIAS} where {wanted} return all {columns.with_values({**met, name: left})})")
        met[name] = inside
    return f"if {condition} is true then flatten {{ {', '.join(pieces)} }} else {lines}"


def _split(name: str, accepted: Worlds, columns: Columns, codes: Codes) -> tuple[str, str]:
    """Return what of a column is outside and inside a box."""
    sort = columns.sorts[name]
    if sort.type != LEAVES or not isinstance(sort.domain, Leaves) or not isinstance(accepted, int):
        raise NotExpressible("une partie de liste dite par autre chose que des codes")
    inside, outside = accepted & sort.domain.full, sort.domain.full & ~accepted
    value = of_row(name)
    return (
        f"Common.Minus({value}, {codes(sort.domain, inside)}, {codes(sort.domain, outside)})",
        f"Common.Meet({value}, {codes(sort.domain, inside)})",
    )


def is_closing(closing: Closing) -> bool:
    """Say whether anything closes a list."""
    return closing.whole is not None or bool(closing.parts)
