"""The body of a fiche RCP: its tumours, what it states of the case, and treatments received."""

from __future__ import annotations

from typing import Any

from api.adapters.cda_codes import concept_said, put_axes, put_side, put_unknown
from api.adapters.cda_elements import Node
from api.adapters.cda_header import new_tumour
from api.adapters.cda_statements import ASKED, is_said, read_reasons, read_statement
from api.adapters.cda_tnm import read_stage
from api.adapters.fhir_elements import Coding
from api.adapters.fhir_reading import Reading

PATHOLOGY_SECTION, GENETICS_SECTION = "1.2.250.1.213.1.1.2.34", "1.2.250.1.213.1.1.2.67"
_DIAGNOSIS, _TUMOUR, _STAGE = "282291009", "1.2.250.1.213.1.1.3.113", "75620-5"
_ROOT = "tout_traitement"


def read_tumours(reading: Reading, body: Node) -> None:
    """Read every tumour that the fiche states."""
    for node in body.within("observation"):
        is_tumour = node.is_of(_TUMOUR) or node["code"].attribute("code") == _DIAGNOSIS
        if is_tumour and (node["targetSiteCode"] or node["value"]) and is_said(reading, node):
            _read_tumour(reading, node)


def _read_tumour(reading: Reading, node: Node) -> None:
    tumour = new_tumour(reading)
    reading.use(node["code"].pointer)
    site, kind = node["targetSiteCode"], node["value"]
    for item, said in (("topographie", site), ("morphologie", kind)):
        if not put_unknown(reading, item, said, tumour):
            put_axes(reading, said, tumour)
    put_side(reading, site, tumour)
    act = node.above("act")
    for time in (node["effectiveTime"], act["effectiveTime"]):
        if time.date():
            reading.put("date_diagnostic", reading.leaf(time.date(), time.pointer), tumour)
            break
    for inner in node.within("observation"):
        if inner["code"].attribute("code") == _STAGE:
            read_stage(reading, inner, tumour)


def read_case(reading: Reading, body: Node) -> None:
    """Read what the tables give to items, the reasons of the board, and the treatments received and proposed."""
    tumour = reading.only_tumour()
    reports = {
        n.pointer
        for s in body.within("section")
        if is_report(s)
        for n in s.within("observation", "encounter", "procedure")
    }
    statements = [node for node in body.within("observation", "encounter") if node.pointer not in reports]
    for node in statements:
        read_statement(reading, node, tumour)
    read_reasons(reading, statements)
    for node in body.within("procedure"):
        if node.pointer not in reports:
            read = read_proposal if node.attribute("moodCode") in ASKED else read_treatment
            read(reading, node, tumour)


def is_report(section: Node) -> bool:
    """Say whether a section repeats a pathology or genetics report."""
    return section.is_of(PATHOLOGY_SECTION, GENETICS_SECTION)


def read_proposal(reading: Reading, node: Node, tumour: str, said: Node | None = None) -> None:
    """Read a treatment that the board proposes; the rank of the intention is only in the narrative."""
    code, time = said or node["code"], node["effectiveTime"]
    found = _treatment_said(reading, node, code, ASKED)
    if found is None:
        return
    row: dict[str, Any] = {"concept": reading.leaf(found[0], code.pointer, found[1]), "tumeur": tumour}
    if time.date():
        row["prevu"] = reading.leaf(time.date(), time.pointer)
    reading.add_row("proposition_traitements", row)


def _treatment_said(reading: Reading, node: Node, code: Node, moods: tuple[str, ...]) -> tuple[str, Coding] | None:
    """Return the treatment that an entry names; what names none, or is cancelled or denied, is reported."""
    if not is_said(reading, node, moods):
        return None
    found = concept_said(reading, code.codings(), "traitement")
    if found is not None and found[0] != _ROOT:
        return found
    if code.codings():
        reason = "traitement que le code ne précise pas, ou que l'ontologie ne connaît pas"
        reading.lose(code.pointer, reason, code.codings()[0])
    return None


def read_treatment(reading: Reading, node: Node, tumour: str, said: Node | None = None) -> None:
    """Read a treatment received; one that is cancelled, or older than the patient, is reported.

    `said` is where the treatment is named, if not in the code of the entry.
    """
    code, time = said or node["code"], node["effectiveTime"]
    found = _treatment_said(reading, node, code, ("EVN", ""))
    if found is None:
        return
    concept, coding = found
    if _before_birth(reading, time.date()):
        reading.lose(node.pointer, "traitement daté d'avant la naissance : écarté", coding)
        return
    row: dict[str, Any] = {"concept": reading.leaf(concept, code.pointer, coding), "tumeur": tumour}
    if time.date():
        row["debut"] = reading.leaf(time.date(), time["low"].pointer or time.pointer)
    if time.end():
        row["fin"] = reading.leaf(time.end(), time["high"].pointer)
    row["en_cours"] = _ongoing(reading, node, coding)
    reading.add_row("traitements", row)
    _note_order(reading, node, coding, tumour)


def _ongoing(reading: Reading, node: Node, coding: Coding) -> dict[str, Any] | None:
    """Return whether the treatment goes on, by its status; an end that is past says the contrary, and leaves it open."""
    status = node["statusCode"]
    today = _first(reading.sheet.get("rcp", {}).get("date_rcp"))
    if status.attribute("code") == "active":
        end = node["effectiveTime"].end()
        if end and today and end < today:
            reading.lose(status.pointer, "traitement dit en cours, mais fini avant la RCP : laissé ouvert", coding)
            return None
        return reading.leaf(True, status.pointer)
    return reading.leaf(False, status.pointer) if status.attribute("code") == "completed" else None


def _before_birth(reading: Reading, day: str) -> bool:
    born = _first(reading.sheet.get("patient", {}).get("date_naissance"))
    return bool(day and born) and day < born[: len(day)]


def _note_order(reading: Reading, node: Node, coding: Coding, tumour: str) -> None:
    """Report a treatment begun before the diagnosis it is said to be for."""
    diagnosed = next(
        (_first(t.get("date_diagnostic")) for t in reading.sheet.get("tumeurs", ()) if t["id"] == tumour), ""
    )
    day = node["effectiveTime"].date()
    if day and diagnosed and day < diagnosed[: len(day)]:
        reading.lose(
            node["effectiveTime"].pointer, "traitement commencé avant la date du diagnostic : repris tel quel", coding
        )


def _first(leaves: Any) -> str:
    return str(leaves[0].get("valeur") or "") if leaves else ""
