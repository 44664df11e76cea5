"""Parse ∘ print is the identity, and whatever way a condition is spelt it is printed in one canonical French way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.printing import show, show_formula
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
    Selector,
    Sum,
    Term,
    Value,
)
from engine.text import read_condition, read_formula
from engine.units import SPELLINGS
from tests.agreement.dice import Dice, Draw
from tests.strategies import LAW, conditions

_NAMES = ("re_pct", "cT", "pT1b", "âge", "traitements", "x", "os3", "minimum", "oui", "T4d", "nombre_gs", "ouverture")
_CATEGORIES = (*_NAMES, "2+", "0_nul", "3+", "N0(i+)", "N1(mol-)", "2026-03-09", "2026-03", "M1c")
_CONCEPTS = (
    "sein",
    "carcinome lobulaire (infiltrant)",
    "TNM : T4 ; N1",
    "d'un « autre",
    "folfox",
    "A et B",
    "5-fluorouracile, folate",
)
_UNITS = ("", *(unit for unit in SPELLINGS if not unit.isdigit()))
_SELECTORS = ("avant traitement", "au diagnostic", "le plus bas", "sur métastase")


@dataclass(slots=True)
class Texts:
    """Draws every node of the language, whatever it may mean."""

    dice: Dice

    def condition(self, depth: int) -> Condition:
        if depth == 0 or self.dice.chance(20):
            return self.atom()
        parts = tuple(self.condition(depth - 1) for _ in range(self.dice.number(2, 3)))
        kind = self.dice.number(0, 6)
        match kind:
            case 0:
                return And(parts)
            case 1:
                return Or(parts)
            case 2:
                return Not(parts[0])
            case 3:
                return AtLeast(self.dice.number(1, 4), parts)
            case 4:
                return IfThen(parts[0], parts[1], parts[2] if len(parts) > 2 else None)
            case 5:
                return Documented(ItemName(self.name()), parts[0])
        quantifier = self.dice.pick(("au moins", "aucun", "tous"))
        return Rows(
            quantifier, self.dice.number(1, 12) if quantifier == "au moins" else 1, ItemName(self.name()), parts[0]
        )

    def atom(self) -> Condition:
        match self.dice.number(0, 9):
            case 0:
                return Constant(self.dice.chance(50))
            case 1:
                return Between(self.term(), self.value(), self.value())
            case 2:
                return OneOf(self.term(), tuple(self.value() for _ in range(self.dice.number(1, 4))))
            case 3:
                relation = self.dice.pick(("est", "contient", "comporte", "a pour composante"))
                return IsA(relation, self.item(), self.concepts())
            case 4:
                return IsA("contient", None, self.concepts())
            case 5:
                return OnlyThose(self.item(), self.concepts())
            case 6:
                return Documented(self.item())
            case 7:
                return Judged(self.dice.pick(("benefice-chimio", "operable", "avis-2e-ligne")))
            case 8:
                return Contraindicated(self.concept())
        return Compare(self.term(), self.dice.pick(("=", "!=", "<", "<=", ">", ">=")), self.value())

    def term(self) -> Term:
        match self.dice.number(0, 7):
            case 0:
                return Delay(self.item(), self.item())
            case 1:
                return Count(ItemName(self.name()), self.condition(1) if self.dice.chance(60) else None)
            case 2:
                return Sum(
                    ItemName(self.name()),
                    self.dice.pick(("dose", "cycles")),
                    self.condition(1) if self.dice.chance(60) else None,
                )
        return self.item()

    def name(self) -> str:
        return self.dice.pick(_NAMES)

    def item(self) -> ItemName:
        return ItemName(self.name(), self.selector() if self.dice.chance(20) else None, self.dice.chance(15))

    def selector(self) -> Selector:
        if self.dice.chance(40):
            return Selector(
                "moins de",
                Decimal(self.dice.number(1, 400)) / self.dice.pick((1, 2)),
                self.dice.pick(("jours", "semaines", "mois", "ans")),
            )
        return Selector(self.dice.pick(_SELECTORS))

    def number(self) -> Number:
        exponent = self.dice.number(-3, 2)
        return Number(Decimal(self.dice.number(0, 3000)).scaleb(exponent), self.dice.pick(_UNITS))

    def value(self) -> Value:
        match self.dice.number(0, 3):
            case 0:
                return self.concept()
            case 1:
                return Name(self.dice.pick(_CATEGORIES))
            case 2:
                number = self.number()
                return Number(-number.value, number.unit) if number.value else number
        return self.number()

    def concept(self) -> ConceptName:
        return ConceptName(self.dice.pick(_CONCEPTS))

    def concepts(self) -> tuple[ConceptName, ...]:
        return tuple(self.concept() for _ in range(self.dice.number(1, 3)))

    def formula(self, depth: int) -> Formula:
        if depth == 0 or self.dice.chance(15):
            return Number(self.number().value) if self.dice.chance(40) else self.term()
        operator = self.dice.pick(("+", "-", "*", "/", "^", "min", "max", "racine", "ln", "exp"))
        wanted = (
            1 if operator in ("racine", "ln", "exp") else self.dice.number(1, 3) if operator in ("min", "max") else 2
        )
        return Operation(operator, tuple(self.formula(depth - 1) for _ in range(wanted)))


_ENGLISH = (
    ("au moins un ", "at least one "), ("au moins ", "at least "), ("ne comporte que", "only contains"), ("a pour composante", "has component"),
    ("à apprécier", "to judge"), ("contre_indiqué(", "contraindicated("), ("documenté(", "documented("), ("nombre(", "count("), ("somme(", "sum("),
    ("délai(", "delay("), ("moins de", "less than"), ("avant traitement", "before treatment"), ("au diagnostic", "at diagnosis"),
    ("le plus bas", "lowest"), ("sur métastase", "on metastasis"), ("racine(", "sqrt("),
)  # fmt: skip
_WORDS = {
    "et": "and", "ou": "or", "non": "not", "si": "if", "alors": "then", "sinon": "else", "où": "where", "entre": "between", "parmi": "in",
    "est": "is", "contient": "contains", "comporte": "includes", "vrai": "true", "faux": "false", "aucun": "no", "tous": "every",
}  # fmt: skip
_QUOTED = re.compile(r"(«[^»]*»)")


def in_english(text: str) -> str:
    """Write a canonical text with the English keywords; what stands between guillemets is left."""
    return "".join(part if part.startswith("«") else _translated(part) for part in _QUOTED.split(text))


def _translated(text: str) -> str:
    for french, english in _ENGLISH:
        text = text.replace(french, english)
    text = re.sub(r"(at least \d+) parmi", r"\1 of", text)
    return re.sub(
        r"(?<![\w.(-])(?<![=,;] )([^\W\d]+)(?![\w.+-]|\()|(?<=\()(non|si)(?= )", lambda m: _WORDS.get(m[0], m[0]), text
    )


def disguised(text: str, dice: Dice) -> str:
    """Spell a text otherwise: other signs, capitals in keywords, quotes, spaces, a decimal point."""
    parts = _QUOTED.split(text)
    for number, part in enumerate(parts):
        if part.startswith("«"):
            parts[number] = f'"{part[1:-1]}"' if '"' not in part and dice.chance(50) else part
            continue
        if dice.chance(50):
            part = part.replace("<=", "≤").replace(">=", "≥").replace("!=", "≠")
        if dice.chance(50):
            part = re.sub(r"(?<![/\w])(\d+),(\d)", r"\1.\2", part)
        if dice.chance(50):
            part = re.sub(r"\b(et|ou|entre|parmi|si|alors|and|or)\b(?![.(-])", lambda m: m[0].upper(), part)
        parts[number] = re.sub(r" (=|<|>|et|ou|and|or) ", r"  \1   ", part) if dice.chance(50) else part
    return "".join(parts)


@st.composite
def any_conditions(draw: Draw) -> Condition:
    """Draw any condition that the language can write."""
    return Texts(Dice(draw)).condition(3)


@st.composite
def any_formulas(draw: Draw) -> Formula:
    """Draw any formula that the language can write."""
    return Texts(Dice(draw)).formula(3)


@LAW
@given(any_conditions())
def test_a_printed_condition_reads_as_itself(condition: Condition) -> None:
    """Parse ∘ print = identity."""
    assert read_condition(show(condition)) == condition


@LAW
@given(any_formulas())
def test_a_printed_formula_reads_as_itself(formula: Formula) -> None:
    """Parse ∘ print = identity."""
    assert read_formula(show_formula(formula)) == formula


@st.composite
def spellings(draw: Draw) -> tuple[Condition, tuple[str, ...]]:
    """Draw a condition and other ways to write it."""
    dice = Dice(draw)
    condition = draw(conditions()) if dice.chance(50) else Texts(dice).condition(3)
    text = show(condition)
    return condition, (in_english(text), disguised(text, dice), disguised(in_english(text), dice))


@LAW
@given(spellings())
def test_every_spelling_prints_in_one_way(spelt: tuple[Condition, tuple[str, ...]]) -> None:
    """English keywords, other signs, quotes, spaces and capitals are read as the canonical text, and printed as it."""
    condition, texts = spelt
    canonical = show(condition)
    for text in (canonical, *texts):
        assert read_condition(text) == condition, text
        assert show(read_condition(text)) == canonical
