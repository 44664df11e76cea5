"""Rows that carry our own profile of their list: each column where the shared table says, the rest in our extensions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from api.adapters.fhir_elements import Element
from api.adapters.fhir_own import (
    ABSENT,
    CERTAINTY,
    COLUMN,
    COMPLETE,
    CONCEPTS,
    FREE_OF,
    ITEMS,
    LOOKED_FOR,
    PLACES,
    ROW,
    STATUSES,
    SUSPECTED,
    YEARS,
    column_of,
)
from api.adapters.fhir_own_reading import category_leaf, concept_leaf, date_leaf, own_code, own_leaf, quantity_leaf
from api.adapters.fhir_reading import Leaf, Reading
from engine.dictionary import Item

_NEUTRAL = ("", "unknown", "partial", "final", "preliminary", "amended", "corrected")
VARIANTS, GENE = "variants", "gene"


def own_list(resource: Element) -> str:
    """Return the list of which a resource is a row, or what else it says of one, by our profile."""
    for profile in resource["meta"].each("profile"):
        if profile.text().startswith(ROW):
            return profile.text().removeprefix(ROW)
    return ""


def read_own_row(reading: Reading, resource: Element, name: str) -> None:
    """Read a resource of ours: a row, or the genes in which every variant is listed or none was found."""
    records = reading.dictionary.items.get(VARIANTS if name in (LOOKED_FOR, FREE_OF) else name)
    codings = resource["code"].codings()
    if records is None or not records.is_records:
        reading.lose(resource.pointer, "le dictionnaire n'a pas cette liste", next(iter(codings), None))
    elif _is_withdrawn(reading, resource, name):
        reading.lose(resource.pointer, "ligne retirée, annulée ou non faite", next(iter(codings), None))
    else:
        reading.use_all((*codings, *resource["category"].codings()))
        held: dict[str, Any] = reading.sheet.setdefault(records.id, {"lignes": []})
        if name == records.id:
            held["lignes"].append(_row(reading, resource, records))
        else:
            key = "complet" if name == LOOKED_FOR else "absents"
            held.setdefault(key, []).extend(_genes(reading, resource, records))


def _row(reading: Reading, resource: Element, records: Item) -> dict[str, Any]:
    row: dict[str, Any] = dict(_placed(reading, resource, records))
    for extension in _ours(resource, COLUMN):
        row.update(_extended(reading, extension, records))
    if resource["resourceType"].text() == "AllergyIntolerance":
        reading.use_all(resource["clinicalStatus"].codings())  # required by FHIR, of no column
    if _is_suspected(reading, resource):
        row["certitude"] = SUSPECTED
    return row


def _extended(reading: Reading, extension: Element, records: Item) -> dict[str, Any]:
    """Return the column that an extension of ours carries, if the list has it."""
    named = _part(extension, "name")["valueCode"]
    column = column_of(records, named.text())
    reference = _part(extension, "value")["valueReference"]
    said = _tumour(reading, reference) if reference else framed_leaf(reading, extension, column) if column else None
    if not said:
        return {}
    reading.use(named.pointer)
    return {named.text(): said}


def read_own_list(reading: Reading, resource: Element) -> bool:
    """Read what one of our lists says absent or complete; say whether it is ours."""
    code = own_code(resource, ITEMS)
    held = reading.records(code.code) if code else None
    if code is None or held is None:
        return False
    reading.use_all(resource["code"].codings())
    reading.use_all(resource["emptyReason"].codings())
    records = reading.dictionary.items[code.code]
    axis = column_of(records, records.axis)
    for url, key in ((ABSENT, "absents"), (COMPLETE, "complet")):
        for extension in _ours(resource, url):
            whole = _part(extension, "value")["valueBoolean"]
            leaf = reading.leaf(True, whole.pointer) if whole.value is True else None
            leaf = leaf or (framed_leaf(reading, extension, axis) if axis else None)
            reference = _part(extension, "tumour")["valueReference"]
            if leaf and reference:
                leaf = _of_tumour(reading, leaf, reference)
            if leaf:
                held.setdefault(key, []).append(leaf)
    return True


def _of_tumour(reading: Reading, leaf: Leaf, reference: Element) -> Leaf | None:
    """Return what closes a list of one tumour alone; of one that can't be told it closes nothing."""
    name = _tumour(reading, reference)
    if not name:
        reading.lose(reference.pointer, "tumeur inconnue : la liste reste ouverte")
    return leaf | {"tumeur": name} if name else None


def framed_leaf(reading: Reading, extension: Element, item: Item) -> Leaf | None:
    """Return the leaf that an extension of ours carries, with its date and certainty."""
    date, certainty = _part(extension, "date")["valueDateTime"], _part(extension, "certainty")["valueCode"]
    reading.use(date.pointer, certainty.pointer)
    extra = {"date": date.date(), "certitude": certainty.text()}
    absent = _part(extension, "absent")["valueCodeableConcept"]
    for reason, why in reading.maps.each("absence", absent.codings()):
        return reading.open(reason, why.pointer, why, **extra)
    return own_leaf(reading, _part(extension, "value"), item, extra)


