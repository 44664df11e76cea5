"""A row's resource as FHIR wants it begun, and values put where the shared table says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.adapters.fhir_elements import SYSTEMS
from api.adapters.fhir_own import CERTAINTY, MCODE, ROW, SUSPECTED, YEARS, extension_url
from api.exports.fhir_sheet.codes import CLINICAL, VERIFICATION, back_maps, coding, item_coding
from api.exports.fhir_sheet.writing import JSON, Writing
from engine.dictionary import Item

_PATIENT = {"AllergyIntolerance": "patient", "FamilyMemberHistory": "patient"}
_PROFILES = {"metastases": "mcode-secondary-cancer-condition", "variants": "mcode-genomic-variant"}
_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_LABORATORY = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
_ROLE = next(uri for uri, name in SYSTEMS.items() if name == "HL7 v3-RoleCode")


def begun(writing: Writing, records: Item, kind: str) -> JSON:
    """Return the resource of a row with what FHIR requires of it, and our profile of its list."""
    standard = [MCODE + _PROFILES[records.id]] if records.id in _PROFILES and kind != "Basic" else []
    resource: JSON = {
        "resourceType": kind,
        "meta": {"profile": [*standard, ROW + records.id]},
        _PATIENT.get(kind, "subject"): writing.patient(),
    }
    return resource | _required(records, kind)


def _required(records: Item, kind: str) -> JSON:
    match kind:
        case "MedicationStatement" | "Procedure":
            return {"status": "unknown"}
        case "ServiceRequest" | "MedicationRequest":
            return {"status": "unknown", "intent": "order" if records.id == "examens" else "proposal"}
        case "AllergyIntolerance":
            return {
                "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "active"}]}
            }  # required of an allergy listed
        case "FamilyMemberHistory":
            return {"status": "partial", "relationship": {"coding": [{"system": _ROLE, "code": "FAMMEMB"}]}}
        case "Observation":
            return _observed(records)
        case "Condition":
            return (
                {"code": {"coding": back_maps().codings("secondaire", "toute")}} if records.id == "metastases" else {}
            )
    return {"code": {"coding": [item_coding(records)]}}


def _observed(records: Item) -> JSON:
    if records.id != "variants":
        return {"status": "final", "code": {"coding": [item_coding(records)]}}
    return {
        "status": "final",
        "category": [{"coding": [_LABORATORY]}],
        "code": {"coding": back_maps().codings("genomique", "variant")},
    }


def doubt(resource: JSON) -> None:
    """Say that a row is only suspected, so that no reader takes it for certain."""
    match resource["resourceType"]:
        case "Condition":
            resource["verificationStatus"] = {"coding": back_maps().codings("certitude", SUSPECTED, VERIFICATION)}
        case "Observation":
            resource["status"] = "preliminary"
        case _:
            resource["modifierExtension"] = [{"url": CERTAINTY, "valueCode": SUSPECTED}]


def put(resource: JSON, path: str, value: Any) -> None:
    """Put a value at a place of the shared table, making what leads there."""
    *way, last = path.split("/")
    here: Any = resource
    for step, following in zip(way, path.split("/")[1:], strict=True):
        here = _step(here, step, following)
    if isinstance(here, list):
        here.append(value)
    else:
        here[last] = value


def _step(here: Any, step: str, following: str) -> Any:
    """Return what a step leads to, made if need be."""
    if step.startswith("@"):
        return _appended(here, "extension", {"url": extension_url(step[1:])})
    if step.startswith("#"):
        code = {"coding": back_maps().codings("genomique", step[1:])}
        return _appended(here, "component", {"code": code})
    if isinstance(here, list):
        if not here:
            here.append({})
        return here[int(step)]
    return here.setdefault(step, [] if following.isdigit() else {})


def _appended(here: JSON, key: str, value: JSON) -> JSON:
    here.setdefault(key, []).append(value)
    return value


def element_of(value: Mapping[str, Any], item: Item, path: str) -> Any:
    """Return what of a `value[x]` an element takes; None where its type is another."""
    (kind, inner), *_ = value.items()
    if path == "clinicalStatus":
        codes = back_maps().codings("actif", "oui" if inner is True else "non", CLINICAL)
        return {"coding": codes} if kind == "valueBoolean" and codes else None
    if item.is_text:
        return {"coding": [coding("HGVS", str(inner))]}
    wanted = {"date": "valueDateTime", "quantite": "valueQuantity", "entier": "valueQuantity"}
    if path.endswith("onsetAge") and kind == "valueQuantity":
        return {**inner, "unit": "ans", "code": YEARS}
    return inner if kind == wanted.get(item.kind, "valueCodeableConcept") else None
