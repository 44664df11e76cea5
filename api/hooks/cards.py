"""An answer as cards: one a question, one for safety, pathway, trials, contradictions and limits of each tumour.

A question that is posed has its own card, the first eight; those after it, and those that may arise, share one each. A rule
that is undetermined stays on its card with what would decide it. The most serious cards come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.hooks.card import INDICATORS, Card, Suggestion
from api.hooks.markdown import bullets, plain
from api.hooks.names import QUESTIONS
from api.hooks.other_cards import OTHERS
from api.hooks.plans import acts, status_of
from api.hooks.suggestions import APPLIES, MOST_SUGGESTIONS, of_missing, of_plan
from api.hooks.telling import of_rule, source_of, strength
from api.hooks.tumour import Asked, Tumour
from engine.ontology import Ontology
from engine.wording import verdict_word

MOST_QUESTIONS = 8  # with a card of their own, for one tumour
SHOWN = ("applies", "applies_unless", "undetermined", "contraindicated")
ASIDE = ("replaced", "overridden")
Rule = Mapping[str, Any]
Answer = Mapping[str, Any]


def cards_of(answer: Answer, asked: Asked, ontology: Ontology) -> list[Card]:
    """Return the cards of an answer, the most serious first, else in the order of care."""
    found = []
    for number, body in enumerate(answer["tumours"]):
        tumour = Tumour.of(answer, body, asked, ontology, number)
        found += [*_questions(tumour), *(card for make in OTHERS for card in make(tumour))]
    return sorted(found, key=lambda card: INDICATORS.index(card.indicator))


def _questions(tumour: Tumour) -> Iterator[Card]:
    clinical = [each for each in tumour.body["questions"] if not each.get("transversal")]
    told = [(each, _rules(tumour, each)) for each in clinical]
    told = [(each, rules) for each, rules in told if any(rule["verdict"] in SHOWN for rule in rules)]
    posed = [pair for pair in told if pair[0]["status"] == "posed"]
    for question, rules in posed[:MOST_QUESTIONS]:
        yield _card(tumour, question["id"], str(question["title"]), [(question, rules)])
    later = [pair for pair in told if pair[0]["status"] != "posed"]
    for key, group in (("more", posed[MOST_QUESTIONS:]), ("open", later)):
        if group:
            yield _card(tumour, key, tumour.say(key), group)


def _rules(tumour: Tumour, question: Rule) -> list[Rule]:
    known = [tumour.rules[each] for each in question["recommendations"] if each in tumour.rules]
    return [rule for rule in known if rule["verdict"] in (*SHOWN, *ASIDE)]


def _card(tumour: Tumour, key: str, title: str, group: list[tuple[Rule, list[Rule]]]) -> Card:
    rules = sorted((rule for _, listed in group for rule in listed), key=_by_verdict)
    offered = [(rule, of_plan(rule, tumour.drafts)) for rule in rules]
    suggestions, exclusive = _offered([each for each in offered if each[1]])
    single = group[0][0] if len(group) == 1 else None
    topic = {"system": QUESTIONS, "code": str(single["id"]) if single else key, "display": title}
    lead = rules[0]
    word = verdict_word(lead["verdict"], tumour.say.language)
    grade = strength(lead, tumour.say)[0] if lead.get("grade") else ""
    note = ", ".join(filter(None, (word, grade)))
    return Card(
        key=f"{tumour.body['id']} {key}",
        indicator=_indicator(rules),
        summary=f"{tumour.name} : {lead['title'] if len(rules) == 1 or single else title} ({note})",
        detail=_detail(tumour, group),
        source=source_of(lead, tumour.say),
        topic=topic,
        rules=tuple(rules),
        suggestions=suggestions or tuple(of_missing(rules, tumour.drafts)),
        exclusive=exclusive,
        links=tumour.links(rules),
        more=tumour.more,
    )


def _by_verdict(rule: Rule) -> int:
    """Order a card's rules: what stands before what is open, what is set aside last."""
    return (*APPLIES, "contraindicated", "undetermined", *ASIDE).index(rule["verdict"])


def _offered(groups: list[tuple[Rule, list[Suggestion]]]) -> tuple[tuple[Suggestion, ...], bool]:
    """Return the suggestions, and whether they exclude each other: the ways of one rule's plan do."""
    exclusive = len(groups) == 1 and len(groups[0][1]) > 1
    listed = [each for _, suggestions in groups for each in suggestions][:MOST_SUGGESTIONS]
    if exclusive:
        return tuple(listed), True
    return tuple(Suggestion(each.label, each.creates, each.rules) for each in listed), False


def _indicator(rules: Iterable[Rule]) -> str:
    found = "info"
    for rule in rules:
        statuses = {status_of(act) for act in acts(rule["plan"])} if rule["verdict"] in SHOWN else set()
        planned = rule["verdict"] in APPLIES and "contraindicated" in statuses
        if rule["verdict"] == "contraindicated" or planned:
            return "critical"
        if rule["verdict"] in ("undetermined", "applies_unless") or statuses - {"", "clear"}:
            found = "warning"
    return found


def _detail(tumour: Tumour, group: list[tuple[Rule, list[Rule]]]) -> str:
    lines = []
    for question, rules in group:
        lines += [f"### {plain(question['title'])}", ""]
        for rule in sorted(rules, key=_by_verdict):
            lines += of_rule(rule, tumour.say)
    return "\n".join([*lines, *bullets(tumour.footer)])
