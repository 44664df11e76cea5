"""Rules against dictionary and ontology: conditions, action trees, the dose that `action où` compares."""

from __future__ import annotations

from engine.actions import SAFETY, acts_of
from engine.check import Checker
from engine.check_values import number_of
from engine.domains import Line
from engine.logic import ALWAYS, NEVER, Key, Logic, Member, conjoin
from engine.model import Act, Action, Guideline, Question, Rule, Written
from engine.names import did_you_mean, fold
from engine.ontology import Accepted
from engine.statements import CheckedAct, CheckedAction, CheckedGroup, CheckedRule
from engine.syntax import And, Compare, Condition, ItemName
from engine.units import find_unit

ACTION_BRANCHES = ("traitement", "examen")


def check_rule(
    checker: Checker, rule: Rule, guideline: Guideline, question: Question, posed: tuple[Logic, ...]
) -> CheckedRule:
    """Resolve a rule."""
    if rule.kind == "safety" and rule.action and not any(act.modality in SAFETY for act in acts_of(rule.action)):
        message = f"la règle de sécurité `{rule.id}` n'a pas de conclusion de sécurité"
        checker.problem(rule.span, "securite", message, "contre-indiquer, éviter, adapter ou exiger avant")
    return CheckedRule(
        rule, guideline, question, posed, checker.all_written(rule.conditions),
        _action(checker, rule.action) if rule.action else None,
        checker.written(rule.satisfied_if) if rule.satisfied_if else None,
    )  # fmt: skip


def _action(checker: Checker, action: Action) -> CheckedAction:
    """Resolve an action tree."""
    condition = checker.written(action.condition) if action.condition else ALWAYS
    if not isinstance(action, Act):
        return CheckedGroup(action, tuple(_action(checker, part) for part in action.parts), condition)
    ontology = checker.ontology
    found = ontology.find(action.concept, ACTION_BRANCHES)
    if found is None:
        _unknown(checker, action, f"concept « {action.concept} » inconnu", action.concept, ACTION_BRANCHES)
        return CheckedAct(action, action.concept, "", 0, Accepted(0, 0), condition)
    _exam_and_items(checker, action)
    where = _dose(checker, action.where) if action.where else None
    leaves, containing = ontology.masks[found.id], ontology.containing(found.id)
    return CheckedAct(action, found.id, found.branch, leaves, containing, condition, where)


def _exam_and_items(checker: Checker, act: Act) -> None:
    """Check what an action requires and which items it fills."""
    if act.requires and checker.ontology.find(act.requires, ACTION_BRANCHES) is None:
        _unknown(checker, act, f"« {act.requires} » inconnu", act.requires, ("examen",))
    for name in act.fills:
        if checker.dictionary.find(name) is None:
            hint = did_you_mean(name, checker.dictionary.items)
            checker.problem(act.at.get(name, act.span), "item-inconnu", f"item `{name}` inconnu", hint)


def _unknown(checker: Checker, act: Act, message: str, name: str, branches: tuple[str, ...]) -> None:
    """Note a concept that the ontology does not have."""
    hint = did_you_mean(name, checker.ontology.labels_of(branches))
    checker.problem(act.at.get(name, act.span), "concept-inconnu", message, hint)


def _dose(checker: Checker, written: Written) -> Logic:
    """Resolve a condition on the action itself: only its dose, in mg/m², can be asked."""
    checker.span = written.span
    return _on_dose(checker, written.condition, Line(find_unit("mg/m²")))


def _on_dose(checker: Checker, node: Condition, line: Line) -> Logic:
    """Resolve a comparison of the dose, or several joined by `et`."""
    if isinstance(node, And):
        return conjoin(tuple(_on_dose(checker, part, line) for part in node.parts), "dose")
    if isinstance(node, Compare) and isinstance(node.term, ItemName) and fold(node.term.text) == "dose":
        number = number_of(checker, node.value, line, None)
        if number is None:
            return NEVER
        accepted = line.compare(node.operator, number)
        return Member(Key("dose"), accepted, accepted, "dose")
    hint = 'action où: "dose >= 60 mg/m²"'
    checker.problem(checker.span, "action-ou", "`action où` compare la dose de l'action", hint)
    return NEVER
