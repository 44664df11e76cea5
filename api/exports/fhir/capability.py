"""What the FHIR routes can do: the CapabilityStatement, made of the routes themselves, and the definition of `$match`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.exports import CANONICAL
from api.exports.fhir.match_input import RECORDS, TEXTS, UNUSED
from api.exports.fhir.parts import Json, tidy
from api.exports.fhir.studies import SEARCHED

CHANGED = "2026-11-25"  # the day these statements were last changed by hand
# what a search of a type may ask; a blueprint that serves another type adds its own line
_RULES = {"_id": "token", "name": "string", "status": "token", "title": "string", "url": "uri", "version": "token"}
SEARCHES: Mapping[str, Mapping[str, str]] = {"ResearchStudy": SEARCHED, "PlanDefinition": _RULES, "Library": _RULES}


def capability(routes: Iterable[tuple[str, str]], base: str, version: str) -> Json:
    """Return the CapabilityStatement of some routes, each a method and a path below the FHIR base.

    `/Type` is a search, `/Type/<id>` a read, a last part that begins with `$` an operation.
    """
    types: dict[str, Json] = {}
    operations: list[Json] = []
    for method, path in sorted(set(routes)):
        first, *rest = path.strip("/").split("/")
        if first.startswith("$"):
            operations.append(_operation(first))
        elif first[:1].isupper():
            _serve(types.setdefault(first, _type(first)), method, rest)
    found: Json = tidy({
        "resourceType": "CapabilityStatement",
        "url": f"{CANONICAL}/CapabilityStatement/oncorules",
        "status": "active",
        "date": CHANGED,
        "kind": "instance",
        "software": {"name": "oncorules", "version": version},
        "implementation": {"description": "oncorules", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": list(types.values()), "operation": operations}],
    })  # fmt: skip
    return found


def _type(name: str) -> Json:
    asked = [{"name": each, "type": kind} for each, kind in SEARCHES.get(name, {}).items()]
    return {"type": name, "interaction": [], "searchParam": asked, "operation": []}


def _serve(found: Json, method: str, rest: list[str]) -> None:
    """Add to a type what one route of it does."""
    if rest and rest[-1].startswith("$"):
        added, place = _operation(rest[-1]), "operation"
    else:
        added, place = {"code": "search-type" if not rest or rest == ["_search"] else "read"}, "interaction"
    if added not in found[place]:
        found[place].append(added)


def _operation(name: str) -> Json:
    return {"name": name[1:], "definition": f"{CANONICAL}/OperationDefinition/{name[1:]}"}


def match_definition() -> Json:
    """Return the OperationDefinition of `$match`: the draft's parameters, and ours beside them."""
    texts = [(name, "string") for name in (*TEXTS, *UNUSED)]
    ours = [("asOf", "date"), ("onlyCertainMatches", "boolean"), ("count", "integer")]
    return {
        "resourceType": "OperationDefinition",
        "id": "match",
        "url": f"{CANONICAL}/OperationDefinition/match",
        "name": "TrialMatch",
        "status": "draft",
        "kind": "operation",
        "date": CHANGED,
        "affectsState": False,
        "code": "match",
        "comment": "Après le brouillon CodeX « Integrated Trial Matching » 0.1.0 ; le résultat est le lot lui-même.",
        "resource": ["ResearchStudy"],
        "system": True,
        "type": True,
        "instance": False,
        "parameter": [
            *(_parameter(name, "in", "Bundle", "le dossier du patient, sous l'un de ces noms") for name in RECORDS),
            *(_parameter(name, "in", kind, "") for name, kind in (*texts, *ours)),
            _parameter("return", "out", "Bundle", "searchset de ResearchStudy", 1),
        ],
    }


def _parameter(name: str, use: str, kind: str, about: str, least: int = 0) -> dict[str, Any]:
    told = {"documentation": about} if about else {}
    return {"name": name, "use": use, "min": least, "max": "1", **told, "type": kind}
