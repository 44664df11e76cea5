"""The answer, version 1, and the smaller answers: described for OpenAPI, never used to build them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from marshmallow.fields import Field


def _many(schema: type[Schema]) -> Field[Any]:
    return fields.List(fields.Nested(schema()))


def _texts() -> Field[Any]:
    return fields.List(fields.String())


def _choice(*values: str) -> fields.String:
    return fields.String(metadata={"enum": list(values)})


def _open() -> Field[Any]:
    return fields.Raw(allow_none=True)


def _text() -> fields.String:
    return fields.String(allow_none=True)


_SAME = fields.String(
    allow_none=True,
    metadata={
        "enum": ["identifiers", "stated", None],
        "description": "how several documents are known to be one patient's; null for one document",
    },
)


class ProblemEntry(Schema):
    """One thing that is wrong, where, and what to do."""

    code = fields.String(required=True)
    message = fields.String(required=True)
    pointer = fields.String(metadata={"description": "RFC 6901, into the body"})
    document = fields.String(metadata={"description": "which of several documents"})
    file = fields.String()
    line = fields.Integer()
    column = fields.Integer()
    hint = fields.String()
    source = _open()


class Problem(Schema):
    """An error, as RFC 9457 has it."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    hint = fields.String()
    problems = _many(ProblemEntry)


class Node(Schema):
    """A node of a condition with what it was worth; a trial's criterion has its id and the items it still hangs on."""

    id = fields.String()
    missing = _texts()
    truth = _choice("true", "false", "unknown")
    text = fields.String()
    value = _open()
    origin = _open()
    path = _texts()
    ref = fields.String()
    note = fields.String()
    open = _open()
    kind = fields.String()
    step = fields.String()
    nodes = fields.List(fields.Nested(lambda: Node()))


class Missing(Schema):
    """An item whose value is wanted."""

    item = fields.String()
    label = fields.String()
    question = fields.String()
    effort = fields.String()
    reason = fields.String()
    known = _open()
    pointer = _text()
    decides = _open()
    derived = fields.Boolean(metadata={"description": "it follows from other items: those are asked"})


class Source(Schema):
    """Where a statement comes from."""

    title = fields.String()
    edition = fields.String()
    section = fields.String()
    url = fields.String()


class Question(Schema):
    """A clinical question and what came of it."""

    id = fields.String()
    title = fields.String()
    guideline = fields.String()
    transversal = fields.Boolean()
    status = _choice("posed", "open")
    outcome = _choice("answered", "undetermined", "silent", "not_encoded")
    recommendations = _texts()


class Recommendation(Schema):
    """One recommendation with its verdict, its plan and why."""

    id = fields.String()
    title = fields.String()
    question = fields.String()
    issuer = fields.String()
    valid_in = _open()
    verdict = _choice(
        "replaced", "does_not_apply", "overridden", "contraindicated", "applies", "applies_unless", "undetermined"
    )
    kind = _choice("recommendation", "safety", "process")
    plan = _open()
    would_say = _open()
    grade = _text()
    level = _text()
    confidence = _text()
    legal = fields.Boolean()
    in_force = _open()
    note = _text()
    status = fields.String()
    source = fields.Nested(Source())
    why = fields.Nested(Node())
    missing = _many(Missing)
    to_judge = _open()
    unless = _open()
    overridden_by = _open()
    replaced_by = _open()
    nearest_flip = _open()
    until = _text()
    text = fields.String()


class Check(Schema):
    """One line of the checklist before treatment."""

    item = fields.String()
    items = _texts()
    question = fields.String()
    condition = _open()
    status = _choice("done", "pending", "to_do")
    value = _open()
    date = _text()
    why = _open()
    concepts = fields.List(fields.String(), data_key="for")
    blocking = fields.Boolean()
    by = _texts()


class Trial(Schema):
    """One trial's arm with its verdict."""

    id = fields.String()
    title = fields.String()
    long_title = fields.String()
    arm = _text()
    text = fields.String()
    status = fields.String()
    note = _text()
    source = fields.Nested(Source())
    to_review = _open()
    recruitments = _open()
    steps = _open()
    verdict = _choice("eligible", "possible", "not_eligible", "off_topic")
    failing = _open()
    missing = _many(Missing)
    to_judge = _open()
    coverage = _open()
    recruitment = _open()
    sites = _open()
    until = _text()
    why = fields.Nested(Node())


class ToAsk(Missing):
    """An item to ask, and what each answer would change."""

    effect = _open()


class Datum(Schema):
    """A value that was used, with its date and origin."""

    item = fields.String()
    label = fields.String()
    value = _open()
    text = fields.String()
    date = _text()
    age_days = fields.Integer(allow_none=True)
    origin = _open()
    derived_from = _open()
    definition = fields.String()
    why = _open()
    state = fields.String()


class Tumour(Schema):
    """What is said for one tumour."""

    id = fields.String()
    label = fields.String()
    outside = fields.Boolean(metadata={"description": "no question is posed or open for this tumour"})
    questions = _many(Question)
    recommendations = _many(Recommendation)
    checklist = _many(Check)
    trials = _many(Trial)
    to_ask = _many(ToAsk)
    data = _many(Datum)
    contradictions = _open()
    conflicts = _open()
    proposal = fields.Raw(
        allow_none=True,
        metadata={"description": "the board's own proposal held against what applies; null where the sheet has none"},
    )
    until = _text()


class SheetSummary(Schema):
    """What was read of the sheet."""

    hash = fields.String()
    origins = _open()
    same_patient = _SAME
    items = fields.Integer()
    problems = _many(ProblemEntry)


class Answer(Schema):
    """Everything said about one sheet, version 1."""

    version = fields.String()
    decision_id = fields.String()
    snapshot = fields.String()
    engine = fields.String()
    notice = _text()
    as_of = fields.String()
    as_of_from = _choice("query", "rcp", "today")
    place = _open()
    until = _text()
    sheet = fields.Nested(SheetSummary())
    coverage = _open()
    patient = _open()
    tumours = _many(Tumour)


class Converted(Schema):
    """A native sheet made from outside documents, with every loss."""

    sheet = _open()
    problems = _many(ProblemEntry)
    origins = _open()
    same_patient = _SAME
    snapshot = fields.String()


class WhatIf(Schema):
    """What the changes to a sheet change in the answer; not a decision."""

    snapshot = fields.String()
    as_of = fields.String()
    place = _open()
    changes = _open()


class DecisionView(Schema):
    """What is remembered of a decision: nothing of the patient."""

    id = fields.String()
    decided_at = fields.String()
    snapshot = fields.String()
    engine = fields.String()
    as_of = fields.String()
    place = _open()
    sheet = _open()


class Listed(Schema):
    """A part of a list, and how long the whole is."""

    total = fields.Integer()
    items = _open()


class Health(Schema):
    """Whether the server can answer."""

    status = fields.String()
    snapshot = fields.String()
    engine = fields.String()
    store = fields.String()
