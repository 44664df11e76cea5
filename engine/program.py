"""A view → one list of shared instructions; registers hold worlds or truths, and what they hold is the explanation.

An instruction is `(operation, target, operands…)`. Equal conditions share one register. Rows have small programs of
their own, which may import registers of the sheet's program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from engine.dictionary import Dictionary, Item
from engine.domains import Domain, Line
from engine.fusion import by_item
from engine.logic import (
    AS_OF,
    All,
    Answered,
    AnyKey,
    AnyOf,
    Barred,
    Contrary,
    CountKey,
    DelayKey,
    Enough,
    Fixed,
    Key,
    Known,
    Logic,
    Member,
    Said,
    Some,
)
from engine.lower import barring, statements_of
from engine.ontology import Ontology
from engine.statements import (
    Body,
    CheckedDefinition,
    ChoiceDefinition,
    ConditionDefinition,
    FormulaDefinition,
    TableDefinition,
    needed_by,
)
from engine.truth import Truth
from engine.values import Worlds, everything
from engine.view import View

Instruction: TypeAlias = tuple[Any, ...]

OVER_ROWS = frozenset("some answered count sum".split())
TRUTH_OPERATIONS = frozenset("fixed member known and or not enough some answered".split())


class Load(NamedTuple):
    """A register filled from the facts: what is stated for a key, else everything possible."""

    register: int
    key: Key
    full: Worlds


@dataclass(frozen=True, slots=True)
class RowProgram:
    """A condition on one row: columns, registers imported from the sheet, instructions, the answer's register.

    `sources` says where each register comes from: a column, the sheet, or an instruction. `needed` holds what some columns
    must be able to be, or the condition is FALSE.
    """

    columns: tuple[tuple[int, str, Worlds], ...]
    imports: tuple[tuple[int, int], ...]
    code: tuple[Instruction, ...]
    answer: int
    sources: Mapping[int, Instruction] = field(repr=False)
    needed: tuple[tuple[str, Worlds, Worlds], ...] = field(repr=False)
    when_open: dict[str, Truth] = field(default_factory=dict, repr=False, compare=False)


class Closing(NamedTuple):
    """What closes a list: a register for the whole of it, and one for each part with the box of rows it closes."""

    whole: int | None = None
    parts: tuple[tuple[int, Mapping[str, Worlds]], ...] = ()
    records: Item | None = None


NEVER_CLOSED = Closing()


class Blank(NamedTuple):
    """What the registers hold where a sheet says nothing, and the instructions that run whatever is said."""

    values: list[Any]
    always: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """All conditions of a view."""

    loads: tuple[Load, ...]
    code: tuple[Instruction, ...]
    size: int
    names: Mapping[str, int]
    nodes: Mapping[Logic, int] = field(repr=False)
    keys: Mapping[AnyKey, int] = field(repr=False)
    statements: Mapping[str, Logic] = field(repr=False)
    reads: tuple[tuple[int, ...], ...] = field(repr=False)
    readers: tuple[tuple[int, ...], ...] = field(repr=False)
    writers: Mapping[int, Instruction] = field(repr=False)
    hangs: Mapping[int, tuple[int, ...]] = field(repr=False)
    truths: frozenset[int] = field(repr=False)
    defined: Mapping[str, tuple[int, ...]] = field(repr=False)
    filled: Mapping[str, tuple[Load, ...]] = field(repr=False)
    over: Mapping[str, tuple[int, ...]] = field(repr=False)
    blank: list[Blank] = field(default_factory=list, repr=False, compare=False)

    def below(self, registers: Iterable[int]) -> frozenset[int]:
        """Return some registers and all that they hang on."""
        seen = set(registers)
        queue = list(seen)
        while queue:
            for register in self.hangs.get(queue.pop(), ()):
                if register not in seen:
                    seen.add(register)
                    queue.append(register)
        return frozenset(seen)


def compile_view(view: View, dictionary: Dictionary, ontology: Ontology) -> Program:
    """Compile every named condition of a view."""
    return _Compiler(view, dictionary, ontology).program()


class _Code:
    """Registers and instructions being written, for the sheet or for a row."""

    def __init__(self) -> None:
        self.code: list[Instruction] = []
        self.size = 0
        self.nodes: dict[Logic, int] = {}
        self.keys: dict[AnyKey, int] = {}

    def register(self) -> int:
        self.size += 1
        return self.size - 1

    def add(self, operation: str, *operands: Any) -> int:
        target = self.register()
        self.code.append((operation, target, *operands))
        return target


class _Compiler(_Code):
    def __init__(self, view: View, dictionary: Dictionary, ontology: Ontology) -> None:
        super().__init__()
        self.view, self.dictionary, self.ontology = view, dictionary, ontology
        self.loads: list[Load] = []
        self.names: dict[str, int] = {}
        self.statements = dict(statements_of(view))
        self.closed: dict[str, int | None] = {}
        self.defined: dict[str, tuple[int, ...]] = {}
        self.definitions: dict[str, list[CheckedDefinition]] = {}
        for definition in view.definitions:
            self.definitions.setdefault(definition.item, []).append(definition)

    def program(self) -> Program:
        for name in self.statements:
            self.said(name)
        for definition in self.view.definitions:
            if definition.body is not None:
                self.worlds(Key(definition.item))
            elif definition.part is None:
                self.whole(definition.item)
        reads = tuple(tuple(dict.fromkeys(registers_of(instruction))) for instruction in self.code)
        return Program(
            tuple(self.loads), tuple(self.code), self.size, self.names, self.nodes, self.keys, self.statements,
            reads, _readers(reads, self.size), {instruction[1]: instruction for instruction in self.code},
            {instruction[1]: registers for instruction, registers in zip(self.code, reads, strict=True)},
            frozenset(i[1] for i in self.code if i[0] in TRUTH_OPERATIONS), self.defined, _by_item(self.loads),
            _over(self.code),
        )  # fmt: skip

    def said(self, name: str) -> int:
        if name not in self.names:
            self.names[name] = self.node(self.statements[name])
        return self.names[name]

    # --- truths ---

    def node(self, node: Logic) -> int:
        """Return the register of a condition on the sheet."""
        if node not in self.nodes:
            self.nodes[node] = self.write(node)
        return self.nodes[node]

    def write(self, node: Logic) -> int:
        match node:
            case Some(records, where, number, stated):
                rows, closed = self.rows(records, where), NEVER_CLOSED if stated else self.closing(records)
                return self.add("some", records, rows, number, closed, self.record(records))
            case Answered(records, where, stated):
                rows, closed = self.rows(records, where), NEVER_CLOSED if stated else self.closing(records)
                return self.add("answered", records, rows, closed, self.record(records))
            case Barred(concept, dose):
                return self.node(barring(self.view, self.ontology.masks[concept], dose))
            case Said(name):
                return self.said(name)
        return _plain(self, node, self.node, self.worlds)

    # --- worlds ---

    def worlds(self, key: AnyKey) -> int:
        """Return the register that holds the worlds of a key."""
        if key not in self.keys:
            self.keys[key] = self.read(key)
        return self.keys[key]

    def read(self, key: AnyKey) -> int:
        match key:
            case DelayKey(start, end, months):
                return self.add("delay", self.worlds(start), self.worlds(end), months)
            case CountKey(records, where, column):
                record = self.record(records)
                rows = self.rows(records, where)
                closed = self.closing(records)
                if column:
                    return self.add("sum", records, rows, closed, record.columns[column])
                return self.add("count", records, rows, closed, record)
            case Key(item, selector, limit, _, stated):
                definitions = [d for d in self.definitions.get(item, ()) if d.body is not None]
                if stated or selector or limit or not definitions:
                    return self.load(key._replace(stated=False) if not definitions else key)
                return self.join(key, definitions)

    def load(self, key: Key) -> int:
        bare = key._replace(stated=False)
        for one in self.loads:
            if one.key == bare:
                return one.register
        register = self.register()
        self.loads.append(Load(register, bare, self.full(key)))
        return register

    def domain(self, item: str) -> Domain:
        if item == AS_OF:
            return Line(dates=True)
        found = self.dictionary.items.get(item) or self.dictionary.judgements[item]
        assert found.domain is not None
        return found.domain

    def full(self, key: Key) -> Worlds:
        """Return everything possible for a key."""
        return everything() if key.limit else self.domain(key.item).full

    def join(self, key: Key, definitions: list[CheckedDefinition]) -> int:
        """Write an item that is stated and defined: its sources are joined."""
        stated = self.load(key._replace(stated=True))
        sources = []
        for definition in definitions:
            assert definition.body is not None
            given = self.define(definition.body, self.dictionary.items[key.item], stated)
            sources.append((self.node(definition.condition), given))
        self.defined[key.item] = tuple(given for _, given in sources)
        return self.add("join", key, stated, tuple(sources))

    def define(self, body: Body, item: Item, stated: int) -> int:
        """Write what a definition gives."""
        assert item.domain is not None
        full = item.domain.full
        match body:
            case TableDefinition(rows, collect_max):
                return self.add("image", tuple((self.node(c), o) for c, o in rows), full, collect_max)
            case ConditionDefinition(true_if, false_if):
                return self.add("either", self.node(true_if), self.node(false_if), full)
            case FormulaDefinition(formulas, names):
                covered = self.node(AnyOf(tuple(c for c, _ in formulas)))
                read = {name: self.worlds(k) for name, k in names.items()}
                counted = tuple((self.node(c), formula) for c, formula in formulas)
                needed = tuple((read[name], self.full(key)) for name, key in needed_by(body).items())
                return self.add("formula", counted, covered, read, item.line(), needed)
            case ChoiceDefinition(keys):
                return self.add("choice", tuple(self.worlds(k) for k in keys))

    # --- rows ---

    def record(self, records: str) -> Item:
        return self.dictionary.items[records]

    def closing(self, records: str) -> Closing:
        """Return what closes a list."""
        closing = [d for d in self.definitions.get(records, ()) if d.body is None]
        parts = tuple((self.node(d.condition), d.part) for d in closing if d.part is not None)
        return Closing(self.whole(records), parts, self.record(records))

    def whole(self, records: str) -> int | None:
        """Return the register that says whether definitions close the whole of a list."""
        if records not in self.closed:
            self.closed[records] = None
            closing = [d for d in self.definitions.get(records, ()) if d.body is None and d.part is None]
            if closing:
                self.closed[records] = self.add("or", tuple(self.node(d.condition) for d in closing))
        return self.closed[records]

    def rows(self, records: str, where: Logic) -> RowProgram:
        return _RowCompiler(self, self.record(records)).program(where)


class _RowCompiler(_Code):
    def __init__(self, outer: _Compiler, records: Item) -> None:
        super().__init__()
        self.outer, self.records = outer, records
        self.columns: list[tuple[int, str, Worlds]] = []
        self.imports: list[tuple[int, int]] = []

    def program(self, where: Logic) -> RowProgram:
        answer = self.node(where)
        sources: list[Instruction] = [("column", *column) for column in self.columns]
        sources += [("import", *imported) for imported in self.imports]
        by_register = {source[1]: source for source in (*sources, *self.code)}
        return RowProgram(
            tuple(self.columns), tuple(self.imports), tuple(self.code), answer, by_register,
            tuple(_needed(answer, by_register)),
        )  # fmt: skip

    def node(self, node: Logic) -> int:
        if node not in self.nodes:
            inner = _reads_row(node)
            self.nodes[node] = (
                _plain(self, node, self.node, self.worlds) if inner else self.imported(self.outer.node(node))
            )
        return self.nodes[node]

    def imported(self, register: int) -> int:
        own = self.register()
        self.imports.append((own, register))
        return own

    def worlds(self, key: AnyKey) -> int:
        if key not in self.keys:
            self.keys[key] = self.read(key)
        return self.keys[key]

    def read(self, key: AnyKey) -> int:
        match key:
            case Key(item, column=True):
                domain = self.records.columns[item].domain
                assert domain is not None
                register = self.register()
                self.columns.append((register, item, domain.full))
                return register
            case DelayKey(start, end, months):
                return self.add("delay", self.worlds(start), self.worlds(end), months)
        return self.imported(self.outer.worlds(key))


def _needed(register: int, sources: Mapping[int, Instruction]) -> Iterable[tuple[str, Worlds, Worlds]]:
    """Yield the columns that a condition on a row can't do without: name, everything possible, what is accepted."""
    match sources[register]:
        case ("and", _, parts):
            for part in parts:
                yield from _needed(part, sources)
        case ("member", _, column, _, possible) if sources[column][0] == "column":
            _, _, name, full = sources[column]
            yield name, full, possible


