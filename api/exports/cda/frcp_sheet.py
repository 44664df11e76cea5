"""Native sheet → a fiche RCP (CANCER-FRCP 2022.01) that reads back as the same items, and what the form can't hold.

Its sections are those that the form codes: the board (…128, 163, 33), the tumours (…27), performance and G8 (…111), the
phase (…25), treatments received (…118), the proposal and its frame as far as the sheet codes them (…158, 175), the status
(…35). Texts stay in the board software: they may name the patient. What is not written is listed, with a key of `NOT_HELD`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from api.exports.cda import frcp_board, frcp_state
from api.exports.cda.elements import LOINC, Coded, Identifiers, code, element, moment, unknown, written
from api.exports.cda.entries import templates
from api.exports.cda.frcp_held import Held, NotHeld
from api.exports.cda.frcp_pages import Page
from api.exports.cda.frcp_treatments import treatments
from api.exports.cda.frcp_tumours import tumours
from engine.canonical import canonical
from engine.dictionary import Dictionary
from engine.ontology import Ontology
from engine.sheet import read_sheet

TEMPLATES = ("2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1", "1.2.250.1.213.1.1.1.8")
BOARD_IDS = {
    "rrc_id": "1.2.250.1.161.1.20.1.1",
    "gestionnaire_id": "1.2.250.1.161.1.20.2.1",
    "rcp_id": "1.2.250.1.161.1.20.3.1",
    "session_id": "1.2.250.1.213.1.1.9",
}
FINESS = "1.2.250.1.71.4.2.2"
_SEXES = {"F": "F", "M": "M", "I": "UN"}
_PLAIN = re.compile(r"[A-Za-z0-9.-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Written:
    """A document, or sections, as XML; and every item of the sheet that is not in it."""

    body: bytes
    not_held: tuple[NotHeld, ...]


def frcp_sections(sheet: Mapping[str, Any], ontology: Ontology, dictionary: Dictionary) -> Written:
    """Return a `structuredBody` with the sections that hold a native sheet; its header items are in `not_held`."""
    held, identifiers = _begun(sheet, ontology, dictionary)
    body = element("structuredBody", None, *_sections(held, identifiers))
    return Written(written(body), _closed(held, sheet))


def frcp_document(sheet: Mapping[str, Any], ontology: Ontology, dictionary: Dictionary) -> Written:
    """Return a draft fiche RCP of a native sheet: the header says no identity, only what the sheet says of age and board."""
    held, identifiers = _begun(sheet, ontology, dictionary)
    head = [_patient(held), _encounter(held)]
    body = element("structuredBody", None, *_sections(held, identifiers))
    document = element(
        "ClinicalDocument",
        None,
        element("realmCode", {"code": "FR"}),
        element("typeId", {"root": "2.16.840.1.113883.1.3", "extension": "POCD_HD000040"}),
        *templates(TEMPLATES),
        element("id", {"root": identifiers.of("document")}),
        code("code", Coded("34794-8", LOINC, "Compte rendu de réunion de concertation pluridisciplinaire")),
        element("title", text="Fiche RCP (brouillon)"),
        moment(_board_day(held)),
        element("confidentialityCode", {"code": "N", "codeSystem": "2.16.840.1.113883.5.25"}),
        element("languageCode", {"code": "fr-FR"}),
        *head,
        element("component", None, body),
    )
    return Written(written(document), _closed(held, sheet))


def _begun(sheet: Mapping[str, Any], ontology: Ontology, dictionary: Dictionary) -> tuple[Held, Identifiers]:
    seed = hashlib.sha256(canonical(sheet).encode()).hexdigest()
    return Held(read_sheet(sheet, dictionary, ontology), dictionary, ontology), Identifiers(seed)


def _closed(held: Held, sheet: Mapping[str, Any]) -> tuple[NotHeld, ...]:
    held.untaken(sheet)
    return tuple(sorted(set(held.lost)))


def _sections(held: Held, identifiers: Identifiers) -> list[Element]:
    """Return the sections in the order of the form."""

    def page(name: str) -> Page:
        return Page(name, held, identifiers)

    return [
        *frcp_board.reason(page("rcp")),
        *frcp_board.screening(page("decouverte")),
        *tumours(page("tumeur")),
        *frcp_state.function(held, identifiers),
        *frcp_state.phase(page("phase")),
        *treatments(page("traitement")),
        *frcp_board.file(page("dossier")),
        *frcp_board.proposed(page("proposition")),
        *frcp_board.frame(page("cadre")),
        *frcp_board.state(page("statut")),
    ]


# --- header ---


def _patient(held: Held) -> Element:
    return element(
        "recordTarget",
        None,
        element(
            "patientRole",
            None,
            unknown("id", "MSK"),
            element("patient", None, unknown("name", "MSK"), _sex(held), _birth(held)),
        ),
    )


def _sex(held: Held) -> Element:
    statement = held.take("sexe")
    found = _SEXES.get(held.category(statement)) if statement else None
    name = "administrativeGenderCode"
    if found:
        held.day(statement, carried=False)  # type: ignore[arg-type]  # found only of a statement
        return code(name, Coded(found, "2.16.840.1.113883.5.1"))
    if statement is not None and statement.worlds is not None:
        held.lose(statement, "sans-code")
    opened = held.open(statement, name=name) if statement is not None and statement.worlds is None else None
    return opened if opened is not None else unknown(name, "UNK")


def _birth(held: Held) -> Element:
    statement = held.take("date_naissance")
    if statement is None:
        return unknown("birthTime", "UNK")
    held.day(statement, carried=False)
    if statement.worlds is None:
        opened = held.open(statement, name="birthTime")
        return opened if opened is not None else unknown("birthTime", "UNK")
    return moment(held.date(statement), "birthTime")


def _encounter(held: Held) -> Element:
    statement = held.take("date_rcp")
    if statement is not None:
        held.day(statement, carried=False)
        if statement.worlds is None:
            held.lose(statement, "raison")
    day = held.date(statement) if statement else ""
    ids = [
        element("id", {"root": root, "extension": said})
        for item, root in BOARD_IDS.items()
        if (said := _plain(held, item))
    ]
    time = element("effectiveTime", None, moment(day, "low"))
    return element("componentOf", None, element("encompassingEncounter", None, *ids, time, _place(held)))


def _plain(held: Held, item: str) -> str:
    """Return an identifier of the board, if it is one."""
    said = held.sheet.texts.get(item, "")
    if _PLAIN.fullmatch(said):
        held.taken.add(item)
        return said
    return ""


def _place(held: Held) -> Element | None:
    """Return the hospital: its FINESS number, with the 1 that the national identifier of structures begins with."""
    said = held.sheet.texts.get("centre", "")
    if not _PLAIN.fullmatch(said) or (len(said) == 10 and said[0] == "1"):
        return None
    held.taken.add("centre")
    number = f"1{said}" if len(said) == 9 else said
    inner = element("healthCareFacility", None, element("id", {"root": FINESS, "extension": number}))
    return element("location", None, inner)


def _board_day(held: Held) -> str:
    for statement in held.statements("date_rcp"):
        return held.date(statement) if statement.worlds is not None else ""
    return ""
