"""The way back (`inverse: oui`): conditions and bodies of definitions that read stated values only."""

from __future__ import annotations

from dataclasses import replace

from engine.logic import All, Answered, AnyOf, Contrary, Enough, Key, Known, Logic, Member, Some
from engine.statements import Body, ChoiceDefinition, ConditionDefinition, FormulaDefinition, TableDefinition


def stated(node: Logic) -> Logic:
    """Return the same condition on stated values only."""
    match node:
        case Member(key) | Known(key) if isinstance(key, Key) and not key.column:
            return replace(node, key=key._replace(stated=True))
        case All(parts) | AnyOf(parts):
            return replace(node, parts=tuple(map(stated, parts)))
        case Enough(_, parts):
            return replace(node, parts=tuple(map(stated, parts)))
        case Contrary(part):
            return replace(node, part=stated(part))
        case Some() | Answered():
            return replace(node, stated=True)
    return node


def stated_body(body: Body | None) -> Body | None:
    """Return the same body on stated values only."""
    match body:
        case TableDefinition(rows, collect):
            return TableDefinition(tuple((stated(logic), output) for logic, output in rows), collect)
        case ConditionDefinition(true_if, false_if):
            return ConditionDefinition(stated(true_if), stated(false_if))
        case ChoiceDefinition(keys):
            return ChoiceDefinition(tuple(key._replace(stated=True) for key in keys))
        case FormulaDefinition(rows, names):
            read = {name: key._replace(stated=True) for name, key in names.items()}
            return FormulaDefinition(tuple((stated(logic), formula) for logic, formula in rows), read)
    return None
