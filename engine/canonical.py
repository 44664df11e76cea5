"""One spelling for every JSON value: sorted keys, exact decimals, 8 = 8.0."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def canonical(value: Any) -> str:
    """Return the canonical JSON text of a value."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float | Decimal):
        return _number(Decimal(str(value)))
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value]


def _number(value: Decimal) -> Any:
    """Return an integer where it is one, else the shortest decimal as a marked text (a float could not hold it)."""
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value():
        return int(value)
    return {"decimal": format(value.normalize(), "f")}
