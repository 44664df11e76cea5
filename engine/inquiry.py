"""What to ask: the missing items of all open answers, and what each value of them would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import heappop, heappush
from typing import Any

from engine.dictionary import Dictionary, Item
from engine.domains import Leaves, Line
from engine.logic import Answered, CountKey, Fixed, Some
from engine.machine import STEPS, State
from engine.program import Instruction, Program, registers_of
from engine.truth import FALSE, TRUE, UNKNOWN
from engine.values import Ranges, Worlds, between

EFFORTS = {"dossier": 1, "juger": 1, "demander": 2, "examen": 3}
MOST_CELLS = 64
MOST_SINGLES = 12
QUANTIFIERS = frozenset(("some", "answered"))


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing to ask: a register to fill, the item behind it, and the values that make a difference."""

    register: int
    item: str
    text: str
    cells: tuple[Any, ...]
    limit: str = ""
    masks: tuple[tuple[int, Worlds], ...] = ()

    def cut(self, worlds: Worlds, cone: frozenset[int]) -> Asked:
        """Cut the worlds of an item by what is still asked of it: within a cell, nothing tells two values apart."""
        cells: list[Worlds] = [worlds]
        for mask in dict.fromkeys(mask for target, mask in self.masks if target in cone):
            cells = [part for cell in cells for part in _split(cell, mask)]
        if len(cells) == 1:
            cells = [met for sample in self.cells if (met := sample & worlds)]
        left = tuple(cell for cell in cells[:MOST_CELLS] if cell != worlds)
        return Asked(self.register, self.item, self.text, left, self.limit)


@dataclass(slots=True)
class Effect:
    """What one value would change: answers by name, with the register values it leaves."""

    cell: Any
    values: list[Any]
    changed: frozenset[int]


@dataclass(slots=True)
class Inquiry:
    """All questions worth asking about one tumour, with their effects."""

    state: State
    questions: Mapping[int, Asked]
    readers: Mapping[int, Sequence[int]]
    effects: dict[int, list[Effect]] = field(default_factory=dict)
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
            return own | frozenset(r for r in below if not self.questions[r].cells or register in self.touched(r))
        if value != UNKNOWN:
            return frozenset()
        return own | self._below(registers_of(instruction))

    def _below(self, registers: Iterable[int]) -> frozenset[int]:
        found: set[int] = set()
        for register in registers:
            if is_open(self.state, register):
                found |= self.missing(register)
        return frozenset(found)

    def touched(self, question: int) -> frozenset[int]:
        """Return the registers that some value of a question changes."""
        return frozenset().union(*(effect.changed for effect in self.tried(question)))

    def tried(self, question: int) -> list[Effect]:
        """Return what each value of a question leaves in the registers."""
        if question not in self.effects:
            asked = self.questions[question]
            self.effects[question] = [self.effect(asked, cell) for cell in asked.cells]
        return self.effects[question]

    def effect(self, asked: Asked, cell: Any) -> Effect:
        """Give a question one value and follow it up through what is still open."""
        values, changed = follow(self.state, {asked.register: cell}, self.readers)
        return Effect(cell, values, changed)


def hanging_on(instruction: Instruction, state: State) -> Iterable[int]:
    """Return the registers that an instruction hangs on here: a definition whose condition is FALSE says nothing."""
    if instruction[0] != "join":
        return registers_of(instruction)
    _, _, _, stated, sources = instruction
    live = (pair for pair in sources if state.values[pair[0]] != FALSE)
    return (stated, *(register for pair in live for register in pair))


def is_open(state: State, register: int) -> bool:
    """Say whether a truth is UNKNOWN, or worlds are more than one."""
    value = state.values[register]
    if register in state.program.truths:
        return bool(value == UNKNOWN)
    return value.low != value.high if isinstance(value, Ranges) else bool(value & (value - 1))


def follow(
    state: State, given: Mapping[int, Any], readers: Mapping[int, Sequence[int]]
) -> tuple[list[Any], frozenset[int]]:
    """Set some registers and recompute the instructions that read them, as far as `readers` goes."""
    program, values, old = state.program, state.values.copy(), state.values
    supposed = State(program, state.facts, values, {})
    changed = set(given)
    seen: set[int] = set()
    for register, value in given.items():
        values[register] = value
        seen.update(readers.get(register, ()))
    queue = sorted(seen)
    while queue:
        instruction = program.code[heappop(queue)]
        target = instruction[1]
        after = STEPS[instruction[0]](instruction, values, supposed)
        if after != old[target]:
            values[target] = after
            changed.add(target)
            for reader in readers.get(target, ()):
                if reader not in seen:
                    seen.add(reader)
                    heappush(queue, reader)
    return values, frozenset(changed)


def readers_within(program: Program, cone: frozenset[int]) -> Mapping[int, Sequence[int]]:
    """Return, for each register of a cone, the instructions of the cone that read it."""
    code = program.code
    return {r: [n for n in program.readers.get(r, ()) if code[n][1] in cone] for r in cone}


def questions_of(program: Program, dictionary: Dictionary) -> Mapping[int, Asked]:
    """Return every register that an answer from outside can fill: items, judgements, quantifiers over lists."""
    texts = {register: node.text for node, register in program.nodes.items() if isinstance(node, Some | Answered)}
    asked: dict[int, Asked] = {}
    masks = _accepted(program)
    for load in program.loads:
        item = dictionary.items.get(load.key.item) or dictionary.judgements.get(load.key.item)
        if item is not None and not item.computed:
            samples = _samples(load.full, item) if isinstance(load.full, Ranges) else _singles(item)
            asked[load.register] = Asked(
                load.register, item.id, "", samples, load.key.limit, masks.get(load.register, ())
            )
    for operation, target, records, *_ in program.code:
        if operation in QUANTIFIERS:
            values = (TRUE, FALSE) if operation == "some" else (TRUE,)
            asked[target] = Asked(target, records, texts.get(target) or records, values)
    for key, register in program.keys.items():
        if isinstance(key, CountKey):
            asked[register] = Asked(register, key.records, _counting(key), (), "", masks.get(register, ()))
    return asked


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
    still = {}
    for register in cone:
        asked = questions.get(register)
        if asked is not None:
            still[register] = asked if asked.cells and asked.text else asked.cut(state.values[register], cone)
    return Inquiry(state, still, readers_within(state.program, cone))


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
