"""Values to JSON bytes, the same bytes for the same value in every process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

import orjson


def to_json(value: object) -> bytes:
    """Return compact UTF-8 JSON; keys stay in their order, short decimals stay as written."""
    return orjson.dumps(value, default=_plain)


def to_pretty_json(value: object) -> str:
    """Return JSON for people."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
