"""CDA codes in the spellings that tables and ontology know: dots, prefixes, eight-letter ADICAP, symbols, older codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from api.adapters.cda_elements import Node
from api.adapters.fhir_concepts import CANCER, absent_of, branches_of, concept_of
from api.adapters.fhir_elements import Coding
from api.adapters.fhir_reading import Reading

_DISEASE = re.compile(r"([A-Z]\d\d)\.?(\d{1,2})?\+?", re.ASCII)
_MORPHOLOGY = re.compile(r"M?-?(\d{4})/?(\d)", re.ASCII)
_ADICAP = re.compile(r"[A-Z]{2}([A-Z]{2})([A-Z][A-Z0-9]{3})", re.ASCII)
SECONDARY = "/6"


def known(reading: Reading, codings: Iterable[Coding]) -> list[Coding]:
    """Return the codes as written, then what each stands for, all at the place where they were written."""
    found = []
    for coding in codings:
        found.append(coding)
        found += [Coding(system, code, coding.pointer) for system, code in _spelled(reading, coding)]
    return found


def _spelled(reading: Reading, coding: Coding) -> Iterator[tuple[str, str]]:
    for meaning in reading.maps.meanings("cda-pivot", coding):
        system, _, code = meaning.rpartition(" ")
        yield system, code
    disease, morphology = _DISEASE.fullmatch(coding.code), _MORPHOLOGY.fullmatch(coding.code)
    if coding.system in ("CIM-10", "CIM-O-3") and disease:
        yield coding.system, disease[1] + (f".{disease[2]}" if disease[2] else "")
    if coding.system in ("CIM-O-3", "SNOMED 3.5") and morphology:
        yield "CIM-O-3", f"{morphology[1]}/{morphology[2]}"
    adicap = _ADICAP.fullmatch(coding.code)
    if coding.system == "ADICAP" and adicap:
        yield "ADICAP", adicap[2]
        yield "ADICAP", adicap[1]
    if coding.system == "HGNC" and coding.code.isdigit():
        yield "HGNC", f"HGNC:{coding.code}"


def meaning_of(reading: Reading, usage: str, codings: Iterable[Coding]) -> tuple[str, Coding] | None:
    """Return what a table says of the first code it knows, with the code as it was written."""
    for coding in codings:
        for meaning, _ in reading.maps.each(usage, known(reading, [coding])):
            return meaning, coding
    return None


def role_of(reading: Reading, node: Node) -> str:
    """Return the part that an observation plays in a report, empty if it plays none."""
    found = meaning_of(reading, "cda-role", node["code"].codings())
    return found[0] if found else ""


def concept_said(
    reading: Reading, codings: Iterable[Coding], *branches: str, absent: bool = False
) -> tuple[Any, Coding] | None:
    """Return what a sheet says for the first code that the ontology knows, with the code as it was written."""
    find = absent_of if absent else concept_of
    for coding in codings:
        found = find(reading, known(reading, [coding]), *branches)
        if found:
            return found[0], coding
    return None


def is_secondary(reading: Reading, codings: Iterable[Coding]) -> bool:
    """Say whether a code is that of a metastasis, of which the organ and the type are not the tumour's."""
    return any(
        (c.code.endswith(SECONDARY) and c.system == "CIM-O-3") or reading.maps.meanings("cda-secondaire", c)
        for c in known(reading, codings)
    )


def put_axes(reading: Reading, node: Node, tumour: str, certainty: str = "", *, lost: bool = True) -> bool:
    """Write what the codes of a node say of the site and the type, each under its axis."""
    done: set[str] = set()
    for coding in node.codings():
        found = concept_said(reading, [coding], *CANCER)
        axes = branches_of(reading, found[0]) & {"topographie", "morphologie"} if found else set()
        if found and axes - done:
            for axis, value in _by_axis(reading, found[0], axes).items():
                reading.put(axis, reading.leaf(value, node.pointer, coding, certitude=certainty), tumour)
            done |= axes
    if not done and lost and node.codings():
        reading.lose(node.pointer, "siège ou type que l'ontologie ne connaît pas", node.codings()[0])
    return bool(done)


def _by_axis(reading: Reading, value: Any, axes: set[str]) -> dict[str, Any]:
    """Return what a code says of each axis: one concept of each where it names one, else the whole under the first."""
    if not isinstance(value, str):
        found = [reading.ontology.concepts[i] for i in reading.ontology.resolve(value["systeme"], value["code"])]
        named = {axis: [c.id for c in found if c.branch == axis] for axis in axes}
        if all(len(ids) == 1 for ids in named.values()):
            return {axis: ids[0] for axis, ids in named.items()}
    return {"topographie" if "topographie" in axes else "morphologie": value}


def put_unknown(reading: Reading, item: str, node: Node, tumour: str = "", **extra: str) -> bool:
    """Write the reason for which a null flavour leaves an item unknown."""
    flavor = node.flavor()
    if flavor is None or node.codings():
        return False
    reason = reading.maps.first("absence", [flavor]) or "inconnu"
    if flavor.code == "OTH":
        reading.lose(node.pointer, "hors de la liste codée : le texte libre n'est pas lu", flavor)
    return reading.put(item, reading.open(reason, node.pointer, flavor, **extra), tumour)


def put_side(reading: Reading, site: Node, tumour: str) -> None:
    """Write the side that a qualifier of the site says, in today's codes or older ones."""
    for qualifier in site.each("qualifier"):
        if reading.maps.first("cda-qualifiant", qualifier["name"].codings()) == "lateralite":
            reading.use(qualifier["name"].pointer)
            side = meaning_of(reading, "lateralite", qualifier["value"].codings())
            if side:
                value = qualifier["value"]
                reading.put("lateralite", reading.leaf(side[0], value.pointer, side[1]), tumour)
            else:
                put_unknown(reading, "lateralite", qualifier["value"], tumour)


def gene_said(reading: Reading, value: Node) -> tuple[str, Coding] | None:
    """Return the gene of a value: by HGNC's number, or by the symbol that the national examples write."""
    found = concept_said(reading, value.codings(), "gene")
    if found and isinstance(found[0], str):
        return found[0], found[1]
    for coding in value.codings():
        concept = reading.ontology.find(coding.code, ("gene",)) if coding.system == "HGNC" else None
        if concept:
            return concept.id, coding
    return None
