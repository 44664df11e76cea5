"""Condition text → expression, in French or in English; the printer in `printing` writes French."""

from __future__ import annotations

from engine.lexer import Token
from engine.syntax import (
    And,
    AtLeast,
    Between,
    Compare,
    Condition,
    Constant,
    Contraindicated,
    Documented,
    Formula,
    IfThen,
    IsA,
    ItemName,
    Judged,
    Not,
    OneOf,
    OnlyThose,
    Or,
    Rows,
    Value,
)
from engine.terms import COMPARISONS, Terms

# the French words first: the printer writes those
AND, OR, NOT = ("et", "and"), ("ou", "or"), ("non", "not")


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


class _Reader(Terms):
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

    def comparison(self, start: Token) -> Condition:
        term = self.term()
        if isinstance(term, ItemName):
            concepts = self.about_concepts(term, start)
            if concepts is not None:
                return concepts
        operator = self.peek().text
        if self.peek().kind == "symbol" and operator in COMPARISONS:
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
