"""Observations that a code map gives an item: markers, laboratory, vital signs, scores, habits."""

from __future__ import annotations

from collections.abc import Iterator

from api.adapters.fhir_elements import Coding, Element
from api.adapters.fhir_reading import Reading
from api.adapters.fhir_values import QUANTITY, Setting, leaves_of, setting_of
from engine.dictionary import Item

_IMAGING, _PATHOLOGY = "imaging", "p"
_LARGEST = "33728-7"


def read_observation(reading: Reading, observation: Element) -> None:
    """Read an observation and its components."""
    setting = setting_of(reading, observation)
    if setting is None:
        return
    if reading.maps.first("taille", observation["code"].codings()):
        _read_size(reading, observation, setting)
        return
    read_part(reading, observation, setting)
    for component in observation.each("component"):
        read_part(reading, component, setting)


def read_part(reading: Reading, part: Element, setting: Setting) -> bool:
    """Read one code and its value; say whether anything came of it."""
    codings = part["code"].codings()
    known = list(_readings(reading, codings))
    written = False
    for item, how, coding in known:
        # Several rows of the maps: ways to read one value, the first that can wins; `=` rows go with what was written.
        if written == how.startswith("="):
            for leaf in leaves_of(reading, part, item, how, coding, setting):
                reading.use_all(codings)
                written = reading.put(item.id, leaf, setting.tumour) or written
    if known and not written and codings[0].pointer not in reading.used:
        reading.lose(part.pointer, "valeur absente, ou que les tables ne connaissent pas pour cet item", codings[0])
    return written


def _readings(reading: Reading, codings: tuple[Coding, ...]) -> Iterator[tuple[Item, str, Coding]]:
    """Yield the items that codes ask for, and how to read each: our maps, else the dictionary's own codes."""
    mapped = False
    for meaning, coding in reading.maps.each("item", codings):
        mapped = True
        name, _, how = meaning.partition(":")
        item = reading.dictionary.items.get(name)
        if item is None:
            reading.lose(coding.pointer, f"le dictionnaire n'a pas `{name}`", coding)
        else:
            yield item, how, coding
    if not mapped:
        yield from _declared(reading, codings)


def _declared(reading: Reading, codings: tuple[Coding, ...]) -> Iterator[tuple[Item, str, Coding]]:
    for coding in codings:
        for item in reading.dictionary.items.values():
            if coding.code in item.codes.get(coding.system, ()):
                yield item, {"booleen": "oui_non", "enumeration": "presence"}.get(item.kind, QUANTITY), coding


def _read_size(reading: Reading, observation: Element, setting: Setting) -> None:
    """Read a tumour's size: clinical or pathological by its method, category or specimen."""
    codings = observation["code"].codings()
    part = next((c for c in observation.each("component") if _is_largest(c)), observation)
    name = _size_item(reading, observation)
    item = reading.dictionary.items.get(name)
    if item is None:
        reading.lose(observation.pointer, "taille dont la source (imagerie ou pièce) n'est pas dite", codings[0])
        return
    for leaf in leaves_of(reading, part, item, QUANTITY, codings[0], setting):
        reading.use_all((*codings, *part["code"].codings()))
        reading.put(name, leaf, setting.tumour)


def _is_largest(component: Element) -> bool:
    return any(coding.code == _LARGEST for coding in component["code"].codings())


def _size_item(reading: Reading, observation: Element) -> str:
    method = observation["method"].codings()
    categories = [coding for category in observation.each("category") for coding in category.codings()]
    if reading.maps.first("contexte", method) == _PATHOLOGY:
        reading.use_all(method)
        return "taille_p"
    if any(coding.code == _IMAGING for coding in categories) or reading.maps.first("contexte", method) == "c":
        reading.use_all((*method, *categories))
        return "taille_c"
    return "taille_p" if observation["specimen"] else ""
