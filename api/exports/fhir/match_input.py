"""The body of a `$match` call: whose records, and which trials are wanted; every problem of it at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.exports.fhir.outcomes import issue
from api.exports.fhir.parts import Json
from api.exports.fhir.trials import STATUSES
from engine.problems import Problem, Refused, in_sheet

RECORDS = ("trialMatchClinicalData", "resource", "records")
TEXTS = ("phase", "recruitmentStatus", "region")
UNUSED = ("zipCode", "travelRadius")
_PHASES = {"1": "I", "2": "II", "3": "III", "4": "IV"}
_STATES = {"recruiting": "active", "open": "active", "not-yet-recruiting": "approved", "suspended": "temporarily-closed-to-accrual",
           "active-not-recruiting": "closed-to-accrual", "closed": "closed-to-accrual", "pending": "approved"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: whose records, and which trials are wanted; empty filters want all."""

    records: Json
    pointer: str = ""
    phases: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    region: str | None = None
    as_of: date | None = None
    certain_only: bool = False
    count: int | None = None
    issues: tuple[Json, ...] = ()


def asked_of(content: Mapping[str, Any]) -> Asked:
    """Read the body of a call: a Parameters, or a Bundle that may hold one; raise `Refused` with every problem."""
    if content.get("resourceType") == "Parameters":
        return _read(content, "", None)
    entries = content.get("entry")
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        inner = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(inner, Mapping) and inner.get("resourceType") == "Parameters":
            return _read(inner, f"/entry/{number}/resource", content)
    return Asked(dict(content))


def _read(parameters: Mapping[str, Any], place: str, bundle: Mapping[str, Any] | None) -> Asked:
    reader = _Reader()
    listed = parameters.get("parameter")
    for number, each in enumerate(listed if isinstance(listed, list) else ()):
        reader.parameter(each, f"{place}/parameter/{number}")
    records = dict(bundle) if bundle is not None else reader.records
    if records is None:
        hint = "un lot FHIR, sous le nom " + " ou ".join(RECORDS)
        reader.wrong(f"{place}/parameter", "fhir-sans-dossier", "aucun paramètre ne porte le dossier du patient", hint)
    if reader.problems or records is None:
        raise Refused(reader.problems)
    return Asked(records, "" if bundle is not None else reader.pointer, issues=tuple(reader.issues), **reader.said)


class _Reader:
    """Gathers parameters, with what is wrong with them and what is not used."""

    def __init__(self) -> None:
        self.records: Json | None = None
        self.pointer = ""
        self.said: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self.issues: list[Json] = []

    def wrong(self, place: str, code: str, message: str, hint: str = "") -> None:
        self.problems.append(in_sheet(place, code, message, hint))

    def parameter(self, each: Any, place: str) -> None:
        name = each.get("name") if isinstance(each, Mapping) else None
        if not isinstance(name, str):
            self.wrong(place, "fhir-parametre", "un paramètre est un objet qui a un nom (`name`)")
        elif name in RECORDS:
            self.bundle(each.get("resource"), f"{place}/resource")
        elif name in UNUSED or name not in (*TEXTS, "asOf", "onlyCertainMatches", "count"):
            told = f"le paramètre `{name[:100]}` n'est pas employé"
            why = "les centres sont connus par leur ville, sans distance" if name in UNUSED else ""
            self.issues.append(issue("information", "not-supported", told, "parametre-non-employe", place, why))
        else:
            self.value(name, each, place)

    def bundle(self, resource: Any, place: str) -> None:
        if not isinstance(resource, Mapping) or resource.get("resourceType") != "Bundle":
            self.wrong(place, "fhir-pas-un-lot", "le dossier du patient est un lot FHIR (`Bundle`)")
        elif self.records is not None:
            self.wrong(place, "fhir-deux-dossiers", "un seul dossier par appel")
        else:
            self.records, self.pointer = dict(resource), place

    def value(self, name: str, each: Mapping[str, Any], place: str) -> None:
        values = [value for key, value in each.items() if key.startswith("value")]
        value = values[0] if len(values) == 1 else None
        known = _VALUES[name](value)
        if known and known.keys() & self.said.keys():
            self.wrong(place, "fhir-parametre", f"`{name}` est donné deux fois", "une seule valeur par paramètre")
        elif known is None:
            self.wrong(place, "fhir-parametre", f"valeur inadmissible pour `{name}`", HINTS[name])
        else:
            self.said |= known


HINTS = {
    "phase": "I, II, III, IV, ou phase-1 à phase-4",
    "recruitmentStatus": "all, recruiting, ou un code de research-study-status",
    "region": "une région ISO 3166-2, comme FR-GES",
    "asOf": "une date AAAA-MM-JJ",
    "onlyCertainMatches": "true ou false",
    "count": "un entier positif",
}


def _phase(value: Any) -> Json | None:
    found = (
        re.findall(r"\b(?:[1-4]|IV|I{1,3})\b", value.upper().replace("PHASE", " ")) if isinstance(value, str) else []
    )
    return {"phases": frozenset(_PHASES.get(each, each) for each in found)} if found else None


def _status(value: Any) -> Json | None:
    word = re.sub(r"[\s_,]+", "-", value.strip().lower()) if isinstance(value, str) else ""
    if word == "all":
        return {"states": frozenset()}
    state = _STATES.get(word, word)
    return {"states": frozenset({state})} if state in STATUSES.values() else None


def _region(value: Any) -> Json | None:
    return {"region": value} if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", value) else None


def _day(value: Any) -> Json | None:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return {"as_of": day} if day and day.isoformat() == value else None  # Python reads other forms too


def _flag(value: Any) -> Json | None:
    return {"certain_only": value} if isinstance(value, bool) else None


def _count(value: Any) -> Json | None:
    return {"count": value} if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


_VALUES = {"phase": _phase, "recruitmentStatus": _status, "region": _region, "asOf": _day, "onlyCertainMatches": _flag, "count": _count}  # fmt: skip


def pointed(problems: Iterable[Problem], asked: Asked) -> Iterator[Problem]:
    """Yield the problems of a record with their place in the body that was posted."""
    for each in problems:
        yield in_sheet(f"{asked.pointer}{each.pointer}", each.code, each.message, each.hint)
