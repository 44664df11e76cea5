"""JSON read without surprises: exact decimals; no double key, no NaN, no lone surrogate, no bottomless nesting."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from engine.problems import Problem, Refused, in_sheet

DEEPEST = 64
LONGEST_NUMBER = 40
GREATEST_EXPONENT = 40
MOST_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What stands in the place of something JSON allows and a sheet can't hold."""

    code: str
    message: str


class _Doubled(dict[str, Any]):
    """An object in which some keys are written twice."""

    keys_twice: tuple[str, ...]


def read_object(body: bytes) -> dict[str, object]:
    """Read one JSON object; raise `Refused` with all that is wrong with it (the first thousand problems)."""
    content = _parse(_decode(body))
    problems = list(islice(_problems(content), MOST_PROBLEMS))
    if problems:
        raise Refused(problems)
    if not isinstance(content, dict):
        raise Refused(
            [in_sheet("", "json-objet", "le document doit être un objet JSON", "commencez par { et finissez par }")]
        )
    return content


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"le document n'est pas en UTF-8 (octet {error.start})"
        raise Refused([in_sheet("", "json-utf8", message, "enregistrez-le en UTF-8")]) from None


def _parse(text: str) -> object:
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        message = f"ce n'est pas du JSON : ligne {error.lineno}, colonne {error.colno}"
        raise Refused([in_sheet("", "json", message, _hint(error))]) from None
    except RecursionError:
        raise Refused([_too_deep("")]) from None


def _hint(error: json.JSONDecodeError) -> str:
    if not error.doc.strip():
        return "le document est vide"
    return "vérifiez les guillemets, les virgules et les accolades autour de cet endroit"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    doubled = _Doubled(fields)
    times = Counter(name for name, _ in pairs)
    doubled.keys_twice = tuple(name for name, written in times.items() if written > 1)
    return doubled


def _integer(digits: str) -> int | _Wrong:
    if len(digits) > LONGEST_NUMBER:
        return _Wrong("json-nombre", f"un nombre de {len(digits)} chiffres n'est pas admis")
    return int(digits)


def _decimal(digits: str) -> Decimal | _Wrong:
    try:
        number = Decimal(digits) if len(digits) <= LONGEST_NUMBER else None
    except InvalidOperation:
        number = None
    if number is None or abs(number.adjusted()) > GREATEST_EXPONENT:
        return _Wrong("json-nombre", "un nombre aussi long, aussi grand ou aussi petit n'est pas admis")
    return number


def _constant(name: str) -> _Wrong:
    return _Wrong("json-nombre", f"`{name}` n'est pas un nombre")


def _problems(content: object) -> Iterator[Problem]:
    """Walk without recursion, since depth is one of the things looked for."""
    waiting: list[tuple[object, str, int]] = [(content, "", 1)]
    while waiting:
        value, pointer, depth = waiting.pop()
        if isinstance(value, _Wrong):
            yield in_sheet(pointer, value.code, value.message)
        elif isinstance(value, str):
            yield from _of_text(value, pointer)
        elif isinstance(value, dict | list) and depth > DEEPEST:
            yield _too_deep(pointer)
            return
        elif isinstance(value, dict):
            yield from _of_keys(value, pointer)
            waiting += [(child, f"{pointer}/{escape(key)}", depth + 1) for key, child in value.items()]
        elif isinstance(value, list):
            waiting += [(child, f"{pointer}/{number}", depth + 1) for number, child in enumerate(value)]


def _of_text(text: str, pointer: str) -> Iterator[Problem]:
    if not _is_encodable(text):
        yield in_sheet(pointer, "json-texte", "le texte contient un demi-caractère Unicode (surrogate isolé)")


def _of_keys(fields: dict[str, Any], pointer: str) -> Iterator[Problem]:
    if isinstance(fields, _Doubled):
        for name in fields.keys_twice:
            at = f"{pointer}/{escape(name)}"
            yield in_sheet(
                at, "json-cle-double", "cette clé est écrite deux fois dans le même objet", "n'en gardez qu'une"
            )
    for name in fields:
        if not _is_encodable(name):
            yield in_sheet(pointer, "json-texte", "une clé contient un demi-caractère Unicode (surrogate isolé)")


def _is_encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_deep(pointer: str) -> Problem:
    message = f"le document est emboîté sur plus de {DEEPEST} niveaux"
    return in_sheet(pointer, "json-profondeur", message)


def escape(name: str) -> str:
    """Return a key as a JSON pointer writes it, always encodable."""
    return name.replace("~", "~0").replace("/", "~1").encode("utf-8", "replace").decode()
