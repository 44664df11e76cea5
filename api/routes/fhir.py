"""FHIR R4: what is served, the trials as ResearchStudy, and which of them fit a patient.

Every error below the FHIR base is an OperationOutcome, for whichever blueprint serves the route.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, request
from flask_smorest import Blueprint
from werkzeug.exceptions import BadRequest

from api import decide
from api.body import read_documents
from api.decide import Place, View, today_in_paris
from api.documents import FHIR, Document
from api.exports.fhir.capability import capability, match_definition
from api.exports.fhir.match import match_set, matches
from api.exports.fhir.match_input import Asked, asked_of, pointed
from api.exports.fhir.outcomes import issue, outcome_entry, outcome_of
from api.exports.fhir.studies import SEARCHED, search, searchset, study
from api.failures import NotFound
from api.render import to_json
from api.routes.common import DECISION, SNAPSHOT, services
from engine.model import Trial
from engine.names import did_you_mean
from engine.problems import Refused

BASE = "/api/v1/fhir"
MEDIA_TYPE = "application/fhir+json"
PROBLEM = "application/problem+json"
PAGE, MOST = 20, 100
_RESULTS = ("_count", "_offset", "_format")  # how a result is shown; the rest narrows it
_ANY: dict[str, Any] = {"type": "object"}
_BODY = {"required": True, "content": {MEDIA_TYPE: {"schema": _ANY}}}
_REFUSED: dict[str, Any] = {"schema": _ANY, "content_type": MEDIA_TYPE}

routes = Blueprint("fhir", __name__, description="FHIR R4: trials, matching")


def send(resource: Mapping[str, Any], status: int = 200, **headers: str) -> Response:
    """Send a resource."""
    response = Response(to_json(resource), status, content_type=MEDIA_TYPE)
    response.headers.extend({name: value for name, value in headers.items() if value})
    return response


@routes.after_app_request
def in_fhir(response: Response) -> Response:
    """Turn an error of a FHIR route into an OperationOutcome with every problem of it."""
    below = request.path == BASE or request.path.startswith(f"{BASE}/")
    if below and response.mimetype == PROBLEM:
        response.set_data(to_json(outcome_of(json.loads(response.get_data()))))
        response.content_type = MEDIA_TYPE
    return response


@routes.route("/fhir/metadata", methods=["GET"])
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
def metadata() -> Response:
    """Say what is served below this base: the CapabilityStatement."""
    return send(capability(_served(), address(), services().current.engine))


@routes.route("/fhir/OperationDefinition/match", methods=["GET"])
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
def definition() -> Response:
    """Say what `$match` takes and gives: the OperationDefinition."""
    return send(match_definition())


@routes.route("/fhir/ResearchStudy", methods=["GET"])
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
@routes.alt_response(400, description="a value or a modifier is wrong", **_REFUSED)
def studies() -> Response:
    """Search the trials by `_id`, `condition` and `status`, a page at a time (`_count`, `_offset`)."""
    asked, passed = _arguments()
    count, offset = _page(asked)
    narrowing = [(name, value) for name, value in asked if name in SEARCHED]
    found, told = search(_trials(), services().current.base.ontology, narrowing)
    shown = found[offset : offset + count]
    links = _links(
        [(name, value) for name, value in asked if name not in ("_count", "_offset")], count, offset, len(found)
    )
    return send(searchset([_entry(trial) for trial in shown], len(found), links, outcome_entry([*passed, *told])))


@routes.route("/fhir/ResearchStudy/<identifier>", methods=["GET"])
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
@routes.alt_response(404, description="no such trial", **_REFUSED)
def one_study(identifier: str) -> Response:
    """Show one trial as a ResearchStudy."""
    known = {trial.id: trial for trial in _trials()}
    if identifier not in known:
        raise NotFound(f"essai `{identifier[:64]}` inconnu", did_you_mean(identifier, known))
    return send(study(known[identifier], services().current.base.ontology))


@routes.route("/fhir/$match", methods=["POST"])
@routes.doc(requestBody=_BODY)
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
@routes.alt_response(422, description="the record or a parameter is refused", **_REFUSED)
def match() -> Response:
    """Match one patient's record with the trials: a Parameters, or the Bundle alone → a searchset of ResearchStudy."""
    (document, asked), *others = [_asked(each) for each in read_documents(request)]
    place = Place(asked.as_of, asked.region)
    documents = [document, *(each for each, _ in others)]
    try:
        answer = decide.evaluate(services(), documents, place, View(), today_in_paris())
    except Refused as refused:
        raise Refused(refused.problems if others else pointed(refused.problems, asked)) from None
    base = services().current.base
    found = match_set(answer, matches(answer, _trials(), asked), asked, base.ontology, address())
    return send(found, **{SNAPSHOT: answer["snapshot"], DECISION: answer["decision_id"]})


