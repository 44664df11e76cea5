"""The patient without identity, and each tumour as a Condition: place, type, side, date of diagnosis, certainty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.adapters.fhir_concepts import SECONDARY
from api.adapters.fhir_own import MCODE, SUSPECTED, TUMOUR, extension_url
from api.adapters.fhir_tumours import SEX
from api.exports.fhir_sheet.codes import URIS, VERIFICATION, back_maps, disease_codings, own_concept
from api.exports.fhir_sheet.frames import is_suspected, lose_people
from api.exports.fhir_sheet.items import add_item, add_judgements, add_leaf, leaves_in
from api.exports.fhir_sheet.values import value_of
from api.exports.fhir_sheet.writing import JSON, Writing, says_something, token
from engine.dictionary import AXES, Item
from engine.leaf import Statement

_UNKNOWN = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
_OF_CONDITION = (*AXES, "lateralite", "date_diagnostic")
_INVASIVE = "/3"
_BARE = ("valeur", "systeme", "code", "libelle", "origine", "certitude")


def add_patient(writing: Writing, body: Any) -> dict[str, Any]:
    """Add the patient: sex and birth date where a plain leaf says them; return what of the section is left to say."""
    rest = dict(body) if isinstance(body, Mapping) else {}
    patient: JSON = {"resourceType": "Patient"}
    genders = {sex: gender for gender, sex in reversed(tuple(SEX.items())) if gender.islower()}
    for key, element in (("sexe", "gender"), ("date_naissance", "birthDate")):
        item = writing.dictionary.items.get(key)
        if item and key in rest and _is_bare(rest[key]):
            said = _said(writing, item, rest[key], f"/patient/{key}")
            found = genders.get(_category(item, said)) if key == "sexe" else said[1].get("valueDateTime")
            if found:
                patient[element] = found
                del rest[key]
    writing.add(patient, "Patient", 0)
    return rest


def _category(item: Item, said: tuple[Statement | None, JSON]) -> str:
    worlds = said[0].worlds if said[0] else None
    return item.leaves().describe(worlds) if isinstance(worlds, int) else ""


def _is_bare(leaf: Any) -> bool:
    """Say whether a leaf is a value alone, which a standard element can hold."""
    if isinstance(leaf, Mapping):
        return all(key in _BARE[:5] or (key == "certitude" and value != SUSPECTED) for key, value in leaf.items())
    return leaf is not None and not isinstance(leaf, list)


def _said(writing: Writing, item: Item, leaf: Any, pointer: str) -> tuple[Statement | None, JSON]:
    statement = writing.read(item, leaf, pointer)
    value = value_of(writing, item, leaf, statement) if statement else None
    return statement, value or {}


def name_tumours(writing: Writing, bodies: list[Any]) -> None:
    """Number the tumours, so that rows and observations can name them before and after."""
    for number, body in enumerate(bodies):
        if isinstance(body, Mapping):
            identifier = str(body.get("id") or f"t{number + 1}")
            writing.tumours.setdefault(identifier, str(writing.reference("Condition", number)["reference"]))


def add_tumour(writing: Writing, body: Mapping[str, Any], number: int) -> None:
    """Add one tumour, then an Observation for each thing that the Condition can't hold."""
    pointer = f"/tumeurs/{number}"
    identifier = str(body.get("id") or f"t{number + 1}")
    rest = {key: value for key, value in body.items() if key not in ("id", "libelle", "jugements")}
    held = _held(writing, rest, pointer)
    condition: JSON = {
        "resourceType": "Condition",
        "meta": {"profile": [f"{MCODE}mcode-primary-cancer-condition"]},
        "identifier": [{"system": TUMOUR, "value": identifier}],
        **_elements(writing, held),
        "code": _code(writing, body, held),
        "subject": writing.patient(),
    }
    reference = writing.add(condition, "Condition", number)
    for key, value in rest.items():
        item = writing.dictionary.paths.get(f"tumeurs.{key}")
        if item is not None:
            for leaf, place in leaves_in(item, value, f"{pointer}/{token(key)}") if key in held else ():
                if place != held[key][1]:
                    add_leaf(writing, item, leaf, place, reference)
            if key not in held:
                add_item(writing, item, value, f"{pointer}/{token(key)}", reference)
    add_judgements(writing, body.get("jugements"), f"{pointer}/jugements", reference)


