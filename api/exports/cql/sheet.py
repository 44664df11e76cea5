"""What is read of a sheet, as one CQL library: its parameters, the definitions between items, and every comparison.

Each comparison and quantifier of the program is a definition of its own, named by the French text of the condition, so
that the libraries of the référentiels read as the rules do. What CQL cannot say exactly is a parameter that we compute
(`computed`), never an approximation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.exports.cql import rows
from api.exports.cql.connectives import CONNECTIVES, connective
from api.exports.cql.definitions import greatest, image, joined, rows_given, where_it_speaks
from api.exports.cql.formulas import formula_text
from api.exports.cql.names import leaves_of_branch, name_of, name_of_worlds, names_given, texts_of
from api.exports.cql.parts import Define, Parameter
from api.exports.cql.text import intervals, quoted, short, strings
from api.exports.cql.values import BOOLEAN, DAYS, NUMBERS, NotExpressible, Sort, known, member, sort_of
from engine.dictionary import Dictionary, Item
from engine.domains import Leaves, Line
from engine.logic import AS_OF, AnyKey, CountKey, DelayKey, Key, Known, Logic, Member
from engine.ontology import Ontology
from engine.program import Instruction, Program
from engine.show import show_worlds
from engine.values import Ranges, Worlds
from engine.view import View

NAME = "OncorulesFiche"
SITE = "topographie"
FEW = 4
ATOMS = frozenset(("member", "known", "some", "answered"))


class SheetWriter:
    """Writes the definitions that conditions ask for, each once."""

    def __init__(self, program: Program, view: View, dictionary: Dictionary, ontology: Ontology) -> None:
        self.taken: set[str] = set()
        self.given = names_given(program, view)
        self.program, self.dictionary, self.ontology = program, dictionary, ontology
        self.parameters: dict[str, Parameter] = {}
        self.defines: dict[str, Define] = {}
        self.codes_of: dict[tuple[str, ...], str] = {}
        self.homes: dict[int, str] = {}
        self.others: dict[Logic, str] = {}
        self.texts = texts_of(program.nodes)
        self.keys: dict[int, AnyKey] = {register: key for key, register in program.keys.items()}
        self.loads = {load.register: load for load in program.loads}
        self.concepts = {
            (branch, mask): c for c, mask in ontology.masks.items() if (branch := leaves_of_branch(ontology, c))
        }
        read = rows.columns_read(program.code)
        self.columns = {r: rows.columns_of(dictionary.items[r], names) for r, names in sorted(read.items())}

    def all_items(self) -> None:
        """Write every item that the program knows, those that no exported condition reads included."""
        for key, register in self.program.keys.items():
            if isinstance(key, Key) and not key.column:
                self.worlds(register)

    # --- truths ---

    def truth(self, register: int) -> str:
        """Return a truth as it is read in this library: connectives written out, all else by its name."""
        instruction = self.program.writers[register]
        if instruction[0] in ATOMS:
            return quoted(self.atom(register))
        return connective(instruction, self.truth)

    def atom(self, register: int) -> str:
        """Return the name of the definition of a comparison or a quantifier."""
        if register not in self.homes:
            instruction = self.program.writers[register]
            name = self.free(short(self.text_of(instruction)))
            self.homes[register] = name
            try:
                self.define(name, self.atom_text(instruction), register=register)
            except NotExpressible as reason:
                self.compute(name, BOOLEAN, None, register, str(reason))
        return self.homes[register]

    def atom_text(self, instruction: Instruction) -> str:
        match instruction:
            case ("member", _, worlds, sure, possible):
                return member(self.worlds(worlds), self.sort(worlds), sure, possible, self.codes)
            case ("known", _, worlds, classes):
                return known(self.worlds(worlds), self.sort(worlds), classes, self.codes)
        return self.over_rows(instruction)

    def text_of(self, instruction: Instruction) -> str:
        """Return a condition as its editor wrote it; one that nobody wrote is described."""
        text = self.texts.get(instruction[1], "")
        if text and instruction[0] == "member" and self.is_stated(instruction[2]):
            text += " (énoncé)"
        if instruction[0] != "member" or (text and not text.startswith("autre combinaison")):
            return text or f"{instruction[0]} {instruction[1]}"
        key, (_, _, _, sure, _) = self.keys[instruction[2]], instruction
        item = self.item(key)
        if item is None or isinstance(key, DelayKey | CountKey):
            return f"{key.start.item if isinstance(key, DelayKey) else 'nombre'} : autre valeur"
        if isinstance(item.domain, Leaves) and isinstance(sure, int):
            sure &= item.domain.full
        return f"{name_of(key)} parmi ({show_worlds(item, sure)})"

    def apart(self, node: Member | Known) -> str:
        """Return the name of a comparison that the program only holds joined with others."""
        if node not in self.others:
            self.others[node] = self.free(short(node.text))
            register = self.program.keys[node.key]
            text, sort = self.worlds(register), self.sort(register)
            if isinstance(node, Member):
                self.define(self.others[node], member(text, sort, node.sure, node.possible, self.codes))
            else:
                self.define(self.others[node], known(text, sort, node.classes, self.codes))
        return self.others[node]

    def is_stated(self, register: int) -> bool:
        """Say whether a register holds what is stated of an item that definitions give too."""
        key = self.keys.get(register)
        return isinstance(key, Key) and key.stated and key.item in self.program.defined

    # --- worlds ---

    def worlds(self, register: int) -> str:
        """Return the worlds of a register, by their name."""
        if register not in self.homes:
            self.homes[register] = self._worlds(register)
        return quoted(self.homes[register])

    def _worlds(self, register: int) -> str:
        if register in self.loads:
            return self.load(self.loads[register].key, self.loads[register].full)
        instruction = self.program.writers[register]
        key = self.keys.get(register)
        name = self.free(short(self.given.get(register) or name_of_worlds(key, instruction)))
        try:
            return self.define(name, self.worlds_text(instruction), register=None)
        except NotExpressible as reason:
            return self.compute(name, self.sort(register).type, self.sort(register), register, str(reason))

    def load(self, key: Key, full: Worlds) -> str:
        """Declare what the sheet says of an item as a parameter; a scale of the tumour's site is held to it."""
        if key.item == AS_OF:
            self.parameters[AS_OF] = Parameter(AS_OF, "Date", "le jour pour lequel on répond", key=key)
            return self.define(f"{AS_OF} (jour)", f"{{ Interval[{quoted(AS_OF)}, {quoted(AS_OF)}] }}")
        item = self.item(key)
        assert item is not None
        sort = sort_of(item, full)
        unit = f" ({item.domain.unit.name})" if isinstance(item.domain, Line) and item.domain.unit else ""
        name = name_of(key)
        self.parameters[name] = Parameter(name, sort.type, f"{item.label()}{unit}", sort, key)
        if isinstance(item.domain, Leaves) and item.domain.by_site and not key.limit:
            return self.define(f"{name} (du siège)", f"Common.OnScale({quoted(name)}, {self.scale(item)})")
        return name

    def scale(self, item: Item) -> str:
        """Return the leaves that the site leaves of a scale declared by site; null where the site is not known to have one."""
        domain = item.leaves()
        name = f"{item.id} : échelle du siège"
        if name not in self.defines:
            site = self.dictionary.items[SITE]
            where = self.worlds(self.site_register())
            masks = {s: self.ontology.masks.get(s, 0) for s in domain.by_site}
            covered = 0
            for mask in masks.values():
                covered |= mask
            parts = [
                f"if exists ({where} intersect {self.codes(site.leaves(), masks[s])}) then {self.codes(domain, leaves)} else List<String> {{ }}"
                for s, leaves in domain.by_site.items()
                if masks[s]
            ]
            known_sites = self.codes(site.leaves(), covered)
            text = f"if {where} included in {known_sites} then distinct flatten {{ {', '.join(parts)} }} else null as List<String>"
            self.define(name, text)
        return quoted(name)

    def site_register(self) -> int:
        """Return the register of the site as it is stated."""
        return next(load.register for load in self.program.loads if load.key == Key(SITE))

    def worlds_text(self, instruction: Instruction) -> str:
        """Return the expression of a register of worlds."""
        match instruction:
            case ("delay", _, start, end, months):
                return rows.delay(self.worlds(start), self.worlds(end), months)
            case ("count" | "sum", *_):
                return self.over_rows(instruction)
            case ("image", _, outputs, full, collect_max):
                sort = self.sort(instruction[1])
                given = rows_given([(self.truth(row), output) for row, output in outputs])
                return greatest(sort, given, self.codes) if collect_max else image(sort, given, full, self.codes)
            case ("either", _, true_if, false_if, _):
                return f"Common.Either({self.truth(true_if)}, {self.truth(false_if)})"
            case ("choice", _, registers):
                return self.choice(registers)
            case ("formula", _, formulas, _, read, line, _):
                return formula_text(formulas, self.program, {n: self.bounded(r) for n, r in read.items()}, line)
            case ("join", _, _, stated, sources):
                return self.join(instruction[1], stated, sources)
        raise AssertionError(instruction)

    def bounded(self, register: int) -> str:
        """Return worlds as a formula reads them: an open item is as wide as the dictionary says."""
        text, full = self.worlds(register), self.sort(register).full
        if not isinstance(full, Ranges) or self.sort(register).type == DAYS:
            return text
        bounded = full.low.is_finite() or full.high.is_finite()
        return f"(if {text} is null then {intervals(full)} else {text})" if bounded else text

    def choice(self, registers: tuple[int, ...]) -> str:
        ranges = "Ranges" if self.sort(registers[0]).type == NUMBERS else ""
        text = self.worlds(registers[0])
        for register in registers[1:]:
            text = f"Common.Chosen{ranges}({text}, {self.worlds(register)})"
        return text

    def join(self, register: int, stated: int, sources: Iterable[tuple[int, int]]) -> str:
        """Return what is stated together with what each definition that speaks gives."""
        sort, item = self.sort(register), self.item(self.keys[register])
        given = [where_it_speaks(self.truth(c), self.worlds(w), sort) for c, w in sources]
        is_scaled = item is not None and isinstance(item.domain, Leaves) and item.domain.by_site
        return joined(sort, self.worlds(stated), given, self.scale(item) if item is not None and is_scaled else "")

    # --- rows ---

    def over_rows(self, instruction: Instruction) -> str:
        """Return a quantifier, a count or a sum."""
        match instruction:
            case ("some", _, records, code, _, closing, _) | (
                "answered" | "count" | "sum",
                _,
                records,
                code,
                closing,
                _,
            ):
                columns = self.columns[records]
                condition = rows.RowReader(code, columns, self.codes, self.outer).answer()
                return rows.quantifier(instruction, condition, self.lines(records, closing), columns)
        raise AssertionError(instruction)

    def outer(self, register: int) -> str:
        """Return a register of the sheet as a condition on a row reads it."""
        is_worlds = register in self.loads or self.program.writers[register][0] not in ATOMS | CONNECTIVES
        return self.worlds(register) if is_worlds else f"({self.truth(register)})"

    def lines(self, records: str, closing: Any) -> str:
        """Return the name of the lines of a list: as given, or less what definitions close."""
        columns = self.columns[records]
        bare = f"{records} (lignes)"
        if bare not in self.defines:
            kind = f"List<{columns.row_type()}>"
            self.parameters[records] = Parameter(records, kind, columns.records.label(), columns=columns)
            self.define(bare, f"if {quoted(records)} is null then {{ {columns.open_ghost()} }} else {quoted(records)}")
        if not rows.is_closing(closing):
            return quoted(bare)
        name = f"{records} (closes)"
        if name not in self.defines:
            self.close(name, quoted(bare), columns, closing)
        return quoted(name)

    def close(self, name: str, lines: str, columns: rows.Columns, closing: Any) -> None:
        """Write the lines of a list less what each definition closes, one definition after the other."""
        steps = [] if closing.whole is None else [(closing.whole, None)]
        steps += [(condition, part) for condition, part in closing.parts]
        for number, (condition, part) in enumerate(steps, 1):
            truth = f"({self.truth(condition)})"
            text = (
                rows.closed_whole(lines, truth)
                if part is None
                else rows.closed_part(lines, truth, part, columns, self.codes)
            )
            last = number == len(steps)
            lines = quoted(self.define(name if last else f"{name} : étape {number}", text))

    # --- names ---

    def item(self, key: AnyKey | None) -> Item | None:
        """Return the item that a key reads."""
        if not isinstance(key, Key):
            return None
        return self.dictionary.items.get(key.item) or self.dictionary.judgements.get(key.item)

    def sort(self, register: int) -> Sort:
        """Return the sort of a register of worlds."""
        if register in self.loads and self.loads[register].key.item == AS_OF:
            return Sort(DAYS, Line(dates=True), self.loads[register].full)
        key = self.keys.get(register) or (self.loads[register].key if register in self.loads else None)
        item = self.item(key)
        if item is not None:
            return sort_of(item, self.loads[register].full if register in self.loads else None)
        instruction = self.program.writers[register]
        if instruction[0] in ("delay", "count", "sum"):
            return Sort(NUMBERS, Line(), Line().full)
        return self.sort(self.joins_into(register))

    def joins_into(self, register: int) -> int:
        """Return the item's register that a definition's register is a source of."""
        for reader in self.program.readers[register]:
            instruction = self.program.code[reader]
            if instruction[0] == "join" and any(given == register for _, given in instruction[4]):
                return int(instruction[1])
        raise AssertionError(register)

    def codes(self, domain: Leaves, mask: int) -> str:
        """Return a set of leaves: written out if they are few, else by the name of a list."""
        names = domain.leaves_of(mask)
        if len(names) <= FEW:
            return strings(names) if names else "List<String> { }"
        if names not in self.codes_of:
            concept = self.concepts.get((domain.names, mask))
            title = f"codes de « {self.ontology.concepts[concept].label()} »" if concept else ""
            self.codes_of[names] = self.free(title or f"codes de {names[0]} à {names[-1]} ({len(names)})")
        return quoted(self.codes_of[names])

    def free(self, name: str) -> str:
        """Return a name not taken yet."""
        found, number = name, 2
        while found in self.taken:
            found, number = f"{name} ({number})", number + 1
        self.taken.add(found)
        return found

    def define(self, name: str, text: str, note: str = "", register: int | None = None) -> str:
        """Keep a definition."""
        self.defines[name] = Define(name, text, note, register)
        return name

    def compute(self, name: str, kind: str, sort: Sort | None, register: int, reason: str) -> str:
        """Declare as a parameter what CQL cannot say exactly."""
        self.parameters[name] = Parameter(
            name, kind, f"calculé par oncorules : {reason}", sort, register=register, reason=reason
        )
        return name
