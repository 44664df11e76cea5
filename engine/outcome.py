"""Registers → verdicts: of each rule, of each trial and arm, of each question."""

from __future__ import annotations

from collections.abc import Mapping

from engine.lower import STEPS, step_name
from engine.program import Program
from engine.state import Truths
from engine.statements import CheckedQuestion, CheckedTrial
from engine.truth import FALSE, TRUE, UNKNOWN, Truth, conjunction
from engine.verdicts import Verdict
from engine.view import View

JUDGED = ("scope", "satisfied", "up", "excluded", "holds")  # the named conditions that a verdict reads
PLANS = frozenset((Verdict.APPLIES, Verdict.APPLIES_UNLESS))


def verdict_of(view: View, state: Truths, rule: str) -> Verdict:
    """Return the first verdict that fits, in the order of §4."""
    scope = state.truth(f"scope:{rule}")
    if view.is_off(rule):
        return Verdict.REPLACED
    if scope == FALSE or is_satisfied(view, state, rule):
        return Verdict.DOES_NOT_APPLY
    if state.truth(f"up:{rule}") == FALSE:
        return Verdict.OVERRIDDEN
    if state.truth(f"excluded:{rule}") == TRUE:
        return Verdict.CONTRAINDICATED
    if state.truth(f"holds:{rule}") == TRUE:
        return Verdict.APPLIES
    return Verdict.APPLIES_UNLESS if scope == TRUE else Verdict.UNDETERMINED


def is_satisfied(view: View, state: Truths, rule: str) -> bool:
    """Say whether what a rule requires is done."""
    return view.rules[rule].satisfied is not None and state.truth(f"satisfied:{rule}") == TRUE


def question_outcome(view: View, truths: Truths, verdicts: Mapping[str, Verdict], question: CheckedQuestion) -> str:
    """Return what a posed question comes to; a rule set aside without successor counts as silent.

    A safety rule answers only a question that holds nothing else; an exception that only takes away answers none.
    What a rule requires and is done is an answer; what may apply and is contraindicated is none yet.
    """
    held = (view.rules[r.id] for r in question.question.rules if r.id in view.rules)
    rules = [r for r in held if r.action is not None or not r.rule.excepts]
    answering = [r.id for r in rules if r.rule.kind != "safety"] or [r.id for r in rules]
    found = {verdicts[rule] for rule in answering}
    sure = [rule for rule in answering if truths.truth(f"scope:{rule}") == TRUE]
    if found & PLANS or any(is_satisfied(view, truths, rule) for rule in sure):
        return "answered"
    if any(verdicts[rule] == Verdict.CONTRAINDICATED for rule in sure):
        return "answered"
    if found & {Verdict.UNDETERMINED, Verdict.CONTRAINDICATED}:
        return "undetermined"
    return "silent" if question.question.whole else "not_encoded"


def step_verdicts(state: Truths, trial: CheckedTrial, arm: str) -> list[tuple[str, Truth]]:
    """Return each step with criteria and its truth."""
    return [(step, state.truth(name)) for step, name in steps_of(state.program, trial, arm).items()]


def steps_of(program: Program, trial: CheckedTrial, arm: str) -> dict[str, str]:
    """Return the name of the condition of each step with criteria."""
    names = ((step, step_name(trial.trial.id, arm, step)) for step in STEPS)
    return {step: name for step, name in names if name in program.names}


def trial_truth(state: Truths, trial: CheckedTrial, arm: str) -> Truth:
    """Return whether a patient is eligible: every criterion of every step met."""
    return conjunction(truth for _, truth in step_verdicts(state, trial, arm))


def trial_verdict(truth: Truth) -> str:
    """Return a truth as a trial's verdict."""
    return {FALSE: "not_eligible", UNKNOWN: "possible", TRUE: "eligible"}[truth]