def _held(writing: Writing, body: Mapping[str, Any], pointer: str) -> dict[str, tuple[JSON, str, bool]]:
    """Return what the Condition holds: item → value, where it stands in the sheet, and whether it is only suspected.

    One certainty goes for the whole Condition; what has another stands in an Observation.
    """
    found: dict[str, tuple[JSON, str, bool]] = {}
    for key in _OF_CONDITION:
        item = writing.dictionary.items.get(key)
        for leaf, place in leaves_in(item, body.get(key), f"{pointer}/{key}") if item else ():
            suspected = isinstance(leaf, Mapping) and is_suspected(writing, leaf)
            value = _plain_value(writing, item, leaf, place, suspected) if item else None
            if value and _goes_with(key, suspected, found) and (key != "lateralite" or _has_side(value, found)):
                found[key] = (value, place, suspected)
                lose_people(writing, item, leaf if isinstance(leaf, Mapping) else {}, place)  # type: ignore[arg-type]
                break
    return found


def _plain_value(writing: Writing, item: Item | None, leaf: Any, pointer: str, suspected: bool) -> JSON | None:
    if item is None or not says_something(leaf):
        return None
    bare = {key: value for key, value in leaf.items() if key != "certitude"} if isinstance(leaf, Mapping) else leaf
    if not _is_bare(bare):
        return None
    statement, value = _said(writing, item, bare, pointer)
    if statement is None or "dataAbsentReason" in value:
        return None
    return value


def _goes_with(key: str, suspected: bool, found: Mapping[str, tuple[JSON, str, bool]]) -> bool:
    """Say whether a leaf's certainty is that of the Condition; side and date are never in doubt there."""
    if key in AXES:
        return all(other == suspected for _, _, other in found.values())
    return not suspected


def _has_side(value: JSON, found: Mapping[str, tuple[JSON, str, bool]]) -> bool:
    """Say whether the Condition can hold a side: one that a standard code says, of a place."""
    return "topographie" in found and len(_side(value)["valueCodeableConcept"]["coding"]) > 1


def _elements(writing: Writing, held: Mapping[str, tuple[JSON, str, bool]]) -> JSON:
    """Return the elements of the Condition that hold them."""
    elements: JSON = {}
    if any(suspected for _, _, suspected in held.values()):
        elements["verificationStatus"] = {"coding": back_maps().codings("certitude", SUSPECTED, VERIFICATION)}
    extensions = [
        {"url": extension_url(name), **held[key][0]}
        for key, name in (
            ("morphologie", "mcode-histology-morphology-behavior"),
            ("date_diagnostic", "condition-assertedDate"),
        )
        if key in held
    ]
    if extensions:
        elements["extension"] = extensions
    if "topographie" in held:
        site = dict(held["topographie"][0]["valueCodeableConcept"])
        if "lateralite" in held:
            side = {"url": extension_url("mcode-laterality-qualifier"), **_side(held["lateralite"][0])}
            site = {"extension": [side], **site}
        elements["bodySite"] = [site]
    return elements


def _side(value: JSON) -> JSON:
    """Return a side in standard codes and ours."""
    own = value["valueCodeableConcept"]["coding"][-1]
    standard = back_maps().codings("lateralite", str(own["code"]).partition("=")[2])
    return {"valueCodeableConcept": {"coding": [*standard, own]}}


def _code(writing: Writing, body: Mapping[str, Any], held: Mapping[str, tuple[JSON, str, bool]]) -> JSON:
    """Return the disease, or that it is not said."""
    label = body.get("libelle")
    text = {"text": str(label)} if label else {}
    diseases = _diseases(writing, held)
    return {"coding": diseases, **text} if diseases else {"extension": [_UNKNOWN], **text}


def _diseases(writing: Writing, held: Mapping[str, tuple[JSON, str, bool]]) -> list[JSON]:
    """Return the code of the disease: as the sheet has it, or that of a cancer of the place where the type is invasive."""
    said = [c for key in AXES if key in held for c in held[key][0]["valueCodeableConcept"]["coding"]]
    coded = [c for c in said if c["system"] == URIS["CIM-10"] and str(c["code"])[:3] not in SECONDARY]
    site = _concept(writing, held.get("topographie"))
    if coded or site is None or not any(str(c["code"]).endswith(_INVASIVE) for c in said):
        return coded
    return disease_codings(site, writing.ontology)


def _concept(writing: Writing, held: tuple[JSON, str, bool] | None) -> Any:
    coding = held[0]["valueCodeableConcept"]["coding"][-1] if held else {}
    concept = writing.ontology.concepts.get(str(coding.get("code", "")))
    return concept if concept and own_concept(concept)["system"] == coding.get("system") else None
