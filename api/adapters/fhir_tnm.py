"""T, N, M categories and stages, in the codes of SNOMED CT, LOINC or AJCC, each with context and edition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from api.adapters.fhir_elements import Coding, Element
from api.adapters.fhir_reading import Reading
from api.adapters.fhir_values import setting_of

_WRITTEN = re.compile(r"(yc|yp|c|p|r)?([TNM])([0-4]\w{0,4}|X|is|a)(?:\(.*\))?", re.ASCII)
_STAGE = re.compile(r"(?:stage\s*|stade\s*)?(IV|I{1,3}|[0-4])([A-D]?[1-3]?)", re.ASCII | re.IGNORECASE)
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}
STAGE = "stade"


@dataclass(frozen=True, slots=True)
class Category:
    """A category as said: its context if the code says it (c, p, yc, yp, r), its axis, its value."""

    context: str
    axis: str
    value: str


def is_tnm(reading: Reading, observation: Element) -> bool:
    """Say whether an observation is a TNM category or stage."""
    return bool(reading.maps.first("tnm", observation["code"].codings()))


def read_tnm(reading: Reading, observation: Element) -> None:
    """Read one TNM observation."""
    setting = setting_of(reading, observation)
    if setting is None:
        return
    codings = observation["code"].codings()
    axis, _, context = reading.maps.first("tnm", codings).partition(" ")
    reading.use_all(codings)
    method = _method(reading, observation["method"])
    value = observation["valueCodeableConcept"]
    absent = (*value.codings(), *observation["dataAbsentReason"].codings())
    written = False
    for reason, coding in reading.maps.each("absence", absent):
        item = item_id(axis, context.strip("-") or "c")
        leaf = reading.open(reason, coding.pointer, coding, **setting.extra(), **method)
        written |= reading.put(item, leaf, setting.tumour)
    said = list(_categories(reading, value.codings()))
    for category, coding in said:
        written |= _write(reading, axis, context, category, coding, setting.tumour, setting.extra() | method)
    if method["edition"] and written:
        reading.use_all(observation["method"].codings())
    if not said and not list(reading.maps.each("absence", absent)):
        known = value.codings()
        reading.lose(
            (value or observation).pointer, "catégorie TNM inconnue des tables", known[0] if known else codings[0]
        )


def read_condition_stage(reading: Reading, condition: Element, tumour: str) -> None:
    """Read `Condition.stage`: a statement of its own beside the observation it rests on."""
    for stage in condition.each("stage"):
        summary = stage["summary"].codings()
        method = _method(reading, stage["type"])
        context = _context_of_stage(reading, stage)
        said = list(_categories(reading, summary))
        written = [_write(reading, c.axis, context, c, coding, tumour, method) for c, coding in said]
        if method["edition"] and any(written):
            reading.use_all(stage["type"].codings())
        if not said and summary:
            reading.lose(stage["summary"].pointer, "stade inconnu des tables", summary[0])


def item_id(axis: str, context: str) -> str:
    """Return the item of an axis in a context."""
    return f"{STAGE}_{context}" if axis == STAGE else f"{context}{axis}"


def _write(
    reading: Reading, axis: str, said: str, category: Category, coding: Coding, tumour: str, extra: dict[str, str]
) -> bool:
    context, reason = _context(axis, said, category)
    if reason:
        reading.lose(coding.pointer, reason, coding)
        return False
    item = item_id(axis, context)
    if category.value in ("TX", "NX", "MX"):
        leaf = reading.open("indetermine", coding.pointer, coding, **extra)
    else:
        leaf = reading.leaf(category.value, coding.pointer, coding, **extra)
    return reading.put(item, leaf, tumour)


def _context(axis: str, said: str, category: Category) -> tuple[str, str]:
    """Return the context, or why there is none. M0 is clinical even in a pathological observation: pM0 does not exist."""
    if category.axis != axis:
        return "", f"la valeur ({category.axis}) n'est pas de l'axe de l'observation ({axis})"
    if said == "autre":
        return "", "contexte du TNM autre que clinique ou pathologique"
    said = said.strip("-")
    if not category.context:
        # UICC: T, N and M without a prefix are clinical; a stage without context may be either.
        return (said, "") if said else ("", "contexte du stade non dit") if axis == STAGE else ("c", "")
    agree = not said or category.context.endswith(said) or category.context == "r" or category.value == "M0"
    return (category.context, "") if agree else ("", f"observation {said}{axis}, valeur {category.context}{axis}")


def _categories(reading: Reading, codings: tuple[Coding, ...]) -> Iterator[tuple[Category, Coding]]:
    """Yield each different category that codes say."""
    seen = set()
    for coding in codings:
        meanings = reading.maps.meanings("tnm-valeur", coding) or _of_text(coding)
        for meaning in meanings:
            category = _category(meaning)
            if category and category not in seen:
                seen.add(category)
                yield category, coding


def _of_text(coding: Coding) -> tuple[str, ...]:
    """Return the category that the code itself writes, in AJCC's and UICC's own system."""
    if coding.system != "AJCC":
        return ()
    if _WRITTEN.fullmatch(coding.code):
        return (coding.code,)
    found = _STAGE.fullmatch(coding.code)
    return (f"{STAGE} {_ROMAN.get(found[1], found[1].upper())}{found[2].upper()}",) if found else ()


def _category(meaning: str) -> Category | None:
    if meaning.startswith(f"{STAGE} "):
        return Category("", STAGE, meaning.removeprefix(f"{STAGE} "))
    found = _WRITTEN.fullmatch(meaning)
    return Category(found[1] or "", found[2], found[2] + found[3]) if found else None


def _method(reading: Reading, method: Element) -> dict[str, str]:
    """Return the edition that a staging method names. AJCC and UICC are no methods apart: their statements compare."""
    codings = method.codings()
    edition = reading.maps.first("edition", codings)
    if not edition and reading.maps.first("methode", codings):
        reading.lose(method.pointer, "classification dont l'édition n'est pas dite", codings[0])
    return {"edition": edition}


def _context_of_stage(reading: Reading, stage: Element) -> str:
    """Return the context of the observation that a condition's stage rests on."""
    for assessment in stage.each("assessment"):
        cited = reading.resources.cited(assessment)
        if cited:
            context = reading.maps.first("tnm", cited["code"].codings()).partition(" ")[2]
            if context.strip("-"):
                return context
    return reading.maps.first("contexte", stage["type"].codings())
