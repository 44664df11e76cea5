"""The two READMEs that say what a rule means and how to write one: quotes are the base's, examples are read and run."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import textwrap
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from api.checking import check
from api.library import texts
from engine import syntax, terms
from engine.check import Checker
from engine.lexer import TextError
from engine.model import Written
from engine.printing import show
from engine.problems import Problem, Span
from engine.snapshot import Base
from engine.text import read_cell, read_condition, read_formula
from tests.conftest import ROOT

ENGINE = (ROOT / "engine" / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "knowledge" / "README.md").read_text(encoding="utf-8")
LEFT_OUT, OWN, FAULTY = "# …", "# exemple de forme, sans valeur médicale", "# document fautif"
NOT_YET = "○"

DOCUMENT_MODULES = (
    "source reading actions tables documents scale_reader dictionary_reader snapshot check_names check_values check_concepts check_cases check"
    " check_rules check_links check_barred check_definitions check_trials check_documents lint lint_rules lint_tables lint_conditions"
).split()


@cache
def base() -> Base:
    """Return the shipped base."""
    return Base.read(texts())


def blocks(page: str, language: str) -> list[tuple[str, str]]:
    """Return the fenced blocks of a language, each with the paragraph before it."""
    found = re.finditer(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [(page[: match.start()].rstrip().rpartition("\n\n")[2], match[1]) for match in found]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split(" | ")]


def rows_under(page: str, head: str) -> list[list[str]]:
    """Return the rows of every table with this head."""
    found = []
    for match in re.finditer(rf"^\| {re.escape(head)} \|\n\|[-|]+\|\n((?:\|.*\n)+)", page, re.MULTILINE):
        found += [cells(row) for row in match[1].splitlines()]
    return found


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# --- quotes ----------------------------------------------------------------------------------------


def quotes() -> list[tuple[str, str]]:
    """Return each quoted block with the file it names."""
    found = []
    for before, block in blocks(GUIDE, "yaml"):
        if not block.startswith((OWN, FAULTY)):
            files = re.findall(r"\]\(([\w/.-]+\.yaml)\)", before)
            assert files, f"no file is named before\n{block}"
            found.append((files[-1], block))
    return found


def indented(lines: list[str], margin: str) -> list[str]:
    return [margin + line if line else line for line in lines]


def find(wanted: list[str], lines: list[str], start: int) -> int | None:
    """Return the line after the first place where these lines stand, whatever their common margin."""
    for number in range(start, len(lines) - len(wanted) + 1):
        margin = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        if indented(wanted, margin) == lines[number : number + len(wanted)]:
            return number + len(wanted)
    return None


@pytest.mark.parametrize(("file", "block"), quotes(), ids=lambda value: str(value).split("\n")[0][:50])
def test_a_quote_stands_in_the_base_as_it_is(file: str, block: str) -> None:
    lines = (ROOT / "knowledge" / file).read_text(encoding="utf-8").splitlines()
    start: int | None = 0
    for piece in re.split(rf"^ *{LEFT_OUT}\n", block, flags=re.MULTILINE):
        start = find(textwrap.dedent(piece).splitlines(), lines, start or 0)
        assert start is not None, f"{file} changed; quote it again:\n{piece}"


def test_the_cases_shown_are_cases_of_the_base() -> None:
    shown = [code for row in rows_under(GUIDE, "pour dire | on écrit") for code in codes(row[1])]
    known = "\n".join(value for path, value in texts().items() if path.endswith(".yaml"))
    assert shown
    assert not [code for code in shown if code not in known]


def test_no_jargon_of_programmers() -> None:
    for word in ("booléen", "Python", "JSON Schema", "string", "parser", "regex", "null", "API", "commit"):
        assert not re.search(rf"\b{word}\b", GUIDE), word


# --- the language ----------------------------------------------------------------------------------


def examples() -> list[tuple[bool, str]]:
    """Return the examples of the language's tables, and whether the base uses the form already."""
    rows = rows_under(GUIDE, "pour dire | on écrit | exemple")
    return [(not row[0].startswith(NOT_YET), code) for row in rows for code in codes(row[2])]


