"""Treatments received: drugs of requests, statements and administrations; surgery, radiotherapy and other procedures."""

from __future__ import annotations

from typing import Any

from api.adapters.fhir_concepts import concept_of
from api.adapters.fhir_elements import Coding, Element
from api.adapters.fhir_reading import Leaf, Reading
from api.adapters.fhir_values import compared

TREATMENTS, COMEDICATIONS, EXAMINATIONS, ALLERGIES = "traitements", "comedications", "examens", "allergies"
MEDICATIONS = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
_GIVEN = ("active", "on-hold", "completed", "stopped", "in-progress", "unknown", "")
_ENDED = ("completed", "stopped")
_ORDERED = ("order", "original-order", "reflex-order", "filler-order", "instance-order", "")
_PROPOSED = ("proposal", "plan")
PROPOSALS = "proposition_traitements"
_ONCOLOGY_ATC = ("L01", "L02")


def read_medication(reading: Reading, resource: Element) -> None:
    """Read one drug: a treatment of the cancer, or another treatment of the patient."""
    codings = _drug_codings(reading, resource)
    if is_proposed(resource):
        read_proposal(reading, resource, codings)
        return
    refusal = _not_given(resource)
    if refusal:
        reading.lose(resource.pointer, refusal, codings[0] if codings else None)
        return
    found = concept_of(reading, codings, "traitement")
    if found is None:
        reading.lose(resource.pointer, "médicament que l'ontologie ne connaît pas", codings[0] if codings else None)
        return
    value, coding = found
    reading.use_all(codings)
    records = TREATMENTS if _is_oncological(reading, resource, value, codings) else COMEDICATIONS
    start, end = _drug_dates(resource)
    row = _row(reading, resource, value, coding, start, end)
    if resource["status"].text() in _ENDED:
        row["en_cours"] = reading.leaf(False, resource["status"].pointer)
    elif (
        resource["status"].text() in ("active", "in-progress")
        and resource["resourceType"].text() != "MedicationRequest"
    ):
        row["en_cours"] = reading.leaf(True, resource["status"].pointer)
    reading.add_row(records, row)


def is_proposed(resource: Element) -> bool:
    """Say whether a request is a proposal or a plan that still stands."""
    stands = resource["status"].text() in ("active", "draft", "on-hold", "unknown", "")
    return stands and resource["intent"].text() in _PROPOSED and resource["doNotPerform"].value is not True


def read_proposal(reading: Reading, resource: Element, codings: tuple[Coding, ...]) -> None:
    """Read a treatment of the cancer that is proposed; another drug that is only planned is reported."""
    found = concept_of(reading, codings, "traitement")
    if found is None or not _is_oncological(reading, resource, found[0], codings):
        reading.lose(
            resource.pointer,
            "projet de traitement que l'ontologie ne connaît pas, ou sans rapport avec le cancer",
            codings[0] if codings else None,
        )
        return
    reading.use_all(codings)
    row: dict[str, Leaf | str | None] = {
        "concept": reading.leaf(found[0], found[1].pointer, found[1]),
        "tumeur": _tumour_named(reading, resource),
        "intention": _intent(reading, resource),
    }
    planned = resource["occurrenceDateTime"] if resource["occurrenceDateTime"] else _drug_dates(resource)[0]
    if planned.date():
        row["prevu"] = reading.leaf(planned.date(), planned.pointer)
    reading.add_row(PROPOSALS, row)


def read_procedure(reading: Reading, resource: Element) -> None:
    """Read a procedure: a treatment, or an examination that was done."""
    codings = resource["code"].codings()
    status = resource["status"].text()
    if status in ("not-done", "preparation", "entered-in-error"):
        reading.lose(resource.pointer, f"acte non fait : statut `{status}`", codings[0] if codings else None)
        return
    found = concept_of(reading, codings, "traitement")
    if found is None:
        _read_examination(reading, resource, codings)
        return
    value, coding = found
    reading.use_all(codings)
    period = resource["performedPeriod"]
    done = resource["performedDateTime"]
    row = _row(reading, resource, value, coding, period["start"] if period else done, period["end"] if period else done)
    if status in _ENDED:
        row["en_cours"] = reading.leaf(False, resource["status"].pointer)
    row["site"] = _site(reading, resource)
    row["dose_gy"] = _dose(reading, resource)
    reading.add_row(TREATMENTS, row)


def read_allergy(reading: Reading, resource: Element) -> None:
    """Read an allergy to a drug; refuted ones are reported."""
    codings = resource["code"].codings()
    verification = resource["verificationStatus"].codings()
    found = concept_of(reading, codings, "traitement")
    if found is None or any(c.code in ("refuted", "entered-in-error") for c in verification):
        reading.lose(
            resource.pointer,
            "allergie écartée, ou produit que l'ontologie ne connaît pas",
            codings[0] if codings else None,
        )
        return
    reading.use_all((*codings, *verification))
    date = resource["onsetDateTime"] if resource["onsetDateTime"] else resource["recordedDate"]
    row: dict[str, Leaf | str | None] = {"concept": reading.leaf(found[0], found[1].pointer, found[1])}
    if date.date():
        row["date"] = reading.leaf(date.date(), date.pointer)
    reading.add_row(ALLERGIES, row)


