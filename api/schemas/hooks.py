"""CDS Hooks: bodies and answers, described for OpenAPI, never used to read or build them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from marshmallow.fields import Field


def _object(required: bool = False) -> Field[Any]:
    return fields.Dict(required=required)


def _objects() -> Field[Any]:
    return fields.List(fields.Dict())


class OperationOutcome(Schema):
    """What is wrong, as FHIR R4 has it."""

    resourceType = fields.String(required=True)  # noqa: N815  # FHIR's own name
    issue = _objects()


class Discovery(Schema):
    """The services on offer."""

    services = _objects()


class Call(Schema):
    """The call of a service, as CDS Hooks 3.0 has it."""

    hook = fields.String(required=True)
    hookInstance = fields.UUID(required=True)  # noqa: N815
    context = _object(required=True)
    fhirServer = fields.String()  # noqa: N815
    fhirAuthorization = _object()  # noqa: N815
    prefetch = _object()


class Cards(Schema):
    """What there is to say; an empty list where there is nothing."""

    cards = _objects()


class Feedback(Schema):
    """What became of cards."""

    feedback = fields.List(fields.Dict(), required=True)


class FeedbackTaken(Schema):
    """How much was received, how much of it was new, whether free comments are kept."""

    received = fields.Integer()
    new = fields.Integer()
    comments = fields.String(metadata={"enum": ["kept", "dropped"]})
