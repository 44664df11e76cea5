"""An answer → a report for the patient's file: the words and their order, which HTML and PDF share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.exports.report.blocks import SOFT, Block, Facts, Heading, Line, Prose, Report, Span, Table, items, joined, say
from api.exports.report.tumour import tumour_blocks
from api.words.telling import Telling
from api.words.view import AnswerView
from engine.snapshot import Base

Json = Mapping[str, Any]


def report_of(answer: Json, base: Base, language: str = "fr") -> Report:
    """Return the report of an answer in French or English; nothing is decided here, and no clock is read."""
    tell = Telling(base, language)
    title = f"{tell.say('answer.heading')} – {tell.say('page.answer', date=tell.long_date(answer['as_of']))}"
    return Report(title, language, str(answer.get("notice") or ""), tuple(_blocks(answer, base, tell)))


def _blocks(answer: Json, base: Base, tell: Telling) -> Iterator[Block]:
    view, t = AnswerView(answer, base, tell), tell.say
    yield Heading(1, say(t("answer.heading")))
    if answer.get("notice"):
        yield Prose(say(Span(answer["notice"], strong=True)), "notice")
    yield Facts(tuple(_facts(answer, tell)))
    conflicts = (answer.get("patient") or {}).get("conflicts") or ()
    if conflicts:
        yield Heading(2, say(t("conflicts.patient")))
        yield items([_conflict(each, tell) for each in conflicts])
    for one in view.tumours:
        yield from tumour_blocks(one, tell)
    yield from _losses(view, tell)
    yield from _coverage(answer, tell)


def _facts(answer: Json, tell: Telling) -> Iterator[tuple[str, Line]]:
    t, place, sheet = tell.say, answer["place"], answer["sheet"]
    chosen = tell.known("answer.as_of", answer["as_of_from"])
    yield t("answer.as_of"), say(Span(tell.long_date(answer["as_of"]), strong=True), f" ({chosen})")
    where = tell.region(place["region"]) if place.get("region") else t("answer.place.none")
    yield t("answer.place"), say(where, f", {place['centre']}" if place.get("centre") else "")
    if answer.get("until"):
        yield t("answer.until"), say(tell.date(answer["until"]))
    read = ", ".join(f"{each['document']} ({tell.known('format', each['format'])})" for each in sheet["origins"])
    yield t("report.documents"), say(f"{read} – {t('answer.items', count=sheet['items'])}")
    yield t("answer.decision"), say(Span(answer["decision_id"], SOFT))
    yield t("answer.snapshot"), say(Span(answer["snapshot"], SOFT))
    yield t("report.engine"), say(Span(answer["engine"], SOFT))


def _conflict(entry: Json, tell: Telling) -> Line:
    rules = entry.get("rules") or ()
    named = joined((say(Span(tell.title(each), french=True), Span(f" {each}", SOFT)) for each in rules), " / ")
    return named or say(str(entry.get("text", "")))


def _losses(view: AnswerView, tell: Telling) -> Iterator[Block]:
    """Yield what could not be read: set aside, or without a place in the sheet."""
    if not (view.wrong or view.lost):
        return
    t = tell.say
    yield Heading(2, say(t("losses.heading")))
    for title, problems in ((t("losses.wrong"), view.wrong), (t("losses.lost", count=len(view.lost)), view.lost)):
        if problems:
            yield Heading(3, say(title))
            yield items([_problem(each) for each in problems])


def _problem(each: Json) -> Line:
    code = (each.get("source") or {}).get("code")
    named = f" ({each['source']['systeme']} {code})" if code else ""
    return say(Span(str(each["message"]).replace("`", ""), french=True), named, Span(f" {each['pointer']}", SOFT))


def _coverage(answer: Json, tell: Telling) -> Iterator[Block]:
    t = tell.say
    yield Heading(2, say(t("coverage.heading")))
    headers = tuple(t(f"coverage.{each}") for each in ("title", "issuer", "edition", "valid", "encoding", "status"))
    yield Table(headers, tuple(_guideline(each, tell) for each in answer["coverage"]), (36, 13, 13, 14, 11, 13))


def _guideline(each: Json, tell: Telling) -> tuple[Line, ...]:
    return (
        say(Span(each["title"], french=True)),
        say(each["issuer"]),
        say(tell.date(each["edition"]) or "–"),
        say(", ".join(tell.region(place) for place in each["valid_in"])),
        say(tell.known("encoding", each["encoding"])),
        say(tell.known("status", each["status"])),
    )
