"""Observations that carry our own code of an item: read exactly, the standard codes beside ours left alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from api.adapters.fhir_elements import Coding, Element
from api.adapters.fhir_own import CONCEPTS, EITHER, FRAMES, ITEMS, JUDGEMENTS, VALUES, WORDS
from api.adapters.fhir_reading import Leaf, Reading
from api.adapters.fhir_values import Setting, setting_of, unit_of
from engine.dictionary import Item

_JUDGED = "jugements"


def own_code(observation: Element, *systems: str) -> Coding | None:
    """Return the code of ours that an observation, a list or a value carries."""
    return next((c for c in observation["code"].codings() if c.system in (systems or (ITEMS, JUDGEMENTS))), None)


def read_own(reading: Reading, observation: Element, code: Coding) -> None:
    """Read one observation of an item or a judgement."""
    setting = setting_of(reading, observation)
    if setting is None:
        return
    items = reading.dictionary.items if code.system == ITEMS else reading.dictionary.judgements
    item = items.get(code.code)
    if item is None:
        reading.lose(code.pointer, f"le dictionnaire n'a pas `{code.code}`", code)
        return
    reading.use_all((code, *observation["category"].codings(), *observation["method"].codings()))
    leaf = own_leaf(reading, observation, item, _extra(reading, observation, setting))
    if leaf is None:
        reading.lose(observation.pointer, "observation sans valeur", code)
    elif code.system == JUDGEMENTS:
        _judge(reading, item.id, leaf, setting.tumour if observation["focus"] else "")
    else:
        reading.put(item.id, leaf, setting.tumour)


def own_leaf(reading: Reading, part: Element, item: Item, extra: dict[str, Any]) -> Leaf | None:
    """Return the leaf that `value[x]` or an absence says; None where nothing is said."""
    for reason, why in reading.maps.each("absence", part["dataAbsentReason"].codings()):
        return _limited(reading, part, item, reading.open(reason, why.pointer, why, **extra))
    match item.kind:
        case "concept":
            return concept_leaf(reading, part["valueCodeableConcept"], item, extra)
        case "echelle" | "enumeration":
            return category_leaf(reading, part["valueCodeableConcept"], item, extra) or _counted(reading, part, extra)
        case "booleen":
            return _boolean(reading, part, item, extra)
        case "date":
            return date_leaf(reading, part["valueDateTime"], extra)
        case "quantite" | "entier":
            return number_leaf(reading, part, item, extra)
    text = part["valueString"]
    return reading.leaf(text.text(), text.pointer, None, **extra) if text.text() else None


def concept_leaf(reading: Reading, concept: Element, item: Item, extra: dict[str, Any]) -> Leaf | None:
    """Return a concept by our code, or by the code of another system just as it stands."""
    codings = concept.codings()
    own = next((c for c in codings if c.system == CONCEPTS), None)
    chosen = own or next(iter(codings), None)
    if chosen is None:
        return None
    if own and own.code not in reading.ontology.concepts:
        reading.lose(concept.pointer, f"l'ontologie n'a pas le concept de `{item.id}`", own)
        return None
    reading.use_all(codings)
    value = chosen.code if own else {"systeme": chosen.system, "code": chosen.code}
    return reading.leaf(value, concept.pointer, chosen, **extra)


def category_leaf(reading: Reading, concept: Element, item: Item, extra: dict[str, Any]) -> Leaf | None:
    """Return the value, or the values of which each may be meant."""
    for coding in concept.codings():
        name, equals, value = coding.code.partition("=")
        if coding.system == VALUES and equals and name == item.id:
            reading.use_all(concept.codings())
            known = item.leaves().find(value) is not None
            return reading.leaf(value if known else value.split(EITHER), concept.pointer, coding, **extra)
    return None


def _counted(reading: Reading, part: Element, extra: dict[str, Any]) -> Leaf | None:
    """Return a category that is written as a number, as mCODE has performance scores."""
    number = part["valueInteger"]
    for interpretation in part.each("interpretation"):
        reading.use_all(interpretation.codings())
    return reading.leaf(str(number.number()), number.pointer, None, **extra) if number.number() is not None else None


def _boolean(reading: Reading, part: Element, item: Item, extra: dict[str, Any]) -> Leaf | None:
    plain = part["valueBoolean"]
    if isinstance(plain.value, bool):
        return reading.leaf(plain.value, plain.pointer, None, **extra)
    coded = category_leaf(reading, part["valueCodeableConcept"], item, extra)
    return coded | {"valeur": coded["valeur"] == "oui"} if coded else None


def date_leaf(reading: Reading, date: Element, extra: dict[str, Any]) -> Leaf | None:
    """Return a date, full or partial."""
    return reading.leaf(date.date(), date.pointer, None, **extra) if date.date() else None


def number_leaf(reading: Reading, part: Element, item: Item, extra: dict[str, Any]) -> Leaf | None:
    """Return a number, a bound or two, with unit and laboratory limits."""
    span = part["valueRange"]
    leaf = (
        _range_leaf(reading, span, item, extra) if span else quantity_leaf(reading, part["valueQuantity"], item, extra)
    )
    if leaf is None:
        return None
    return _limited(reading, part, item, leaf)


def quantity_leaf(reading: Reading, quantity: Element, item: Item, extra: dict[str, Any]) -> Leaf | None:
    """Return a number, or the bound that a comparator makes of it."""
    value = _bound(quantity)
    return None if value is None else reading.leaf(value, quantity.pointer, unite=unit_of(quantity, item), **extra)


def _range_leaf(reading: Reading, span: Element, item: Item, extra: dict[str, Any]) -> Leaf | None:
    ends = {
        name: span[key] for name, key in (("min", "low"), ("max", "high")) if span[key]["value"].number() is not None
    }
    if not ends:
        return None
    reading.use(*(end.pointer for end in ends.values()))
    value = {name: end["value"].number() for name, end in ends.items()}
    return reading.leaf(value, span.pointer, unite=unit_of(next(iter(ends.values())), item), **extra)


def _bound(quantity: Element) -> Any:
    value, sign = quantity["value"].number(), quantity["comparator"].text()
    if value is None or not sign:
        return value
    ends = {"<": {"max": value, "max_exclu": True}, "<=": {"max": value}, ">": {"min": value, "min_exclu": True}}
    return ends.get(sign, {"min": value} if sign == ">=" else None)


def _limited(reading: Reading, part: Element, item: Item, leaf: Leaf) -> Leaf:
    """Return a leaf with the limits of the laboratory, in its unit or, where it has no number, in theirs."""
    for name, bound in _limits(part):
        reading.use(bound.pointer)
        if bound["value"].number() is not None:
            leaf[name] = bound["value"].number()
            leaf.setdefault("unite", unit_of(bound, item))
    return leaf


def _limits(part: Element) -> Iterator[tuple[str, Element]]:
    for reference in part.each("referenceRange"):
        for name, key in (("lin", "low"), ("lsn", "high")):
            if reference[key]:
                yield name, reference[key]


def _extra(reading: Reading, observation: Element, setting: Setting) -> dict[str, Any]:
    """Return what goes with the leaf: date, certainty, and the words of ours for edition, method and specimen."""
    specimen = reading.resources.cited(observation["specimen"])
    extra: dict[str, Any] = {"date": setting.date, "certitude": setting.certainty, "prelevement": setting.specimen}
    for element in (observation["method"], specimen["type"] if specimen else Element(None, "")):
        for coding in element.codings():
            frame, _, word = coding.code.partition("=")
            if coding.system == WORDS and frame in FRAMES:
                extra[frame] = word
                reading.use_all(element.codings())
    return extra


def _judge(reading: Reading, name: str, leaf: Leaf, tumour: str) -> None:
    place = next((t for t in reading.sheet.get("tumeurs", ()) if t["id"] == tumour), reading.sheet)
    place.setdefault(_JUDGED, {})[name] = leaf
