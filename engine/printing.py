"""Expression → canonical French text; `read_condition(show(c)) == c` for every condition."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import assert_never

from engine.syntax import (
    And,
    AtLeast,
    Between,
    Compare,
    ConceptName,
    Condition,
    Constant,
    Contraindicated,
    Count,
    Delay,
    Documented,
    Formula,
    IfThen,
    IsA,
    ItemName,
    Judged,
    Name,
    Not,
    Number,
    OneOf,
    OnlyThose,
    Operation,
    Or,
    Rows,
    Sum,
    Value,
)

_LEVEL = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}


def show(condition: Condition) -> str:
    """Write a condition."""
    match condition:
        case Constant(value):
            return "vrai" if value else "faux"
        case Compare(term, operator, value):
            return f"{show_formula(term)} {operator} {show_value(value)}"
        case Between(term, low, high):
            return f"{show_formula(term)} entre {show_value(low)} et {show_value(high)}"
        case OneOf(term, values):
            return f"{show_formula(term)} parmi ({_list(map(show_value, values))})"
        case IsA(relation, item, concepts):
            return " ".join([*([show_formula(item)] if item else []), relation, _concepts(concepts)])
        case OnlyThose(records, concepts):
            return f"{show_formula(records)} ne comporte que {_concepts(concepts)}"
        case And(parts):
            return " et ".join(map(_inside, parts))
        case Or(parts):
            return " ou ".join(map(_inside, parts))
        case Not(part):
            return f"non {_inside(part)}"
        case AtLeast(number, parts):
            return f"au moins {number} parmi ({' ; '.join(map(show, parts))})"
        case IfThen():
            return _if_then(condition)
        case Rows(quantifier, number, records, where):
            count = ("un " if number == 1 else f"{number} ") if quantifier == "au moins" else ""
            return f"{quantifier} {count}{show_formula(records)}{_where(where)}"
        case Documented(item, where):
            return f"documenté({show_formula(item)}{_where(where)})"
        case Judged(identifier):
            return f"à apprécier {identifier}"
        case Contraindicated(concept):
            return f"contre_indiqué({show_value(concept)})"
    assert_never(condition)


def show_value(value: Value) -> str:
    """Write a value."""
    match value:
        case Number(number, unit):
            return " ".join(filter(None, (show_number(number), unit)))
        case Name(text):
            return text
        case ConceptName(text):
            return f"« {text} »"
    assert_never(value)


def show_number(number: Decimal) -> str:
    """Write a number with the decimal comma."""
    return format(number.normalize() + 0, "f").replace(".", ",")


def show_formula(formula: Formula, level: int = 0) -> str:
    """Write a formula or a term."""
    match formula:
        case Number():
            return show_value(formula)
        case ItemName(text, selector, outer):
            chosen = f" ({_selector(formula)})" if selector else ""
            return ("fiche." if outer else "") + text + chosen
        case Delay(start, end):
            return f"délai({show_formula(start)}, {show_formula(end)})"
        case Count(records, where):
            return f"nombre({show_formula(records)}{_where(where)})"
        case Sum(records, column, where):
            return f"somme({show_formula(records)}.{column}{_where(where)})"
        case Operation(operator, operands):
            return _operation(operator, operands, level)
    assert_never(formula)


def _operation(operator: str, operands: tuple[Formula, ...], level: int) -> str:
    own = _LEVEL.get(operator)
    if own is None:
        return f"{operator}({' ; '.join(map(show_formula, operands))})"
    left, right = operands
    if operator == "^":
        return f"{_factor(left)} ^ {_factor(right)}"
    text = f"{show_formula(left, own)} {operator} {show_formula(right, own + 1)}"
    return f"({text})" if own < level else text


def _factor(formula: Formula) -> str:
    text = show_formula(formula)
    return f"({text})" if isinstance(formula, Operation) and formula.operator in _LEVEL else text


def _selector(item: ItemName) -> str:
    selector = item.selector
    assert selector is not None
    number = [show_number(selector.number)] if selector.number is not None else []
    return " ".join(filter(None, [selector.kind, *number, selector.unit]))


def _if_then(condition: IfThen) -> str:
    otherwise = f" sinon {_inside(condition.otherwise)}" if condition.otherwise is not None else ""
    return f"si {_inside(condition.test)} alors {_inside(condition.then)}{otherwise}"


def _inside(condition: Condition) -> str:
    return f"({show(condition)})" if isinstance(condition, And | Or | IfThen) else show(condition)


def _where(where: Condition | None) -> str:
    return f" où ({show(where)})" if where is not None else ""


def _concepts(concepts: tuple[ConceptName, ...]) -> str:
    texts = [show_value(concept) for concept in concepts]
    return texts[0] if len(texts) == 1 else f"parmi ({', '.join(texts)})"


def _list(values: Iterable[str]) -> str:
    texts = list(values)
    return (" ; " if any(text[:1].isdigit() for text in texts) else ", ").join(texts)
