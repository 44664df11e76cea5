"""The pages on the base itself: what its cases cover, and each site's rules in plain French; generated, nothing of a patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from flask import Blueprint, Response, render_template, request

from api import library
from api.coverage import LISTED, Counted, missing_words, shares
from api.decide import Services, today_in_paris
from api.failures import NotFound
from api.web.book import Book, books, layers, left_out_of, printed
from api.web.form import language_of
from api.web.policy import answered
from api.words.labels import say_in
from api.words.telling import Telling
from engine.coverage import Coverage
from engine.inventory import cited, named_concepts, unread_items
from engine.names import did_you_mean, fold
from engine.snapshot import Base
from engine.wording import NOTICE


@dataclass(slots=True)
class Shelf:
    """The pages of the base in service, each written when first asked for, for one base and one day."""

    counted: Counted = field(default_factory=Counted)
    _pages: dict[tuple[str, str], str] = field(default_factory=dict)
    _of: tuple[str, date] = ("", date.min)
    _writing: Lock = field(default_factory=Lock)

    def page(self, name: str, language: str, base: Base, today: date, write: Callable[[Coverage], str]) -> str:
        """Return a page, written now if it is not there yet."""
        coverage = self.counted.of(base)
        with self._writing:
            if self._of != (base.hash, today):
                self._of, self._pages = (base.hash, today), {}
            if (name, language) not in self._pages:
                self._pages[name, language] = write(coverage)
            return self._pages[name, language]


def add_pages(blueprint: Blueprint, services: Services) -> None:
    """Add the page on coverage and one page a site."""
    shelf = Shelf()

    @blueprint.get("/couverture")
    def coverage() -> Response:
        base, today, language = services.current.base, today_in_paris(), language_of(request)
        return answered(shelf.page("", language, base, today, lambda found: _coverage(base, found, today, language)))

    @blueprint.get("/sites/<site>")
    def site(site: str) -> Response:
        base, today, language = services.current.base, today_in_paris(), language_of(request)

        def write(found: Coverage) -> str:
            return _site(_known(_books(base, found), site), base, found, today, language)

        return answered(shelf.page(fold(site)[:100], language, base, today, write))


def _books(base: Base, coverage: Coverage) -> Mapping[str, Book]:
    return books(base, coverage, left_out_of(library.left_out()))


def _known(known: Mapping[str, Book], site: str) -> Book:
    """Return the book of a site, accents and case aside; raise `NotFound` with the nearest one."""
    if fold(site) not in known:
        raise NotFound(f"site `{site[:100]}` inconnu", did_you_mean(site, known))
    return known[fold(site)]


def _coverage(base: Base, coverage: Coverage, today: date, language: str) -> str:
    labels = base.ontology.concepts
    concepts = named_concepts(base)
    telling = Telling(base, "fr")
    return _written(
        "web/coverage.html",
        base,
        coverage,
        today,
        language,
        whole=shares(coverage.rules.values(), coverage.questions.values()),
        items=[(each, telling.label(each)) for each in unread_items(base)],
        concepts=concepts,
        unnamed={branch: sorted(labels[c].label() for c in concepts[branch].unnamed) for branch in LISTED},
        to_review=[each for each in cited(base) if each.is_old(today) or not each.dated],
        left_out=left_out_of(library.left_out()),
    )


def _site(book: Book, base: Base, coverage: Coverage, today: date, language: str) -> str:
    return _written("web/site.html", base, coverage, today, language, book=book, layers=layers, printed=printed)


def _written(template: str, base: Base, coverage: Coverage, today: date, language: str, **shown: object) -> str:
    """Write a page: its frame in the language asked for, what the base says in French."""
    return render_template(
        template,
        t=say_in(language),
        tf=say_in("fr"),
        lang=language,
        tell=Telling(base, "fr"),
        notice=NOTICE[language],
        base=base,
        books=_books(base, coverage),
        today=today,
        missing_words=missing_words,
        **shown,
    )
