"""What each instruction does: the registers it reads → the truth or the worlds it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.closing import without
from engine.dates import delay
from engine.formulas import result_of
from engine.meaning import chosen, either, image, known
from engine.program import Closing, Instruction, RowProgram
from engine.rowcount import count, total
from engine.rowset import WIDE_OPEN, RowSet
from engine.state import State
from engine.truth import FALSE, TRUE, UNKNOWN, Truth
from engine.values import Worlds, combine


class _Row(dict[int, Any]):
    """The registers of one row, each worked out when it is first read: what decides nothing costs nothing."""

    __slots__ = ("columns", "outer", "program", "state")

    def __init__(self, program: RowProgram, columns: Mapping[str, Worlds], outer: Sequence[Any], state: State) -> None:
        self.program, self.columns, self.outer, self.state = program, columns, outer, state

    def __missing__(self, register: int) -> Any:
        source = self.program.sources[register]
        value = self[register] = STEPS[source[0]](source, self, self.state)
        return value


def row_truth(rows: RowProgram, row: Mapping[str, Worlds], values: Sequence[Any], state: State) -> Truth:
    """Evaluate a condition on one row: most are FALSE by one column alone."""
    for column, full, possible in rows.needed:
        if not row.get(column, full) & possible:  # type: ignore[operator]  # one column, one sort
            return FALSE
    return _Row(rows, row, values, state)[rows.answer]  # type: ignore[no-any-return]  # a truth register


def _member(instruction: Instruction, values: Sequence[Any], _: State) -> Truth:
    _, _, register, sure, possible = instruction
    worlds = values[register]
    met = worlds & sure
    if met is worlds or met == worlds:
        return TRUE
    return UNKNOWN if met or (sure is not possible and worlds & possible) else FALSE


def _and(instruction: Instruction, values: Sequence[Any], _: State) -> Truth:
    least: Truth = TRUE
    for register in instruction[2]:
        truth = values[register]
        if truth < least:
            if truth == FALSE:
                return FALSE
            least = truth
    return least


def _or(instruction: Instruction, values: Sequence[Any], _: State) -> Truth:
    greatest: Truth = FALSE
    for register in instruction[2]:
        truth = values[register]
        if truth > greatest:
            if truth == TRUE:
                return TRUE
            greatest = truth
    return greatest


def _not(instruction: Instruction, values: Sequence[Any], _: State) -> Truth:
    return 2 - values[instruction[2]]  # type: ignore[no-any-return]  # 0, 1, 2


def _enough(instruction: Instruction, values: Sequence[Any], _: State) -> Truth:
    truths = [values[register] for register in instruction[3]]
    if truths.count(TRUE) >= instruction[2]:
        return TRUE
    return UNKNOWN if len(truths) - truths.count(FALSE) >= instruction[2] else FALSE


def _truths(name: str, program: RowProgram, values: Sequence[Any], state: State) -> list[Truth]:
    """Return what a condition comes to on each row of a list."""
    read = ("truths", id(program), *[values[outer] for _, outer in program.imports])
    truths = state.seen.get(read)
    if truths is None:
        rows = state.facts.rows[name].rows
        truths = state.seen[read] = [row_truth(program, row.worlds, values, state) for row in rows]
    return truths


def _some(instruction: Instruction, values: Sequence[Any], state: State) -> Truth:
    _, _, name, program, number, closed, records = instruction
    rows, truths = state.facts.rows[name], _truths(name, program, values, state)
    if number == 1:
        if any(truth == TRUE and row.certain for truth, row in zip(truths, rows.rows, strict=True)):
            return TRUE
        return UNKNOWN if any(truths) or _missing(program, rows, closed, values, state) else FALSE
    counted = count(rows.rows, truths, _missing(program, rows, closed, values, state), records)
    return TRUE if counted.low >= number else FALSE if counted.high < number else UNKNOWN


def _missing(program: RowProgram, rows: RowSet, closed: Closing, values: Sequence[Any], state: State) -> bool:
    """Say whether a row that is not listed may satisfy a condition."""
    if closed.whole is not None and values[closed.whole] == TRUE:
        return False
    parts = tuple([part for part, (condition, _) in enumerate(closed.parts) if values[condition] == TRUE])
    if rows.ghosts == WIDE_OPEN and not program.imports and not parts:
        return _open_truth(program, state) != FALSE
    read = ("missing", id(program), parts, *[values[outer] for _, outer in program.imports])
    missing = state.seen.get(read)
    if missing is None:
        ghosts = _left(rows, closed, parts, state)
        missing = any(row_truth(program, ghost, values, state) != FALSE for ghost in ghosts)
        state.seen[read] = missing
    return missing


def _left(rows: RowSet, closed: Closing, parts: tuple[int, ...], state: State) -> Sequence[Mapping[str, Worlds]]:
    """Return what a row not listed may still be, outside the parts of the list that definitions close."""
    if not parts or closed.records is None:
        return rows.ghosts
    read = ("left", closed.records.id, parts)
    if read not in state.seen:
        ghosts: Sequence[Mapping[str, Worlds]] = rows.ghosts
        for part in parts:
            ghosts = without(ghosts, closed.parts[part][1], closed.records)
        state.seen[read] = ghosts
    return state.seen[read]  # type: ignore[no-any-return]  # what was put there


def _open_truth(program: RowProgram, state: State) -> Truth:
    """Return what a condition comes to on a row of which nothing is known, worked out once."""
    if "open" not in program.when_open:
        program.when_open["open"] = row_truth(program, {}, (), state)
    return program.when_open["open"]


def _answered(instruction: Instruction, values: Sequence[Any], state: State) -> Truth:
    _, _, name, program, closed, records = instruction
    rows = state.facts.rows[name]
    for row, truth in zip(rows.rows, _truths(name, program, values, state), strict=True):
        if truth == TRUE and row.certain and (not records.answer or records.answer in row.worlds):
            return TRUE
    return UNKNOWN if _missing(program, rows, closed, values, state) else TRUE


def _count(instruction: Instruction, values: Sequence[Any], state: State) -> Worlds:
    operation, _, name, program, closed, what = instruction
    rows, truths = state.facts.rows[name], _truths(name, program, values, state)
    missing = _missing(program, rows, closed, values, state)
    return total(rows.rows, truths, missing, what) if operation == "sum" else count(rows.rows, truths, missing, what)


def _image(instruction: Instruction, values: Sequence[Any], _: State) -> Worlds:
    _, _, rows, full, collect_max = instruction
    return image(rows, [values[register] for register, _ in rows], full, collect_max)


def _either(instruction: Instruction, values: Sequence[Any], _: State) -> Worlds:
    _, _, true_if, false_if, full = instruction
    return either(values[true_if], values[false_if], full)


def _formula(instruction: Instruction, values: Sequence[Any], _: State) -> Worlds:
    _, _, rows, covered, read, line, needed = instruction
    if values[covered] != TRUE or any(values[register] == full for register, full in needed):
        return line.full  # type: ignore[no-any-return]  # a line's worlds
    wanted = [(r, f) for r, f in rows if values[r] == TRUE] or [(r, f) for r, f in rows if values[r] != FALSE]
    results = [(r, result_of(f, line, lambda name: values[read[name]])) for r, f in wanted]
    return image(results, [TRUE] * len(results), line.full)


def _join(instruction: Instruction, values: Sequence[Any], state: State) -> Worlds:
    _, _, key, register, sources = instruction
    stated = values[register]
    held: Worlds = stated
    given = [values[source] for condition, source in sources if values[condition] == TRUE]
    for worlds in given:
        held = held & worlds
    return held if held else _contradiction(key.item, stated, given, state)


def _contradiction(item: str, stated: Worlds, given: list[Worlds], state: State) -> Worlds:
    """Join sources that can't all hold; an impossible combination of inputs is one that says nothing."""
    full = state.facts.full.get(item)
    sources = [worlds if full is None else worlds & full for worlds in given]  # type: ignore[operator]  # one item
    state.split[item] = [stated, *sources]
    return combine([stated, *(worlds for worlds in sources if worlds)])[0]


STEPS: Mapping[str, Callable[[Instruction, Any, State], Any]] = {
    "column": lambda instruction, row, state: row.columns.get(instruction[2], instruction[3]),
    "import": lambda instruction, row, state: row.outer[instruction[2]],
    "fixed": lambda instruction, values, state: instruction[2],
    "member": _member,
    "known": lambda instruction, values, state: known(values[instruction[2]], instruction[3]),
    "and": _and,
    "or": _or,
    "not": _not,
    "enough": _enough,
    "some": _some,
    "answered": _answered,
    "count": _count,
    "sum": _count,
    "delay": lambda instruction, values, state: delay(values[instruction[2]], values[instruction[3]], instruction[4]),
    "image": _image,
    "either": _either,
    "formula": _formula,
    "choice": lambda instruction, values, state: chosen([values[register] for register in instruction[2]]),
    "join": _join,
}
