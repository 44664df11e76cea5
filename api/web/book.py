"""A site as a book to read: its questions and rules, their sources and coverage, and what is not yet encoded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.coverage import Shares, of_site, shares
from engine.access import NAMES, entries_of
from engine.coverage import Coverage, Exercised
from engine.inventory import Cited, Site, cited, sites_of
from engine.model import Criterion, Trial, Written
from engine.names import fold
from engine.printing import show
from engine.snapshot import Base
from engine.statements import CheckedQuestion, CheckedRule


@dataclass(frozen=True, slots=True)
class Card:
    """A rule, what its cases show of it, and the rules that except it."""

    checked: CheckedRule
    exercised: Exercised
    unless: tuple[CheckedRule, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A question with its rules; what the cases show of when it is posed."""

    checked: CheckedQuestion
    exercised: Exercised | None
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A fact that nobody has read at its source, the rules it would touch, and what to read."""

    fact: str
    rules: str
    why: str


@dataclass(frozen=True, slots=True)
class Unencoded:
    """A trial with the criteria that are kept as text, each with its arm."""

    trial: Trial
    criteria: tuple[tuple[str, Criterion], ...]


@dataclass(frozen=True, slots=True)
class Book:
    """All there is of one site."""

    site: Site
    shares: Shares
    chapters: tuple[Chapter, ...]
    sources: tuple[Cited, ...]
    trials: tuple[Unencoded, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def partial(self) -> tuple[Chapter, ...]:
        """The questions of which the text is encoded in part."""
        return tuple(c for c in self.chapters if not c.checked.question.whole)

    @property
    def exercised(self) -> Iterator[Exercised]:
        """What the cases leave unseen: questions, then rules."""
        yield from (c.exercised for c in self.chapters if c.exercised and c.exercised.exceptions)
        cards = (card.exercised for chapter in self.chapters for card in chapter.cards)
        yield from (each for each in cards if each.exceptions or each.missing)


def books(base: Base, coverage: Coverage, left_out: Iterable[LeftOut]) -> Mapping[str, Book]:
    """Return the book of every site, by its id."""
    facts, sources = tuple(left_out), cited(base)
    return {site.id: _book(base, coverage, site, facts, sources) for site in sites_of(base).values()}


def _book(
    base: Base, coverage: Coverage, site: Site, left_out: tuple[LeftOut, ...], sources: tuple[Cited, ...]
) -> Book:
    known = base.knowledge
    asked = [q for q in known.questions if q.question.id in set(site.questions)]
    chapters = tuple(_chapter(base, coverage, question) for question in asked)
    rules = [card.checked.id for chapter in chapters for card in chapter.cards]
    return Book(
        site,
        shares(*of_site(base, coverage, site)),
        chapters,
        tuple(s for s in sources if not set(rules).isdisjoint(s.by)),
        tuple(_unencoded(t.trial) for t in known.trials if t.trial.id in site.trials),
        tuple(fact for fact in left_out if _touches(fact, rules, site)),
    )


def _chapter(base: Base, coverage: Coverage, question: CheckedQuestion) -> Chapter:
    rules = base.knowledge.rules
    cards = (
        Card(checked, coverage.rules[name], tuple(other for other in rules.values() if name in other.rule.excepts))
        for name, checked in rules.items()
        if checked.rule.question == question.question.id and name in coverage.rules
    )
    return Chapter(question, coverage.questions.get(question.question.id), tuple(cards))


def _unencoded(trial: Trial) -> Unencoded:
    criteria = [("", c) for c in trial.criteria] + [(arm.title, c) for arm in trial.arms for c in arm.criteria]
    return Unencoded(trial, tuple((arm, c) for arm, c in criteria if not c.encoded))


def _touches(fact: LeftOut, rules: Iterable[str], site: Site) -> bool:
    """Say whether a fact names a rule of a site (or what begins like one), or the site."""
    named = re.split(r"[\s,;]+", fact.rules)
    return (
        any(rule == name or rule.startswith(f"{name}-") for rule in rules for name in named)
        or re.search(rf"\b{re.escape(fold(site.label))}\b", fold(f"{fact.fact} {fact.rules}")) is not None
    )


def left_out_of(text: str) -> tuple[LeftOut, ...]:
    """Read the table of the page of facts left out."""
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return tuple(LeftOut(*(cell.strip() for cell in row[:3])) for row in rows[2:] if len(row) >= 3)


def layers(access: Mapping[str, Any]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return the layers of access that a rule or an action states, as written."""
    return [(name, found) for key, name in NAMES.items() if (found := entries_of(access, key))]


def printed(written: Iterable[Written]) -> list[str]:
    """Return conditions as the engine prints them."""
    return [show(each.condition) for each in written]
