"""The patient and the tumours as the least that references need: a sex, a site, a morphology, never an identity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.exports.fhir.parts import Entries, Json, address_of, terminology
from engine.systems import system_name

MORPHOLOGY = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior"
UNCERTAIN = ("certitude", "raison")
_GENDERS = {"F": "female", "M": "male"}


def add_patient(entries: Entries, sheet: Mapping[str, Any]) -> Json:
    """Keep a Patient with nothing but the sex, where the sheet says it, and return the reference."""
    patient = sheet.get("patient")
    sex = surely(patient.get("sexe")) if isinstance(patient, Mapping) else None
    return entries.add("Patient", {"gender": _GENDERS.get(sex) if isinstance(sex, str) else None})


def add_tumour(entries: Entries, patient: Json, tumour: Mapping[str, Any], sheet: Mapping[str, Any]) -> Json:
    """Keep the Condition of one tumour of an answer, with the codes that its sheet gives, and return the reference."""
    said = _tumour_of(sheet, tumour["id"])
    morphology, site = _codeable(said.get("morphologie")), _codeable(said.get("topographie"))
    diseases = [
        each for each in site.get("coding", ()) if each["system"] == address_of("CIM-10")
    ]  # a site and a disease
    return entries.add(
        "Condition",
        {
            "extension": [{"url": MORPHOLOGY, "valueCodeableConcept": morphology}] if morphology else [],
            "identifier": [{"value": str(tumour["id"])}],
            "code": {"coding": diseases, "text": tumour["label"]},
            "bodySite": [site],
            "subject": patient,
        },
    )


def surely(leaf: Any) -> Any:
    """Return the one value that a leaf of a native sheet states, or None: not suspected, not said otherwise elsewhere."""
    if isinstance(leaf, list):
        values = [surely(each) for each in leaf]
        return values[0] if values and all(value == values[0] for value in values) else None
    if isinstance(leaf, Mapping) and ("valeur" in leaf or any(leaf.get(key) for key in UNCERTAIN)):
        doubted = leaf.get("raison") or leaf.get("certitude") not in (None, "confirme")
        return None if doubted else surely(leaf["valeur"]) if "valeur" in leaf else _bare(leaf)
    return leaf


def _bare(leaf: Mapping[str, Any]) -> Json:
    return {key: value for key, value in leaf.items() if key not in UNCERTAIN}


def _tumour_of(sheet: Mapping[str, Any], identifier: str) -> Mapping[str, Any]:
    tumours = sheet.get("tumeurs")
    listed: Iterable[Any] = tumours if isinstance(tumours, list) else ()
    ones = enumerate((each for each in listed if isinstance(each, Mapping)), 1)
    named = (one for number, one in ones if str(one.get("id") or f"t{number}") == identifier)  # as the sheet is read
    return next(named, {})


def _codeable(leaf: Any) -> Json:
    """Return a concept leaf as a CodeableConcept: the code it gives, else its words."""
    value = surely(leaf)
    if isinstance(value, Mapping) and value.get("code"):
        code = terminology(str(value["code"]), system_name(str(value.get("systeme", ""))))
        return {"coding": [code]} if code else {"text": str(value["code"])}
    return {"text": value} if isinstance(value, str) else {}
