"""Accepted rules and trials → the frame of the proposal: section 1.2.250.1.213.1.1.2.175 of CANCER-FRCP 2022.01."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from api.exports.cda import plan_words
from api.exports.cda.elements import (
    LOINC,
    TERMS,
    Coded,
    Identifiers,
    anchor,
    content,
    element,
    moment,
    original,
    paragraph,
)
from api.exports.cda.elements import table as narrative_table
from api.exports.cda.entries import Section, comment, observation, section
from api.exports.cda.plans import Accepted, reserves
from api.words.telling import Telling
from engine.dates import days_of

Json = Mapping[str, Any]

SECTION = Section(
    ("1.2.250.1.213.1.1.2.175",),
    Coded("35510-7", LOINC, "Essais cliniques - Informations générales"),
    "CADRE DE LA PROPOSITION THÉRAPEUTIQUE",
)
GUIDELINE = Coded("MED-249", TERMS, "Recommandation/référentiel de pratique clinique")
TRIAL = Coded("MED-250", TERMS, "Proposition d'inclusion dans un essai clinique")
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)
_TRIAL, _COMMENT = anchor("essai"), anchor("cadre", "commentaire")
_HEADERS = ("Référentiel (nom et version)", "Date", "Recommandations")


def frame(accepted: Sequence[Accepted], answer: Json, tell: Telling, identifiers: Identifiers) -> Element:
    """Return the section: one MED-249 for each guideline, MED-250 if a trial is accepted, a comment with the trials."""
    guidelines = list(enumerate(_guidelines(accepted).items(), 1))
    trials = [(one, trial) for one in accepted for trial in one.trials]
    rows = [_row(number, source, rules, tell) for number, (source, rules) in guidelines]
    narrative = [
        *([narrative_table(_HEADERS, rows)] if rows else []),
        *([paragraph("Proposition d'inclusion dans un essai clinique : oui", _TRIAL)] if trials else []),
        paragraph(" ".join(_commented(accepted, trials, answer, tell)), _COMMENT),
    ]
    entries = [
        *(_guideline(number, source, identifiers) for number, (source, _) in guidelines),
        *([_proposed(identifiers)] if trials else []),
        comment(_COMMENT),
    ]
    return section(SECTION, identifiers.of("cadre"), narrative, entries)


Source = tuple[str, str, str]


def _guidelines(accepted: Sequence[Accepted]) -> dict[Source, list[Json]]:
    """Return the accepted rules by issuer, title and edition; of safety, those that reach what is proposed."""
    found: dict[Source, list[Json]] = {}
    for one in accepted:
        reaching = {each["id"] for line in one.lines for each in reserves(line)}
        for rule in one.rules:
            if rule["kind"] != "safety" or rule["id"] in reaching:
                source = rule["source"]
                known = found.setdefault((rule["issuer"], source["title"], source.get("edition") or ""), [])
                if all(rule["id"] != each["id"] for each in known):
                    known.append(rule)
    return found


def _row(number: int, source: Source, rules: Sequence[Json], tell: Telling) -> tuple[str | Element, ...]:
    issuer, title, edition = source
    version = f"édition {tell.date(edition)}" if edition else "édition non précisée"
    name = f"{title}, {version} ({issuer})"
    return (
        content(_name(number), name),
        tell.date(edition) or "–",
        content(_whole(number), " ; ".join(map(_cited, rules))),
    )


def _cited(rule: Json) -> str:
    section_ = rule["source"].get("section")
    grade = ", ".join(f"{word} {rule[key]}" for key, word in (("grade", "grade"), ("level", "niveau")) if rule.get(key))
    told = [plan_words.rule(rule), *([section_] if section_ else []), *([grade] if grade else []), rule["status"]]
    return ", ".join(map(str, told))


def _guideline(number: int, source: Source, identifiers: Identifiers) -> Element:
    name = _name(number)
    return observation(
        GUIDELINE,
        identifiers.of("referentiel", *source),
        _whole(number),
        element("value", {"xsi:type": "CD"}, original(name)),
        time=moment(_day(source[2])),
        translation=element("translation", None, original(name)),
    )


def _day(edition: str) -> str:
    """Return an edition that is a date; one that is not says nothing of the day."""
    return edition if _DATE.fullmatch(edition) and days_of(edition) else ""


def _proposed(identifiers: Identifiers) -> Element:
    return observation(TRIAL, identifiers.of("essai"), _TRIAL, element("value", {"xsi:type": "BL", "value": "true"}))


def _commented(
    accepted: Sequence[Accepted], trials: Sequence[tuple[Accepted, Json]], answer: Json, tell: Telling
) -> Iterator[str]:
    if answer.get("notice"):
        yield f"{answer['notice'][:1].upper()}{answer['notice'][1:]}."
    yield plan_words.origin(answer, tell)
    for one, trial in trials:
        yield _trial(trial, tell) + (f" ({one.tumour['label']})." if len(accepted) > 1 else ".")


def _trial(trial: Json, tell: Telling) -> str:
    """Name a trial: identifier, title, arm, verdict, recruitment with its date, centres."""
    arm = f", bras {trial['arm']}" if trial.get("arm") else ""
    title = trial.get("long_title") or trial["title"]
    name = f"Essai {trial['id']} – {trial['title']}" + (f", {title}" if title != trial["title"] else "") + arm
    recruited = [
        f"{tell.known('recruitment', each['status'])} ({tell.date(each['date']) or 'sans date'})"
        for each in trial.get("recruitments") or ()
    ]
    sites = [", ".join(str(value) for value in site.values() if value) for site in trial.get("sites") or ()]
    return " ; ".join(
        (
            name,
            tell.verdict(trial["verdict"]),
            "recrutement " + (", ".join(recruited) if recruited else "inconnu"),
            "centres : " + (" / ".join(sites) if sites else "à compléter"),
        )
    )


def _name(number: int) -> str:
    return anchor("referentiel", number, "nom")


def _whole(number: int) -> str:
    return anchor("referentiel", number)
