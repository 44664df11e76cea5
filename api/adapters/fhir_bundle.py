"""The bundle as a whole: what makes it unreadable, and its resources by reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.adapters.conversion import Unreadable
from api.adapters.fhir_elements import Element
from engine.problems import Problem, in_sheet

MOST_ENTRIES = 5_000
MOST_VALUES = 500_000
DEEPEST = 64
_WITH_PATIENT = ("subject", "patient")


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of a bundle, in its order and by reference."""

    all: tuple[Element, ...]
    by_reference: Mapping[str, Element]
    repeated: tuple[Element, ...] = ()

    def of_type(self, *types: str) -> Iterator[Element]:
        """Yield the resources of these types."""
        return (resource for resource in self.all if resource["resourceType"].text() in types)

    def cited(self, reference: Element) -> Element | None:
        """Return the resource a Reference points to, if it is in the bundle."""
        return self.by_reference.get(_bare(reference["reference"].text()))


def open_bundle(bundle: Mapping[str, Any]) -> Resources:
    """Return the resources; raise `Unreadable` for what isn't one patient's bundle."""
    problems = list(_of_form(bundle))
    if problems:
        raise Unreadable(problems)
    resources = _resources(Element(bundle, ""))
    problems = list(_of_patients(resources))
    if problems:
        raise Unreadable(problems)
    return resources


def _of_form(bundle: Mapping[str, Any]) -> Iterator[Problem]:
    if not isinstance(bundle, Mapping) or bundle.get("resourceType") != "Bundle":
        yield in_sheet("/resourceType", "fhir-pas-un-lot", "le document n'est pas un lot FHIR (`Bundle`)")
        return
    if not isinstance(bundle.get("entry"), list | tuple):
        yield in_sheet("/entry", "fhir-lot-vide", "le lot FHIR n'a pas d'entrées")
    elif len(bundle["entry"]) > MOST_ENTRIES:
        yield in_sheet("/entry", "fhir-trop-grand", f"le lot FHIR a plus de {MOST_ENTRIES} entrées")
    count, depth = _measure(bundle)
    if count > MOST_VALUES:
        yield in_sheet("", "fhir-trop-grand", f"le lot FHIR a plus de {MOST_VALUES} valeurs")
    if depth > DEEPEST:
        yield in_sheet("", "fhir-trop-profond", f"le lot FHIR est imbriqué sur plus de {DEEPEST} niveaux")


def _measure(bundle: Mapping[str, Any]) -> tuple[int, int]:
    """Count values and levels without recursion, stopping past the bounds."""
    count, deepest = 0, 0
    waiting: list[tuple[Any, int]] = [(bundle, 1)]
    while waiting and count <= MOST_VALUES and deepest <= DEEPEST:
        value, depth = waiting.pop()
        count, deepest = count + 1, max(deepest, depth)
        if isinstance(value, Mapping):
            waiting.extend((inner, depth + 1) for inner in value.values())
        elif isinstance(value, list | tuple):
            waiting.extend((inner, depth + 1) for inner in value)
    return count, deepest


def _resources(bundle: Element) -> Resources:
    """Index the resources; one that stands twice (same type, same id) is kept once."""
    found: list[Element] = []
    repeated: list[Element] = []
    by_reference: dict[str, Element] = {}
    for entry in bundle.each("entry"):
        resource = entry["resource"]
        if not isinstance(resource.value, Mapping):
            continue
        identifier = resource["id"].text()
        name = f"{resource['resourceType'].text()}/{identifier}" if identifier else ""
        if name and name in by_reference:
            repeated.append(resource)
            continue
        found.append(resource)
        for address in filter(None, (name, _bare(entry["fullUrl"].text()))):
            by_reference.setdefault(address, resource)
    return Resources(tuple(found), by_reference, tuple(repeated))


def _bare(reference: str) -> str:
    """Return `Type/id` of an address, without server and version; a URN stays whole."""
    if reference.startswith("urn:"):
        return reference
    parts = reference.partition("/_history/")[0].split("/")
    return "/".join(parts[-2:])


def _of_patients(resources: Resources) -> Iterator[Problem]:
    patients = {patient.pointer: patient for patient in resources.of_type("Patient")}
    identified = {patient["id"].text() or pointer for pointer, patient in patients.items()}
    if len(identified) > 1:
        for pointer in patients:
            yield in_sheet(pointer, "fhir-deux-patients", "le lot FHIR a plus d'un patient", "un lot par patient")
        return
    own = next(iter(patients), None)
    others: dict[str, str] = {}
    for resource in resources.all:
        for key in _WITH_PATIENT:
            reference = resource[key]
            name = _bare(reference["reference"].text())
            cited = resources.cited(reference)
            if name and (cited is None or cited.pointer != own):
                others.setdefault(name, reference.pointer)
    if len(others) + (own is not None) > 1:
        hint = "toutes les ressources doivent désigner le même patient"
        for pointer in others.values():
            yield in_sheet(
                pointer, "fhir-deux-patients", "la ressource désigne un autre patient que le reste du lot", hint
            )