def read(example: str) -> Any:
    """Read an example as a condition, a condition on a row, or a formula."""
    for reader in (read_condition, read_formula):
        try:
            return reader(example)
        except TextError:
            continue
    pytest.fail(f"`{example}` can't be read")


def inside(node: Any) -> Iterator[Any]:
    """Yield a node and all below it."""
    if is_dataclass(node) and type(node).__module__ == syntax.__name__:
        yield node
        for field in fields(node):
            yield from inside(getattr(node, field.name))
    elif isinstance(node, tuple):
        for part in node:
            yield from inside(part)


@pytest.mark.parametrize("example", [example for used, example in examples() if used])
def test_an_example_without_a_mark_is_of_the_base(example: str) -> None:
    read(example)
    assert any(example in value for path, value in texts().items() if path.startswith("knowledge/"))


@pytest.mark.parametrize("example", [example for used, example in examples() if not used])
def test_an_example_with_a_mark_is_right(example: str) -> None:
    node = read(example)
    problems: list[Problem] = []
    checker = Checker(base().dictionary, base().ontology, problems)
    if isinstance(node, typing.get_args(syntax.Condition)):
        checker.written(Written(node, Span("exemple", 1, 1, 1, example)))
    assert not problems, "\n".join(map(str, problems))


def test_every_construct_of_the_language_has_an_example() -> None:
    nodes = [node for _, example in examples() for node in inside(read(example))]
    kinds = {type(node) for node in nodes}
    wanted = {*typing.get_args(syntax.Condition), *typing.get_args(syntax.Formula), syntax.ConceptName, syntax.Name}
    assert not wanted - kinds
    assert {n.operator for n in nodes if isinstance(n, syntax.Compare)} == set(terms.COMPARISONS)
    assert {n.kind for n in nodes if isinstance(n, syntax.Selector)} == set(terms._SELECTORS.values())
    assert {n.relation for n in nodes if isinstance(n, syntax.IsA)} == {
        "est",
        "contient",
        "comporte",
        "a pour composante",
    }
    assert {n.quantifier for n in nodes if isinstance(n, syntax.Rows)} == {"au moins", "aucun", "tous"}
    assert any(n.number > 1 for n in nodes if isinstance(n, syntax.Rows))
    assert {n.operator for n in nodes if isinstance(n, syntax.Operation)} == {*"+-*/^", *terms._FUNCTIONS.values()}
    assert any(n.outer for n in nodes if isinstance(n, syntax.ItemName))
    assert any(n.otherwise for n in nodes if isinstance(n, syntax.IfThen))
    assert any(n.where for n in nodes if isinstance(n, syntax.Documented))
    assert any(len(n.concepts) > 1 for n in nodes if isinstance(n, syntax.IsA))
    assert {n.unit for n in nodes if isinstance(n, syntax.Number)} >= {"× LSN", "× LIN"}


def test_every_kind_of_cell_is_told() -> None:
    told = re.search(r"Une cellule est une comparaison sans le nom de la donnée : (.*?)\. Pour deux", GUIDE, re.DOTALL)
    assert told is not None
    operators = {read_cell(code.strip('"'))[0] for code in codes(told[1])}
    assert operators == {"=", "<=", "entre", "parmi", "!="}


# --- documents written for the page ----------------------------------------------------------------


def own(mark: str) -> list[str]:
    return [block for _, block in blocks(GUIDE, "yaml") if block.startswith(mark)]


@pytest.mark.parametrize("document", own(OWN), ids=lambda value: value.split("\n")[1])
def test_a_document_shown_as_a_form_is_right(document: str) -> None:
    place = "knowledge/ajouts/exemple.yaml"
    found = Base.read({**texts(), place: document}).problems
    assert not [problem for problem in found if problem.span.file == place]


