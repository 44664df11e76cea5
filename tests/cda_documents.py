"""CDA fixtures: converted, changed, and what a conversion says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from api.adapters.cda import read_document
from api.adapters.conversion import Converted, Unreadable
from engine.sheet import Sheet, read_sheet
from tests.small import shipped

FIXTURES = Path(__file__).parent / "fixtures" / "cda"


def text(name: str) -> str:
    return (FIXTURES / f"{name}.xml").read_text(encoding="utf-8")


def converted(document: str | bytes) -> Converted:
    base = shipped().base
    body = document.encode() if isinstance(document, str) else document
    return read_document(body, base.ontology, base.dictionary, "document-1")


def changed(name: str, *changes: tuple[str, str]) -> Converted:
    """Convert a fixture in which texts were replaced."""
    document = text(name)
    for old, new in changes:
        assert old in document, old
        document = document.replace(old, new)
    return converted(document)


def sheet_of(result: Converted) -> Sheet:
    return read_sheet(result.sheet, shipped().base.dictionary, shipped().base.ontology)


def said(leaf: Any) -> Any:
    """Return what leaves say, without what goes with it."""
    if isinstance(leaf, list):
        return [said(one) for one in leaf]
    return leaf.get("valeur", leaf.get("raison")) if isinstance(leaf, Mapping) else leaf


def rows(result: Converted, records: str) -> list[dict[str, Any]]:
    return [{k: said(v) for k, v in row.items()} for row in result.sheet.get(records, {}).get("lignes", [])]


def tumour(result: Converted) -> Any:
    return result.sheet["tumeurs"][0]


def reasons(result: Converted, code: str) -> list[str]:
    return [loss["reason"] for loss in result.losses if loss["code"] and loss["code"]["code"] == code]


def leaves(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("origine"), Mapping) and "document" in value["origine"]:
            return [dict(value)]
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    return [leaf for inner in value for leaf in leaves(inner)] if isinstance(value, list) else []


def refused(document: str | bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        converted(document)
    return caught.value.problems[0].code
