"""What tests of exports share: answers, a skeleton of an entry, and the parts of a written document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from api.documents import from_bytes
from api.evaluate import Service
from tests.agreement.shipped import base
from tests.conftest import ROOT

HL7 = "{urn:hl7-org:v3}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
PROPOSAL, FRAME = "1.2.250.1.213.1.1.2.158", "1.2.250.1.213.1.1.2.175"
EXAMPLES = ("sein-a", "sein-b", "sein-her2", "sein-metastatique", "deux-tumeurs")
_KEPT = ("classCode", "moodCode", "negationInd", "inversionInd", "typeCode")


@cache
def answer(name: str) -> dict[str, Any]:
    """Return the full answer to a shipped example."""
    return answered((ROOT / f"knowledge/examples/{name}.json").read_bytes())


def answered(sheet: bytes, **query: Any) -> dict[str, Any]:
    """Return the answer to a sheet."""
    document = from_bytes(sheet, "application/json")
    asked = {"today": date(2026, 11, 25), "region": "FR-GES"} | query
    return service().evaluate([document], **asked)


@cache
def service() -> Service:
    """Return the shipped base, ready to evaluate."""
    return Service(base())


def fiches() -> list[Path]:
    """Return the whole fiches of all sites."""
    return sorted((ROOT / "knowledge/cases").glob("*/*.json"))


# --- documents ---


def sections(root: Element) -> Mapping[str, Element]:
    """Return the sections of a document by their last template."""
    found = {}
    for each in root.iter(f"{HL7}section"):
        roots = [template.get("root", "") for template in each.findall(f"{HL7}templateId")]
        found[roots[-1]] = each
    return found


def entries(section: Element) -> Iterator[tuple[str, Element]]:
    """Yield the entries of a section with what tells their kind: element and code, or element alone for a treatment."""
    for entry in section.findall(f"{HL7}entry"):
        body = entry[0]
        code = body.find(f"{HL7}code")
        assert code is not None
        kind = name(body)
        yield (kind if kind == "procedure" else f"{kind} {code.get('code')}"), body


def skeleton(node: Element, kind: str = "") -> Any:
    """Return a node without its values: names and order, templates, class and mood, codes with their systems, types.

    Left out, because they are content: identifiers (a second one too), days, truths, the code of a treatment type, the
    media type that one text of the national example declares.
    """
    told: dict[str, str] = {key: node.attrib[key] for key in _KEPT if key in node.attrib}
    if name(node) == "templateId":
        told["root"] = node.attrib["root"]
    if TYPE in node.attrib:
        told["type"] = node.attrib[TYPE]
    if "code" in node.attrib and kind != "procedure":
        told |= {key: node.attrib[key] for key in ("code", "codeSystem") if key in node.attrib}
    inner: list[Any] = []
    for child in node:
        below = skeleton(child, name(node) if name(child) == "code" else "")
        if not (name(child) == "id" and inner and inner[-1] == below):
            inner.append(below)
    return name(node), told, inner


def name(node: Element) -> str:
    """Return the name of an element."""
    return str(node.tag).removeprefix(HL7)


def parsed(body: bytes) -> Element:
    """Return the root of a document that is well formed."""
    return ElementTree.fromstring(body)


def check_references(root: Element) -> None:
    """Every place of the narrative has one name, every reference leads to one, every identifier is used once."""
    places = [each.attrib["ID"] for each in root.iter() if "ID" in each.attrib]
    assert len(places) == len(set(places))
    referred = {each.attrib["value"].removeprefix("#") for each in root.iter(f"{HL7}reference")}
    assert referred <= set(places)
    identifiers = [
        each.attrib["root"]
        for each in root.iter(f"{HL7}id")
        if "root" in each.attrib and "extension" not in each.attrib
    ]
    assert len(identifiers) == len(set(identifiers))
    assert all(each.startswith("2.25.") and each.removeprefix("2.25.").isdigit() for each in identifiers)
