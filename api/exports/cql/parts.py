"""What a library of the export is made of: parameters and definitions."""

from __future__ import annotations

from dataclasses import dataclass

from api.exports.cql.rows import Columns
from api.exports.cql.values import Sort
from engine.logic import Key


@dataclass(frozen=True, slots=True)
class Parameter:
    """What must be given: read from the sheet (`key`), a list of it (`records`), or computed by us (`register`)."""

    name: str
    type: str
    label: str
    sort: Sort | None = None
    key: Key | None = None
    columns: Columns | None = None
    register: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Define:
    """One definition: its name, its expression, what stands above it, and the register of ours that it must equal."""

    name: str
    text: str
    note: str = ""
    register: int | None = None