def _ours(resource: Element, url: str) -> Iterator[Element]:
    return (e for e in resource.each("extension") if e["url"].text() == url)


def _part(extension: Element, url: str) -> Element:
    return next((e for e in extension.each("extension") if e["url"].text() == url), Element(None, ""))


def _placed(reading: Reading, resource: Element, records: Item) -> Iterator[tuple[str, Any]]:
    """Yield the columns that stand in the resource's own elements."""
    kind = (records.id, resource["resourceType"].text())
    for name, path in PLACES.get(kind, {}).items():
        element = at(reading, resource, path)
        reading.use_all(element.codings() if path == "relationship" else ())
        column = column_of(records, name)
        if column and element:
            said = _tumour(reading, element) if name == "tumeur" else _leaf(reading, element, column)
            if said:
                yield name, said
    if kind in STATUSES:
        name, values = STATUSES[kind]
        status = resource["status"]
        if status.text() in values:
            yield name, reading.leaf(values[status.text()], status.pointer)


def at(reading: Reading, resource: Element, path: str) -> Element:
    """Return what stands at a place of the shared table; empty if nothing does."""
    here = resource
    for step in path.split("/"):
        if step.startswith("@"):
            here = next(here.extensions(step[1:]), Element(None, ""))
        elif step.startswith("#"):
            here = next(_components(reading, here, step[1:]), Element(None, ""))
        elif step.isdigit() and isinstance(here.value, list):
            here = Element(here.value[int(step)], f"{here.pointer}/{step}") if here.value else Element(None, "")
        else:
            here = here[step]
    return here


def _components(reading: Reading, observation: Element, role: str) -> Iterator[Element]:
    for component in observation.each("component"):
        codings = component["code"].codings()
        if reading.maps.first("genomique", codings) == role:
            reading.use_all(codings)
            yield component


def _tumour(reading: Reading, reference: Element) -> str:
    cited = reading.resources.cited(reference)
    return reading.tumours.get(cited.pointer, "") if cited else ""


def _leaf(reading: Reading, element: Element, column: Item) -> Leaf | None:
    """Return the leaf of a column that stands in an element."""
    match column.kind:
        case "concept":
            return concept_leaf(reading, element, column, {}) if _speaks_of(reading, element, column) else None
        case "echelle" | "enumeration":
            return category_leaf(reading, element, column, {})
        case "booleen":
            said = next(reading.maps.each("actif", element.codings()), None)
            return reading.leaf(said[0] == "oui", element.pointer, said[1]) if said else None
        case "date":
            return date_leaf(reading, element, {})
        case "quantite" | "entier":
            return _without_years(quantity_leaf(reading, element, column, {}), element)
    code = next(iter(element.codings()), None)
    return reading.leaf(code.code, element.pointer, code) if code else None


def _without_years(leaf: Leaf | None, age: Element) -> Leaf | None:
    """Return a number of years as a sheet has it, without a unit; FHIR's ages have one."""
    return {k: v for k, v in leaf.items() if k != "unite"} if leaf and age["code"].text() == YEARS else leaf


def _speaks_of(reading: Reading, element: Element, column: Item) -> bool:
    """Say whether a concept is of the column's branch: a family history has its disease or its site in one element."""
    own = next((c.code for c in element.codings() if c.system == CONCEPTS), "")
    concept = reading.ontology.concepts.get(own)
    return concept is None or concept.branch in (column.branch, "entite")


def _is_withdrawn(reading: Reading, resource: Element, name: str) -> bool:
    """Say whether a row must not be read: its status is none that our lists write, or it was refuted."""
    status = resource["status"].text()
    _, known = STATUSES.get((name, resource["resourceType"].text()), ("", {}))
    refuted = reading.maps.first("certitude", resource["verificationStatus"].codings()) == "refute"
    return refuted or status not in (*known, *_NEUTRAL)


def _is_suspected(reading: Reading, resource: Element) -> bool:
    codings = resource["verificationStatus"].codings()
    reading.use_all(codings)
    if reading.maps.first("certitude", codings) == SUSPECTED or resource["status"].text() == "preliminary":
        return True
    said = next((e["valueCode"] for e in resource.each("modifierExtension") if e["url"].text() == CERTAINTY), None)
    if said is None:
        return False
    reading.use(said.pointer)
    return said.text() == SUSPECTED


def _genes(reading: Reading, resource: Element, records: Item) -> Iterator[Leaf]:
    """Yield the genes of a region whose variants are all listed, or of a variant that was looked for and not found."""
    reading.use_all(resource["valueCodeableConcept"].codings())
    column = column_of(records, GENE)
    extra = {"certitude": SUSPECTED if _is_suspected(reading, resource) else ""}
    for component in _components(reading, resource, GENE):
        leaf = concept_leaf(reading, component["valueCodeableConcept"], column, extra) if column else None
        if leaf:
            yield leaf
