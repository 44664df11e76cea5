"""Small knowledge bases for tests: a few rules over the shipped ontology, dictionary and definitions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from api.documents import Document
from api.evaluate import Service
from api.library import load, texts
from engine.cases import sheet_of
from engine.check_documents import check_all
from engine.dictionary import Item
from engine.documents import read_definitions, read_guideline, read_trial
from engine.facts import Facts, facts_of
from engine.logic import Key
from engine.model import Definition
from engine.problems import Problem
from engine.sheet import Sheet, read_sheet
from engine.snapshot import DICTIONARY, INDEX, Base
from engine.source import read_yaml

DAY = date(2026, 11, 20)
QUESTION = """
referentiel: {document}
titre: Essai
emetteur: Essai
valable: {place}
source: {{titre: Essai, edition: "2026"}}
statut: à valider
questions:
  - id: {document}-q
    titre: Question
    posee_si: vrai
    encodage: {encoding}
    recommandations:
"""


@cache
def shipped() -> Service:
    """Return the shipped base, ready; it has no problem."""
    base = load()
    assert not base.problems
    return Service(base)


@cache
def shipped_definitions() -> tuple[Definition, ...]:
    """Return the shipped definitions as read."""
    problems: list[Problem] = []
    found: list[Definition] = []
    for path, text in sorted(texts().items()):
        if path.startswith("knowledge/definitions/"):
            root, _ = read_yaml(path, text)
            assert root is not None
            found += read_definitions(root, problems)
    assert not problems
    return tuple(found)


def rules(text: str, document: str = "essai", place: str = "France", encoding: str = "partiel") -> str:
    """Return a guideline of one question, always posed, from its rules (YAML, a `-` at the left margin)."""
    body = "\n".join(f"      {line}" for line in text.strip().splitlines())
    return QUESTION.format(document=document, place=place, encoding=encoding) + body + "\n"


def read(*documents: str) -> Base:
    """Return a base of guidelines and trials, its problems kept."""
    problems: list[Problem] = []
    guidelines, trials = [], []
    for number, text in enumerate(documents):
        root, found = read_yaml(f"document-{number + 1}.yaml", text)
        problems += found
        if isinstance(root, dict) and "essai" in root:
            trials.append(read_trial(root, problems))
        elif root is not None:
            guidelines.append(read_guideline(root, problems))
    whole = shipped().base
    knowledge, found = check_all(guidelines, shipped_definitions(), trials, whole.dictionary, whole.ontology)
    return Base("0" * 64, {}, whole.dictionary, whole.ontology, knowledge, tuple(sorted({*problems, *found})))


def service(*documents: str) -> Service:
    """Return a small base without problems, ready."""
    base = read(*documents)
    assert not base.problems, "\n".join(map(str, base.problems))
    return Service(base)


def flat(**items: Any) -> dict[str, Any]:
    """Return the native sheet of one tumour from items by their ids."""
    return sheet_of(items, shipped().base.dictionary)


def answer(over: Service, sheet: Mapping[str, Any], as_of: date | None = DAY, **query: Any) -> dict[str, Any]:
    """Return the answer for the first tumour of a sheet, rules that do not apply included."""
    document = Document(dict(sheet), "application/json")
    found: dict[str, Any] = over.evaluate([document], as_of=as_of, today=DAY, include="all", **query)["tumours"][0]
    return found


def named(entries: list[dict[str, Any]], identifier: str) -> dict[str, Any]:
    """Return the one entry of that id."""
    (found,) = [entry for entry in entries if entry["id"] == identifier]
    return found


def verdict(tumour: Mapping[str, Any], rule: str) -> str:
    """Return the verdict of a rule."""
    return str(named(tumour["recommendations"], rule)["verdict"])


def truth(condition: str, as_of: date | None = DAY, **items: Any) -> str:
    """Return whether a condition is true, false or unknown of a flat sheet, by the verdict of a rule made of it."""
    sheet = flat(**items)
    words = {"applies": "true", "does_not_apply": "false", "undetermined": "unknown"}
    return words[verdict(answer(_of_condition(condition), sheet, as_of), "C")]


@cache
def _of_condition(condition: str) -> Service:
    quoted = condition.replace("\\", "\\\\").replace('"', '\\"')
    return service(rules(f'- {{id: C, titre: Condition, si: "{quoted}", alors: surveillance}}'))


LITTLE = Path(__file__).parent / "conformance" / "base"


@cache
def little(*documents: str) -> Base:
    """Return a base over the small ontology and dictionary of `conformance`, without problems."""
    files = {
        INDEX: (LITTLE / "index.json").read_text(encoding="utf-8"),
        DICTIONARY: (LITTLE / "dictionary.yaml").read_text(encoding="utf-8"),
    }
    found = Base.read(files | {f"knowledge/{number}.yaml": text for number, text in enumerate(documents)})
    assert not found.problems, "\n".join(map(str, found.problems))
    return found


def item(identifier: str) -> Item:
    """Return an item of the small dictionary."""
    return little().dictionary.items[identifier]


def one_sheet(**items: Any) -> Sheet:
    """Return the sheet of one tumour over the small dictionary, read without a problem."""
    found = read_sheet(sheet_of(items, little().dictionary), little().dictionary, little().ontology)
    assert not found.problems, "\n".join(map(str, found.problems))
    return found


def facts(*keys: Key, as_of: date = DAY, **items: Any) -> Facts:
    """Return the facts of a flat sheet over the small dictionary."""
    sheet = one_sheet(**items)
    return facts_of(sheet, sheet.tumours[0], as_of, keys, little().dictionary, little().ontology)


def little_answer(sheet: Mapping[str, Any], *documents: str, as_of: date | None = DAY, **query: Any) -> dict[str, Any]:
    """Return the answer for the first tumour of a flat sheet over the small base and some documents."""
    body = sheet_of(sheet, little().dictionary)
    return answer(_ready(*documents), body, as_of, **query)


@cache
def _ready(*documents: str) -> Service:
    return Service(little(*documents))
