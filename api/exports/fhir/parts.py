"""The small parts that our FHIR R4 resources are made of: extensions, codings, references, narrative, entries of a bundle."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from api.adapters.fhir_elements import SYSTEMS
from api.exports import CANONICAL
from engine.canonical import canonical

Json = dict[str, Any]

NAMESPACE = UUID("8d0b1b5c-0f6e-5a53-9a0e-7f1c6e1f4d10")  # chosen once: a name space of our own
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
EXPRESSIONS = "text/x-oncorules"  # the language of conditions, as the base writes them
# a name of ours → the first address that the FHIR reader takes for it, so that what goes out can come in again
_URIS: Mapping[str, str] = {name: uri for uri, name in reversed(tuple(SYSTEMS.items()))}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def extension(name: str, **value: Any) -> Json:
    """Return one of our extensions, as `extension("grade", string="A")`; empty without a value."""
    return part(f"{CANONICAL}/StructureDefinition/{name}", **value)


def extensions(name: str, parts: Iterable[Json]) -> Json:
    """Return one of our extensions made of parts; empty without any."""
    return whole(f"{CANONICAL}/StructureDefinition/{name}", parts)


def part(name: str, **value: Any) -> Json:
    """Return a part of an extension, its value typed by the keyword (`code`, `string`, `boolean`, `codeableConcept`, …)."""
    ((kind, said),) = value.items()
    if said in (None, "", [], {}):
        return {}
    return {"url": name, f"value{kind[0].upper()}{kind[1:]}": str(said) if kind in ("string", "code") else said}


def whole(name: str, parts: Iterable[Json]) -> Json:
    """Return a part made of parts; empty without any."""
    kept = [each for each in parts if each]
    return {"url": name, "extension": kept} if kept else {}


def absent(reason: str) -> Json:
    """Return what stands beside an element that FHIR wants and nothing says: why it has no value."""
    return {"extension": [{"url": ABSENT, "valueCode": reason}]}


def coding(table: str, code: str, display: str = "") -> Json:
    """Return a code of one of our own tables (`verdict`, `item`, `concept`, …)."""
    return {"system": f"{CANONICAL}/CodeSystem/{table}", "code": token(code), "display": display}


def concept(table: str, code: str, display: str = "") -> Json:
    """Return a CodeableConcept of one of our own tables."""
    return {"coding": [coding(table, code, display)], "text": display or code}


def terminology(code: str, system: str) -> Json:
    """Return a code of a terminology that we name (`CIM-10`, `CIM-O-3`); empty if it has no address in FHIR."""
    uri = _URIS.get(system, system if ":" in system else "")
    return {"system": uri, "code": token(code)} if uri else {}


def address_of(system: str) -> str:
    """Return the address that FHIR uses for a terminology that we name, or an empty text."""
    return _URIS.get(system, "")


def token(text: object) -> str:
    """Return a text as FHIR writes codes: no space around, one between."""
    return " ".join(str(text).split())


def narrative(lines: Iterable[str]) -> Json:
    """Return the text of a resource, one paragraph a line."""
    said = "".join(f"<p>{html.escape(_clean(line), quote=False)}</p>" for line in lines if line)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{said}</div>'} if said else {}


def tidy(value: Any) -> Any:
    """Return a value as FHIR's JSON has it: nothing empty, no control character."""
    if isinstance(value, Mapping):
        kept = {key: tidy(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [inner for inner in map(tidy, value) if inner not in (None, "", [], {})]
    if isinstance(value, str):
        return _clean(value) if value.strip() else ""
    return value


def _clean(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def notice_tags(notice: str | None) -> list[Json]:
    """Return the tag that says that content is still to be validated; none where it is."""
    return [coding("notice", "a-valider", notice)] if notice else []


@dataclass(slots=True)
class Entries:
    """The resources of one bundle; each is named by the decision and its own content, so the same twice is one entry."""

    decision: str
    notice: str | None = None
    found: dict[str, Json] = field(default_factory=dict)

    def add(self, kind: str, body: Mapping[str, Any]) -> Json:
        """Keep a resource and return the reference to it."""
        resource = tidy({"resourceType": kind, "meta": {"tag": notice_tags(self.notice)}, **body})
        name = str(uuid5(NAMESPACE, f"{self.decision} {canonical(resource)}"))
        self.found[f"urn:uuid:{name}"] = {"resourceType": kind, "id": name, **resource}
        return {"reference": f"urn:uuid:{name}", "type": kind}

    def bundle(self, kind: str) -> Json:
        """Return the bundle of all that was kept, in the order it came."""
        entries = [{"fullUrl": url, "resource": resource} for url, resource in self.found.items()]
        name = str(uuid5(NAMESPACE, f"{self.decision} {canonical(list(self.found))}"))
        return {
            "resourceType": "Bundle",
            "id": name,
            **tidy({"meta": {"tag": notice_tags(self.notice)}}),
            "identifier": {"system": f"{CANONICAL}/decision", "value": self.decision},
            "type": kind,
            "entry": entries,
        }


_TRUTHS = {"fr": {"true": "vrai", "false": "faux", "unknown": "inconnu"}, "en": {"true": "true", "false": "false", "unknown": "unknown"}}  # fmt: skip


def told(node: Mapping[str, Any] | None, lang: str) -> str:
    """Return an explanation in one text: each criterion at its bottom, what it was worth and the value used."""
    return " ; ".join(dict.fromkeys(_told(node, lang))) if node else ""


def _told(node: Mapping[str, Any], lang: str) -> Iterator[str]:
    below = node.get("nodes")
    if below:
        for each in below:
            yield from _told(each, lang)
    elif node.get("text"):
        value = f" ({node['value']})" if node.get("value") and node.get("value") != "—" else ""
        yield f"{node['text']} : {_TRUTHS[lang][node['truth']]}{value}"


def applicability(node: Mapping[str, Any] | None) -> list[Json]:
    """Return a condition as FHIR's `condition` of an action, with the truth it came to."""
    if not node or not node.get("text"):
        return []
    expression = {"language": EXPRESSIONS, "expression": node["text"]}
    return [{"extension": [extension("truth", code=node["truth"])], "kind": "applicability", "expression": expression}]


def wanted(item: Mapping[str, Any]) -> Json:
    """Return the CodeableConcept of an item that is wanted, its question as the text."""
    return concept("item", item["item"], item["label"]) | {"text": item["question"]}
