"""The lists of a sheet: their rows, what is said absent, and of what they are complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.adapters.fhir_health import COMORBIDITIES
from api.adapters.fhir_own import ABSENT, COMPLETE, FREE_OF, LOOKED_FOR, MCODE, ROW, extension_url
from api.exports.fhir_sheet.codes import back_maps, item_coding
from api.exports.fhir_sheet.places import put
from api.exports.fhir_sheet.rows import Said, add_row, framed, said_of_axis
from api.exports.fhir_sheet.writing import (
    JSON,
    PERHAPS_WHOLE,
    SEVERAL_DOCUMENTS,
    UNREAD,
    Writing,
    says_something,
    token,
)
from engine.dictionary import Item
from engine.sheet import is_yes, of_tumour

_VARIANTS = "variants"
_LABORATORY = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
_EMPTY = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "nilknown"}]}


def add_list(writing: Writing, records: Item, body: Any, pointer: str) -> None:
    """Add one list: its rows, then what it says of the rows it has not."""
    if isinstance(body, list):
        body, lines, within = {"lignes": body}, body, pointer
    elif isinstance(body, Mapping):
        lines, within = body.get("lignes"), f"{pointer}/lignes"
    else:
        return
    rows: list[JSON] = []
    for number, line in enumerate(lines if isinstance(lines, list) else ()):
        if isinstance(line, Mapping):
            rows.append(add_row(writing, records, line, f"{within}/{number}"))
    if len(_documents(body)) > 1:
        writing.lose(records.id, pointer, SEVERAL_DOCUMENTS)
    absent, _ = _entries(writing, records, body.get("absents"), f"{pointer}/absents")
    complete, whole = _entries(writing, records, body.get("complet"), f"{pointer}/complet")
    if records.id == COMORBIDITIES:
        absent = _add_comorbidities(writing, rows, absent)
    if records.id == _VARIANTS:
        absent = _add_genes(writing, absent, FREE_OF)
        complete = _add_genes(writing, complete, LOOKED_FOR)
    if absent or complete or whole:
        _add_list(writing, records, rows, (absent, complete), whole)


def _documents(body: Any) -> set[str]:
    """Return the documents that rows say they come from."""
    if isinstance(body, Mapping):
        own = {str(body["document"])} if isinstance(body.get("document"), str) and "pointeur" in body else set()
        return own.union(*(_documents(inner) for inner in body.values()))
    return set().union(*(_documents(inner) for inner in body)) if isinstance(body, list) else set()


def _entries(writing: Writing, records: Item, body: Any, pointer: str) -> tuple[list[Said], list[JSON]]:
    """Return the concepts that a list is said to lack, or to be complete of, and what says it complete of everything."""
    if not isinstance(body, list):
        if is_yes(body):
            return _entries(writing, records, [body], pointer)
        if says_something(body) and body is not False:
            writing.lose(records.id, pointer, UNREAD)
        return [], []
    found: list[Said] = []
    whole: list[JSON] = []
    for number, entry in enumerate(body):
        place = f"{pointer}/{token(number)}"
        leaf, named = of_tumour(records, entry)
        tumour = {"reference": writing.tumours[named]} if named in writing.tumours else None
        if named and tumour is None:
            writing.lose(records.id, place, UNREAD)
        elif is_yes(leaf):
            whole += _whole(writing, records, leaf, place, tumour)
        elif one := said_of_axis(writing, records, leaf, place, tumour):
            found.append(one)
    return found, whole


def _whole(writing: Writing, records: Item, leaf: Any, pointer: str, tumour: JSON | None) -> list[JSON]:
    """Return what says a list complete of everything, where nothing limits that; else it stays open, and is named."""
    if isinstance(leaf, Mapping) and any(leaf.get(key) is not None for key in ("certitude", "raison", "date")):
        writing.lose(records.id, pointer, PERHAPS_WHOLE)
        return []
    return [{"valueReference": tumour} if tumour else {}]


def _add_list(
    writing: Writing, records: Item, rows: list[JSON], said: tuple[list[Said], list[Said]], whole: list[JSON]
) -> None:
    """Add the List that names the rows, what is absent, and of what it is complete."""
    marks = [
        {"url": url, "extension": framed(one)}
        for url, entries in zip((ABSENT, COMPLETE), said, strict=True)
        for one in entries
    ]
    for tumour in whole:
        of_one = [{"url": "tumour", **tumour}] if tumour else []
        marks.append({"url": COMPLETE, "extension": [{"url": "value", "valueBoolean": True}, *of_one]})
    writing.add(
        {
            "resourceType": "List",
            "extension": marks,
            "status": "current",
            "mode": "snapshot",
            "code": {"coding": [item_coding(records)]},
            "subject": writing.patient(),
            **({"entry": [{"item": row} for row in rows]} if rows else {}),
            **({"emptyReason": _EMPTY} if {} in whole and not rows else {}),
        }
    )


def _add_comorbidities(writing: Writing, rows: list[JSON], absent: list[Said]) -> list[Said]:
    """Add the comorbidities as mCODE lists them; return what is said absent otherwise than plainly."""
    plain = [one for one in absent if one.bare]
    codes = back_maps().codings("comorbidites", "liste")
    if not plain or not codes:
        return absent
    present = [{"url": extension_url("mcode-related-condition"), "valueReference": row} for row in rows]
    missing = [{"url": extension_url("mcode-related-condition-absent"), **one.value} for one in plain]
    writing.add(
        {
            "resourceType": "Observation",
            "meta": {"profile": [f"{MCODE}mcode-comorbidities"]},
            "extension": [*present, *missing],
            "status": "final",
            "code": {"coding": codes},
            "subject": writing.patient(),
        }
    )
    return [one for one in absent if not one.bare]


def _add_genes(writing: Writing, entries: list[Said], profile: str) -> list[Said]:
    """Add the genes looked for without a variant, or of which each variant is listed; return what is said otherwise."""
    plain = [one for one in entries if one.bare]
    groups = [[one] for one in plain] if profile == FREE_OF else [plain] if plain else []
    for genes in groups:
        writing.add(_region(writing, genes, profile))
    return [one for one in entries if not one.bare]


def _region(writing: Writing, genes: list[Said], profile: str) -> JSON:
    """Return a variant said absent, or a region studied."""
    free = profile == FREE_OF
    standard = "mcode-genomic-variant" if free else "mcode-genomic-region-studied"
    resource: JSON = {
        "resourceType": "Observation",
        "meta": {"profile": [MCODE + standard, ROW + profile]},
        "status": "final",
        "category": [{"coding": [_LABORATORY]}],
        "code": {"coding": back_maps().codings("genomique", "variant" if free else "region")},
        "subject": writing.patient(),
    }
    if free:
        resource["valueCodeableConcept"] = {"coding": back_maps().codings("statut_variant", "absente")}
    for gene in genes:
        put(resource, "#gene/valueCodeableConcept", gene.value["valueCodeableConcept"])
    return resource
