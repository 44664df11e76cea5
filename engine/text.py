"""Condition text → expression, in French or in English; the printer in `printing` writes French."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from engine.lexer import END, TextError, Token, tokens_of
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
    Selector,
    Sum,
    Term,
    Value,
)

# the French words first: the printer writes those
AND, OR, NOT = ("et", "and"), ("ou", "or"), ("non", "not")
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_OUTER = ("fiche.", "sheet.")
_FUNCTIONS = {"min": "min", "max": "max", "racine": "racine", "sqrt": "racine", "ln": "ln", "exp": "exp"}
T = TypeVar("T")

DEEPEST = 50

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


def read_condition(text: str) -> Condition:
    """Read a whole text as one condition, or raise `TextError`."""
    reader = _Reader(text)
    return reader.whole(reader.condition)


def read_formula(text: str) -> Formula:
    """Read a whole text as one formula, or raise `TextError`."""
    reader = _Reader(text)
    return reader.whole(reader.formula)


def read_cell(text: str) -> tuple[str, tuple[Value, ...]]:
    """Read a comparison without its item: `<= 25`, `entre 16 et 25`, `parmi (2, 4)`, `positif`."""
    reader = _Reader(text)
    return reader.whole(reader.cell)


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)
        self.text, self.next, self.depth = text, 0, 0

    # --- tokens ---

    def peek(self, ahead: int = 0) -> Token:
        position = self.next + ahead
        return self.tokens[position] if position < len(self.tokens) else END

    def take(self, *phrases: tuple[str, ...]) -> bool:
        """Step over the first of the phrases (words or symbols) that stands here."""
        for phrase in phrases:
            if all((self.peek(n).word or self.peek(n).text) == word for n, word in enumerate(phrase)):
                self.next += len(phrase)
                return True
        return False

    def expect(self, *phrases: tuple[str, ...]) -> None:
        if not self.take(*phrases):
            raise self.error(f"`{' '.join(phrases[0])}` attendu")

    def error(self, message: str, hint: str = "") -> TextError:
        token = self.peek()
        if token is END:
            return TextError(f"{message}, mais le texte s'arrête", max(0, len(self.text) - 1), 1, hint)
        return TextError(f"{message} ici", token.start, token.length, hint)

    def since(self, start: Token) -> At:
        last = self.tokens[self.next - 1]
        return start.start, last.start + last.length - start.start

    def whole(self, read: Callable[[], T]) -> T:
        found = read()
        if self.next < len(self.tokens):
            raise self.error("la condition devait s'arrêter")
        return found

    # --- conditions ---

    def condition(self) -> Condition:
        start = self.peek()
        parts = [self.single()]
        for words, node in ((AND, And), (OR, Or)):
            while self.take(*((w,) for w in words)):
                parts.append(self.single())
            if len(parts) > 1:
                if self.peek().word in AND + OR:
                    raise self.error("`et` et `ou` ne se mêlent pas sans parenthèses", "mettez l'un des deux entre ( )")
                return node(tuple(parts), self.since(start))
        return parts[0]

    def single(self) -> Condition:
        self.deeper()
        found = self._single()
        self.depth -= 1
        return found

    def deeper(self) -> None:
        """Refuse what no physician could read aloud."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error("la condition est trop emboîtée", "nommez une partie par une définition")

    def _single(self) -> Condition:
        start = self.peek()
        if self.take(("non",), ("not",)):
            return Not(self.single(), self.since(start))
        if self.take(("(",)):
            inside = self.condition()
            self.expect((")",))
            return inside
        if self.take(("si",), ("if",)):
            return self.if_then(start)
        if self.take(("vrai",), ("true",)):
            return Constant(True, self.since(start))
        if self.take(("faux",), ("false",)):
            return Constant(False, self.since(start))
        return self.named(start)

    def if_then(self, start: Token) -> Condition:
        test = self.condition()
        self.expect(("alors",), ("then",))
        then = self.condition()
        otherwise = self.condition() if self.take(("sinon",), ("else",)) else None
        return IfThen(test, then, otherwise, self.since(start))

    def named(self, start: Token) -> Condition:
        if self.take(("au", "moins"), ("at", "least")):
            return self.at_least(start)
        if self.take(("aucun",), ("aucune",), ("no",)):
            return self.rows("aucun", 1, start)
        if self.take(("tous",), ("toutes",), ("every",), ("all",)):
            return self.rows("tous", 1, start)
        if self.take(("documente", "("), ("documented", "(")):
            item = self.item()
            where = self.where_bare()
            self.expect((")",))
            return Documented(item, where, self.since(start))
        if self.take(("a", "apprecier"), ("to", "judge")):
            word = self.peek()
            self.next += 1
            return Judged(word.text, self.since(start))
        if self.take(("contre_indique", "("), ("contraindicated", "(")):
            concept = self.concept()
            self.expect((")",))
            return Contraindicated(concept, self.since(start))
        if self.take(("contient",), ("contains",)):
            return IsA("contient", None, self.concepts(), self.since(start))
        return self.comparison(start)

    def at_least(self, start: Token) -> Condition:
        token = self.peek()
        number = 1 if token.word in ("un", "une", "one") else int(token.text) if token.text.isdigit() else 0
        if number < 1:
            raise self.error("un nombre, `un` ou `une` attendu")
        self.next += 1
        if not self.take(("parmi",), ("of",)):
            return self.rows("au moins", number, start)
        self.expect(("(",))
        parts = [self.condition()]
        while self.take((";",)):
            parts.append(self.condition())
        self.expect((")",))
        return AtLeast(number, tuple(parts), self.since(start))

    def rows(self, quantifier: str, number: int, start: Token) -> Condition:
        records = self.item()
        where = self.where_bare()
        if where is None:
            raise self.error("`où` attendu", "par exemple : au moins un traitement où (contient « anthracycline »)")
        return Rows(quantifier, number, records, where, self.since(start))

    def where_bare(self) -> Condition | None:
        if not self.take(("ou", "("), ("where", "(")):
            return self.single() if self.take(("ou",), ("where",)) else None
        inside = self.condition()
        self.expect((")",))
        return inside

    def comparison(self, start: Token) -> Condition:
        term = self.term()
        if isinstance(term, ItemName):
            concepts = self.about_concepts(term, start)
            if concepts is not None:
                return concepts
        operator = self.peek().text
        if self.peek().kind == "symbol" and operator in _COMPARISONS:
            self.next += 1
            return Compare(term, operator, self.value(), self.since(start))
        if self.take(("entre",), ("between",)):
            low, high = self.both_ends()
            return Between(term, low, high, self.since(start))
        if self.take(("parmi",), ("in",)):
            return OneOf(term, self.values(), self.since(start))
        raise self.error(
            "une comparaison attendue", "par exemple : age >= 70 ans, cT parmi (T1, T2), topographie est « sein »"
        )

    def about_concepts(self, item: ItemName, start: Token) -> Condition | None:
        if self.take(("ne", "comporte", "que"), ("only", "contains")):
            return OnlyThose(item, self.concepts(), self.since(start))
        if self.take(("est",), ("is",)):
            return IsA("est", item, self.concepts(), self.since(start))
        if self.take(("contient",), ("contains",)):
            return IsA("contient", item, self.concepts(), self.since(start))
        if self.take(("comporte",), ("includes",)):
            return IsA("comporte", item, self.concepts(), self.since(start))
        if self.take(("a", "pour", "composante"), ("has", "component")):
            return IsA("a pour composante", item, self.concepts(), self.since(start))
        return None

    # --- terms ---

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
                    if token.kind != "number" or not token.unit:
                        raise self.error("une durée attendue, par exemple `14 jours`")
                    number, unit = Decimal(token.text.replace(",", ".")), token.unit
                    self.next += 1
                self.expect((")",))
                return Selector(kind, number, unit)
        raise self.error(
            "un sélecteur attendu", "moins de 14 jours, avant traitement, au diagnostic, le plus bas, sur métastase"
        )

    # --- values ---

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
        if self.peek().kind == "symbol" and operator in _COMPARISONS:
            self.next += 1
            return operator, (self.value(),)
        found = self.value()
        return ("est" if isinstance(found, ConceptName) else "="), (found,)

    # --- formulas ---

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