@routes.route("/fhir/ResearchStudy/$match", methods=["POST"])
@routes.doc(requestBody=_BODY)
@routes.response(200, _ANY, content_type=MEDIA_TYPE)
def match_of_type() -> Response:
    """Match a record with the trials, at the address of the draft."""
    return match()  # type: ignore[no-any-return]  # flask-smorest has no types


# --- what is asked ---


def _asked(document: Document) -> tuple[Document, Asked]:
    """Return the record that a document is or holds, and what is asked of it."""
    if document.media_type != FHIR:
        return document, Asked({})
    asked = asked_of(document.content)
    return replace(document, content=asked.records), asked


def _arguments() -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
    """Return the parameters that are known, and what is told of the others; refuse them if the client is strict."""
    asked = list(request.args.items(multi=True))
    known = [(name, value) for name, value in asked if name in SEARCHED or name in _RESULTS]
    strict = "handling=strict" in request.headers.get("Prefer", "")
    others = [name for name, _ in asked if name not in SEARCHED and name not in _RESULTS]
    wrong = {name: "paramètre inconnu" for name in others if strict}
    wrong |= {
        name: "ce modificateur n'est pas servi" for name in others if name.partition(":")[0] in SEARCHED and ":" in name
    }
    if any(name == "_format" and "json" not in value for name, value in known):
        wrong["_format"] = "seul le JSON est servi"
    _refuse(wrong)
    told = (issue("warning", "not-supported", f"paramètre inconnu, sans effet : `{name[:100]}`", "parametre-inconnu", name[:100])
            for name in dict.fromkeys(others))  # fmt: skip
    return known, list(told)


def _page(asked: Iterable[tuple[str, str]]) -> tuple[int, int]:
    said = dict(asked)
    numbers = {name: said.get(name, default) for name, default in (("_count", str(PAGE)), ("_offset", "0"))}
    short = {name: value for name, value in numbers.items() if value.isascii() and value.isdigit() and len(value) < 10}
    _refuse(dict.fromkeys(numbers.keys() - short.keys(), "un entier positif ou nul"))
    return min(int(short["_count"]), MOST), int(short["_offset"])


def _refuse(wrong: Mapping[str, str]) -> None:
    if wrong:
        error = BadRequest()
        error.data = {"messages": {"query": {name: [text] for name, text in wrong.items()}}}  # type: ignore[attr-defined]  # as webargs tells it
        raise error


# --- addresses ---


def address() -> str:
    """Return the address of this base: of the settings where they say it, else as the call has it."""
    public = current_app.config["PUBLIC_URL"]
    if public:
        return f"{public}/fhir"
    if not request.host:  # a `Host` that is none
        raise BadRequest
    return f"{request.host_url.rstrip('/')}{BASE}"


def _served() -> list[tuple[str, str]]:
    """Return every route below the FHIR base, whichever blueprint serves it."""
    rules = [rule for rule in current_app.url_map.iter_rules() if rule.rule.startswith(f"{BASE}/")]
    return [
        (method, rule.rule.removeprefix(BASE))
        for rule in rules
        for method in rule.methods or ()
        if method in ("GET", "POST")
    ]


def _links(asked: list[tuple[str, str]], count: int, offset: int, total: int) -> dict[str, str]:
    def url(start: int) -> str:
        return f"{address()}/ResearchStudy?{urlencode([*asked, ('_count', str(count)), ('_offset', str(start))])}"

    links = {"self": url(offset), "first": url(0)}
    links |= {"previous": url(max(0, offset - count))} if offset and count else {}
    return links | ({"next": url(offset + count)} if count and offset + count < total else {})


def _trials() -> list[Trial]:
    return [each.trial for each in services().current.base.knowledge.trials]


def _entry(trial: Trial) -> dict[str, Any]:
    resource = study(trial, services().current.base.ontology)
    return {"fullUrl": f"{address()}/ResearchStudy/{trial.id}", "resource": resource, "search": {"mode": "match"}}
