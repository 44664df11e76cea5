"""What went wrong or is worth knowing, as an OperationOutcome: each problem an issue, with our own name of it and its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import uuid5

from api.exports.fhir.parts import NAMESPACE, Json, concept, extension, tidy
from engine.canonical import canonical

# FHIR R4, required binding of OperationOutcome.issue.code
_CODES = {
    400: "invalid", 404: "not-found", 405: "not-supported", 406: "not-supported", 409: "conflict", 411: "required",
    413: "too-long", 415: "not-supported", 422: "processing", 500: "exception", 503: "transient",
}  # fmt: skip


def issue(severity: str, code: str, text: str, name: str = "", place: str = "", hint: str = "") -> Json:
    """Return one issue: FHIR's kind of problem, our own name of it, where it stands, and what to do."""
    return {
        "extension": [extension("pointer", string=place)],
        "severity": severity,
        "code": code,
        "details": concept("problem", name, text) if name else {"text": text},
        "diagnostics": " – ".join(each for each in (place, hint) if each),
    }


def outcome(issues: Iterable[Mapping[str, Any]]) -> Json:
    """Return the resource of some issues; FHIR wants one at least."""
    found: Json = tidy({"resourceType": "OperationOutcome", "issue": list(issues)})
    return found


def outcome_of(body: Mapping[str, Any]) -> Json:
    """Return the body of an error (RFC 9457, as every route of ours makes it) as a resource, no problem left out."""
    return outcome(_issues(body))


def outcome_entry(issues: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Return the entry of a searchset that tells about the search itself; none without an issue."""
    resource = outcome(issues)
    if not resource.get("issue"):
        return []
    name = f"urn:uuid:{uuid5(NAMESPACE, canonical(resource))}"
    return [{"fullUrl": name, "resource": resource, "search": {"mode": "outcome"}}]


def of_sheet(answer: Mapping[str, Any]) -> Iterator[Json]:
    """Yield what was set aside or lost of the sheet that an answer is of."""
    for problem in answer["sheet"]["problems"]:
        severity, code = ("information", "informational") if problem["code"] == "perte" else ("warning", "incomplete")
        place = " ".join(str(problem[name]) for name in ("document", "pointer") if problem.get(name))
        hint = str(problem.get("hint") or "")
        yield issue(severity, code, str(problem["message"]), problem["code"], place, hint)


def _issues(body: Mapping[str, Any]) -> Iterator[Json]:
    status = body["status"]
    severity, code = "fatal" if status >= 500 else "error", _CODES.get(status, "processing")
    for problem in body["problems"]:
        place = problem.get("pointer") or problem.get("file") or ""
        yield issue(
            severity, code, str(problem["message"]), problem["code"], str(place), str(problem.get("hint") or "")
        )
