"""The forms an answer is given in beside its own JSON: each with its media type and what writes it, loaded when asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.render import to_json
from engine.problems import Refused, in_sheet
from engine.snapshot import Base

JSON = "json"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer and what writing it elsewhere needs: the sheet, what the board accepts of it (None: what applies), the base."""

    answer: Mapping[str, Any]
    sheet: Mapping[str, Any]
    accepted: Sequence[str] | None
    base: Base
    language: str


def _fhir(told: Told) -> bytes:
    from api.exports.fhir.answer import answer_bundle

    return to_json(answer_bundle(told.answer, told.sheet, told.language))


def _frcp(told: Told) -> bytes:
    from api.exports.cda.frcp import frcp_entries

    return frcp_entries(told.answer, told.accepted, told.base)


def _pps(told: Told) -> bytes:
    from api.exports.cda.pps import pps_draft

    return pps_draft(told.answer, told.accepted, told.base)


def _html(told: Told) -> bytes:
    from api.exports.report.formats import html_report

    return html_report(told.answer, told.base, told.language)


def _pdf(told: Told) -> bytes:
    from api.exports.report.formats import pdf_report

    return pdf_report(told.answer, told.base, told.language)


FORMS: Mapping[str, tuple[str, Callable[[Told], bytes]]] = {
    "fhir": ("application/fhir+json", _fhir),
    "frcp": ("application/xml", _frcp),
    "pps": ("application/xml", _pps),
    "html": ("text/html; charset=utf-8", _html),
    "pdf": ("application/pdf", _pdf),
}
NAMES = (JSON, *FORMS)
WRITTEN_BACK = ("frcp", "pps")
ACCEPTED = {"application/fhir+json": "fhir", "application/pdf": "pdf", "text/html": "html"}  # by what a client accepts


def _sheet_as_fhir(sheet: Mapping[str, Any], base: Base) -> tuple[Any, Sequence[Mapping[str, Any]]]:
    from api.exports.fhir_sheet.bundle import sheet_bundle

    found = sheet_bundle(sheet, base.ontology, base.dictionary)
    return found.bundle, found.not_held


def _sheet_as_frcp(sheet: Mapping[str, Any], base: Base) -> tuple[Any, Sequence[Mapping[str, Any]]]:
    from api.exports.cda.frcp_sheet import frcp_document

    found = frcp_document(sheet, base.ontology, base.dictionary)
    return found.body.decode("utf-8"), [each.as_json() for each in found.not_held]


SHEET_FORMS = {"fhir": _sheet_as_fhir, "frcp": _sheet_as_frcp}
SHEET_NAMES = ("native", *SHEET_FORMS)


def sheet_as(form: str, sheet: Mapping[str, Any], base: Base) -> tuple[Any, list[dict[str, Any]]]:
    """Return a native sheet in another form (an object, or the text of an XML document), and a problem for each thing it has no place for."""
    if form not in SHEET_FORMS:
        return sheet, []
    written, not_held = SHEET_FORMS[form](sheet, base)
    return written, [
        {"code": "sans-place", "message": f"`{each['item']}` : {each['reason']}", "pointer": each["pointer"]}
        for each in not_held
    ]


def check_accepted(form: str, accepted: Sequence[str] | None) -> None:
    """Raise `Refused` where what the board accepts would change nothing: only what is written back takes it."""
    if accepted and form not in WRITTEN_BACK:
        message = f"`accept` est sans effet sur la forme `{form}`"
        raise Refused([in_sheet("?accept", "argument", message, f"seulement avec {' ou '.join(WRITTEN_BACK)}")])


def media_type(form: str) -> str:
    """Return the media type of a form."""
    return FORMS[form][0]


def write(form: str, told: Told) -> bytes:
    """Write an answer in a form; raise `Refused` for what is accepted and can't be."""
    return FORMS[form][1](told)
