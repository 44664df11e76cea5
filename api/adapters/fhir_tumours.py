"""The patient without identity, the tumours and their metastases."""

from __future__ import annotations

from typing import Any

from api.adapters.fhir_concepts import CANCER, branches_of, concept_of, is_secondary, own_first
from api.adapters.fhir_elements import Coding, Element
from api.adapters.fhir_own import TUMOUR
from api.adapters.fhir_reading import Reading

METASTASES = "metastases"
SEX = {"female": "F", "male": "M", "other": "I", "F": "F", "M": "M"}
_KEPT = ("resourceType", "id", "meta", "text", "gender", "birthDate", "extension")


def read_patient(reading: Reading, patient: Element) -> None:
    """Read age and sex, and drop the rest on entry: the loss names elements, never values."""
    birth = patient["birthDate"]
    if birth.date():
        reading.put("date_naissance", reading.leaf(birth.date(), birth.pointer))
    gender = patient["gender"]
    born = next(patient.extensions("us-core-birthsex"), Element(None, ""))["valueCode"]
    said = {element.pointer: SEX[element.text()] for element in (gender, born) if element.text() in SEX}
    for pointer in list(said)[: len(set(said.values()))]:
        reading.put("sexe", reading.leaf(said[pointer], pointer))
    dropped = sorted(
        str(key) for key in patient.value if key not in _KEPT and isinstance(key, str) and key.isidentifier()
    )
    if dropped or patient["extension"]:
        names = ", ".join(dropped + ["extension"] * bool(patient["extension"]))
        reading.lose(patient.pointer, f"identité retirée à l'entrée : {names}")


def is_cancer(reading: Reading, condition: Element) -> bool:
    """Say whether a condition is a tumour: by its profile, its histology, or a code of the ontology's tumour branches."""
    if _own_name(condition):
        return True
    if condition.has_profile("primary-cancer-condition") or any(
        condition.extensions("mcode-histology-morphology-behavior")
    ):
        return True
    return concept_of(reading, condition["code"].codings(), *CANCER) is not None


def is_metastasis(reading: Reading, condition: Element) -> bool:
    """Say whether a condition is a secondary cancer."""
    return condition.has_profile("secondary-cancer-condition") or is_secondary(reading, condition["code"].codings())


def is_refuted(reading: Reading, condition: Element) -> bool:
    """Say whether a condition was ruled out or entered in error."""
    return reading.maps.first("certitude", condition["verificationStatus"].codings()) == "refute"


def add_tumour(reading: Reading, condition: Element) -> None:
    """Add a tumour to the sheet with its site, type, side and date of diagnosis."""
    tumour = _new_tumour(reading, condition)
    reading.tumours[condition.pointer] = tumour
    status = condition["verificationStatus"].codings()
    reading.use_all(status)
    certainty = "suspecte" if reading.maps.first("certitude", status) == "suspecte" else ""
    if _own_name(condition):
        # The place and type stand whole in elements of their own.
        reading.use_all(condition["code"].codings())
        reading.use(*(said["valueCode"].pointer for said in condition["code"].each("extension")))
    else:
        _put_axes(reading, condition["code"], tumour, certainty)
    for extension in condition.extensions("mcode-histology-morphology-behavior"):
        _put_axes(reading, extension["valueCodeableConcept"], tumour, certainty)
    for site in condition.each("bodySite"):
        _put_axes(reading, site, tumour, certainty)
        _put_side(reading, site, tumour)
    if not _own_name(condition):
        _put_side(reading, condition["code"], tumour)
    for phase, coding in reading.maps.each("phase", condition["clinicalStatus"].codings()):
        date_said = condition["recordedDate"].date()
        reading.put("phase", reading.leaf(phase, condition["clinicalStatus"].pointer, coding, date=date_said), tumour)
    asserted = next(condition.extensions("condition-assertedDate"), Element(None, ""))["valueDateTime"]
    for date in (asserted, condition["onsetDateTime"], condition["onsetPeriod"]["start"]):
        if date.date():
            reading.put("date_diagnostic", reading.leaf(date.date(), date.pointer), tumour)
            break


