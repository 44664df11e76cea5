"""Terms, values and formulas of the condition language."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.lexer import Token
from engine.phrases import Phrases
from engine.syntax import (
    ConceptName,
    Condition,
    Count,
    Delay,
    Formula,
    ItemName,
    Name,
    Number,
    Operation,
    Selector,
    Sum,
    Term,
    Value,
)
from engine.units import find_unit

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_OUTER = ("fiche.", "sheet.")
_FUNCTIONS = {"min": "min", "max": "max", "racine": "racine", "sqrt": "racine", "ln": "ln", "exp": "exp"}
_LENGTHS = ("jours", "semaines", "mois", "ans")
_SELECTORS = {
    ("moins", "de"): "moins de",
    ("less", "than"): "moins de",
    ("avant", "traitement"): "avant traitement",
    ("before", "treatment"): "avant traitement",
    ("au", "diagnostic"): "au diagnostic",
    ("at", "diagnosis"): "au diagnostic",
    ("le", "plus", "bas"): "le plus bas",
    ("lowest",): "le plus bas",
    ("sur", "metastase"): "sur métastase",
    ("on", "metastasis"): "sur métastase",
}


class Terms(Phrases):
    """Reads what conditions compare."""

    def condition(self) -> Condition:
        """Read a condition (of `où`): the reader of conditions says how."""
        raise NotImplementedError

    def single(self) -> Condition:
        """Read a condition that joins nothing."""
        raise NotImplementedError

    def term(self) -> Term:
        start = self.peek()
        if self.take(("nombre", "("), ("count", "(")):
            records = self.item()
            where = self.where_bare()
            self.expect((")",))
            return Count(records, where, self.since(start))
        if self.take(("somme", "("), ("sum", "(")):
            return self.sum(start)
        if self.take(("delai", "("), ("delay", "(")):
            first = self.item()
            self.expect((",",), (";",))
            second = self.item()
            self.expect((")",))
            return Delay(first, second, self.since(start))
        return self.item()

    def sum(self, start: Token) -> Sum:
        records = self.item()
        name, dot, column = records.text.rpartition(".")
        if not dot:
            raise self.error("`somme(lignes.colonne …)` attendu")
        where = self.where_bare()
        self.expect((")",))
        return Sum(ItemName(name, at=records.at), column, where, self.since(start))

    def item(self) -> ItemName:
        token = self.peek()
        if token.kind != "word":
            raise self.error("le nom d'un item attendu")
        self.next += 1
        outer = token.text.startswith(_OUTER)
        name = token.text.partition(".")[2] if outer else token.text
        return ItemName(name, self.selector(), outer, (token.start, token.length))

    def selector(self) -> Selector | None:
        if self.peek().text != "(":
            return None
        for phrase, kind in _SELECTORS.items():
            if self.take(("(", *phrase)):
                number, unit = None, ""
                if kind == "moins de":
                    token = self.peek()
                    length = find_unit(token.unit) if token.kind == "number" else None
                    if length is None or length.name not in _LENGTHS:
                        raise self.error("une durée attendue, par exemple `14 jours`")
                    number, unit = Decimal(token.text.replace(",", ".")), length.name
                    self.next += 1
                self.expect((")",))
                return Selector(kind, number, unit)
        raise self.error(
            "un sélecteur attendu", "moins de 14 jours, avant traitement, au diagnostic, le plus bas, sur métastase"
        )

    def value(self) -> Value:
        token = self.peek()
        at = (token.start, token.length)
        self.next += 1
        match token.kind:
            case "number":
                return Number(Decimal(token.text.replace(",", ".")), token.unit, at)
            case "concept":
                return ConceptName(token.text, at)
            case "word" | "date":
                return Name(token.text, at)
            case "symbol" if token.text == "-" and self.peek().kind == "number":
                number = self.value()
                assert isinstance(number, Number)
                return Number(-number.value, number.unit, at)
        self.next -= 1
        raise self.error("une valeur attendue")

    def values(self) -> tuple[Value, ...]:
        self.expect(("(",))
        found = [self.value()]
        while self.take((",",), (";",)):
            found.append(self.value())
        self.expect((")",))
        return tuple(found)

    def both_ends(self) -> tuple[Value, Value]:
        low = self.value()
        self.expect(("et",), ("and",))
        return low, self.value()

    def concept(self) -> ConceptName:
        found = self.value()
        if not isinstance(found, ConceptName):
            self.next -= 1
            raise self.error("un concept entre guillemets « » attendu")
        return found

    def concepts(self) -> tuple[ConceptName, ...]:
        if not self.take(("parmi", "("), ("in", "("), ("one", "of", "(")):
            return (self.concept(),)
        found = [self.concept()]
        while self.take((",",), (";",)):
            found.append(self.concept())
        self.expect((")",))
        return tuple(found)

    def cell(self) -> tuple[str, tuple[Value, ...]]:
        if self.take(("entre",), ("between",)):
            return "entre", self.both_ends()
        if self.take(("parmi",), ("in",)):
            return "parmi", self.values()
        if self.take(("est",), ("is",)):
            return "est", self.concepts()
        operator = self.peek().text
        if self.peek().kind == "symbol" and operator in COMPARISONS:
            self.next += 1
            return operator, (self.value(),)
        found = self.value()
        return ("est" if isinstance(found, ConceptName) else "="), (found,)

    def where_bare(self) -> Condition | None:
        if not self.take(("ou", "("), ("where", "(")):
            return self.single() if self.take(("ou",), ("where",)) else None
        inside = self.condition()
        self.expect((")",))
        return inside

    def formula(self) -> Formula:
        return self.chain(("+", "-"), lambda: self.chain(("*", "/"), self.power))

    def chain(self, operators: tuple[str, ...], below: Callable[[], Formula]) -> Formula:
        start = self.peek()
        left = below()
        while self.peek().kind == "symbol" and self.peek().text in operators:
            operator = self.peek().text
            self.next += 1
            left = Operation(operator, (left, below()), self.since(start))
        return left

    def power(self) -> Formula:
        start = self.peek()
        base = self.factor()
        if self.take(("^",)):
            return Operation("^", (base, self.factor()), self.since(start))
        return base

    def factor(self) -> Formula:
        self.deeper()
        found = self._factor()
        self.depth -= 1
        return found

    def _factor(self) -> Formula:
        start = self.peek()
        if self.take(("-",)):
            return Operation("-", (Number(Decimal(0)), self.factor()), self.since(start))
        if self.take(("(",)):
            inside = self.formula()
            self.expect((")",))
            return inside
        if start.kind == "number":
            found = self.value()
            assert isinstance(found, Number)
            return found
        if start.word in _FUNCTIONS and self.peek(1).text == "(":
            self.next += 2
            operands = [self.formula()]
            while self.take((";",), (",",)):
                operands.append(self.formula())
            self.expect((")",))
            return Operation(_FUNCTIONS[start.word], tuple(operands), self.since(start))
        return self.term()
