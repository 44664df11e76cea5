"""The board's own proposal: what safety says of it, which recommendations it follows, and where it departs from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engine.ontology import Accepted
from engine.outcome import PLANS
from engine.proposed import Proposed
from engine.statements import CheckedAct, CheckedAction, CheckedGroup, CheckedRule
from engine.truth import FALSE, TRUE, UNKNOWN
from engine.view import treats
from engine.worked import Worked

STATUSES = ("recommended", "may_be", "undetermined", "contraindicated", "departs", "silent")
_PLANS = frozenset(verdict.value for verdict in PLANS)
BARRED = "contraindicated"
Json = dict[str, Any]
Fit = tuple[bool, bool]


def proposal_of(answer: Worked) -> Json | None:
    """Return the proposal of the board checked against what applies; None where the sheet has none for the tumour."""
    found = answer.proposed
    if not found:
        return None
    rules = [r for r in answer.live if r.rule.kind == "recommendation" and any(_acts(answer, r.action))]
    applying = [rule for rule in rules if answer.verdicts[rule.id] in PLANS]
    usable = [one for one in found if answer.planner.safety(_checked(answer, one))["status"] != BARRED]
    return {
        "treatments": [_treatment(answer, one, rules, "departs" if applying else "silent") for one in found],
        "left_out": [_left_out(answer, rule, usable) for rule in applying if not _follows(answer, rule.action, usable)],
    }


def _treatment(answer: Worked, one: Proposed, rules: Iterable[CheckedRule], otherwise: str) -> Json:
    """Return one treatment with its safety and the rules whose plan it is, or may be (the sheet says it coarsely).

    `otherwise` is its status where no plan is it: it departs from what applies; where nothing applies, none says anything.
    """
    found = [(rule, fits) for rule in rules if (fits := _fits(answer, rule, one))]
    checked = _checked(answer, one)
    safety = answer.planner.safety(checked)
    status = _status(((answer.verdicts[rule.id].value, fits) for rule, fits in found), otherwise)
    return {
        "text": checked.concept,
        "intent": one.act.intent or None,
        "origin": one.origin,
        "certain": one.certain,
        "status": BARRED if found and safety["status"] == BARRED else status,
        "rules": [
            {
                "id": rule.id,
                "title": rule.rule.title,
                "verdict": answer.verdicts[rule.id].value,
                "exactly": any(exactly for exactly, _ in fits),
            }
            for rule, fits in found
        ],
        "safety": safety,
    }


def _checked(answer: Worked, one: Proposed) -> CheckedAct:
    """Return a treatment as an action that safety can reach."""
    text = one.shown or answer.base.ontology.concepts[one.act.concept].label(answer.wanted.language)
    return CheckedAct(one.act, text, "traitement", one.leaves, Accepted(one.leaves, one.leaves))


def _status(found: Iterable[tuple[str, Iterable[Fit]]], otherwise: str) -> str:
    """Say what the recommendations make of a treatment: the best that one of them says."""
    kinds = {_kind(verdict, *fit) for verdict, fits in found for fit in fits}
    return next((kind for kind in STATUSES if kind in kinds), otherwise)


def _kind(verdict: str, exactly: bool, sure: bool) -> str:
    if verdict not in _PLANS:
        return verdict
    return "may_be" if not exactly else "recommended" if sure else "undetermined"


def _fits(answer: Worked, rule: CheckedRule, one: Proposed) -> list[Fit]:
    """Return the acts of a rule that a treatment is or may be: whether it surely is, and whether the act surely stays."""
    return [(_is(act, one), sure) for act, sure in _acts(answer, rule.action) if _may_be(act, one)]


def _is(act: CheckedAct, one: Proposed) -> bool:
    """Say whether what may be an act is it: no coarser, and of no other intent."""
    return act.leaves | one.leaves == act.leaves and (not act.act.intent or len(one.intents) < 2)


def _may_be(act: CheckedAct, one: Proposed) -> bool:
    """Say whether a treatment lies below an act or contains all of it, for an intent that can be the same."""
    same = not act.act.intent or not one.intents or act.act.intent in one.intents
    return same and (act.leaves | one.leaves) in (act.leaves, one.leaves)


def _acts(answer: Worked, action: CheckedAction | None, sure: bool = True) -> Iterator[tuple[CheckedAct, bool]]:
    """Yield the treatments of a plan that did not drop, and whether each surely stays."""
    stands = FALSE if action is None else answer.planner.stands(action.condition)
    sure = sure and stands == TRUE
    if isinstance(action, CheckedGroup) and stands != FALSE:
        for part in action.parts:
            yield from _acts(answer, part, sure)
    elif isinstance(action, CheckedAct) and stands != FALSE and treats(action):
        yield action, sure


def _follows(answer: Worked, action: CheckedAction | None, found: Iterable[Proposed]) -> bool:
    """Say whether a plan is proposed, as far as can be told: one of a choice, every part of the rest that surely stays."""
    if action is None or answer.planner.stands(action.condition) == FALSE:
        return True
    if isinstance(action, CheckedAct):
        return not treats(action) or any(_may_be(action, one) for one in found)
    stays = [(part, answer.planner.stands(part.condition)) for part in action.parts]
    if action.group.kind == "choice":
        follows = (_follows(answer, part, found) for part, stands in stays if stands != FALSE)
        return any(follows) or all(stands == UNKNOWN for _, stands in stays)
    return all(_follows(answer, part, found) for part, stands in stays if stands == TRUE)


def _left_out(answer: Worked, rule: CheckedRule, found: Iterable[Proposed]) -> Json:
    """Return a recommendation that applies and is not, or not wholly, proposed: what of it is missing."""
    missing = [
        act.concept
        for act, sure in _acts(answer, rule.action)
        if sure and not any(_may_be(act, one) for one in found) and answer.planner.safety(act)["status"] != BARRED
    ]
    concepts = answer.base.ontology.concepts
    labels = [concepts[concept].label(answer.wanted.language) for concept in dict.fromkeys(missing)]
    return {"id": rule.id, "title": rule.rule.title, "verdict": answer.verdicts[rule.id].value, "missing": labels}
