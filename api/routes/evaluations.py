"""For RCP software: a sheet in, an answer out; decisions found again and replayed; the sheet's own form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from api import catalogue, decide, forms
from api.body import read_documents
from api.decide import Place, View, today_in_paris
from api.documents import NATIVE, Document
from api.render import to_json
from api.routes.common import DECISION, REFUSED, SNAPSHOT, respond, services
from api.schemas import answer as shapes
from api.schemas import query as arguments
from api.schemas.json_schema import json_schema
from engine.dictionary_page import dictionary_page
from engine.problems import Refused, in_sheet

_ANY: dict[str, Any] = {"type": "object"}
_SHEET: dict[str, Any] = {"$ref": "#/components/schemas/Sheet"}
_XML = {"type": "string"}
_SEVERAL: dict[str, Any] = {
    "type": "object",
    "properties": {"document": {"type": "array", "items": {"type": "string"}}},
}
_CHANGES: dict[str, Any] = {
    "type": "object",
    "required": ["sheet", "changes"],
    "properties": {
        "sheet": _SHEET,
        "changes": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer"],
                "properties": {"pointer": {"type": "string"}, "value": {}},
            },
        },
    },
}
_ACCEPTED = [NATIVE, *forms.ACCEPTED]
_HEADERS = {
    SNAPSHOT: {"description": "hash of the knowledge base that answered", "schema": {"type": "string"}},
    DECISION: {"description": "id of the decision", "schema": {"type": "string"}},
}


def _documented(**forms: dict[str, Any]) -> dict[str, Any]:
    names = {
        "json": "application/json",
        "fhir": "application/fhir+json",
        "cda": "application/xml",
        "several": "multipart/form-data",
    }
    return {"required": True, "content": {names[form]: {"schema": schema} for form, schema in forms.items()}}


_DOCUMENTS = _documented(json=_SHEET, fhir=_ANY, cda=_XML, several=_SEVERAL)


routes = Blueprint("rcp", __name__, description="RCP software: sheets and decisions")


@routes.route("/evaluations", methods=["POST"])
@routes.doc(requestBody=_DOCUMENTS)
@routes.response(200, shapes.Answer(), headers=_HEADERS)
@routes.alt_response(400, description="the body is not readable", **REFUSED)
@routes.alt_response(413, description="the body is too large", **REFUSED)
@routes.alt_response(415, description="nothing reads this form", **REFUSED)
@routes.arguments(arguments.Forms(), location="query", unknown=None)
def evaluate(query: dict[str, Any]) -> Response:
    """Evaluate a sheet: one document, or several of one patient; the answer in the form that is asked or accepted."""
    documents = read_documents(request)
    place, view = _asked(query)
    asked = (services(), documents, place, view, today_in_paris(), query["snapshot"])
    form = query["form"] or forms.ACCEPTED.get(request.accept_mimetypes.best_match(_ACCEPTED) or "", forms.JSON)
    forms.check_accepted(form, query["accept"])
    if form == forms.JSON:
        return respond(decide.evaluate(*asked))
    answer, body = decide.write_as(form, query["accept"], *asked)
    return respond(answer, body, forms.media_type(form))


@routes.route("/evaluations/what-if", methods=["POST"])
@routes.doc(requestBody=_documented(json=_CHANGES))
@routes.response(200, shapes.WhatIf())
@routes.arguments(arguments.Evaluation(), location="query", unknown=None)
def what_if(query: dict[str, Any]) -> Response:
    """Say what changes to a sheet would change; this is not a decision."""
    document, changes = _sheet_and_changes(read_documents(request)[0])
    place, view = _asked(query)
    return respond(decide.what_if(services(), [document], changes, place, view, today_in_paris()))


@routes.route("/sheets/convert", methods=["POST"])
@routes.doc(requestBody=_DOCUMENTS)
@routes.response(200, shapes.Converted())
@routes.arguments(arguments.SheetForms(), location="query", unknown=None)
def convert(query: dict[str, Any]) -> Response:
    """Turn outside documents into a native sheet, with every loss reported."""
    return respond(decide.convert(services(), read_documents(request), query["same_patient"], query["form"]))


@routes.route("/decisions/<identifier>", methods=["GET"])
@routes.response(200, shapes.DecisionView())
@routes.alt_response(404, description="no such decision", **REFUSED)
def decision(identifier: str) -> Response:
    """Say when, with which knowledge, as of when and where a decision was made; nothing of the patient."""
    return respond(decide.find(services(), identifier))


@routes.route("/decisions/<identifier>/replay", methods=["POST"])
@routes.doc(requestBody=_DOCUMENTS)
@routes.response(200, shapes.Answer(), description="the same bytes as then", headers=_HEADERS)
@routes.alt_response(404, description="no such decision", **REFUSED)
@routes.alt_response(409, description="something differs: the first difference, and both engines", **REFUSED)
def replay(identifier: str) -> Response:
    """Make a decision again from the same sheet, as it was asked."""
    return respond(decide.replay(services(), identifier, read_documents(request)))


@routes.route("/dictionary", methods=["GET"])
@routes.response(200, {"type": "object"})
@routes.arguments(arguments.Dictionary(), location="query", unknown=None)
def dictionary(query: dict[str, Any]) -> Response:
    """List every item that a sheet may hold and a rule may ask."""
    if query["format"] == "markdown":
        page = dictionary_page(services().current.base.dictionary, query["lang"])
        return Response(page, content_type="text/markdown; charset=utf-8")
    return respond(catalogue.dictionary(services().current.base.dictionary, query["lang"]))


@routes.route("/dictionary/sheet.schema.json", methods=["GET"])
@routes.response(200, {"type": "object"}, content_type="application/schema+json")
def sheet_schema() -> Response:
    """Give the JSON Schema of the native sheet."""
    schema = json_schema(services().form(services().current).schema)
    return Response(to_json(schema), content_type="application/schema+json")


def _asked(query: dict[str, Any]) -> tuple[Place, View]:
    place = Place(query["as_of"], query["region"] or None, query["centre"] or None, query["same_patient"])
    return place, View(query["lang"], query["include"], query["explain"], query["tumour"])


def _sheet_and_changes(body: Document) -> tuple[Document, list[dict[str, Any]]]:
    """Take apart the body of a what-if; refuse what is not one."""
    sheet, changes = body.content.get("sheet"), body.content.get("changes")
    problems = []
    if not isinstance(sheet, dict):
        problems.append(in_sheet("/sheet", "forme", "`sheet` est une fiche native", '{"sheet": {…}, "changes": […]}'))
    if not isinstance(changes, list) or not all(_is_change(each) for each in changes):
        hint = '[{"pointer": "/tumeurs/0/re_pct", "value": 5}]'
        problems.append(in_sheet("/changes", "forme", "`changes` est une liste de changements", hint))
    if problems:
        raise Refused(problems)
    return replace(body, content=sheet, media_type=NATIVE), changes  # type: ignore[arg-type, return-value]  # both seen above


def _is_change(change: object) -> bool:
    return isinstance(change, dict) and isinstance(change.get("pointer"), str) and set(change) <= {"pointer", "value"}
