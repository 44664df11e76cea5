"""T, N, M and stage of a CDA, each with its context and the edition that the document states."""

from __future__ import annotations

import re

from api.adapters.cda_codes import known, meaning_of, put_unknown
from api.adapters.cda_elements import Node
from api.adapters.cda_statements import is_said
from api.adapters.fhir_elements import Coding
from api.adapters.fhir_reading import Reading

_WRITTEN = re.compile(r"(yc|yp|c|p|r)?([TNM])([0-4][a-d]?[1-3]?|[0-4]?mi|X|is|a|1mi|1c)(?:\s?\(.{1,20}\))?", re.ASCII)
_DRAFTS = "TA_ASIP"
_STAGE = re.compile(r"(?:stade\s*)?(0|IV|I{1,3})([A-D]?[1-3]?)", re.ASCII | re.IGNORECASE)


def is_category(reading: Reading, node: Node) -> bool:
    """Say whether an observation is a category."""
    return _axis(reading, node) is not None


def _axis(reading: Reading, node: Node) -> tuple[str, Coding] | None:
    """Return the axis and context of an observation, by its code, else by a value that is a category and nothing else.

    The national drafts of 2021 (colon-rectum, melanoma) publish the lists of values, not the code of the observation.
    """
    found = meaning_of(reading, "tnm", node["code"].codings())
    if found or not any(coding.system == _DRAFTS for coding in node["value"].codings()):
        return found
    said = meaning_of(reading, "cda-tnm", node["value"].codings())
    return (f"{said[0][1]} {said[0][0]}", said[1]) if said else None


def read_stage(reading: Reading, node: Node, tumour: str) -> None:
    """Read the clinical stage with the categories below it; the edition is that of the whole unless a category says its own."""
    if not is_said(reading, node):
        return
    reading.use(node["code"].pointer)
    qualifiers = {
        reading.maps.first("cda-qualifiant", each["name"].codings()): each for each in node["value"].each("qualifier")
    }
    version, stage = qualifiers.get("edition"), qualifiers.get("stade")
    edition = edition_of(version["value"].attribute("code")) if version else ""
    if version and edition:
        reading.use(version["name"].pointer, version["value"].pointer)
    if stage:
        reading.use(stage["name"].pointer)
        _put_stage(reading, stage["value"], tumour, edition)
    for inner in node.within("observation"):
        if is_category(reading, inner):
            read_category(reading, inner, tumour, edition)


def read_category(
    reading: Reading, node: Node, tumour: str, edition: str = "", after: str = "", *, carcinoma: bool = False
) -> None:
    """Read one category.

    `after` is the context of a specimen taken after treatment (yp) or at a relapse (r); some codes need a carcinoma.
    """
    found = _axis(reading, node)
    if found is None or not is_said(reading, node):
        return
    axis, _, context = found[0].partition(" ")
    context = _later(context.strip("-") or "c", after)
    reading.use(node["code"].pointer)
    value, date = node["value"], node["effectiveTime"].date()
    own = edition_of(value.attribute("codeSystemVersion"))
    if own and edition and own != edition:
        reading.lose(
            value.pointer, f"édition {own} de la catégorie, édition {edition} du stade : celle de la catégorie"
        )
    if value.attribute("codeSystemVersion") and not own:
        reading.lose(f"{value.pointer}/@codeSystemVersion", "classification dont l'édition n'est pas lue")
    extra = {"date": date, "edition": own or edition}
    if put_unknown(reading, f"{context}{axis}", value, tumour, **extra):
        return
    for coding in value.codings():
        written = _written(reading, coding)
        if written and written[1] == axis and (carcinoma or not _is_shared(reading, coding)):
            extra |= _old(reading, coding, extra)
            _put(reading, _later(written[0] or context, after), axis + written[2], value, coding, tumour, extra)
            return
    codings = value.codings()
    reading.lose(value.pointer, "catégorie TNM inconnue des tables", codings[0] if codings else found[1])


def _later(context: str, after: str) -> str:
    """Return the context of a category: pathological ones of a specimen taken later are of that time (yp feeds no p table)."""
    return after if context == "p" and after else context


def _is_shared(reading: Reading, coding: Coding) -> bool:
    """Say whether a code is also in the lists of other tumours, where it is another category."""
    return bool(reading.maps.meanings("cda-carcinome", coding))


def edition_of(text: str) -> str:
    """Return the number of an edition."""
    found = re.search(r"(?<!\d)[5-9](?!\d)", text)
    return found[0] if found else ""


def _old(reading: Reading, coding: Coding, extra: dict[str, str]) -> dict[str, str]:
    """Return the edition that a list of codes belongs to, where the document says none."""
    edition = reading.maps.first("cda-edition", [Coding(coding.system, "*", coding.pointer)])
    return {} if extra["edition"] or not edition else {"edition": edition}


def _written(reading: Reading, coding: Coding) -> tuple[str, str, str] | None:
    for each in known(reading, [coding]):
        texts = reading.maps.meanings("cda-tnm", each) or ((each.code,) if each.system == "TNM" else ())
        for text in texts:
            found = _WRITTEN.fullmatch(text)
            if found:
                return found[1] or "", found[2], found[3]
    return None


def _put(
    reading: Reading, context: str, value: str, node: Node, coding: Coding, tumour: str, extra: dict[str, str]
) -> None:
    if value == "M0":
        context = "c"  # UICC: pM0 does not exist
    if value.endswith("X"):
        leaf = reading.open("indetermine", node.pointer, coding, **extra)
    else:
        leaf = reading.leaf(value, node.pointer, coding, **extra)
    reading.put(context + value[0], leaf, tumour)


def _put_stage(reading: Reading, value: Node, tumour: str, edition: str) -> None:
    if put_unknown(reading, "stade_c", value, tumour, edition=edition):
        return
    coding = next(iter(value.codings()), None)
    found = _STAGE.fullmatch(coding.code) if coding and coding.system == "TNM" else None
    if found:
        stage = found[1].upper() + found[2].upper()
        reading.put("stade_c", reading.leaf(stage, value.pointer, coding, edition=edition), tumour)
    else:
        reading.lose(value.pointer, "stade inconnu des tables", coding)
