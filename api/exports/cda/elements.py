"""XML of HL7 CDA R2, written with the standard library: elements, codes, identifiers, narrative tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from api.exports import CANONICAL

HL7, SCHEMA = "urn:hl7-org:v3", "http://www.w3.org/2001/XMLSchema-instance"
LOINC, SNOMED, NCIT = "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96", "2.16.840.1.113883.3.26.1.1"
TERMS = "1.2.250.1.213.1.1.4.322"  # TA_ASIP, the terms of the French agency
NAMES = {
    LOINC: "LOINC",
    SNOMED: "SNOMED CT",
    NCIT: "NCIT",
    TERMS: "TA_ASIP",
    "2.16.840.1.113883.6.3": "CIM-10",
    "2.16.840.1.113883.6.43.1": "CIM-O",
    "2.16.840.1.113883.15.6": "TNM_UICC",
}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_NAME = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Coded:
    """A code with the OID of its system and its French name."""

    code: str
    system: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Gives entries their identifiers: the same seed and place always give the same one."""

    seed: str

    def of(self, *place: object) -> str:
        """Return an OID below 2.25 (ITU-T X.667), from a UUID of version 5."""
        name = "|".join((CANONICAL, self.seed, *map(str, place)))
        return f"2.25.{uuid5(NAMESPACE_URL, name).int}"


def element(
    name: str, attributes: Mapping[str, str] | None = None, *children: Element | None, text: str = ""
) -> Element:
    """Return an element; children that are None are left out."""
    made = Element(name, {key: legal(value) for key, value in (attributes or {}).items()})
    made.text = legal(text) or None
    made.extend(child for child in children if child is not None)
    return made


def legal(text: str) -> str:
    """Return a text without the characters that XML 1.0 can't carry."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def code(name: str, coded: Coded, *children: Element | None, of_type: str = "", version: str = "") -> Element:
    """Return a coded element: `code`, `value`, `targetSiteCode`…"""
    attributes = {"xsi:type": of_type} if of_type else {}
    attributes |= {"code": coded.code}
    attributes |= {"displayName": coded.name} if coded.name else {}
    attributes |= {"codeSystem": coded.system}
    attributes |= {"codeSystemName": NAMES[coded.system]} if coded.system in NAMES else {}
    attributes |= {"codeSystemVersion": version} if version else {}
    return element(name, attributes, *children)


def unknown(name: str, flavor: str, *children: Element | None, of_type: str = "") -> Element:
    """Return an element that says why it holds nothing (HL7 NullFlavor)."""
    return element(name, ({"xsi:type": of_type} if of_type else {}) | {"nullFlavor": flavor}, *children)


def reference(anchor: str) -> Element:
    """Return a reference to a place of the narrative."""
    return element("reference", {"value": f"#{anchor}"})


def original(anchor: str) -> Element:
    """Return the original text of a code, which stands in the narrative."""
    return element("originalText", None, reference(anchor))


def moment(day: str, name: str = "effectiveTime", otherwise: str = "UNK") -> Element:
    """Return a time from `2026-03-01`, `2026-03` or `2026`; with the null flavour where there is none."""
    return element(name, {"value": day.replace("-", "")}) if day else unknown(name, otherwise)


def span(low: str = "", high: str | None = "") -> Element:
    """Return an interval of days; an end that nobody said has a null flavour, `high=None` leaves it out."""
    ends = [moment(low, "low"), None if high is None else moment(high, "high")]
    return element("effectiveTime", None, *ends)


# --- narrative ---


def anchor(*parts: object) -> str:
    """Return a name that an XML ID may have."""
    return _NOT_NAME.sub("_", "-".join(("oncorules", *map(str, parts))))


def content(identifier: str, text: str) -> Element:
    """Return a piece of narrative that entries refer to."""
    return element("content", {"ID": identifier}, text=text)


def paragraph(text: str, identifier: str = "") -> Element:
    """Return a paragraph, with a place to refer to if it is named."""
    return element("paragraph", None, content(identifier, text)) if identifier else element("paragraph", text=text)


def table(headers: Sequence[str], rows: Iterable[Sequence[str | Element]]) -> Element:
    """Return a table of the narrative block."""
    head = element("tr", None, *(element("th", text=each) for each in headers))
    body = [element("tr", None, *(_cell(each) for each in row)) for row in rows]
    return element("table", {"border": "0"}, element("thead", None, head), element("tbody", None, *body))


def _cell(each: str | Element) -> Element:
    return element("td", text=each) if isinstance(each, str) else element("td", None, each)


# --- documents ---


def written(root: Element) -> bytes:
    """Return a root element of the CDA namespace as XML in UTF-8."""
    root.set("xmlns", HL7)
    root.set("xmlns:xsi", SCHEMA)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"
