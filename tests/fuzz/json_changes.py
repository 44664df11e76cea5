"""Changes of a JSON document, native or FHIR: values, keys, lists, depth, sizes; then of its text."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from tests.fuzz.texts import LEAVES, some

SCALARS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    10**30,
    -(10**30),
    0.1,
    1e300,
    5e-324,
    [],
    {},
    "",
    [[]],
    [{}],
    [None],
    {"": {}},
)
RAW = (
    "NaN",
    "-Infinity",
    "1" + "0" * 6000,
    "1e999999",
    '"\\ud800"',
    '{"a": 1, "a": 2}',
    "[" * 5000 + "]" * 5000,
    "00",
    "// x",
    "'x'",
    "tru",
)
_MARK = "@@raw@@"


def changed(random: Random, body: bytes) -> bytes:
    """Return a JSON document after some changes."""
    value: Any = {"document": json.loads(body)}
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        _change(random, value)
    text = json.dumps(value["document"], ensure_ascii=random.randint(0, 1) == 0)
    raw = random.choice(RAW)
    return text.replace(json.dumps(_MARK), raw, 1).encode("utf-8", "surrogatepass")


def _change(random: Random, value: dict[str, Any]) -> None:
    """Change one place, found by going down at random."""
    holder: Any = value
    key: Any = "document"
    while random.randint(0, 5) and isinstance(holder[key], dict | list) and holder[key]:
        holder = holder[key]
        key = random.choice(list(holder)) if isinstance(holder, dict) else random.randint(0, len(holder) - 1)
    match random.randint(0, 11):
        case 0 if holder is not value:
            del holder[key]
        case 1 | 2:
            holder[key] = copy.deepcopy(random.choice(SCALARS))
        case 3 | 4:
            holder[key] = some(random)
        case 5 if isinstance(holder, list):
            holder[key:key] = [copy.deepcopy(holder[key]) for _ in range(random.choice((1, 2, 60)))]
        case 6 if isinstance(holder, dict) and holder is not value:
            holder[random.choice((some(random), *LEAVES))] = holder.pop(key)
        case 7:
            holder[key] = _wrapped(random, holder[key])
        case 8:
            holder[key] = _MARK
        case 9:
            holder[key] = copy.deepcopy(_somewhere(random, value["document"]))
        case 10 if isinstance(holder[key], dict):
            holder[key][random.choice((some(random), *LEAVES))] = copy.deepcopy(random.choice(SCALARS))
        case _:
            holder[key] = {"valeur": holder[key], random.choice(LEAVES): some(random)}


def _wrapped(random: Random, value: Any) -> Any:
    for _ in range(random.choice((1, 3, 70))):
        value = [value] if random.randint(0, 1) else {random.choice(LEAVES): value}
    return value


def _somewhere(random: Random, value: Any) -> Any:
    while isinstance(value, dict | list) and value and random.randint(0, 3):
        value = random.choice(list(value.values()) if isinstance(value, dict) else value)
    return value
