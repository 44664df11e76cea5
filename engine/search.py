"""Words, codes and their ancestors → recommendations and trials: a port to Whoosh, rebuilt from the base, never its truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from whoosh.analysis import Filter, LowercaseFilter, RegexTokenizer, StemFilter, StopFilter
from whoosh.fields import ID, KEYWORD, STORED, TEXT, Schema
from whoosh.filedb.filestore import RamStorage
from whoosh.lang.stopwords import stoplists
from whoosh.query import And, Or, Query, Term

from engine.model import Rule, Trial
from engine.names import fold
from engine.ontology import Ontology
from engine.snapshot import Base
from engine.statements import CheckedRule, checked_acts
from engine.syntax import ConceptName

RECOMMENDATION, TRIAL = "recommendation", "trial"
WAIT = 10.0
LONGEST_NAME = 8
LITTLE_WORDS = stoplists["fr"] | {"les", "des", "une", "un", "du", "si", "ou"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A recommendation or trial that was found, and how well it matched."""

    kind: str
    id: str
    title: str
    where: str
    issuer: str
    score: float


class InMemory(RamStorage):  # type: ignore[misc]  # Whoosh has no types
    """An index that never touches the disk, not even for its scratch files."""

    def temp_storage(self, name: str | None = None) -> RamStorage:
        """Return the place for scratch files."""
        return InMemory()


class Folded(Filter):  # type: ignore[misc]  # Whoosh has no types
    """Accents and ligatures folded, before stemming."""

    def __call__(self, tokens: Iterable[Any]) -> Iterator[Any]:
        """Fold each token."""
        for token in tokens:
            token.text = fold(token.text)
            yield token


def _analyzer() -> Any:
    return (
        RegexTokenizer(r"[\w+]+(?:[./-][\w+]+)*")
        | LowercaseFilter()
        | StopFilter(LITTLE_WORDS, minsize=1)
        | Folded()
        | StemFilter(lang="fr")
    )


class Search:
    """The index of one base."""

    def __init__(self, base: Base) -> None:
        """Index every recommendation and trial."""
        self.ontology = base.ontology
        self.analyzer = _analyzer()
        text = TEXT(analyzer=self.analyzer)
        self.index = InMemory().create_index(
            Schema(id=ID, kind=ID, title=text, text=text, names=KEYWORD, above=KEYWORD, hit=STORED)
        )
        writer = self.index.writer(timeout=WAIT)
        for document in _documents(base):
            writer.add_document(**document)
        writer.commit()

    def find(self, words: str, kind: str = "", limit: int = 20) -> tuple[Hit, ...]:
        """Return what holds every word, the best first; what holds some of them if nothing holds all."""
        parts = [self._part(phrase) for phrase in self._phrases(words.split())]
        wanted = [part for part in parts if part is not None]
        if not wanted:
            return ()
        only = Term("kind", kind) if kind else None
        with self.index.searcher() as searcher:
            for query in (And(wanted), Or(wanted)):
                found = searcher.search(query, limit=limit, filter=only)
                if found:
                    return tuple(Hit(**hit["hit"], score=round(hit.score, 3)) for hit in found)
        return ()

    def _phrases(self, words: list[str]) -> Iterator[str]:
        """Yield the words, those that name a concept or a code together."""
        while words:
            size = next(
                (n for n in range(min(len(words), LONGEST_NAME), 1, -1) if self._concepts(" ".join(words[:n]))), 1
            )
            yield " ".join(words[:size])
            words = words[size:]

    def _part(self, phrase: str) -> Query | None:
        """Return the query for a word or a name: as written, or as the concept it stands for; none for little words."""
        tokens = [token.text for token in self.analyzer(phrase)]
        if not tokens:
            return None
        ways = [Term("id", fold(phrase), boost=20.0)]
        ways.append(And([Or([Term("title", each, boost=3.0), Term("text", each)]) for each in tokens]))
        for concept in self._concepts(phrase):
            ways += [Term("above", concept, boost=2.0), Term("names", concept, boost=2.0)]
            ways += [Term("names", each, boost=share) for each, share in self._wider(concept)]
        return Or(ways)

    def _wider(self, concept: str) -> Iterator[tuple[str, float]]:
        """Yield what a concept lies below or is made of, since what is said of those is said of it: the wider, the less."""
        own = (concept, *self.ontology.components.get(concept, ()))
        wider = {each for part in own for each in (part, *self.ontology.ancestors[part])} - {concept}
        for each in sorted(wider):
            if self.ontology.concepts[each].parents:
                yield each, 1.0 / max(1, self.ontology.masks.get(each, 0).bit_count())

    def _concepts(self, phrase: str) -> tuple[str, ...]:
        singular = " ".join(word.rstrip("sx") for word in phrase.split())
        found = self.ontology.find(phrase) or self.ontology.find(singular)
        if found is not None:
            return (found.id,)
        return tuple(
            dict.fromkeys(
                concept for system in self.ontology.codes for concept in self.ontology.resolve(system, phrase)
            )
        )


