"""What an author should look at in documents that read well: problems that must be mended, warnings to confirm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.lint_conditions import posed_conditions, redundant, written_conditions
from engine.lint_rules import cases_missing, clashes, conditional_alternatives, switched_off, unsourced
from engine.lint_tables import gaps, overlaps, true_and_false
from engine.lint_words import Vocabulary
from engine.problems import Problem, in_text
from engine.snapshot import Base
from engine.statements import CheckedDefinition


@dataclass(frozen=True, slots=True)
class Lint:
    """What must be mended, and what is only to be confirmed."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def lint(base: Base) -> Lint:
    """Look over a base; documents that have problems of their own are left out, so nothing untrue follows from them."""
    words = Vocabulary(base.dictionary, base.ontology)
    ill = {problem.span.file for problem in base.problems}
    return Lint(_kept(_problems(words, base), ill), _kept(_warnings(words, base), ill))


def _kept(found: Iterable[Problem], ill: set[str]) -> tuple[Problem, ...]:
    return tuple(sorted({problem for problem in found if problem.span.file not in ill}))


def _problems(words: Vocabulary, base: Base) -> Iterator[Problem]:
    known = base.knowledge
    for checked in known.rules.values():
        yield from unsourced(checked)
        yield from cases_missing(checked)
    yield from clashes(words, known)
    for definition in known.definitions:
        yield from overlaps(words, definition)


def _warnings(words: Vocabulary, base: Base) -> Iterator[Problem]:
    known = base.knowledge
    for checked in known.rules.values():
        yield from switched_off(checked, known.rules.values())
        yield from conditional_alternatives(words, checked)
    for definition in known.definitions:
        yield from without_cases(definition)
        yield from true_and_false(words, definition)
        yield from gaps(words, definition, (d for d in known.definitions if d.item == definition.item))
    for condition in (*posed_conditions(known), *written_conditions(known)):
        yield from redundant(words, condition)


def without_cases(checked: CheckedDefinition) -> Iterator[Problem]:
    """Yield that a definition has no example."""
    definition = checked.definition
    if not definition.cases:
        message = f"la définition de `{checked.item}` n'a pas de cas"
        place = definition.place_of(definition.item)
        yield in_text(place, "definition-sans-cas", message, "cas: [{fiche: {…}, attendu: …}]")
