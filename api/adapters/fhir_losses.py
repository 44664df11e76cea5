"""What of a bundle is in no sheet: every code, quantity and value that no reader used, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.adapters.fhir_elements import Coding, Element
from api.adapters.fhir_reading import Reading

_PEOPLE = (
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "RelatedPerson",
    "Person",
    "Location",
    "CareTeam",
    "Device",
)
_UNREAD = ("text", "meta", "contained", "identifier", "id", "fullUrl", "resourceType")
_REASONS = {
    "category": "rangement de la ressource, sans item",
    "clinicalStatus": "état de l'affection, sans item",
    "verificationStatus": "certitude de l'affection, sans effet ici",
    "method": "méthode, sans item",
    "interpretation": "interprétation : la valeur elle-même est lue",
    "bodySite": "siège de l'acte ou du prélèvement, sans item",
    "route": "voie d'administration, sans item",
    "type": "type de la ressource, sans item",
    "reasonCode": "motif, sans item",
    "performer": "professionnel, sans item",
    "extension": "extension que le lecteur ne connaît pas",
    "component": "composant que les tables ne donnent à aucun item",
    "code": "code que les tables ne donnent à aucun item",
    "valueCodeableConcept": "valeur d'un élément qui n'est pas repris",
}
_TEXTS = ("note", "conclusion", "description", "valueString")


def report_losses(reading: Reading) -> None:
    """Report all that was not used, in the order of the bundle."""
    for resource in reading.resources.repeated:
        reading.lose(resource.pointer, "ressource répétée : lue une fois")
    for resource in reading.resources.all:
        kind = resource["resourceType"].text()
        if kind in _PEOPLE:
            reading.lose(resource.pointer, f"professionnel, proche, lieu ou appareil ({kind}) : rien n'en est repris")
        elif kind != "Patient":
            _report(reading, resource)
    reading.losses.sort(key=lambda loss: _place(str(loss["pointer"])))


def _place(pointer: str) -> tuple[tuple[int, int | str], ...]:
    """Return what sorts pointers as the bundle is written: numbers as numbers."""
    return tuple((0, int(part)) if part.isascii() and part.isdigit() else (1, part) for part in pointer.split("/"))


def _report(reading: Reading, element: Element) -> None:
    """Go down from an element without recursion, reporting codes, quantities and texts that were not used."""
    waiting = [element]
    while waiting:
        here = waiting.pop()
        if isinstance(here.value, Mapping):
            if not _is_done(reading, here):
                waiting.extend(here[key] for key in here.value if isinstance(key, str) and key not in _UNREAD)
        elif isinstance(here.value, list | tuple):
            waiting.extend(Element(inner, f"{here.pointer}/{number}") for number, inner in enumerate(here.value))


def _is_done(reading: Reading, here: Element) -> bool:
    """Report one element if it is a code or a quantity; say whether to stop there."""
    if here["value"].number() is not None and (here["unit"] or here["code"]):
        if here.pointer not in reading.used and here["value"].pointer not in reading.used:
            reading.lose(here.pointer, "quantité qu'aucun item ne reprend")
        return True
    if here["coding"]:
        _report_concept(reading, here)
        return False
    if here["system"].text() and here["code"].text():
        _report_codings(reading, here.codings(), here.pointer)
        return True
    for key in here.value:
        if key in _TEXTS and here[str(key)].pointer not in reading.used:
            reading.lose(here[str(key)].pointer, "texte libre : non lu")
        elif _is_scalar_value(key, here.value[key]) and here[key].pointer not in reading.used:
            reading.lose(here[key].pointer, "valeur qu'aucun item ne reprend")
    return False


def _report_concept(reading: Reading, concept: Element) -> None:
    """Report a concept of which no code was used: its codes are translations of one another."""
    codings = concept.codings()
    if concept.pointer not in reading.used and not any(c.pointer in reading.used for c in codings):
        _report_codings(reading, codings, concept.pointer)
    reading.use_all(codings)


def _report_codings(reading: Reading, codings: tuple[Coding, ...], pointer: str) -> None:
    for coding in codings:
        if coding.pointer not in reading.used and coding.system != "UCUM":
            reading.lose(coding.pointer, _reason(pointer), coding)


def _reason(pointer: str) -> str:
    for part in reversed(pointer.split("/")):
        if part in _REASONS:
            return _REASONS[part]
    return "code qu'aucun item ne reprend"


def _is_scalar_value(key: Any, value: Any) -> bool:
    return (
        isinstance(key, str)
        and key.startswith("value")
        and len(key) > 5
        and not isinstance(value, Mapping | list | tuple)
    )
