"""One checklist before treatment: what must be done or known, why, for which drugs, done or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.dates import show_days
from engine.logic import Key
from engine.names import fold
from engine.outcome import PLANS, is_satisfied
from engine.statements import CheckedAct, CheckedRule
from engine.truth import FALSE, TRUE
from engine.view import is_safety, treats
from engine.worked import Worked

_PENDING = ("en_attente",)


def checklist(answer: Worked, live: Iterable[CheckedRule]) -> list[dict[str, Any]]:
    """Return every item to do or know before the plans, once, with the drugs and the safety rules behind it."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for rule in live:
        for act in answer.planner.live(rule.action):
            if act.act.modality == "request":
                _add(found, _requested(answer, act, rule))
            if treats(act):
                for reach in filter(answer.counts, answer.planner.reaches(act)):
                    if not is_safety(answer.ready.view.rules[reach.rule], reach.act):
                        continue
                    for entry in _safety(answer, reach.rule, reach.act, act):
                        _add(found, entry)
    return sorted(
        map(_line, found.values()), key=lambda line: (not line["blocking"], line["status"] == "done", str(line["item"]))
    )


def _add(found: dict[str, list[Mapping[str, Any]]], entry: Mapping[str, Any]) -> None:
    found.setdefault(fold(str(entry["items"][0] if entry["items"] else entry["item"])), []).append(entry)


def _line(entries: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Make one line of all that asks for the same: it is done where all of it is."""
    shown = next((entry for entry in entries if entry["status"] != "done"), entries[0])
    return {
        **entries[0],
        **{key: shown[key] for key in ("status", "value", "date")},
        "why": " ; ".join(dict.fromkeys(why for entry in entries for why in entry["why"].split(" ; "))),
        "for": sorted({treatment for entry in entries for treatment in entry["for"]}),
        "blocking": any(entry["blocking"] for entry in entries),
        "by": sorted({rule for entry in entries for rule in entry["by"]}),
    }


def _requested(answer: Worked, act: CheckedAct, rule: CheckedRule) -> dict[str, Any]:
    """Return a test that a rule asks for: done when the items it fills are known."""
    items = [item.id for name in act.act.fills if (item := answer.base.dictionary.find(name)) is not None]
    concept = answer.base.ontology.concepts.get(act.concept)
    label = concept.label(answer.wanted.language) if concept else act.concept
    verdict = answer.verdicts[rule.id]
    return _entry(answer, label, items, rule.rule.title, [], rule.id, False) | (
        {} if verdict in PLANS else {"condition": rule.rule.title}
    )


def _safety(answer: Worked, rule: str, safety: CheckedAct, act: CheckedAct) -> Iterable[dict[str, Any]]:
    """Yield what a safety rule asks for before a treatment."""
    view, state = answer.ready.view, answer.state
    truth = state.truth(f"holds:{rule}")
    treatment = answer.base.ontology.concepts[act.concept].label(answer.wanted.language)
    title, blocking = view.rules[rule].rule.title, view.rules[rule].rule.blocking
    if truth == FALSE:
        return
    if safety.act.modality == "require":
        items = [
            item.id
            for name in (*safety.act.fills, safety.act.requires)
            if (item := answer.base.dictionary.find(name)) is not None
        ]
        entry = _entry(
            answer, answer.planner.required(safety.act.requires) or title, items, title, [treatment], rule, blocking
        )
        if is_satisfied(view, state, rule):
            entry["status"] = "done"
        elif entry["status"] == "done":
            entry["status"] = "to_do"
        yield entry
    elif truth != TRUE:
        for missing in answer.missing_of(rule):
            if not missing["derived"]:
                yield _entry(answer, missing["label"], [missing["item"]], title, [treatment], rule, False) | {
                    "question": missing["question"]
                }


def _entry(
    answer: Worked, name: str, items: list[str], why: str, treatments: list[str], rule: str, blocking: bool
) -> dict[str, Any]:
    """Return one line of the checklist."""
    facts = answer.state.facts
    data = [datum for item in items if (datum := facts.data.get(Key(item))) is not None]
    known = [datum for datum in data if datum.worlds is not None]
    settled = {datum.key.item for datum in known} | {item for item in items if answer.asking.is_settled(item)}
    status = "done" if items and len(settled) == len(items) else "to_do"
    if status == "to_do" and any(datum.reason in _PENDING for datum in data):
        status = "pending"
    said = known[-1].statements[-1] if known else None
    item = answer.base.dictionary.items.get(items[0]) if items else None
    return {
        "item": name,
        "items": items,
        "question": item.ask(answer.wanted.language) if item else name,
        "status": status,
        "value": said.text if said else None,
        "date": show_days(said.days) if said and said.days else None,
        "why": why,
        "for": treatments,
        "blocking": blocking,
        "by": [rule],
    }
