"""Numbers as documents write them: 8, `< 10`, `10–20`, with the unit beside them or not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.domains import Line
from engine.values import INFINITY

_COMPARED = re.compile(r"\s*(<=|>=|≤|≥|<|>)?\s*(-?\d+(?:[.,]\d+)?)\s*(?:(?:-|–|à)\s*(\d+(?:[.,]\d+)?))?\s*(\D.*)?")


def decimal_of(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(value.replace(",", ".")) if isinstance(value, str) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def bounds_of_text(text: str, plain: bool) -> tuple[tuple[Decimal, Decimal, bool, bool], str] | None:
    match = _COMPARED.fullmatch(text)
    if match is None:
        return None
    sign, first, second, unit = match.groups()
    low = decimal_of(first)
    high = decimal_of(second) if second else None
    if low is None or (not sign and high is None and not plain):
        return None
    unit = (unit or "").strip()
    match {"≤": "<=", "≥": ">="}.get(sign, sign):
        case "<" | "<=":
            return (-INFINITY, low, True, sign == "<"), unit
        case ">" | ">=":
            return (low, INFINITY, sign == ">", True), unit
    return (low, low if high is None else high, False, False), unit


def show_quantity(value: Any, unit: str) -> str:
    if isinstance(value, Mapping):
        low, high = value.get("min"), value.get("max")
        text = (
            f"{low} – {high}" if low is not None and high is not None else f"≥ {low}" if high is None else f"≤ {high}"
        )
    else:
        text = str(value)
    return text if not unit or text.rstrip().endswith(unit) else f"{text} {unit}"


def show_possible(line: Line, unit: str) -> str:
    low, high = line.full.low, line.full.high
    if not low.is_finite() or not high.is_finite():
        return "vérifiez le nombre et son unité"
    return f"possible : entre {low.normalize():f} et {high.normalize():f} {unit}".rstrip()


def number_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return written(value)


def written(value: Any) -> str:
    """Write a JSON value as its sender did."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