def _plain(code: _Code, node: Logic, read: Any, worlds: Any) -> int:
    """Write a node that means the same on a sheet and on a row."""
    match node:
        case Fixed(truth):
            return code.add("fixed", truth)
        case Member(key, sure, possible):
            return code.add("member", worlds(key), sure, possible)
        case Known(key, classes):
            return code.add("known", worlds(key), classes)
        case All() | AnyOf():
            registers = tuple(dict.fromkeys(read(part) for part in by_item(node)))
            return (
                registers[0] if len(registers) == 1 else code.add("and" if isinstance(node, All) else "or", registers)
            )
        case Contrary(part):
            return code.add("not", read(part))
        case Enough(number, parts):
            return code.add("enough", number, tuple(read(part) for part in parts))
    raise AssertionError(node)


def _reads_row(node: Logic) -> bool:
    """Say whether a condition reads the row at hand (a quantifier inside reads its own rows)."""
    if isinstance(node, Some | Answered):
        return False
    if isinstance(node, Member | Known):
        keys: Iterable[AnyKey] = (node.key.start, node.key.end) if isinstance(node.key, DelayKey) else (node.key,)
        return any(isinstance(key, Key) and key.column for key in keys)
    parts = node.parts if isinstance(node, All | AnyOf | Enough) else (node.part,) if isinstance(node, Contrary) else ()
    return any(_reads_row(part) for part in parts)


