"""The use case of an editor: documents parsed, checked, and the cases beside their rules run; all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import PurePath
from typing import Any, TypeVar

from api import library
from api.coverage import report
from api.evaluate import Service
from api.fiches import run
from engine.cases import Ran, run_cases
from engine.lint import lint
from engine.problems import Problem, in_text
from engine.snapshot import DICTIONARY, Base

T = TypeVar("T")
Json = dict[str, Any]
Watch = Callable[[Iterable[T], int, str], Iterator[T]]

ROOM = "knowledge"
ADDED = "knowledge/ajouts"


def check(
    shipped: Mapping[str, str],
    given: Mapping[str, str],
    fiches: Mapping[str, str],
    watch: Watch[Any],
    covered_on: date | None = None,
) -> Json:
    """Return every problem, what is to be confirmed and what was counted: of the base, or of documents given (path → text).

    The whole fiches are answered where the base is read alone and well. With a day, also what the cases cover and which sources are old then.
    """
    places = {_place(path): path for path in given}
    base = library.read({**shipped, **{place: given[path] for place, path in places.items()}})
    looked = lint(base)
    asked = {} if given or base.problems else fiches
    problems = [*base.problems, *looked.problems, *_failed(_ran(base, watch)), *_answered(base, asked, watch)]
    return {
        "problems": _listed(problems, places),
        "warnings": _listed(looked.warnings, places),
        "counts": _counts(base) | {"fiches": _sheets(fiches)},
    } | ({"coverage": report(base, covered_on, places)} if covered_on and _can_run(base) else {})


def _can_run(base: Base) -> bool:
    """Say whether cases can be run: not with a wrong dictionary, in whose items they are written."""
    return all(problem.span.file != DICTIONARY for problem in base.problems)


def _ran(base: Base, watch: Watch[Any]) -> Iterable[Ran | Problem]:
    """Run the cases, if they can be."""
    if not _can_run(base):
        return ()
    return watch(run_cases(base), _cases(base), "cas")


def _answered(base: Base, fiches: Mapping[str, str], watch: Watch[Any]) -> Iterator[Problem]:
    """Yield where a whole fiche is not answered as it was reviewed."""
    if fiches:
        for problems in watch(run(Service(base), fiches), _sheets(fiches), "fiche"):
            yield from problems


def _sheets(fiches: Mapping[str, str]) -> int:
    return sum(path.endswith(".json") for path in fiches)


def _listed(problems: Iterable[Problem], places: Mapping[str, str]) -> list[dict[str, object]]:
    """Return problems in order, those of the documents given under the names they came by."""
    kept = [_renamed(p, places) for p in problems if p.span.file in places] if places else problems
    return [problem.as_json() for problem in sorted(set(kept))]


def _place(path: str) -> str:
    """Return where a document stands in the base: below `knowledge/` as its path says, else among the added ones."""
    parts = PurePath(path).parts
    if ROOM in parts:
        last = len(parts) - 1 - parts[::-1].index(ROOM)
        return "/".join(parts[last:])
    return f"{ADDED}/{parts[-1]}"


def _failed(ran: Iterable[Ran | Problem]) -> Iterator[Problem]:
    for each in ran:
        if isinstance(each, Problem):
            yield each
        elif not each.right:
            message = f"cas de `{each.subject}` : attendu « {each.expected} », obtenu « {each.found} »"
            yield in_text(each.case.span, "cas", message, "corrigez la règle, ou la fiche et l'attendu du cas")


def _renamed(problem: Problem, places: Mapping[str, str]) -> Problem:
    return replace(problem, span=problem.span._replace(file=places[problem.span.file]))


def _cases(base: Base) -> int:
    known = base.knowledge
    rules = sum(len(each.rule.cases) for each in known.rules.values())
    trials = sum(len(each.trial.cases) for each in known.trials)
    return rules + trials + sum(len(each.definition.cases) for each in known.definitions)


def _counts(base: Base) -> dict[str, int]:
    known = base.knowledge
    trials = [each.trial for each in known.trials]
    criteria = sum(len(trial.criteria) + sum(len(arm.criteria) for arm in trial.arms) for trial in trials)
    return {
        "documents": sum(path.endswith(".yaml") for path in base.files),
        "recommendations": len(known.rules),
        "definitions": len(known.definitions),
        "trials": len(trials),
        "criteria": criteria,
        "concepts": len(base.ontology.concepts),
        "items": len(base.dictionary.items),
        "cases": _cases(base),
    }
