"""CDS Hooks: discovery, the two services and their feedback; every error an OperationOutcome, every call authenticated."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, cast

from flask import Response, current_app, request
from flask_smorest import Blueprint
from werkzeug.exceptions import UnsupportedMediaType

from api.body import read_documents
from api.decide import today_in_paris
from api.failures import NotFound
from api.hooks.desk import Desk
from api.hooks.failures import Lacking, Malformed, NotAuthorised, NotLocal
from api.hooks.outcome import outcome
from api.hooks.services import SERVICES, HookService, discovery
from api.render import to_json
from api.routes.common import DECISION
from api.schemas import hooks as shapes
from engine.names import did_you_mean
from engine.problems import Refused

EXTENSION = "oncorules-hooks"
PATH = "/cds-services"
JSON = "application/json"
_ACCESS = {
    True: {"fr": "Jeton JWT signé (ES384 ou RS384) exigé à chaque appel.", "en": "A signed JWT (ES384 or RS384) is required on every call."},
    False: {"fr": "Aucun client n'est déclaré : boucle locale seulement.", "en": "No client is declared: loopback only."},
}  # fmt: skip
_REFUSED: dict[str, Any] = {"schema": shapes.OperationOutcome(), "content_type": JSON}

routes = Blueprint("cds-hooks", __name__, description="CDS Hooks: discovery, services, feedback")


def _desk() -> Desk:
    return cast(Desk, current_app.extensions[EXTENSION])


def _language() -> str:
    return request.accept_languages.best_match(["fr", "en"], default="fr") or "fr"


def _is_ours() -> bool:
    """Say whether the address is one of these, matched or not."""
    path = request.path.rstrip("/")
    return path.endswith(PATH) or f"{PATH}/" in path


@routes.before_request
def admit() -> None:
    """Let in what carries a token that may be believed; a browser asks first, without one."""
    if request.method != "OPTIONS":
        path = request.path[request.path.index(PATH) :]
        forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
        token = request.headers.get("Authorization", "")
        _desk().admit(token, path, int(time.time()), request.remote_addr or "", forwarded)


@routes.route(PATH, methods=["GET"])
@routes.response(200, shapes.Discovery())
@routes.alt_response(401, description="no token that may be believed", **_REFUSED)
def services() -> Response:
    """List the services."""
    language = _language()
    return _respond(discovery(language, _ACCESS[bool(_desk().clients)][language]))


@routes.route(f"{PATH}/<identifier>", methods=["POST"])
@routes.doc(requestBody={"required": True, "content": {JSON: {"schema": shapes.Call}}})
@routes.response(200, shapes.Cards())
@routes.alt_response(400, description="the body is not what the hook asks for", **_REFUSED)
@routes.alt_response(412, description="data that are needed can't be had, each named", **_REFUSED)
def service(identifier: str) -> Response:
    """Answer a hook with cards."""
    found = _service(identifier)
    answered = _desk().answer(found, _body(), _language(), today_in_paris())
    response = _respond(answered.body)
    response.headers.extend({DECISION: answered.decision} if answered.decision else {})
    return response


@routes.route(f"{PATH}/<identifier>/feedback", methods=["POST"])
@routes.doc(requestBody={"required": True, "content": {JSON: {"schema": shapes.Feedback}}})
@routes.response(200, shapes.FeedbackTaken())
@routes.alt_response(400, description="the body is not a feedback, or names a card that was not sent", **_REFUSED)
def feedback(identifier: str) -> Response:
    """Remember what became of cards."""
    return _respond(_desk().take(_service(identifier), _body()))


def _service(identifier: str) -> HookService:
    if identifier not in SERVICES:
        raise NotFound("aucun service n'a cet identifiant", did_you_mean(identifier, SERVICES) or f"voir {PATH}")
    return SERVICES[identifier]


def _body() -> Mapping[str, Any]:
    """Return the body, JSON only."""
    if request.mimetype != JSON:
        raise UnsupportedMediaType
    try:
        return read_documents(request)[0].content
    except Refused as refused:
        raise Malformed(refused.problems) from None


def _respond(body: Mapping[str, Any]) -> Response:
    return Response(to_json(body), content_type=JSON)


def _refuse(status: int, problems: list[dict[str, object]]) -> Response:
    return Response(to_json(outcome(status, problems)), status, content_type=JSON)


@routes.errorhandler(Malformed)
def malformed(error: Malformed) -> Response:
    """Answer a wrong body."""
    return _refuse(400, [each.as_json() for each in error.problems])


@routes.errorhandler(Lacking)
def lacking(error: Lacking) -> Response:
    """Answer where needed data can't be had."""
    return _refuse(412, [each.as_json() for each in error.problems])


@routes.errorhandler(NotAuthorised)
def not_authorised(error: NotAuthorised) -> Response:
    """Answer a call without a token that may be believed."""
    response = _refuse(401, [{"code": "non-autorise", "message": str(error)}])
    response.headers["WWW-Authenticate"] = 'Bearer realm="oncorules", error="invalid_token"'
    return response


@routes.errorhandler(NotLocal)
def not_local(_error: NotLocal) -> Response:
    """Answer a call from elsewhere while no client is declared."""
    message = "aucun client n'est déclaré : seule la boucle locale est servie"
    return _refuse(403, [{"code": "boucle-locale", "message": message, "hint": "ONCORULES_CDS_CLIENTS"}])


@routes.after_app_request
def as_hooks_answer(response: Response) -> Response:
    """Turn any other error at these addresses into an OperationOutcome, and let the pages of declared origins read."""
    if not _is_ours():
        return response
    if response.mimetype == "application/problem+json":
        told = json.loads(response.get_data())
        response.set_data(to_json(outcome(response.status_code, told["problems"])))
        response.content_type = JSON
    response.headers["Cache-Control"] = "no-store"
    response.vary.update(("Origin", "Accept-Language"))
    origin = request.headers.get("Origin", "")
    if origin in _desk().chosen.hooks.origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = f"{DECISION}, WWW-Authenticate"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response.headers["Access-Control-Max-Age"] = "600"
    return response
