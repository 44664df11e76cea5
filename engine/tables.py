"""Decision tables: a row is a line of cells; blank is any, `sinon` is no other row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.model import Cell, Row, Table
from engine.names import fold
from engine.reading import Reader
from engine.source import Items, Text
from engine.syntax import Between, Compare, ConceptName, Condition, IsA, ItemName, OneOf
from engine.text import read_cell

ANY = ("", "-", "—", "*")
IMPOSSIBLE = "impossible"
POLICIES = ("unique", "any", "collect max", "collect")


def read_table(reader: Reader, node: Any, output: Callable[[Any], Any] | None) -> Table:
    """Read a table; `output` reads the last cell of a row, which is a cell like the others without it."""
    fields = reader.fields(node, ("politique", "colonnes", "lignes", "ordre"), ("colonnes", "lignes"))
    columns = reader.texts(fields, "colonnes")
    policy = fold(reader.text(fields, "politique")) or "unique"
    if policy not in POLICIES:
        reader.wrong(fields["politique"].span, "politique", f"politique `{policy}` inconnue", ", ".join(POLICIES))
    inputs = columns[:-1] if output is not None or _names_output(fields, columns) else columns
    rows = reader.many(fields.get("lignes"), lambda line: _row(reader, line, len(inputs), output))
    return Table(policy, inputs, rows, fields.span)


def _names_output(fields: Any, columns: tuple[str, ...]) -> bool:
    """Say whether the columns name the output too: then a row is as long as the columns."""
    first = next((line for line in fields.get("lignes") or () if isinstance(line, Items)), ())
    return len(first) == len(columns) > 1 or (len(columns) == 1 == len(first))


def _row(reader: Reader, line: Any, width: int, output: Callable[[Any], Any] | None) -> Row | None:
    if not isinstance(line, Items) or (len(line) != width + 1 and not _is_otherwise(line)):
        hint = f"{width} cellules et la conclusion"
        reader.wrong(line.span, "ligne", "cette ligne n'a pas le nombre de cellules attendu", hint)
        return None
    otherwise = _is_otherwise(line)
    cells = () if otherwise else tuple(_cell(reader, text) for text in line[:width])
    last = line[-1]
    return Row(cells, output(last) if output else _output(reader, last), otherwise, line.span)


def _is_otherwise(line: Items) -> bool:
    return bool(line) and isinstance(line[0], Text) and fold(line[0]) in ("sinon", "else")


def _cell(reader: Reader, text: Any) -> Cell | None:
    if not isinstance(text, Text) or text.strip() in ANY:
        return None
    return reader.parsed(text, lambda: Cell(*read_cell(str(text)), text.span))


def _output(reader: Reader, text: Any) -> Cell | str | None:
    """Read the output of a definition's row: a cell of the item's own values, or `impossible`."""
    if isinstance(text, Text) and fold(text) == IMPOSSIBLE:
        return IMPOSSIBLE
    return _cell(reader, text)


def cell_condition(column: str, cell: Cell) -> Condition:
    """Write a cell as the condition it stands for."""
    item = ItemName(column)
    match cell.operator:
        case "entre":
            return Between(item, cell.values[0], cell.values[1])
        case "parmi":
            return OneOf(item, cell.values)
        case "est":
            return IsA("est", item, tuple(v for v in cell.values if isinstance(v, ConceptName)))
        case operator:
            return Compare(item, operator, cell.values[0])
