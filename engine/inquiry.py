"""What to ask: the missing items of all open answers, and what each value of them would change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from engine.dictionary import Dictionary, Item
from engine.domains import Leaves, Line
from engine.lanes import Lanes
from engine.logic import Answered, CountKey, Fixed, Some
from engine.program import Instruction, Program
from engine.state import State
from engine.syntax import Selector
from engine.truth import FALSE, TRUE, UNKNOWN
from engine.values import Ranges, Worlds, between

EFFORTS = {"dossier": 1, "juger": 1, "demander": 2, "examen": 3}
MOST_CELLS = 64
MOST_SINGLES = 12
QUANTIFIERS = frozenset(("some", "answered"))


class Asked(NamedTuple):
    """One thing to ask: a register to fill, the item behind it, and the values that make a difference.

    `when` says which value is meant where it is not today's, `fresh` how recent it must be; `fills` are the registers that
    one answer fills.
    """

    register: int
    item: str
    text: str
    cells: tuple[Any, ...]
    limit: str = ""
    masks: tuple[tuple[int, Worlds], ...] = ()
    when: str = ""
    fresh: str = ""
    fills: tuple[int, ...] = ()

    def cut(self, worlds: Worlds, cone: frozenset[int]) -> Asked:
        """Cut the worlds of an item by what is still asked of it: within a cell, nothing tells two values apart."""
        cells: Sequence[Worlds] = _cells(worlds, tuple([mask for target, mask in self.masks if target in cone]))
        if len(cells) == 1:
            cells = [met for sample in self.cells if (met := sample & worlds)]
        left = tuple(cell for cell in cells[:MOST_CELLS] if cell != worlds)
        return self._replace(cells=left, masks=())


@dataclass(slots=True)
class Inquiry:
    """All questions worth asking about one tumour; each of their values is supposed in a lane of its own."""

    state: State
    questions: Mapping[int, Asked]
    lanes: Lanes
    first: Mapping[int, int]
    reached: dict[int, frozenset[int]] = field(default_factory=dict)

    def missing(self, register: int) -> frozenset[int]:
        """Return the registers to fill that an UNKNOWN answer is reached from, through UNKNOWN nodes."""
        if register not in self.reached:
            self.reached[register] = frozenset()
            self.reached[register] = self._missing(register)
        return self.reached[register]

    def _missing(self, register: int) -> frozenset[int]:
        value = self.state.values[register]
        own = frozenset((register,)) if register in self.questions else frozenset()
        instruction = self.state.program.writers.get(register)
        if instruction is None:
            return own
        if register not in self.state.program.truths:
            below = self._below(hanging_on(instruction, self.state))
            return own | frozenset(r for r in below if not self.questions[r].cells or self.touches(r, register))
        if value != UNKNOWN:
            return frozenset()
        return own | self._below(self.state.program.hangs[register])

    def _below(self, registers: Iterable[int]) -> frozenset[int]:
        found: set[int] = set()
        for register in registers:
            if is_open(self.state, register):
                found |= self.missing(register)
        return frozenset(found)

    def touches(self, question: int, register: int) -> bool:
        """Say whether some value of a question changes a register."""
        asked = self.questions[question]
        lanes = ((1 << len(asked.cells)) - 1) << self.first[asked.register]
        return bool(self.lanes.moved.get(register, 0) & lanes)

    def tried(self, asked: Asked) -> Iterator[tuple[Any, int]]:
        """Yield each value of a question with the lane in which it is supposed."""
        for number, cell in enumerate(asked.cells):
            yield cell, self.first[asked.register] + number


def hanging_on(instruction: Instruction, state: State) -> Iterable[int]:
    """Return the registers that an instruction hangs on here: a definition whose condition is FALSE says nothing."""
    if instruction[0] != "join":
        return state.program.hangs[instruction[1]]
    _, _, _, stated, sources = instruction
    live = (pair for pair in sources if state.values[pair[0]] != FALSE)
    return (stated, *(register for pair in live for register in pair))


def is_open(state: State, register: int) -> bool:
    """Say whether a truth is UNKNOWN, or worlds are more than one."""
    value = state.values[register]
    if register in state.program.truths:
        return bool(value == UNKNOWN)
    return value.low != value.high if isinstance(value, Ranges) else bool(value & (value - 1))


def questions_of(program: Program, dictionary: Dictionary) -> Mapping[int, Asked]:
    """Return every register that an answer from outside can fill: items, judgements, quantifiers over lists."""
    texts = {register: node.text for node, register in program.nodes.items() if isinstance(node, Some | Answered)}
    asked: dict[int, Asked] = {}
    masks = _accepted(program)
    for load in program.loads:
        item = dictionary.items.get(load.key.item) or dictionary.judgements.get(load.key.item)
        if item is not None and not item.computed:
            samples = _samples(load.full, item) if isinstance(load.full, Ranges) else _singles(item)
            accepted = masks.get(load.register, ())
            asked[load.register] = Asked(
                load.register, item.id, "", samples, load.key.limit, accepted, *_meant(load.key.selector)
            )
    for operation, target, records, *_ in program.code:
        if operation in QUANTIFIERS:
            values = (TRUE, FALSE) if operation == "some" else (TRUE,)
            asked[target] = Asked(target, records, texts.get(target) or records, values)
    for key, register in program.keys.items():
        if isinstance(key, CountKey):
            asked[register] = Asked(register, key.records, _counting(key), (), "", masks.get(register, ()))
    return asked


def _meant(selector: Selector | None) -> tuple[str, str]:
    """Return which value a selector means, and how recent it must be."""
    if selector is None:
        return "", ""
    return (
        (selector.kind, "") if selector.number is None else ("", f"{selector.kind} {selector.number} {selector.unit}")
    )


def _counting(key: CountKey) -> str:
    """Return what a count or a sum asks of a list, as an editor writes it."""
    where = "" if isinstance(key.where, Fixed) else f" où ({key.where.text})"
    return f"total de {key.column}{where}" if key.column else f"nombre{where}"


def _accepted(program: Program) -> Mapping[int, tuple[tuple[int, Worlds], ...]]:
    """Return what comparisons accept of each register, each with its own register, through the joins above it."""
    found: dict[int, list[tuple[int, Worlds]]] = {}
    joined: dict[int, tuple[int, ...]] = {}
    for operation, target, *operands in program.code:
        if operation == "join":
            joined[target] = (operands[1],)
        elif operation == "choice":
            joined[target] = tuple(below for register in operands[0] for below in joined.get(register, (register,)))
        elif operation in ("member", "known"):
            register, first, *rest = operands
            masks = first if operation == "known" else [first] if first is rest[0] else [first, rest[0]]
            for below in joined.get(register, (register,)):
                found.setdefault(below, []).extend((target, mask) for mask in masks)
    return {register: tuple(masks) for register, masks in found.items()}


def _singles(item: Item) -> tuple[Worlds, ...]:
    """Return each value of a short list of values."""
    names = item.domain.names if isinstance(item.domain, Leaves) else ()
    return tuple(1 << number for number in range(len(names))) if len(names) <= MOST_SINGLES else ()


@lru_cache(maxsize=8192)
def _cells(worlds: Worlds, masks: tuple[Worlds, ...]) -> Sequence[Worlds]:
    """Return the worlds cut by masks; most items are unknown, so that what is cut is often what was cut before."""
    cells = [worlds]
    for mask in dict.fromkeys(masks):
        cells = [part for cell in cells for part in _split(cell, mask)]
    return cells


def _split(cell: Worlds, mask: Worlds) -> list[Worlds]:
    inside = cell & mask  # type: ignore[operator]  # one item, one sort
    outside = cell & (mask.complement() if isinstance(mask, Ranges) else ~mask)  # type: ignore[operator]  # as above
    parts = [part for part in (inside, outside) if part]
    if isinstance(cell, Ranges):
        return [Ranges((one,), cell.whole) for part in parts if isinstance(part, Ranges) for one in part.parts]
    return parts


def _samples(full: Ranges, item: Item) -> tuple[Worlds, ...]:
    """Return some values of an item that only formulas read: no threshold of its own cuts it."""
    if isinstance(item.domain, Line) and item.domain.dates:
        return ()
    low = full.low if full.low.is_finite() else Decimal(0)
    high = full.high if full.high.is_finite() else low + Decimal(1000)
    points = [low + (high - low) * Decimal(n) / 16 for n in (0, 1, 4, 16)]
    if full.whole:
        points = [point.to_integral_value() for point in points]
    return tuple(between(point, point, whole=full.whole) for point in dict.fromkeys(points))


def inquire(state: State, questions: Mapping[int, Asked], answers: Iterable[str]) -> Inquiry:
    """Open an inquiry into some open answers: each question with the cells still possible for this sheet."""
    cone = _cone(state, answers)
    still: dict[int, Asked] = {}
    suppositions: list[Mapping[int, Any]] = []
    first: dict[int, int] = {}
    for asked in _together(state, [questions[register] for register in cone if register in questions]):
        cut = asked if asked.cells and asked.text else asked.cut(state.values[asked.register], cone)
        still |= dict.fromkeys(asked.fills, cut)
        first[asked.register] = len(suppositions)
        suppositions += [dict.fromkeys(asked.fills, cell) for cell in cut.cells]
    return Inquiry(state, still, Lanes(state, suppositions, cone), first)


def _together(state: State, asked: Iterable[Asked]) -> Iterable[Asked]:
    """Make one of what one answer fills: an item of which nothing tells its value of any day from that of the last months.

    Where an older value says something, the fresh one is asked apart: a new measure is not bound by it.
    """
    alike: dict[object, list[Asked]] = {}
    for one in asked:
        alike.setdefault((one.item, one.when, one.limit, one.text), []).append(one)
    for group in alike.values():
        if all(state.values[one.register] == state.values[group[0].register] for one in group):
            masks = tuple(mask for one in group for mask in one.masks)
            fresh = group[0].fresh if len({one.fresh for one in group}) == 1 else ""
            yield group[0]._replace(masks=masks, fresh=fresh, fills=tuple(one.register for one in group))
        else:
            yield from (one._replace(fills=(one.register,)) for one in group)


def _cone(state: State, answers: Iterable[str]) -> frozenset[int]:
    """Return what open answers hang on: every register below them that is itself open."""
    program = state.program
    queue = [r for name in answers if is_open(state, r := program.names[name])]
    seen = set(queue)
    while queue:
        instruction = program.writers.get(queue.pop())
        for register in hanging_on(instruction, state) if instruction else ():
            if register not in seen and is_open(state, register):
                seen.add(register)
                queue.append(register)
    return frozenset(seen)
