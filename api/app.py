"""The application, made by a function: a knowledge base, a database, the routes and the page over them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from flask_smorest import Api

from api import errors, settings, web
from api.assembly import shipped
from api.body import Held
from api.decide import Services
from api.failures import StoreFailed
from api.hooks.desk import desk
from api.routes import cds_hooks, docs, evaluations, fhir, fhir_rules, operation, reading
from api.routes.common import EXTENSION, SNAPSHOT
from api.schemas.answer import Problem
from api.schemas.json_schema import json_schema
from api.settings import Settings

PREFIX = "/api/v1"
_LOG = logging.getLogger("oncorules")


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application.

    `config` may hold `SERVICES` (ready-made), or `DATABASE` (a URL) for the shipped base, and Flask's own settings, such
    as `MAX_CONTENT_LENGTH`. Raises `Refused` if the shipped base or the settings of the hooks have problems.
    """
    chosen = settings.from_environment()
    app = Flask("api", static_folder=None)
    app.request_class = Held
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=chosen.largest_body,
        MAX_FORM_MEMORY_SIZE=chosen.largest_body,
        MAX_FORM_PARTS=100,
        DATABASE=chosen.database,
        PUBLIC_URL=chosen.hooks.public_url,
        PROPAGATE_EXCEPTIONS=False,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    app.config.from_mapping(config or {})
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    services = _services(app.config, replace(chosen, database=app.config["DATABASE"]))
    app.extensions[EXTENSION] = services
    app.extensions[cds_hooks.EXTENSION] = desk(services, chosen)
    _register(app, services)
    return app


def _services(config: Mapping[str, Any], chosen: Settings) -> Services:
    services: Services = config.get("SERVICES") or shipped(chosen)
    try:
        services.publish()
        services.store.close()
    except StoreFailed as failure:
        _LOG.warning("the base is not published: %s", failure)
    return services


class Described(Api):
    """The OpenAPI document, whose errors are all `application/problem+json`."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """Leave errors to `api.errors`."""

    def _register_responses(self) -> None:
        content = {"application/problem+json": {"schema": Problem}}
        for status in HTTPStatus:
            described = {"description": status.phrase} | ({"content": content} if status >= 400 else {})
            self.spec.components.response(status.name, described, lazy=True)
        self.spec.components.response("DEFAULT_ERROR", {"description": "an error", "content": content}, lazy=True)


def _register(app: Flask, services: Services) -> None:
    errors.register(app)
    app.config |= {
        "API_TITLE": "oncorules",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": PREFIX,
        "OPENAPI_JSON_PATH": "openapi.json",
        "API_SPEC_OPTIONS": {"info": {"description": "Recommendations and trials for a fiche RCP, explained."}},
    }
    api = Described(app)
    for name, schema in _components(services).items():
        api.spec.components.schema(name, schema)
    rules_and_trials = (fhir.routes, fhir_rules.routes)
    for routes in (evaluations.routes, reading.routes, operation.routes, *rules_and_trials, cds_hooks.routes):
        api.register_blueprint(routes, url_prefix=PREFIX)
    app.register_blueprint(docs.pages(api.spec), url_prefix=PREFIX)
    app.register_blueprint(web.pages(services))

    @app.after_request
    def name_snapshot(response: Response) -> Response:
        response.headers.setdefault(SNAPSHOT, services.current.snapshot)
        return response


def _components(services: Services) -> dict[str, Any]:
    """Return the sheet's schema with its definitions as components."""
    schema = json_schema(services.form(services.current).schema, "#/components/schemas/Sheet-")
    definitions = {f"Sheet-{name}": body for name, body in schema.pop("$defs").items()}
    for key in ("$schema", "$id", "version"):
        schema.pop(key)
    return {"Sheet": schema, **definitions}
