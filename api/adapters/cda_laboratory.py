"""Laboratory results and measures of a CDA: LOINC code, UCUM unit, reference range, date; the entries of IHE (XD-LAB, PCC)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.adapters.cda_codes import put_unknown
from api.adapters.cda_elements import Node
from api.adapters.cda_statements import is_said
from api.adapters.fhir_elements import Coding
from api.adapters.fhir_reading import Reading
from api.adapters.fhir_values import QUANTITY, typed
from engine.dictionary import Item
from engine.domains import Line
from engine.units import convertible, find_unit

RESULT, VITAL_SIGN = "1.3.6.1.4.1.19376.1.3.1.6", "1.3.6.1.4.1.19376.1.5.3.1.4.13.2"
SOCIAL_HISTORY, SIMPLE, PREGNANCY = (f"1.3.6.1.4.1.19376.1.5.3.1.4.{end}" for end in ("13.4", "13", "13.5"))
_FAMILY = "1.3.6.1.4.1.19376.1.5.3.1.4.13.3"
_NORMAL = "N"


def read_measures(reading: Reading, body: Node) -> None:
    """Read every result, vital sign and simple observation; those of a relative say nothing of the patient."""
    relatives = of_relatives(body)
    dates = {battery.pointer: battery["effectiveTime"].date() for battery in body.within("organizer")}
    for node in body.within("observation"):
        if node.is_of(RESULT, VITAL_SIGN, SOCIAL_HISTORY, SIMPLE, PREGNANCY) and not is_one(reading, node, relatives):
            read_measure(reading, node, dates)


def of_relatives(body: Node) -> set[str]:
    """Return the statements that are said to be of someone else than the patient."""
    return {Node(subject.element.getparent(), body.places).pointer for subject in body.within("subject")}


def is_one(reading: Reading, node: Node, relatives: set[str]) -> bool:
    """Say whether an entry is of a relative, and report it."""
    around = {node.pointer, node.above("act").pointer, node.above("organizer").pointer}
    if not node.is_of(_FAMILY) and not around & relatives:
        return False
    codings = node["value"].codings() or node["code"].codings()
    reading.lose(node.pointer, "énoncé sur un proche, non sur le patient", codings[0] if codings else None)
    return True


def read_measure(reading: Reading, node: Node, dates: Mapping[str, str] | None = None) -> None:
    """Read one observation under the items that the tables give it; `dates` are those of the batteries."""
    found = list(_items(reading, node["code"].codings()))
    if not found or not is_said(reading, node):
        return
    reading.use(node["code"].pointer)
    date = node["effectiveTime"].date() or (dates or {}).get(node.above("organizer").pointer, "")
    extra = {"date": date, "certitude": "suspecte" if node["statusCode"].attribute("code") == "active" else ""}
    for item, how, coding in found:
        for value in node.each("value"):
            if not put_unknown(reading, item.id, value, **extra):
                _put(reading, node, item, how, value, coding, extra)


def _items(reading: Reading, codings: tuple[Coding, ...]) -> Iterator[tuple[Item, str, Coding]]:
    """Yield the patient's items that a code gives; an item of the tumour needs a document that names one."""
    for meaning, coding in reading.maps.each("item", codings):
        name, _, how = meaning.partition(":")
        item = reading.dictionary.items.get(name)
        if item is not None:
            yield item, how, coding


def _put(
    reading: Reading, node: Node, item: Item, how: str, value: Node, coding: Coding, extra: dict[str, str]
) -> None:
    if how == QUANTITY:
        number = _number(value)
        if number is not None:
            limits = _limits(reading, node, value) if isinstance(item.domain, Line) else {}
            leaf = reading.leaf(number, value.pointer, coding, unite=_unit(value, item), **limits, **extra)
            reading.put(item.id, leaf)
            return
    for meaning, answer in reading.maps.each(how, value.codings()):
        reading.put(item.id, reading.leaf(typed(item, meaning), value.pointer, answer, **extra))
        return
    for reason, answer in reading.maps.each("absence", value.codings()):
        reading.put(item.id, reading.open(reason, value.pointer, answer, **extra))
        return
    codings = value.codings()
    reading.lose(value.pointer, "valeur inconnue des tables, ou illisible", codings[0] if codings else coding)


def _number(value: Node) -> Any:
    """Return the number, or the bounds of an interval (`inclusive` is true unless it says otherwise)."""
    number = value.number()
    if number is not None:
        return number
    bounds: dict[str, Any] = {}
    for name, end in (("min", value["low"]), ("max", value["high"])):
        if end.number() is not None:
            bounds[name] = end.number()
            if end.attribute("inclusive") == "false":
                bounds[f"{name}_exclu"] = True
    return bounds or None


def _unit(value: Node, item: Item) -> str:
    """Return the unit as written if the item can take it, nothing for a bare number, else as written for the reader to say."""
    written = next((n.attribute("unit") for n in (value, value["low"], value["high"]) if n.attribute("unit")), "")[:40]
    target = item.domain.unit if isinstance(item.domain, Line) else None
    source = find_unit(written) if written else None
    if source and target and convertible(source, target, item.molar_mass) is not None:
        return written
    bare = written in ("", "1") or written.startswith("{")
    return "" if bare and not (target is not None and target.dimension == "ratio" and written) else written


def _limits(reading: Reading, node: Node, value: Node) -> dict[str, Any]:
    """Return the laboratory's limits of normal, where they are in the unit of the value."""
    for reference in node.each("referenceRange"):
        span = reference["observationRange"]
        said = span["interpretationCode"].attribute("code")
        found: dict[str, Any] = {}
        for name, end in (("lin", span["value"]["low"]), ("lsn", span["value"]["high"])):
            if end.number() is not None and end.attribute("unit") == value.attribute("unit") and said in ("", _NORMAL):
                found[name] = end.number()
                reading.use(end.pointer)
        if found:
            reading.use(span["value"].pointer, span["interpretationCode"].pointer)
            return found
    return {}
