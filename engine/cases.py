"""The examples beside rules, definitions and trials: run, and compared with what they expect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.check_cases import expected_worlds
from engine.check_names import Names
from engine.dates import day_of, days_of
from engine.dictionary import Dictionary
from engine.domains import Leaves
from engine.facts import facts_of
from engine.logic import Key
from engine.machine import run, run_part
from engine.model import Case
from engine.names import fold
from engine.outcome import trial_truth, trial_verdict, verdict_of
from engine.problems import Problem, in_text
from engine.sheet import Sheet, read_sheet
from engine.show import show_worlds
from engine.snapshot import Base, Compiled
from engine.state import State
from engine.truth import FALSE
from engine.verdicts import FRENCH

DAY = date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Ran:
    """A case and what came out of it."""

    subject: str
    case: Case
    found: str
    expected: str

    @property
    def right(self) -> bool:
        """Say whether what came out is what was expected."""
        return fold(self.found) == fold(self.expected)


def sheet_of(flat: Mapping[str, Any], dictionary: Dictionary) -> dict[str, Any]:
    """Return the native sheet of one tumour that a flat example (item → value) stands for."""
    body: dict[str, Any] = {"tumeurs": [{"id": "t1"}]}
    for name, value in flat.items():
        item = dictionary.find(name)
        path = item.path.split(".") if item is not None else [name]
        if name == "jugements":
            body["jugements"] = value
        elif path[0] == "tumeurs[]":
            body["tumeurs"][0][path[-1]] = value
        elif len(path) > 1:
            body.setdefault(path[0], {})[path[-1]] = value
        else:
            body[path[0]] = value
    return body


def run_cases(base: Base) -> Iterator[Ran | Problem]:
    """Run every case of a base; a case that can't be read is a problem; none is run of what turns in a circle."""
    if any(problem.code == "cycle" for problem in base.problems):
        return
    for checked in base.knowledge.rules.values():
        for case in checked.rule.cases:
            yield from _run(base, case, checked.id, lambda c, s, i=checked.id: _rule_found(c, s, i))
    for trial in base.knowledge.trials:
        for case in trial.trial.cases:
            yield from _run(base, case, trial.trial.id, lambda c, s, t=trial: _trial_found(s, t))
    for definition in base.knowledge.definitions:
        for case in definition.definition.cases:
            yield from _run_definition(base, case, definition.item)


def _run(base: Base, case: Case, subject: str, found: Any) -> Iterator[Ran | Problem]:
    sheet, problems = read_case(base, case)
    yield from problems
    if not problems:
        compiled, state = evaluate_case(base, case, sheet, subject)
        yield Ran(subject, case, found(compiled, state), str(case.expected))


def read_case(base: Base, case: Case) -> tuple[Sheet, list[Problem]]:
    """Read a case's sheet; its problems stand where the case stands."""
    sheet = read_sheet(sheet_of(case.sheet, base.dictionary), base.dictionary, base.ontology, texts=True)
    return sheet, [in_text(case.span, f"cas-{p.code}", f"{p.message} ({p.pointer})", p.hint) for p in sheet.problems]


def evaluate_case(base: Base, case: Case, sheet: Sheet, subject: str = "") -> tuple[Compiled, State]:
    """Evaluate a case at its date and place: all of the base, or what one rule, trial or item needs."""
    stated = days_of(case.as_of) if case.as_of else None
    as_of = day_of(stated.low) if stated else sheet.date or DAY
    compiled = base.at(as_of, case.region, case.centre)
    keys = [load.key for load in compiled.program.loads]
    facts = facts_of(sheet, sheet.tumours[0], as_of, keys, base.dictionary, base.ontology)
    program = compiled.program
    return compiled, run_part(program, facts, compiled.part(subject)) if subject else run(program, facts)


def _rule_found(compiled: Compiled, state: State, rule: str) -> str:
    return verdict_of(compiled.view, state, rule).french if rule in compiled.view.rules else "hors lieu ou date"


def _trial_found(state: State, trial: Any) -> str:
    if state.truth(f"population:{trial.trial.id}") == FALSE:
        return FRENCH["off_topic"]
    return FRENCH[trial_verdict(max(trial_truth(state, trial, arm) for arm in trial.arms()))]


def _run_definition(base: Base, case: Case, name: str) -> Iterator[Ran | Problem]:
    """Compare the worlds of a defined item with the value or values expected."""
    sheet, problems = read_case(base, case)
    yield from problems
    item = base.dictionary.items[name]
    if problems:
        return
    _, state = evaluate_case(base, case, sheet, name)
    if item.is_records:
        closed = [d for d in base.knowledge.definitions if d.item == name and d.body is None]
        truths = [state.values[state.program.nodes[d.condition]] for d in closed if d.condition in state.program.nodes]
        yield Ran(name, case, "close" if 2 in truths else "ouverte", str(case.expected))
        return
    register = state.program.keys.get(Key(name))
    if register is None:
        return
    found = state.values[register]
    wanted = expected_worlds(Names(base.dictionary, base.ontology, []), item, case)
    if wanted is None or item.domain is None:
        return
    full = state.facts.full.get(name, item.domain.full)
    wanted = wanted & full  # type: ignore[operator]  # one item
    same = found == wanted if isinstance(item.domain, Leaves) else found & wanted == found
    shown = item.domain.describe(found) if isinstance(item.domain, Leaves) else show_worlds(item, found, held=full)
    yield Ran(name, case, str(case.expected) if same else shown, str(case.expected))
