"""The cards of a tumour beside its questions: safety, pathway, trials, contradictions, and what the answer can't say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from api.hooks.card import Card, Suggestion
from api.hooks.markdown import bullets, plain
from api.hooks.plans import status_of
from api.hooks.suggestions import of_checklist, of_plan
from api.hooks.telling import in_brief, is_page, of_rule
from api.hooks.tumour import Tumour
from api.hooks.words import Words
from engine.wording import verdict_word

Rule = Mapping[str, Any]
LIVE = ("applies", "applies_unless", "undetermined", "contraindicated")
RECRUITING = "open"
UNWRITTEN = "decision-non-ecrite"


def _across(tumour: Tumour, safety: bool) -> list[Rule]:
    live = [each for each in tumour.body["recommendations"] if each["verdict"] in LIVE]
    return [r for r in live if r["question"] in tumour.transversal and (r["kind"] == "safety") == safety]


def _safety(tumour: Tumour) -> Iterator[Card]:
    rules = sorted(_across(tumour, True), key=lambda each: LIVE.index(each["verdict"]))
    by_id = {each["id"]: each for each in rules}
    waiting = [each for each in tumour.body["checklist"] if each["status"] != "done" and by_id.keys() & set(each["by"])]
    if not rules and not waiting:
        return
    lines = [
        *bullets(_check(each, tumour.say) for each in waiting),
        "",
        *bullets(in_brief(r, tumour.say) for r in rules),
    ]
    blocking = sum(bool(each["blocking"]) for each in waiting)
    summary = tumour.say("safety_short", len(waiting), blocking)
    offered = of_checklist([each for each in waiting if each["status"] == "to_do"], by_id, tumour.drafts)
    yield tumour.card("safety", "warning", summary, lines, rules, offered)


def _check(entry: Rule, say: Words) -> str:
    status = say("pending" if entry["status"] == "pending" else "to_do")
    words = [status, *([say("blocking")] if entry["blocking"] else [])]
    before = f", {say('before', say.some(list(entry['for'])))}" if entry["for"] else ""
    return f"**{plain(entry['item'])}** ({plain(', '.join(words))}){plain(before)} : {plain(entry['why'])}"


def _process(tumour: Tumour) -> Iterator[Card]:
    rules = sorted(_across(tumour, False), key=lambda each: LIVE.index(each["verdict"]))
    if not rules:
        return
    aside = [r for r in tumour.body["recommendations"] if r["question"] in tumour.transversal and r["verdict"] in ("replaced", "overridden")]  # fmt: skip
    lines = [line for each in (*rules, *aside) for line in of_rule(each, tumour.say)]
    offered = [
        Suggestion(each.label, each.creates, each.rules) for rule in rules for each in of_plan(rule, tumour.drafts)
    ]
    open_ones = any(each["verdict"] != "applies" for each in rules)
    lead = f"{rules[0]['title']} ({verdict_word(rules[0]['verdict'], tumour.say.language)})"
    yield tumour.card("process", "warning" if open_ones else "info", lead, lines, (*rules, *aside), offered)


def _trials(tumour: Tumour) -> Iterator[Card]:
    found = [each for each in tumour.body["trials"] if each["verdict"] in ("eligible", "possible")]
    if not found:
        return
    eligible = sum(each["verdict"] == "eligible" for each in found)
    at = f"{tumour.asked.base_url}/trials"
    links = dict.fromkeys((tumour.say("trial_link", each["id"]), f"{at}/{each['id']}") for each in found)
    summary = f"{tumour.say('trials')}, {tumour.say('trials_short', eligible, len(found) - eligible)}"
    offered = [
        _screening(each, tumour) for each in found if (each.get("recruitment") or {}).get("status") == RECRUITING
    ]
    lines = bullets(_trial(each, tumour.say) for each in found)
    card = tumour.card("trials", "info", summary, lines, suggestions=offered, links=links)
    yield replace(card, rules=tuple(found))


def _screening(trial: Rule, tumour: Tumour) -> Suggestion:
    """Return the proposal of a trial that recruits; whether it is open to this patient stays told on the card."""
    label = tumour.say("trial", f"{trial['title']} ({verdict_word(trial['verdict'], tumour.say.language)})")
    made = (tumour.say("draft", trial["title"]), tumour.drafts.of_trial(trial, f"{tumour.asked.base_url}/trials"))
    return Suggestion(label, (made,), (str(trial["id"]),))


def _trial(trial: Rule, say: Words) -> str:
    recruitment, coverage = trial.get("recruitment") or {}, trial["coverage"]
    missing = list(dict.fromkeys(str(each["label"]) for each in (*trial["missing"], *trial["to_judge"])))
    source = trial.get("source") or {}
    words = [
        verdict_word(trial["verdict"], say.language),
        say.recruitment(recruitment.get("status") or ""),
        say("criteria", coverage["encoded"], coverage["total"]),
        *([f"{say('missing')} : {say.some(missing)}"] if missing else []),
    ]
    url = str(source.get("url") or "")
    name = plain(f"{trial['title']} ({trial['id']})" + (f", {trial['arm']}" if trial.get("arm") else ""))
    return f"{f'[{name}](<{url}>)' if is_page(url) else name} : {plain(' ; '.join(words))}"


def _proposal(tumour: Tumour) -> Iterator[Card]:
    """Hold what the board itself proposes against safety and what applies."""
    proposal = tumour.body.get("proposal")
    if not proposal:
        return
    say, treatments, left = tumour.say, proposal["treatments"], proposal["left_out"]
    lines = [*(_proposed(each, say) for each in treatments), *(_left_out(each, say) for each in left)]
    statuses = {status_of(each) for each in treatments}
    kinds = {each["status"] for each in treatments}
    worst = "critical" if "contraindicated" in statuses | kinds else "info"
    if worst == "info" and (left or statuses - {"", "clear"} or kinds - {"recommended"}):
        worst = "warning"
    told = dict.fromkeys(say.safety(status) for status in sorted(statuses - {"", "clear"}))
    summary = say("proposal_short", ", ".join([*(each["text"] for each in treatments), *told]))
    named = [entry["id"] for each in treatments for entry in (*each["rules"], *(each["safety"] or {}).get("by", ()))]
    rules = [tumour.rules[each] for each in dict.fromkeys([*named, *(e["id"] for e in left)]) if each in tumour.rules]
    yield tumour.card("proposal", worst, summary, bullets(lines), rules)


def _proposed(treatment: Rule, say: Words) -> str:
    by = [f"{each['title']} ({say.safety(each['status'])})" for each in (treatment["safety"] or {}).get("by", ())]
    safety = say.safety(status_of(treatment))
    follows = [f"{each['title']} ({verdict_word(each['verdict'], say.language)})" for each in treatment["rules"]]
    words = [say.proposed(treatment["status"]), *follows, *([safety] if safety else []), *by]
    return f"**{plain(treatment['text'])}** : {plain(' ; '.join(words))}"


def _left_out(rule: Rule, say: Words) -> str:
    return plain(f"{say('left_out', ', '.join(rule['missing']))} — {rule['title']}")


def _contradictions(tumour: Tumour) -> Iterator[Card]:
    found = list(tumour.body.get("contradictions") or ())
    lines = [_contradiction(each, tumour.say) for each in found]
    lines += [plain(_conflict(each, tumour.say)) for each in (*tumour.body["conflicts"], *_shared(tumour))]
    if lines:
        summary = tumour.say("contradictions_short", len(lines))
        yield tumour.card("contradictions", "warning", summary, bullets(lines))


def _contradiction(entry: Rule, say: Words) -> str:
    sides = [f"{each.get('text') or each.get('value')} ({_where(each, say)})" for each in entry["sources"]]
    touched = say("touches", len(entry["touches"]))
    return f"**{plain(entry['label'])}** : {plain(say('or').join(sides))} ; {plain(touched)}"


def _where(side: Rule, say: Words) -> str:
    origins = side.get("origins") or ([side["origin"]] if side.get("origin") else [])
    return ", ".join(dict.fromkeys(str(each["document"]) for each in origins if each.get("document"))) or say(
        "computed"
    )


def _conflict(entry: Rule, say: Words) -> str:
    if entry["kind"] == "shared_treatment":
        return say("shared", entry["concept"]["label"])
    return say("conflict", say("and").join(entry["rules"]))


def _shared(tumour: Tumour) -> list[Rule]:
    """Return the conflicts between the plans of two tumours, told once, with the first."""
    return [] if tumour.number else list(tumour.answer["patient"]["conflicts"])


def _limits(tumour: Tumour) -> Iterator[Card]:
    say, lines = tumour.say, []
    if tumour.body.get("outside"):
        lines.append(plain(say("outside")))
    lines += [
        plain(f"{say(each['outcome'])} : {each['title']}")
        for each in tumour.body["questions"]
        if each["status"] == "posed" and each["outcome"] in ("silent", "not_encoded") and not each.get("transversal")
    ]
    if not tumour.number:
        lines += [plain(say("gap", key, why)) for key, why in tumour.asked.gaps.items()]
        lines += _of_sheet(tumour)
    if lines:
        yield tumour.card("limits", "info", say("limits"), bullets(lines))


def _of_sheet(tumour: Tumour) -> list[str]:
    """Return how much of the record was not read, and that the decision was not remembered where it was not."""
    problems = tumour.answer["sheet"]["problems"]
    unwritten = [each["message"] for each in problems if each["code"] == UNWRITTEN]
    losses = len(problems) - len(unwritten)
    return [*map(plain, unwritten), *([plain(tumour.say("losses", losses))] if losses else [])]


OTHERS: tuple[Callable[[Tumour], Iterator[Card]], ...] = (
    _proposal,
    _safety,
    _process,
    _contradictions,
    _trials,
    _limits,
)
