"""What goes with a value in an Observation: date, certainty, edition, method, specimen, the laboratory's limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.adapters.fhir_own import FRAMES, WORDS
from api.exports.fhir_sheet.codes import back_maps, coding
from api.exports.fhir_sheet.values import json_number, may_be_code, ucum
from api.exports.fhir_sheet.writing import AUTHOR, JSON, LIMIT, WORD, Writing
from engine.dates import show_days
from engine.dictionary import Item
from engine.domains import Line
from engine.leaf import LeafReader, Statement
from engine.quantities import decimal_of


def frame_of(writing: Writing, item: Item, leaf: Any, statement: Statement, value: JSON) -> JSON:
    """Return when, how surely, by which edition and method, on which specimen and in which limits an observation holds."""
    body = leaf if isinstance(leaf, Mapping) else {}
    framed: JSON = {"status": "preliminary" if is_suspected(writing, body) else "final"}
    if statement.days is not None:
        framed["effectiveDateTime"] = show_days(statement.days)
    words = _words(writing, item, body, statement)
    method = [c for frame, word in words.items() if frame != "prelevement" for c in word]
    if method:
        framed["method"] = {"coding": method}
    if "prelevement" in words:
        framed["specimen"] = _specimen(writing, words["prelevement"])
    limits = _limits(writing, item, body, statement, value)
    if limits:
        framed["referenceRange"] = [limits]
    lose_people(writing, item, body, statement.pointer)
    return framed


def is_suspected(writing: Writing, body: Mapping[str, Any]) -> bool:
    """Say whether a leaf or row is only suspected, as the engine reads it."""
    return LeafReader(writing.ontology).is_suspected(body.get("certitude"), "")


def lose_people(writing: Writing, item: Item, body: Mapping[str, Any], pointer: str) -> None:
    """Note the names and labels that a leaf carries for people."""
    for key in ("auteur", "libelle"):
        if body.get(key) is not None:
            writing.lose(item.id, f"{pointer}/{key}", AUTHOR)
    value = body.get("valeur")
    if isinstance(value, Mapping) and value.get("libelle") is not None:
        writing.lose(item.id, f"{pointer}/valeur/libelle", AUTHOR)


def _words(writing: Writing, item: Item, body: Mapping[str, Any], statement: Statement) -> dict[str, list[JSON]]:
    """Return the words of a frame, each as a code of ours; an edition has a standard code beside it."""
    said = {"edition": statement.edition, "methode": statement.method, "prelevement": statement.specimen}
    found: dict[str, list[JSON]] = {}
    for frame in FRAMES:
        word = said[frame]
        if word and (not may_be_code(word)):
            writing.lose(item.id, f"{statement.pointer}/{frame}", WORD)
        elif word:
            standard = back_maps().codings("edition", word) if frame == "edition" else []
            found[frame] = [*standard, coding(WORDS, f"{frame}={word}")]
    return found


def _specimen(writing: Writing, words: list[JSON]) -> JSON:
    """Return the reference to the specimen of a kind, written once."""
    name = str(words[-1]["code"])
    if name not in writing.specimens:
        specimen = {"resourceType": "Specimen", "type": {"coding": words}, "subject": writing.patient()}
        writing.specimens[name] = str(writing.add(specimen)["reference"])
    return {"reference": writing.specimens[name]}


def _limits(writing: Writing, item: Item, body: Mapping[str, Any], statement: Statement, value: JSON) -> JSON:
    """Return the laboratory's limits, in the unit of the value."""
    limits: JSON = {}
    unit = ucum(item, str(body.get("unite") or "")) if isinstance(item.domain, Line) else {}
    same = all(unit.items() <= number.items() for number in _numbers(value))
    for key, name, read in (("lin", "low", statement.lower), ("lsn", "high", statement.upper)):
        if read is None:
            continue
        said = decimal_of(body[key]) if not isinstance(body[key], str) else None
        number = json_number(said) if said is not None and same else None
        if number is None:
            writing.lose(item.id, f"{statement.pointer}/{key}", LIMIT)
        else:
            limits[name] = {"value": number, **unit}
    return limits


def _numbers(value: JSON) -> list[JSON]:
    if "valueRange" in value:
        return list(value["valueRange"].values())
    return [value["valueQuantity"]] if "valueQuantity" in value else []
