"""The loop over a program: it starts from a blank sheet, and leaves what a run of everything leaves."""

from __future__ import annotations

import gc
import json

import pytest

from api import library
from engine.check_documents import check_all
from engine.documents import read_definitions
from engine.machine import run, run_part
from engine.problems import Problem
from engine.snapshot import Base
from engine.source import Fields, read_yaml
from tests.agreement.sheets import evaluate
from tests.small import answer, shipped

FICHES = {path: text for path, text in library.fiches().items() if path.endswith(".json")}
TORN = """
definitions:
  - {definit: menopause, titre: oui, source: {titre: essai}, statut: à valider, vrai_si: vrai, faux_si: faux}
  - {definit: menopause, titre: non, source: {titre: essai}, statut: à valider, vrai_si: faux, faux_si: vrai}
"""


@pytest.mark.parametrize("path", sorted(FICHES))
def test_what_a_sheet_does_not_reach_is_as_on_a_blank_sheet(path: str) -> None:
    """Every register and every contradiction, of the whole program over a whole fiche."""
    found = evaluate(shipped().base, json.loads(FICHES[path]), "FR-GES")
    program, facts = found.compiled.program, found.facts
    state, whole = run(program, facts), run_part(program, facts, program.code)
    pairs = zip(state.values, whole.values, strict=True)
    assert not [register for register, (one, other) in enumerate(pairs) if one != other]
    assert list(state.split.items()) == list(whole.split.items())


def test_a_blank_sheet_is_left_as_it_was() -> None:
    """One sheet's values never show in the next one's."""
    first, last = (json.loads(FICHES[path]) for path in (min(FICHES), max(FICHES)))
    before = evaluate(shipped().base, first).state.values
    evaluate(shipped().base, last)
    assert evaluate(shipped().base, first).state.values == before


def test_a_contradiction_that_no_sheet_makes_is_told_of_every_sheet() -> None:
    """Two definitions that never agree contradict each other on a blank sheet already."""
    problems: list[Problem] = []
    root, _ = read_yaml("definitions.yaml", TORN)
    assert isinstance(root, Fields)
    shared = shipped().base
    knowledge, found = check_all([], read_definitions(root, problems), [], shared.dictionary, shared.ontology)
    assert not [*problems, *found]
    base = Base("0" * 64, {}, shared.dictionary, shared.ontology, knowledge)
    for _ in range(2):
        assert list(evaluate(base, {"tumeurs": [{"id": "t1"}]}).state.split) == ["menopause"]


def test_an_answer_holds_no_cycle() -> None:
    """What an answer was made with goes when it goes: next to nothing is left for the collector."""
    sheet = json.loads(FICHES[min(FICHES)])
    answer(shipped(), sheet)
    gc.collect()
    answer(shipped(), sheet)
    assert gc.collect() < 100
