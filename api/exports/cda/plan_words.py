"""The lines of an accepted plan in French words, for the narrative of a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.exports.cda.plans import EQUAL, RANKED, Accepted, Line, reserves
from api.words.telling import Telling

Json = Mapping[str, Any]


def treatment(line: Line, tell: Telling) -> str:
    """Return a line in full: the treatment, how, what it still depends on, what safety says."""
    return " ; ".join(each for each in (named(line, tell), *open_conditions(line, tell), *safety(line, tell)) if each)


def named(line: Line, tell: Telling) -> str:
    """Return the treatment with its intent, length, dose and the editor's words."""
    action = line.action
    cycles = f"{action['cycles']} cycles" if action.get("cycles") else ""
    intent = tell.known("intent", action["intent"]) if action.get("intent") else ""
    told = (intent, action.get("duration"), action.get("dose"), cycles, action.get("text"), *line.notes)
    details = ", ".join(str(each) for each in told if each)
    verb = "à envisager : " if action["modality"] == "consider" else ""
    return f"{verb}{action['concept']['label']}" + (f" ({details})" if details else "")


def open_conditions(line: Line, tell: Telling) -> Iterator[str]:
    """Yield the conditions that are still open."""
    for condition in line.conditions:
        yield f"si {tell.condition(condition['text'])} (encore ouvert)"


def safety(line: Line, tell: Telling) -> Iterator[str]:
    """Yield what safety says of a line: each need or doubt once, with the ids of the rules behind it."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in reserves(line):
        said = each.get("requires") or each["title"]
        found.setdefault((each["status"], said), []).append(each["id"])
    for (status, said), rules in found.items():
        yield f"{tell.known('safety', status)} : {said} ({', '.join(rules)})"


def asked(entry: Json) -> str:
    """Return a point of the checklist with its reasons."""
    blocking = " (bloquant)" if entry["blocking"] else ""
    waited = ", déjà demandé" if entry["status"] == "pending" else ""
    return f"{entry['item']}{blocking}{waited} : {entry['why']}"


def intention(line: Line) -> str:
    """Return the number of the intention, as the form of the tumour board writes it."""
    word = {RANKED: "alternative", EQUAL: "au choix"}.get(line.choice, "")
    return f"{line.intention} ({word or ('première intention' if line.intention == 1 else 'alternative')})"


def rule(each: Json) -> str:
    """Return a rule by its id, and its title."""
    return f"{each['id']} ({each['title']})"


def origin(answer: Json, tell: Telling) -> str:
    """Return from which answer the entries were made."""
    told = (
        f"Entrées préparées par oncorules {answer['engine']} à partir de la décision {answer['decision_id']}",
        f"base de connaissances {answer['snapshot']}",
        f"évaluée au {tell.date(answer['as_of'])}",
    )
    return ", ".join(told) + "."


def notes(accepted: Iterable[Accepted], answer: Json, tell: Telling) -> Iterator[str]:
    """Yield what a proposal must say beside its entries: the notice, what is avoided, barred, or still undetermined."""
    if answer.get("notice"):
        yield f"{answer['notice'][:1].upper()}{answer['notice'][1:]}."
    yield origin(answer, tell)
    for one in accepted:
        for line in one.lines:
            if line.action["modality"] == "avoid":
                yield f"À éviter : {named(line, tell)} – {rule(line.rule)}."
        for line in one.barred:
            yield f"Écarté, contre-indiqué : {treatment(line, tell)} – {rule(line.rule)}."
        for each in one.rules:
            if each["verdict"] == "undetermined":
                yield f"Retenue par la RCP bien qu'indéterminée : {rule(each)}."
            elif each["verdict"] == "applies_unless":
                reserved = ", ".join(str(unless["title"]) for unless in each["unless"])
                yield f"S'applique sauf réserve : {rule(each)}" + (f", {reserved}." if reserved else ".")
