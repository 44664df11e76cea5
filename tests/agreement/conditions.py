"""Random conditions of the small world; each one passes the checker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine.dictionary import Dictionary, Item
from engine.domains import Leaves
from engine.printing import show
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
    Selector,
    Sum,
    Term,
    Value,
)
from tests.agreement import vocabulary
from tests.agreement.dice import Dice

DAY = date(2026, 11, 20)
BASIC = "topographie morphologie cT pT pN cM her2 taille sexe grossesse date_naissance date_diagnostic oms poids creatinine hb".split()
DEFINED = "age T_retenu re_statut clairance menopause stade risque fragile".split()
READ_BACK = ["re_pct", "ganglions"]
LISTS = ("traitements", "variants", "metastases")
_OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
_DELAYS = ("jours", "semaines", "mois", "ans")


@dataclass(slots=True)
class Conditions:
    """Draws conditions over some items; each one passes the checker."""

    dice: Dice
    items: Sequence[str]
    lists: Sequence[str] = LISTS
    barred: bool = False
    row: str = ""
    dated: bool = True
    dictionary: Dictionary = vocabulary.dictionary()

    def condition(self, depth: int = 2) -> Condition:
        """Draw a condition at most `depth` connectives deep."""
        if depth == 0 or self.dice.chance(40):
            return self.atom()
        if self.dice.chance(20):
            return self.of_one_item()
        below = [self.condition(depth - 1) for _ in range(self.dice.number(2, 3))]
        match self.dice.number(0, 5):
            case 0 | 1:
                return And(tuple(below))
            case 2 | 3:
                return Or(tuple(below))
            case 4:
                return Not(below[0])
            case _ if self.dice.chance(50):
                return AtLeast(self.dice.number(1, len(below)), tuple(below))
        return IfThen(below[0], below[1], below[2] if len(below) > 2 else None)

    def of_one_item(self) -> Condition:
        """Draw comparisons of one item, joined: they are one comparison."""
        name, item = self.item_of(self.row)
        both = self.concept if item.kind == "concept" else self.compared
        parts = tuple(both(name, item) for _ in range(self.dice.number(2, 3)))
        if self.dice.chance(30):
            parts = (Not(parts[0]), *parts[1:])
        return And(parts) if self.dice.chance(50) else Or(parts)

    def written(self, depth: int = 2) -> str:
        """Draw a condition as a document writes it."""
        return show(self.condition(depth))

    def atom(self) -> Condition:
        """Draw one comparison, quantifier or judgement."""
        if self.row:
            return self.about(self.item_of(self.row))
        kind = self.dice.number(0, 19)
        if kind < 13 or not self.lists:
            return self.about(self.item_of(""))
        if kind < 16:
            return self.quantified()
        if kind == 16:
            return self.counted()
        if kind == 17:
            return Judged(self.dice.pick(vocabulary.JUDGEMENTS))
        if kind == 18:
            return self.delayed()
        if self.barred:
            return Contraindicated(ConceptName(self.dice.pick(vocabulary.concepts("traitement"))))
        return Constant(self.dice.chance(50))

    def item_of(self, row: str) -> tuple[ItemName, Item]:
        if row:
            columns = [c for c in self.dictionary.items[row].columns.values() if not c.is_text]
            column = self.dice.pick(columns)
            if self.items and self.dice.chance(10):
                return replace(self.item_of("")[0], outer=True), self.dictionary.items[self.last]
            return ItemName(column.id), column
        self.last = self.dice.pick(self.items)
        return ItemName(self.last), self.dictionary.items[self.last]

    last: str = ""

    def about(self, named: tuple[ItemName, Item]) -> Condition:
        """Draw a comparison of one item or column."""
        name, item = named
        if self.dice.chance(8) and not self.row:
            return Documented(name)
        if item.kind == "concept":
            return self.concept(name, item)
        if self.dated and item.evolving and self.dice.chance(20) and not self.row:
            name = replace(name, selector=self.selector())
        return self.compared(name, item)

    def selector(self) -> Selector:
        kind = self.dice.pick(("moins de", "avant traitement", "au diagnostic", "le plus bas", "sur métastase"))
        return Selector(kind, Decimal(self.dice.pick((7, 14, 60))), "jours") if kind == "moins de" else Selector(kind)

    def concept(self, name: ItemName, item: Item) -> Condition:
        relation = self.dice.pick(("est", "est", "contient", "a pour composante"))
        found = self.dice.some(vocabulary.concepts(item.branch), 1, 2)
        if item.id == "morphologie" and not self.row and relation == "est" and self.dice.chance(30):
            return IsA(relation, ItemName("histologie"), (ConceptName(self.dice.pick(vocabulary.concepts("entite"))),))
        return IsA(relation, name, tuple(map(ConceptName, found)))

    def compared(self, term: Term, item: Item) -> Condition:
        """Draw a comparison of a term with values of an item's domain."""
        if isinstance(item.domain, Leaves):
            return self.categories(term, item.domain)
        unit = item.line().unit
        spelling = unit.name if unit else ""
        values = sorted(self.value_of(item) for _ in range(2))
        if item.kind == "date":
            return Compare(term, self.dice.pick(_OPERATORS), Name(date.fromordinal(int(values[0])).isoformat()))
        if self.dated and item.id == "creatinine" and self.dice.chance(20) and isinstance(term, ItemName):
            return Compare(
                term,
                self.dice.pick(("<", "<=", ">", ">=")),
                Number(Decimal(self.dice.pick((1, 2, 3))) / 2 + 1, "× LSN"),
            )
        match self.dice.number(0, 9):
            case 0 | 1:
                return Between(term, Number(values[0], spelling), Number(values[1], spelling))
            case 2:
                return OneOf(term, (Number(values[0], spelling), Number(values[1], spelling)))
        return Compare(term, self.dice.pick(_OPERATORS), Number(values[0], spelling))

    def value_of(self, item: Item) -> Decimal:
        """Draw a threshold where values lie."""
        if item.kind == "date":
            return Decimal(self.dice.pick(DAYS).toordinal())
        return Decimal(self.dice.pick(NUMBERS.get(item.id, (0, 1, 2, 3))))

    def categories(self, term: Term, domain: Leaves) -> Condition:
        names = tuple(domain.sets)
        match self.dice.number(0, 5):
            case 0:
                return OneOf(term, tuple(map(_named, self.dice.some(names, 1, 3))))
            case 1 if domain.ordered:
                ordered = [n for n in names if domain.has_order(domain.sets[n])]
                return Between(term, *(_named(n) for n in (self.dice.pick(ordered), self.dice.pick(ordered))))
            case 2 | 3 if domain.ordered:
                ordered = [n for n in names if domain.has_order(domain.sets[n])]
                return Compare(term, self.dice.pick(("<", "<=", ">", ">=")), _named(self.dice.pick(ordered)))
        return Compare(term, self.dice.pick(("=", "=", "!=")), _named(self.dice.pick(names)))

    # --- rows ---

    def inside(self, name: str) -> Condition:
        """Draw a condition on the rows of a list."""
        inner = Conditions(self.dice, self.items, (), False, name, self.dated)
        found = inner.condition(self.dice.number(0, 1))
        if self.dice.chance(10):
            nested = self.dice.pick(self.lists)
            return And(
                (
                    found,
                    Rows(
                        "au moins", 1, ItemName(nested), Conditions(self.dice, (), (), False, nested, self.dated).atom()
                    ),
                )
            )
        return found

    def quantified(self) -> Condition:
        name = self.dice.pick(self.lists)
        axis = self.dictionary.items[name].columns[self.dictionary.items[name].axis]
        concepts = tuple(map(ConceptName, self.dice.some(vocabulary.concepts(axis.branch), 1, 2)))
        match self.dice.number(0, 7):
            case 0:
                return IsA("comporte", ItemName(name), concepts)
            case 1:
                return OnlyThose(ItemName(name), concepts)
            case 2:
                return Documented(ItemName(name), self.inside(name))
            case 3:
                return Rows("aucun", 1, ItemName(name), self.inside(name))
            case 4:
                return Rows("tous", 1, ItemName(name), self.inside(name))
            case 5 if name == "traitements":
                return Rows("au moins", 1, ItemName(name), IsA("contient", None, concepts))
        return Rows("au moins", self.dice.number(1, 3), ItemName(name), self.inside(name))

    def counted(self) -> Condition:
        name = self.dice.pick(self.lists)
        where = self.inside(name) if self.dice.chance(70) else None
        operator = self.dice.pick(_OPERATORS)
        if name == "traitements" and self.dice.chance(50):
            return Compare(
                Sum(ItemName(name), "dose", where),
                operator,
                Number(Decimal(self.dice.pick((0, 50, 100, 250))), "mg/m²"),
            )
        if name == "metastases" and self.dice.chance(50):
            return Compare(Sum(ItemName(name), "nombre", where), operator, Number(Decimal(self.dice.number(0, 6))))
        return Compare(Count(ItemName(name), where), operator, Number(Decimal(self.dice.number(0, 3))))

    def delayed(self) -> Condition:
        dates = [name for name in ("date_naissance", "date_diagnostic") if name in self.items]
        if not dates:
            return Constant(True)
        start, end = self.dice.pick(dates), self.dice.pick(["as_of", *dates])
        value = Number(Decimal(self.dice.pick((0, 1, 6, 12, 50))), self.dice.pick(_DELAYS))
        return Compare(Delay(ItemName(start), ItemName(end)), self.dice.pick(_OPERATORS), value)


NUMBERS: Mapping[str, tuple[Any, ...]] = {
    "ganglions": (0, 1, 3, 4, 10), "taille": (0, 5, "10.5", 20, 50), "re_pct": (0, 1, 9, 10, 50, 100), "age": (18, 50, 70, 75),
    "poids": (40, 60, "72.5", 90), "creatinine": (60, 80, 100, "132.6", 250), "hb": (7, 8, 10, "11.5"), "clairance": (30, 50, 60),
    "ligne": (0, 1, 2), "dose": (0, 50, 75, 300), "nombre": (0, 1, 3, 5),
}  # fmt: skip
DAYS = tuple(DAY + timedelta(days=n) for n in (0, -1, -13, -14, -40, -89, -95, -300, -730, 10))
BIRTHS = tuple(date(year, month, 20) for year, month in ((1951, 11), (1956, 11), (1976, 12), (1950, 1), (2008, 11)))


def _named(name: str) -> Value:
    return Number(Decimal(name)) if name.isdigit() else Name(name)
