"""The whole fiches of the base: each answers as was reviewed; together they cover what an RCP meets."""

from __future__ import annotations

from collections import Counter

import pytest

from api import library
from api.checking import check
from api.fiches import EXPECTED, expected_of, run
from engine.compact import differences
from tests.small import shipped

FICHES = library.fiches()
SHEETS = sorted(path for path in FICHES if path.endswith(".json"))


@pytest.mark.parametrize("path", SHEETS)
def test_a_fiche_answers_as_was_reviewed(path: str) -> None:
    """`python -m tests.fiches` writes what is expected again: read the difference before you keep it."""
    expected = path.removesuffix(".json") + EXPECTED
    (problems,) = run(shipped(), {path: FICHES[path], expected: FICHES.get(expected, "")})
    assert not problems, "\n".join(map(str, problems))


def test_every_expected_answer_has_its_fiche_and_a_title() -> None:
    """Nothing is left over, nothing is unnamed."""
    for path in FICHES:
        if path.endswith(EXPECTED):
            assert path.removesuffix(EXPECTED) + ".json" in FICHES
            assert "titre: à titrer" not in FICHES[path]


def test_there_are_forty_fiches_and_six_a_site() -> None:
    """Early, advanced, relapse, elderly, pregnancy, organ failure, and a case on which the guidelines are silent."""
    sites = Counter(path.split("/")[2] for path in SHEETS)
    assert set(sites) == {"sein", "colon", "rectum", "poumon", "prostate", "melanome"}
    assert min(sites.values()) >= 6
    assert len(SHEETS) >= 40


def test_a_difference_names_where_it_is() -> None:
    """Each in one line."""
    expected, problems = expected_of(
        "titre: t\ntumeurs: {t1: {verdicts: {s'applique: [S04]}, essais: {A: possible}}}", "e"
    )
    assert not problems
    found = {"t1": {"verdicts": {"s'applique": ["S06"]}, "essais": {"A": "possible"}}}
    assert list(differences(expected, found)) == ["t1 › verdicts › s'applique : attendu ['S04'], obtenu ['S06']"]


def test_a_fiche_that_answers_otherwise_is_a_problem_of_the_check() -> None:
    """The expected answer of one fiche, with a verdict taken out."""
    path = SHEETS[0]
    expected = path.removesuffix(".json") + EXPECTED
    wrong = FICHES[expected].replace("s'applique:", "remplacée:", 1)
    assert wrong != FICHES[expected]
    report = check(library.texts(), {}, {path: FICHES[path], expected: wrong}, lambda items, total, name: iter(items))
    found = [problem for problem in report["problems"] if problem["code"] == "fiche"]
    assert {problem["file"] for problem in found} == {expected}
    assert report["counts"]["fiches"] == 1


def test_a_fiche_that_cannot_be_read_is_a_problem_with_its_place() -> None:
    """Not an exception: the editor sees the file, the pointer and what to write."""
    path = "knowledge/cases/sein/fausse.json"
    wrong = '{"schema": "fiche-rcp/1", "tumeurs": [{"id": "t1", "topographie": "sain"}], "patient": {"sexe": "X"}}'
    report = check(library.texts(), {}, {path: wrong}, lambda items, total, name: iter(items))
    found = [problem for problem in report["problems"] if problem["file"] == path]
    assert {str(problem["message"]).partition(" : ")[0] for problem in found} == {
        "/tumeurs/0/topographie",
        "/patient/sexe",
    }
    assert all(problem["hint"] for problem in found)
