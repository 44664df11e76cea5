"""Rules and trials → CQL: one library for each référentiel and each trial, written over the library of the sheet.

A statement (`condition`, `up`, `holds`… of a rule) is one definition. What another library says is included; where two
documents name each other (an exception and the rule it excepts), CQL allows no circle, and each keeps a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from api.exports.cql.connectives import CONNECTIVES, connective
from api.exports.cql.parts import Define
from api.exports.cql.sheet import ATOMS, SheetWriter
from api.exports.cql.text import library_name, quoted
from engine.fusion import by_item
from engine.logic import ALWAYS, NEVER, All, AnyOf, Contrary, Enough, Fixed, Known, Logic, Member
from engine.program import Program, registers_of
from engine.statements import CheckedAction, CheckedGroup, CheckedTrial
from engine.view import View

_RULE = ("condition", "up", "yields", "displaces", "above", "holds", "scope", "excluded", "satisfied", "act")
_ALONE = frozenset(("act", "satisfied", "excluded"))  # never read by another: a shared register is a chance
_SHARED = frozenset(_RULE) - _ALONE
SHOWN = ("condition", "scope", "up", "holds")


@dataclass(frozen=True, slots=True)
class Part:
    """What a library is made from: its name, what it is about, and the names of its statements."""

    name: str
    title: str
    identifier: str
    statements: tuple[str, ...]


@dataclass(slots=True)
class Chapter:
    """A library being written."""

    part: Part
    included: dict[str, None] = field(default_factory=dict)
    defines: dict[str, Define] = field(default_factory=dict)


class RulesWriter:
    """Writes the libraries of a view, each over the one of the sheet."""

    def __init__(self, program: Program, view: View, sheet: SheetWriter) -> None:
        self.program, self.view, self.sheet = program, view, sheet
        self.parts = {part.name: part for part in (*_guidelines(view), *_trials(view, program))}
        self.owner = {statement: part.name for part in self.parts.values() for statement in part.statements}
        self.saying: dict[int, list[str]] = {}
        for statement, register in program.names.items():
            if statement in self.owner:
                self.saying.setdefault(register, []).append(statement)
        self.around = _circles({name: self.named_by(part) for name, part in self.parts.items()})

    def chapter(self, name: str) -> Chapter:
        """Write one library."""
        chapter = Chapter(self.parts[name])
        for statement in chapter.part.statements:
            if _is_shown(statement, self.program.statements):
                self.say(statement, chapter)
        return chapter

    # --- statements ---

    def say(self, statement: str, chapter: Chapter) -> str:
        """Write a statement into a library, once, and return its name there."""
        name = name_of(statement)
        if name not in chapter.defines:
            chapter.defines[name] = Define(name, "")  # holds its place
            register = self.program.names[statement]
            home = self.home(register, chapter)
            text = (
                self.reading(home, chapter)
                if home is not None and home != statement
                else self.written(register, chapter)
            )
            note = self.program.statements[statement].text
            copied = self.owner[statement] != chapter.part.name
            note += f"\nrepris de {self.owner[statement]}" if copied else ""
            del chapter.defines[name]
            chapter.defines[name] = Define(name, text, note, register)
        return name

    def home(self, register: int, chapter: Chapter) -> str | None:
        """Return the statement by which a register is read in a library: its own first, else another's rule."""
        said = self.saying.get(register, ())
        if self.program.writers[register][0] not in CONNECTIVES:
            return None
        if self.program.writers[register][0] == "fixed":
            return None
        own = next((s for s in said if self.owner[s] == chapter.part.name and s.partition(":")[0] not in _ALONE), None)
        return own or next((s for s in said if s.partition(":")[0] in _SHARED), None)

    def reading(self, statement: str, chapter: Chapter) -> str:
        """Return how a library reads a statement: its own, a copy, or an included one."""
        owner = self.owner[statement]
        if owner == chapter.part.name or owner in self.around[chapter.part.name]:
            return quoted(self.say(statement, chapter))
        chapter.included[owner] = None
        return f"{owner}.{quoted(name_of(statement))}"

    def truth(self, register: int, chapter: Chapter) -> str:
        """Return a truth as a library reads it."""
        home = self.home(register, chapter)
        return self.written(register, chapter) if home is None else self.reading(home, chapter)

    def written(self, register: int, chapter: Chapter) -> str:
        instruction = self.program.writers[register]
        if instruction[0] in ATOMS:
            return f"Fiche.{quoted(self.sheet.atom(register))}"
        return connective(instruction, lambda inner: self.truth(inner, chapter))

    def logic(self, node: Logic, chapter: Chapter) -> str:
        """Return a condition that the program holds only as a part of others."""
        if node in self.program.nodes:
            return self.truth(self.program.nodes[node], chapter)
        match node:
            case Fixed(truth):
                return connective(("fixed", 0, truth), str)
            case Contrary(part):
                return f"not ({self.logic(part, chapter)})"
            case All() | AnyOf():
                word = " and " if isinstance(node, All) else " or "
                return word.join(f"({self.logic(part, chapter)})" for part in by_item(node))
            case Enough(number, parts):
                return f"Common.Enough({number}, {{ {', '.join(self.logic(part, chapter) for part in parts)} }})"
            case Member() | Known():
                return f"Fiche.{quoted(self.sheet.apart(node))}"
        raise AssertionError(node)

    def computed_for(self, statement: str) -> tuple[str, ...]:
        """Return the parameters that we compute for want of an exact expression, and that a statement reads."""
        below = self.program.below([self.program.names[statement]])
        return tuple(name for name, p in sorted(self.sheet.parameters.items()) if p.register in below)

    # --- which documents name which ---

    def named_by(self, part: Part) -> set[str]:
        """Return the libraries whose statements one names."""
        found: set[str] = set()
        chapter = Chapter(part)
        seen: set[int] = set()
        waiting = [self.program.names[statement] for statement in part.statements]
        while waiting:
            register = waiting.pop()
            if register in seen:
                continue
            seen.add(register)
            home = self.home(register, chapter)
            if home is not None and self.owner[home] != part.name:
                found.add(self.owner[home])
            elif self.program.writers[register][0] in CONNECTIVES:
                waiting += registers_of(self.program.writers[register])
        return found


