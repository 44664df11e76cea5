"""A pathology report: type and site of the tumour, grade, pT and pN, receptors; what is of a node or an in situ part stays apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.adapters.cda_codes import is_secondary, known, meaning_of, put_axes, put_side, put_unknown, role_of
from api.adapters.cda_elements import Node
from api.adapters.cda_header import BREAST, new_tumour
from api.adapters.cda_statements import is_said, read_statement
from api.adapters.cda_tnm import is_category, read_category
from api.adapters.fhir_elements import Coding
from api.adapters.fhir_reading import Reading


def read_report(reading: Reading, root: Node, body: Node) -> None:
    """Read a whole report into a tumour of its own, if it names one."""
    types = _types(reading, body)
    if not any(not is_secondary(reading, node["value"].codings()) for node in types) and not root.is_of(BREAST):
        return
    tumour = new_tumour(reading)
    read_findings(reading, body, tumour)
    if root.is_of(BREAST) and not reading.sheet["tumeurs"][0].get("topographie"):
        template = next(each for each in root.each("templateId") if each.attribute("root") == BREAST)
        reading.put("topographie", reading.leaf("sein", template.pointer), tumour)


def read_findings(reading: Reading, body: Node, tumour: str) -> None:
    """Read what a report, or the section of another document that repeats it, finds of a tumour."""
    primary = _read_types(reading, _types(reading, body), tumour)
    for procedure in body.within("procedure"):
        _read_specimen(reading, procedure, tumour, primary)
    for node in body.within("observation"):
        if is_category(reading, node):
            read_category(reading, node, tumour)
        else:
            read_statement(reading, node, tumour)


def _types(reading: Reading, body: Node) -> list[Node]:
    """Return the observations that state a histological type."""
    return [node for node in body.within("observation") if role_of(reading, node) == "histologie"]


def _read_types(reading: Reading, types: list[Node], tumour: str) -> set[str]:
    """Write the type: the invasive one, else the in situ one; return the entries that are of the primary tumour."""
    said = [node for node in types if is_said(reading, node)]
    own = [node for node in said if not is_secondary(reading, node["value"].codings())]
    invasive = [node for node in own if not _in_situ(reading, node["value"].codings())]
    for node in said:
        codings = node["value"].codings()
        reading.use(node["code"].pointer)
        if node not in own:
            reading.lose(node["value"].pointer, "type d'une métastase : ce n'est pas celui de la tumeur", codings[0])
        elif invasive and node not in invasive:
            reading.lose(node["value"].pointer, "composante in situ à côté d'une composante invasive", codings[0])
        elif not put_unknown(reading, "morphologie", node["value"], tumour):
            put_axes(reading, node["value"], tumour)
    return {node.above("entry").pointer for node in own}


def _in_situ(reading: Reading, codings: Iterable[Coding]) -> bool:
    return any(
        (c.system == "CIM-O-3" and c.code.endswith("/2")) or reading.maps.meanings("cda-in-situ", c)
        for c in known(reading, codings)
    )


def _read_specimen(reading: Reading, node: Node, tumour: str, primary: set[str]) -> None:
    """Read where a specimen of the primary tumour was taken, and the operation that gave it."""
    if not is_said(reading, node):
        return
    site, time = node["targetSiteCode"], node["effectiveTime"]
    if node.above("entry").pointer in primary:
        put_axes(reading, site, tumour)
        put_side(reading, site, tumour)
    elif site.codings():
        reading.lose(site.pointer, "siège d'un prélèvement qui n'est pas de la tumeur primitive", site.codings()[0])
    operation = meaning_of(reading, "cda-geste", node["code"].codings())
    if operation:
        row: dict[str, Any] = {
            "concept": reading.leaf(operation[0], node["code"].pointer, operation[1]),
            "tumeur": tumour,
        }
        if time.date():
            row["debut"] = reading.leaf(time.date(), time.pointer)
        reading.add_row("traitements", row)
