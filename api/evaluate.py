"""The use case: documents of one patient → answer, version 1; converted sheet; what a change would change."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import metadata, resources
from typing import Any

from api import collector
from api.documents import Document
from api.reading import read_documents
from engine.answer import TumourAnswer
from engine.canonical import canonical
from engine.facts import axes_of, facts_of
from engine.machine import run
from engine.patient import shared_plans
from engine.problems import Problem, Refused, in_sheet
from engine.readying import Ready, make_ready
from engine.sheet import Sheet
from engine.snapshot import MOST_VIEWS, Base
from engine.view import View
from engine.wording import NOTICE
from engine.worked import Wanted

ANSWER_VERSION = "1"
CODE = ("engine", "api")


@dataclass(slots=True)
class Service:
    """One knowledge base, ready to evaluate."""

    base: Base
    validated_only: bool = False
    _ready: dict[int, Ready] = field(default_factory=dict, repr=False)
    _coverage: dict[tuple[date, str, str], list[dict[str, Any]]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Serve validated content only where that is asked; what is loaded stays."""
        if self.validated_only:
            self.base = self.base.validated()
        collector.settle()

    @property
    def snapshot(self) -> str:
        """The hash of the base."""
        return self.base.hash

    @property
    def engine(self) -> str:
        """The version of the code that evaluates, with a hash of it."""
        return engine_version()

    def evaluate(
        self,
        documents: Sequence[Document],
        *,
        as_of: date | None = None,
        region: str | None = None,
        centre: str | None = None,
        same_patient: bool = False,
        today: date,
        lang: str = "fr",
        include: str = "",
        explain: str = "full",
    ) -> dict[str, Any]:
        """Return the answer; raise `Refused` with every problem of a native sheet that can't be used."""
        read = read_documents(documents, self.base, same_patient)
        day = as_of or read.sheet.date or today
        place = {"region": (region if region is not None else read.sheet.region) or None,
                 "centre": (centre if centre is not None else read.sheet.centre) or None}  # fmt: skip
        wanted = Wanted(lang if lang in NOTICE else "fr", include == "all", explain != "none")
        worked = [self.worked(read.sheet, number, day, place, wanted) for number in range(len(read.sheet.tumours))]
        tumours = [one.body(tumour) for one, tumour in zip(worked, read.sheet.tumours, strict=True)]
        if not wanted.explained:
            tumours = [without_whys(tumour) for tumour in tumours]
        hashed = sheet_hash(read.body)
        return {
            "version": ANSWER_VERSION,
            "decision_id": self.decision_id(hashed, day, place),
            "snapshot": self.snapshot,
            "engine": self.engine,
            "notice": None if self.validated_only else NOTICE[wanted.language],
            "as_of": day.isoformat(),
            "as_of_from": "query" if as_of else "rcp" if read.sheet.date else "today",
            "place": place | {"note": None if place["region"] else _NATIONAL[wanted.language]},
            "until": min((t["until"] for t in tumours if t["until"]), default=None),
            "sheet": {
                "hash": hashed,
                "origins": list(read.origins),
                "same_patient": read.same_patient,
                "items": _count(read.sheet),
                "problems": read.problems(),
            },
            "coverage": self.coverage(day, place["region"] or "", place["centre"] or ""),
            "patient": {"conflicts": shared_plans(worked)},
            "tumours": tumours,
        }

    def worked(
        self, sheet: Sheet, number: int, day: date, place: Mapping[str, str | None], wanted: Wanted
    ) -> TumourAnswer:
        """Return one tumour of a sheet worked out."""
        one = sheet.tumours[number]
        said = {} if wanted.everything else axes_of(sheet, one, day, self.base.dictionary, self.base.ontology)
        ready = self.ready(day, place["region"] or "", place["centre"] or "", said)
        facts = facts_of(sheet, one, day, ready.keys, self.base.dictionary, self.base.ontology)
        return TumourAnswer(self.base, ready, run(ready.program, facts), wanted)

    def ready(self, day: date, region: str, centre: str, said: Mapping[str, Any]) -> Ready:
        """Return what is in force on a day at a place and may concern a tumour, ready for answers."""
        compiled = self.base.at(day, region, centre, said)
        if id(compiled) not in self._ready:
            self._ready[id(compiled)] = make_ready(compiled, self.base.dictionary)
            collector.keep()
        return self._ready[id(compiled)]

    def decision_id(self, sheet: str, day: date, place: Mapping[str, str | None]) -> str:
        """Return the name of a decision: the hash of everything that can change it."""
        parts = {
            "answer": ANSWER_VERSION, "engine": self.engine, "snapshot": self.snapshot, "sheet": sheet,
            "as_of": day.isoformat(), "place": dict(place),
        }  # fmt: skip
        return hashlib.sha256(canonical(parts).encode()).hexdigest()

    def coverage(self, day: date, region: str, centre: str) -> list[dict[str, Any]]:
        """Return the guidelines consulted on a day at a place."""
        key = (day, region, centre)
        if key not in self._coverage:
            if len(self._coverage) > MOST_VIEWS:
                self._coverage.clear()
            self._coverage[key] = coverage(self.base.view(*key))
        return self._coverage[key]

    def convert(self, documents: Sequence[Document], *, same_patient: bool = False) -> dict[str, Any]:
        """Return the native sheet of the documents with every loss."""
        read = read_documents(documents, self.base, same_patient)
        return {
            "sheet": read.body,
            "origins": list(read.origins),
            "same_patient": read.same_patient,
            "problems": read.problems(),
            "snapshot": self.snapshot,
        }

    def what_if(
        self, documents: Sequence[Document], changes: Sequence[Mapping[str, Any]], **query: Any
    ) -> dict[str, Any]:
        """Return the verdicts that changes to the native sheet change; no decision is made."""
        read = read_documents(documents, self.base, bool(query.pop("same_patient", False)))
        changed = copy.deepcopy(dict(read.body))
        problems = [p for change in changes if (p := apply_change(changed, change)) is not None]
        if problems:
            raise Refused(problems)
        query = {"explain": "none", "include": "all", **query}
        before = self.evaluate([Document(dict(read.body), "application/json")], **query)
        after = self.evaluate([Document(changed, "application/json")], **query)
        return {
            "snapshot": self.snapshot,
            "as_of": after["as_of"],
            "place": after["place"],
            "changes": differences(before, after),
        }


