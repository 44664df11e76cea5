"""For operation: is the process alive, and can it answer."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from api.failures import StoreFailed
from api.routes.common import respond, services
from api.schemas import answer as shapes

routes = Blueprint("operation", __name__, description="operation: health")


@routes.route("/health/live", methods=["GET"])
@routes.response(200, shapes.Health())
def live() -> Response:
    """Say that the process answers."""
    return respond({"status": "live"})


@routes.route("/health/ready", methods=["GET"])
@routes.response(200, shapes.Health())
def ready() -> Response:
    """Say with which knowledge the server answers, and whether decisions are remembered."""
    current = services().current
    return respond({"status": "ready", "snapshot": current.snapshot, "engine": current.engine, "store": _store()})


def _store() -> str:
    try:
        services().store.check()
    except StoreFailed:
        return "unavailable"
    return "ready"
