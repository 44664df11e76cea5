"""A way through FHIR's JSON that never fails: an element is a value and its place, absent ones are empty."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_DATE = re.compile(r"(\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?)(?:T.*)?$", re.ASCII | re.DOTALL)
_LONGEST_CODE = 200

SYSTEMS: Mapping[str, str] = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://www.whocc.no/atc": "ATC",
    "http://hl7.org/fhir/sid/icd-10": "CIM-10",
    "http://hl7.org/fhir/sid/icd-10-fr": "CIM-10",
    "urn:oid:2.16.840.1.113883.6.3": "CIM-10",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://terminology.hl7.org/CodeSystem/icd-o-3": "CIM-O-3",
    "http://hl7.org/fhir/sid/icd-o-3": "CIM-O-3",
    "urn:oid:2.16.840.1.113883.6.43.1": "CIM-O-3",
    "urn:oid:1.2.250.1.213.2.11": "ADICAP",
    "urn:oid:1.2.250.1.213.2.5": "CCAM",
    "urn:oid:1.2.250.1.213.1.1.4.322": "TA_ASIP",
    "urn:oid:1.3.6.1.4.1.19376.1.8.2.1": "PathLex",
    "http://www.genenames.org": "HGNC",
    "http://www.genenames.org/geneId": "HGNC",
    "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl": "NCIt",
    "http://ncithesaurus-stage.nci.nih.gov": "NCIt",
    "http://oncotree.mskcc.org": "OncoTree",
    "http://cancerstaging.org": "AJCC",
    "http://varnomen.hgvs.org": "HGVS",
    "http://www.sequenceontology.org/": "SO",
    "http://www.sequenceontology.org": "SO",
    "http://www.ncbi.nlm.nih.gov/gtr": "GTR",
    "http://unitsofmeasure.org": "UCUM",
    "http://terminology.hl7.org/CodeSystem/data-absent-reason": "HL7 data-absent-reason",
    "http://terminology.hl7.org/CodeSystem/condition-ver-status": "HL7 condition-ver-status",
    "http://terminology.hl7.org/CodeSystem/condition-clinical": "HL7 condition-clinical",
    "http://terminology.hl7.org/CodeSystem/v3-RoleCode": "HL7 v3-RoleCode",
}


@dataclass(frozen=True, slots=True)
class Coding:
    """One code of a terminology, and where it stands in the bundle."""

    system: str
    code: str
    pointer: str

    @property
    def key(self) -> tuple[str, str]:
        """Return what the maps are asked with."""
        return self.system, self.code

    def as_json(self) -> dict[str, str]:
        """Return the code as a sheet's origin keeps it."""
        return {"systeme": self.system, "code": self.code}


@dataclass(frozen=True, slots=True)
class Element:
    """A value somewhere in the bundle; `value` is None where nothing stands."""

    value: Any
    pointer: str

    def __bool__(self) -> bool:
        """Say whether something stands here."""
        return self.value is not None

    def __getitem__(self, key: str) -> Element:
        """Return the child of that name, empty if there is none."""
        inner = self.value.get(key) if isinstance(self.value, Mapping) else None
        return Element(inner, f"{self.pointer}/{key.replace('~', '~0').replace('/', '~1')}")

    def each(self, key: str) -> Iterator[Element]:
        """Yield the children in a list of that name; one that is no list is its own only child."""
        child = self[key]
        if isinstance(child.value, list | tuple):
            for number, inner in enumerate(child.value):
                if inner is not None:
                    yield Element(inner, f"{child.pointer}/{number}")
        elif child:
            yield child

    def text(self) -> str:
        """Return the text here, or an empty one."""
        return self.value.strip() if isinstance(self.value, str) else ""

    def number(self) -> int | float | Decimal | None:
        """Return the finite number here, if it is one."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float | Decimal):
            return None
        number: int | float | Decimal = self.value
        return number if -(10**12) < number < 10**12 else None

    def date(self) -> str:
        """Return the day, month or year here as FHIR writes it, without the time; empty if it is no date."""
        found = _DATE.match(self.text())
        return found[1] if found else ""

    def codings(self) -> tuple[Coding, ...]:
        """Return the codes of a CodeableConcept, of a list of them, or of a Coding."""
        if isinstance(self.value, list | tuple):
            inner = (Element(value, f"{self.pointer}/{number}") for number, value in enumerate(self.value))
            return tuple(
                coding for element in inner if isinstance(element.value, Mapping) for coding in element.codings()
            )
        if self["coding"]:
            return tuple(coding for element in self.each("coding") if (coding := _coding(element)))
        only = _coding(self)
        return (only,) if only else ()

    def extensions(self, name: str) -> Iterator[Element]:
        """Yield the extensions whose address ends with `name`."""
        for extension in self.each("extension"):
            if extension["url"].text().rsplit("/", 1)[-1] == name:
                yield extension

    def has_profile(self, name: str) -> bool:
        """Say whether the resource declares a profile of that name."""
        profiles = self["meta"].each("profile")
        return any(p.text().rsplit("/", 1)[-1].partition("|")[0].removeprefix("mcode-") == name for p in profiles)


def _coding(element: Element) -> Coding | None:
    system, code = element["system"].text(), element["code"].text()
    if not system or not code or len(code) > _LONGEST_CODE:
        return None
    known = SYSTEMS.get(system, system)
    return Coding(known, _spelled(known, code), element.pointer)


def _spelled(system: str, code: str) -> str:
    """Return the code as the terminology writes it: some senders leave the prefix of HGNC out."""
    return f"HGNC:{code}" if system == "HGNC" and code.isdigit() else code