_NATIONAL = {"fr": "aucune région demandée : règles nationales seules", "en": "no region asked: national rules only"}


def without_whys(value: Any) -> Any:
    """Return an answer with no explanation in it."""
    if isinstance(value, Mapping):
        return {
            key: None if key == "why" and isinstance(inner, dict | list) else without_whys(inner)
            for key, inner in value.items()
        }
    return [without_whys(inner) for inner in value] if isinstance(value, list) else value


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each recommendation and trial whose verdict is not the same in two answers."""
    found = []
    for one, other in zip(before["tumours"], after["tumours"], strict=False):
        for kind in ("recommendations", "trials"):
            was = {entry["id"]: entry for entry in one[kind]}
            for entry in other[kind]:
                old = was.get(entry["id"], {}).get("verdict", "does_not_apply")
                if old != entry["verdict"]:
                    found.append({"tumour": other["id"], "kind": kind, "id": entry["id"], "title": entry["title"],
                                  "before": old, "after": entry["verdict"], "text": entry["text"]})  # fmt: skip
    return found


def apply_change(body: dict[str, Any], change: Mapping[str, Any]) -> Problem | None:
    """Set one leaf of a native sheet by its pointer; `null` takes it away."""
    pointer = str(change.get("pointer", ""))
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    node: Any = body
    for token in tokens[:-1]:
        if isinstance(node, list):
            node = next((each for number, each in enumerate(node) if str(number) == token), None)
        elif isinstance(node, dict):
            node = node.setdefault(token, {})
        if not isinstance(node, dict | list):
            return in_sheet(pointer, "pointeur", "ce chemin ne mène nulle part dans la fiche")
    if not tokens or not isinstance(node, dict):
        return in_sheet(pointer, "pointeur", "ce chemin ne mène à aucune valeur", "/tumeurs/0/re_pct")
    if change.get("value") is None:
        node.pop(tokens[-1], None)
    else:
        node[tokens[-1]] = change["value"]
    return None


def sheet_hash(body: Mapping[str, Any]) -> str:
    """Return the hash of a sheet without identity, origins included."""
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def coverage(view: View) -> list[dict[str, Any]]:
    """Return the guidelines consulted: title, edition, issuer, status, wholly or partly encoded."""
    found: dict[str, dict[str, Any]] = {}
    for question in view.questions:
        guideline = question.guideline
        entry = found.setdefault(
            guideline.id,
            {"referentiel": guideline.id, "title": guideline.title, "edition": guideline.source.edition,
             "issuer": guideline.issuer, "valid_in": list(guideline.valid_in), "status": guideline.status, "encoding": "whole"},
        )  # fmt: skip
        if not question.question.whole:
            entry["encoding"] = "partial"
    return list(found.values())


def _count(sheet: Sheet) -> int:
    rows = sum(len(records.rows) for records in sheet.records.values())
    return len(sheet.patient) + sum(len(tumour.statements) for tumour in sheet.tumours) + rows


@cache
def engine_version() -> str:
    """Return the version with a hash of the installed code, adapters and their maps included."""
    digest = hashlib.sha256()
    for package in CODE:
        for path in sorted(_sources(resources.files(package), package)):
            digest.update(path[0].encode() + b"\0" + path[1])
    try:
        version = metadata.version("oncorules")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"{version}+{digest.hexdigest()[:16]}"


def _sources(folder: Any, name: str) -> list[tuple[str, bytes]]:
    """Return every source and code map below a package, by name."""
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        path = f"{name}/{entry.name}"
        if entry.is_dir():
            found += _sources(entry, path) if not entry.name.startswith(("__", ".")) else []
        elif entry.name.endswith((".py", ".tsv", ".yaml")):
            found.append((path, entry.read_bytes()))
    return found
