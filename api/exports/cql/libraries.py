"""A view of the base → CQL 1.5 libraries that another engine can run: common functions, the sheet, each référentiel and trial.

What is exported is the final truth of each rule (`holds`, §4 of the page on meaning), with the safety rules that reach it,
not its bare condition; `applies` is what a plan asks, `verdict` the word of the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from api.exports.cql import common as cql_common
from api.exports.cql.parts import Define, Parameter
from api.exports.cql.rules import Chapter, Part, RulesWriter
from api.exports.cql.sheet import NAME as SHEET
from api.exports.cql.sheet import SheetWriter
from api.exports.cql.text import comment, quoted
from engine.logic import ALWAYS, NEVER, Logic
from engine.snapshot import Base, Compiled
from engine.statements import CheckedAction, CheckedGroup, CheckedRule, CheckedTrial
from engine.verdicts import Verdict
from engine.view import View

NOTICE = "contenu à valider, aide à la RCP"


@dataclass(frozen=True, slots=True)
class Library:
    """One library: its text, and its definitions that stand for a condition, each with the register of ours."""

    name: str
    title: str
    subject: str
    version: str
    text: str
    defines: tuple[Define, ...] = ()
    includes: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """All libraries of a view, by name, in the order in which one may read the other; what each rule reads of what we compute."""

    version: str
    libraries: Mapping[str, Library]
    parameters: tuple[Parameter, ...]
    reads_computed: Mapping[str, tuple[str, ...]]

    @property
    def computed(self) -> tuple[Parameter, ...]:
        """What CQL cannot say exactly, and is given by us."""
        return tuple(p for p in self.parameters if p.register is not None)


def export(base: Base, compiled: Compiled) -> Export:
    """Write every library of a view."""
    view, program = compiled.view, compiled.program
    version = version_of(base, view)
    sheet = SheetWriter(program, view, base.dictionary, base.ontology)
    rules = RulesWriter(program, view, sheet)
    chapters = [finished(rules.chapter(name), rules, view) for name in rules.parts]
    written = [_chapter(chapter, version) for chapter in _in_order(chapters)]
    sheet.all_items()
    parameters = tuple(sheet.parameters[name] for name in sorted(sheet.parameters))
    first = [
        Library(cql_common.NAME, "Fonctions communes", "", version, cql_common.common(version)),
        _sheet(sheet, parameters, version),
    ]
    computed = {rule: rules.computed_for(f"holds:{rule}") for rule in view.rules}
    return Export(version, {one.name: one for one in (*first, *written)}, parameters, computed)


def version_of(base: Base, view: View) -> str:
    """Return the version of what a view exports: the snapshot, and what is in force on the day at the place."""
    chosen = repr((sorted(view.rules), sorted(view.replaced.items()), [t.trial.id for t in view.trials]))
    return f"{base.hash[:12]}-{hashlib.sha256(chosen.encode()).hexdigest()[:8]}"


# --- what a rule and a trial come to ---


def finished(chapter: Chapter, rules: RulesWriter, view: View) -> Chapter:
    """Add what each rule and each arm comes to, and the conditions of groups of actions."""
    for checked in view.rules.values():
        if checked.guideline.id == chapter.part.identifier:
            _finish_rule(chapter, rules, view, checked)
    for trial in view.trials:
        if trial.trial.id == chapter.part.identifier:
            _finish_trial(chapter, trial, rules)
    return chapter


def _finish_rule(chapter: Chapter, rules: RulesWriter, view: View, checked: CheckedRule) -> None:
    rule = checked.id
    for number, condition in enumerate(group_conditions(checked.action)):
        name = part_name(rule, number)
        chapter.defines[name] = Define(name, rules.logic(condition, chapter), condition.text)
    if view.is_off(rule):
        applies, verdict = "false", f"'{Verdict.REPLACED.value}'"
    else:
        barred = f"{quoted(f'{rule} excluded')} is true" if f"{rule} excluded" in chapter.defines else ""
        done = f"{quoted(f'{rule} satisfied')} is true" if f"{rule} satisfied" in chapter.defines else ""
        unless = [f"not ({text})" for text in (barred, done) if text]
        applies = " and ".join([quoted(f"{rule} holds"), *unless])
        verdict = _verdict(rule, barred, done)
    note = f"{checked.rule.title}\nLa règle s'applique : elle tient, n'est ni contre-indiquée ni déjà satisfaite."
    note += _told_of_computed(rules.computed_for(f"holds:{rule}"))
    chapter.defines[f"{rule} applies"] = Define(f"{rule} applies", applies, note)
    chapter.defines[f"{rule} verdict"] = Define(f"{rule} verdict", verdict)


def _told_of_computed(names: Iterable[str]) -> str:
    """Return a line that names what a definition reads and CQL cannot say exactly."""
    listed = " ; ".join(names)
    return f"\nNon exporté, à donner en paramètre : {listed}" if listed else ""


def _verdict(rule: str, barred: str, done: str) -> str:
    """Return the first verdict that fits, in the order of §4."""
    scope, up, holds = (quoted(f"{rule} {kind}") for kind in ("scope", "up", "holds"))
    cases = [
        (" or ".join(filter(None, (f"{scope} is false", done))), Verdict.DOES_NOT_APPLY),
        (f"{up} is false", Verdict.OVERRIDDEN),
        (barred, Verdict.CONTRAINDICATED),
        (f"{holds} is true", Verdict.APPLIES),
        (f"{scope} is true", Verdict.APPLIES_UNLESS),
    ]
    told = " ".join(f"when {test} then '{verdict.value}'" for test, verdict in cases if test)
    return f"case {told} else '{Verdict.UNDETERMINED.value}' end"


def _finish_trial(chapter: Chapter, checked: CheckedTrial, rules: RulesWriter) -> None:
    """Add the eligibility for each arm; what is kept as text is unknown, and listed."""
    for arm in checked.arms():
        steps = [n for n in chapter.part.statements if n.startswith(f"step:{checked.trial.id}:{arm}:")]
        names = [quoted(f"{arm} étape {step.split(':')[3]}".strip()) for step in steps]
        name = f"{arm} éligible".strip()
        note = _told_of_computed(dict.fromkeys(n for step in steps for n in rules.computed_for(step)))
        chapter.defines[name] = Define(name, " and ".join(names) or "true", note)


def group_conditions(action: CheckedAction | None) -> Iterator[Logic]:
    """Yield the conditions of the groups of an action tree, in its order."""
    if isinstance(action, CheckedGroup):
        if action.condition not in (ALWAYS, NEVER):
            yield action.condition
        for part in action.parts:
            yield from group_conditions(part)


def part_name(rule: str, number: int) -> str:
    """Return the name of the condition of a group of a rule's actions."""
    return f"{rule} partie {number}"


