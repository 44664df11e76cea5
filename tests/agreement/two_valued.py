"""A second reading of conditions where everything is known: plain truth over one value an item, by the words of the page."""

from __future__ import annotations

import calendar
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine.dictionary import Item
from engine.syntax import (
    And,
    AtLeast,
    Between,
    Compare,
    ConceptName,
    Condition,
    Constant,
    Count,
    Delay,
    Documented,
    IfThen,
    IsA,
    ItemName,
    Judged,
    Name,
    Not,
    Number,
    OneOf,
    OnlyThose,
    Or,
    Rows,
    Sum,
    Term,
    Value,
)
from tests.agreement import vocabulary

RowValues = Mapping[str, Any]
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Undecided(Exception):
    """A leaf that may or may not contain what is asked: « doublet de platine » and cisplatine."""


@dataclass(frozen=True, slots=True)
class World:
    """One complete patient: a leaf or a number for each item, all rows of each list, the day."""

    items: Mapping[str, Any]
    rows: Mapping[str, Sequence[RowValues]]
    today: date

    def holds(self, node: Condition, row: RowValues | None = None, records: str = "") -> bool:
        """Say whether a condition is true."""
        match node:
            case Constant(value):
                return value
            case And(parts):
                return all(self.holds(part, row, records) for part in parts)
            case Or(parts):
                return any(self.holds(part, row, records) for part in parts)
            case Not(part):
                return not self.holds(part, row, records)
            case AtLeast(number, parts):
                return sum(self.holds(part, row, records) for part in parts) >= number
            case IfThen(test, then, otherwise):
                if self.holds(test, row, records):
                    return self.holds(then, row, records)
                return otherwise is None or self.holds(otherwise, row, records)
            case Compare(term, sign, value):
                return self.compared(term, sign, value, row, records)
            case Between(term, low, high):
                return self.compared(term, ">=", low, row, records) and self.compared(term, "<=", high, row, records)
            case OneOf(term, values):
                return any(self.compared(term, "=", value, row, records) for value in values)
            case Judged(identifier):
                return bool(self.items[identifier] == "oui")
            case Documented():
                return True
        return self.about_rows(node, row, records)

    def about_rows(self, node: Condition, row: RowValues | None, records: str) -> bool:
        match node:
            case Rows(quantifier, number, name, where):
                matching = len(self.matching(name.text, where))
                whole = len(self.rows[name.text])
                return {"au moins": matching >= number, "aucun": matching == 0, "tous": matching == whole}[quantifier]
            case OnlyThose(name, wanted):
                return all(self.concept_is("est", self.axis(name.text), r, wanted) for r in self.rows[name.text])
            case IsA("comporte", ItemName(text), wanted):
                return any(self.concept_is("est", self.axis(text), r, wanted) for r in self.rows[text])
            case IsA(relation, None, wanted):
                return self.concept_is(relation, self.axis(records), row or {}, wanted)
            case IsA("est", ItemName("histologie"), (entity,)):
                axes = vocabulary.ontology().concepts[entity.text].unfolds
                return all(
                    self.concept_is("est", axis, self.items, tuple(map(ConceptName, names)))
                    for axis, names in axes.items()
                )
            case IsA(relation, ItemName(text, _, outer), wanted):
                return self.concept_is(relation, text, self.items if outer or row is None else row, wanted)
        raise AssertionError(node)

    def axis(self, records: str) -> str:
        return vocabulary.dictionary().items[records].axis

    def matching(self, name: str, where: Condition | None) -> list[RowValues]:
        return [row for row in self.rows[name] if where is None or self.holds(where, row, name)]

    def concept_is(self, relation: str, column: str, values: RowValues, wanted: Sequence[ConceptName]) -> bool:
        """Say whether a leaf is below a concept, or (`contient`, `a pour composante`) has one of its parts below it."""
        leaf = values[column].removeprefix("autre:")
        ontology = vocabulary.ontology()
        having = {leaf} if relation == "est" else {leaf, *ontology.components.get(leaf, ())}
        found = any(ontology.is_a(one, concept.text) for one in having for concept in wanted)
        if (
            not found
            and relation == "contient"
            and any(ontology.is_a(c.text, one) for one in having - {leaf} for c in wanted)
        ):
            raise Undecided
        return found

    # --- comparisons ---

    def compared(self, term: Term, sign: str, value: Value, row: RowValues | None, records: str) -> bool:
        if isinstance(term, Delay):
            return self.delayed(term, sign, value)
        if isinstance(term, Count | Sum):
            assert isinstance(value, Number)
            rows = self.matching(term.records.text, term.where)
            total = len(rows) if isinstance(term, Count) else sum((r[term.column] for r in rows), Decimal(0))
            return _OPERATORS[sign](Decimal(total), value.value)
        inside = row is not None and not term.outer
        item = (
            vocabulary.dictionary().items[records].columns[term.text]
            if inside
            else vocabulary.dictionary().items[term.text]
        )
        found = row[term.text] if inside and row is not None else self.items[term.text]
        return compare(item, found, sign, value)

    def delayed(self, term: Delay, sign: str, value: Value) -> bool:
        """Compare two days: the end with the start moved by calendar months, or the number of days between."""
        assert isinstance(value, Number)
        start, end = (self.day(name) for name in (term.start, term.end))
        if value.unit in ("jours", "semaines"):
            return _OPERATORS[sign](end - start, int(value.value) * (7 if value.unit == "semaines" else 1))
        if end < start:
            return _OPERATORS[sign](-1, 0) if value.value >= 0 else False
        months = int(value.value) * (12 if value.unit == "ans" else 1)
        return _OPERATORS[sign](date.fromordinal(end), moved(date.fromordinal(start), months))

    def day(self, name: ItemName) -> int:
        return self.today.toordinal() if name.text == "as_of" else int(self.items[name.text])


def moved(day: date, months: int) -> date:
    """Return the same day some months later, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > 9999:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def compare(item: Item, found: Any, sign: str, value: Value) -> bool:
    """Compare one value: numbers as numbers, dates as days, categories by their leaves in order."""
    if item.kind == "date":
        assert isinstance(value, Name)
        return _OPERATORS[sign](int(found), date.fromisoformat(value.text).toordinal())
    if item.kind in ("quantite", "entier"):
        assert isinstance(value, Number)
        return _OPERATORS[sign](found, value.value)
    domain = item.leaves()
    name = str(value.value) if isinstance(value, Number) else value.text
    extent = [number for number, leaf in enumerate(domain.names) if domain.sets[name] >> number & 1]
    place = domain.names.index(found)
    return {
        "=": place in extent, "!=": place not in extent, "<": place < extent[0], "<=": place <= extent[-1],
        ">": place > extent[-1], ">=": place >= extent[0],
    }[sign]  # fmt: skip
