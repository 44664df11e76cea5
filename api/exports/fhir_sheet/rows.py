"""Rows of a sheet as resources: each column in its standard place where there is one, else in an extension of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from api.adapters.fhir_own import COLUMN, PLACES, STATUSES, SUSPECTED, column_of
from api.exports.fhir_sheet.frames import is_suspected, lose_people
from api.exports.fhir_sheet.places import begun, doubt, element_of, put
from api.exports.fhir_sheet.values import is_plain, text_of, value_of
from api.exports.fhir_sheet.writing import FRAME, JSON, ROW_DATE, TEXT, UNREAD, Writing, says_something, token
from engine.closing import FINER
from engine.dates import show_days
from engine.dictionary import Item, find_column
from engine.leaf import Statement
from engine.sheet import PROVENANCE

TUMOUR_COLUMN, ALTERATION = "tumeur", "alteration"
_HGVS, _IDENTIFIERS = ("hgvs_c", "hgvs_p"), ("transcrit", "exon")
_FRAMES = ("edition", "methode", "prelevement", "lsn", "lin")
# Columns whose standard element takes the codes of a map.
_USAGES = {
    "intention": "intention", "motif_arret": "motif_arret", "origine": "origine_variant", "classe": "classe_variant",
    "statut": "statut_variant",
}  # fmt: skip
_DRUGS_OR_ACTS = ("traitements", "proposition_traitements")
_SYSTEMIC = "traitement_systemique"
_STOPPED = ("progression", "toxicite", "refus", "autre")


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says of one column: its value in FHIR, and whether that is all (no doubt, no date of its own).

    What closes a list may be said of one tumour: then `tumour` refers to it.
    """

    item: Item
    leaf: Any
    statement: Statement | None
    value: JSON
    bare: bool
    tumour: JSON | None = None

    def word(self) -> Any:
        """Return a boolean, or the word of a category of ours."""
        if "valueBoolean" in self.value:
            return self.value["valueBoolean"]
        codings = self.value.get("valueCodeableConcept", {}).get("coding", [{}])
        return str(codings[-1].get("code", "")).partition("=")[2]


def add_row(writing: Writing, records: Item, body: Mapping[str, Any], pointer: str) -> JSON:
    """Add one row and return the reference to it."""
    said = _columns(writing, records, body, pointer)
    kind = _resource_of(writing, records, said)
    resource = begun(writing, records, kind)
    places = PLACES.get((records.id, kind), {})
    for name in sorted(said, key=[*places, *said].index):
        if not _placed(resource, records, name, said):
            _extend(resource, name, said[name])
    if is_suspected(writing, body):
        doubt(resource)
    return writing.add(resource)


# --- what the row says ---


def _columns(writing: Writing, records: Item, body: Mapping[str, Any], pointer: str) -> dict[str, Said]:
    """Return what can be read of each column; provenance is no column."""
    found: dict[str, Said] = {}
    for key, leaf in body.items():
        place = f"{pointer}/{token(key)}"
        column = find_column(records, str(key))
        if key in PROVENANCE and (column is None or _is_provenance(leaf)):
            if key == "date" and leaf is not None:
                writing.lose(f"{records.id}.date", place, ROW_DATE)
        elif column is not None and leaf is not None:
            item = column_of(records, column.id)
            said = _said(writing, item, column.id, leaf, place) if item else None
            if said:
                found[column.id] = said
    if _lacks_its_variant(body, found) and (item := column_of(records, ALTERATION)):
        doubted = _said(writing, item, ALTERATION, {"raison": "indetermine"}, pointer)
        found |= {ALTERATION: doubted} if doubted else {}
    return found


def _lacks_its_variant(body: Mapping[str, Any], found: Mapping[str, Said]) -> bool:
    """Say whether the text that tells which variant is absent is not written: that it is one must be, or all its gene is."""
    if "statut" not in found or found.keys() & {*FINER, ALTERATION}:
        return False
    status = found["statut"]
    absent = status.statement is not None and status.statement.worlds == status.item.leaves().find("absente")
    return absent and any(says_something(body.get(column)) for column in FINER)


def _is_provenance(leaf: Any) -> bool:
    return isinstance(leaf, Mapping) and "document" in leaf and "valeur" not in leaf


def _said(writing: Writing, item: Item, name: str, leaf: Any, pointer: str) -> Said | None:
    if item.computed:
        writing.lose(item.id, pointer, UNREAD)
        return None
    if name == TUMOUR_COLUMN:
        return _named(writing, item, leaf, pointer)
    if item.is_text:
        text = _text(writing, item, name, leaf, pointer)
        return Said(item, leaf, None, text, True) if text else None
    statement = writing.read(item, leaf, pointer)
    value = value_of(writing, item, leaf, statement, _USAGES.get(name, "")) if statement else None
    if statement is None or value is None:
        return None
    body = leaf if isinstance(leaf, Mapping) else {}
    lose_people(writing, item, body, pointer)
    for key in _FRAMES:
        if body.get(key) is not None:
            writing.lose(item.id, f"{pointer}/{key}", FRAME)
    bare = "dataAbsentReason" not in value and statement.days is None and statement.reason != SUSPECTED
    return Said(item, leaf, statement, value, bare)


def _named(writing: Writing, item: Item, leaf: Any, pointer: str) -> Said | None:
    """Return the tumour that a row names; one that the sheet does not describe leaves it open."""
    reference = writing.tumours.get(str(leaf))
    if reference is None:
        if leaf:
            writing.lose(item.id, pointer, UNREAD)
        return None
    return Said(item, leaf, None, {"valueReference": {"reference": reference}}, True)


