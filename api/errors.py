"""Every error as `application/problem+json` (RFC 9457), with nothing of the patient in it or in the log."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from api.documents import known_media_types
from api.failures import Differs, NotFound, StoreFailed, UnknownForm
from api.render import to_json
from engine.problems import Problem, Refused, in_sheet

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger("oncorules")

_TITLES = {
    400: "la demande est mal formée",
    404: "rien ne répond à cette adresse",
    405: "cette adresse n'admet pas cette méthode",
    406: "cette forme de réponse n'existe pas",
    409: "la demande contredit l'état présent",
    413: "le document est trop grand",
    415: "cette forme de document n'est pas lue",
    422: "le document est refusé",
    500: "une erreur est survenue dans le serveur",
    503: "un service dont la réponse dépend ne répond pas",
}


def problem(
    status: int, detail: str = "", problems: Iterable[Problem] = (), hint: str = "", **more: object
) -> Response:
    """Return the response for a status, with its problems in order and what else the case calls for."""
    body: dict[str, object] = {"type": "about:blank", "title": _title(status), "status": status}
    body |= {"detail": detail} if detail else {}
    body |= {"hint": hint} if hint else {}
    body["problems"] = [each.as_json() for each in problems]
    body |= more
    return Response(to_json(body), status, content_type=MEDIA_TYPE)


def register(app: Flask) -> None:
    """Answer every error of the application in the one form."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(UnknownForm, _unknown_form)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(StoreFailed, _store_failed)
    app.register_error_handler(Differs, _differs)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _refused(error: Refused) -> Response:
    unreadable = all(each.code.startswith("json") for each in error.problems)
    return problem(400 if unreadable else 422, problems=error.problems)


def _unknown_form(error: UnknownForm) -> Response:
    return problem(415, str(error), hint="formes lues : " + ", ".join(known_media_types()))


def _not_found(error: NotFound) -> Response:
    return problem(404, error.what, hint=error.hint)


def _store_failed(error: StoreFailed) -> Response:
    return problem(503, str(error))


def _differs(error: Differs) -> Response:
    return problem(409, str(error), decision=error.decision, difference=error.difference)


def _http(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    answer = problem(status, problems=_of_arguments(error))
    kept = ("Allow", "Retry-After", "WWW-Authenticate", "Location")
    answer.headers.extend([(name, value) for name, value in error.get_headers() if name in kept])
    return answer


def _unforeseen(error: Exception) -> Response:
    """Log where it happened and of what type; the message may quote the sheet, so it is not kept."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("unforeseen %s\n%s", type(error).__qualname__, frames)
    return problem(500)


def _of_arguments(error: HTTPException) -> list[Problem]:
    """Return what is wrong with query arguments, as webargs tells it."""
    messages = getattr(error, "data", {}).get("messages", {})
    return [
        in_sheet(f"?{name}", "argument", str(text))
        for place in messages.values()
        if isinstance(place, dict)
        for name, texts in place.items()
        for text in (texts if isinstance(texts, list) else [texts])
    ]


def _title(status: int) -> str:
    return _TITLES.get(status) or HTTPStatus(status).phrase
