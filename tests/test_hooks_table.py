"""The conformance table of the hooks is whole, and each of its rows names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

_COUNTS = {"D": 5, "C": 6, "R": 10, "F": 3, "T": 7}
STATEMENTS = [f"{letter}{number}" for letter, count in _COUNTS.items() for number in range(1, count + 1)]
ROW = re.compile(r"^\| ([DCRFT]\d+) \| ([Ss]) \| (.+?) \| (.+?) \| (`.+`) \|$", re.MULTILINE)
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
ROWS = ROW.findall((ROOT / "api" / "README.md").read_text(encoding="utf-8"))


def test_no_statement_is_missing_and_none_is_there_twice() -> None:
    assert [row[0] for row in ROWS] == STATEMENTS


def test_every_statement_names_tests_and_nothing_else() -> None:
    assert [row[0] for row in ROWS if NAMED.sub("", row[4]).strip(", ") or not NAMED.search(row[4])] == []


def test_the_statements_are_those_of_the_standard(shared: Path) -> None:
    text = (shared / "standards" / "cds-hooks.md").read_text(encoding="utf-8")
    found = re.findall(r"\b([DCRFT]\d+) ", text)
    assert sorted(set(found), key=STATEMENTS.index) == STATEMENTS


@pytest.mark.parametrize(("statement", "file", "test"), [(row[0], *named) for row in ROWS for named in NAMED.findall(row[4])])  # fmt: skip
def test_the_test_of_each_statement_is_there(statement: str, file: str, test: str) -> None:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert functions.count(test) == 1, statement