def test_the_faulty_document_gives_the_messages_shown() -> None:
    (document,), ((_, shown),) = own(FAULTY), blocks(GUIDE, "text")
    found = check(texts(), {"essai.yaml": document}, {}, lambda items, total, name: iter(items))["problems"]
    lines = [f"{p['file']}:{p['line']}:{p['column']}: {p['message']} [{p['code']}]\n    {p['hint']}" for p in found]
    assert "\n".join(lines) == shown.strip()


def emitted() -> set[str]:
    """Return the code of every problem that a document can have."""
    modules = (ast.parse((ROOT / "engine" / f"{name}.py").read_text(encoding="utf-8")) for name in DOCUMENT_MODULES)
    calls = (node for module in modules for node in ast.walk(module) if isinstance(node, ast.Call))
    noting = [call.args[1] for call in calls if _called(call) in ("wrong", "problem", "in_text") and len(call.args) > 1]
    return {"cas", "fiche", *(str(code.value) for code in noting if isinstance(code, ast.Constant))}


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_every_message_is_explained() -> None:
    chapter = re.sub(r"^```.*?^```$", "", GUIDE, flags=re.MULTILINE | re.DOTALL)
    chapter = chapter.partition("## 14. Vérifier")[2].partition("## 15.")[0]
    told = {code for code in codes(chapter) if re.fullmatch(r"[a-z]+(-[a-z]+)*", code)}
    assert not emitted() - told
    first = {code for row in rows_under(GUIDE, "problème | ce qu'il veut dire | que faire") for code in codes(row[0])}
    assert not first - emitted()


def test_the_glossary_is_in_order_and_long_enough() -> None:
    words = [row[0] for row in rows_under(GUIDE, "mot | sens")]
    assert len(words) >= 40
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("page", [ENGINE, GUIDE], ids=["engine", "knowledge"])
def test_links_within_a_page_lead_somewhere(page: str) -> None:
    heads = {
        re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    }
    assert not [anchor for anchor in re.findall(r"\]\(#([^)]+)\)", page) if anchor not in heads]


# --- the page on meaning ---------------------------------------------------------------------------


def node_rows() -> list[tuple[str, str]]:
    return [(codes(row[0])[0], codes(row[1])[0]) for row in rows_under(ENGINE, "node | in French | what it is")]


@pytest.mark.parametrize(("kind", "example"), node_rows())
def test_a_node_is_shown_by_what_it_is(kind: str, example: str) -> None:
    node = read(example)
    assert kind in {type(each).__name__ for each in inside(node)}
    problems: list[Problem] = []
    if isinstance(node, typing.get_args(syntax.Condition)):
        assert read_condition(show(node)) == node
        Checker(base().dictionary, base().ontology, problems).written(Written(node, Span("exemple", 1, 1, 1, example)))
    assert not problems, "\n".join(map(str, problems))


def test_every_node_is_in_the_table() -> None:
    kinds = {kind.__name__ for kind in (*typing.get_args(syntax.Condition), *typing.get_args(syntax.Formula))}
    assert {kind for kind, _ in node_rows()} == kinds


def test_every_module_is_told_and_no_other() -> None:
    modules = {path.stem for path in (ROOT / "engine").glob("*.py")} - {"__init__"}
    told = {name for row in rows_under(ENGINE, "stage | modules") for name in re.findall(r"(?:^| · )`(\w+)`", row[1])}
    assert told == modules


def test_the_page_on_meaning_is_read_at_one_sitting() -> None:
    assert len(ENGINE.splitlines()) <= 250


@pytest.mark.parametrize(
    ("language", "code"),
    [
        *(("python", code) for _, code in blocks(ENGINE, "python")),
        *(("sh", code) for _, code in blocks(GUIDE, "sh")),
    ],
    ids=lambda value: str(value).split("\n")[0][:40],
)
def test_what_is_shown_runs(tmp_path: Path, language: str, code: str) -> None:
    (tmp_path / "knowledge").symlink_to(ROOT / "knowledge")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ONCORULES_DATABASE": f"sqlite:///{tmp_path}/docs.sqlite3",
    }
    command = ["bash", "-euc", code] if language == "sh" else [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
