"""What the reading of an outside document gives: a native sheet, and what of the document is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.problems import Refused


class Unreadable(Refused):
    """A document of which nothing may be used, with every reason."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A sheet (fiche-rcp/1) without identity, and the losses: where, which code, why.

    `identifiers` of the patient (system or OID, value) serve to compare documents of one call, and are told to nobody.
    """

    sheet: Mapping[str, Any]
    losses: tuple[Mapping[str, Any], ...]
    identifiers: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
