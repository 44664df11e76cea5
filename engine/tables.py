"""Decision tables: a row is a line of cells; blank is any, `sinon` is no other row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.model import Cell, Row, Table
from engine.names import fold
from engine.reading import Reader
from engine.source import Fields, Items, Text
from engine.syntax import Between, Compare, ConceptName, Condition, IsA, ItemName, OneOf
from engine.text import read_cell

ANY = ("", "-", "—", "*")
IMPOSSIBLE = "impossible"
POLICIES = ("unique", "any", "collect max", "collect")


def read_table(reader: Reader, node: Any, output: Callable[[Any], Any] | None) -> Table:
    """Read a table; `output` reads the last cell of a row, which is a cell like the others without it."""
    fields = reader.fields(node, ("politique", "colonnes", "lignes", "ordre"), ("colonnes", "lignes"))
    columns = reader.texts(fields, "colonnes")
    inputs = columns[:-1] if output is not None or _names_output(fields, columns) else columns
    rows = reader.many(fields.get("lignes"), lambda line: _row(reader, line, len(inputs), output))
    return Table(_policy(reader, fields), inputs, rows, fields.span)


def _policy(reader: Reader, fields: Fields) -> str:
    """Return the hit policy, `unique` where none is written."""
    written = reader.text(fields, "politique")
    policy = fold(written) or POLICIES[0]
    if policy not in POLICIES:
        reader.wrong(fields["politique"].span, "politique", f"politique `{written}` inconnue", ", ".join(POLICIES))
    return policy


def _names_output(fields: Fields, columns: tuple[str, ...]) -> bool:
    """Say whether the columns name the output too: then a row is as long as the columns."""
    lines = fields.get("lignes")
    first = next((line for line in lines if isinstance(line, Items)), ()) if isinstance(lines, Items) else ()
    return len(first) == len(columns) > 1 or (len(columns) == 1 == len(first))


def _row(reader: Reader, line: Any, width: int, output: Callable[[Any], Any] | None) -> Row | None:
    otherwise = isinstance(line, Items) and _is_otherwise(line)
    if not isinstance(line, Items) or len(line) < 2 <= width + 1 or (len(line) != width + 1 and not otherwise):
        hint = f"{_counted(width)} et la conclusion"
        reader.wrong(line.span, "ligne", "cette ligne n'a pas le nombre de cellules attendu", hint)
        return None
    if otherwise and output is None:
        hint = "écrivez les combinaisons qui restent : une définition ne suppose rien"
        reader.wrong(line[0].span, "sinon", "la table d'une définition n'a pas de `sinon`", hint)
        return None
    cells = () if otherwise else tuple(_cell(reader, text) for text in line[:width])
    last = line[-1]
    return Row(cells, output(last) if output else _output(reader, last), otherwise, line.span)


def _counted(width: int) -> str:
    return f"{width} cellule" if width < 2 else f"{width} cellules"


def _is_otherwise(line: Items) -> bool:
    return bool(line) and isinstance(line[0], Text) and fold(line[0]) in ("sinon", "else")


def _cell(reader: Reader, text: Any) -> Cell | None:
    if not isinstance(text, Text):
        reader.wrong(text.span, "forme", "une cellule est un texte")
        return None
    if text.strip() in ANY:
        return None
    return reader.parsed(text, lambda: Cell(*read_cell(str(text)), text.span))


def _output(reader: Reader, text: Any) -> Cell | str | None:
    """Read the output of a definition's row: a cell of the item's own values, or `impossible`."""
    if isinstance(text, Text) and fold(text) == IMPOSSIBLE:
        return IMPOSSIBLE
    if isinstance(text, Text) and text.strip() in ANY:
        reader.wrong(text.span, "ligne", "cette ligne ne conclut rien", "une valeur, ou `impossible`")
        return None
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
