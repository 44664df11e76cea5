"""The loop: one pass over the program's instructions for one sheet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from engine.facts import Facts
from engine.program import Blank, Instruction, Program
from engine.rowset import WIDE_OPEN, RowSet
from engine.state import State
from engine.steps import STEPS


def run(program: Program, facts: Facts) -> State:
    """Evaluate every condition: what hangs on nothing that the sheet says is as it is on a blank sheet."""
    blank = _blank(program)
    state = State(program, facts, blank.values.copy())
    values, code, readers = state.values, program.code, program.readers
    waiting = bytearray(len(code))
    for number in (*blank.always, *_over_stated_rows(program, facts)):
        waiting[number] = 1
    for register in _fill(state):
        for number in readers[register]:
            waiting[number] = 1
    number = waiting.find(1)
    while number >= 0:
        instruction = code[number]
        target, after = instruction[1], STEPS[instruction[0]](instruction, values, state)
        if after != values[target]:
            values[target] = after
            for reader in readers[target]:
                waiting[reader] = 1
        number = waiting.find(1, number + 1)
    return state


def run_part(program: Program, facts: Facts, code: Iterable[Instruction]) -> State:
    """Evaluate a part of a program's code that needs no other."""
    state = State(program, facts, [None] * program.size)
    for load in program.loads:
        state.values[load.register] = load.full
    _fill(state)
    for instruction in code:
        state.values[instruction[1]] = STEPS[instruction[0]](instruction, state.values, state)
    return state


def _fill(state: State) -> list[int]:
    """Fill the registers of the items of which something is said, and of those that the site narrows; return them."""
    facts, filled = state.facts, state.program.filled
    found = []
    for item in dict.fromkeys((*(key.item for key in facts.data), *facts.full)):
        for register, key, full in filled.get(item, ()):
            stated = facts.worlds(key)
            if stated is None:
                stated = full if key.limit else facts.full.get(item, full)
            if stated is not full:
                state.values[register] = stated
                found.append(register)
    return found


def _over_stated_rows(program: Program, facts: Facts) -> Iterable[int]:
    """Yield the instructions over lists of which something is said."""
    for name, rows in facts.rows.items():
        if rows.rows or rows.ghosts != WIDE_OPEN:
            yield from program.over.get(name, ())


def _blank(program: Program) -> Blank:
    """Return what a sheet that says nothing leaves in the registers, worked out once for a program."""
    if not program.blank:
        facts = Facts("", date.min, {}, dict.fromkeys(program.over, RowSet()))
        state = run_part(program, facts, program.code)
        split = (n for n, one in enumerate(program.code) if one[0] == "join" and one[2].item in state.split)
        program.blank[:] = [Blank(state.values, tuple(split))]
    return program.blank[0]
