"""The data of a call: what was sent ahead, the rest fetched where that is allowed, in one bundle; or what is lacking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from api.hooks.call import Call, wrong
from api.hooks.failures import FetchFailed, Lacking, Malformed
from api.hooks.prefetch import Found, Part, query, read_part
from api.hooks.services import NEEDED, PREFETCH
from api.hooks.source import Source
from api.strict_json import MOST_PROBLEMS
from engine.problems import Problem, in_sheet

AT_ONCE = 8
MOST_MEDICATIONS = 50
_PATIENT = re.compile(r"(?:.*/)?Patient/([^/?#]+)(?:/_history/.*)?", re.DOTALL)
_MEDICATION = re.compile(r"Medication/[A-Za-z0-9.\-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Gathered:
    """One bundle, where each of its entries stood, and what could not be had of the rest (key → why)."""

    bundle: dict[str, object]
    places: tuple[str, ...]
    gaps: Mapping[str, str]


def gather(call: Call, source: Source | None, closed: str) -> Gathered:
    """Return a call's data; `closed` says why nothing can be fetched where there is no source.

    Raises `Lacking` naming each key that is needed and can't be had whole, `Malformed` for another patient's data.
    """
    parts = [read_part(key, call.prefetch) for key in PREFETCH]
    parts = [*_completed(parts, source, call.patient)] if source else [_closed(each, closed) for each in parts]
    gaps = {each.key: each.gap for each in parts if each.gap}
    lacking = [_lack(each, call.patient) for each in parts if each.gap and each.key in NEEDED]
    if lacking:
        raise Lacking(lacking)
    found = _once(each for part in parts for each in part.found)
    problems = list(islice(_of_patient(found, call.patient), MOST_PROBLEMS))
    if problems:
        raise Malformed(problems)
    found += _medications(found, source) if source else []
    bundle: dict[str, object] = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each.resource} for each in found],
    }
    return Gathered(bundle, tuple(each.place for each in found), gaps)


def _closed(part: Part, closed: str) -> Part:
    return Part(part.key, part.found, f"{part.gap} ; {closed}") if part.gap else part


def _completed(parts: Iterable[Part], source: Source, patient: str) -> Iterator[Part]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda part: _complete(part, source, patient), parts)


def _complete(part: Part, source: Source, patient: str) -> Part:
    """Return a part with what it lacked; what was there stays where the rest can't be had, and the gap says why."""
    if not part.gap:
        return part
    try:
        return source.rest(part) if part.next else source.all(part.key, query(part.key, patient))
    except FetchFailed as failure:
        return Part(part.key, part.found, f"{part.gap} ; {failure}")


def _lack(part: Part, patient: str) -> Problem:
    return in_sheet(
        f"/prefetch/{part.key}", "donnees-manquantes", f"`{part.key}` : {part.gap}", query(part.key, patient)
    )


def _once(found: Iterable[Found]) -> list[Found]:
    """Keep each resource once, by type and id."""
    kept: dict[object, Found] = {}
    for number, each in enumerate(found):
        kind, identifier = each.resource.get("resourceType"), each.resource.get("id")
        kept.setdefault((kind, identifier) if isinstance(kind, str) and isinstance(identifier, str) else number, each)
    return list(kept.values())


def _of_patient(found: Iterable[Found], patient: str) -> Iterator[Problem]:
    """Yield what is another patient's than the context's."""
    for each in found:
        resource = each.resource
        named = [resource.get("id")] if resource.get("resourceType") == "Patient" else [*_subjects(resource)]
        if any(isinstance(name, str) and name != patient for name in named):
            hint = "toutes les données sont du patient de `context.patientId`"
            yield wrong(each.place, "cette ressource est d'un autre patient que le contexte", hint, "autre-patient")


def _subjects(resource: Mapping[str, Any]) -> Iterator[str]:
    for key in ("subject", "patient"):
        reference = resource.get(key)
        text = reference.get("reference") if isinstance(reference, Mapping) else None
        if isinstance(text, str) and (match := _PATIENT.fullmatch(text)):
            yield match[1]


def _medications(found: Iterable[Found], source: Source) -> list[Found]:
    """Return the medications that are cited and were not sent; one that can't be had is named as a loss by the reading."""
    listed = list(found)
    known = {f"{each.resource.get('resourceType')}/{each.resource.get('id')}" for each in listed}
    cited = [reference for each in listed if (reference := _cited(each.resource)) and reference not in known]
    read = []
    for reference in list(dict.fromkeys(cited))[:MOST_MEDICATIONS]:
        try:
            resource = source.one(reference)
        except FetchFailed:
            continue
        if f"{resource.get('resourceType')}/{resource.get('id')}" == reference:
            read.append(Found(resource, reference))
    return read


def _cited(resource: Mapping[str, Any]) -> str:
    reference = resource.get("medicationReference")
    text = reference.get("reference") if isinstance(reference, Mapping) else None
    return text if isinstance(text, str) and _MEDICATION.fullmatch(text) else ""
