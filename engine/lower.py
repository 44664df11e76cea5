"""Rules, actions and trials → named conditions: exceptions, arms and safety become ordinary logic.

`statements_of` gives one mapping of names to conditions; a condition refers to another by `Said(name)`.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.doses import dose_truth
from engine.logic import ALWAYS, NEVER, Barred, Contrary, Fixed, Logic, Said, conjoin, disjoin
from engine.statements import CheckedAct, CheckedAction, CheckedTrial, checked_acts
from engine.truth import UNKNOWN
from engine.view import View, treats

NOT_ENCODED = Fixed(UNKNOWN, "critère non encodé")
STEPS = ("sélection", "inclusion", "randomisation")


def statements_of(view: View) -> Mapping[str, Logic]:
    """Return every named condition of a view."""
    named: dict[str, Logic] = {}
    for question in view.questions:
        named[f"posed:{question.question.id}"] = conjoin(question.posed)
    for rule in view.rules:
        named |= _rule(view, rule)
    for text, condition in view.access.items():
        named[access_name(text)] = condition
    for trial in view.trials:
        named |= _trial(trial)
    return named


def access_name(text: str) -> str:
    """Return the name of the condition of an access layer."""
    return f"access:{text}"


def _rule(view: View, rule: str) -> Mapping[str, Logic]:
    """Write the four formulas of §4 for one rule, and when every alternative of it is contraindicated."""
    checked = view.rules[rule]
    completed = checked.rule.completes
    own = view.own(rule)
    exceptions = [e for e in view.exceptions.get(rule, ()) if e not in view.replaced]
    silent = [e for e in exceptions if not view.has_conclusion(e)]
    yielding = disjoin(tuple(Said(f"yields:{e}") for e in exceptions))
    given_back = disjoin(tuple(conjoin((Said(f"up:{e}"), _not(yielding))) for e in silent))
    concluded = Said(f"up:{rule}") if view.has_conclusion(rule) else NEVER
    above = [conjoin((Said(f"condition:{p}"), Said(f"above:{p}"))) for p in view.parents(rule)]
    named = {
        f"condition:{rule}": conjoin((own, Said(f"holds:{completed}"))) if completed in view.rules else own,
        f"up:{rule}": conjoin(
            (Said(f"condition:{rule}"), _not(disjoin(tuple(Said(f"displaces:{e}") for e in exceptions))))
        ),
        f"yields:{rule}": conjoin((Said(f"condition:{rule}"), disjoin((concluded, yielding)))),
        f"displaces:{rule}": conjoin((Said(f"condition:{rule}"), _not(given_back))),
        f"above:{rule}": disjoin(tuple(above)) if above else ALWAYS,
        f"holds:{rule}": conjoin((Said(f"up:{rule}"), Said(f"above:{rule}"))),
        f"scope:{rule}": conjoin((Said(f"condition:{rule}"), Said(f"above:{rule}"))),
        f"excluded:{rule}": excluded(checked.action) if checked.action else NEVER,
    }
    if checked.satisfied is not None:
        named[f"satisfied:{rule}"] = checked.satisfied
    for number, act in enumerate(checked_acts(checked.action)):
        named[f"act:{rule}:{number}"] = act.condition
    return named


def excluded(action: CheckedAction) -> Logic:
    """Write when every alternative of an action is contraindicated (one is if one of its parts is)."""
    if isinstance(action, CheckedAct):
        return Barred(action.concept, action.act.dose) if treats(action) else NEVER
    if action.group.kind != "choice":
        return disjoin(tuple(conjoin((part.condition, excluded(part))) for part in action.parts))
    return conjoin(tuple(disjoin((_not(part.condition), excluded(part))) for part in action.parts))


def barring(view: View, leaves: int, dose: str) -> Logic:
    """Write the contraindications that surely reach a treatment at a dose."""
    reaches = [r for r in view.reaching(leaves) if r.modality == "contraindicate" and r.sure]
    dosed = (Fixed(dose_truth(r.act.where, dose), "dose") for r in reaches)
    return disjoin(
        tuple(conjoin((Said(f"holds:{r.rule}"), r.act.condition, at)) for r, at in zip(reaches, dosed, strict=True))
    )


def _trial(checked: CheckedTrial) -> Mapping[str, Logic]:
    """Write the population, each criterion (met), and each arm at each step."""
    trial = checked.trial
    named: dict[str, Logic] = {f"population:{trial.id}": conjoin(checked.population)}
    for one in checked.criteria:
        met: Logic = one.logic or NOT_ENCODED
        named[criterion_name(trial.id, one.arm, one.criterion.id)] = (
            _not(met) if one.criterion.kind == "exclusion" else met
        )
    for arm in checked.arms():
        for step in STEPS:
            members = [c for c in checked.of_arm(arm) if c.criterion.step == step]
            names = tuple(Said(criterion_name(trial.id, c.arm, c.criterion.id)) for c in members)
            if names:
                named[step_name(trial.id, arm, step)] = conjoin(names)
    return named


def criterion_name(trial: str, arm: str, criterion: str) -> str:
    """Return the name of the condition that a criterion is met."""
    return f"criterion:{trial}:{arm}:{criterion}"


def step_name(trial: str, arm: str, step: str) -> str:
    """Return the name of the condition that every criterion of a step is met."""
    return f"step:{trial}:{arm}:{step}"


def _not(logic: Logic) -> Logic:
    return ALWAYS if logic == NEVER else NEVER if logic == ALWAYS else Contrary(logic)
