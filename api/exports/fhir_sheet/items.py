"""Items of a sheet as Observations: the standard code where one says just the item, and always our own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.adapters.fhir_own import JUDGEMENTS, MCODE
from api.adapters.fhir_tnm import STAGE
from api.adapters.fhir_values import QUANTITY
from api.exports.fhir_sheet.codes import back_maps, coding, item_coding, standard_of
from api.exports.fhir_sheet.frames import frame_of, lose_people
from api.exports.fhir_sheet.values import text_of, value_of
from api.exports.fhir_sheet.writing import IDENTITY, JSON, UNREAD, Writing, token
from engine.dictionary import Item
from engine.domains import Line
from engine.leaf import Statement
from engine.units import find_unit

_TNM_PROFILES = {
    "T": "mcode-tnm-primary-tumor-category",
    "N": "mcode-tnm-regional-nodes-category",
    "M": "mcode-tnm-distant-metastases-category",
    STAGE: "mcode-tnm-stage-group",
}
_SCORES = {"oms": "mcode-ecog-performance-status", "karnofsky": "mcode-karnofsky-performance-status"}
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def leaves_in(item: Item, body: Any, pointer: str) -> Iterator[tuple[Any, str]]:
    """Yield the leaves of an item with their places, as the engine parts them: one, or a list of them."""
    if not item.is_text and isinstance(body, list) and any(isinstance(leaf, Mapping) for leaf in body):
        yield from ((leaf, f"{pointer}/{number}") for number, leaf in enumerate(body))
    else:
        yield body, pointer


def add_item(writing: Writing, item: Item, body: Any, pointer: str, tumour: JSON | None = None) -> None:
    """Add what a sheet says of an item, an Observation for each of its leaves."""
    if body is None:
        return
    if item.identity:
        writing.lose(item.id, pointer, IDENTITY)
    elif item.computed:
        writing.lose(item.id, pointer, UNREAD)
    else:
        for leaf, place in leaves_in(item, body, pointer):
            add_leaf(writing, item, leaf, place, tumour)


def add_leaf(writing: Writing, item: Item, leaf: Any, pointer: str, tumour: JSON | None) -> None:
    """Add one leaf as an Observation."""
    if item.is_text:
        text = text_of(writing, item, leaf, pointer)
        if text:
            writing.add(_observation(writing, [item_coding(item)], {"status": "final"}, text, tumour))
        return
    statement = writing.read(item, leaf, pointer)
    standard, how = standard_of(item, writing.dictionary)
    value = value_of(writing, item, leaf, statement, how) if statement else None
    if statement is None or value is None:
        return
    frame = frame_of(writing, item, leaf, statement, value)
    if not _suits(item, value, how) or not _is_of_edition(item, statement, value):
        standard = []
    code = [*standard, coding(JUDGEMENTS, item.id, item.label()) if _is_judgement(writing, item) else item_coding(item)]
    writing.add(_observation(writing, code, _measured(item, standard, frame), _scored(item, value), tumour))


def add_judgements(writing: Writing, body: Any, pointer: str, tumour: JSON | None = None) -> None:
    """Add the judgements that a sheet carries at one place."""
    for name, leaf in body.items() if isinstance(body, Mapping) else ():
        item = writing.dictionary.judgement(str(name))
        if item is not None:
            place = f"{pointer}/{token(name)}"
            lose_people(writing, item, leaf if isinstance(leaf, Mapping) else {}, place)
            add_leaf(writing, item, leaf, place, tumour)


def _is_judgement(writing: Writing, item: Item) -> bool:
    return writing.dictionary.items.get(item.id) is None


def _observation(writing: Writing, code: list[JSON], frame: JSON, value: JSON, tumour: JSON | None) -> JSON:
    """Return an Observation of the patient, or of one tumour."""
    profile = _profile(code, frame, value)
    return {
        "resourceType": "Observation",
        **({"meta": {"profile": [MCODE + profile]}} if profile else {}),
        **frame,
        "code": {"coding": code},
        "subject": writing.patient(),
        **({"focus": [tumour]} if tumour else {}),
        **value,
    }


def _suits(item: Item, value: JSON, how: str) -> bool:
    """Say whether the item's standard code is of the kind of value said: a code of a mass takes no amount of substance."""
    numbers = [value["valueQuantity"]] if "valueQuantity" in value else list(value.get("valueRange", {}).values())
    if not numbers or not isinstance(item.domain, Line):
        return how != QUANTITY or "dataAbsentReason" in value
    unit, target = find_unit(str(numbers[0]["code"])), item.domain.unit
    return how == QUANTITY and unit is not None and target is not None and unit.dimension == target.dimension


def _is_of_edition(item: Item, statement: Statement, value: JSON) -> bool:
    """Say whether a standard code can be read as this item: the code names no edition, and yc, yp, r only by the value."""
    if not item.edition:
        return True
    sure = item.context in ("c", "p") and not item.id.endswith(f"_tnm{item.edition}")
    return statement.edition in ("", item.edition) and (sure or "dataAbsentReason" not in value)


def _scored(item: Item, value: JSON) -> JSON:
    """Return a performance score as mCODE has it: a whole number, with its standard answer beside it."""
    said = value.get("valueCodeableConcept", {}).get("coding", [])
    score = str(said[-1]["code"]).partition("=")[2] if said else ""
    if item.id not in _SCORES or not score.isdigit():
        return value
    return {"valueInteger": int(score), **({"interpretation": [{"coding": said[:-1]}]} if said[:-1] else {})}


def _measured(item: Item, standard: list[JSON], frame: JSON) -> JSON:
    """Return the frame that goes with an item's standard code: the edition that the item is of, how a size was measured."""
    said = frame.get("method", {}).get("coding", [])
    edition = back_maps().codings("edition", item.edition) if item.id.endswith(f"_tnm{item.edition}") else []
    if standard and edition and edition[0] not in said:
        return {**frame, "method": {"coding": [*edition, *said]}}
    if not standard or item.id not in ("taille_c", "taille_p"):
        return frame
    if item.id == "taille_c":
        return {**frame, "category": [{"coding": [{"system": _CATEGORY, "code": "imaging"}]}]}
    examined = coding(*back_maps().said_by["contexte"]["p"][-1])  # gross examination, in the last row
    return {**frame, "method": {"coding": [examined, *said]}}


def _profile(code: list[JSON], frame: JSON, value: JSON) -> str:
    """Return the mCODE profile that an Observation fulfils, or nothing."""
    name = str(code[-1]["code"])
    if "valueInteger" in value and name in _SCORES and len(code) > 1:
        return _SCORES[name]
    axis = STAGE if name.startswith(STAGE) else name.partition("_tnm")[0][-1:]
    coded = len(value.get("valueCodeableConcept", {}).get("coding", [])) > 1
    staged = len(frame.get("method", {}).get("coding", [])) > 1
    return _TNM_PROFILES.get(axis, "") if len(code) > 1 and coded and staged and "status" in frame else ""
