"""Links between rules: their targets exist, no place relaxes safety, nothing comes back to itself, one replacement a place."""

from __future__ import annotations

from collections.abc import Mapping

from engine.check import Checker
from engine.model import NATION, Rule
from engine.names import did_you_mean
from engine.statements import CheckedRule

Rules = Mapping[str, CheckedRule]


def refuse_double(checker: Checker, rule: Rule, rules: Rules) -> None:
    """Refuse two rules of one name."""
    if rule.id in rules:
        hint = f"voir {rules[rule.id].rule.span.file}"
        checker.problem(rule.place_of(rule.id), "regle-double", f"la règle `{rule.id}` existe déjà", hint)


def check_links(checker: Checker, rules: Rules) -> None:
    """Verify every link of every rule."""
    replaced: dict[tuple[str, str], str] = {}
    for checked in rules.values():
        rule = checked.rule
        for target in targets_of(rule):
            if target in rules:
                _outside_safety(checker, rule, rules[target].rule)
                _wider(checker, checked, rules[target])
                _only_one(checker, checked, target, replaced)
            else:
                hint = did_you_mean(target, [name for name in rules if name != rule.id])
                checker.problem(rule.place_of(target), "regle-inconnue", f"règle `{target}` inconnue", hint)
        if _reaches(rule.id, rule.id, rules, set()):
            checker.problem(rule.span, "cycle", f"les liens de `{rule.id}` reviennent à elle-même")


def targets_of(rule: Rule) -> tuple[str, ...]:
    """Return the rules that a rule names."""
    return (*rule.excepts, *filter(None, (rule.completes, rule.replaces, rule.restricts)))


def _outside_safety(checker: Checker, rule: Rule, target: Rule) -> None:
    """Refuse to except, replace or restrict a safety rule or a legal duty from outside its document."""
    guarded = target.kind == "safety" or target.legal
    if guarded and target.document != rule.document and target.id != rule.completes:
        message = (
            f"`{target.id}` est de sécurité ou légale : hors de son document, on ne peut ni l'excepter, ni la remplacer,"
            " ni la restreindre"
        )
        checker.problem(rule.place_of(target.id), "securite-intouchable", message, "ajoutez une règle plus stricte")


def _wider(checker: Checker, checked: CheckedRule, target: CheckedRule) -> None:
    """Refuse a target that is not valid wherever the rule is."""
    there, here = target.guideline.valid_in, checked.guideline.valid_in
    if there != (NATION,) and not set(here) <= set(there):
        message = f"`{target.id}` n'est pas valable partout où l'est `{checked.id}`"
        checker.problem(checked.rule.place_of(target.id), "lieu", message)


def _only_one(checker: Checker, checked: CheckedRule, target: str, replaced: dict[tuple[str, str], str]) -> None:
    """Refuse two replacements of one rule in one place."""
    rule = checked.rule
    for place in checked.guideline.valid_in if target == rule.replaces else ():
        other = replaced.setdefault((target, place), rule.id)
        if other != rule.id:
            message = f"`{target}` est déjà remplacée par `{other}` ({place})"
            checker.problem(rule.place_of(target), "deux-remplacements", message)


def _reaches(start: str, goal: str, rules: Rules, seen: set[str]) -> bool:
    """Say whether links lead from `start` to `goal`."""
    for target in targets_of(rules[start].rule) if start in rules else ():
        if target == goal:
            return True
        if target not in seen:
            seen.add(target)
            if _reaches(target, goal, rules, seen):
                return True
    return False
