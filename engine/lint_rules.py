"""Rules as their author should look at them: source, cases, exceptions that clash, what a replacement switches off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from engine.dates import days_of
from engine.fusion import by_item
from engine.lint_words import Vocabulary
from engine.logic import ALWAYS, All, Answered, AnyOf, Fixed, Known, Logic, Member, children
from engine.model import NATION, Rule
from engine.problems import Problem, in_text
from engine.regions import left_out, meeting
from engine.statements import CheckedAction, CheckedGroup, CheckedRule, Knowledge, still_stands

APPLIES = ("s'applique", "s'applique sauf réserve")
APPLIES_NOT = ("ne s'applique pas",)
UNDETERMINED = ("indéterminée",)


# --- source and cases ---


def unsourced(checked: CheckedRule) -> Iterator[Problem]:
    """Yield that a rule does not say where it comes from."""
    if not checked.rule.source.title:
        yield no_source(checked.rule)


def cases_missing(checked: CheckedRule) -> Iterator[Problem]:
    """Yield the verdicts that a rule can have and that none of its cases shows."""
    shown = {str(case.expected) for case in checked.rule.cases}
    missing = [names[0] for names in _wanted(checked) if not shown & set(names)]
    if missing:
        yield no_case(checked.rule, missing)


def _wanted(checked: CheckedRule) -> Iterator[tuple[str, ...]]:
    """Yield the verdicts that a rule must show: those it can have."""
    always = all(isinstance(part, Fixed) for part in (*checked.posed, *checked.conditions))
    whole = still_stands(checked.action) == ALWAYS
    if checked.action is not None or not checked.rule.excepts:
        yield APPLIES
    if not always or not whole or checked.satisfied is not None:
        yield APPLIES_NOT
    own = all(isinstance(part, Fixed) for part in checked.conditions) and whole
    if not (own and (always or _only_documented(checked.satisfied))):
        yield UNDETERMINED


def _only_documented(node: Logic | None) -> bool:
    """Say whether a condition only asks what is documented: then it is never FALSE, and never open for long."""
    if node is None:
        return True
    return isinstance(node, Known | Answered) or (bool(children(node)) and all(map(_only_documented, children(node))))


# --- exceptions ---


def clashes(words: Vocabulary, knowledge: Knowledge) -> Iterator[Problem]:
    """Yield two exceptions of one rule that can displace it together, conclude differently and are not linked."""
    rules = knowledge.rules
    below: dict[str, list[CheckedRule]] = {}
    for checked in rules.values():
        for parent in checked.rule.excepts:
            below.setdefault(parent, []).append(checked)
    for base, exceptions in below.items():
        for one, other in combinations(exceptions, 2):
            if one.rule.action == other.rule.action or _linked(one, other, knowledge) or _apart(one, other):
                continue
            conditions = (*_own(rules[base]), *_own(one), *_own(other)) if base in rules else (*_own(one), *_own(other))
            met = meeting(conditions, words.full_of)
            if met:
                yield two_exceptions(base, one.rule, other.rule)


def _own(checked: CheckedRule) -> tuple[Logic, ...]:
    return (*checked.posed, *checked.conditions, still_stands(checked.action))


def _linked(one: CheckedRule, other: CheckedRule, knowledge: Knowledge) -> bool:
    """Say whether one excepts the other, directly or up the chain."""
    return one.id in _above(other.id, knowledge, set()) or other.id in _above(one.id, knowledge, set())


def _above(rule: str, knowledge: Knowledge, seen: set[str]) -> set[str]:
    for parent in knowledge.rules[rule].rule.excepts if rule in knowledge.rules else ():
        if parent not in seen:
            seen.add(parent)
            _above(parent, knowledge, seen)
    return seen


def _apart(one: CheckedRule, other: CheckedRule) -> bool:
    """Say whether two rules are never in force at one place on one day."""
    here, there = set(one.guideline.valid_in), set(other.guideline.valid_in)
    anywhere = NATION in here | there or any(place.startswith("centre:") for place in here | there)
    return not (anywhere or here & there) or _before(one.rule, other.rule) or _before(other.rule, one.rule)


def _before(one: Rule, other: Rule) -> bool:
    """Say whether a rule ends before another begins; the date of an edition is no beginning."""
    end, start = days_of(one.until), days_of(other.since)
    return end is not None and start is not None and not other.since_mark and end.high < start.low


# --- replacements ---


def switched_off(checked: CheckedRule, rules: Iterable[CheckedRule]) -> Iterator[Problem]:
    """Yield what hangs on a rule that another replaces, for its author to confirm."""
    target = checked.rule.replaces
    hung = [
        other.id
        for other in rules
        if target and target in (*other.rule.excepts, other.rule.completes) and other.rule.replaces != target
    ]
    if hung:
        yield hangs_on_replaced(checked.rule, hung)


# --- alternatives ---


def conditional_alternatives(words: Vocabulary, checked: CheckedRule) -> Iterator[Problem]:
    """Yield that alternatives leave no patient out and yet read UNKNOWN when what chooses between them is missing."""
    yield from _conditional(words, checked, checked.action)


def _conditional(words: Vocabulary, checked: CheckedRule, action: CheckedAction | None) -> Iterator[Problem]:
    if not isinstance(action, CheckedGroup):
        return
    stands = still_stands(action)
    if isinstance(stands, AnyOf) and not _one_item(stands):
        within = (*checked.posed, *checked.conditions)
        if not any(left_out(within, stands, words.full_of)) and meeting(within, words.full_of):
            yield alternatives_complete(checked.rule)
            return
    for part in action.parts:
        yield from _conditional(words, checked, part)


def _one_item(stands: All | AnyOf) -> bool:
    """Say whether conditions join to one comparison, which reads TRUE where they cover everything."""
    joined = by_item(stands)
    return len(joined) == 1 and isinstance(joined[0], Member)


# --- messages ---


def no_source(rule: Rule) -> Problem:
    """Say that a rule has no source."""
    message = f"la règle `{rule.id}` ne dit pas d'où elle vient"
    return in_text(rule.place_of(rule.id), "sans-source", message, "source: {titre: …, edition: …}")


def no_case(rule: Rule, missing: list[str]) -> Problem:
    """Say which verdicts no case shows."""
    listed = ", ".join(f"« {verdict} »" for verdict in missing)
    hint = "cas: [{nom: …, fiche: {…}, attendu: …}], un par verdict"
    return in_text(rule.place_of(rule.id), "sans-cas", f"la règle `{rule.id}` n'a pas de cas {listed}", hint)


def two_exceptions(base: str, one: Rule, other: Rule) -> Problem:
    """Say that two exceptions can meet and conclude differently."""
    message = f"`{one.id}` et `{other.id}`, exceptions de `{base}`, peuvent valoir ensemble et concluent autrement"
    hint = f"`exception_a: {one.id}` sur celle qui l'emporte, ou des conditions qui s'excluent"
    return in_text(other.place_of(other.id), "exceptions-en-conflit", message, hint)


def hangs_on_replaced(rule: Rule, hung: list[str]) -> Problem:
    """Say what is off with a replaced rule."""
    listed = ", ".join(f"`{name}`" for name in hung)
    message = f"avec `{rule.replaces}`, que `{rule.id}` remplace, s'éteignent {listed}"
    hint = f"vérifiez que c'est voulu ; sinon, rattachez-les à `{rule.id}`"
    return in_text(rule.place_of(rule.replaces), "suspendue", message, hint)


def alternatives_complete(rule: Rule) -> Problem:
    """Say that alternatives cover everything but read open."""
    message = f"les alternatives de `{rule.id}` couvrent tous les cas, mais aucune n'est sûre si une donnée manque"
    hint = "ôtez le `si` de la dernière, ou donnez-leur des conditions sur une seule donnée"
    return in_text(rule.place_of(rule.id), "alternatives-ouvertes", message, hint)
