"""A leaf of a sheet as FHIR's value[x], absence, period, method, specimen and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from api.adapters.fhir_own import EITHER, SUSPECTED, VALUES
from api.exports.fhir_sheet.codes import URIS, back_maps, coding, concept_codings, tnm_meaning
from api.exports.fhir_sheet.writing import (
    BESIDE_REASON,
    DIGITS,
    JSON,
    OPEN_ENDS,
    TEXT,
    WORD,
    Writing,
)
from engine.dates import show_days
from engine.dictionary import Item
from engine.leaf import LeafReader, Statement
from engine.quantities import number_text
from engine.systems import system_name
from engine.units import find_unit

# Our spelling of a unit → UCUM's, where they differ; `find_unit` reads both.
UCUM: Mapping[str, str] = {
    "": "1", "kg/m²": "kg/m2", "m²": "m2", "mg/m²": "mg/m2", "UI/L": "U/L", "UI/mL": "U/mL", "G/L": "10*9/L",
    "T/L": "10*12/L", "/mm³": "/uL", "µm": "um", "µmol/L": "umol/L", "mL/min/1,73 m²": "mL/min/{1.73_m2}",
    "PA": "{pack-years}", "jours": "d", "semaines": "wk", "mois": "mo", "ans": "a", "lb": "[lb_av]",
}  # fmt: skip
_WORDS = re.compile(r"\S+(?: \S+)*")
_PLAIN = re.compile(r"[\w.:/+*()<>=;,\-]{1,80}", re.ASCII)
_LONGEST = 180
_GREATEST = 10**12


def value_of(writing: Writing, item: Item, leaf: Any, statement: Statement, how: str = "") -> JSON | None:
    """Return `value[x]` or `dataAbsentReason`; None, and what is not held, where FHIR has no place for it."""
    body = leaf if isinstance(leaf, Mapping) else {"valeur": leaf}
    value = body.get("valeur", _direct(body))
    if not _one_of_two(writing, item, body, value, statement):
        return None
    if statement.reason and statement.reason != SUSPECTED:
        return {"dataAbsentReason": {"coding": _absence(statement.reason)}}
    match item.kind:
        case "concept":
            return {"valueCodeableConcept": concept_of(writing, item, value)}
        case "echelle" | "enumeration":
            return _category(writing, item, value, statement.pointer, how)
        case "booleen":
            return boolean_of(item, bool(value), how)
        case "date":
            days = LeafReader(writing.ontology).days(value, "")
            return {"valueDateTime": show_days(days)} if days else None
    return quantity_of(writing, item, value, body, statement.pointer)


def _one_of_two(writing: Writing, item: Item, body: Mapping[str, Any], value: Any, statement: Statement) -> bool:
    """Note what of a value and a reason said together FHIR can't hold; say whether the leaf has a place at all."""
    if body.get("raison") is None or value is None or value == [] or not statement.reason:
        return True
    if statement.reason == SUSPECTED:
        writing.lose(item.id, f"{statement.pointer}/raison", BESIDE_REASON)
        return True
    direct = "valeur" not in body
    writing.lose(item.id, statement.pointer if direct else f"{statement.pointer}/valeur", BESIDE_REASON)
    return not direct


def text_of(writing: Writing, item: Item, body: Any, pointer: str) -> JSON | None:
    """Return an identifier as a text; narrative is never written."""
    value = body.get("valeur") if isinstance(body, Mapping) else body
    if value is None:
        return None
    plain = isinstance(value, str) and _PLAIN.fullmatch(value)
    if item.kind != "identifiant" or not plain:
        writing.lose(item.id, pointer, TEXT)
        return None
    return {"valueString": value}


def is_plain(text: str) -> bool:
    """Say whether a text is a code or a number of something, without a space."""
    return _PLAIN.fullmatch(text) is not None


def _direct(body: Mapping[str, Any]) -> Any:
    """Return the code or the bounds that a leaf carries without `valeur`."""
    keys = ("systeme", "code") if "code" in body else ("min", "max", "min_exclu", "max_exclu")
    return {key: body[key] for key in keys if key in body} or None