def _documents(base: Base) -> Iterator[dict[str, Any]]:
    for rule in base.knowledge.rules.values():
        names = {act.concept for act in checked_acts(rule.action) if act.concept}
        names |= set(_concepts((rule.question.posed_if, rule.rule.conditions), base.ontology))
        hit = {
            "kind": RECOMMENDATION,
            "id": rule.id,
            "title": rule.rule.title,
            "where": rule.question.title,
            "issuer": rule.guideline.issuer,
        }
        yield _document(hit, _rule_words(rule), names, base.ontology)
    for checked in base.knowledge.trials:
        trial = checked.trial
        names = set(_concepts((trial.population, trial.criteria, trial.arms), base.ontology))
        title = f"{trial.acronym} – {trial.title}" if trial.acronym else trial.title
        hit = {"kind": TRIAL, "id": trial.id, "title": title, "where": trial.phase, "issuer": trial.sponsor}
        yield _document(hit, _trial_words(trial), names, base.ontology)


def _document(hit: dict[str, str], words: Iterable[str], names: set[str], ontology: Ontology) -> dict[str, Any]:
    known = [ontology.concepts[name] for name in sorted(names) if name in ontology.concepts]
    labels = [label for concept in known for label in (*concept.labels.values(), *concept.other_names)]
    above = set(names).union(*(ontology.ancestors[concept.id] for concept in known))
    return {
        "id": fold(hit["id"]),
        "kind": hit["kind"],
        "title": hit["title"],
        "text": " ".join([*words, *labels]),
        "names": " ".join(sorted(names)),
        "above": " ".join(sorted(above)),
        "hit": hit,
    }


def _rule_words(checked: CheckedRule) -> list[str]:
    rule: Rule = checked.rule
    source = rule.source
    return [
        rule.id,
        rule.title,
        checked.question.title,
        checked.guideline.title,
        checked.guideline.issuer,
        source.title,
    ]


def _trial_words(trial: Trial) -> list[str]:
    criteria = [*trial.criteria, *(criterion for arm in trial.arms for criterion in arm.criteria)]
    arms = [arm.title for arm in trial.arms]
    return [trial.id, trial.acronym, trial.title, trial.sponsor, *arms, *(criterion.text for criterion in criteria)]


def _concepts(node: Any, ontology: Ontology) -> Iterator[str]:
    """Yield the concepts that conditions name, wherever in them."""
    if isinstance(node, ConceptName):
        found = ontology.find(node.text)
        if found is not None:
            yield found.id
            yield from (each for axis in found.unfolds.values() for each in axis)
    elif isinstance(node, tuple):
        for each in node:
            yield from _concepts(each, ontology)
    elif is_dataclass(node):
        for each in fields(node):
            yield from _concepts(getattr(node, each.name), ontology)
