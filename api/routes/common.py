"""What all routes share: the services of this application, and the way an answer is sent."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, current_app

from api.decide import Answer, Services
from api.render import to_json
from api.schemas.answer import Problem

EXTENSION = "oncorules"
SNAPSHOT = "Oncorules-Snapshot"
DECISION = "Oncorules-Decision"
REFUSED: dict[str, Any] = {"schema": Problem(), "content_type": "application/problem+json"}


def services() -> Services:
    """Return the services of the application that answers."""
    return cast(Services, current_app.extensions[EXTENSION])


def respond(body: Answer, written: bytes | None = None, content_type: str = "application/json") -> Response:
    """Send an answer as JSON, or as it was written in another form, with its snapshot and decision in the headers."""
    response = Response(to_json(body) if written is None else written, content_type=content_type)
    named = {SNAPSHOT: body.get("snapshot"), DECISION: body.get("decision_id")}
    response.headers.extend({name: value for name, value in named.items() if isinstance(value, str)})
    return response
