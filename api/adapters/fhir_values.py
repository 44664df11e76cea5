"""The value of an observation or component, as the leaf of an item: number, answer, absence of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from api.adapters.fhir_elements import Coding, Element
from api.adapters.fhir_reading import Leaf, Reading
from engine.dictionary import Item
from engine.domains import Leaves, Line
from engine.units import convertible, find_unit

QUANTITY = "quantite"
SIGN = "signe"
_PRELIMINARY = ("preliminary", "registered")
_NOT_SAID = ("entered-in-error", "cancelled")


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for an observation and its components: when, of which tumour and specimen, how surely."""

    code: Coding | None
    date: str
    tumour: str
    specimen: str
    certainty: str

    def extra(self) -> dict[str, str]:
        """Return the keys that go with every leaf."""
        return {"date": self.date, "prelevement": self.specimen, "certitude": self.certainty}


def setting_of(reading: Reading, observation: Element) -> Setting | None:
    """Return the setting; None, and a loss, where the observation must not be read."""
    status = observation["status"].text()
    codings = observation["code"].codings()
    if status in _NOT_SAID:
        reading.lose(
            observation.pointer, f"observation sans valeur : statut `{status}`", codings[0] if codings else None
        )
        return None
    tumour, specimen = reading.tumour_of(*observation.each("focus"))
    certainty = "suspecte" if status in _PRELIMINARY else ""
    return Setting(codings[0] if codings else None, date_of(observation), tumour, specimen, certainty)


def date_of(observation: Element) -> str:
    """Return when an observation holds."""
    period = observation["effectivePeriod"]
    for element in (
        observation["effectiveDateTime"], observation["effectiveInstant"], period["start"], period["end"], observation["issued"]
    ):  # fmt: skip
        if element.date():
            return element.date()
    return ""


def leaves_of(
    reading: Reading, part: Element, item: Item, how: str, coding: Coding, setting: Setting
) -> Iterator[Leaf]:
    """Yield the leaves that the value of a part gives for an item read in that way."""
    extra = setting.extra()
    if how.startswith("="):
        yield reading.leaf(how[1:], part["code"].pointer, coding, **extra)
        return
    yield from _absent(reading, part, coding, extra)
    number = _counted(part)
    if how == SIGN:
        if number and number.number() is not None:
            yield reading.leaf("positif" if (number.number() or 0) > 0 else "negatif", number.pointer, coding, **extra)
        return
    if how != QUANTITY:
        yield from _answers(reading, part, item, how, extra)
    if number and (how == QUANTITY or item.kind in ("echelle", "entier")):
        yield from _numbers(reading, part, number, item, coding, extra)


def _answers(reading: Reading, part: Element, item: Item, table: str, extra: dict[str, str]) -> Iterator[Leaf]:
    value = part["valueCodeableConcept"]
    answers = value.codings()
    for meaning, answer in reading.maps.each(table, answers):
        reading.use_all(answers)
        yield reading.leaf(typed(item, meaning), value.pointer, answer, **extra)
    for reason, answer in reading.maps.each("absence", answers):
        yield reading.open(reason, value.pointer, answer, **extra)
    yield from _interpreted(reading, part, item, table, extra)
    text = part["valueString"]
    if text.text() and isinstance(item.domain, Leaves) and item.domain.find(text.text()) and item.kind != "booleen":
        yield reading.leaf(text.text(), text.pointer, None, **extra)
    boolean = part["valueBoolean"]
    if item.kind == "booleen" and isinstance(boolean.value, bool):
        yield reading.leaf(boolean.value, boolean.pointer, None, **extra)


def _interpreted(reading: Reading, part: Element, item: Item, table: str, extra: dict[str, str]) -> Iterator[Leaf]:
    """Yield what an interpretation says, where the value does not say it already."""
    number = _counted(part).number()
    said = [coding for interpretation in part.each("interpretation") for coding in interpretation.codings()]
    for meaning, answer in reading.maps.each(table, said):
        reading.use(answer.pointer)
        if number is None or str(number) != meaning:
            yield reading.leaf(typed(item, meaning), answer.pointer, answer, **extra)


def _absent(reading: Reading, part: Element, coding: Coding, extra: dict[str, str]) -> Iterator[Leaf]:
    for reason, why in reading.maps.each("absence", part["dataAbsentReason"].codings()):
        reading.use_all([coding])
        yield reading.open(reason, why.pointer, why, **extra)


def _counted(part: Element) -> Element:
    """Return where the number of a part stands."""
    for key in ("valueInteger", "valueQuantity", "valueRange"):
        if part[key]:
            return part[key]["value"] if key == "valueQuantity" else part[key]
    return Element(None, "")


def _numbers(
    reading: Reading, part: Element, number: Element, item: Item, coding: Coding, extra: dict[str, Any]
) -> Iterator[Leaf]:
    quantity = part["valueQuantity"]
    value = _bounds(part["valueRange"]) if part["valueRange"] else compared(quantity, number)
    if value is None:
        reading.lose(number.pointer, "nombre illisible", coding)
        return
    if item.kind == "echelle":
        value = str(value)
    unit = unit_of(quantity or part["valueRange"]["low"], item)
    limits = _limits(part, quantity) if isinstance(item.domain, Line) else {}
    ranges = part.each("referenceRange") if limits else iter(())
    reading.use(quantity.pointer, number.pointer, *(r[bound].pointer for r in ranges for bound in ("low", "high")))
    yield reading.leaf(value, (quantity or number).pointer, coding, unite=unit, **limits, **extra)


def compared(quantity: Element, number: Element) -> Any:
    """Return the number, or the bound that a comparator makes of it; None where it is no number."""
    value = number.number()
    sign = quantity["comparator"].text()
    if value is None or (sign and sign not in ("<", "<=", ">", ">=")):
        return None
    return f"{sign} {format(Decimal(str(value)), 'f')}" if sign else value


def _bounds(span: Element) -> Any:
    low, high = span["low"]["value"].number(), span["high"]["value"].number()
    bounds = {name: bound for name, bound in (("min", low), ("max", high)) if bound is not None}
    return bounds or None


def unit_of(quantity: Element, item: Item) -> str:
    """Return the spelling of the unit that the item can take; a bare number has none; else as sent, for the reader to say."""
    target = item.domain.unit if isinstance(item.domain, Line) else None
    spellings = [text for key in ("code", "unit") if (text := quantity[key].text())]
    for spelling in spellings:
        source = find_unit(spelling)
        if source and target and convertible(source, target, item.molar_mass) is not None:
            return spelling if source.name else ""
    bare = not spellings or spellings[0] == "1" or spellings[0].startswith("{")
    percent = target is not None and target.dimension == "ratio"
    return "" if not spellings or (bare and not percent) else spellings[0]


def _limits(part: Element, quantity: Element) -> dict[str, Any]:
    """Return the laboratory's limits, where they are in the unit of the value."""
    for reference in part.each("referenceRange"):
        limits = {
            name: bound["value"].number()
            for name, key in (("lin", "low"), ("lsn", "high"))
            if (bound := reference[key]) and bound["code"].text() == quantity["code"].text()
        }
        if any(value is not None for value in limits.values()):
            return {name: value for name, value in limits.items() if value is not None}
    return {}


def typed(item: Item, meaning: str) -> Any:
    """Return a map's meaning as the item's kind takes it."""
    match item.kind:
        case "booleen":
            return meaning == "oui"
        case "entier":
            return int(meaning)
    return meaning