def _absence(reason: str) -> list[JSON]:
    """Return the code of a reason. HL7's nearest to « indéterminé » is a fault of the sender, so SNOMED CT's goes first."""
    first = "SNOMED CT" if reason == "indetermine" else "HL7 data-absent-reason"
    found = back_maps().codings("absence", reason, first) or back_maps().codings("absence", reason)
    return found[:1]


# --- finite kinds ---


def concept_of(writing: Writing, item: Item, value: Any) -> JSON:
    """Return a concept with its standard codes and ours; a code of a named system stays as the sheet has it."""
    if isinstance(value, Mapping):
        system = system_name(str(value.get("systeme", "")))
        return {"coding": [coding(system if system in URIS else str(value.get("systeme", "")), str(value["code"]))]}
    concept = writing.ontology.find(str(value), (item.branch, "entite"))
    return {"coding": concept_codings(concept, writing.ontology), "text": concept.label()} if concept else {}


def _category(writing: Writing, item: Item, value: Any, pointer: str, how: str) -> JSON | None:
    names = [" ".join(number_text(one).split()) for one in (value if isinstance(value, list) else [value])]
    read = LeafReader(writing.ontology).category(item, value, pointer)
    known = [name for name, leaves in item.leaves().sets.items() if read and leaves == read[0]]
    own = own_value(item, known[0] if known else EITHER.join(names))
    if own is None:
        writing.lose(item.id, pointer, WORD)
        return None
    return {"valueCodeableConcept": {"coding": [*_standard(item, known, how), own]}}


def own_value(item: Item, name: str) -> JSON | None:
    """Return our code of a value of an item; None where it is too long to be one."""
    code = f"{item.id}={name}"
    return coding(VALUES, code) if may_be_code(code) else None


def may_be_code(text: str) -> bool:
    """Say whether a text can stand where FHIR wants a code: not too long, single spaces inside only."""
    return len(text) <= _LONGEST and _WORDS.fullmatch(text) is not None


def _standard(item: Item, names: list[str], how: str) -> list[JSON]:
    """Return the standard codes of a value that the item's scale names."""
    for name in names:
        found = back_maps().codings(how, tnm_meaning(item, name) if how == "tnm-valeur" else name)
        if found:
            return found[:1]
    return []


def boolean_of(item: Item, value: bool, how: str = "") -> JSON:
    """Return a yes or a no: coded where the item's standard code is answered so."""
    word = "oui" if value else "non"
    coded = back_maps().codings(how, word)[:1] if how else []
    return {"valueCodeableConcept": {"coding": [*coded, own_value(item, word)]}} if coded else {"valueBoolean": value}


# --- numbers ---


def quantity_of(writing: Writing, item: Item, value: Any, body: Mapping[str, Any], pointer: str) -> JSON | None:
    """Return a quantity with its comparator, or a range, in UCUM and in the unit that the sheet has."""
    read = LeafReader(writing.ontology).bounds(value, body)
    if read is None:
        return None
    (low, high, low_open, high_open), spelling = read
    unit = ucum(item, spelling or str(body.get("unite") or ""))
    if any(end.is_finite() and json_number(end) is None for end in (low, high)):
        writing.lose(item.id, pointer, DIGITS)
        return None
    if low == high:
        return {"valueQuantity": {"value": json_number(low), **unit}}
    if low.is_finite() and high.is_finite():
        if low_open or high_open:
            writing.lose(item.id, pointer, OPEN_ENDS)
            return None
        return {
            "valueRange": {"low": {"value": json_number(low), **unit}, "high": {"value": json_number(high), **unit}}
        }
    end, sign = (low, ">" if low_open else ">=") if low.is_finite() else (high, "<" if high_open else "<=")
    return {"valueQuantity": {"value": json_number(end), "comparator": sign, **unit}}


def ucum(item: Item, spelling: str) -> JSON:
    """Return the unit of a number: that of the item where the sheet says none."""
    line = item.line()
    unit = (find_unit(spelling) if spelling else None) or line.unit
    name = unit.name if unit else ""
    code = UCUM.get(name, name)
    shown = {"unit": name} if name else {}
    return {**shown, "system": URIS["UCUM"], "code": code}


def json_number(number: Decimal) -> int | float | None:
    """Return a number that JSON readers keep whole, or None."""
    if not abs(number) < _GREATEST:
        return None
    if number == number.to_integral_value():
        return int(number)
    return float(number) if Decimal(repr(float(number))) == number else None
