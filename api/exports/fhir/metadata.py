"""What every exported definition holds: names, publication, what is left out where it is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.exports import CANONICAL
from api.exports.cql.libraries import Library

Resource = dict[str, Any]


def canonical(library: Library) -> str:
    """Return the name by which a library is found."""
    return f"{CANONICAL}/Library/{library.name}|{library.version}"


def filled(body: Mapping[str, Any]) -> Resource:
    """Leave out what is empty: FHIR knows no empty element."""
    return {name: value for name, value in body.items() if value not in ("", [], {}, None)}
