"""Exceptions: on known patients the rule that stands is the one a reader would name; on others nothing certain is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.truth import FALSE, TRUE, UNKNOWN, Truth
from tests.agreement import vocabulary
from tests.agreement.dice import Dice, Draw
from tests.agreement.sheets import evaluate, put
from tests.agreement.written import read_base
from tests.strategies import LAW

# independent propositions: condition → item, value where it is so, value where it is not
PROPOSITIONS: Sequence[tuple[str, str, Any, Any]] = (
    ("menopause = oui", "menopause", True, False), ("grossesse = oui", "grossesse", True, False), ("fragile = oui", "fragile", True, False),
    ("sexe = F", "sexe", "F", "M"), ("cM = M0", "cM", "M0", "M1a"), ("pN = N0", "pN", "N0", "N2"), ("her2 = 3+", "her2", "3+", "0"),
)  # fmt: skip
NAMES = tuple(f"r{number}" for number in range(len(PROPOSITIONS)))


@dataclass(frozen=True, slots=True)
class Tree:
    """A rule with exceptions of exceptions: who excepts whom, who concludes something, and what is said of each condition."""

    parents: tuple[int | None, ...]
    concludes: tuple[bool, ...]
    said: tuple[Truth, ...]

    def children(self, node: int) -> list[int]:
        return [n for n, parent in enumerate(self.parents) if parent == node]

    def rule(self, node: int) -> dict[str, Any]:
        body: dict[str, Any] = {"id": NAMES[node], "titre": "r", "si": PROPOSITIONS[node][0]}
        if self.concludes[node]:
            body["alors"] = {"proposer": "chirurgie"}
        if self.children(node):
            body["sauf"] = [self.rule(child) for child in self.children(node)]
        return body

    def files(self) -> Mapping[str, str]:
        question = {"id": "q", "titre": "q", "posee_si": "vrai", "recommandations": [self.rule(0)]}
        body = {
            "referentiel": "g",
            "titre": "g",
            "emetteur": "g",
            "valable": "France",
            "source": "s",
            "statut": "à valider",
            "questions": [question],
        }
        return {"knowledge/g.yaml": json.dumps(body)}

    def sheet(self, said: Sequence[Truth]) -> dict[str, Any]:
        body: dict[str, Any] = {"tumeurs": [{"id": "t1"}]}
        for (_, item, yes, no), truth in zip(PROPOSITIONS, said, strict=False):
            if truth != UNKNOWN:
                put(body, vocabulary.dictionary().items[item], yes if truth == TRUE else no)
        return body

    def standing(self, *cases: Sequence[Truth]) -> list[dict[str, Truth]]:
        """Return whether each rule holds in each case, by the engine."""
        base = read_base(self.files())
        states = [evaluate(base, self.sheet(said)).state for said in cases]
        return [{NAMES[n]: state.truth(f"holds:{NAMES[n]}") for n in range(len(self.parents))} for state in states]

    # --- what a reader would say, all being known ---

    def stands(self, node: int, true: Sequence[bool]) -> set[str]:
        """Return what is concluded in the place of a rule whose condition is met: nothing where it is only taken away."""
        active = [child for child in self.children(node) if true[child] and not self.undone(child, true)]
        if not active:
            return {NAMES[node]} if self.concludes[node] else set()
        return {name for child in active for name in self.stands(child, true)}

    def undone(self, node: int, true: Sequence[bool]) -> bool:
        """Say whether an exception is itself taken away by one without conclusion, and nothing put in its place."""
        met = [child for child in self.children(node) if true[child]]
        left = [child for child in met if not self.undone(child, true)]
        silent = any(not self.concludes[child] and not self.replaced(child, true) for child in left)
        return silent and not any(self.stands(child, true) for child in met)

    def replaced(self, node: int, true: Sequence[bool]) -> bool:
        return any(true[child] and not self.undone(child, true) for child in self.children(node))


@st.composite
def trees(draw: Draw) -> Tree:
    """Draw a tree of exceptions."""
    dice = Dice(draw)
    size = dice.number(1, len(PROPOSITIONS))
    parents = (None, *(dice.number(0, node - 1) for node in range(1, size)))
    truths: tuple[Truth, ...] = (TRUE, FALSE, UNKNOWN)
    return Tree(
        parents, (True, *(dice.chance(50) for _ in range(1, size))), tuple(dice.pick(truths) for _ in range(size))
    )


@LAW
@given(trees())
def test_what_holds_among_exceptions_is_what_a_reader_would_say(tree: Tree) -> None:
    """All being known, what the base comes to is what stands in its place."""
    known = [FALSE if truth == FALSE else TRUE for truth in tree.said]
    true = [truth == TRUE for truth in known]
    (held,) = tree.standing(known)
    concluded = {name for n, name in enumerate(held) if held[name] == TRUE and tree.concludes[n]}
    assert UNKNOWN not in held.values()
    assert concluded == (tree.stands(0, true) if true[0] else set())


@LAW
@given(trees())
def test_what_is_certain_among_exceptions_stays_so_whatever_is_learnt(tree: Tree) -> None:
    """A rule that certainly holds, or certainly does not, does so in every completion."""
    partial, *complete = tree.standing(tree.said, *_completions(tree.said))
    for held in complete:
        for name, truth in partial.items():
            assert truth in (UNKNOWN, held[name]), (name, held)


def _completions(said: Sequence[Truth]) -> list[tuple[Truth, ...]]:
    """Return up to eight ways to settle what is unknown: all of them where three things or fewer are."""
    choices: list[tuple[Truth, ...]] = [(FALSE, TRUE) if truth == UNKNOWN else (truth,) for truth in said]
    return list(product(*choices))[:: max(1, 2 ** said.count(UNKNOWN) // 8)]


@LAW
@given(st.lists(st.booleans(), min_size=1, max_size=7))
def test_a_chain_of_exceptions_that_conclude_gives_the_deepest(true: list[bool]) -> None:
    """Of exceptions of exceptions that all conclude, the last that is reached stands alone."""
    size = len(true)
    tree = Tree((None, *range(size - 1)), (True,) * size, (TRUE,) * size)
    (held,) = tree.standing([TRUE if one else FALSE for one in true])
    depth = true.index(False) if False in true else size
    assert [name for name, truth in held.items() if truth == TRUE] == [NAMES[depth - 1]] * bool(depth)


@LAW
@given(st.lists(st.booleans(), min_size=1, max_size=7))
def test_a_chain_of_exceptions_without_conclusion_takes_away_and_gives_back(true: list[bool]) -> None:
    """Of exceptions that only take away, each gives back what the one above it took."""
    size = len(true)
    tree = Tree((None, *range(size - 1)), (True, *(False,) * (size - 1)), (TRUE,) * size)
    (held,) = tree.standing([TRUE if one else FALSE for one in true])
    depth = true.index(False) if False in true else size
    assert (held["r0"] == TRUE) == (depth % 2 == 1)
