"""Answers as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api import coverage
from api.words.labels import known, say_in

Json = Mapping[str, Any]
MOST_ASKED = 8

VERDICTS = {
    "applies": ("s'applique", "applies"),
    "applies_unless": ("s'applique sauf réserve", "applies unless"),
    "undetermined": ("indéterminée", "undetermined"),
    "contraindicated": ("contre-indiquée", "contraindicated"),
    "overridden": ("écartée", "overridden"),
    "replaced": ("remplacée", "replaced"),
    "does_not_apply": ("ne s'applique pas", "does not apply"),
    "eligible": ("éligible", "eligible"),
    "possible": ("possible", "possible"),
    "not_eligible": ("non éligible", "not eligible"),
    "off_topic": ("hors sujet", "off the subject"),
    "silent": ("muet", "silent"),
    "not_encoded": ("non encodé", "not encoded"),
    "answered": ("répondue", "answered"),
}
MODALITIES = {
    "propose": ("proposer", "propose"),
    "consider": ("envisager", "consider"),
    "avoid": ("éviter", "avoid"),
    "request": ("demander", "request"),
    "refer": ("orienter vers", "refer to"),
    "contraindicate": ("contre-indiquer", "contraindicate"),
    "adapt": ("adapter", "adapt"),
    "require": ("exiger avant", "require before"),
}
WORDS = {
    "notice": ("contenu à valider, aide à la RCP", "content to be validated, an aid to the tumour board"),
    "outside": (
        "hors champ : aucune question ne concerne cette tumeur",
        "out of scope: no question concerns this tumour",
    ),
    "missing": ("il manque", "missing"),
    "ask": ("À demander", "To ask"),
    "checklist": ("Avant traitement", "Before treatment"),
    "trials": ("Essais", "Trials"),
    "contradictions": ("Contradictions", "Contradictions"),
    "proposal": ("Proposition de la RCP", "The board's proposal"),
    "left_out": ("Recommandé et non proposé", "Recommended and not proposed"),
    "problems": ("Ce qui n'a pas pu être lu", "What could not be read"),
    "source": ("source", "source"),
    "choice": ("au choix", "one of"),
    "together": ("ensemble", "together"),
    "then": ("puis", "then"),
}


def answer(body: Json, language: str = "fr") -> Iterator[str]:
    """Yield an answer the way a clinician reads it: plan, verdict and source, then what is missing."""
    place = body.get("place") or {}
    where = " ".join(filter(None, (place.get("region"), place.get("centre"))))
    yield f"{_word('notice', language)} – {body['as_of']} {where}".rstrip()
    yield f"décision {body['decision_id']}" if language == "fr" else f"decision {body['decision_id']}"
    for tumour in body["tumours"]:
        yield ""
        yield from _tumour(tumour, language)
    problems = body["sheet"]["problems"]
    if problems:
        yield ""
        yield _word("problems", language)
        yield from _problems(problems)


def _tumour(tumour: Json, language: str) -> Iterator[str]:
    yield f"# {tumour.get('label') or tumour['id']}"
    if tumour.get("outside"):
        yield f"  {_word('outside', language)}"
    by_id = {each["id"]: each for each in tumour.get("recommendations", ())}
    for question in tumour.get("questions", ()):
        yield f"## {question['title']} ({_verdict(question.get('outcome', ''), language)})"
        for identifier in question.get("recommendations", ()):
            if identifier in by_id and by_id[identifier]["verdict"] != "does_not_apply":
                yield from _recommendation(by_id[identifier], language)
    yield from _section(
        tumour, "checklist", language, lambda each: f"[{each['status']}] {each.get('question') or each['item']}"
    )
    asked = {"to_ask": _asked(tumour)}
    yield from _section(asked, "to_ask", language, lambda each: each.get("question") or each["item"], "ask")
    yield from _section(
        tumour, "trials", language, lambda each: f"{each['id']} {each['title']} – {_verdict(each['verdict'], language)}"
    )
    yield from _section(tumour, "contradictions", language, lambda each: str(each.get("item")))
    proposal = tumour.get("proposal") or {}
    yield from _section(proposal, "treatments", language, lambda each: _proposed(each, language), "proposal")
    yield from _section(proposal, "left_out", language, lambda each: f"{each['id']} {each['title']}")


def _proposed(each: Json, language: str) -> str:
    """Say what the recommendations and safety make of a treatment that the board proposes."""
    said = known(say_in("en" if language == "en" else "fr"), "proposal", each["status"])
    by = ", ".join(entry["id"] for entry in each["safety"]["by"] if entry["sure"])
    return f"{each['text']} : {said}" + (f" [{by}]" if by else "")


def _asked(tumour: Json) -> list[Json]:
    """Return the first questions to ask, without what follows from others."""
    return [each for each in tumour.get("to_ask", ()) if not each.get("derived")][:MOST_ASKED]


def _section(tumour: Json, key: str, language: str, line: Any, word: str = "") -> Iterator[str]:
    if tumour.get(key):
        yield f"## {_word(word or key, language)}"
        yield from (f"  - {line(each)}" for each in tumour[key])


def _recommendation(recommendation: Json, language: str) -> Iterator[str]:
    yield f"  [{_verdict(recommendation['verdict'], language)}] {recommendation['id']} {recommendation['title']}"
    if recommendation.get("plan"):
        yield from _plan(recommendation["plan"], language, "      ")
    missing = [each.get("label") or each["item"] for each in recommendation.get("missing", ())]
    if missing:
        yield f"      {_word('missing', language)} : {', '.join(missing)}"
    source = recommendation.get("source") or {}
    told = ", ".join(filter(None, (source.get("title"), source.get("edition"), source.get("section"))))
    if told:
        yield f"      {_word('source', language)} : {told}"


def _plan(plan: Json, language: str, indent: str) -> Iterator[str]:
    for kind in ("choice", "together", "then"):
        if kind in plan:
            yield f"{indent}{_word(kind, language)} :"
            for part in plan[kind]:
                yield from _plan(part, language, indent + "  ")
            return
    concept = plan.get("concept") or {}
    label = concept.get("label") if isinstance(concept, Mapping) else concept
    details = ", ".join(str(plan[key]) for key in ("intent", "duration", "dose") if plan.get(key))
    modality = MODALITIES.get(plan.get("modality", ""), ("", ""))[language == "en"]
    yield f"{indent}{modality} {label or plan.get('text', '')}{f' ({details})' if details else ''}"


def converted(body: Json) -> Iterator[str]:
    """Yield what was lost on the way; the sheet itself comes with `--json`."""
    from api.render import to_pretty_json

    yield to_pretty_json(body["sheet"])
    yield from _problems(body["problems"])


def checked(body: Json) -> Iterator[str]:
    """Yield every problem with its place, what is to be confirmed, what is covered if asked, then what was counted."""
    yield from _problems(body["problems"])
    if body["warnings"]:
        yield "à confirmer :"
        yield from _problems(body["warnings"])
    if "coverage" in body:
        yield from coverage.told(body["coverage"])
    yield ", ".join(f"{number} {what}" for what, number in body["counts"].items())
    yield f"vérifié en {body['seconds']:.1f} s".replace(".", ",")


def found(items: Iterable[Json]) -> Iterator[str]:
    """Yield what a search found, the best first."""
    for item in items:
        yield f"{item['id']}  {item.get('title', '')}"


def _problems(problems: Iterable[Json]) -> Iterator[str]:
    for each in problems:
        where = f"{each['file']}:{each['line']}:{each['column']}" if "file" in each else each.get("pointer", "")
        yield f"  {where}: {each['message']} [{each['code']}]"
        if each.get("hint"):
            yield f"      {each['hint']}"


def _verdict(name: str, language: str) -> str:
    return VERDICTS.get(name, (name, name))[language == "en"]


def _word(name: str, language: str) -> str:
    return WORDS[name][language == "en"]
