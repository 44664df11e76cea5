"""What a base speaks of: its sites, the items that nothing reads, the concepts that nothing names, the age of its sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any

from engine.dates import add_months, day_of, days_of
from engine.dictionary import AXES
from engine.logic import Logic, keys_of
from engine.model import Act
from engine.ontology import Ontology
from engine.problems import Span
from engine.snapshot import Base
from engine.statements import CheckedAct, CheckedAction
from engine.syntax import ConceptName
from engine.values import Worlds
from engine.view import View, candidates

SITES = ("sein", "colon", "rectum", "poumon", "prostate", "melanome")
TRANSVERSAL = "transversal"
MELANOMA, SKIN = "melanome", "peau"  # the one site that is a type, with where it mostly is
REVIEW_AFTER = 24  # months
_EDITION = re.compile(r"\d{4}(?:-\d{2}(?!\d)(?:-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Site:
    """A site (a concept, or `transversal`) with the ids of the questions and trials about it."""

    id: str
    label: str
    questions: tuple[str, ...]
    trials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """The concepts of a branch: those that a rule, a definition or a trial names, and those that none does."""

    named: tuple[str, ...]
    unnamed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cited:
    """A text that is cited, and by what; `edition` without a year is undated."""

    title: str
    edition: str
    url: str
    by: tuple[str, ...]

    @property
    def dated(self) -> str:
        """The first date that the edition gives: a year, a month or a day; empty if it gives none."""
        found = _EDITION.search(self.edition)
        return found[0] if found and days_of(found[0]) else ""

    def is_old(self, today: date) -> bool:
        """Say whether the edition is surely more than two years old."""
        days = days_of(self.dated)
        return days is not None and add_months(day_of(days.high), REVIEW_AFTER) < today


# --- sites ---


def sites_of(base: Base) -> Mapping[str, Site]:
    """Return the sites by id; a question or trial about all of them, or about none, is transversal.

    What is about a site is what the engine keeps for a tumour there (`candidates`): what its axes alone don't rule out.
    """
    known = base.knowledge
    everywhere = View(known.rules, known.questions, known.definitions, known.trials, {}, {}, {}, known.access)
    kept = {site: candidates(everywhere, said) for site, said in _axes(base.ontology).items()}
    questions = {site: {q.question.id for q in view.questions} for site, view in kept.items()}
    trials = {site: {t.trial.id for t in view.trials} for site, view in kept.items()}
    asked = _shared_out([q.question.id for q in known.questions], questions)
    tried = _shared_out([t.trial.id for t in known.trials], trials)
    labels = {site: base.ontology.concepts[site].label() for site in kept if site} | {TRANSVERSAL: TRANSVERSAL}
    return {site: Site(site, label, asked.get(site, ()), tried.get(site, ())) for site, label in labels.items()}


def _axes(ontology: Ontology) -> Mapping[str, Mapping[str, Worlds]]:
    """Return what the axes say of a tumour of each site; without a name, of a tumour of none."""
    masks, (topography, morphology) = ontology.masks, (_full(ontology, axis) for axis in AXES)
    melanoma, skin = masks.get(MELANOMA, 0), masks.get(SKIN, topography)
    other, elsewhere = morphology & ~melanoma, topography & ~masks.get(SKIN, 0)
    found: dict[str, Mapping[str, Worlds]] = {}
    for site in (site for site in SITES if site in masks):
        if site == MELANOMA:
            found[site] = {"topographie": skin, "morphologie": melanoma}
        else:
            found[site] = {"topographie": masks[site], "morphologie": other}
            elsewhere &= ~masks[site]
    return found | {"": {"topographie": elsewhere, "morphologie": other}}


def _full(ontology: Ontology, branch: str) -> int:
    """Return all leaves of a branch."""
    return ontology.domains[branch].full if branch in ontology.domains else 0


def _shared_out(names: Iterable[str], kept: Mapping[str, set[str]]) -> Mapping[str, tuple[str, ...]]:
    """Return which of some names belong to each site, in their order."""
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        about = [site for site, known in kept.items() if name in known]
        sites = [TRANSVERSAL] if len(about) == len(kept) or not any(about) else [site for site in about if site]
        found |= {site: (*found.get(site, ()), name) for site in sites}
    return found


# --- items ---


def unread_items(base: Base) -> tuple[str, ...]:
    """Return the items and judgements that no rule, definition or trial reads; a text can't be asked."""
    read = {key.item for logic in _conditions(base) for key in keys_of(logic) if not key.column}
    read |= {key.item for definition in base.knowledge.definitions for key in definition.reads}
    items = [i.id for i in base.dictionary.items.values() if not i.is_text and not i.identity]
    return tuple(item for item in (*items, *base.dictionary.judgements) if item not in read)


def _conditions(base: Base) -> Iterator[Logic]:
    """Yield every condition of rules and trials."""
    known = base.knowledge
    for rule in known.rules.values():
        yield from (*rule.posed, *rule.conditions)
        if rule.satisfied is not None:
            yield rule.satisfied
        yield from _of_action(rule.action)
    yield from known.access.values()
    for trial in known.trials:
        yield from (*trial.population, *(c.logic for c in trial.criteria if c.logic is not None))


def _of_action(action: CheckedAction | None) -> Iterator[Logic]:
    """Yield the conditions of an action tree, those on what it is given with included."""
    if action is None:
        return
    yield action.condition
    if isinstance(action, CheckedAct):
        if action.where is not None:
            yield action.where
    else:
        for part in action.parts:
            yield from _of_action(part)


# --- concepts ---


def named_concepts(base: Base) -> Mapping[str, Named]:
    """Return, for each branch, the concepts that a rule, a definition or a trial names, and the others.

    A name that two branches share counts in both: a text alone does not say which is meant.
    """
    known = base.knowledge
    texts = {text for document in (*known.guidelines, *known.definitions, *known.trials) for text in _names(document)}
    concepts = base.ontology.concepts
    branches = dict.fromkeys(concept.branch for concept in concepts.values())
    named = {found.id for text in texts for branch in branches if (found := base.ontology.find(text, (branch,)))}
    return {
        branch: Named(
            tuple(c.id for c in concepts.values() if c.branch == branch and c.id in named),
            tuple(c.id for c in concepts.values() if c.branch == branch and c.id not in named),
        )
        for branch in branches
    }


def _names(thing: Any) -> Iterator[str]:
    """Yield every name of a concept in a document or a part of it."""
    match thing:
        case ConceptName(text):
            yield text
        case Act(concept=concept, requires=required):
            yield from filter(None, (concept, required))
            yield from _names((thing.condition, thing.where))
        case tuple():
            for part in thing:
                yield from _names(part)
        case _ if is_dataclass(thing) and not isinstance(thing, Span):
            for each in fields(thing):
                yield from _names(getattr(thing, each.name))


# --- sources ---


def cited(base: Base) -> tuple[Cited, ...]:
    """Return the texts that rules, definitions and trials cite, each edition with what cites it."""
    known = base.knowledge
    by: dict[tuple[str, str], list[str]] = {}
    urls: dict[tuple[str, str], str] = {}
    statements = [
        *((rule.rule.source, rule.id) for rule in known.rules.values()),
        *((each.definition.source, each.item) for each in known.definitions),
        *((each.trial.source, each.trial.id) for each in known.trials),
    ]
    for source, name in statements:
        key = (source.title, source.edition)
        by.setdefault(key, []).append(name)
        urls[key] = urls.get(key) or source.url
    return tuple(Cited(*key, urls[key], tuple(dict.fromkeys(by[key]))) for key in sorted(by))
