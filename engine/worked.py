"""One tumour worked out: every verdict, the plans that count, the rules shown and what they hang on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.asking import Asking
from engine.explain import Explainer
from engine.inquiry import inquire
from engine.logic import Logic
from engine.outcome import PLANS, verdict_of
from engine.plan import Planner
from engine.proposed import Proposed, proposed
from engine.readying import Ready
from engine.snapshot import Base
from engine.state import State
from engine.statements import CheckedQuestion, CheckedRule, CheckedTrial
from engine.trace import Trace, failing
from engine.truth import FALSE
from engine.verdicts import Verdict
from engine.view import Reach, requires, treats

NEAR_MISSES = 5
_KINDS = ("safety", "process", "recommendation")
_SHOWN = frozenset(Verdict) - {Verdict.DOES_NOT_APPLY}
_ORDER = {
    Verdict.APPLIES: 0,
    Verdict.APPLIES_UNLESS: 1,
    Verdict.UNDETERMINED: 2,
    Verdict.CONTRAINDICATED: 3,
    Verdict.OVERRIDDEN: 4,
    Verdict.REPLACED: 5,
    Verdict.DOES_NOT_APPLY: 6,
}
_NAMED = ("scope", "holds", "up", "displaces", "excluded", "satisfied")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asked of the answer: its language, everything or what counts, with or without the why."""

    language: str = "fr"
    everything: bool = False
    explained: bool = True


@dataclass(slots=True)
class Worked:
    """One tumour worked out, before a word of it is written."""

    base: Base
    ready: Ready
    state: State
    wanted: Wanted
    explainer: Explainer = field(init=False)
    asking: Asking = field(init=False)
    planner: Planner = field(init=False)
    verdicts: dict[str, Verdict] = field(init=False)
    questions: list[CheckedQuestion] = field(init=False)
    live: list[CheckedRule] = field(init=False)
    shown: list[CheckedRule] = field(init=False)
    ordered: list[CheckedRule] = field(init=False)
    proposed: list[Proposed] = field(init=False)

    def __post_init__(self) -> None:
        """Work out every verdict once, then which rules are shown and what they hang on."""
        self.explainer = Explainer(self.state, self.base.ontology, self.ready, self.wanted.language)
        self.planner = Planner(self.ready.view, self.state, self.explainer, self.traces)
        self.verdicts = {rule: verdict_of(self.ready.view, self.state, rule) for rule in self.ready.view.rules}
        self.questions = [q for q in self.ready.view.questions if self.posed(q) != FALSE]
        self.live = self.live_rules()
        self.proposed = list(proposed(self.state.facts, self.base.dictionary, self.base.ontology))
        self.shown = self.shown_rules()
        names = [f"{kind}:{r.id}" for r in self.shown for kind in _NAMED]
        names += [n for t in self.trials() for n in self.ready.trial_names[t.trial.id]]
        inquiry = inquire(self.state, self.ready.questions, (n for n in names if n in self.ready.program.names))
        self.asking = Asking(inquiry, self.base.dictionary, self.base.ontology, self.ready, self.wanted.language)
        self.planner.asking = self.asking
        self.ordered = sorted(self.shown, key=lambda r: (self.ready.place[r.rule.question], self.rank(r)))

    @property
    def traces(self) -> Mapping[Logic, Trace]:
        """The conditions prepared for explanation."""
        return self.ready.traces

    def missing_of(self, rule: str) -> list[dict[str, Any]]:
        """Return what is missing to decide a rule."""
        return self.asking.items_of_rule(rule)

    def trials(self) -> list[CheckedTrial]:
        """Return the trials on the subject, all of them if everything is wanted."""
        return [
            t
            for t in self.ready.view.trials
            if self.wanted.everything or self.state.truth(f"population:{t.trial.id}") != FALSE
        ]

    def posed(self, question: CheckedQuestion) -> int:
        """Return whether a question is posed."""
        return self.state.truth(f"posed:{question.question.id}")

    def live_rules(self) -> list[CheckedRule]:
        """Return the rules whose plan counts: those that apply, may apply, or would but for a contraindication."""
        here = {q.question.id for q in self.questions}
        counted = PLANS | {Verdict.UNDETERMINED, Verdict.CONTRAINDICATED}
        rules = self.ready.view.rules.values()
        return [
            r for r in rules if r.rule.question in here and r.rule.kind != "safety" and self.verdicts[r.id] in counted
        ]

    def reaching(self) -> frozenset[str]:
        """Return the safety rules that reach an action of a live plan, or what the board proposes."""
        proposed = (r for one in self.proposed for r in self.ready.view.reaching(one.leaves))
        found = {r.rule for r in proposed if self.counts(r)}
        for rule in self.live:
            for act in self.planner.live(rule.action):
                if treats(act):
                    found.update(r.rule for r in self.planner.reaches(act) if self.counts(r))
        return frozenset(found)

    def counts(self, reach: Reach) -> bool:
        """Say whether a safety rule counts for an action: one that only may reach it counts when it is TRUE or a legal bar."""
        return (
            reach.sure
            or self.ready.view.rules[reach.rule].rule.blocking
            or self.verdicts[reach.rule] == Verdict.APPLIES
        )

    def shown_rules(self) -> list[CheckedRule]:
        """Return the rules that the answer shows, near misses included."""
        view, reaching = self.ready.view, self.reaching()
        here = [view.rules[r.id] for q in self.questions for r in q.question.rules if r.id in view.rules]
        kept = [r for r in here if self.is_shown(r, reaching)]
        return kept if self.wanted.everything else [*kept, *self.near_misses(here)]

    def is_shown(self, rule: CheckedRule, reaching: frozenset[str]) -> bool:
        """Say whether a rule is part of the answer: what only guards treatments stays out where it reaches no live plan."""
        if self.wanted.everything:
            return True
        verdict = self.verdicts[rule.id]
        if verdict not in _SHOWN:
            return False
        if rule.rule.kind == "safety" or requires(rule):
            return rule.id in reaching or verdict == Verdict.REPLACED
        if rule.question.transversal:
            return rule.id in reaching or rule.rule.kind == "process"
        return True

    def near_misses(self, rules: Iterable[CheckedRule]) -> list[CheckedRule]:
        """Return up to five rules that do not apply for want of one item, or of few."""
        found = []
        for rule in rules:
            if self.verdicts[rule.id] == Verdict.DOES_NOT_APPLY and rule.rule.kind == "recommendation":
                reasons = failing(self.ready.own[rule.id], self.state)
                if reasons and len(reasons) <= 3:
                    found.append((len(reasons), self.ready.place[rule.rule.question], rule.id, rule))
        return [rule for *_, rule in sorted(found, key=lambda f: f[:3])[:NEAR_MISSES]]

    def rank(self, rule: CheckedRule) -> tuple[int, int, int, str]:
        """Order rules within a question: safety and process first, then what applies, by how little is missing."""
        verdict = self.verdicts[rule.id]
        gaps = len(self.asking.registers(f"scope:{rule.id}")) if verdict == Verdict.UNDETERMINED else 0
        return _KINDS.index(rule.rule.kind), _ORDER[verdict], gaps, rule.id
