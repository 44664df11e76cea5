"""What is wrong as a FHIR R4 OperationOutcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.hooks.names import PROBLEMS

Told = Mapping[str, Any]

_OF_STATUS = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    409: "conflict",
    412: "incomplete",
    413: "too-long",
    415: "not-supported",
    422: "processing",
    503: "transient",
}
_OF_PROBLEM = {"requis": "required", "carte-inconnue": "not-found", "suggestion-inconnue": "not-found"}


def outcome(status: int, problems: Iterable[Told]) -> dict[str, Any]:
    """Return the OperationOutcome of a status: one issue a problem (`code`, `message`, `pointer`, `hint`)."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(status, each) for each in problems]}


def _issue(status: int, problem: Told) -> dict[str, Any]:
    code = _OF_PROBLEM.get(problem["code"]) or _OF_STATUS.get(status) or ("exception" if status >= 500 else "invalid")
    more = [problem[key] for key in ("pointer", "hint") if problem.get(key)]
    issue: dict[str, Any] = {
        "severity": "fatal" if status >= 500 else "error",
        "code": code,
        "details": {"coding": [{"system": PROBLEMS, "code": problem["code"]}], "text": problem["message"]},
    }
    return issue | ({"diagnostics": " : ".join(more)} if more else {})
