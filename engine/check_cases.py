"""What the case of a definition expects: a value, a comparison, or a list of values still possible."""

from __future__ import annotations

from engine.check_names import Names
from engine.check_values import accepted, comparison_of
from engine.dictionary import Item
from engine.lexer import TextError
from engine.model import Case
from engine.problems import Span
from engine.syntax import ItemName
from engine.text import read_cell
from engine.values import Worlds


def expected_worlds(names: Names, item: Item, case: Case) -> Worlds | None:
    """Return the worlds that a case expects of a defined item; None, and a problem, if they can't be read."""
    texts = case.expected if isinstance(case.expected, list) else [case.expected]
    union: Worlds | None = None
    for one in [_expected(names, item, text, case.expected_at) for text in texts]:
        if one is None:
            return None
        union = one if union is None else union | one  # type: ignore[operator]  # one item
    return union


def _expected(names: Names, item: Item, text: object, span: Span) -> Worlds | None:
    try:
        operator, values = read_cell(text if isinstance(text, str) else "")
    except TextError as error:
        names.problem(span, "condition", error.message, error.hint or f"une valeur de `{item.id}`, ou une liste")
        return None
    before, names.span, names.in_cell = (names.span, names.in_cell), span, True
    try:
        node = comparison_of(ItemName(item.id), operator, values)
        return accepted(names, node, item, item.domain) if item.domain is not None else None
    finally:
        names.span, names.in_cell = before
