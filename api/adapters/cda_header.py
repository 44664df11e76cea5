"""The header of a CDA: which document it is, the patient without identity, the board's day, place and identifiers."""

from __future__ import annotations

import re

from api.adapters.cda_codes import concept_said, meaning_of, put_axes, put_unknown
from api.adapters.cda_elements import Node
from api.adapters.conversion import Unreadable
from api.adapters.fhir_concepts import CANCER
from api.adapters.fhir_reading import Reading
from engine.problems import in_sheet

MOST_TUMOURS = 50
FRCP, GENETICS, PATHOLOGY, PLAN, SUMMARY, LABORATORY = "frcp", "cr-gm", "cr-acp", "pps", "synthese", "cr-bio"
# What these say is the patient's: they are sheets without a tumour.
OF_THE_PATIENT = (SUMMARY, LABORATORY)
_TEMPLATES = {
    FRCP: ("1.2.250.1.213.1.1.1.8",),
    GENETICS: ("1.2.250.1.213.1.1.1.32",),
    PATHOLOGY: (
        "1.3.6.1.4.1.19376.1.8.1.1.1", "1.2.250.1.213.1.1.1.57",
        *(f"1.3.6.1.4.1.19376.1.8.1.1.2.{n}" for n in range(1, 21)),
    ),
    PLAN: ("1.2.250.1.213.1.1.1.26",),
    SUMMARY: ("1.2.250.1.213.1.1.1.51", "1.2.250.1.213.1.1.1.13"),
    LABORATORY: ("1.2.250.1.213.1.1.1.55",),
}  # fmt: skip
# 18776-5 alone is any plan of care, 60591-5 and 11502-2 any summary or laboratory report: IHE's entries are read in each.
_CODES = {
    "34794-8": FRCP,
    "51969-4": GENETICS,
    "11526-1": PATHOLOGY,
    "60568-3": PATHOLOGY,
    "60591-5": SUMMARY,
    "11502-2": LABORATORY,
}
_BOARD = {
    "1.2.250.1.161.1.20.1.1": "rrc_id",
    "1.2.250.1.161.1.20.2.1": "gestionnaire_id",
    "1.2.250.1.161.1.20.3.1": "rcp_id",
    "1.2.250.1.213.1.1.9": "session_id",
}
_FINESS = "1.2.250.1.71.4.2.2"
_PLAIN = re.compile(r"[A-Za-z0-9.-]{1,40}", re.ASCII)
BREAST = "1.3.6.1.4.1.19376.1.8.1.1.2.1"


def kind_of(root: Node) -> str:
    """Return which document it is, by its template, else by its type; empty for one that nothing here reads."""
    for kind, templates in _TEMPLATES.items():
        if root.is_of(*templates):
            return kind
    return _CODES.get(root["code"].attribute("code"), "")


def read_patient(reading: Reading, root: Node) -> None:
    """Read age and sex, and drop the rest on entry: the loss names the place, never what stood there."""
    target = root["recordTarget"]
    patient = target["patientRole"]["patient"]
    birth, sex = patient["birthTime"], patient["administrativeGenderCode"]
    if birth.date():
        reading.put("date_naissance", reading.leaf(birth.date(), birth.pointer))
    else:
        put_unknown(reading, "date_naissance", birth)
    found = meaning_of(reading, "cda-sexe", sex.codings())
    if found:
        reading.put("sexe", reading.leaf(found[0], sex.pointer, found[1]))
    else:
        put_unknown(reading, "sexe", sex)
    if target:
        reading.lose(target.pointer, "identité retirée à l'entrée : identifiants, noms, adresses, lieu de naissance")


def identifiers_of(root: Node) -> frozenset[tuple[str, str]]:
    """Return the patient's identifiers: the OID of who gave each, and its value."""
    each = root["recordTarget"]["patientRole"].each("id")
    known = (one for one in each if not one.attribute("nullFlavor"))
    found = ((one.attribute("root"), one.attribute("extension").replace(" ", "")) for one in known)
    return frozenset(pair for pair in found if all(pair))


def read_board(reading: Reading, root: Node) -> None:
    """Read when and where the board met, and under which identifiers."""
    encounter = root["componentOf"]["encompassingEncounter"]
    time = encounter["effectiveTime"]
    if time.date():
        reading.put("date_rcp", reading.leaf(time.date(), time.pointer))
    for identifier in encounter.each("id"):
        item = _BOARD.get(identifier.attribute("root"), "")
        if item and _PLAIN.fullmatch(identifier.attribute("extension")):
            reading.put(item, reading.leaf(identifier.attribute("extension"), identifier.pointer))
    place = encounter["location"]["healthCareFacility"]
    for identifier in place.each("id"):
        number = identifier.attribute("extension")
        if identifier.attribute("root") == _FINESS and _PLAIN.fullmatch(number):
            # The national structure identifier writes a 1 before the nine characters of FINESS.
            bare = number[1:] if len(number) == 10 and number[0] == "1" else number
            reading.put("centre", reading.leaf(bare, identifier.pointer))


def read_header_site(reading: Reading, root: Node) -> None:
    """Read the header's copy of the tumour's site: beside the tumour's own, or alone where no section has one."""
    for event in root.each("documentationOf"):
        code = event["serviceEvent"]["code"]
        if concept_said(reading, code.codings(), *CANCER):
            if not reading.sheet.get("tumeurs"):
                new_tumour(reading)
            if reading.only_tumour():
                put_axes(reading, code, reading.only_tumour())
            else:
                reading.lose(
                    code.pointer, "copie du siège d'une des tumeurs : celui de chacune est lu", code.codings()[0]
                )
        elif code and meaning_of(reading, "cda-acte", code.codings()):
            reading.use(code.pointer)


def new_tumour(reading: Reading) -> str:
    """Begin a tumour in the sheet; refuse a document that has more than any patient."""
    tumours = reading.sheet.setdefault("tumeurs", [])
    if len(tumours) >= MOST_TUMOURS:
        message = f"le document a plus de {MOST_TUMOURS} tumeurs"
        raise Unreadable([in_sheet("", "cda-trop-de-tumeurs", message)])
    tumours.append({"id": f"t{len(tumours) + 1}"})
    return str(tumours[-1]["id"])
