"""YAML read as texts with their places."""

from __future__ import annotations

import pytest

from engine.source import Fields, Items, Text, plain, read_yaml


def root(text: str) -> Fields:
    """Return the mapping that a text is, which must be well formed."""
    found, problems = read_yaml("f.yaml", text)
    assert not problems
    assert isinstance(found, Fields)
    return found


@pytest.mark.parametrize("scalar", ["NO", "12:30", "1.0", "0x1F", "2026-01-01", "1_000", "true", "oui", "~x"])
def test_every_scalar_is_text(scalar: str) -> None:
    """Norway is not false and half past twelve is not 750."""
    assert root(f"a: {scalar}")["a"] == scalar


def test_a_text_knows_where_it_stands() -> None:
    """Line and column of the words themselves, quotes left out."""
    found = root('a: 1\nb: {c: "deux mots"}\n')
    text = found["b"]["c"]
    assert isinstance(text, Text)
    assert (text.span.line, text.span.column, text.span.length) == (2, 9, 9)
    assert text.span.text[text.span.column - 1 :][: text.span.length] == "deux mots"


def test_a_key_knows_where_it_stands() -> None:
    """A wrong key can be underlined."""
    found = root("a: 1\n  # comment\nbé: 2\n")
    key = found.keys_at["bé"].span()
    assert (key.line, key.column, key.length) == (3, 1, 2)


def test_nothing_written_is_an_empty_text() -> None:
    """`a:` and `a: null` say nothing."""
    assert root("a:\nb: null\n") == {"a": "", "b": ""}


def test_plain_gives_ordinary_values() -> None:
    """What leaves the reader carries no place."""
    assert plain(root("a: [x, {b: y}]")) == {"a": ["x", {"b": "y"}]}


def test_a_list_is_items() -> None:
    """A list may stand at the root."""
    found, _ = read_yaml("f.yaml", "- a\n- b\n")
    assert isinstance(found, Items)


@pytest.mark.parametrize("depth", [200, 500, 5000])
def test_deep_nesting_is_a_problem(depth: int) -> None:
    """A document a thousand levels deep is refused at its place, and nothing fails."""
    _, problems = read_yaml("f.yaml", "a: " + "[" * depth + "]" * depth)
    assert problems
