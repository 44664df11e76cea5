"""A trial of an answer as blocks of a report: verdict, criteria not met, what is missing, recruitment, centres, source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.exports.report.blocks import SOFT, Block, Heading, Items, Line, Prose, Span, joined, say
from api.exports.report.plans import Rules

Json = Mapping[str, Any]


def trial_blocks(trial: Json, rules: Rules) -> Iterator[Block]:
    """Yield the blocks of a trial."""
    tell, t = rules.tell, rules.t
    arm = f" ({t('trials.arm', arm=trial['arm'])})" if trial.get("arm") else ""
    yield Heading(4, say(rules.verdict(trial["verdict"]), f" – {trial['title']}{arm}", Span(f" {trial['id']}", SOFT)))
    if trial.get("long_title") and trial["long_title"] != trial["title"]:
        yield Prose(say(Span(trial["long_title"], french=True)))
    lines = [line for line in _lines(trial, rules) if line]
    yield Items(tuple((0, line) for line in lines))
    coverage = trial["coverage"]
    told = [
        say(Span(trial["source"]["title"], french=True)),
        say(t("trials.coverage", encoded=coverage["encoded"], total=coverage["total"])),
        say(t("trials.partial")) if not coverage.get("complete", True) else (),
        say(tell.known("status", trial["status"])),
    ]
    yield Prose(rules.labelled("rec.source", joined(told, ", ")), "source")


def _lines(trial: Json, rules: Rules) -> Iterator[Line]:
    tell, t = rules.tell, rules.t
    if len(trial["steps"]) > 1:
        steps = (say(Span(each["step"], french=True), " ", rules.verdict(each["verdict"])) for each in trial["steps"])
        yield rules.labelled("trials.steps", joined(steps, " ; "))
    yield rules.labelled("trials.failing", joined((_failing(each, rules) for each in trial["failing"]), " ; "))
    yield rules.labelled(
        "rec.missing", rules.wanted([each for each in trial["missing"] if "où (" not in each["question"]])
    )
    yield rules.labelled("trials.judge", joined((say(each["question"]) for each in trial["to_judge"]), " ; "))
    review = (say(Span(each["criterion"], french=True)) for each in trial.get("to_review") or ())
    yield rules.labelled("trials.review", joined(review, " ; "))
    recruited = joined((_recruitment(each, rules) for each in trial.get("recruitments") or ()), " ; ")
    yield rules.labelled("trials.recruitment", recruited or say(t("trials.recruitment.none")))
    sites = (say(", ".join(str(value) for value in site.values() if value)) for site in trial.get("sites") or ())
    yield rules.labelled("trials.sites", joined(sites, " ; "))
    yield rules.labelled("answer.until", say(tell.date(trial["until"]))) if trial.get("until") else ()


def _failing(entry: Json, rules: Rules) -> Line:
    value = f" ({rules.tell.value(entry['value'])})" if entry.get("value") else ""
    change = rules.t("trials.recoverable") if entry["recoverable"] else rules.t("trials.final")
    return say(Span(entry["criterion"], french=True), value, Span(f" – {change}", SOFT))


def _recruitment(entry: Json, rules: Rules) -> Line:
    date = rules.tell.date(entry["date"]) if entry.get("date") else rules.t("trials.undated")
    source = Span(f", {entry['source']}", SOFT, french=True) if entry.get("source") else ""
    return say(Span(rules.tell.known("recruitment", entry["status"]), strong=True), f" ({date})", source)
