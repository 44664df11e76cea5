"""The program is held to the meaning: every verdict, every trial, every defined item, on random bases and sheets."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.logic import Key
from engine.meaning import Meaning
from engine.outcome import step_verdicts, trial_truth, verdict_of
from tests.agreement import shipped
from tests.agreement.sheets import Evaluated, evaluate
from tests.agreement.shipped import breast_sheets
from tests.agreement.written import REGION, read_base
from tests.strategies import LAW, documents, sheets

PARTS = ("condition", "up", "yields", "displaces", "above", "holds")


def assert_agree(found: Evaluated) -> None:
    """Hold every answer of the machine to the meaning."""
    view, state = found.compiled.view, found.state
    meaning = Meaning(view, found.facts, found.base.dictionary, found.base.ontology)
    for key, register in state.program.keys.items():
        if isinstance(key, Key):
            assert state.values[register] == meaning.worlds(key), key
    for rule in view.rules:
        for part in PARTS:
            assert state.truth(f"{part}:{rule}") == getattr(meaning, part)(rule), (part, rule)
        assert verdict_of(view, state, rule) == meaning.verdict(rule), rule
    for trial in view.trials:
        for arm in trial.arms():
            for step, truth in step_verdicts(state, trial, arm):
                assert truth == meaning.eligible(trial.trial.id, arm, step), (arm, step)
            assert trial_truth(state, trial, arm) == meaning.eligible(trial.trial.id, arm, "")


@LAW
@given(documents(), sheets(), st.booleans())
def test_the_program_says_what_the_meaning_says(files: dict[str, str], sheet: dict[str, Any], regional: bool) -> None:
    """Verdicts, the truths they are made of, trial steps and worlds are those of the definition."""
    base = read_base(files)
    for tumour in range(len(sheet["tumeurs"])):
        assert_agree(evaluate(base, sheet, REGION if regional else "", tumour))


@LAW
@given(breast_sheets(), st.sampled_from(("", REGION)))
def test_the_program_says_what_the_meaning_says_of_the_shipped_base(sheet: dict[str, Any], region: str) -> None:
    """The same on the rules, definitions and trials that are shipped, for random breast tumours."""
    assert_agree(evaluate(shipped.base(), sheet, region))
