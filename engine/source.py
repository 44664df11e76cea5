"""YAML read as texts with their places: every scalar is text, double keys and anchors are problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import yaml

from engine.problems import Problem, Span, in_text


class _Loader(getattr(yaml, "CLoader", yaml.Loader)):  # type: ignore[misc]  # in C where that was built
    """Composes nodes; of scalars only the empty one is told apart."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {
        first: [pair for pair in pairs if pair[0].endswith(":null")]
        for first, pairs in yaml.Loader.yaml_implicit_resolvers.items()
    }


DEEPEST = 64


class Text(str):
    """A scalar and where it stands."""

    span: Span


class Fields(dict[str, Any]):
    """A mapping, where it stands and where each key stands."""

    span: Span
    keys_at: dict[str, Span]


class Items(list[Any]):
    """A sequence and where it stands."""

    span: Span


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
        if depth > DEEPEST:
            self.problems.append(in_text(self.span_of(node), "yaml-profondeur", f"plus de {DEEPEST} niveaux emboîtés"))
            return _text("", self.span_of(node))
        span = self.span_of(node)
        if isinstance(node, yaml.ScalarNode):
            return _text("" if node.tag.endswith(":null") else node.value, span)
        if isinstance(node, yaml.SequenceNode):
            items = Items(self.node(child, depth + 1) for child in node.value)
            items.span = span
            return items
        return self.fields(node, span, depth)

    def fields(self, node: yaml.Node, span: Span, depth: int) -> Fields:
        fields = Fields()
        fields.span, fields.keys_at = span, {}
        for key_node, value_node in node.value:
            key, at = str(key_node.value), self.span_of(key_node)
            if key in fields:
                self.problems.append(
                    in_text(at, "cle-double", f"la clé `{key}` est écrite deux fois", "n'en gardez qu'une")
                )
            fields[key] = self.node(value_node, depth + 1)
            fields.keys_at[key] = at
        return fields

    def span_of(self, node: yaml.Node) -> Span:
        start, end = node.start_mark, node.end_mark
        quoted = isinstance(node, yaml.ScalarNode) and node.style in ("'", '"')
        length = end.column - start.column if end.line == start.line else 1
        return _span(self.file, self.lines, start.line, start.column + quoted, max(1, length - 2 * quoted))


def _text(value: str, span: Span) -> Text:
    text = Text(value)
    text.span = span
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
