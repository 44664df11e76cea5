"""Many suppositions followed up at once: each is a lane, one bit wide, and a truth is the lanes where it is TRUE or FALSE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any

from engine.machine import STEPS, State
from engine.program import Instruction, Program
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
        self.scratch = State(state.program, state.facts, state.values.copy(), {})
        self.queue: list[int] = []
        self.seen: set[int] = set()
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
        if register in self.state.program.truths:
            true = sum(1 << lane for lane, value in values.items() if value == TRUE)
            false = sum(1 << lane for lane, value in values.items() if value == FALSE)
            self.mark(register, sum(1 << lane for lane in values), true, false)
        else:
            self.worlds.setdefault(register, {}).update(values)
            self.mark(register, sum(1 << lane for lane in values))

    def mark(self, register: int, lanes: int, true: int = 0, false: int = 0) -> None:
        """Note the lanes in which a register moved, and let the instructions of the cone that read it run, in order."""
        self.moved[register] = self.moved.get(register, 0) | lanes
        self.true[register] = self.true.get(register, 0) | true
        self.false[register] = self.false.get(register, 0) | false
        code = self.state.program.code
        for number in self.state.program.readers.get(register, ()):
            if number not in self.seen and code[number][1] in self.cone:
                self.seen.add(number)
                heappush(self.queue, number)

    def follow(self) -> None:
        """Run what reads a register that moved, until nothing is left."""
        code, reads = self.state.program.code, self.state.program.reads
        while self.queue:
            number = heappop(self.queue)
            instruction, read = code[number], reads[number]
            lanes = 0
            for register in read:
                lanes |= self.moved.get(register, 0)
            if instruction[0] in _BITWISE:
                self.combine(instruction, read, lanes)
            else:
                self.each(instruction, read, lanes)

    def combine(self, instruction: Instruction, read: Sequence[int], lanes: int) -> None:
        """Run a connective in all its lanes at once."""
        sides = [self.sides(register) for register in read]
        if instruction[0] == "not":
            ((false, true),) = sides
        elif instruction[0] == "and":
            true, false = lanes, 0
            for one_true, one_false in sides:
                true, false = true & one_true, false | one_false
        else:
            true, false = 0, lanes
            for one_true, one_false in sides:
                true, false = true | one_true, false & one_false
        true, false = true & lanes, false & lanes
        target = instruction[1]
        before = self.state.values[target]
        moved = lanes & ~true if before == TRUE else lanes & ~false if before == FALSE else true | false
        if moved:
            self.mark(target, moved, true & moved, false & moved)

    def sides(self, register: int) -> tuple[int, int]:
        """Return the lanes where a truth is TRUE, and those where it is FALSE."""
        still = self.all & ~self.moved.get(register, 0)
        value = self.state.values[register]
        return (
            self.true.get(register, 0) | (still if value == TRUE else 0),
            self.false.get(register, 0) | (still if value == FALSE else 0),
        )

    def each(self, instruction: Instruction, read: Sequence[int], lanes: int) -> None:
        """Run an instruction lane by lane."""
        target, step, values = instruction[1], STEPS[instruction[0]], self.scratch.values
        moving = [register for register in read if register in self.moved]
        before, found = self.state.values[target], {}
        for lane in bits(lanes):
            for register in moving:
                values[register] = self.value(register, lane)
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