def add_tumour_of_requests(reading: Reading) -> None:
    """Add the tumour that requests give as their reason, in a bundle without a cancer condition (a laboratory's)."""
    reasons = [
        reason for request in reading.resources.of_type("ServiceRequest") for reason in request.each("reasonCode")
    ]
    said = [(r, c) for r in reasons for c in r.codings() if concept_of(reading, [c], *CANCER)]
    if said:
        tumour = _new_tumour(reading)
        for reason, coding in said:
            _put_codings(reading, (coding,), reason.pointer, tumour, "")


def add_metastasis(reading: Reading, condition: Element) -> None:
    """Add a row for a secondary cancer: its site, its tumour, its date."""
    tumour = _primary_of(reading, condition)
    reading.metastases[condition.pointer] = tumour
    codings = condition["code"].codings()
    sites = [coding for site in condition.each("bodySite") for coding in site.codings()]
    found = concept_of(reading, (*sites, *codings), "topographie")
    if found is None:
        reading.lose(
            condition.pointer, "métastase dont l'ontologie ne connaît pas le siège", codings[0] if codings else None
        )
        return
    certainty = (
        "suspecte" if reading.maps.first("certitude", condition["verificationStatus"].codings()) == "suspecte" else ""
    )
    reading.use_all((*codings, *sites, *condition["verificationStatus"].codings()))
    row: dict[str, Any] = {
        "site": reading.leaf(found[0], found[1].pointer, found[1], certitude=certainty),
        "tumeur": tumour,
    }
    date = condition["onsetDateTime"]
    if date.date():
        row["date"] = reading.leaf(date.date(), date.pointer)
    reading.add_row(METASTASES, row)


def _new_tumour(reading: Reading, condition: Element | None = None) -> str:
    """Add a tumour, under the name and label of its sheet where the condition carries them."""
    tumours: list[dict[str, Any]] = reading.sheet.setdefault("tumeurs", [])
    name = _own_name(condition) if condition else ""
    tumours.append({"id": name or f"t{len(tumours) + 1}"})
    label = condition["code"]["text"].text() if condition and name else ""
    if label:
        tumours[-1]["libelle"] = label
    return str(tumours[-1]["id"])


def _own_name(condition: Element) -> str:
    """Return the name that a tumour has in the sheet it comes from."""
    return next((i["value"].text() for i in condition.each("identifier") if i["system"].text() == TUMOUR), "")


def _put_axes(reading: Reading, concept: Element, tumour: str, certainty: str) -> None:
    codings = concept.codings()
    if codings and not _put_codings(reading, codings, concept.pointer, tumour, certainty):
        reading.lose(concept.pointer, "siège ou type que l'ontologie ne connaît pas", codings[0])


def _put_codings(reading: Reading, codings: tuple[Coding, ...], pointer: str, tumour: str, certainty: str) -> bool:
    """Write what codes say of the site and the type, each under its axis; a code of both stands under the first."""
    done: set[str] = set()
    for coding in own_first(codings):
        found = concept_of(reading, [coding], *CANCER)
        axes = branches_of(reading, found[0]) & {"topographie", "morphologie"} if found else set()
        if found and axes - done:
            axis = "topographie" if "topographie" in axes else "morphologie"
            leaf = reading.leaf(found[0], pointer, coding, certitude=certainty)
            reading.put(axis, leaf, tumour)
            done |= axes
    return bool(done)


def _put_side(reading: Reading, concept: Element, tumour: str) -> None:
    """Write the side that a qualifier, or the code itself, says."""
    qualifiers = [e["valueCodeableConcept"] for e in concept.extensions("mcode-laterality-qualifier")]
    for source in (*qualifiers, concept):
        for side, coding in reading.maps.each("lateralite", source.codings()):
            reading.use_all(source.codings())
            reading.put("lateralite", reading.leaf(side, source.pointer, coding), tumour)


def _primary_of(reading: Reading, condition: Element) -> str:
    for name in ("mcode-related-primary-cancer-condition", "condition-related"):
        for extension in condition.extensions(name):
            cited = reading.resources.cited(extension["valueReference"])
            if cited and cited.pointer in reading.tumours:
                return reading.tumours[cited.pointer]
    return reading.only_tumour()
