"""What FHIR R4 asks of a resource and `fhir.resources` does not look at: required bindings, invariants, references.

The code lists are those of hl7.org/fhir/R4, each the required binding of the element named by its path; a part that nests in
itself (`action.action`) is named once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

REQUEST_STATUS = "draft active on-hold revoked completed entered-in-error unknown"
REQUEST_INTENT = "proposal plan directive order original-order reflex-order filler-order instance-order option"
PUBLICATION = "draft active retired unknown"
TYPES = "Bundle CarePlan Condition DetectedIssue Device Group GuidanceResponse Library Location OperationDefinition OperationOutcome Organization Parameters Patient PlanDefinition Provenance RequestGroup ResearchStudy ServiceRequest"

REQUIRED: Mapping[str, str] = {
    "Bundle.type": "document message transaction transaction-response batch batch-response history searchset collection",
    "Bundle.entry.search.mode": "match include outcome",
    "CapabilityStatement.status": PUBLICATION,
    "CapabilityStatement.kind": "instance capability requirements",
    "CapabilityStatement.fhirVersion": "4.0.1",
    "CapabilityStatement.rest.mode": "client server",
    "CapabilityStatement.rest.resource.type": TYPES,
    "CapabilityStatement.rest.resource.interaction.code": "read vread update patch delete history-instance history-type create search-type",
    "CapabilityStatement.rest.resource.searchParam.type": "number date string token reference composite quantity uri special",
    "CarePlan.status": REQUEST_STATUS,
    "CarePlan.intent": "proposal plan order option",
    "DetectedIssue.status": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "DetectedIssue.severity": "high moderate low",
    "Device.deviceName.type": "udi-label-name user-friendly-name patient-reported-name manufacturer-name model-name other",
    "Group.type": "person animal practitioner device medication substance",
    "GuidanceResponse.status": "success data-requested data-required in-progress failure entered-in-error",
    "GuidanceResponse.dataRequirement.type": "Observation Condition Procedure MedicationStatement",
    "OperationDefinition.status": PUBLICATION,
    "OperationDefinition.kind": "operation query",
    "OperationDefinition.parameter.use": "in out",
    "OperationDefinition.parameter.type": "string date boolean integer Bundle",
    "OperationDefinition.resource": TYPES,
    "OperationOutcome.issue.severity": "fatal error warning information",
    "OperationOutcome.issue.code": (
        "invalid structure required value invariant security login unknown expired forbidden suppressed processing not-supported "
        "duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly business-rule conflict transient "
        "lock-error no-store exception timeout incomplete throttled informational"
    ),
    "Patient.gender": "male female other unknown",
    "Provenance.entity.role": "derivation revision quotation source removal",
    "RequestGroup.status": REQUEST_STATUS,
    "RequestGroup.intent": REQUEST_INTENT,
    "RequestGroup.action.condition.kind": "applicability start stop",
    "RequestGroup.action.relatedAction.relationship": "before-start before before-end concurrent-with-start concurrent concurrent-with-end after-start after after-end",
    "RequestGroup.action.groupingBehavior": "visual-group logical-group sentence-group",
    "RequestGroup.action.selectionBehavior": "any all all-or-none exactly-one at-most-one one-or-more",
    "RequestGroup.action.requiredBehavior": "must could must-unless-documented",
    "RequestGroup.action.documentation.type": "documentation justification citation predecessor successor derived-from depends-on composed-of",
    "ResearchStudy.relatedArtifact.type": "documentation justification citation predecessor successor derived-from depends-on composed-of",
    "ResearchStudy.status": (
        "active administratively-completed approved closed-to-accrual closed-to-accrual-and-intervention completed disapproved "
        "in-review temporarily-closed-to-accrual temporarily-closed-to-accrual-and-intervention withdrawn"
    ),
    "Observation.status": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "Procedure.status": "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
    "MedicationStatement.status": "active completed entered-in-error intended stopped on-hold unknown not-taken",
    "MedicationRequest.status": "active on-hold cancelled completed entered-in-error stopped draft unknown",
    "MedicationRequest.intent": REQUEST_INTENT,
    "FamilyMemberHistory.status": "partial completed entered-in-error health-unknown",
    "List.status": "current retired entered-in-error",
    "List.mode": "working snapshot changes",
    "ServiceRequest.status": REQUEST_STATUS,
    "ServiceRequest.intent": REQUEST_INTENT,
}
# an element of one of these names is coded: where it stands in a resource that goes out, its list must be above
CODED = re.compile(r"\.(status|intent|severity|gender|mode|kind|role|relationship|\w+Behavior|use|fhirVersion)$")
FREE = re.compile(r"\.(text\.status|meta\..*)$|(^|\.)(extension|modifierExtension)(\.|$)")
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
CODE = re.compile(r"[^\s]+(\s[^\s]+)*")


def problems(resource: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a resource and with those in it."""
    return [problem for path, key, value in _walk(resource, "") for problem in _of_value(path, key, value)]


def _of_value(path: str, key: str, value: Any) -> Iterator[str]:
    if value in ("", [], {}, None):
        yield f"{path}: empty"
    if path in REQUIRED and value not in REQUIRED[path].split(" "):
        yield f"{path}: {value!r} is not in its required list"
    if isinstance(value, str) and path not in REQUIRED and CODED.search(path) and not FREE.search(path):
        yield f"{path}: a coded element whose list is not here"
    if path.count(".") == 1 and key == "id" and not ID.fullmatch(value):
        yield f"{path}: {value!r} is no id"
    if key == "code" and isinstance(value, str) and not CODE.fullmatch(value):
        yield f"{path}: {value!r} is no code"
    if key in ("extension", "modifierExtension"):
        nested = "extension" in path.split(".")[:-1]
        yield from (p for each in value for p in _of_extension(path, each, nested))
    if key == "action" and isinstance(value, list):
        for each in value:
            if ("resource" in each) == ("action" in each):
                yield f"{path}: an action has parts or a resource, not both (rqg-1): {each.get('id')}"
    if key == "div":
        ElementTree.fromstring(value)


def _of_extension(path: str, extension: Mapping[str, Any], nested: bool) -> Iterator[str]:
    values = [key for key in extension if key.startswith("value")]
    if len(values) + ("extension" in extension) != 1:
        yield f"{path}: an extension has one value or parts: {extension}"
    if not nested and "://" not in extension["url"]:
        yield f"{path}: {extension['url']!r} is no address"


def _walk(value: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    if isinstance(value, Mapping):
        path = value.get("resourceType", path)
        for key, inner in value.items():
            below = path if path.endswith(f".{key}") and key in ("action", "part") else f"{path}.{key}"
            if isinstance(inner, list) and not (inner and isinstance(inner[0], dict | list)):
                yield from ((below, key, each) for each in inner or [inner])
            else:
                yield below, key, inner
            yield from _walk(inner, below)
    elif isinstance(value, list):
        for each in value:
            yield from _walk(each, path)


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a value, keys aside."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def references(value: Any) -> Iterator[str]:
    """Yield every literal reference."""
    if isinstance(value, Mapping):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def unresolved(bundle: Mapping[str, Any]) -> list[str]:
    """Return the references that lead to nothing in the bundle, nor to something contained in their own resource."""
    known = {entry["fullUrl"] for entry in bundle["entry"]}
    found = []
    for entry in bundle["entry"]:
        contained = {f"#{each['id']}" for each in entry["resource"].get("contained", ())}
        found += [each for each in references(entry["resource"]) if each not in known | contained]
    return found
