"""Conditions that read UNKNOWN where every possible value agrees: `A ou (non A et B)` is better said `si … alors`."""

from __future__ import annotations

from collections.abc import Iterator

from engine.fusion import as_member, flattened
from engine.lint_words import Vocabulary
from engine.logic import All, AnyOf, Logic, Member, conjoin, walk
from engine.problems import Problem, in_text
from engine.statements import ConditionDefinition, Knowledge, checked_acts


def posed_conditions(knowledge: Knowledge) -> Iterator[Logic]:
    """Yield when questions are posed."""
    for question in knowledge.questions:
        yield from question.posed


def written_conditions(knowledge: Knowledge) -> Iterator[Logic]:
    """Yield every condition that an author wrote in rules, definitions and trials."""
    for rule in knowledge.rules.values():
        yield from (*rule.conditions, *(act.condition for act in checked_acts(rule.action)))
        yield from () if rule.satisfied is None else (rule.satisfied,)
    for definition in knowledge.definitions:
        yield definition.condition
        body = definition.body
        yield from (body.true_if, body.false_if) if isinstance(body, ConditionDefinition) else ()
    for trial in knowledge.trials:
        yield from trial.population
        yield from (criterion.logic for criterion in trial.criteria if criterion.logic is not None)


def redundant(words: Vocabulary, condition: Logic) -> Iterator[Problem]:
    """Yield each `A ou (non A et B)`: open where A is, though B alone would do."""
    for node in walk(condition):
        if isinstance(node, AnyOf) and node.span.file:
            parts = flattened(node)
            yield from (
                better_if_then(node, inner, conjoin(rest))
                for part in parts
                if isinstance(part, All)
                for inner, rest in _repeated(words, part, parts)
            )


def _repeated(words: Vocabulary, whole: All, parts: list[Logic]) -> Iterator[tuple[Logic, tuple[Logic, ...]]]:
    """Yield the part of a conjunction that only says that another alternative does not hold, with the rest."""
    for inner in whole.parts:
        if any(_covers(words, inner, part) for part in parts if part is not whole):
            yield inner, tuple(part for part in whole.parts if part is not inner)
            return


def _covers(words: Vocabulary, one: Logic, other: Logic) -> bool:
    """Say whether two comparisons of one item leave nothing out."""
    first, second = as_member(one), as_member(other)
    if not isinstance(first, Member) or not isinstance(second, Member) or first.key != second.key:
        return False
    full = words.full_of(first.key)
    return (first.sure | second.sure) & full == full  # type: ignore[operator]  # one item


def better_if_then(node: AnyOf, inner: Logic, rest: Logic) -> Problem:
    """Say that a condition is open where it need not be, and how to write it."""
    message = f"`{inner.text}` répète l'autre branche : si la donnée manque, la condition reste ouverte sans raison"
    return in_text(node.span, "ou-redite", message, f"si {inner.text} alors {rest.text}")
