"""Conditions against dictionary and ontology: every name, type, unit and category resolved."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias, assert_never

from engine.check_concepts import is_a, only_those
from engine.check_names import Names
from engine.check_values import accepted, classes_of, values_of
from engine.dictionary import Item, find_column
from engine.domains import UNREADABLE, YES, Domain, Line
from engine.logic import (
    ALWAYS,
    NEVER,
    All,
    Answered,
    AnyKey,
    AnyOf,
    Barred,
    Contrary,
    CountKey,
    DelayKey,
    Enough,
    Key,
    Known,
    Logic,
    Member,
    Some,
)
from engine.model import Written
from engine.names import did_you_mean
from engine.printing import show
from engine.problems import Span
from engine.syntax import (
    And,
    AtLeast,
    Between,
    Compare,
    Condition,
    Constant,
    Contraindicated,
    Count,
    Delay,
    Documented,
    IfThen,
    IsA,
    ItemName,
    Judged,
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
from engine.units import find_unit
from engine.values import INFINITY, between

MONTHS = ("mois", "ans")

Resolved: TypeAlias = tuple[AnyKey, Item | None, Domain]


class Checker(Names):
    """Resolves conditions; what does not resolve becomes a problem and reads as never true."""

    # --- entry points ---

    def written(self, written: Written) -> Logic:
        """Resolve a condition of a document."""
        self.span, self.row = written.span, None
        return self.condition(written.condition)

    def all_written(self, written: Iterable[Written]) -> tuple[Logic, ...]:
        """Resolve conditions that must all hold."""
        return tuple(self.written(one) for one in written)

    def cell(self, node: Condition, span: Span) -> Logic:
        """Resolve a cell of a table, whose numbers may leave out the unit of their column."""
        self.span, self.row, self.in_cell = span, None, True
        try:
            return self.condition(node)
        finally:
            self.in_cell = False

    # --- conditions ---

    def condition(self, node: Condition) -> Logic:
        """Resolve one condition."""
        text, span = show(node), self.span.part(*node.at)
        match node:
            case Constant(value):
                return ALWAYS if value else NEVER
            case And(parts):
                return All(tuple(map(self.condition, parts)), text, span)
            case Or(parts):
                return AnyOf(tuple(map(self.condition, parts)), text, span)
            case Not(part):
                return Contrary(self.condition(part), text, span)
            case AtLeast(number, parts):
                return Enough(number, tuple(map(self.condition, parts)), text, span)
            case IfThen():
                return self.if_then(node, text, span)
            case Compare() | Between() | OneOf():
                return self.comparison(node, text, span)
            case IsA():
                return is_a(self, node, text, span)
            case OnlyThose():
                return only_those(self, node, text, span)
            case Rows():
                return self.rows(node, text, span)
            case Documented(item, where):
                return self.documented(item, where, text, span)
            case Judged(identifier):
                return self.judged(identifier, node, text, span)
            case Contraindicated(concept):
                found = self.concept(concept, ("traitement",))
                return Barred(found.id, text=text, span=span) if found else NEVER
        assert_never(node)

    def judged(self, identifier: str, node: Judged, text: str, span: Span) -> Logic:
        """Resolve what a person judges."""
        if self.dictionary.judgement(identifier) is None:
            hint = did_you_mean(identifier, self.dictionary.judgements)
            self.wrong(node.at, "jugement-inconnu", f"jugement `{identifier}` inconnu", hint)
            return NEVER
        return Member(Key(identifier), YES, YES, text, span)

    def if_then(self, node: IfThen, text: str, span: Span) -> Logic:
        """Resolve `si A alors B sinon C` as `(non A ou B) et (A ou C)`."""
        test, then = self.condition(node.test), self.condition(node.then)
        whole: Logic = AnyOf((Contrary(test, f"non ({test.text})"), then), text, span)
        if node.otherwise is not None:
            whole = All((whole, AnyOf((test, self.condition(node.otherwise)))), text, span)
        return whole

    def comparison(self, node: Compare | Between | OneOf, text: str, span: Span) -> Logic:
        """Resolve a comparison of a term with values."""
        resolved = self.term(node.term, values_of(node))
        if resolved is None:
            return NEVER
        key, item, domain = resolved
        worlds = accepted(self, node, item, domain)
        return NEVER if worlds is None else Member(key, worlds, worlds, text, span)

    # --- terms ---

    def term(self, term: Term, values: tuple[Value, ...]) -> Resolved | None:
        """Return the key, item and domain of a term."""
        unit = next((v.unit for v in values if isinstance(v, Number)), "")
        match term:
            case ItemName():
                return self.item_term(term, unit)
            case Delay():
                return self.delay(term, unit)
            case Count(records, where):
                return self.count(records, where)
            case Sum(records, column, where):
                return self.sum(records, column, where)
        assert_never(term)

    def delay(self, term: Delay, unit: str) -> Resolved | None:
        """Return the delay between two dates, in calendar months where the unit says so."""
        ends = self.date(term.start), self.date(term.end)
        if ends[0] is None or ends[1] is None:
            return None
        months = unit in MONTHS or ((found := find_unit(unit)) is not None and found.name in MONTHS)
        return DelayKey(ends[0], ends[1], months), None, Line(find_unit("mois" if months else "jours"))

    def date(self, name: ItemName) -> Key | None:
        """Return the key of a date."""
        found = self.item(name)
        if found is None:
            return None
        key, item = found
        if item.domain is UNREADABLE:
            return None
        if not isinstance(item.domain, Line) or not item.domain.dates:
            self.wrong(name.at, "date", f"`{item.id}` n'est pas une date", "délai(date_rechute, as_of)")
            return None
        return key

    def count(self, records: ItemName, where: Condition | None) -> Resolved | None:
        """Return the number of rows."""
        name = self.records(records)
        whole = between(Decimal(0), INFINITY, high_open=True, whole=True)
        return (CountKey(name, self.inside(records, where)), None, Line(find_unit("1"), whole)) if name else None

    def sum(self, records: ItemName, column: str, where: Condition | None) -> Resolved | None:
        """Return the sum of a column of numbers."""
        name = self.records(records)
        if not name:
            return None
        found = find_column(self.dictionary.items[name], column)
        if found is None or not isinstance(found.domain, Line) or found.domain.dates:
            message = f"`{column}` n'est pas une colonne de nombres de `{records.text}`"
            self.wrong(records.at, "colonne", message)
            return None
        return CountKey(name, self.inside(records, where), found.id), found, found.domain

    def item_term(self, name: ItemName, unit: str) -> Resolved | None:
        found = self.item(name)
        if found is None:
            return None
        key, item = found
        if item.domain is None:
            what = (
                "une liste : employez `au moins un … où (…)`"
                if item.is_records
                else "un texte : aucune règle ne peut le demander"
            )
            self.wrong(name.at, "genre", f"`{item.id}` est {what}")
            return None
        limit = find_unit(unit) if unit else None
        if limit is not None and limit.dimension.startswith("limite") and isinstance(item.domain, Line):
            return key._replace(limit="lsn" if limit.name == "× LSN" else "lin"), item, Line(limit)
        return key, item, item.domain

    # --- rows ---

    def inside(self, records: ItemName, where: Condition | None) -> Logic:
        """Resolve a condition on the rows of a list."""
        name = self.records(records)
        if where is None or not name:
            return ALWAYS
        before, self.row = self.row, self.dictionary.items[name]
        try:
            return self.condition(where)
        finally:
            self.row = before

    def rows(self, node: Rows, text: str, span: Span) -> Logic:
        name, where = self.records(node.records), self.inside(node.records, node.where)
        if not name:
            return NEVER
        match node.quantifier:
            case "aucun":
                return Contrary(
                    Some(name, where, text=f"au moins un {node.records.text} où ({where.text})"), text, span
                )
            case "tous":
                return Contrary(Some(name, Contrary(where, f"non ({where.text})")), text, span)
        return Some(name, where, node.number, text=text, span=span)

    def documented(self, name: ItemName, where: Condition | None, text: str, span: Span) -> Logic:
        if where is not None or (self.row is None and self.named_list(name) is not None):
            records = self.records(name)
            return Answered(records, self.inside(name, where), text=text, span=span) if records else NEVER
        resolved = self.item(name)
        if resolved is None or self.item_term(name, "") is None:
            return NEVER
        key, item = resolved
        return Known(key, classes_of(self, item), text, span)
