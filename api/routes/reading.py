"""For anyone: what the base knows, and the bases published so far."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from api import catalogue
from api.failures import NotFound, StoreFailed
from api.routes.common import REFUSED, respond, services
from api.schemas import answer as shapes
from api.schemas import query as arguments
from api.store.hooks import HookMemory
from engine.model import Trial
from engine.snapshot import Base

routes = Blueprint("reading", __name__, description="anyone: recommendations, trials, concepts, snapshots")


def _base() -> Base:
    return services().current.base


def _trials() -> list[Trial]:
    return [each.trial for each in _base().knowledge.trials]


def _listed(items: Any, query: dict[str, Any]) -> Response:
    return respond(catalogue.page(catalogue.holding(items, query["q"]), query["limit"], query["offset"]))


@routes.route("/recommendations", methods=["GET"])
@routes.response(200, shapes.Listed())
@routes.arguments(arguments.Listing(), location="query", unknown=None)
def recommendations(query: dict[str, Any]) -> Response:
    """List the recommendations."""
    return _listed(catalogue.recommendations(_base().knowledge.guidelines), query)


@routes.route("/recommendations/<identifier>", methods=["GET"])
@routes.response(200, {"type": "object"})
@routes.alt_response(404, description="no such recommendation", **REFUSED)
def recommendation(identifier: str) -> Response:
    """Show one recommendation: its question, condition, plan, source and links."""
    known = catalogue.recommendations(_base().knowledge.guidelines)
    found = catalogue.find(known, identifier, "recommandation")
    return respond({**found, **_followed(str(found["id"]))})


def _followed(identifier: str) -> dict[str, Any]:
    """Return how often CDS Hooks users followed a rule or did not, by reason; nothing where nobody said."""
    try:
        counts = HookMemory(services().store).counts(identifier)
    except StoreFailed:
        return {}
    return {"feedback": asdict(counts)} if counts.accepted or counts.overridden else {}


@routes.route("/trials", methods=["GET"])
@routes.response(200, shapes.Listed())
@routes.arguments(arguments.Listing(), location="query", unknown=None)
def trials(query: dict[str, Any]) -> Response:
    """List the trials."""
    return _listed(catalogue.trials(_trials()), query)


@routes.route("/trials/<identifier>", methods=["GET"])
@routes.response(200, {"type": "object"})
@routes.alt_response(404, description="no such trial", **REFUSED)
def trial(identifier: str) -> Response:
    """Show one trial: its population, criteria, arms and recruitment."""
    return respond(catalogue.find(catalogue.trials(_trials()), identifier, "essai"))


@routes.route("/concepts", methods=["GET"])
@routes.response(200, shapes.Listed())
@routes.arguments(arguments.Listing(), location="query", unknown=None)
def concepts(query: dict[str, Any]) -> Response:
    """List the concepts of the ontology."""
    return _listed(catalogue.concepts(_base().ontology, query["lang"]), query)


@routes.route("/concepts/<identifier>", methods=["GET"])
@routes.response(200, {"type": "object"})
@routes.alt_response(404, description="no such concept", **REFUSED)
@routes.arguments(arguments.Language(), location="query", unknown=None)
def concept(query: dict[str, Any], identifier: str) -> Response:
    """Show one concept: labels, codes, what lies above and below."""
    return respond(catalogue.concept(_base().ontology, identifier, query["lang"]))


@routes.route("/search", methods=["GET"])
@routes.response(200, shapes.Listed())
@routes.arguments(arguments.Search(), location="query", unknown=None)
def search(query: dict[str, Any]) -> Response:
    """Search recommendations and trials by words or codes."""
    return respond(services().search(query["q"], query["kind"], query["limit"]))


@routes.route("/snapshots", methods=["GET"])
@routes.response(200, shapes.Listed())
@routes.arguments(arguments.Listing(), location="query", unknown=None)
def snapshots(query: dict[str, Any]) -> Response:
    """List the published knowledge bases, the newest first."""
    known = [asdict(each) for each in services().store.snapshots()]
    return respond(catalogue.page(known, query["limit"], query["offset"]))


@routes.route("/snapshots/<snapshot>", methods=["GET"])
@routes.response(200, {"type": "object"})
@routes.alt_response(404, description="no such snapshot", **REFUSED)
def snapshot(snapshot: str) -> Response:
    """Show one published base: when, by which engine, and its documents as they are."""
    for known in services().store.snapshots():
        if known.hash == snapshot:
            return respond(asdict(known) | {"documents": services().store.documents(snapshot)})
    raise NotFound(f"aucune base publiée n'a l'empreinte `{snapshot[:64]}`")
