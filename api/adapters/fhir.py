"""FHIR R4 bundle of one patient (mCODE STU4) → native sheet, without identity, every loss named.

Codes: LOINC, SNOMED CT (in a map of its own), RxNorm, ATC, ICD-10, ICD-O-3, HGNC. Order of resources never matters for
what is said of a tumour: conditions are read first, observations and treatments after them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.adapters.conversion import Converted, Unreadable
from api.adapters.fhir_bundle import open_bundle
from api.adapters.fhir_elements import Element
from api.adapters.fhir_genomics import genomic_role, note_implications, read_genomics
from api.adapters.fhir_health import is_comorbidities, read_comorbidities, read_condition, read_family
from api.adapters.fhir_losses import report_losses
from api.adapters.fhir_maps import CodeMaps, shipped_maps
from api.adapters.fhir_observations import read_observation
from api.adapters.fhir_own_reading import own_code, read_own
from api.adapters.fhir_own_rows import own_list, read_own_list, read_own_row
from api.adapters.fhir_reading import Reading, tidied
from api.adapters.fhir_tnm import is_tnm, read_condition_stage, read_tnm
from api.adapters.fhir_treatments import (
    MEDICATIONS,
    is_proposed,
    read_allergy,
    read_medication,
    read_procedure,
    read_proposal,
)
from api.adapters.fhir_tumours import (
    add_metastasis,
    add_tumour,
    add_tumour_of_requests,
    is_cancer,
    is_metastasis,
    is_refuted,
    read_patient,
)
from engine.dictionary import Dictionary
from engine.ontology import Ontology
from engine.problems import in_sheet

__all__ = ["Converted", "Unreadable", "read_bundle"]


def read_bundle(
    bundle: Mapping[str, Any],
    ontology: Ontology,
    dictionary: Dictionary,
    document_name: str,
    maps: CodeMaps | None = None,
) -> Converted:
    """Read a bundle; raise `Unreadable` if it is not one, has two patients or no tumour. Pointers are into the bundle."""
    resources = open_bundle(bundle)
    reading = Reading(document_name, ontology, dictionary, maps or shipped_maps(), resources)
    for patient in resources.of_type("Patient"):
        read_patient(reading, patient)
    _read_conditions(reading)
    if not reading.sheet.get("tumeurs"):
        hint = "un lot a au moins une Condition de cancer, ou un examen demandé pour un cancer"
        raise Unreadable([in_sheet("/entry", "fhir-sans-tumeur", "le lot FHIR ne décrit aucune tumeur", hint)])
    note_implications(reading)
    for observation in resources.of_type("Observation"):
        _read_observation(reading, observation)
    for resource in resources.all:
        _read_other(reading, resource)
    report_losses(reading)
    return Converted(tidied(reading.sheet), tuple(reading.losses), _identifiers(reading))


def _identifiers(reading: Reading) -> frozenset[tuple[str, str]]:
    """Return the patient's identifiers: the system of each, as a bare OID where it is one, and its value."""
    each = (one for patient in reading.resources.of_type("Patient") for one in patient.each("identifier"))
    found = ((i["system"].text().removeprefix("urn:oid:"), i["value"].text().replace(" ", "")) for i in each)
    return frozenset(pair for pair in found if all(pair))


def _read_conditions(reading: Reading) -> None:
    """Read tumours first, then metastases and stages that name them, then the patient's other conditions."""
    tumours, metastases, others = _sorted_conditions(reading)
    for condition in tumours:
        add_tumour(reading, condition)
    if not tumours:
        add_tumour_of_requests(reading)
    for condition in metastases:
        add_metastasis(reading, condition)
    for condition in tumours:
        read_condition_stage(reading, condition, reading.tumours[condition.pointer])
    for condition in others:
        read_condition(reading, condition)


def _sorted_conditions(reading: Reading) -> tuple[list[Element], list[Element], list[Element]]:
    """Return the tumours, the metastases and the other conditions; cancers that were ruled out are reported."""
    tumours: list[Element] = []
    metastases: list[Element] = []
    others: list[Element] = []
    for condition in reading.resources.of_type("Condition"):
        if own_list(condition) or not _is_understood(reading, condition):
            continue  # a row of ours is read with the others
        kind = metastases if is_metastasis(reading, condition) else tumours if is_cancer(reading, condition) else others
        if kind is not others and is_refuted(reading, condition):
            codings = condition["code"].codings()
            reading.lose(condition.pointer, "tumeur écartée par le document", codings[0] if codings else None)
        else:
            kind.append(condition)
    return tumours, metastases, others


def _read_observation(reading: Reading, observation: Element) -> None:
    own = own_code(observation)
    if own_list(observation) or not _is_understood(reading, observation):
        return  # a row of ours is read with the others
    if own:
        read_own(reading, observation, own)
        return
    role = genomic_role(reading, observation)
    if is_comorbidities(reading, observation):
        read_comorbidities(reading, observation)
    elif is_tnm(reading, observation):
        read_tnm(reading, observation)
    elif role:
        read_genomics(reading, observation, role)
    else:
        read_observation(reading, observation)


def _read_other(reading: Reading, resource: Element) -> None:
    kind = resource["resourceType"].text()
    own = own_list(resource)
    if own:
        read_own_row(reading, resource, own)
    elif kind in ("Condition", "Observation") or not _is_understood(reading, resource):
        return
    elif kind == "List":
        read_own_list(reading, resource)
    elif kind in MEDICATIONS:
        read_medication(reading, resource)
    elif kind == "ServiceRequest" and is_proposed(resource):
        read_proposal(reading, resource, resource["code"].codings())
    elif kind == "Procedure":
        read_procedure(reading, resource)
    elif kind == "AllergyIntolerance":
        read_allergy(reading, resource)
    elif kind == "FamilyMemberHistory":
        read_family(reading, resource)


def _is_understood(reading: Reading, resource: Element) -> bool:
    """Say whether a resource may be read: one whose meaning an unknown extension changes may not (FHIR R4, 2.4.1)."""
    changed = next(resource.each("modifierExtension"), None)
    if changed:
        reading.lose(changed.pointer, "extension qui change le sens de la ressource, et que le lecteur ne connaît pas")
    return changed is None
