"""The frame of an answer in FHIR: what was asked and found (Parameters), what is wanted, who answered and from what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.exports import CANONICAL
from api.exports.fhir.outcomes import issue, of_sheet
from api.exports.fhir.parts import Json, absent, coding, extension, extensions, part, told, whole
from api.exports.fhir.plan import acts_of, words

TOLD = ("id", "label", "outside", "until", "questions", "recommendations", "checklist", "trials", "to_ask", "data", "contradictions", "conflicts", "proposal")  # fmt: skip
_SCALARS = ("snapshot", "engine", "version", "as_of", "as_of_from", "until", "notice")
_OUTCOMES = {
    "silent": ("muet : aucune règle ne s'applique", "silent: no rule applies"),
    "not_encoded": ("non encodé : aucune règle encodée ne s'applique", "not encoded: no encoded rule applies"),
    "outside": ("hors champ : aucune question n'est posée", "outside: no question is posed"),
}


def device(answer: Mapping[str, Any]) -> Json:
    """Return what answered: this engine, in its version, over this knowledge base."""
    return {
        "identifier": [{"system": f"{CANONICAL}/snapshot", "value": answer["snapshot"]}],
        "deviceName": [{"name": "oncorules", "type": "user-friendly-name"}],
        "version": [
            {"type": {"text": "engine"}, "value": answer["engine"]},
            {"type": {"text": "snapshot"}, "value": answer["snapshot"]},
        ],
    }


def provenance(answer: Mapping[str, Any], engine: Json, targets: list[Json]) -> Json:
    """Return where the resources of an answer come from: the base, the sheet by its hash, each guideline consulted.

    FHIR wants the instant of recording; an answer has a day and reads no clock, so `recorded` is absent and says so.
    """
    return {
        "target": targets,
        "occurredDateTime": answer["as_of"],
        "_recorded": absent("unknown"),
        "agent": [{"type": {"text": "assembler"}, "who": engine}],
        "entity": [
            _entity("snapshot", answer["snapshot"], "oncorules"),
            _entity("sheet", answer["sheet"]["hash"], "fiche RCP"),
            *(_entity("guideline", each["referentiel"], _named(each)) for each in answer["coverage"]),
        ],
    }


def _entity(table: str, value: str, display: str) -> Json:
    return {"role": "source", "what": {"identifier": {"system": f"{CANONICAL}/{table}", "value": value}, "display": display}}  # fmt: skip


def _named(guideline: Mapping[str, Any]) -> str:
    return ", ".join(str(each) for each in (guideline["issuer"], guideline["title"], guideline["edition"]) if each)


# --- what is missing ---


def data_requirements(tumour: Mapping[str, Any]) -> list[Json]:
    """Return everything that an open answer of a tumour still wants, once; what decides most first."""
    found: dict[tuple[str, str], Json] = {}
    for item in _wanted(tumour):
        found.setdefault((item["item"], item["question"]), _requirement(item))
    return list(found.values())


def _wanted(tumour: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from tumour["to_ask"]
    for rule in tumour["recommendations"]:
        yield from (*rule["missing"], *rule["to_judge"])
        for exception in rule["unless"]:
            yield from exception["missing"]
        for act in acts_of(rule["plan"]):
            for entry in act.get("safety", {}).get("by", ()):
                yield from entry.get("missing", ())
    for trial in tumour["trials"]:
        yield from (*trial["missing"], *trial["to_judge"])


def _requirement(item: Mapping[str, Any]) -> Json:
    texts = ("question", "effort", "reason", "known", "pointer")
    counts = item.get("decides") or {}
    return {
        "extension": [
            *(extension(name, string=item.get(name)) for name in texts),
            extension("derived", boolean=True) if item.get("derived") else {},
            extensions("decides", [part(name, integer=number) for name, number in counts.items()]),
            *map(_effect, item.get("effect", ())),
        ],
        "type": "Observation",
        "codeFilter": [{"path": "code", "code": [coding("item", item["item"], item["label"])]}],
    }


def _effect(effect: Mapping[str, Any]) -> Json:
    changes = (
        whole("becomes", [part("id", string=each["id"]), part("verdict", code=each["verdict"])])
        for each in effect["becomes"]
    )
    return extensions("effect", [part("answer", string=effect["answer"]), *changes])


# --- what was asked and found ---


def parameters(answer: Mapping[str, Any], tumour: Mapping[str, Any], lang: str) -> Json:
    """Return what an answer says beside its plan: every verdict, those that give no action too, and the values used."""
    place = answer["place"]
    return {
        "parameter": [
            _text("decision", answer["decision_id"]),
            *(_text(name, answer.get(name)) for name in _SCALARS),
            *(_text(name, place.get(name)) for name in ("region", "centre", "note")),
            _parts("sheet", {name: answer["sheet"].get(name) for name in ("hash", "items", "same_patient")}),
            *(_parts("origin", each) for each in answer["sheet"]["origins"]),
            *(_parts("coverage", each) for each in answer["coverage"]),
            _parts("tumour", {name: tumour[name] for name in ("id", "label", "outside", "until")}),
            *(_parts("question", each) for each in tumour["questions"]),
            *(_recommendation(each, lang) for each in tumour["recommendations"]),
            *(_parts("check", each) for each in tumour["checklist"]),
            *(_datum(each, lang) for each in tumour["data"]),
            *(_text(name, json.dumps(said, ensure_ascii=False, default=str)) for name, said in tumour.items() if name not in TOLD),
        ]
    }  # fmt: skip


def _recommendation(rule: Mapping[str, Any], lang: str) -> Json:
    """Tell one verdict; a rule that gives no action has here why, what stands in its place and what would flip it."""
    by = rule["overridden_by"] or rule["replaced_by"] or {}
    said = {
        "id": rule["id"],
        "title": rule["title"],
        "question": rule["question"],
        "verdict": rule["verdict"],
        "text": rule["text"],
        "plan": " ; ".join(words(act, lang) for act in acts_of(rule["plan"])),
        "source": ", ".join(value for value in rule["source"].values() if value),
        "why": told(rule["why"], lang),
        "by": by.get("id"),
        "by-title": by.get("title"),
        "reason": by.get("reason"),
        "would-say": rule["would_say"],
        "flip": [each["text"] for each in rule["nearest_flip"]],
        "until": rule["until"],
    }
    return _parts("recommendation", said)


def _datum(datum: Mapping[str, Any], lang: str) -> Json:
    origin = datum.get("origin") or {}
    kept = ("item", "label", "value", "text", "date", "state", "definition", "derived_from")
    why = " ; ".join(told(each, lang) for each in datum.get("why") or ())
    places = {"document": origin.get("document"), "pointer": origin.get("pointer")}
    return _parts("datum", {name: datum.get(name) for name in kept} | places | {"why": why})


def _text(name: str, value: Any) -> Json:
    return {"name": name, "valueString": str(value)} if value not in (None, "") else {}


def _parts(name: str, said: Mapping[str, Any]) -> Json:
    """Return one parameter with a part for each thing said; a list gives a part for each of its values."""
    found: list[Json] = []
    for key, value in said.items():
        listed: Iterable[Any] = value if isinstance(value, list) else [value]
        found += [_typed(key, each) for each in listed]
    return {"name": name, "part": found}


def _typed(name: str, value: Any) -> Json:
    if isinstance(value, bool):
        return {"name": name, "valueBoolean": value}
    return {"name": name, "valueInteger": value} if isinstance(value, int) else _text(name, value)


# --- what is to be told of the sheet and of the questions ---


def messages(answer: Mapping[str, Any], tumour: Mapping[str, Any], lang: str) -> Iterator[Json]:
    """Yield the issues of one tumour's evaluation: what was lost of the sheet, and each question without an answer."""
    yield from of_sheet(answer)
    for question in tumour["questions"]:
        if question["outcome"] in _OUTCOMES:
            text = f"{question['title']} – {_OUTCOMES[question['outcome']][lang == 'en']}"
            yield issue("information", "informational", text, question["outcome"], question["id"])
    if tumour["outside"]:
        yield issue("information", "informational", _OUTCOMES["outside"][lang == "en"], "outside")
