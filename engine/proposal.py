"""The board's own proposal: what safety says of it, which recommendations it follows, and where it departs from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.ontology import Accepted
from engine.outcome import PLANS
from engine.proposed import Proposed
from engine.statements import CheckedAct, CheckedAction, CheckedGroup, CheckedRule
from engine.truth import FALSE
from engine.view import treats
from engine.worked import Worked

STATUSES = ("recommended", "may_be", "undetermined", "contraindicated", "departs")
_PLANS = frozenset(verdict.value for verdict in PLANS)
Json = dict[str, Any]


def proposal_of(answer: Worked) -> Json | None:
    """Return the proposal of the board checked against what applies; None where the sheet has none for the tumour."""
    found = answer.proposed
    if not found:
        return None
    rules = [rule for rule in answer.live if rule.rule.kind == "recommendation" and _acts(answer, rule)]
    applying = [rule for rule in rules if answer.verdicts[rule.id] in PLANS]
    return {
        "treatments": [_treatment(answer, one, rules) for one in found],
        "left_out": [_left_out(answer, rule, found) for rule in applying if not _follows(answer, rule.action, found)],
    }


def _treatment(answer: Worked, one: Proposed, rules: Iterable[CheckedRule]) -> Json:
    """Return one treatment with its safety and the rules whose plan it is, or may be (the sheet says it coarsely)."""
    fits = [
        {"id": rule.id, "title": rule.rule.title, "verdict": answer.verdicts[rule.id].value, "exactly": exactly}
        for rule in rules
        if (exactly := _fit(answer, rule, one)) is not None
    ]
    text = one.shown or answer.base.ontology.concepts[one.act.concept].label(answer.wanted.language)
    checked = CheckedAct(one.act, text, "traitement", one.leaves, Accepted(one.leaves, one.leaves))
    return {
        "text": text,
        "intent": one.act.intent or None,
        "origin": one.origin,
        "certain": one.certain,
        "status": _status(fits),
        "rules": fits,
        "safety": answer.planner.safety(checked),
    }


def _status(fits: Iterable[Json]) -> str:
    """Say what the recommendations make of a treatment: the best that one of them says."""
    kinds = {
        fit["verdict"] if fit["verdict"] not in _PLANS else "recommended" if fit["exactly"] else "may_be"
        for fit in fits
    }
    return next((kind for kind in STATUSES if kind in kinds), STATUSES[-1])


def _fit(answer: Worked, rule: CheckedRule, one: Proposed) -> bool | None:
    """Say whether a treatment is what a rule proposes (True), may be, being said coarsely (False), or is not (None)."""
    fits = [act.leaves | one.leaves == act.leaves for act in _acts(answer, rule) if _may_be(act, one)]
    return any(fits) if fits else None


def _may_be(act: CheckedAct, one: Proposed) -> bool:
    """Say whether a treatment lies below an act or contains all of it, for an intent that can be the same."""
    same = not act.act.intent or not one.act.intent or act.act.intent == one.act.intent
    return same and (act.leaves | one.leaves) in (act.leaves, one.leaves)


def _acts(answer: Worked, rule: CheckedRule) -> list[CheckedAct]:
    return [act for act in answer.planner.live(rule.action) if treats(act)]


def _follows(answer: Worked, action: CheckedAction | None, found: Iterable[Proposed]) -> bool:
    """Say whether a plan is proposed, as far as can be told: one of a choice, every part of the rest."""
    if action is None or answer.planner.stands(action.condition) == FALSE:
        return True
    if isinstance(action, CheckedAct):
        return not treats(action) or any(_may_be(action, one) for one in found)
    follows = [_follows(answer, part, found) for part in action.parts if answer.planner.stands(part.condition) != FALSE]
    return any(follows) if isinstance(action, CheckedGroup) and action.group.kind == "choice" else all(follows)


def _left_out(answer: Worked, rule: CheckedRule, found: Iterable[Proposed]) -> Json:
    """Return a recommendation that applies and is not, or not wholly, proposed: what of it is missing."""
    missing = [act.concept for act in _acts(answer, rule) if not any(_may_be(act, one) for one in found)]
    concepts = answer.base.ontology.concepts
    labels = [concepts[concept].label(answer.wanted.language) for concept in dict.fromkeys(missing)]
    return {"id": rule.id, "title": rule.rule.title, "verdict": answer.verdicts[rule.id].value, "missing": labels}
