"""`contre_indiqué(« X »)` in rules: what contraindicates X may not itself hang on the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from engine.check import Checker
from engine.logic import Barred, Logic, walk
from engine.statements import (
    CheckedAction,
    CheckedDefinition,
    CheckedGroup,
    CheckedRule,
    ConditionDefinition,
    TableDefinition,
    checked_acts,
)

Rules = Mapping[str, CheckedRule]


def refuse_barred_circles(checker: Checker, rules: Rules) -> None:
    """Refuse a rule that asks for a contraindication that hangs on the rule itself."""
    asked = {name: tuple(_asked(checked)) for name, checked in rules.items()}
    if not any(asked.values()):
        return
    below = {name: frozenset(_contraindicating(checker, rules, asked, name)) for name in rules}
    for name, nodes in asked.items():
        if nodes and name in _reached(below, name):
            message = f"`{name}` dépend d'elle-même : ce que `{nodes[0].text}` demande dépend de cette règle"
            checker.problem(nodes[0].span, "cycle", message, "écrivez la condition elle-même")


def refuse_barred(checker: Checker, definition: CheckedDefinition) -> None:
    """Refuse a definition that asks for a contraindication, since contraindications read definitions."""
    for node in _barred((definition.condition, *_of_body(definition))):
        message = "une définition ne demande pas `contre_indiqué` : les contre-indications lisent les définitions"
        checker.problem(node.span, "definition", message, "écrivez la condition elle-même")


def _of_body(definition: CheckedDefinition) -> tuple[Logic, ...]:
    match definition.body:
        case ConditionDefinition(true_if, false_if):
            return true_if, false_if
        case TableDefinition(rows):
            return tuple(logic for logic, _ in rows)
    return ()


def _asked(checked: CheckedRule) -> Iterator[Barred]:
    """Yield the contraindications that the conditions of a rule ask for."""
    satisfied = () if checked.satisfied is None else (checked.satisfied,)
    return _barred((*checked.posed, *checked.conditions, *satisfied, *_of_action(checked.action)))


def _of_action(action: CheckedAction | None) -> Iterator[Logic]:
    if action is not None:
        yield action.condition
        for part in action.parts if isinstance(action, CheckedGroup) else ():
            yield from _of_action(part)


def _barred(conditions: tuple[Logic, ...]) -> Iterator[Barred]:
    return (node for condition in conditions for node in walk(condition) if isinstance(node, Barred))


def _contraindicating(
    checker: Checker, rules: Rules, asked: Mapping[str, tuple[Barred, ...]], name: str
) -> Iterator[str]:
    """Yield the rules whose contraindication a rule reads: itself, what it hangs on, or what hangs on it."""
    for member in _family(rules, name):
        for node in asked.get(member, ()):
            leaves = checker.ontology.masks[node.concept]
            for other in rules.values():
                acts = (act for act in checked_acts(other.action) if act.act.modality == "contraindicate")
                if any(leaves & act.containing.sure == leaves for act in acts):
                    yield other.id


def _family(rules: Rules, name: str) -> frozenset[str]:
    """Return a rule, the rules above it, and the exceptions and restrictions below it."""
    up = {one: (*checked.rule.excepts, checked.rule.completes) for one, checked in rules.items()}
    down: dict[str, list[str]] = {}
    for one, checked in rules.items():
        for parent in (*checked.rule.excepts, checked.rule.restricts):
            down.setdefault(parent, []).append(one)
    return frozenset((name,)) | _reached(up, name) | _reached(down, name)


def _reached(links: Mapping[str, Collection[str]], start: str) -> frozenset[str]:
    """Return everything that links lead to."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = [name for name in links.get(waiting.pop(), ()) if name not in found]
        found.update(new)
        waiting += new
    return frozenset(found)
