"""Knowledge at one place on one day: which rules are in force, what replaces or restricts what, what safety reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from engine.actions import TREATS
from engine.dates import day_of, days_of
from engine.logic import All, Key, Logic, Member, conjoin
from engine.model import NATION
from engine.statements import (
    CheckedAct,
    CheckedDefinition,
    CheckedQuestion,
    CheckedRule,
    CheckedTrial,
    Knowledge,
    checked_acts,
    still_stands,
)
from engine.values import Worlds

CENTRE = "centre:"


@dataclass(frozen=True, slots=True)
class Reach:
    """A safety rule that reaches an action: surely, or perhaps (the action is coarser)."""

    rule: str
    modality: str
    act: CheckedAct
    sure: bool


@dataclass(frozen=True, slots=True)
class View:
    """What holds here and now."""

    rules: Mapping[str, CheckedRule]
    questions: tuple[CheckedQuestion, ...]
    definitions: tuple[CheckedDefinition, ...]
    trials: tuple[CheckedTrial, ...]
    replaced: Mapping[str, str]
    restrictions: Mapping[str, tuple[str, ...]]
    exceptions: Mapping[str, tuple[str, ...]]
    access: Mapping[str, Logic]
    region: str = ""
    centre: str = ""
    reaches: dict[int, tuple[Reach, ...]] = field(default_factory=dict, repr=False, compare=False)
    owned: dict[str, Logic] = field(default_factory=dict, repr=False, compare=False)
    off: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    def own(self, rule: str) -> Logic:
        """Return a rule's own condition: its question posed, its conditions and restrictions, an action left."""
        if rule not in self.owned:
            self.owned[rule] = self._own(rule)
        return self.owned[rule]

    def _own(self, rule: str) -> Logic:
        checked = self.rules[rule]
        narrowed = tuple(c for r in self.restrictions.get(rule, ()) for c in self.rules[r].conditions)
        return conjoin((*checked.posed, *checked.conditions, *narrowed, still_stands(checked.action)))

    def parents(self, rule: str) -> tuple[str, ...]:
        """Return the rules in force that a rule excepts."""
        return tuple(p for p in self.rules[rule].rule.excepts if p in self.rules)

    def has_conclusion(self, rule: str) -> bool:
        """Say whether a rule concludes something of its own."""
        return self.rules[rule].action is not None

    def is_off(self, rule: str) -> bool:
        """Say whether a rule is replaced here, or hangs only on rules that are off or not in force."""
        if rule not in self.off:
            self.off[rule] = self._is_off(rule)
        return self.off[rule]

    def _is_off(self, rule: str) -> bool:
        checked = self.rules[rule].rule
        hung = (*checked.excepts, *filter(None, (checked.completes,)))
        return rule in self.replaced or (bool(hung) and all(p not in self.rules or self.is_off(p) for p in hung))

    def acts(self) -> Iterator[tuple[CheckedRule, CheckedAct]]:
        """Yield every act of every rule in force."""
        for checked in self.rules.values():
            for act in checked_acts(checked.action):
                yield checked, act

    def reaching(self, leaves: int) -> tuple[Reach, ...]:
        """Return the safety acts that reach a treatment given by its leaves."""
        if leaves not in self.reaches:
            self.reaches[leaves] = tuple(self._reaching(leaves))
        return self.reaches[leaves]

    def _reaching(self, leaves: int) -> Iterator[Reach]:
        """Yield safety by what a treatment is, lies below or contains; an ordinary `éviter` never by what it contains."""
        for checked, act in self.acts():
            if act.branch != "traitement" or self.is_off(checked.id) or not leaves:
                continue
            if not is_safety(checked, act):
                if act.act.modality == "avoid" and leaves & act.leaves == leaves:
                    yield Reach(checked.id, "avoid", act, True)
            elif leaves & act.containing.sure == leaves:
                yield Reach(checked.id, act.act.modality, act, True)
            elif leaves & act.containing.possible:
                yield Reach(checked.id, act.act.modality, act, False)


