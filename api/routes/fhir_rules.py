"""FHIR R4: the rules as PlanDefinition and Library (CQL), for an engine that is not ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, request
from flask_smorest import Blueprint

from api.decide import today_in_paris
from api.failures import NotFound
from api.published_rules import SEARCHED, Shelf, Shelves, outcome, search, searchset
from api.render import to_json
from api.routes.common import services
from engine.names import did_you_mean
from engine.problems import Problem, Refused, in_sheet

MEDIA_TYPE = "application/fhir+json"
PROBLEM = "application/problem+json"
SHELVES = "oncorules-rules"
PAGE, MOST = 20, 200
_PLACES = ("region", "centre", "as_of")
_SHOWN = ("_count", "_offset", "_format")
_ANY: dict[str, Any] = {"type": "object"}
_REFUSED: dict[str, Any] = {"schema": _ANY, "content_type": MEDIA_TYPE}
_ASKED: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "query", "schema": {"type": "string"}, "description": about}
        for name, about in {
            "_id": "logical id",
            "status": "draft or active",
            "name": "beginning of the name",
            "title": "beginning of the title",
            "url": "canonical, with or without version",
            "version": "version of the export",
            "region": "ISO 3166-2 region whose documents hold too, such as FR-GES; else what holds in all France",
            "centre": "FINESS number of the centre",
            "as_of": "day on which the rules are in force; else today",
            "_count": f"how many on a page ({PAGE}; at most {MOST})",
            "_offset": "how many to pass over",
        }.items()
    ]
}

routes = Blueprint("fhir-rules", __name__, description="FHIR R4: rules and their logic")


@routes.after_request
def in_fhir(response: Response) -> Response:
    """Turn a refusal into an OperationOutcome."""
    if response.mimetype == PROBLEM:
        response.set_data(to_json(outcome(json.loads(response.get_data()))))
        response.content_type = MEDIA_TYPE
    return response


@routes.route("/fhir/PlanDefinition", methods=["GET"])
@routes.doc(**_ASKED)
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
@routes.alt_response(422, description="a parameter is wrong", **_REFUSED)
def plan_definitions() -> Response:
    """Search the questions and rules in force, a page at a time."""
    return _found("PlanDefinition")


@routes.route("/fhir/PlanDefinition/<identifier>", methods=["GET"])
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
@routes.alt_response(404, description="no such rule is in force there", **_REFUSED)
def plan_definition(identifier: str) -> Response:
    """Show one question or rule: when it applies, its grade, what it asks to do."""
    return _one("PlanDefinition", identifier)


@routes.route("/fhir/Library", methods=["GET"])
@routes.doc(**_ASKED)
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
@routes.alt_response(422, description="a parameter is wrong", **_REFUSED)
def logic_libraries() -> Response:
    """Search the CQL libraries: common functions, the sheet, one for each référentiel and trial."""
    return _found("Library")


@routes.route("/fhir/Library/<identifier>", methods=["GET"])
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
@routes.alt_response(404, description="no such library", **_REFUSED)
def logic_library(identifier: str) -> Response:
    """Show one CQL library with its parameters, what it includes, and what it cannot say."""
    return _one("Library", identifier)


# --- what is asked ---


def _found(kind: str) -> Response:
    asked = [(name, value) for name, value in request.args.items(multi=True) if name in SEARCHED]
    count, offset = _number("_count", PAGE, MOST), _number("_offset", 0, 10**6)
    _refuse_unknown()

    def link(place: int) -> str:
        kept = [(n, v) for n, v in request.args.items(multi=True) if n in (*SEARCHED, *_PLACES)]
        return f"{kind}?{urlencode([*kept, ('_count', count), ('_offset', place)])}"

    return _send(searchset(search(_shelf().of(kind), asked), count, offset, link))


def _one(kind: str, identifier: str) -> Response:
    known = _shelf().of(kind)
    if identifier not in known:
        raise NotFound(f"{kind} `{identifier[:64]}` inconnu ici", did_you_mean(identifier, known))
    return _send(known[identifier])


def _shelf() -> Shelf:
    """Return what is in force on the day, at the place that are asked."""
    shelves: Shelves = current_app.extensions.setdefault(SHELVES, Shelves())
    day = request.args.get("as_of", "")
    try:
        as_of = date.fromisoformat(day) if day else today_in_paris()
    except ValueError:
        raise Refused([_wrong("as_of", "une date s'écrit AAAA-MM-JJ")]) from None
    place = request.args.get("region", ""), request.args.get("centre", "")
    return shelves.at(services().current.base, as_of, *place)


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name, "")
    if text and not (text.isdecimal() and text.isascii() and len(text) < 8):
        raise Refused([_wrong(name, "un entier est attendu")])
    return min(int(text), most) if text else default


def _refuse_unknown() -> None:
    """Refuse parameters that are not known where the client asks to be told (`Prefer: handling=strict`)."""
    if "handling=strict" in request.headers.get("Prefer", ""):
        unknown = [name for name in request.args if name not in (*SEARCHED, *_PLACES, *_SHOWN)]
        if unknown:
            raise Refused([_wrong(name, "paramètre inconnu") for name in unknown])


def _wrong(name: str, message: str) -> Problem:
    return in_sheet(f"?{name}", "argument", message)


def _send(resource: Mapping[str, Any]) -> Response:
    return Response(to_json(dict(resource)), content_type=MEDIA_TYPE)
