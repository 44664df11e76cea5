"""What the cases beside rules exercise: of each rule its three truths, of each atom of a condition both sides (MC/DC).

Two sorts of condition are counted, each where it is written: the `si` of a rule (with what must be left of its action),
over the cases of that rule; the `posee_si` of a question, once, over the cases of its rules. Cases of other rules don't
count: what shows a rule stands beside it. The `si` of one alternative among others changes no verdict and is not counted.

An *atom* is a leaf of a condition: one comparison, one quantifier, one `documenté`, one judgement. It is seen TRUE (or
FALSE) by a case in which it has that truth *and decides*: the whole condition is TRUE or FALSE there, and would be
something else if this atom alone had the contrary truth. So in `A et B` an A that is FALSE beside a B that is FALSE shows
nothing (B masks it), beside a B that is TRUE or UNKNOWN it does; an A that is TRUE shows something where both are. That
is MC/DC in its masking form, carried to three truths. The whole of a rule is its own condition as the view has it, its
question's included: an atom of a rule whose question is not posed decides nothing. Equal atoms of one condition
(`si A alors B sinon C` has A twice) are one atom and change together.

`documenté(…)` is never FALSE: its two sides are TRUE and UNKNOWN, and it decides while UNKNOWN if the whole is UNKNOWN
and would not be were it TRUE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from engine.cases import evaluate_case, read_case
from engine.fusion import by_item, flattened
from engine.logic import All, Answered, AnyOf, Contrary, Enough, Fixed, Known, Logic, conjoin
from engine.problems import NOWHERE, Span
from engine.snapshot import Base, Compiled
from engine.state import State
from engine.statements import CheckedQuestion, CheckedRule, still_stands
from engine.trace import Trace, trace_of, truth_of
from engine.truth import FALSE, TRUE, UNKNOWN, Truth
from engine.view import View

Truths: TypeAlias = frozenset[Truth]


@dataclass(frozen=True, slots=True)
class Atom:
    """A leaf of a condition, where it is written, the truths it can decide by and those that some case shows."""

    text: str
    span: Span
    wanted: Truths
    seen: Truths

    @property
    def missing(self) -> tuple[Truth, ...]:
        """The truths that no case shows."""
        return tuple(sorted(self.wanted - self.seen))


@dataclass(frozen=True, slots=True)
class Exercised:
    """A condition of a rule or of a question: how many cases there are, and what they show of it and of its atoms."""

    id: str
    span: Span
    cases: int
    wanted: Truths
    seen: Truths
    atoms: tuple[Atom, ...]

    @property
    def missing(self) -> tuple[Truth, ...]:
        """The truths of the whole that no case shows."""
        return tuple(sorted(self.wanted - self.seen))

    @property
    def exceptions(self) -> tuple[Atom, ...]:
        """The atoms that the cases don't show both ways."""
        return tuple(atom for atom in self.atoms if atom.missing)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the cases show of each rule and of each question, by their ids."""

    rules: Mapping[str, Exercised]
    questions: Mapping[str, Exercised]


@dataclass(frozen=True, slots=True)
class _Run:
    """A case that was run: the rules in force there and then, and the registers."""

    compiled: Compiled
    state: State


def coverage_of(base: Base, files: frozenset[str] | None = None) -> Coverage:
    """Run the cases of every rule (of these files alone, if given) and count; none is run of what turns in a circle."""
    if any(problem.code == "cycle" for problem in base.problems):
        return Coverage({}, {})
    prober = _Prober(base)
    rules: dict[str, Exercised] = {}
    questions: dict[str, Exercised] = {}
    for question, asked in _by_question(base, files):
        runs = {rule.id: list(_runs(base, rule)) for rule in asked}
        questions[question.question.id] = prober.question(question, [run for each in runs.values() for run in each])
        rules |= {rule.id: prober.rule(rule, runs[rule.id]) for rule in asked}
    return Coverage(rules, questions)


def _by_question(base: Base, files: frozenset[str] | None) -> Iterator[tuple[CheckedQuestion, list[CheckedRule]]]:
    """Yield the questions that hold rules, with them: the cases of one question are forgotten before the next."""
    asked: dict[str, list[CheckedRule]] = {}
    for rule in base.knowledge.rules.values():
        if files is None or rule.rule.span.file in files:
            asked.setdefault(rule.rule.question, []).append(rule)
    for question in base.knowledge.questions:
        if question.question.id in asked:
            yield question, asked.pop(question.question.id)


def _runs(base: Base, rule: CheckedRule) -> Iterator[_Run]:
    """Yield the cases of a rule that are about it: those at a place and on a day where it is in force."""
    for case in rule.rule.cases:
        sheet, problems = read_case(base, case)
        if not problems:
            compiled, state = evaluate_case(base, case, sheet)
            if rule.id in compiled.view.rules:
                yield _Run(compiled, state)


@dataclass(frozen=True, slots=True)
class _Prober:
    """Reads the registers that cases left, and asks what a condition would be if one atom were otherwise."""

    base: Base
    traces: dict[int, dict[Logic, Trace]] = field(default_factory=dict)

    def rule(self, rule: CheckedRule, runs: Iterable[_Run]) -> Exercised:
        """Return what its cases show of a rule."""
        written = conjoin((*rule.conditions, still_stands(rule.action)))
        wanted = _wanted(conjoin((*rule.posed, written)), written)
        seen, atoms = self.shown(written, runs, lambda view: view.own(rule.id))
        return Exercised(rule.id, rule.rule.span, len(rule.rule.cases), wanted, seen, atoms)

    def question(self, question: CheckedQuestion, runs: list[_Run]) -> Exercised:
        """Return what the cases of its rules show of when a question is posed."""
        posed = conjoin(question.posed)
        seen, atoms = self.shown(posed, runs, lambda _: posed)
        return Exercised(question.question.id, question.question.span, len(runs), _wanted(posed, posed), seen, atoms)

    def shown(
        self, written: Logic, runs: Iterable[_Run], whole: Callable[[View], Logic]
    ) -> tuple[Truths, tuple[Atom, ...]]:
        """Return the truths of a whole that runs show, and the sides of the atoms of what is written, where they decide."""
        places = atoms_of(written)
        sides: dict[Logic, set[Truth]] = {atom: set() for atom in places}
        truths: set[Truth] = set()
        for run in runs:
            decided = whole(run.compiled.view)
            truths.add(self.truth(joined(decided), run))
            for atom, seen in sides.items():
                side = self.truth(atom, run)
                if side in sides_of(atom) - seen and self.decides(atom, side, decided, run):
                    seen.add(side)
        atoms = (Atom(atom.text, places[atom], sides_of(atom), frozenset(seen)) for atom, seen in sides.items())
        return frozenset(truths), tuple(atoms)

    def decides(self, atom: Logic, side: Truth, whole: Logic, run: _Run) -> bool:
        """Say whether the whole is decided, and would be something else were this atom alone on its other side."""
        truth = self.truth(joined(whole), run)
        if truth == UNKNOWN and side != UNKNOWN:
            return False
        (other,) = sides_of(atom) - {side}
        return self.truth(supposing(whole, atom, other), run) != truth

    def truth(self, node: Logic, run: _Run) -> Truth:
        """Return the truth of a condition in a run."""
        program = run.compiled.program
        known = self.traces.setdefault(id(program), {})
        return truth_of(trace_of(node, program, self.base.dictionary, known), run.state.values)


def atoms_of(node: Logic) -> Mapping[Logic, Span]:
    """Return the atoms of a condition, each once, and where each is first written."""
    places: dict[Logic, Span] = {}
    for atom, span in _leaves(node, node.span):
        places.setdefault(atom, span)
    return places


def _leaves(node: Logic, around: Span) -> Iterator[tuple[Logic, Span]]:
    """Yield the leaves of a condition, with the place of the nearest node that has one (`aucun` is made of two)."""
    span = around if node.span == NOWHERE else node.span
    match node:
        case All(parts) | AnyOf(parts) | Enough(_, parts):
            for part in parts:
                yield from _leaves(part, span)
        case Contrary(part):
            yield from _leaves(part, span)
        case Fixed():
            return
        case _:
            yield node, span


def sides_of(atom: Logic) -> Truths:
    """Return the two truths by which an atom decides."""
    return frozenset((UNKNOWN, TRUE)) if isinstance(atom, Known | Answered) else frozenset((FALSE, TRUE))


def joined(node: Logic) -> Logic:
    """Return a condition joined by item (§2): the program has no register for that of a rule that completes another."""
    return replace(node, parts=tuple(by_item(node))) if isinstance(node, All | AnyOf) else node


def supposing(node: Logic, atom: Logic, truth: Truth) -> Logic:
    """Return a condition in which one atom has a given truth; what is beside it stays joined by item (§2)."""
    if node == atom:
        return Fixed(truth)
    match node:
        case All() | AnyOf():
            parts = flattened(node)
            held = [part for part in parts if atom in atoms_of(part)]
            beside = by_item(replace(node, parts=tuple(part for part in parts if part not in held)))
            return replace(node, parts=(*(supposing(part, atom, truth) for part in held), *beside))
        case Enough(_, parts):
            return replace(node, parts=tuple(supposing(part, atom, truth) for part in parts))
        case Contrary(part):
            return Contrary(supposing(part, atom, truth))
    return node


def _wanted(whole: Logic, written: Logic) -> Truths:
    """Return the truths that a condition can have: FALSE unless it only asks what is documented, UNKNOWN by what is written."""
    wanted: set[Truth] = {TRUE}
    if any(FALSE in sides_of(atom) for atom in atoms_of(whole)):
        wanted.add(FALSE)
    if atoms_of(written):
        wanted.add(UNKNOWN)
    return frozenset(wanted)
