"""The documentation page, made on the server from the OpenAPI document: nothing is fetched from elsewhere."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from flask import Blueprint, render_template

METHODS = ("get", "post", "put", "patch", "delete")


def pages(spec: APISpec) -> Blueprint:
    """Return the page over a specification."""
    blueprint = Blueprint("docs", __name__, template_folder="templates")

    @blueprint.get("/docs")
    def page() -> str:
        return render_template("oncorules-docs.html", spec=spec.to_dict(), operations=_operations(spec.to_dict()))

    return blueprint


def _operations(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"path": path, "method": method.upper(), **operation, "parameters": _parameters(operations, operation)}
        for path, operations in spec["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]


def _parameters(operations: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an operation's parameters, those of its path first."""
    return [*operations.get("parameters", ()), *operation.get("parameters", ())]
