"""Many suppositions followed up at once: each is a lane, one bit wide, and a truth is the lanes where it is TRUE or FALSE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.program import Instruction, Program
from engine.state import State
from engine.steps import STEPS
from engine.truth import FALSE, TRUE, UNKNOWN, Truth


class Lanes:
    """What each supposition leaves in the registers; where nothing moved, a register holds what the sheet left there."""

    def __init__(self, state: State, suppositions: Sequence[Mapping[int, Any]], cone: frozenset[int]) -> None:
        """Set the supposed registers of each lane, and follow them up within a cone of registers."""
        self.state, self.cone, self.all = state, cone, (1 << len(suppositions)) - 1
        self.moved: dict[int, int] = {}
        self.true: dict[int, int] = {}
        self.false: dict[int, int] = {}
        self.worlds: dict[int, dict[int, Any]] = {}
        self.scratch = State(state.program, state.facts, state.values.copy(), seen=state.seen)
        self.waiting = bytearray(len(state.program.code))
        given: dict[int, dict[int, Any]] = {}
        for lane, supposed in enumerate(suppositions):
            for register, value in supposed.items():
                given.setdefault(register, {})[lane] = value
        for register, by_lane in given.items():
            self.move(register, by_lane)
        self.follow()

    def value(self, register: int, lane: int) -> Any:
        """Return what a register holds in a lane."""
        if not self.moved.get(register, 0) >> lane & 1:
            return self.state.values[register]
        if register in self.worlds:
            return self.worlds[register][lane]
        return TRUE if self.true[register] >> lane & 1 else FALSE if self.false[register] >> lane & 1 else UNKNOWN

    def move(self, register: int, values: Mapping[int, Any]) -> None:
        """Give a register other values: lane → value."""
        lanes = true = false = 0
        if register in self.state.program.truths:
            for lane, value in values.items():
                lanes |= 1 << lane
                if value == TRUE:
                    true |= 1 << lane
                elif value == FALSE:
                    false |= 1 << lane
        else:
            self.worlds.setdefault(register, {}).update(values)
            for lane in values:
                lanes |= 1 << lane
        self.mark(register, lanes, true, false)

    def mark(self, register: int, lanes: int, true: int = 0, false: int = 0) -> None:
        """Note the lanes in which a register moved; the instructions that read it wait for their turn."""
        self.moved[register] = self.moved.get(register, 0) | lanes
        self.true[register] = self.true.get(register, 0) | true
        self.false[register] = self.false.get(register, 0) | false
        for number in self.state.program.readers[register]:
            self.waiting[number] = 1

    def follow(self) -> None:
        """Run what reads a register that moved, in order, as far as it lies in the cone."""
        code, reads, moved = self.state.program.code, self.state.program.reads, self.moved
        number = self.waiting.find(1)
        while number >= 0:
            instruction = code[number]
            if instruction[1] in self.cone:
                moving = [register for register in reads[number] if register in moved]
                if instruction[0] in _BITWISE:
                    self.combine(instruction, moving)
                else:
                    self.each(instruction, moving)
            number = self.waiting.find(1, number + 1)

    def combine(self, instruction: Instruction, moving: Sequence[int]) -> None:
        """Run a connective in all its lanes at once."""
        operation, target, operands = instruction
        lanes = 0
        for register in moving:
            lanes |= self.moved[register]
        if operation == "not":
            false, true = self.true[operands], self.false[operands]
        elif operation == "and":
            true, false = self.meet(operands, moving, lanes, self.true, self.false, FALSE)
        else:
            false, true = self.meet(operands, moving, lanes, self.false, self.true, TRUE)
        before = self.state.values[target]
        changed = lanes & ~true if before == TRUE else lanes & ~false if before == FALSE else true | false
        if changed:
            self.mark(target, changed, true & changed, false & changed)

    def meet(
        self, operands: Sequence[int], moving: Sequence[int], lanes: int,
        weak: Mapping[int, int], strong: Mapping[int, int], strongest: Truth,
    ) -> tuple[int, int]:  # fmt: skip
        """Return the lanes where every operand holds, and those where one decides: `et` is written, `ou` its mirror."""
        values, every, one = self.state.values, lanes, 0
        for register in operands:
            moved = self.moved[register] if register in moving else 0
            value = values[register]
            if value == strongest:
                still = lanes & ~moved
                every, one = every & moved & weak.get(register, 0), one | still | strong.get(register, 0)
            elif value == UNKNOWN:
                every, one = every & moved & weak.get(register, 0), one | (strong[register] if moved else 0)
            elif moved:
                every, one = every & (~moved | weak[register]), one | strong[register]
        return every, one & lanes

    def each(self, instruction: Instruction, moving: Sequence[int]) -> None:
        """Run an instruction lane by lane."""
        target, step, values = instruction[1], STEPS[instruction[0]], self.scratch.values
        before, found = self.state.values[target], {}
        first, *others = moving
        if others or first not in self.worlds:
            lanes = 0
            for register in moving:
                lanes |= self.moved[register]
            for lane in bits(lanes):
                for register in moving:
                    values[register] = self.value(register, lane)
                after = step(instruction, values, self.scratch)
                if after != before:
                    found[lane] = after
        else:
            for lane, worlds in self.worlds[first].items():
                values[first] = worlds
                after = step(instruction, values, self.scratch)
                if after != before:
                    found[lane] = after
        for register in moving:
            values[register] = self.state.values[register]
        if found:
            self.move(target, found)


class Supposed:
    """The registers of one lane, read as a sheet's are."""

    def __init__(self, lanes: Lanes, lane: int) -> None:
        """Keep what is read."""
        self.lanes, self.lane = lanes, lane

    @property
    def program(self) -> Program:
        """The program whose conditions are named."""
        return self.lanes.state.program

    def truth(self, name: str) -> Truth:
        """Return the truth of a named condition."""
        return self.lanes.value(self.program.names[name], self.lane)  # type: ignore[no-any-return]


_BITWISE = frozenset(("and", "or", "not"))


def bits(mask: int) -> Iterator[int]:
    """Yield the places of the bits of a mask."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
