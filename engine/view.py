"""Knowledge at one place on one day: which rules are in force, what replaces or restricts what, what safety reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.actions import TREATS
from engine.dates import day_of, days_of
from engine.logic import Logic, conjoin
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
    region: str = ""
    centre: str = ""
    reaches: dict[tuple[int, int], tuple[Reach, ...]] = field(default_factory=dict, repr=False, compare=False)

    def own(self, rule: str) -> Logic:
        """Return a rule's own condition: its question posed, its conditions and restrictions, an action left."""
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
        checked = self.rules[rule].rule
        hung = (*checked.excepts, *filter(None, (checked.completes,)))
        return rule in self.replaced or (bool(hung) and all(p not in self.rules or self.is_off(p) for p in hung))

    def safety(self) -> Iterator[tuple[CheckedRule, CheckedAct]]:
        """Yield every safety act in force."""
        for checked in self.rules.values():
            if checked.rule.kind == "safety" or any(a.act.modality == "require" for a in checked_acts(checked.action)):
                for act in checked_acts(checked.action):
                    yield checked, act

    def reaching(self, leaves: int, contained: int) -> tuple[Reach, ...]:
        """Return the safety acts that reach a treatment given by its leaves."""
        key = (leaves, contained)
        if key not in self.reaches:
            self.reaches[key] = tuple(self._reaching(leaves))
        return self.reaches[key]

    def _reaching(self, leaves: int) -> Iterator[Reach]:
        for checked, act in self.safety():
            if act.branch != "traitement" or self.is_off(checked.id) or not leaves:
                continue
            if leaves & act.containing.sure == leaves:
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
        region,
        centre,
    )


def _holds(rule: CheckedRule, as_of: date, region: str, centre: str) -> bool:
    return _valid_in(rule.guideline.valid_in, region, centre) and _in_force(rule, as_of)


def _valid_in(places: tuple[str, ...], region: str, centre: str) -> bool:
    return NATION in places or region in places or bool(centre) and CENTRE + centre in places


def _in_force(rule: CheckedRule, as_of: date) -> bool:
    """An edition's date marks which text is cited; only a stated day of entry into force or of end decides."""
    start, end = days_of(rule.rule.since), days_of(rule.rule.until)
    if start and not rule.rule.since_mark and as_of < day_of(start.low):
        return False
    return not (end and as_of > day_of(end.high))


def treats(act: CheckedAct) -> bool:
    """Say whether an action gives a treatment that safety must reach."""
    return act.act.modality in TREATS and act.branch == "traitement"