def registers_of(instruction: Instruction) -> tuple[int, ...]:
    """Return the registers that an instruction reads."""
    match instruction:
        case ("fixed", *_):
            return ()
        case ("member" | "known" | "not", _, register, *_):
            return (register,)
        case ("and" | "or" | "choice", _, registers):
            return tuple(registers)
        case ("enough", _, _, registers):
            return tuple(registers)
        case ("delay", _, start, end, _):
            return start, end
        case ("image", _, rows, *_):
            return tuple(register for register, _ in rows)
        case ("either", _, true_if, false_if, _):
            return true_if, false_if
        case ("formula", _, rows, covered, read, *_):
            return (covered, *(register for register, _ in rows), *read.values())
        case ("join", _, _, stated, sources):
            return (stated, *(register for pair in sources for register in pair))
        case ("some", _, _, rows, _, closed, _) | ("answered" | "count" | "sum", _, _, rows, closed, _):
            whole = () if closed.whole is None else (closed.whole,)
            return (*(register for _, register in rows.imports), *whole, *(condition for condition, _ in closed.parts))
    raise AssertionError(instruction)


def _by_item(loads: Iterable[Load]) -> Mapping[str, tuple[Load, ...]]:
    """Return the registers that each item fills."""
    found: dict[str, tuple[Load, ...]] = {}
    for load in loads:
        found[load.key.item] = (*found.get(load.key.item, ()), load)
    return found


def _over(code: Iterable[Instruction]) -> Mapping[str, tuple[int, ...]]:
    """Return, for each list, the instructions that read its rows."""
    found: dict[str, tuple[int, ...]] = {}
    for number, instruction in enumerate(code):
        if instruction[0] in OVER_ROWS:
            found[instruction[2]] = (*found.get(instruction[2], ()), number)
    return found


def _readers(reads: Iterable[tuple[int, ...]], size: int) -> tuple[tuple[int, ...], ...]:
    """Return, for each register, the instructions that read it."""
    readers: list[list[int]] = [[] for _ in range(size)]
    for number, registers in enumerate(reads):
        for register in registers:
            readers[register].append(number)
    return tuple(map(tuple, readers))
