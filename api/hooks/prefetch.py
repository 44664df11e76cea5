"""What a client sent ahead: the resources, and what is not there; a part is never taken for the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.hooks.services import PATIENT, PREFETCH

ABSENT = "non fourni"
PARTIAL = "fourni en partie"
REFUSED = "refusé au client"
# Issues that say that something is held back, whatever their severity.
HELD_BACK = tuple(
    "security login forbidden suppressed expired incomplete throttled timeout too-costly not-supported exception".split()
)
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A resource and where it stood: a pointer into the body, or the query that fetched it."""

    resource: Json
    place: str


@dataclass(frozen=True, slots=True)
class Part:
    """What there is for one key: resources, why they are not all (empty if they are), and the next page.

    `total` is how many there are said to be, `broken` whether an entry came without its resource.
    """

    key: str
    found: tuple[Found, ...] = ()
    gap: str = ""
    next: str = ""
    total: int = 0
    broken: bool = False


def query(key: str, patient: str) -> str:
    """Return the query of a key for a patient."""
    return PREFETCH[key].replace(PATIENT, patient)


def read_part(key: str, prefetch: Json) -> Part:
    """Return what was sent for a key; `null` is "no data", a missing key is "not provided"."""
    if key not in prefetch:
        return Part(key, gap=ABSENT)
    value = prefetch[key]
    return Part(key) if value is None else part_of(key, value, f"/prefetch/{key}")


def part_of(key: str, value: Json, place: str) -> Part:
    """Return the resources of a resource or a searchset, and whether they are all."""
    if value.get("resourceType") != "Bundle":
        # In the place of the data, even an outcome that is no error says that there are none here.
        alone = value.get("resourceType") == "OperationOutcome"
        return Part(key, gap=REFUSED) if alone else Part(key, (Found(value, place),))
    found, refused, broken = [], False, False
    for number, entry in enumerate(_entries(value)):
        resource = entry.get("resource")
        if not isinstance(resource, Mapping):
            broken = True
        elif resource.get("resourceType") == "OperationOutcome":
            refused = refused or is_held_back(resource)
        else:
            found.append(Found(resource, f"{place}/entry/{number}/resource"))
    link, said = next_link(value), value.get("total")
    total = said if isinstance(said, int) else 0
    partial = bool(link) or broken or total > len(found)
    return Part(key, tuple(found), REFUSED if refused else PARTIAL if partial else "", link, total, broken)


def is_held_back(resource: Json) -> bool:
    """Say whether an OperationOutcome beside data stands for some that could not be had."""
    issues = resource.get("issue")
    listed = [each for each in issues if isinstance(each, Mapping)] if isinstance(issues, list) else []
    return not listed or any(each.get("severity") in ("fatal", "error") or each.get("code") in HELD_BACK for each in listed)  # fmt: skip


def next_link(bundle: Json) -> str:
    """Return the address of the next page, empty if there is none."""
    links = bundle.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, Mapping) and link.get("relation") == "next" and isinstance(link.get("url"), str):
            return str(link["url"])
    return ""


def _entries(bundle: Json) -> Iterator[Json]:
    entries = bundle.get("entry")
    yield from (each if isinstance(each, Mapping) else {} for each in (entries if isinstance(entries, list) else ()))
