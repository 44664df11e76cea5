"""Decision tables: rows of cells, read and turned into conditions."""

from __future__ import annotations

import pytest

from engine.documents import DocumentReader
from engine.model import Cell, Table
from engine.printing import show
from engine.problems import Problem
from engine.source import read_yaml
from engine.tables import IMPOSSIBLE, cell_condition, read_table
from tests.small import little_answer, named


def table(text: str) -> tuple[Table, list[Problem]]:
    """Read the table of a definition."""
    root, problems = read_yaml("t.yaml", text)
    return read_table(DocumentReader(problems), root, None), problems


def test_a_row_is_a_line_of_cells_and_an_output() -> None:
    """A blank or a dash is any value."""
    found, problems = table('{colonnes: [a, b], lignes: [["<= 3", "-", x], ["", "parmi (1, 2)", impossible]]}')
    assert not problems
    assert (found.policy, found.columns) == ("unique", ("a", "b"))
    assert [show(cell_condition(c, cell)) for row in found.rows for c, cell in zip(found.columns, row.cells, strict=True) if cell is not None] == [
        "a <= 3", "b parmi (1 ; 2)",
    ]  # fmt: skip
    assert isinstance(found.rows[0].output, Cell)
    assert found.rows[1].output == IMPOSSIBLE


def test_the_columns_may_name_the_output_too() -> None:
    """Then a row is as long as the columns."""
    found, problems = table("{colonnes: [a, sortie], lignes: [[x, y], [z, w]]}")
    assert not problems
    assert found.columns == ("a",)


def test_a_row_of_another_length_is_a_problem() -> None:
    """At the row itself."""
    _, problems = table("{colonnes: [a, b], lignes: [[x, y, z], [x, y]]}")
    assert [(problem.code, problem.span.column) for problem in problems] == [("ligne", 40)]


@pytest.mark.parametrize(
    ("cell", "condition"),
    [("x", "a = x"), ("« sein »", "a est « sein »"), ("entre 1 et 2", "a entre 1 et 2"), ("!= y", "a != y")],
)
def test_a_cell_is_the_condition_it_stands_for(cell: str, condition: str) -> None:
    """With the column as its item."""
    found, problems = table(f'{{colonnes: [a], lignes: [["{cell}", s]]}}')
    assert not problems
    (written,) = found.rows[0].cells
    assert written is not None
    assert show(cell_condition("a", written)) == condition


COLLECT = """
definitions:
  - definit: oms
    table:
      politique: collect max
      colonnes: [re_pct, menopause]
      lignes: [["<= 100", "-", "0"], [">= 10", "-", "1"], ["-", oui, "3"]]
"""


@pytest.mark.parametrize(("said", "value"), [
    ({"re_pct": 50}, "1 ou 3"), ({"re_pct": 5, "menopause": False}, "0"), ({"menopause": True}, "3"), ({"re_pct": 5}, "0 ou 3"),
])  # fmt: skip
def test_collect_max_gives_nothing_below_the_greatest_row_that_is_true(said: dict[str, object], value: str) -> None:
    """Worst wins over sets: an open input leaves what is above possible."""
    data = {entry["item"]: entry["value"] for entry in little_answer(said, COLLECT)["data"]}
    assert data["oms"] == value


OTHERWISE = """
referentiel: essai
titre: Essai
emetteur: Essai
source: {titre: Essai}
statut: à valider
questions:
  - id: q
    titre: Question
    posee_si: vrai
    recommandations:
      - id: R
        titre: Table
        table:
          colonnes: [menopause, alors]
          lignes: [[oui, FOLFOX], [sinon, {éviter: chirurgie}]]
"""


@pytest.mark.parametrize(("menopause", "concept"), [(True, "folfox"), (False, "chirurgie")])
def test_sinon_is_no_other_row(menopause: bool, concept: str) -> None:
    """Exactly one row of the two is left."""
    rule = named(little_answer({"menopause": menopause}, OTHERWISE)["recommendations"], "R")
    assert rule["verdict"] == "applies"
    assert rule["plan"]["concept"]["id"] == concept


def test_an_open_input_keeps_both_rows_with_their_conditions() -> None:
    """Nothing is chosen for want of knowing: each alternative says when it holds."""
    plan = named(little_answer({}, OTHERWISE)["recommendations"], "R")["plan"]
    assert [part["condition"]["truth"] for part in plan["choice"]] == ["unknown", "unknown"]
