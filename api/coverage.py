"""The coverage report: what the cases exercise, site by site, and what the base does not speak of; for people and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from textwrap import wrap
from threading import Lock
from typing import Any

from engine.coverage import Atom, Coverage, Exercised, coverage_of
from engine.inventory import Cited, Site, cited, named_concepts, sites_of, unread_items
from engine.problems import Span
from engine.snapshot import Base
from engine.truth import NAMES, Truth

Json = dict[str, Any]

LISTED = ("traitement", "examen")  # the branches whose unnamed concepts are written out, not only counted
FRENCH = ("faux", "inconnu", "vrai")
WHOLE = ("fausse", "indéterminée", "vraie")
WIDTH = 110


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    covered: int
    total: int

    @property
    def percent(self) -> str:
        """The share in French, rounded down: 100 % is said of all only."""
        tenths = 1000 * self.covered // self.total if self.total else 1000
        return f"{tenths // 10},{tenths % 10} %".replace(",0 %", " %")

    @property
    def all(self) -> bool:
        """Say whether nothing is left."""
        return self.covered == self.total

    def as_json(self) -> Json:
        """Return both numbers."""
        return {"covered": self.covered, "total": self.total}


@dataclass(frozen=True, slots=True)
class Shares:
    """How much is exercised of some rules and questions: the rules, the atoms of both sorts of condition."""

    rules: Share
    atoms: Share
    posed: Share

    def as_json(self) -> Json:
        """Return the three shares."""
        return {"rules": self.rules.as_json(), "atoms": self.atoms.as_json(), "posed": self.posed.as_json()}


def shares(rules: Collection[Exercised], questions: Iterable[Exercised]) -> Shares:
    """Count rules seen in every truth, and atoms seen both ways."""
    return Shares(Share(sum(not r.missing for r in rules), len(rules)), _atoms(rules), _atoms(questions))


def _atoms(conditions: Iterable[Exercised]) -> Share:
    atoms = [atom for each in conditions for atom in each.atoms]
    return Share(sum(not atom.missing for atom in atoms), len(atoms))


def of_site(base: Base, coverage: Coverage, site: Site) -> tuple[list[Exercised], list[Exercised]]:
    """Return what is exercised of the rules and of the questions of a site."""
    asked = set(site.questions)
    rules = [e for i, e in coverage.rules.items() if base.knowledge.rules[i].rule.question in asked]
    return rules, [each for identifier, each in coverage.questions.items() if identifier in asked]


@dataclass(slots=True)
class Counted:
    """The coverage of a base, counted when first asked for and kept for that base alone."""

    _found: dict[str, Coverage] = field(default_factory=dict)
    _counting: Lock = field(default_factory=Lock)

    def of(self, base: Base) -> Coverage:
        """Return the coverage of a base."""
        with self._counting:
            if base.hash not in self._found:
                self._found = {base.hash: coverage_of(base)}
            return self._found[base.hash]


def report(base: Base, today: date, places: Mapping[str, str]) -> Json:
    """Return the whole report; of the documents at `places` (→ the name to give them) where some are given."""
    coverage = coverage_of(base, frozenset(places) or None)
    rules, questions = list(coverage.rules.values()), list(coverage.questions.values())
    sources = cited(base)
    return {
        "as_of": today.isoformat(),
        "whole": shares(rules, questions).as_json(),
        "sites": [_site(base, coverage, site) for site in sites_of(base).values()],
        "rules": [_where(e.span, places) | _named(e) | _missing(e) for e in rules if e.missing],
        "atoms": [
            _where(atom.span, places) | _named(e) | {"atom": atom.text} | _missing(atom)
            for e in (*questions, *rules)
            for atom in e.exceptions
        ],
        "items": list(unread_items(base)),
        "concepts": {
            branch: {"named": len(found.named), "total": len(found.named) + len(found.unnamed)}
            | ({"unnamed": [base.ontology.concepts[c].label() for c in found.unnamed]} if branch in LISTED else {})
            for branch, found in named_concepts(base).items()
        },
        "old_sources": [_source(each) for each in sources if each.is_old(today)],
        "undated_sources": [_source(each) for each in sources if not each.dated],
    }


def _site(base: Base, coverage: Coverage, site: Site) -> Json:
    found = shares(*of_site(base, coverage, site)).as_json()
    return {"id": site.id, "label": site.label, "questions": len(site.questions), "trials": len(site.trials), **found}


def _where(span: Span, places: Mapping[str, str]) -> Json:
    return {"file": places.get(span.file, span.file), "line": span.line, "column": span.column}


def _named(exercised: Exercised) -> Json:
    return {"id": exercised.id, "cases": exercised.cases}


def _missing(of: Exercised | Atom) -> Json:
    return {"missing": [NAMES[truth] for truth in of.missing]}


def _source(each: Cited) -> Json:
    return {"title": each.title, "edition": each.edition, "url": each.url, "by": list(each.by)}


# --- for people ---


def told(body: Json) -> Iterator[str]:
    """Yield the report as lines of French."""
    yield f"couverture par les cas, au {body['as_of']}"
    yield f"  {'site':<13}{'règles':>16}{'atomes des règles':>22}{'atomes des questions':>24}"
    for each in (*body["sites"], {"label": "ensemble", **body["whole"]}):
        yield f"  {each['label']:<13}{_told(each['rules']):>16}{_told(each['atoms']):>22}{_told(each['posed']):>24}"
    yield from _listed("règles que les cas ne montrent pas dans chaque état", body["rules"], _rule)
    yield from _listed("atomes jamais vus des deux côtés là où ils décident", body["atoms"], _atom)
    yield from _wrapped("données qu'aucune règle, définition ni essai ne lit", body["items"])
    yield f"concepts nommés : {', '.join(_branch(*each) for each in body['concepts'].items())}"
    for branch in LISTED:
        unnamed = body["concepts"].get(branch, {}).get("unnamed", [])
        yield from _wrapped(f"concepts de la branche {branch} que rien ne nomme", unnamed)
    yield from _listed("sources de plus de deux ans", body["old_sources"], _cited)
    yield from _listed("sources sans date", body["undated_sources"], _cited)


def missing_words(missing: Iterable[Truth], words: tuple[str, ...] = FRENCH) -> str:
    """Say which truths are missing."""
    return " ni ".join(words[truth] for truth in missing)


def _told(share: Json) -> str:
    found = Share(**share)
    return f"{found.covered}/{found.total} {found.percent}" if found.total else "–"


def _branch(name: str, found: Json) -> str:
    return f"{name} {found['named']}/{found['total']}"


def _listed(title: str, entries: list[Json], line: Any) -> Iterator[str]:
    yield f"{title} : {len(entries) or 'aucune'}"
    yield from (f"  {line(each)}" for each in entries)


def _rule(each: Json) -> str:
    return f"{each['file']}:{each['line']}: {each['id']} jamais {_words(each, WHOLE)}"


def _atom(each: Json) -> str:
    return (
        f"{each['file']}:{each['line']}:{each['column']}: {each['id']} : {each['atom']} – jamais {_words(each, FRENCH)}"
    )


def _words(each: Json, words: tuple[str, ...]) -> str:
    return missing_words((NAMES.index(name) for name in each["missing"]), words)  # type: ignore[misc]  # 0, 1, 2


def _cited(each: Json) -> str:
    return f"{each['title']} ({each['edition'] or 'sans édition'}) : {', '.join(each['by'])}"


def _wrapped(title: str, names: list[str]) -> Iterator[str]:
    yield f"{title} : {len(names) or 'aucun'}"
    yield from wrap(", ".join(names), WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
