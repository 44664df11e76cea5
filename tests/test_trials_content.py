"""The shipped trials say what their sources say: steps, conditional criteria, formulas, and each status with its source."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.library import texts
from engine.cases import Ran, evaluate_case, run_cases, sheet_of
from engine.lower import criterion_name
from engine.model import Case
from engine.outcome import step_verdicts
from engine.sheet import read_sheet
from engine.snapshot import Base
from engine.statements import CheckedTrial
from engine.truth import FALSE, TRUE, UNKNOWN

DAY = date(2026, 11, 20)
FOUR = ("NCT01564056", "NCT02339532", "NCT03079011", "NCT04675827")
VERDICTS = {"éligible", "possible", "non éligible", "hors sujet"}


@pytest.fixture(scope="module")
def base() -> Base:
    """Return the shipped base."""
    return Base.read(texts())


@pytest.fixture(params=FOUR)
def trial(request: pytest.FixtureRequest, base: Base) -> CheckedTrial:
    """Return one of the four trials."""
    return trial_of(base, str(request.param))


def trial_of(base: Base, identifier: str) -> CheckedTrial:
    """Return a trial by its registry number."""
    return next(t for t in base.knowledge.trials if t.trial.id == identifier)


def test_no_problem_in_the_documents(base: Base) -> None:
    assert [p for p in base.problems if p.span.file.startswith("knowledge/trials/")] == []


def test_every_case_comes_out(base: Base) -> None:
    ran = [each for each in run_cases(base) if isinstance(each, Ran) and each.subject in FOUR]
    assert len(ran) == sum(len(trial_of(base, each).trial.cases) for each in FOUR)
    assert [each for each in ran if not each.right] == []


def test_cases_show_every_verdict(trial: CheckedTrial) -> None:
    assert {str(case.expected) for case in trial.trial.cases} == VERDICTS


def test_each_case_fails_by_its_own_criterion_alone(base: Base, trial: CheckedTrial) -> None:
    for case in trial.trial.cases:
        truths = criteria(base, trial, case)
        if case.expected == "non éligible":
            assert [name for name, truth in truths.items() if truth == FALSE][1:] == [], case.name
        elif case.expected != "hors sujet":
            assert FALSE not in truths.values(), case.name


def criteria(base: Base, checked: CheckedTrial, case: Case) -> dict[str, int]:
    """Return whether each criterion is met in a case."""
    sheet = read_sheet(sheet_of(case.sheet, base.dictionary), base.dictionary, base.ontology, texts=True)
    _, state = evaluate_case(base, case, sheet)
    return {c.id: state.truth(criterion_name(checked.trial.id, "", c.id)) for c in checked.trial.criteria}


def test_a_trial_read_in_part_says_so(trial: CheckedTrial) -> None:
    assert not trial.trial.complete
    assert trial.trial.status == "à valider"
    assert trial.trial.source.url.startswith("https://")


def test_every_status_has_its_source(trial: CheckedTrial) -> None:
    assert trial.trial.recruitment
    assert all(entry["source"] for entry in trial.trial.recruitment)
    assert {entry["statut"] for entry in trial.trial.recruitment} <= {"ouvert", "fermé", "suspendu", "terminé"}


def test_three_registers_that_disagree_are_all_kept(base: Base) -> None:
    recruitment = trial_of(base, "NCT04675827").trial.recruitment
    assert [entry["statut"] for entry in recruitment] == ["ouvert", "suspendu", "fermé"]
    assert recruitment[0]["date"] == "2024-01-15"


def test_each_criterion_can_be_evaluated_judged_or_read(trial: CheckedTrial) -> None:
    assert all(c.text and (c.encoded or c.state) for c in trial.trial.criteria)
    assert all(c.id[0] == ("I" if c.kind == "inclusion" else "E") for c in trial.trial.criteria)


def test_aster_gates_randomisation_on_the_genomic_grade(base: Base) -> None:
    aster = trial_of(base, "NCT01564056")
    assert [c.id for c in aster.trial.criteria if c.step == "randomisation"] == ["I18"]
    case = next(c for c in aster.trial.cases if c.name == "grade génomique en attente")
    assert steps(base, aster, case) == {"sélection": TRUE, "randomisation": UNKNOWN}
    case = next(c for c in aster.trial.cases if c.name.startswith("grade génomique faible"))
    assert steps(base, aster, case) == {"sélection": TRUE, "randomisation": FALSE}


def steps(base: Base, checked: CheckedTrial, case: Case) -> dict[str, int]:
    """Return the truth of each step for a case."""
    sheet = read_sheet(sheet_of(case.sheet, base.dictionary), base.dictionary, base.ontology, texts=True)
    _, state = evaluate_case(base, case, sheet)
    return dict(step_verdicts(state, checked, ""))


@pytest.mark.parametrize(
    ("identifier", "number", "words"),
    [
        ("NCT01564056", "I15", "clairance_mdrd"),
        ("NCT02339532", "I15", "clairance_mdrd"),
        ("NCT02339532", "I15", "LSN"),
        ("NCT02339532", "I4", "si cT = T1c alors"),
        ("NCT04675827", "I8", "moins de 7 jours"),
    ],
)
def test_formula_limit_and_window_are_named(identifier: str, number: str, words: str) -> None:
    document = texts()[f"knowledge/trials/{identifier}.yaml"]
    entry = document.split(f"id: {number}," if f"id: {number}," in document else f"id: {number}\n")[1].split("id: ")[0]
    assert words in entry


FIELDS = {
    "NCT03079011": 11,
    "NCT01564056": 17,
    "NCT04675827": 9,
    "NCT02339532": 16,
}


@pytest.mark.parametrize("identifier", FOUR)
def test_no_fact_of_the_source_is_left_out(base: Base, shared: Path, identifier: str) -> None:
    facts = json.loads((shared / "content" / "fr25_trials.json").read_text(encoding="utf-8"))
    entry: dict[str, Any] = next(t for t in facts if t["id"] == identifier)
    kinds = Counter(c["kind"] for c in entry["criteria"])
    if identifier == "NCT01564056":  # the exclusion « cM = M1 » says I5 again
        kinds["exclusion"] -= 1
    checked = trial_of(base, identifier)
    encoded = Counter(c.kind for c in checked.trial.criteria if c.encoded)
    assert encoded["inclusion"] >= kinds["inclusion"]
    assert encoded["exclusion"] == kinds["exclusion"]
    assert len(entry["criteria"]) == FIELDS[identifier]