def name_of(statement: str) -> str:
    """Return the name of a statement's definition: `holds:S06` → `S06 holds`."""
    kind, *rest = statement.split(":")
    match kind:
        case "criterion":
            _, arm, criterion = rest
            return f"{arm} {criterion}".strip()
        case "step":
            _, arm, step = rest
            return f"{arm} étape {step}".strip()
        case "population":
            return "population"
        case "act":
            return f"{rest[0]} action {rest[1]}"
    return f"{rest[0]} {kind}"


def _is_shown(statement: str, logic: Mapping[str, Logic]) -> bool:
    """Say whether a statement is exported for its own sake; the others only where one of these reads them."""
    kind = statement.partition(":")[0]
    if kind == "act":
        return logic[statement] != ALWAYS
    if kind == "excluded":
        return logic[statement] != NEVER
    return kind in SHOWN or kind not in _RULE or kind == "satisfied"


def _guidelines(view: View) -> Iterable[Part]:
    """Yield one part for each référentiel in force, its questions and rules in the order of the document."""
    for guideline in {q.guideline.id: q.guideline for q in view.questions}.values():
        names: list[str] = []
        for question in guideline.questions:
            names.append(f"posed:{question.id}")
            for rule in (r for r in question.rules if r.id in view.rules):
                names += _of_rule(view, rule.id)
        yield Part(library_name(guideline.id), guideline.title, guideline.id, tuple(names))


def _of_rule(view: View, rule: str) -> list[str]:
    checked = view.rules[rule]
    names = [f"{kind}:{rule}" for kind in _RULE if kind not in ("act", "satisfied")]
    names += [f"satisfied:{rule}"] if checked.satisfied is not None else []
    return [*names, *(f"act:{rule}:{n}" for n in range(_acts_in(checked.action)))]


def _acts_in(action: CheckedAction | None) -> int:
    if action is None:
        return 0
    return sum(map(_acts_in, action.parts)) if isinstance(action, CheckedGroup) else 1


def _trials(view: View, program: Program) -> Iterable[Part]:
    """Yield one part for each trial: its population, its criteria, its steps."""
    for checked in view.trials:
        yield trial_part(checked, program)


def trial_part(checked: CheckedTrial, program: Program) -> Part:
    """Return the part that a trial is."""
    trial = checked.trial
    own = [n for n in program.names if n.split(":")[0] in ("criterion", "step") and n.split(":")[1] == trial.id]
    title = f"{trial.acronym or trial.id} : {trial.title}"
    return Part(f"Essai{library_name(trial.id)}", title, trial.id, (f"population:{trial.id}", *own))


def _circles(named: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return, for each library, the others that name it back, at once or by others."""
    reached = {name: _reached(name, named) for name in named}
    return {
        name: {other for other in below if other != name and name in reached[other]} for name, below in reached.items()
    }


def _reached(name: str, named: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(named[name])
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += named[one]
    return seen
