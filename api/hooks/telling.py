"""One rule of the answer as the lines of a card's detail: verdict, grade, plan, reasons, what is missing, source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.hooks.call import is_address
from api.hooks.markdown import bullets, plain
from api.hooks.plans import say_plan
from api.hooks.words import Words
from engine.wording import verdict_word

Rule = Mapping[str, Any]
REASONED = ("applies", "applies_unless", "contraindicated", "overridden")  # of the others the lines below say it all


def of_rule(rule: Rule, say: Words) -> list[str]:
    """Return the paragraph of one rule."""
    verdict = verdict_word(rule["verdict"], say.language)
    head = [f"**{plain(verdict).capitalize()}**", *map(plain, strength(rule, say)), plain(rule.get("status") or "")]
    lines = [f"#### {plain(rule['title'])}", "", " · ".join(each for each in head if each), ""]
    return [*lines, *bullets(_points(rule, say)), ""]


def in_brief(rule: Rule, say: Words) -> str:
    """Return one line: verdict, title, what is missing."""
    missing = missing_of(rule)
    more = f" — {say('missing')} : {say.some(missing)}" if missing else ""
    return f"**{plain(verdict_word(rule['verdict'], say.language))}** : {plain(rule['title'])}{plain(more)}"


def strength(rule: Rule, say: Words) -> list[str]:
    """Return the grade and the level of evidence in the source's own scale, or that it gives none."""
    grade, level = rule.get("grade"), rule.get("level")
    return [say("grade", grade) if grade else say("no_grade"), say("level", level) if level else say("no_level")]


def missing_of(rule: Rule) -> list[str]:
    """Return the labels of what would decide a rule."""
    return list(dict.fromkeys(str(each["label"]) for each in (*rule.get("missing", ()), *rule.get("to_judge", ()))))


def source_of(rule: Rule, say: Words) -> dict[str, str]:
    """Return a rule's source as a card has it: title with edition, and its address where it has one."""
    source = rule.get("source") or {}
    edition = say("edition", source["edition"]) if source.get("edition") else say("undated")
    found = {"label": f"{source.get('title') or rule['issuer']}, {edition}"}
    url = str(source.get("url") or "")
    return found | ({"url": url} if is_page(url) else {})


def is_page(url: str) -> bool:
    """Say whether a link may lead there: absolute, http or https."""
    return is_address(url.partition("?")[0].partition("#")[0]) and url.isprintable() and not set(url) & set(' <>"')


def _points(rule: Rule, say: Words) -> Iterator[str]:
    if rule.get("plan"):
        yield f"{say('plan')} : {plain(say_plan(rule['plan'], say))}"
    if rule["verdict"] in REASONED:
        yield plain(rule["text"])
    named = [each["label"] for each in rule.get("missing", ())]
    if named:
        yield f"{say('missing')} : {plain(say.some(named))}"
    for each in rule.get("to_judge", ()):
        yield f"{say('judge')} : {plain(each['question'])}"
    for each in rule.get("unless", ()):
        doubts = say.some([one["label"] for one in each.get("missing", ())])
        yield f"{say('unless')} : {plain(each['title'])}" + (f" ({plain(doubts)})" if doubts else "")
    for key in ("replaced_by", "overridden_by"):
        yield from _displaced(rule, key, say)
    yield f"{say('source')} : {_source(rule, say)}"


def _displaced(rule: Rule, key: str, say: Words) -> Iterator[str]:
    by = rule.get(key)
    for each in by if isinstance(by, list) else [by]:
        name = each.get("title") or each.get("id") if isinstance(each, Mapping) else each
        if name:
            reason = f", {plain(each['reason'])}" if isinstance(each, Mapping) and each.get("reason") else ""
            yield f"{say('replaced' if key == 'replaced_by' else 'overridden')} {plain(name)}{reason}"


def _source(rule: Rule, say: Words) -> str:
    source = source_of(rule, say)
    section = str((rule.get("source") or {}).get("section") or "")
    label = plain(f"{rule['issuer']}, {source['label']}" + (f", {section}" if section else ""))
    return f"[{label}](<{source['url']}>)" if "url" in source else label
