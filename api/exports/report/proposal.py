"""The board's own proposal as blocks of a report: what each treatment follows or departs from, its safety, what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.exports.report.blocks import (
    BAD,
    GOOD,
    SOFT,
    WARN,
    Block,
    Heading,
    Items,
    Line,
    Prose,
    Span,
    items,
    joined,
    say,
)
from api.exports.report.plans import Rules

Json = Mapping[str, Any]
_TONES = {"recommended": GOOD, "departs": BAD, "contraindicated": BAD}


def proposal_blocks(proposal: Json | None, rules: Rules) -> Iterator[Block]:
    """Yield the section; nothing where the sheet has no proposal."""
    if not proposal:
        return
    yield Heading(3, say(rules.t("proposal.heading")))
    told: set[str] = set()
    yield Items(tuple(line for each in proposal["treatments"] for line in _treatment(each, rules, told)))
    if proposal["left_out"]:
        yield Prose(say(Span(rules.t("proposal.left_out"), strong=True)))
        yield items([_left_out(each, rules) for each in proposal["left_out"]])


def _treatment(each: Json, rules: Rules, told: set[str]) -> Iterator[tuple[int, Line]]:
    status = Span(rules.tell.known("proposal", each["status"]), _TONES.get(each["status"], WARN), strong=True)
    doubt = "" if each["certain"] else " (?)"
    yield 0, say(Span(each["text"], strong=True), f"{doubt}{rules.t('page.colon')} ", status)
    if each["rules"]:
        yield 1, _named(each["rules"])
    yield from rules.reserves(each, 1, told)


def _left_out(rule: Json, rules: Rules) -> Line:
    return say(*_named([rule]), f"{rules.t('page.colon')} {', '.join(rule['missing'])}")


def _named(rules: Iterable[Json]) -> Line:
    return joined((say(Span(each["title"], french=True), Span(f" {each['id']}", SOFT)) for each in rules), " ; ")
