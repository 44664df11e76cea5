"""From codes to concepts: the ontology's own code tables, and the few codes that stand for one it knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from api.adapters.fhir_elements import Coding
from api.adapters.fhir_own import CONCEPTS
from api.adapters.fhir_reading import Reading

_CLINICAL_MODIFICATION = re.compile(r"([A-Z]\d\d)(?:\.?(\d))?[\dA-Z]*", re.ASCII)
SECONDARY = ("C77", "C78", "C79", "C7B")  # the categories of metastases
CANCER = ("topographie", "morphologie", "entite")


def absent_of(reading: Reading, codings: Iterable[Coding], *branches: str) -> tuple[Any, Coding] | None:
    """Return what a sheet says for a code of what is absent: none that is finer than the concepts, for that isn't all of one."""
    known = [coding for coding in codings if coding.system == CONCEPTS or _is_exact(reading, coding, branches)]
    return concept_of(reading, known, *branches)


def _is_exact(reading: Reading, coding: Coding, branches: tuple[str, ...]) -> bool:
    """Say whether a concept of these branches has just this code."""
    found = (i for system, code in exact(reading, coding) for i in reading.ontology.exactly(system, code))
    return any(_branch(reading, identifier) in branches for identifier in found)


def concept_of(reading: Reading, codings: Iterable[Coding], *branches: str) -> tuple[Any, Coding] | None:
    """Return what a sheet says for the first code that the ontology knows in these branches, with that code."""
    for coding in own_first(codings):
        if coding.system == CONCEPTS and _branch(reading, coding.code) in branches:
            return coding.code, coding
        for system, code in spellings(reading, coding):
            found = [i for i in reading.ontology.resolve(system, code) if _branch(reading, i) in branches]
            if found:
                return _said(reading, found, system, code), coding
    return None


def own_first(codings: Iterable[Coding]) -> list[Coding]:
    """Return our own code of a concept alone where there is one: the others are translations of it, perhaps coarser."""
    said = list(codings)
    return [coding for coding in said if coding.system == CONCEPTS] or said


def branches_of(reading: Reading, value: Any) -> set[str]:
    """Return the branches that a value found above speaks of; an entity speaks of its axes."""
    if isinstance(value, str):
        concept = reading.ontology.concepts[value]
        return set(concept.unfolds) if concept.branch == "entite" else {concept.branch}
    return {_branch(reading, i) for i in reading.ontology.resolve(value["systeme"], value["code"])}


def spellings(reading: Reading, coding: Coding) -> Iterator[tuple[str, str]]:
    """Yield the code itself, what it stands for, and the coarser code above it, exact ones first."""
    yield from exact(reading, coding)
    if coding.system in ("ICD-10-CM", "CIM-10"):
        yield from _coarser(coding.code)


def exact(reading: Reading, coding: Coding) -> Iterator[tuple[str, str]]:
    """Yield the code itself and what it stands for."""
    yield coding.key
    for meaning in reading.maps.meanings("pivot", coding):
        system, _, code = meaning.rpartition(" ")
        yield system, code


def is_secondary(reading: Reading, codings: Iterable[Coding]) -> bool:
    """Say whether a code means a metastasis."""
    return any(
        (c.system in ("CIM-10", "ICD-10-CM") and c.code[:3] in SECONDARY) or reading.maps.meanings("secondaire", c)
        for c in codings
    )


def _coarser(code: str) -> Iterator[tuple[str, str]]:
    """Yield the ICD-10 codes above a code: the American edition adds characters to the first four."""
    found = _CLINICAL_MODIFICATION.fullmatch(code)
    if found:
        category, fourth = found.groups()
        if fourth:
            yield "CIM-10", f"{category}.{fourth}"
        yield "CIM-10", category


def _said(reading: Reading, ids: list[str], system: str, code: str) -> Any:
    entities = [i for i in ids if _branch(reading, i) == "entite"]
    only = entities or ids
    return only[0] if len(only) == 1 else {"systeme": system, "code": code}


def _branch(reading: Reading, identifier: str) -> str:
    concept = reading.ontology.concepts.get(identifier)
    return concept.branch if concept else ""
