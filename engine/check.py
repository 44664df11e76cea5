"""Conditions and formulas against dictionary and ontology: every name, type, unit and category resolved."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import assert_never

from engine.dates import days_of
from engine.dictionary import AXES, HISTOLOGY, Dictionary, Item, find_column
from engine.domains import Domain, Leaves, Line
from engine.leaf import _scaled
from engine.logic import (
    ALWAYS,
    AS_OF,
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
from engine.names import did_you_mean, fold
from engine.ontology import Accepted, Concept, Ontology
from engine.printing import show
from engine.problems import NOWHERE, Problem, Span, in_text
from engine.syntax import (
    And,
    At,
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
from engine.text import read_cell
from engine.units import convertible, find_unit
from engine.values import INFINITY, Worlds, between

MONTHS = ("mois", "ans")


class Checker:
    """Resolves conditions; what does not resolve becomes a problem and reads as never true."""

    def __init__(self, dictionary: Dictionary, ontology: Ontology, problems: list[Problem]) -> None:
        """Share the list that problems go to."""
        self.dictionary, self.ontology, self.problems = dictionary, ontology, problems
        self.span: Span = NOWHERE
        self.row: Item | None = None
        self.in_cell = False

    # --- entry points ---

    def written(self, written: Written) -> Logic:
        """Resolve a condition of a document."""
        self.span, self.row = written.span, None
        return self.condition(written.condition)

    def all_written(self, written: Iterable[Written]) -> tuple[Logic, ...]:
        """Resolve conditions that must all hold."""
        return tuple(self.written(one) for one in written)

    def wrong(self, at: At, code: str, message: str, hint: str = "") -> None:
        """Note a problem that underlines the words meant."""
        self.problems.append(in_text(self.span.part(*at), code, message, hint))

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
                return self.is_a(node, text, span)
            case OnlyThose(records, concepts):
                other = Contrary(self.row_is(records, concepts, node.at))
                return Contrary(Some(self.records(records), other), text, span)
            case Rows():
                return self.rows(node, text, span)
            case Documented(item, where):
                return self.documented(item, where, text, span)
            case Judged(identifier):
                if self.dictionary.judgement(identifier) is None:
                    hint = did_you_mean(identifier, self.dictionary.judgements)
                    self.wrong(node.at, "jugement-inconnu", f"jugement `{identifier}` inconnu", hint)
                    return NEVER
                return Member(Key(identifier), 2, 2, text, span)
            case Contraindicated(concept):
                found = self.concept(concept, ("traitement",))
                return Barred(found.id, text=text, span=span) if found else NEVER
        assert_never(node)

    def if_then(self, node: IfThen, text: str, span: Span) -> Logic:
        test, then = self.condition(node.test), self.condition(node.then)
        whole: Logic = AnyOf((Contrary(test, f"non ({test.text})"), then), text, span)
        if node.otherwise is not None:
            whole = All((whole, AnyOf((test, self.condition(node.otherwise)))), text, span)
        return whole

    def comparison(self, node: Compare | Between | OneOf, text: str, span: Span) -> Logic:
        values = _values(node)
        resolved = self.term(node.term, values)
        if resolved is None:
            return NEVER
        key, item, domain = resolved
        accepted = self.accepted(node, item, domain, values)
        return NEVER if accepted is None else Member(key, accepted, accepted, text, span)

    def accepted(
        self, node: Compare | Between | OneOf, item: Item | None, domain: Domain, values: tuple[Value, ...]
    ) -> Worlds | None:
        """Return what a comparison accepts."""
        match node:
            case Compare(_, operator, value):
                return self.compared(operator, value, item, domain)
            case Between(_, low, high):
                ends = self.compared(">=", low, item, domain), self.compared("<=", high, item, domain)
                return None if ends[0] is None or ends[1] is None else ends[0] & ends[1]  # type: ignore[operator]  # one domain
            case OneOf():
                union: Worlds | None = None
                for value in values:
                    one = self.compared("=", value, item, domain)
                    if one is None:
                        return None
                    union = one if union is None else union | one  # type: ignore[operator]  # one domain
                return union
        assert_never(node)

    def compared(self, operator: str, value: Value, item: Item | None, domain: Domain) -> Worlds | None:
        """Return what `operator value` accepts in a domain."""
        if isinstance(domain, Line):
            number = self.number(value, domain, item)
            return None if number is None else domain.compare(operator, number)
        leaves = self.named(value, item, domain)
        if leaves is None:
            return None
        if operator not in ("=", "!=") and not domain.has_order(leaves):
            self.wrong(value.at, "sans-ordre", f"`{_said(value)}` n'a pas d'ordre", "employez = ou parmi")
            return None
        return domain.compare(operator, leaves)

    def named(self, value: Value, item: Item | None, domain: Leaves) -> int | None:
        """Return the leaves that a value of a finite item stands for."""
        if item is not None and item.kind == "concept":
            name = value if isinstance(value, ConceptName) else ConceptName(_said(value), value.at)
            concept = self.concept(name, (item.branch,))
            return self.ontology.masks[concept.id] if concept else None
        if isinstance(value, Number) and value.unit:
            self.wrong(value.at, "unite", f"`{item.id if item else ''}` n'a pas d'unité")
            return None
        found = domain.find(_said(value))
        if found is None:
            self.wrong(
                value.at,
                "valeur-inconnue",
                f"`{_said(value)}` n'est pas une valeur de `{item.id if item else ''}`",
                did_you_mean(_said(value), domain.sets) or "valeurs : " + ", ".join(list(domain.sets)[:12]),
            )
        return found

    def number(self, value: Value, line: Line, item: Item | None) -> Decimal | None:
        """Return a number in the unit of the line."""
        if line.dates:
            found = days_of(_said(value)) if isinstance(value, Name) else None
            if found is None:
                self.wrong(value.at, "date", f"`{_said(value)}` n'est pas une date", "AAAA-MM-JJ")
                return None
            return found.low
        if not isinstance(value, Number):
            self.wrong(value.at, "nombre", f"un nombre est attendu, pas `{_said(value)}`")
            return None
        target = line.unit
        if target is None or (not value.unit and not target.name):
            return value.value
        source = find_unit(value.unit) if value.unit else target if self.in_cell else None
        if source is None:
            self.wrong(
                value.at,
                "unite-absente",
                f"ce nombre attend une unité ({target.name})",
                f"{_said(value)} {target.name}",
            )
            return None
        factor = convertible(source, target, item.molar_mass if item else None)
        if factor is None:
            self.wrong(value.at, "unite", f"`{value.unit}` ne se convertit pas en {target.name or 'nombre sans unité'}")
            return None
        return _scaled(value.value, factor, 0)

    # --- terms ---

    def term(self, term: Term, values: tuple[Value, ...]) -> tuple[AnyKey, Item | None, Domain] | None:
        """Return the key, item and domain of a term."""
        unit = next((v.unit for v in values if isinstance(v, Number)), "")
        match term:
            case ItemName():
                return self.item_term(term, unit)
            case Delay(start, end):
                ends = self.item(start), self.item(end)
                if ends[0] is None or ends[1] is None:
                    return None
                months = unit in MONTHS or ((found := find_unit(unit)) is not None and found.name in MONTHS)
                days = find_unit("mois" if months else "jours")
                return DelayKey(ends[0][0], ends[1][0], months), None, Line(days)
            case Count(records, where):
                name = self.records(records)
                whole = between(Decimal(0), INFINITY, high_open=True, whole=True)
                return CountKey(name, self.inside(records, where)), None, Line(find_unit("1"), whole)
            case Sum(records, column, where):
                return self.sum(records, column, where)
        assert_never(term)

    def sum(self, records: ItemName, column: str, where: Condition | None) -> tuple[AnyKey, Item | None, Domain] | None:
        name = self.records(records)
        found = find_column(self.dictionary.items[name], column) if name in self.dictionary.items else None
        if found is None or not isinstance(found.domain, Line):
            self.wrong(records.at, "colonne", f"`{column}` n'est pas une colonne de nombres de `{records.text}`")
            return None
        return CountKey(name, self.inside(records, where), found.id), found, found.domain

    def item_term(self, name: ItemName, unit: str) -> tuple[AnyKey, Item | None, Domain] | None:
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

    def item(self, name: ItemName) -> tuple[Key, Item] | None:
        """Return the key and item of a name: the row's column, or the sheet's item."""
        if fold(name.text) == AS_OF:
            return Key(AS_OF), Item(AS_OF, {}, "date", Line(dates=True))
        if self.row is not None and not name.outer:
            column = find_column(self.row, name.text)
            if column is None:
                hint = (
                    f"`fiche.{name.text}` pour l'item de la fiche"
                    if self.dictionary.find(name.text)
                    else did_you_mean(name.text, self.row.columns)
                )
                self.wrong(name.at, "colonne-inconnue", f"`{name.text}` n'est pas une colonne de `{self.row.id}`", hint)
                return None
            return Key(column.id, column=True), column
        item = self.dictionary.find(name.text)
        if item is None:
            self.wrong(
                name.at, "item-inconnu", f"item `{name.text}` inconnu", did_you_mean(name.text, self.dictionary.items)
            )
            return None
        return Key(item.id, name.selector), item

    # --- concepts ---

    def concept(self, name: ConceptName, branches: tuple[str, ...]) -> Concept | None:
        """Return a concept of some branches, or note a problem with the nearest names."""
        found = self.ontology.find(name.text, branches)
        if found is None:
            hint = did_you_mean(name.text, self.ontology.labels_of(branches))
            self.wrong(name.at, "concept-inconnu", f"concept « {name.text} » inconnu ({', '.join(branches)})", hint)
        return found

    def is_a(self, node: IsA, text: str, span: Span) -> Logic:
        relation, name, concepts = node.relation, node.item, node.concepts
        if relation == "comporte" and name is not None:
            return Some(self.records(name), self.row_is(name, concepts, node.at), text=text, span=span)
        if relation == "est" and name is not None and fold(name.text) == HISTOLOGY:
            return self.histology(name, concepts, text, span)
        if name is None:
            if self.row is None or not self.row.axis:
                self.wrong(
                    node.at,
                    "contient",
                    "`contient` sans item se lit dans une ligne",
                    "traitements … où (contient « … »)",
                )
                return NEVER
            name = ItemName(self.row.axis, at=node.at)
        resolved = self.item(name)
        if resolved is None:
            return NEVER
        key, item = resolved
        if item.kind != "concept":
            self.wrong(name.at, "genre", f"`{item.id}` n'est pas un concept", "employez =")
            return NEVER
        found = [self.concept(concept, (item.branch,)) for concept in concepts]
        accepted = [self.related(relation, concept) for concept in found if concept]
        sure, possible = 0, 0
        for one in accepted:
            sure, possible = sure | one.sure, possible | one.possible
        return Member(key, sure, possible, text, span) if accepted else NEVER

    def related(self, relation: str, concept: Concept) -> Accepted:
        """Return the leaves that stand in a relation to a concept."""
        if relation == "contient":
            return self.ontology.containing(concept.id)
        if relation == "a pour composante":
            mask = self.ontology.with_component(concept.id)
            return Accepted(mask, mask)
        return Accepted(self.ontology.masks[concept.id], self.ontology.masks[concept.id])

    def histology(self, name: ItemName, concepts: tuple[ConceptName, ...], text: str, span: Span) -> Logic:
        """Unfold an entity into conditions on topography and morphology."""
        entities = [self.concept(concept, ("entite", "morphologie")) for concept in concepts]
        unfolded = tuple(self.unfold(name, entity) for entity in entities if entity)
        if len(unfolded) == 1 and isinstance(unfolded[0], All | Member):
            one = unfolded[0]
            return All(one.parts if isinstance(one, All) else (one,), text, span)
        return AnyOf(unfolded, text, span)

    def unfold(self, name: ItemName, entity: Concept) -> Logic:
        axes = entity.unfolds or {"morphologie": (entity.id,)}
        parts: list[Logic] = []
        for axis in AXES:
            if axis not in axes:
                continue
            resolved = self.item(ItemName(axis, outer=name.outer, at=name.at))
            mask = 0
            for concept in axes[axis]:
                mask |= self.ontology.masks[concept]
            labels = " ou ".join(f"« {self.ontology.concepts[c].label()} »" for c in axes[axis])
            if resolved is not None:
                parts.append(Member(resolved[0], mask, mask, f"{axis} est {labels}"))
        return All(tuple(parts), f"histologie est « {entity.label()} »")

    # --- rows ---

    def records(self, name: ItemName) -> str:
        """Return the id of a list."""
        item = self.dictionary.find(name.text) or self.dictionary.find(name.text + "s")
        if item is None or not item.is_records:
            known = [records.id for records in self.dictionary.records()]
            self.wrong(
                name.at,
                "liste-inconnue",
                f"`{name.text}` n'est pas une liste",
                did_you_mean(name.text, known) or ", ".join(known),
            )
            return ""
        return item.id

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

    def row_is(self, records: ItemName, concepts: tuple[ConceptName, ...], at: At) -> Logic:
        name = self.records(records)
        if not name:
            return NEVER
        axis = ItemName(self.dictionary.items[name].axis, at=at)
        return self.inside(records, IsA("est", axis, concepts, at))

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
        as_records = self.dictionary.find(name.text) or self.dictionary.find(name.text + "s")
        if where is not None or (as_records is not None and as_records.is_records and self.row is None):
            records = self.records(name)
            return Answered(records, self.inside(name, where), text=text, span=span) if records else NEVER
        resolved = self.item(name)
        if resolved is None:
            return NEVER
        key, item = resolved
        return Known(key, self.classes(item), text, span)

    def classes(self, item: Item) -> tuple[Worlds, ...]:
        """Return the classes of the partition that the dictionary declares."""
        found: list[Worlds] = []
        self.in_cell = True
        for cell in item.partition:
            operator, values = read_cell(cell)
            node: Compare | Between | OneOf
            match operator:
                case "entre":
                    node = Between(ItemName(item.id), values[0], values[1])
                case "parmi":
                    node = OneOf(ItemName(item.id), values)
                case _:
                    node = Compare(ItemName(item.id), operator, values[0])
            if item.domain is not None:
                accepted = self.accepted(node, item, item.domain, values)
                found += [accepted] if accepted else []
        self.in_cell = False
        if not found and isinstance(item.domain, Leaves):
            return tuple(1 << number for number in range(len(item.domain.names)))
        return tuple(found)


def _values(node: Compare | Between | OneOf) -> tuple[Value, ...]:
    match node:
        case Compare(_, _, value):
            return (value,)
        case Between(_, low, high):
            return low, high
        case OneOf(_, values):
            return values


def _said(value: Value) -> str:
    match value:
        case Number(number):
            return format(number.normalize() + 0, "f")
        case Name(text) | ConceptName(text):
            return text
