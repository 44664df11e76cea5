"""Changes of an XML document: elements, attributes, codes, sections, depth, sizes; then of its bytes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from lxml import etree

from tests.fuzz.texts import CODES, DATES, NUMBERS, SYSTEMS, TEXTS, UNITS, some

ATTRIBUTES = (
    "code", "codeSystem", "codeSystemVersion", "value", "unit", "nullFlavor", "negationInd", "moodCode", "root", "extension",
    "typeCode", "{http://www.w3.org/2001/XMLSchema-instance}type", "inclusive", "displayName", "ID",
)  # fmt: skip
WORDS = {
    "moodCode": ("EVN", "INT", "RQO", "PRP", "GOL", ""), "negationInd": ("true", "false", "1", "maybe"), "nullFlavor": ("UNK", "NA", "OTH", "XX"),
    "code": CODES, "codeSystem": SYSTEMS, "unit": UNITS, "value": (*NUMBERS, *DATES, "true", "false"), "codeSystemVersion": ("6", "7", "8", "9", "2017"),
    "{http://www.w3.org/2001/XMLSchema-instance}type": ("CD", "PQ", "BL", "IVL_PQ", "ST", "INT", "TS", "x:y:z", ""),
}  # fmt: skip
Change = Callable[[Random, Any, list[Any]], None]


def changed(random: Random, body: bytes) -> bytes:
    """Return an XML document after some changes of its tree."""
    root = etree.fromstring(body)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        elements = [each for each in root.iter() if isinstance(each.tag, str)]
        random.choice(CHANGES)(random, root, elements)
    encoding = random.choice(("utf-8",) * 9 + ("iso-8859-1", "utf-16", "us-ascii"))
    return bytes(etree.tostring(root, xml_declaration=True, encoding=encoding))


def _inner(random: Random, elements: list[Any]) -> Any:
    return elements[random.randint(0, len(elements) - 1)]


def _drop(random: Random, root: Any, elements: list[Any]) -> None:
    element = _inner(random, elements)
    if element.getparent() is not None:
        element.getparent().remove(element)


def _double(random: Random, root: Any, elements: list[Any]) -> None:
    element = _inner(random, elements)
    if element.getparent() is not None:
        times = random.choice((1, 1, 2, 60))
        for _ in range(times if len(element) < 30 else 1):
            element.addnext(copy.deepcopy(element))


def _swap(random: Random, root: Any, elements: list[Any]) -> None:
    """Put a copy of one element in the place of another: sections, entries, values."""
    one, other = _inner(random, elements), _inner(random, elements)
    if one.getparent() is not None and other.getparent() is not None:
        one.getparent().replace(one, copy.deepcopy(other))


def _rename(random: Random, root: Any, elements: list[Any]) -> None:
    element, other = _inner(random, elements), _inner(random, elements)
    if element is not root:
        element.tag = random.choice((other.tag, other.tag, "value", "{urn:x}value", "{urn:hl7-org:v3}observation"))


def _attribute(random: Random, root: Any, elements: list[Any]) -> None:
    element = _inner(random, elements)
    name = random.choice((*element.attrib, *ATTRIBUTES))
    if random.randint(0, 4) == 0:
        element.attrib.pop(name, None)
        return
    element.set(name, _plain(random.choice(WORDS.get(name, TEXTS)) if random.randint(0, 3) else some(random)))


def _code(random: Random, root: Any, elements: list[Any]) -> None:
    """Give an element the code of another: every table is asked in places where it is not meant."""
    coded = [each for each in elements if each.get("code")]
    if coded:
        one, other = _inner(random, coded), _inner(random, coded)
        for name in ("code", "codeSystem"):
            if other.get(name):
                one.set(name, other.get(name))


def _template(random: Random, root: Any, elements: list[Any]) -> None:
    """Give the document another's type, so that one reader reads what is written for another."""
    roots = ("1.8", "1.26", "1.32", "1.51", "1.13", "1.55", "1.57")
    first = next(iter(root.iter("{*}templateId")), None)
    if first is not None:
        others = ["1.3.6.1.4.1.19376.1.8.1.1.2.3", "1.3.6.1.4.1.19376.1.8.1.1.1"]
        first.set("root", random.choice([f"1.2.250.1.213.1.1.{end}" for end in roots] + others))


def _deepen(random: Random, root: Any, elements: list[Any]) -> None:
    element = _inner(random, elements)
    parent = element.getparent()
    for _ in range(random.choice((1, 3, 30, 90, 200)) if parent is not None else 0):
        around = etree.Element(element.tag)
        parent.replace(element, around)
        around.append(element)
        parent = around


def _text(random: Random, root: Any, elements: list[Any]) -> None:
    _inner(random, elements).text = _plain(some(random) * random.choice((1, 1, 1, 100)))


def _empty(random: Random, root: Any, elements: list[Any]) -> None:
    element = _inner(random, elements)
    if element is not root:
        for child in list(element):
            element.remove(child)


def _same_ids(random: Random, root: Any, elements: list[Any]) -> None:
    for element in elements:
        if element.get("root") and element.tag.endswith("}id"):
            element.set("extension", "1")
        if element.get("ID"):
            element.set("ID", "same")


def _plain(text: str) -> str:
    """Return a text that XML can hold."""
    return "".join(letter for letter in text if letter in "\t\n" or letter >= " ")


CHANGES: tuple[Change, ...] = (
    _drop, _double, _swap, _rename, _attribute, _attribute, _attribute, _code, _code, _template, _deepen, _text, _empty, _same_ids
)  # fmt: skip
