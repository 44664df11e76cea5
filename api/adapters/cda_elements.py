"""A way through a CDA tree that never fails: a node is an element and its place, absent ones are empty."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from api.adapters.cda_xml import data_type, local
from api.adapters.fhir_elements import Coding

_DATE = re.compile(
    r"(\d{4})(?:(0[1-9]|1[0-2])(?:(0[1-9]|[12]\d|3[01])(?:\d{2,6}(?:\.\d+)?)?)?)?(?:[+-]\d{4})?", re.ASCII
)
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_LONGEST_CODE = 80
_NARRATIVE = "text"
NULL_FLAVOR = "HL7 NullFlavor"

SYSTEMS: Mapping[str, str] = {
    "2.16.840.1.113883.6.1": "LOINC",
    "2.16.840.1.113883.6.96": "SNOMED CT",
    "1.2.250.1.213.1.1.4.322": "TA_ASIP",
    "1.2.250.1.213.1.1.4.2.281": "TA_RCP",
    "2.16.840.1.113883.6.3": "CIM-10",
    "2.16.840.1.113883.6.43.1": "CIM-O-3",
    "1.2.250.1.213.2.11": "ADICAP",
    "2.16.840.1.113883.3.26.1.1": "NCIt",
    "2.16.840.1.113883.15.6": "TNM",
    "1.2.250.1.213.2.47": "TNM",
    "2.16.840.1.113883.6.281": "HGNC",
    "1.2.250.1.213.2.60": "HGNC",
    "2.16.840.1.113883.6.73": "ATC",
    "1.3.6.1.4.1.19376.1.8.2.1": "PathLex",
    "1.2.250.1.213.2.5": "CCAM",
    "1.2.250.1.213.2.12": "SNOMED 3.5",
    "1.2.250.1.213.2.62": "UCD",
    "1.2.250.1.213.2.59": "Medicabase",
    "2.16.840.1.113883.5.1": "HL7 AdministrativeGender",
    "2.16.840.1.113883.5.83": "HL7 ObservationInterpretation",
    "2.16.840.1.113883.4.642.1.1074": "HL7 condition-clinical",
}


@dataclass(frozen=True, slots=True)
class Node:
    """An element somewhere in the document; `element` is None where nothing stands."""

    element: Any
    places: Mapping[Any, str]

    def __bool__(self) -> bool:
        """Say whether something stands here."""
        return self.element is not None

    def __getitem__(self, name: str) -> Node:
        """Return the first child of that name, empty if there is none."""
        return next(self.each(name), Node(None, self.places))

    @property
    def pointer(self) -> str:
        """Return the XPath of the element, without prefixes."""
        return self.places.get(self.element, "") if self else ""

    @property
    def name(self) -> str:
        """Return the name of the element."""
        return local(self.element) if self else ""

    def each(self, *names: str) -> Iterator[Node]:
        """Yield the children of these names, all of them if there is none."""
        if self:
            for child in self.element.iterchildren(*_patterns(names)):
                yield Node(child, self.places)

    def within(self, *names: str) -> Iterator[Node]:
        """Yield every element of these names below this one and outside narrative, in the order of the document."""
        if self:
            for inner in self.element.iterdescendants(*_patterns(names)):
                if inner in self.places:
                    yield Node(inner, self.places)

    def above(self, name: str) -> Node:
        """Return the nearest element of that name around this one."""
        around = self.element.iterancestors(*_patterns((name,))) if self else iter(())
        return Node(next(around, None), self.places)

    def attribute(self, name: str) -> str:
        """Return an attribute, empty if there is none."""
        return str(self.element.get(name, "")).strip() if self else ""

    def text(self) -> str:
        """Return the text directly here."""
        return str(self.element.text or "").strip() if self else ""

    @property
    def type(self) -> str:
        """Return the data type that a value declares."""
        return data_type(self.element) if self else ""

    def is_of(self, *templates: str) -> bool:
        """Say whether the element declares one of these templates."""
        return any(each.attribute("root") in templates for each in self.each("templateId"))

    def codings(self) -> tuple[Coding, ...]:
        """Return the code here and its translations."""
        return tuple(c for each in (self, *self.each("translation")) if (c := _coding(each)))

    def flavor(self) -> Coding | None:
        """Return the null flavour here."""
        said = self.attribute("nullFlavor")
        return Coding(NULL_FLAVOR, said[:_LONGEST_CODE], self.pointer) if said else None

    def date(self) -> str:
        """Return the day, month or year of a time, or of the start of an interval; empty if it says none."""
        return self._day("value") or self["low"]._day("value")

    def end(self) -> str:
        """Return the end of an interval."""
        return self["high"]._day("value")

    def _day(self, name: str) -> str:
        found = _DATE.fullmatch(self.attribute(name))
        return "-".join(part for part in found.groups() if part) if found else ""

    def number(self) -> Decimal | int | None:
        """Return the number that a value holds."""
        said = self.attribute("value")
        if not _NUMBER.fullmatch(said):
            return None
        number = Decimal(said)
        return int(number) if number == number.to_integral_value() else number

    def boolean(self) -> bool | None:
        """Return the truth that a value holds."""
        return {"true": True, "1": True, "false": False, "0": False}.get(self.attribute("value"))


@lru_cache(maxsize=1024)
def _patterns(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names in any namespace, as lxml filters by."""
    return tuple(f"{{*}}{name}" for name in names)


def node_of(root: Any) -> Node:
    """Return the document's root with the place of every element; what is inside a narrative `text` has none."""
    places = {root: f"/{local(root)}"}
    waiting = [root]
    while waiting:
        element = waiting.pop()
        counts: dict[str, int] = {}
        for child in element:
            counts[local(child)] = counts.get(local(child), 0) + 1
        seen: dict[str, int] = {}
        for child in element:
            name = local(child)
            seen[name] = seen.get(name, 0) + 1
            places[child] = f"{places[element]}/{name}" + (f"[{seen[name]}]" if counts[name] > 1 else "")
            if name != _NARRATIVE and len(child):
                waiting.append(child)
    return Node(root, places)


def _coding(node: Node) -> Coding | None:
    code, system = node.attribute("code"), node.attribute("codeSystem")
    if not code or not system or len(code) > _LONGEST_CODE:
        return None
    return Coding(SYSTEMS.get(system, system), code, node.pointer)