def view_of(knowledge: Knowledge, as_of: date, region: str = "", centre: str = "") -> View:
    """Choose what is in force on a day at a place."""
    here = {rule.id: rule for rule in knowledge.rules.values() if _holds(rule, as_of, region, centre)}
    replaced = {rule.rule.replaces: rule.id for rule in here.values() if rule.rule.replaces in here}
    restrictions: dict[str, list[str]] = {}
    exceptions: dict[str, list[str]] = {}
    for rule in here.values():
        if rule.rule.restricts:
            restrictions.setdefault(rule.rule.restricts, []).append(rule.id)
        for parent in rule.rule.excepts:
            exceptions.setdefault(parent, []).append(rule.id)
    places = {guideline.id for guideline in knowledge.guidelines if _valid_in(guideline.valid_in, region, centre)}
    return View(
        here,
        tuple(q for q in knowledge.questions if q.guideline.id in places),
        knowledge.definitions,
        knowledge.trials,
        replaced,
        {r: tuple(v) for r, v in restrictions.items()},
        {r: tuple(v) for r, v in exceptions.items()},
        knowledge.access,
        region,
        centre,
    )


def _holds(rule: CheckedRule, as_of: date, region: str, centre: str) -> bool:
    return _valid_in(rule.guideline.valid_in, region, centre) and _in_force(rule, as_of)


def _valid_in(places: tuple[str, ...], region: str, centre: str) -> bool:
    return NATION in places or region in places or (bool(centre) and CENTRE + centre in places)


def _in_force(rule: CheckedRule, as_of: date) -> bool:
    """An edition's date marks which text is cited; only a stated day of entry into force or of end decides."""
    start, end = days_of(rule.rule.since), days_of(rule.rule.until)
    if start and not rule.rule.since_mark and as_of < day_of(start.low):
        return False
    return not (end and as_of > day_of(end.high))


def is_safety(rule: CheckedRule, act: CheckedAct) -> bool:
    """Say whether an act reaches treatments without naming them: all of a safety rule's, and `exiger avant`."""
    return rule.rule.kind == "safety" or act.act.modality == "require"


def requires(rule: CheckedRule) -> bool:
    """Say whether all that a rule does is to require something before treatments."""
    acts = list(checked_acts(rule.action))
    return bool(acts) and all(act.act.modality == "require" for act in acts)


def treats(act: CheckedAct) -> bool:
    """Say whether an action gives a treatment that safety must reach."""
    return act.act.modality in TREATS and act.branch == "traitement"


def candidates(view: View, said: Mapping[str, Worlds]) -> View:
    """Leave out what one look at the axes already makes FALSE: questions of other sites, their definitions, their trials."""

    def may_be(conditions: Iterable[Logic]) -> bool:
        return not any(_is_false(part, said) for part in conditions)

    kept = {q.question.id for q in view.questions if may_be(q.posed)}
    kept |= {
        view.rules[by].rule.question for target, by in view.replaced.items() if view.rules[target].rule.question in kept
    }
    rules = {i: r for i, r in view.rules.items() if r.rule.question in kept}
    rules = {i: r for i, r in rules.items() if not _hangs_on_nothing(r, view.rules, rules)}
    return replace(
        view,
        rules=rules,
        exceptions={r: tuple(e for e in found if e in rules) for r, found in view.exceptions.items() if r in rules},
        restrictions={r: tuple(e for e in found if e in rules) for r, found in view.restrictions.items() if r in rules},
        questions=tuple(q for q in view.questions if q.question.id in kept),
        definitions=tuple(d for d in view.definitions if may_be((d.condition,))),
        trials=tuple(t for t in view.trials if may_be(t.population)),
        reaches={}, owned={}, off=dict(view.off),
    )  # fmt: skip


def _hangs_on_nothing(rule: CheckedRule, before: Mapping[str, CheckedRule], kept: Mapping[str, CheckedRule]) -> bool:
    """Say whether every rule that a rule hangs on was left out, so that it can't apply either."""
    hung = [p for p in (*rule.rule.excepts, rule.rule.completes) if p in before]
    return bool(hung) and not any(p in kept for p in hung)


def _is_false(logic: Logic, said: Mapping[str, Worlds]) -> bool:
    """Say whether a condition is FALSE by the axes alone."""
    if isinstance(logic, All):
        return any(_is_false(part, said) for part in logic.parts)
    if isinstance(logic, Member) and isinstance(logic.key, Key) and logic.key == Key(logic.key.item):
        worlds = said.get(logic.key.item)
        return worlds is not None and not worlds & logic.possible  # type: ignore[operator]  # one item
    return False
