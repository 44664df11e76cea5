"""Definite conjunctions on completely known sheets: the engine and durable-rules, an engine of another school, agree."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.printing import show
from engine.syntax import And, Compare, ItemName, Name, Number, Value
from engine.truth import TRUE, UNKNOWN
from tests.agreement import vocabulary
from tests.agreement.conditions import NUMBERS
from tests.agreement.dice import Dice, Draw
from tests.agreement.sheets import evaluate, put
from tests.agreement.written import read_base
from tests.conftest import ROOT
from tests.strategies import LAW

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("durable") is None, reason="durable-rules is not installed (Python < 3.13 only)"
)

QUANTITIES = ("ganglions", "taille", "re_pct", "age", "poids", "hb")
CATEGORIES = ("cT", "pN", "cM", "her2", "stade", "sexe", "menopause", "grossesse")
MOST_RULES = 40
QUESTIONS_A_PROCESS = 100


@dataclass(frozen=True, slots=True)
class Case:
    """Rules that are conjunctions, and a patient of whom every item is known."""

    rules: tuple[tuple[Compare, ...], ...]
    patient: dict[str, Any]


@dataclass(slots=True)
class Reader:
    """Asks durable-rules, in a process that lives for a hundred questions."""

    process: subprocess.Popen[str] | None = None
    asked: int = field(default=0)

    def fired(self, rules: Sequence[Sequence[tuple[str, str, int]]], fact: dict[str, int]) -> list[int]:
        if self.process is None or self.asked == QUESTIONS_A_PROCESS:
            self.close()
            command = [sys.executable, "-m", "tests.agreement.durable_reading"]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
            self.asked = 0
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.asked += 1
        self.process.stdin.write(json.dumps({"rules": rules, "fact": fact}) + "\n")
        self.process.stdin.flush()
        found: list[int] = json.loads(self.process.stdout.readline())
        return found

    def close(self) -> None:
        if self.process is not None:
            self.process.communicate()
            self.process = None


@pytest.fixture(scope="module")
def durable() -> Iterator[Reader]:
    """Give a reader, and end its process."""
    reader = Reader()
    yield reader
    reader.close()


def rendered(comparison: Compare) -> list[tuple[str, str, int]]:
    """Render a comparison as comparisons of whole numbers: tenths of a quantity, the place of a leaf."""
    assert isinstance(comparison.term, ItemName)
    item, sign, value = comparison.term.text, comparison.operator, comparison.value
    if item in QUANTITIES:
        assert isinstance(value, Number)
        return [(item, sign, int(value.value * 10))]
    leaves = vocabulary.dictionary().items[item].leaves()
    mask = leaves.sets[str(value.value) if isinstance(value, Number) else value.text]
    first, last = (mask & -mask).bit_length() - 1, mask.bit_length() - 1
    if sign == "=":
        return [(item, ">=", first), (item, "<=", last)]
    return [(item, sign, first if sign in ("<", ">=") else last)]


def fact_of(patient: dict[str, Any]) -> dict[str, int]:
    """Render what is known as whole numbers."""
    dictionary = vocabulary.dictionary()
    return {
        item: int(Decimal(str(value)) * 10)
        if item in QUANTITIES
        else dictionary.items[item].leaves().names.index(value)
        for item, value in patient.items()
    }


@st.composite
def cases(draw: Draw) -> Case:
    """Draw rules and a patient."""
    dice = Dice(draw)
    rules = tuple(tuple(_comparison(dice) for _ in range(dice.number(1, 6))) for _ in range(dice.number(1, 8)))
    patient: dict[str, Any] = {item: dice.pick(NUMBERS.get(item, (0, 1))) for item in QUANTITIES}
    patient |= {item: dice.pick(_own_names(item)) for item in CATEGORIES}
    return Case(rules, patient)


def _own_names(item: str) -> list[str]:
    """Return the leaves that a sheet can say: a name that is a category too stands for all of it."""
    return [name for name, mask in vocabulary.dictionary().items[item].leaves().sets.items() if mask.bit_count() == 1]


def _comparison(dice: Dice) -> Compare:
    if dice.chance(50):
        item = dice.pick(QUANTITIES)
        unit = vocabulary.dictionary().items[item].line().unit
        number = Number(Decimal(dice.pick(NUMBERS.get(item, (0, 1)))), unit.name if unit else "")
        return Compare(ItemName(item), dice.pick(("=", "!=", "<", "<=", ">", ">=")), number)
    item = dice.pick(CATEGORIES)
    leaves = vocabulary.dictionary().items[item].leaves()
    ordered = [name for name, mask in leaves.sets.items() if leaves.has_order(mask)]
    name = dice.pick(ordered or list(leaves.sets))
    value: Value = Number(Decimal(name)) if name.isdigit() else Name(name)
    return Compare(ItemName(item), dice.pick(("=", "<", "<=", ">", ">=")) if ordered else "=", value)


def by_engine(case: Case) -> list[int]:
    """Return the rules that hold, by the engine; none is undetermined."""
    rules = [
        {"id": f"r{n}", "titre": "r", "si": show(And(parts) if len(parts) > 1 else parts[0]), "alors": "chirurgie"}
        for n, parts in enumerate(case.rules)
    ]
    question = {"id": "q", "titre": "q", "posee_si": "vrai", "recommandations": rules}
    guideline = {
        "referentiel": "g",
        "titre": "g",
        "emetteur": "g",
        "valable": "France",
        "source": "s",
        "statut": "à valider",
        "questions": [question],
    }
    body: dict[str, Any] = {"tumeurs": [{"id": "t1"}]}
    for name, value in case.patient.items():
        item = vocabulary.dictionary().items[name]
        leaf = value == "oui" if item.kind == "booleen" else float(value) if name in QUANTITIES else value
        put(body, item, leaf)
    state = evaluate(read_base({"knowledge/g.yaml": json.dumps(guideline)}), body).state
    truths = [state.truth(f"holds:r{n}") for n in range(len(case.rules))]
    assert UNKNOWN not in truths
    return [n for n, truth in enumerate(truths) if truth == TRUE]


@LAW
@given(case=cases())
def test_durable_rules_finds_the_same_conjunctions(durable: Reader, case: Case) -> None:
    """Every rule holds in one reading where it fires in the other."""
    rules = [[one for comparison in parts for one in rendered(comparison)] for parts in case.rules]
    assert durable.fired(rules, fact_of(case.patient)) == by_engine(case)
