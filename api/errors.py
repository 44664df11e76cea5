"""Every error of the application as `application/problem+json`, with nothing of the patient in it or in the log."""

from __future__ import annotations

import logging
import traceback

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from api.body import drain
from api.refusals import NAMED, Body, describe, problem
from api.render import to_json
from engine.problems import Problem, in_sheet

MEDIA_TYPE = "application/problem+json"
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", "Location")
_LOG = logging.getLogger("oncorules")


def register(app: Flask) -> None:
    """Answer every error in the one form."""
    for named in NAMED:
        app.register_error_handler(named, _named)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _response(body: Body) -> Response:
    return Response(to_json(body), body["status"], content_type=MEDIA_TYPE)


def _named(error: Exception) -> Response:
    return _response(describe(error))


def _http(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    if status == 413:
        drain(request)
    hint = f"au plus {request.max_content_length or 0} octets" if status == 413 else ""
    answer = _response(problem(status, problems=_of_arguments(error), hint=hint))
    answer.headers.extend([(name, value) for name, value in error.get_headers() if name in KEPT_HEADERS])
    return answer


def _unforeseen(error: Exception) -> Response:
    """Log where it happened and of what type; the message may quote the sheet, so it is not kept."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("unforeseen %s\n%s", type(error).__qualname__, frames)
    return _response(problem(500))


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
