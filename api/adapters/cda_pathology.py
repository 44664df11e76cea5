"""A pathology report: type and site of the tumour, grade, pT and pN, receptors; what is of a node or an in situ part stays apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.adapters.cda_codes import is_secondary, known, meaning_of, put_axes, put_side, put_unknown, role_of
from api.adapters.cda_elements import Node
from api.adapters.cda_header import BREAST, new_tumour
from api.adapters.cda_statements import is_said, read_statement
from api.adapters.cda_tnm import is_category, read_category
from api.adapters.fhir_elements import Coding
from api.adapters.fhir_reading import Reading
from api.adapters.fhir_values import typed

_ORGANS = {
    BREAST: "sein",
    "1.3.6.1.4.1.19376.1.8.1.1.2.2": "colon_et_rectum",
    "1.3.6.1.4.1.19376.1.8.1.1.2.3": "prostate",
    "1.3.6.1.4.1.19376.1.8.1.1.2.5": "poumon",
    "1.3.6.1.4.1.19376.1.8.1.1.2.6": "peau",
}
# After treatment, items of another context stand for those of a first operation; some have none.
_LATER = {
    "taille_p": "taille_yp", "ganglions_envahis": "ganglions_envahis_yp",
    "ganglions_examines": "", "nb_micrometastases": "", "nb_cellules_isolees": "",
}  # fmt: skip
_OF_SENTINEL = {"ganglions_envahis": "gs_envahis", "ganglions_examines": "gs_examines"}


def read_report(reading: Reading, root: Node, body: Node) -> None:
    """Read a whole report into a tumour of its own, if it names one."""
    types = _types(reading, body)
    if not any(not is_secondary(reading, node["value"].codings()) for node in types) and not root.is_of(BREAST):
        return
    tumour = new_tumour(reading)
    read_findings(reading, body, tumour)
    template = next((each for each in root.each("templateId") if each.attribute("root") in _ORGANS), None)
    if template and not reading.sheet["tumeurs"][0].get("topographie"):
        organ = _ORGANS[template.attribute("root")]
        reading.put("topographie", reading.leaf(organ, template.pointer), tumour)


def read_findings(reading: Reading, body: Node, tumour: str) -> None:
    """Read what a report, or the section of another document that repeats it, finds of a tumour."""
    primary = _read_types(reading, _types(reading, body), tumour)
    for procedure in body.within("procedure"):
        _read_specimen(reading, procedure, tumour, primary)
    after, sentinel, carcinoma = _after(reading, body), _sentinel(reading, body), _is_carcinoma(reading, tumour)
    for node in body.within("observation"):
        if is_category(reading, node):
            read_category(reading, node, tumour, after=after, carcinoma=carcinoma)
        elif role_of(reading, node) == "localisation" and is_said(reading, node):
            reading.use(node["code"].pointer)
            put_axes(reading, node["value"], tumour)
        elif not _read_plain_value(reading, node, tumour):
            own = node.above("organizer").pointer in sentinel
            read_statement(reading, node, tumour, _OF_SENTINEL if own else _LATER if after else {})
    _read_gleason(reading, body, tumour)


def _after(reading: Reading, body: Node) -> str:
    """Return the context that a report states for its specimens: after treatment (yp) or at a relapse (r)."""
    for node in body.within("targetSiteCode", "value", "code"):
        found = meaning_of(reading, "cda-contexte", node.codings())
        if found:
            reading.lose(node.pointer, f"circonstance du prélèvement : contexte « {found[0]} » du TNM", found[1])
            return found[0]
    return ""


def _is_carcinoma(reading: Reading, tumour: str) -> bool:
    """Say whether the type read is a carcinoma."""
    own: Mapping[str, Any] = next((t for t in reading.sheet.get("tumeurs", ()) if t["id"] == tumour), {})
    said = (leaf.get("valeur") for leaf in own.get("morphologie", ()))
    return any(isinstance(each, str) and reading.ontology.is_a(each, "carcinome") for each in said)


def _sentinel(reading: Reading, body: Node) -> set[str]:
    """Return the organizers whose counts are said to be those of the sentinel node."""
    said = (n for n in body.within("observation") if meaning_of(reading, "cda-sentinelle", n["value"].codings()))
    return {node.above("organizer").pointer for node in said} - {""}


def _read_plain_value(reading: Reading, node: Node, tumour: str) -> bool:
    """Read a value that says by itself what it is of: the national drafts of 2021 publish no code of the observation."""
    found = meaning_of(reading, "cda-valeur", node["value"].codings())
    if found is None or not is_said(reading, node):
        return False
    name, _, value = found[0].partition("=")
    item, place, date = reading.dictionary.items.get(name), node["value"].pointer, node["effectiveTime"].date()
    if item and value:
        reading.put(name, reading.leaf(typed(item, value), place, found[1], date=date), tumour)
    elif item:
        reading.put(name, reading.open("indetermine", place, found[1], date=date), tumour)
    reading.use(node["code"].pointer)
    return True


def _read_gleason(reading: Reading, body: Node, tumour: str) -> None:
    """Read the second grade of Gleason from the worst one, where the total proves that it is the second.

    The list asks the predominant and the worst grade: of 4 + 3, the worst is 4 and not the second.
    """
    own: Mapping[str, Any] = next((t for t in reading.sheet.get("tumeurs", ()) if t["id"] == tumour), {})
    first, total = ([leaf.get("valeur") for leaf in own.get(name, ())] for name in ("gleason_a", "gleason_score"))
    second = total[0] - first[0] if len(first) == len(total) == 1 and None not in (first[0], total[0]) else None
    for node in body.within("observation"):
        found = meaning_of(reading, "cda-gleason", node["value"].codings())
        if role_of(reading, node) != "gleason_pire" or found is None or not is_said(reading, node):
            continue
        if int(found[0]) == second:
            reading.put("gleason_b", reading.leaf(second, node["value"].pointer, found[1]), tumour)
            reading.use(node["code"].pointer)
        else:
            reason = "grade de Gleason le plus péjoratif : le score ne montre pas que c'est le secondaire"
            reading.lose(node["value"].pointer, reason, found[1])


def _types(reading: Reading, body: Node) -> list[Node]:
    """Return the observations that state a histological type."""
    return [node for node in body.within("observation") if role_of(reading, node) == "histologie"]


def _read_types(reading: Reading, types: list[Node], tumour: str) -> set[str]:
    """Write the type: the invasive one, else the in situ one; return the entries that are of the primary tumour."""
    said = [node for node in types if is_said(reading, node)]
    own = {n.pointer: n for n in said if not is_secondary(reading, n["value"].codings())}
    invasive = {place for place, node in own.items() if not _in_situ(reading, node["value"].codings())}
    for node in said:
        codings = node["value"].codings()
        reading.use(node["code"].pointer)
        if node.pointer not in own:
            reading.lose(node["value"].pointer, "type d'une métastase : ce n'est pas celui de la tumeur", codings[0])
        elif invasive and node.pointer not in invasive:
            reading.lose(node["value"].pointer, "composante in situ à côté d'une composante invasive", codings[0])
        elif not put_unknown(reading, "morphologie", node["value"], tumour):
            put_axes(reading, node["value"], tumour)
    return {node.above("entry").pointer for node in own.values()}


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
