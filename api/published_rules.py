"""The rules of the base in service as FHIR resources: written once for each view, then searched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.exports.cql.libraries import export, version_of
from api.exports.fhir.libraries import libraries
from api.exports.fhir.plans import plans
from engine.names import fold
from engine.snapshot import Base

MOST_KEPT = 8
Resources = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The resources of one view, by type and id."""

    plans: Resources
    libraries: Resources

    def of(self, kind: str) -> Resources:
        """Return the resources of a type."""
        return self.plans if kind == "PlanDefinition" else self.libraries


@dataclass(slots=True)
class Shelves:
    """The views written so far, the last ones asked for."""

    known: dict[str, Shelf] = field(default_factory=dict)

    def at(self, base: Base, day: date, region: str, centre: str) -> Shelf:
        """Return the resources of what is in force on a day at a place."""
        compiled = base.at(day, region, centre)
        version = version_of(base, compiled.view)
        found = self.known.get(version)
        if found is None:
            exported = export(base, compiled)
            found = Shelf(plans(base, compiled, exported), libraries(base, compiled, exported))
            kept = list(self.known.items())[-(MOST_KEPT - 1) :]
            self.known = {**dict(kept), version: found}
        return found


def _starts(value: Any, wanted: str) -> bool:
    return fold(str(value)).startswith(fold(wanted))


_MATCHES: Mapping[str, Callable[[Mapping[str, Any], str], bool]] = {
    "_id": lambda resource, wanted: resource["id"] == wanted,
    "status": lambda resource, wanted: resource["status"] == wanted,
    "version": lambda resource, wanted: resource["version"] == wanted,
    "url": lambda resource, wanted: wanted in (resource["url"], f"{resource['url']}|{resource['version']}"),
    "name": lambda resource, wanted: _starts(resource["name"], wanted),
    "title": lambda resource, wanted: _starts(resource["title"], wanted),
}
SEARCHED = tuple(_MATCHES)


def search(resources: Resources, asked: Sequence[tuple[str, str]]) -> list[Mapping[str, Any]]:
    """Return the resources that meet every parameter; the values of one, after commas, are alternatives."""
    return [
        resource
        for resource in resources.values()
        if all(any(_MATCHES[name](resource, one) for one in value.split(",")) for name, value in asked)
    ]


def searchset(
    found: Sequence[Mapping[str, Any]], address: str, count: int, offset: int, link: Callable[[int], str]
) -> dict[str, Any]:
    """Return a page of what was found as a Bundle, with the links to the pages around it."""
    shown = found[offset : offset + count]
    places = {"self": offset, "first": 0}
    places |= {"previous": max(0, offset - count)} if offset and count else {}
    places |= {"next": offset + count} if count and offset + count < len(found) else {}
    entries = [{"fullUrl": f"{address}/{each['id']}", "resource": each, "search": {"mode": "match"}} for each in shown]
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": [{"relation": relation, "url": link(place)} for relation, place in places.items()],
    }
    return bundle | ({"entry": entries} if entries else {})
