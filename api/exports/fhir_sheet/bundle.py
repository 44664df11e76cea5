"""A native sheet (fiche-rcp/1, without identity) → FHIR R4 Bundle of type collection (mCODE STU4), nothing dropped silently.

Every item has our own code beside the standard ones, so that the importer reads back exactly what the sheet said; a
reader that does not know our codes reads the standard ones. What FHIR can't hold is listed with its place and reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.exports.fhir_sheet.items import add_item, add_judgements
from api.exports.fhir_sheet.lists import add_list
from api.exports.fhir_sheet.tumours import add_patient, add_tumour, name_tumours
from api.exports.fhir_sheet.writing import DOUBT, NOT_HELD, UNREAD, FhirSheet, Writing, token
from engine.dictionary import Dictionary
from engine.ontology import Ontology
from engine.sheet import JUDGEMENTS, TUMOURS, read_sheet

__all__ = ["NOT_HELD", "FhirSheet", "sheet_bundle"]

_PATIENT = "patient"


def sheet_bundle(sheet: Mapping[str, Any], ontology: Ontology, dictionary: Dictionary) -> FhirSheet:
    """Return the bundle of a sheet, and what of the sheet is not in it: same sheet, same bytes."""
    writing = Writing(sheet, ontology, dictionary)
    tumours = sheet.get(TUMOURS)
    bodies = tumours if isinstance(tumours, list) else []
    name_tumours(writing, bodies)
    patient = add_patient(writing, sheet.get(_PATIENT))
    for number, body in enumerate(bodies):
        if isinstance(body, Mapping):
            add_tumour(writing, body, number)
    for key, value in sheet.items():
        if key not in ("schema", TUMOURS):
            _add_section(writing, str(key), patient if key == _PATIENT else value)
    # What reads as open (a category that its edition has not) goes out as it stands, and comes back as open.
    known = {lost["pointer"] for lost in writing.not_held} | writing.readable
    for problem in read_sheet(sheet, dictionary, ontology).problems:
        if problem.pointer not in known and not problem.pointer.endswith(DOUBT):
            writing.lose("", problem.pointer, UNREAD)
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": writing.entries}
    return FhirSheet(bundle, tuple(writing.not_held))


def _add_section(writing: Writing, path: str, body: Any) -> None:
    """Add what stands below one key of the sheet: a list, an item, judgements, or a section of items."""
    pointer = f"/{token(path)}"
    item = writing.dictionary.paths.get(path)
    if item is not None and item.is_records:
        add_list(writing, item, body, pointer)
    elif path == JUDGEMENTS:
        add_judgements(writing, body, pointer)
    elif item is not None:
        add_item(writing, item, body, pointer)
    elif isinstance(body, Mapping):
        for key, value in body.items():
            inner = writing.dictionary.paths.get(f"{path}.{key}")
            if key == JUDGEMENTS:
                add_judgements(writing, value, f"{pointer}/{JUDGEMENTS}")
            elif inner is not None:
                add_item(writing, inner, value, f"{pointer}/{token(key)}")
