"""Trials against dictionary and ontology: population and criteria, those of arms included."""

from __future__ import annotations

from engine.check import Checker
from engine.domains import YES
from engine.logic import Key, Member
from engine.model import Criterion, Trial
from engine.names import did_you_mean
from engine.statements import CheckedCriterion, CheckedTrial


def check_trial(checker: Checker, trial: Trial) -> CheckedTrial:
    """Resolve a trial."""
    criteria = [_criterion(checker, criterion, "") for criterion in trial.criteria]
    criteria += [_criterion(checker, criterion, arm.id) for arm in trial.arms for criterion in arm.criteria]
    return CheckedTrial(trial, checker.all_written(trial.population), tuple(criteria))


def _criterion(checker: Checker, criterion: Criterion, arm: str) -> CheckedCriterion:
    """Resolve a criterion; one that is doubtful or not encoded stays UNKNOWN, though its condition must read."""
    logic = checker.written(criterion.condition) if criterion.condition else None
    if criterion.state and "juger" not in criterion.state:
        return CheckedCriterion(criterion, arm, None)
    if not criterion.judge:
        return CheckedCriterion(criterion, arm, logic)
    if checker.dictionary.judgement(criterion.judge) is None:
        hint = did_you_mean(criterion.judge, checker.dictionary.judgements)
        checker.problem(criterion.span, "jugement-inconnu", f"jugement `{criterion.judge}` inconnu", hint)
        return CheckedCriterion(criterion, arm, None)
    judged = Member(Key(criterion.judge), YES, YES, f"à apprécier {criterion.judge}")
    return CheckedCriterion(criterion, arm, judged)
