"""Plans that can't stand together: a treatment with what excludes it, two exceptions with different outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any

from engine.statements import CheckedAct, CheckedRule
from engine.truth import TRUE
from engine.verdicts import Verdict
from engine.view import View, treats
from engine.worked import Worked


def conflicts_of(answer: Worked, live: Iterable[CheckedRule]) -> list[dict[str, Any]]:
    """Return every conflict between rules that apply."""
    applied = [rule for rule in live if answer.verdicts[rule.id] == Verdict.APPLIES]
    found = [c for one, other in combinations(applied, 2) if (c := _excluded(answer, one, other)) is not None]
    return found + _exceptions(answer)


def _excluded(answer: Worked, one: CheckedRule, other: CheckedRule) -> dict[str, Any] | None:
    """Return the conflict of two rules of one question of which one excludes what the other proposes."""
    if one.rule.question != other.rule.question:
        return None
    for first in _given(answer, one):
        for second in _given(answer, other):
            if _meets(answer, first, second) or _meets(answer, second, first):
                return {"kind": "exclusion", "rules": [one.id, other.id], "actions": [first.concept, second.concept]}
    return None


def _given(answer: Worked, rule: CheckedRule) -> list[CheckedAct]:
    return [act for act in answer.planner.live(rule.action) if treats(act)]


def _meets(answer: Worked, excluding: CheckedAct, given: CheckedAct) -> bool:
    """Say whether one act excludes the other, for the same intent."""
    ontology = answer.base.ontology
    excluded = ontology.concepts[excluding.concept].excludes
    same = not excluding.act.intent or not given.act.intent or excluding.act.intent == given.act.intent
    return same and any(ontology.is_a(given.concept, concept) for concept in excluded)


def _exceptions(answer: Worked) -> list[dict[str, Any]]:
    """Return two exceptions of one rule that displace together with different outcomes."""
    view, found = answer.ready.view, []
    for rule, exceptions in view.exceptions.items():
        displacing = [e for e in exceptions if answer.state.truth(f"displaces:{e}") == TRUE and e in view.rules]
        for one, other in combinations(displacing, 2):
            linked = one in _above(view, other) or other in _above(view, one)
            if not linked and view.rules[one].rule.action != view.rules[other].rule.action:
                found.append({"kind": "exceptions", "rules": [one, other], "of": rule})
    return found


def _above(view: View, rule: str) -> frozenset[str]:
    """Return every rule that a rule excepts, directly or up the chain."""
    parents = view.parents(rule)
    return frozenset(parents).union(*(_above(view, parent) for parent in parents))
