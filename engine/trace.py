"""Conditions prepared for explanation: each node with the registers that hold its truth and its worlds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.dictionary import Dictionary, Item
from engine.fusion import as_member
from engine.logic import (
    All,
    Answered,
    AnyKey,
    AnyOf,
    Contrary,
    CountKey,
    DelayKey,
    Enough,
    Fixed,
    Key,
    Known,
    Logic,
    Member,
    Some,
)
from engine.meaning import known, member
from engine.program import Program
from engine.state import State
from engine.truth import Truth, at_least, conjunction, disjunction, negation


@dataclass(frozen=True, slots=True)
class Trace:
    """A node, its register if the program has one, the item it reads and that item's register, and what is below."""

    node: Logic
    register: int | None
    item: Item | None
    worlds: int | None
    parts: tuple[Trace, ...]
    fused: Member | None
    key: AnyKey | None
    text: str


class Traces(Mapping[Logic, Trace]):
    """Conditions prepared for explanation, found by the very node: to hash a condition is to walk all of it."""

    def __init__(self, conditions: Iterable[Logic], program: Program, dictionary: Dictionary) -> None:
        """Prepare some conditions and all below them; equal conditions share one trace."""
        self.nodes = tuple(conditions)  # Invariant: kept, so that no other node takes the place of one of them
        self.equal: dict[Logic, Trace] = {}
        self.same = {id(node): trace_of(node, program, dictionary, self.equal) for node in self.nodes}

    def __getitem__(self, node: Logic) -> Trace:
        """Return the trace of a condition."""
        found = self.same.get(id(node))
        return self.equal[node] if found is None else found

    def __iter__(self) -> Iterator[Logic]:
        """Yield every condition, those below others included."""
        return iter(self.equal)

    def __len__(self) -> int:
        """Return how many different conditions there are."""
        return len(self.equal)


def trace_of(node: Logic, program: Program, dictionary: Dictionary, known: dict[Logic, Trace]) -> Trace:
    """Prepare a condition for explanation; equal conditions share one trace."""
    if node not in known:
        known[node] = _trace(node, program, dictionary, known)
    return known[node]


def _trace(node: Logic, program: Program, dictionary: Dictionary, known: dict[Logic, Trace]) -> Trace:
    fused = as_member(node)
    key = node.key if isinstance(node, Member | Known) else fused.key if fused else None
    below: tuple[Logic, ...] = ()
    if isinstance(node, All | AnyOf | Enough):
        below = node.parts
    elif isinstance(node, Contrary):
        below = (node.part,)
    return Trace(
        node,
        program.nodes.get(node),
        item_of(key, dictionary) if key is not None else None,
        program.keys.get(key) if key is not None else None,
        tuple(trace_of(part, program, dictionary, known) for part in below),
        fused,
        key,
        node.text,
    )


def item_of(key: AnyKey, dictionary: Dictionary) -> Item | None:
    """Return the item that a key is about."""
    match key:
        case Key(item):
            return dictionary.items.get(item) or dictionary.judgements.get(item)
        case DelayKey(start):
            return dictionary.items.get(start.item)
        case CountKey(records):
            return dictionary.items.get(records)


def truth_of(trace: Trace, values: Any) -> Truth:
    """Return the truth of a node from the registers."""
    if trace.register is not None:
        return values[trace.register]  # type: ignore[no-any-return]  # a truth register
    node = trace.node
    if isinstance(node, Fixed):
        return node.truth
    if trace.worlds is not None and trace.fused is not None:
        return member(values[trace.worlds], trace.fused.sure, trace.fused.possible)
    if isinstance(node, Known) and trace.worlds is not None:
        return known(values[trace.worlds], node.classes)
    below = [truth_of(part, values) for part in trace.parts]
    match node:
        case All():
            return conjunction(below)
        case AnyOf():
            return disjunction(below)
        case Enough(number):
            return at_least(number, below)
        case Contrary():
            return negation(below[0])
    return 1


def rows_of(trace: Trace) -> str:
    """Return the list that a quantifier reads, or nothing."""
    return trace.node.records if isinstance(trace.node, Some | Answered) else ""


def failing(trace: Trace, state: State) -> list[Trace] | None:
    """Return the smallest set of nodes that keep a condition FALSE; None if it can't be said item by item."""
    if truth_of(trace, state.values) != 0:
        return []
    match trace.node:
        case All():
            found: list[Trace] = []
            for part in trace.parts:
                below = failing(part, state)
                if below is None:
                    return None
                found += below
            return found or ([trace] if trace.item else None)
        case AnyOf() | Enough():
            ways = [way for part in trace.parts if (way := failing(part, state)) is not None]
            return min(ways, key=len, default=None)
        case Fixed():
            return None
    return [trace]
