"""Identity in a document that was posted: never told again, wherever it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.dictionary import Dictionary
from engine.problems import Problem

LEAST = 3  # shorter texts are too common to be taken for an identity
HIDDEN = "…"
_FHIR = ("name", "identifier", "telecom", "address", "contact", "photo", "maritalStatus", "multipleBirthInteger")


def identity_texts(body: Any, dictionary: Dictionary) -> frozenset[str]:
    """Return every text of a native sheet or a FHIR bundle that stands where identity stands."""
    paths = {item.path.replace("[]", "") for item in dictionary.items.values() if item.identity and item.path}
    found = set(_native(body, "", paths)) | set(_fhir(body))
    return frozenset(text for text in found if len(text) >= LEAST)


def texts_of_all(bodies: Iterable[Any], dictionary: Dictionary) -> frozenset[str]:
    """Return the identity texts of the documents of one call: none of them is told, whichever document quotes it."""
    return frozenset(text for body in bodies for text in identity_texts(body, dictionary))


def _native(value: Any, path: str, paths: set[str]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            place = f"{path}.{key}" if path else str(key)
            yield from _texts(inner) if place in paths else _native(inner, place, paths)
    elif isinstance(value, list):
        for inner in value:
            yield from _native(inner, path, paths)


def _fhir(body: Any) -> Iterator[str]:
    entries = body.get("entry") if isinstance(body, Mapping) else None
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(resource, Mapping) and resource.get("resourceType") in ("Patient", "RelatedPerson"):
            for key in _FHIR:
                yield from _texts(resource.get(key))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def without_texts(problems: Iterable[Problem], texts: frozenset[str]) -> list[Problem]:
    """Return problems in which no identity is told."""
    return [
        replace(p, message=_hide(p.message, texts), hint=_hide(p.hint, texts), pointer=_hide(p.pointer, texts))
        for p in problems
    ]


def hidden(value: Any, texts: frozenset[str]) -> Any:
    """Return a JSON value in which no text tells an identity."""
    if isinstance(value, Mapping):
        return {key: hidden(inner, texts) for key, inner in value.items()}
    if isinstance(value, list):
        return [hidden(inner, texts) for inner in value]
    return _hide(value, texts) if isinstance(value, str) else value


def _hide(text: str, texts: frozenset[str]) -> str:
    for one in sorted(texts, key=len, reverse=True):
        text = text.replace(one, HIDDEN)
    return text


def without_identity(body: Mapping[str, Any], dictionary: Dictionary) -> dict[str, Any]:
    """Return a sheet without the items that the dictionary marks as identity."""
    paths = {item.path.replace("[]", "") for item in dictionary.items.values() if item.identity and item.path}

    def kept(value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            below = ((key, inner, f"{path}.{key}" if path else str(key)) for key, inner in value.items())
            return {key: kept(inner, place) for key, inner, place in below if place not in paths}
        return [kept(inner, path) for inner in value] if isinstance(value, list) else value

    return kept(body, "")  # type: ignore[no-any-return]  # a mapping in, a mapping out