def _text(writing: Writing, item: Item, name: str, leaf: Any, pointer: str) -> JSON | None:
    """Return a text that is a code of its own (HGVS, a transcript, a trial); no other text is written."""
    value = leaf.get("valeur") if isinstance(leaf, Mapping) else leaf
    if name in (*_HGVS, *_IDENTIFIERS):
        if isinstance(value, str) and is_plain(value):
            return {"valueString": value}
        if value is not None:
            writing.lose(item.id, pointer, TEXT)
        return None
    return text_of(writing, item, leaf, pointer)


# --- which resource ---


def _resource_of(writing: Writing, records: Item, said: Mapping[str, Said]) -> str:
    """Return the resource that a row is: a drug or an act, an act done or asked for; `Basic` without what it is about."""
    kinds = [resource for name, resource in PLACES if name == records.id]
    axis = said.get(records.axis)
    if kinds == ["FamilyMemberHistory"] and (axis is None or axis.bare):
        return kinds[0]  # a relative of whom only a site or a degree is known
    if axis is None or not axis.bare or not kinds:
        return "Basic"
    if records.id in _DRUGS_OR_ACTS:
        return kinds[0] if _is_drug(writing, axis) else kinds[1]
    if records.id == "examens":
        asked = "statut" in said and said["statut"].bare and said["statut"].word() == "demande"
        return "ServiceRequest" if asked else "Procedure"
    return kinds[0]


def _is_drug(writing: Writing, axis: Said) -> bool:
    """Say whether a treatment is a drug, or made of drugs."""
    value = axis.leaf.get("valeur", axis.leaf) if isinstance(axis.leaf, Mapping) else axis.leaf
    if isinstance(value, Mapping):
        return str(value.get("systeme", "")) in ("ATC", "RxNorm")
    concept = writing.ontology.find(str(value), ("traitement",))
    return concept is not None and ("ATC" in concept.codes or writing.ontology.is_a(concept.id, _SYSTEMIC))


# --- where each column stands ---


def _placed(resource: JSON, records: Item, name: str, said: Mapping[str, Said]) -> bool:
    """Put a column in its standard element; say whether it has one that can hold it."""
    kind = (records.id, str(resource["resourceType"]))
    one = said[name]
    if not one.bare:
        return False
    if name == STATUSES.get(kind, ("",))[0]:
        return _put_status(resource, kind, one, said)
    path = PLACES.get(kind, {}).get(name, "")
    if not path or _is_barred(resource, kind, name, said):
        return False
    if name == TUMOUR_COLUMN:
        put(resource, path, one.value["valueReference"])
        return True
    element = element_of(one.value, one.item, path)
    if element is None:
        return False
    if path == "relationship":
        element = {"coding": [*resource[path]["coding"], *element["coding"]]}
    put(resource, path, element)
    return True


def _put_status(resource: JSON, kind: tuple[str, str], one: Said, said: Mapping[str, Said]) -> bool:
    """Write the status that says a column: a treatment that ended before its term was stopped."""
    statuses = [status for status, value in STATUSES[kind][1].items() if value == one.word()]
    if not statuses:
        return False
    stopped = "motif_arret" in said and said["motif_arret"].word() in _STOPPED
    resource["status"] = statuses[-1] if stopped and one.word() is False else statuses[0]
    return True


def _is_barred(resource: JSON, kind: tuple[str, str], name: str, said: Mapping[str, Said]) -> bool:
    """Say whether FHIR's own rules keep a column from its element, or another column stands in it."""
    if kind[1] == "FamilyMemberHistory":
        if name == "age":
            return "condition" not in resource
        return name != "lien" and ("condition" in resource or not _is_ours(said[name]))
    if name != "fin":
        return False
    if kind[1] == "Condition":  # con-4: what has ended is not active
        return "actif" not in said or not said["actif"].bare or said["actif"].word() is not False
    start, end = (said[n].value.get("valueDateTime", "") if n in said else "" for n in ("debut", "fin"))
    return bool(start) and str(end) < str(start)  # per-1: a period ends after it starts


def _is_ours(one: Said) -> bool:
    return len(one.value["valueCodeableConcept"].get("text", "")) > 0


def _extend(resource: JSON, name: str, one: Said) -> None:
    """Write a column in an extension of ours."""
    resource.setdefault("extension", []).append(
        {"url": COLUMN, "extension": [{"url": "name", "valueCode": name}, *framed(one)]}
    )


def framed(one: Said) -> list[JSON]:
    """Return the parts of an extension of ours that carry a leaf, with its date and certainty."""
    if "dataAbsentReason" in one.value:
        parts: list[JSON] = [{"url": "absent", "valueCodeableConcept": one.value["dataAbsentReason"]}]
    else:
        parts = [{"url": "value", **one.value}]
    if one.statement is not None and one.statement.days is not None:
        parts.append({"url": "date", "valueDateTime": show_days(one.statement.days)})
    if one.statement is not None and one.statement.reason == SUSPECTED:
        parts.append({"url": "certainty", "valueCode": SUSPECTED})
    if one.tumour is not None:
        parts.append({"url": "tumour", "valueReference": one.tumour})
    return parts


def said_of_axis(writing: Writing, records: Item, leaf: Any, pointer: str, tumour: JSON | None) -> Said | None:
    """Return what one entry of `absents` or `complet` says, of a tumour if it names one."""
    item = column_of(records, records.axis)
    said = _said(writing, item, records.axis, leaf, pointer) if item else None
    return replace(said, tumour=tumour, bare=said.bare and tumour is None) if said else None
