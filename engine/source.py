"""YAML read as texts with their places: every scalar is text, double keys and anchors are problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from engine.problems import NOWHERE, Problem, Span, in_text

NULL, TEXT = "tag:yaml.org,2002:null", "tag:yaml.org,2002:str"
EMPTY = frozenset(("", "~", "null", "Null", "NULL"))


class _Loader(getattr(yaml, "CLoader", yaml.Loader)):  # type: ignore[misc]  # in C where that was built
    """Composes nodes; of scalars only the empty one is told apart."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """Return the tag of a node that has none of its own."""
        if kind is yaml.ScalarNode:
            return NULL if implicit[0] and value in EMPTY else TEXT
        return str(self.DEFAULT_MAPPING_TAG if kind is yaml.MappingNode else self.DEFAULT_SEQUENCE_TAG)


DEEPEST = 64


class Place(NamedTuple):
    """Where a node of a file stands; most are never asked."""

    file: str
    lines: list[str]
    node: yaml.Node | None

    def span(self) -> Span:
        """Return the line, column and length; a quoted text starts after its quote."""
        if self.node is None:
            return NOWHERE
        start, end = self.node.start_mark, self.node.end_mark
        quoted = isinstance(self.node, yaml.ScalarNode) and self.node.style in ("'", '"')
        length = end.column - start.column if end.line == start.line else 1
        return _span(self.file, self.lines, start.line, start.column + quoted, max(1, length - 2 * quoted))


ELSEWHERE = Place("", [], None)


class Placed:
    """What stands somewhere in a file."""

    at: Place

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.at.span()


class Text(Placed, str):
    """A scalar."""


class Fields(Placed, dict[str, Any]):
    """A mapping, and where each key stands."""

    keys_at: dict[str, Place]


class Items(Placed, list[Any]):
    """A sequence."""


Node = Text | Fields | Items


def read_yaml(file: str, text: str) -> tuple[Node | None, list[Problem]]:
    """Return the document's nodes, and what is wrong with its form."""
    lines = text.splitlines()
    problems: list[Problem] = []
    try:
        _refuse_anchors(file, text, lines, problems)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        span = _span(file, lines, mark.line, mark.column) if mark else Span(file, 1, 1)
        hint = "un texte qui contient « : » ou commence par > % [ { se met entre guillemets droits"
        return None, [in_text(span, "yaml", f"ce n'est pas du YAML : {error.problem}", hint)]
    except yaml.YAMLError as error:
        return None, [in_text(Span(file, 1, 1), "yaml", f"ce n'est pas du YAML : {error}")]
    if root is None or problems:
        return None, problems or [in_text(Span(file, 1, 1), "yaml-vide", "le document est vide")]
    return _Reader(file, lines, problems).node(root), problems


def _refuse_anchors(file: str, text: str, lines: list[str], problems: list[Problem]) -> None:
    if "&" not in text and "*" not in text:
        return
    for event in yaml.parse(text, Loader=_Loader):
        if getattr(event, "anchor", None):
            mark = event.start_mark
            span = _span(file, lines, mark.line, mark.column) if mark else Span(file, 1, 1)
            problems.append(
                in_text(span, "yaml-ancre", "les ancres et renvois YAML ne sont pas admis", "répétez le texte")
            )


class _Reader:
    def __init__(self, file: str, lines: list[str], problems: list[Problem]) -> None:
        self.file, self.lines, self.problems = file, lines, problems

    def node(self, node: yaml.Node, depth: int = 0) -> Node:
        """Read a node and what is below it."""
        at = Place(self.file, self.lines, node)
        if depth > DEEPEST:
            self.problems.append(in_text(at.span(), "yaml-profondeur", f"plus de {DEEPEST} niveaux emboîtés"))
            return _text("", at)
        if isinstance(node, yaml.ScalarNode):
            return _text("" if node.tag.endswith(":null") else node.value, at)
        if isinstance(node, yaml.SequenceNode):
            items = Items(self.node(child, depth + 1) for child in node.value)
            items.at = at
            return items
        return self.fields(node, at, depth)

    def fields(self, node: yaml.Node, at: Place, depth: int) -> Fields:
        fields = Fields()
        fields.at, fields.keys_at = at, {}
        for key_node, value_node in node.value:
            key, key_at = str(key_node.value), Place(self.file, self.lines, key_node)
            if key in fields:
                message, hint = f"la clé `{key}` est écrite deux fois", "n'en gardez qu'une"
                self.problems.append(in_text(key_at.span(), "cle-double", message, hint))
            fields[key] = self.node(value_node, depth + 1)
            fields.keys_at[key] = key_at
        return fields


def _text(value: str, at: Place) -> Text:
    text = Text(value)
    text.at = at
    return text


def _span(file: str, lines: list[str], line: int, column: int, length: int = 1) -> Span:
    return Span(file, line + 1, column + 1, length, lines[line] if line < len(lines) else "")


def texts(node: Node | None) -> Iterator[Text]:
    """Yield a text, or the texts of a list."""
    if isinstance(node, Text):
        yield node
    elif isinstance(node, Items):
        yield from (child for child in node if isinstance(child, Text))


def plain(node: Any) -> Any:
    """Return the node as ordinary strings, lists and dicts."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return str(node)
