"""What a person may accept from a card: the ways of a plan that applies, and the examinations to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.hooks.card import Suggestion
from api.hooks.drafts import Drafts
from api.hooks.plans import (
    REFUSED,
    Act,
    acts,
    alternatives,
    checks_of,
    is_conditional,
    name_of,
    say_act,
    say_plan,
    status_of,
)

Rule = Mapping[str, Any]
APPLIES = ("applies", "applies_unless")
OPEN = ("undetermined", "applies_unless")
ASKED = ("request", "refer")
GIVEN = ("propose", "consider", *ASKED)
MOST_SUGGESTIONS = 10


def of_plan(rule: Rule, drafts: Drafts) -> list[Suggestion]:
    """Return each way to follow a rule that applies; nothing contraindicated or discouraged is ever suggested."""
    if rule["verdict"] not in APPLIES:
        return []
    ways = alternatives(rule["plan"])
    if ways is None:
        return [_whole(rule, drafts)]
    kept = [
        way for way in ways if all(_may_be_given(act) for act in way) and any(act["modality"] in GIVEN for act in way)
    ]
    first = ways[0] if ways else ()
    return [_way(rule, way, drafts, way is first and _is_first_choice(rule, way, len(ways))) for way in kept]


def _may_be_given(act: Act) -> bool:
    return act["modality"] not in GIVEN or status_of(act) not in REFUSED


def _is_first_choice(rule: Rule, way: Iterable[Act], ways: int) -> bool:
    """Say whether the guideline's own first choice stands: it applies without reserve, on no condition, all clear."""
    sure = all(not is_conditional(act) and status_of(act) in ("", "clear") for act in way)
    return ways > 1 and rule["verdict"] == "applies" and sure


def _way(rule: Rule, way: tuple[Act, ...], drafts: Drafts, recommended: bool) -> Suggestion:
    say = drafts.say
    given = [act for act in way if act["modality"] in GIVEN]
    texts = [say_act(act, say) for act in given]
    checks = list(dict.fromkeys(check for act in given for check in checks_of(act)))
    label = say("propose", " + ".join(_named(act, drafts) for act in given))
    label += f" — {say('to_check', say.some(checks, 3))}" if checks else ""
    creates = [(say("draft", text), drafts.of_act(act, rule)) for act, text in zip(given, texts, strict=True)]
    return Suggestion(label, tuple(creates), (str(rule["id"]),), recommended)


def _named(act: Act, drafts: Drafts) -> str:
    """Return what an alternative differs by: the treatment, and the condition that is still open."""
    return name_of(act) + (f" ({drafts.say('if')} {act['condition']['text']})" if is_conditional(act) else "")


def _whole(rule: Rule, drafts: Drafts) -> Suggestion:
    """Return one suggestion for a plan with more ways than a person would read, told in a CarePlan."""
    text = say_plan(rule["plan"], drafts.say)
    made = (drafts.say("draft", rule["title"]), drafts.of_plan(text, rule))
    return Suggestion(drafts.say("propose", rule["title"]), (made,), (str(rule["id"]),))


def of_missing(rules: Iterable[Rule], drafts: Drafts) -> list[Suggestion]:
    """Return a request for each examination that would decide a rule."""
    deciding: dict[str, list[Rule]] = {}
    labels: dict[str, str] = {}
    for rule in rules:
        for each in rule["missing"] if rule["verdict"] in OPEN else ():
            if each["effort"] == "examen":
                labels[each["item"]] = str(each["label"])
                deciding.setdefault(each["item"], []).append(rule)
    found = []
    for item, by in deciding.items():
        made = (drafts.say("draft", labels[item]), drafts.of_item(item, labels[item], by[0]))
        named = tuple(dict.fromkeys(str(rule["id"]) for rule in by))
        found.append(Suggestion(drafts.say("ask", labels[item]), (made,), named))
    return found[:MOST_SUGGESTIONS]


def of_checklist(entries: Iterable[Rule], rules: Mapping[str, Rule], drafts: Drafts) -> list[Suggestion]:
    """Return a request for each point of the checklist that an examination would settle."""
    found = []
    for entry in entries:
        by = [each for each in entry["by"] if each in rules]
        if by and _is_examination(entry, [rules[each] for each in by]):
            label = str(entry["item"])
            item = str(next(iter(entry.get("items") or ()), ""))
            made = (drafts.say("draft", label), drafts.of_item(item, label, rules[by[0]]))
            found.append(Suggestion(drafts.say("ask", label), (made,), tuple(by)))
    return found[:MOST_SUGGESTIONS]


def _is_examination(entry: Rule, rules: Iterable[Rule]) -> bool:
    """Say whether what is wanted comes of an examination, as the dictionary tells of its items."""
    wanted = set(entry.get("items") or ())
    listed = list(rules)
    examined = {each["item"] for rule in listed for each in rule.get("missing", ()) if each.get("effort") == "examen"}
    required = {str(act.get("requires")) for rule in listed for act in acts(rule["plan"])}
    return bool(wanted & examined) or (str(entry["item"]) in required and entry["status"] == "to_do")
