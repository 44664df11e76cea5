"""FHIR R4: the rules as PlanDefinition and Library (CQL), for an engine that is not ours."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, request
from flask_smorest import Blueprint
from werkzeug.exceptions import BadRequest

from api.decide import today_in_paris
from api.exports.fhir.outcomes import issue, outcome_entry
from api.failures import NotFound
from api.published_rules import SEARCHED, Shelf, Shelves, search, searchset
from api.routes.common import services
from api.routes.fhir import MEDIA_TYPE, address, send
from engine.names import did_you_mean

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


@routes.route("/fhir/PlanDefinition", methods=["GET"])
@routes.doc(**_ASKED)
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
@routes.alt_response(400, description="a parameter is wrong", **_REFUSED)
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
@routes.alt_response(400, description="a parameter is wrong", **_REFUSED)
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
    place_of_kind = f"{address()}/{kind}"
    told = _told_of_unknown()

    def link(place: int) -> str:
        kept = [(n, v) for n, v in request.args.items(multi=True) if n in (*SEARCHED, *_PLACES)]
        return f"{place_of_kind}?{urlencode([*kept, ('_count', count), ('_offset', place)])}"

    bundle = searchset(search(_shelf().of(kind), asked), place_of_kind, count, offset, link)
    entries = [*bundle.get("entry", []), *outcome_entry(told)]
    return send(bundle | ({"entry": entries} if entries else {}))


def _one(kind: str, identifier: str) -> Response:
    known = _shelf().of(kind)
    if identifier not in known:
        raise NotFound(f"{kind} `{identifier[:64]}` inconnu ici", did_you_mean(identifier, known))
    return send(known[identifier])


def _shelf() -> Shelf:
    """Return what is in force on the day, at the place that are asked."""
    shelves: Shelves = current_app.extensions.setdefault(SHELVES, Shelves())
    day = request.args.get("as_of", "")
    try:
        as_of = date.fromisoformat(day) if day else today_in_paris()
    except ValueError:
        as_of = None
    if as_of is None or day not in ("", as_of.isoformat()):  # Python reads other forms too
        raise _wrong("as_of", "une date s'écrit AAAA-MM-JJ")
    place = request.args.get("region", ""), request.args.get("centre", "")
    return shelves.at(services().current.base, as_of, *place)


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name, "")
    if text and not (text.isdecimal() and text.isascii() and len(text) < 8):
        raise _wrong(name, "un entier est attendu")
    return min(int(text), most) if text else default


def _told_of_unknown() -> list[dict[str, Any]]:
    """Tell of parameters that have no effect; refuse them if the client is strict, and modifiers always."""
    if any("json" not in value for value in request.args.getlist("_format")):
        raise _wrong("_format", "seul le JSON est servi")
    others = [name for name in request.args if name not in (*SEARCHED, *_PLACES, *_SHOWN)]
    for name in others:
        if name.partition(":")[0] in SEARCHED:
            raise _wrong(name, "ce modificateur n'est pas servi")
        if "handling=strict" in request.headers.get("Prefer", ""):
            raise _wrong(name, "paramètre inconnu")
    text = "paramètre inconnu, sans effet : "
    return [issue("warning", "not-supported", f"{text}`{n[:100]}`", "parametre-inconnu", n[:100]) for n in others]


def _wrong(name: str, message: str) -> BadRequest:
    """Return a refusal of one parameter, as webargs tells it."""
    error = BadRequest()
    error.data = {"messages": {"query": {name: [message]}}}  # type: ignore[attr-defined]  # it has what is put there
    return error
