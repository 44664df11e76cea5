"""The board's own proposal in FHIR: what was proposed, and where it departs from what applies, each an issue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.exports.fhir.issues import IssueWriter
from api.exports.fhir.parts import Json, concept, extension, extensions, part
from api.exports.fhir.plan import PlanWriter
from api.exports.fhir.qualities import safety

DEPARTS = ("departs", "contraindicated")
_WORDS = {
    "departs": ("hors de ce qui s'applique", "outside what applies"),
    "contraindicated": ("selon une règle contre-indiquée ici", "by a rule that is contraindicated here"),
    "left_out": ("s'applique et n'est pas proposé", "applies and is not proposed"),
}


def add_proposal(tumour: Mapping[str, Any], writer: PlanWriter, issues: IssueWriter) -> list[Json]:
    """Keep the treatments that the board proposes, with what safety says of each, and where they depart from what applies.

    They are the board's, so no action of our plan: only requests of intent `proposal`, and issues over them.
    """
    proposal = tumour.get("proposal")
    if not proposal:
        return []
    found: list[Json] = []
    for treatment in proposal["treatments"]:
        request = writer.entries.add("ServiceRequest", _request(treatment, writer))
        writer.note_safety(treatment, request)
        found.append(request)
        if treatment["status"] in DEPARTS:
            found.append(_departure(treatment["status"], treatment["text"], (), [request], tumour, issues))
    for rule in proposal["left_out"]:
        requests = writer.requests.get(rule["id"], [])
        text = f"{rule['title']} – {', '.join(rule['missing'])}"
        found.append(_departure("left_out", text, (rule["id"],), requests, tumour, issues))
    return found


def _request(treatment: Mapping[str, Any], writer: PlanWriter) -> Json:
    origin = treatment.get("origin") or {}
    return {
        "extension": [
            extension("board-proposal", code=treatment["status"]),
            extension("certain", boolean=bool(treatment["certain"])),
            extension("intent", string=treatment["intent"]),
            extension("document", string=origin.get("document")),
            extension("pointer", string=origin.get("pointer")),
            *(_rule(each) for each in treatment["rules"]),
            safety(treatment),
        ],
        "status": "draft",
        "intent": "proposal",
        "code": {"text": treatment["text"]},
        "subject": writer.patient,
        "reasonReference": [writer.tumour],
    }


def _rule(fit: Mapping[str, Any]) -> Json:
    parts = [
        part("rule", code=fit["id"]),
        part("verdict", code=fit["verdict"]),
        part("exactly", boolean=fit["exactly"]),
    ]
    return extensions("follows", parts)


def _departure(
    kind: str, text: str, rules: tuple[str, ...], requests: list[Json], tumour: Mapping[str, Any], issues: IssueWriter
) -> Json:
    word = _WORDS[kind][issues.lang == "en"]
    return issues.add(
        {
            "extension": [
                extension("tumour", string=tumour["id"]),
                *(extension("recommendation", code=rule) for rule in rules),
            ],
            "status": "final",
            "code": concept("proposal", kind, word),
            "severity": "moderate",
            "implicated": requests,
            "detail": f"{word.capitalize()} : {text}",
        }
    )