def not_encoded(checked: CheckedTrial) -> tuple[str, ...]:
    """Return the criteria of a trial that are kept as text: their truth is null."""
    return tuple(c.criterion.id for c in checked.criteria if c.logic is None)


# --- texts ---


def _in_order(chapters: Iterable[Chapter]) -> list[Chapter]:
    """Put what is included before what includes it."""
    waiting = {chapter.part.name: chapter for chapter in chapters}
    ordered: dict[str, Chapter] = {}

    def place(chapter: Chapter) -> None:
        for name in chapter.included:
            if name not in ordered:
                place(waiting[name])
        ordered.setdefault(chapter.part.name, chapter)

    for chapter in waiting.values():
        place(chapter)
    return list(ordered.values())


def _chapter(chapter: Chapter, version: str) -> Library:
    part, defines = chapter.part, tuple(chapter.defines.values())
    includes = (*_BASE, *sorted(chapter.included))
    head = comment(f"{part.title} ({part.identifier})\n{NOTICE}") + f"library {part.name} version '{version}'\n\n"
    text = head + _included(includes, version) + "\n" + "\n".join(map(_define, defines))
    return Library(part.name, part.title, part.identifier, version, text, defines, includes)


_BASE = (cql_common.NAME, SHEET)
_ALIASES = {cql_common.NAME: "Common", SHEET: "Fiche"}


def _included(names: Iterable[str], version: str) -> str:
    return "".join(f"include {name} version '{version}' called {_ALIASES.get(name, name)}\n" for name in names)


def _define(define: Define) -> str:
    return f"{comment(define.note)}define {quoted(define.name)}:\n  {define.text}\n"


def _sheet(sheet: SheetWriter, parameters: tuple[Parameter, ...], version: str) -> Library:
    """Return the library of the sheet: parameters, lists of codes, then definitions, each after what it reads."""
    codes = "".join(
        f"define {quoted(name)}:\n  {{ {', '.join(_quote(code) for code in names)} }}\n\n"
        for names, name in sheet.codes_of.items()
    )
    # `default null`: without it cql-execution 3.3 reads a null parameter, inside a query, as its own declaration
    told = "\n".join(f"{comment(p.label)}parameter {quoted(p.name)} {p.type} default null" for p in parameters)
    head = comment(f"La fiche : ce qu'il faut donner, et ce qui s'en déduit\n{NOTICE}")
    defines = tuple(sheet.defines.values())
    text = (
        f"{head}library {SHEET} version '{version}'\n\n{_included((cql_common.NAME,), version)}\n{told}\n\n{codes}"
        + "\n".join(map(_define, defines))
    )
    return Library(SHEET, "Fiche RCP", "", version, text, defines, (cql_common.NAME,), parameters)


def _quote(code: str) -> str:
    escaped = code.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def sources(exported: Export) -> dict[str, str]:
    """Return the texts of all libraries, by name."""
    return {name: library.text for name, library in exported.libraries.items()}


__all__ = [
    "Export",
    "Library",
    "Part",
    "export",
    "group_conditions",
    "not_encoded",
    "part_name",
    "sources",
    "version_of",
]