def _read_examination(reading: Reading, resource: Element, codings: tuple[Coding, ...]) -> None:
    found = concept_of(reading, codings, "examen")
    if found is None:
        reading.lose(resource.pointer, "acte que l'ontologie ne connaît pas", codings[0] if codings else None)
        return
    reading.use_all(codings)
    row: dict[str, Leaf | str | None] = {"concept": reading.leaf(found[0], found[1].pointer, found[1])}
    if resource["status"].text() == "completed":
        row["statut"] = reading.leaf("fait", resource["status"].pointer)
    done = resource["performedDateTime"] if resource["performedDateTime"] else resource["performedPeriod"]["end"]
    if done.date():
        row["date"] = reading.leaf(done.date(), done.pointer)
    reading.add_row(EXAMINATIONS, row)


def _site(reading: Reading, resource: Element) -> Leaf | None:
    for site in resource.each("bodySite"):
        found = concept_of(reading, site.codings(), "topographie")
        if found:
            reading.use_all(site.codings())
            return reading.leaf(found[0], site.pointer, found[1])
    return None


def _dose(reading: Reading, resource: Element) -> Leaf | None:
    """Return the dose of a course of radiotherapy that had one volume; with more, none is the dose of the course."""
    doses = [
        dose["valueQuantity"]
        for volume in resource.extensions("mcode-radiotherapy-dose-delivered-to-volume")
        for dose in volume.extensions("totalDoseDelivered")
    ]
    dose = compared(doses[0], doses[0]["value"]) if len(doses) == 1 else None
    if dose is None:
        return None
    return reading.leaf(dose, doses[0].pointer, None, unite=doses[0]["code"].text())


def _stopped_for(reading: Reading, resource: Element) -> Leaf | None:
    codings = [coding for reason in resource.each("statusReason") for coding in reason.codings()]
    for meaning, coding in reading.maps.each("motif_arret", codings):
        return reading.leaf(meaning, coding.pointer, coding)
    return None


def _row(
    reading: Reading, resource: Element, value: Any, coding: Coding, start: Element, end: Element
) -> dict[str, Leaf | str | None]:
    row: dict[str, Leaf | str | None] = {
        "concept": reading.leaf(value, coding.pointer, coding),
        "tumeur": _tumour_named(reading, resource),
        "intention": _intent(reading, resource),
        "motif_arret": _stopped_for(reading, resource),
    }
    for name, element in (("debut", start), ("fin", end)):
        if element.date():
            row[name] = reading.leaf(element.date(), element.pointer)
        elif element:
            reading.lose(element.pointer, "date illisible")
    return row


def _tumour_named(reading: Reading, resource: Element) -> str:
    """Return the tumour that the resource names as its reason; unnamed, it stays open."""
    for reference in resource.each("reasonReference"):
        cited = reading.resources.cited(reference)
        if cited and cited.pointer in reading.tumours:
            return reading.tumours[cited.pointer]
    return ""


def _intent(reading: Reading, resource: Element) -> Leaf | None:
    for name in ("mcode-procedure-intent", "mcode-treatment-intent"):
        for extension in resource.extensions(name):
            value = extension["valueCodeableConcept"]
            for meaning, coding in reading.maps.each("intention", value.codings()):
                reading.use_all(value.codings())
                return reading.leaf(meaning, value.pointer, coding)
    return None


def _drug_codings(reading: Reading, resource: Element) -> tuple[Coding, ...]:
    """Return the drug's codes, in the resource or in the Medication it cites."""
    codings = resource["medicationCodeableConcept"].codings()
    cited = reading.resources.cited(resource["medicationReference"])
    contained = (
        c
        for c in resource.each("contained")
        if f"#{c['id'].text()}" == resource["medicationReference"]["reference"].text()
    )
    medication = cited or next(contained, None)
    return codings or (medication["code"].codings() if medication else ())


def _not_given(resource: Element) -> str:
    """Say why a drug was not given; empty if it was, or may have been."""
    status, intent = resource["status"].text(), resource["intent"].text()
    if resource["doNotPerform"].value is True:
        return "médicament à ne pas donner"
    if status not in _GIVEN:
        return f"médicament non donné : statut `{status[:40]}`"
    if resource["resourceType"].text() == "MedicationRequest" and intent not in _ORDERED:
        return f"prescription qui n'est qu'un projet : `{intent[:40]}`"
    return ""


def _drug_dates(resource: Element) -> tuple[Element, Element]:
    """Return when the drug began and ended, where it is said; the date of writing is neither."""
    period = resource["effectivePeriod"]
    if period:
        return period["start"], period["end"]
    if resource["effectiveDateTime"]:
        return resource["effectiveDateTime"], Element(None, "")
    for dosage in resource.each("dosageInstruction"):
        bounds = dosage["timing"]["repeat"]["boundsPeriod"]
        if bounds:
            return bounds["start"], bounds["end"]
    return Element(None, ""), Element(None, "")


def _is_oncological(reading: Reading, resource: Element, value: Any, codings: tuple[Coding, ...]) -> bool:
    if any(
        resource.has_profile(f"cancer-related-medication-{kind}") for kind in ("request", "administration", "statement")
    ):
        return True
    if isinstance(value, str) and "traitement_antitumoral" in reading.ontology.concepts:
        return reading.ontology.is_a(value, "traitement_antitumoral")
    return bool(_tumour_named(reading, resource)) or any(
        c.system == "ATC" and c.code[:3] in _ONCOLOGY_ATC for c in codings
    )
