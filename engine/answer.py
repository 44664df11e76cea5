"""Values → one tumour's answer: questions, recommendations, checklist, trials, what to ask, data, contradictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.asking import Asking
from engine.checklist import checklist
from engine.conflicts import conflicts_of
from engine.dataview import DataView
from engine.explain import Explainer
from engine.facts import Facts
from engine.inquiry import inquire
from engine.logic import Logic
from engine.machine import State, run
from engine.matching import trials_of
from engine.outcome import PLANS, question_outcome, verdict_of
from engine.plan import Planner
from engine.readying import Ready
from engine.sheet import Tumour
from engine.snapshot import Base
from engine.statements import CheckedQuestion, CheckedRule, CheckedTrial
from engine.trace import Trace, failing
from engine.truth import FALSE, TRUE, UNKNOWN
from engine.verdicts import Verdict
from engine.view import Reach, treats
from engine.wording import sentence

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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asked of the answer: its language, everything or what counts, with or without the why."""

    language: str = "fr"
    everything: bool = False
    explained: bool = True


@dataclass(slots=True)
class TumourAnswer:
    """One tumour being answered."""

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

    def __post_init__(self) -> None:
        """Work out every verdict once, then which rules are shown and what they hang on."""
        self.explainer = Explainer(self.state, self.base.ontology, self.ready, self.wanted.language)
        self.planner = Planner(self.ready.view, self.state, self.explainer, self.traces, self.missing_of)
        self.verdicts = {rule: verdict_of(self.ready.view, self.state, rule) for rule in self.ready.view.rules}
        self.questions = [q for q in self.ready.view.questions if self.posed(q) != FALSE]
        self.live = self.live_rules()
        self.shown = self.shown_rules()
        names = [f"scope:{r.id}" for r in self.shown] + [n for t in self.trials() for n in self.ready.trial_names[t.trial.id]]
        inquiry = inquire(self.state, self.ready.questions, names)
        self.asking = Asking(inquiry, self.base.dictionary, self.base.ontology, self.ready, self.wanted.language)
        self.ordered = sorted(self.shown, key=lambda r: (self.ready.place[r.rule.question], self.rank(r)))

    @property
    def traces(self) -> Mapping[Logic, Trace]:
        """The conditions prepared for explanation."""
        return self.ready.traces

    def missing_of(self, rule: str) -> list[dict[str, Any]]:
        """Return the missing items of a rule's condition."""
        return self.asking.items(f"scope:{rule}")

    # --- the parts ---

    def body(self, tumour: Tumour) -> dict[str, Any]:
        """Return the answer for one tumour."""
        data = DataView(self.state, self.base.dictionary, self.explainer)
        trials = trials_of(self.trials(), self.state, self.explainer, self.asking, self.traces)
        self.asking.follow_rules({rule.id: self.verdicts[rule.id] for rule in self.shown})
        return {
            "id": tumour.id,
            "label": tumour.label,
            "outside": not trials and all(q.question.transversal for q in self.questions),
            "questions": [self.question(q) for q in self.questions],
            "recommendations": self.recommendations(),
            "checklist": checklist(self, self.live),
            "trials": trials,
            "to_ask": self.asking.to_ask([t["id"] for t in trials if t["verdict"] == "possible"]),
            "data": data.data(),
            "contradictions": data.contradictions(self.ready.touched),
            "conflicts": conflicts_of(self, self.live),
        }

    def trials(self) -> list[CheckedTrial]:
        """Return the trials on the subject, all of them if everything is wanted."""
        return [t for t in self.ready.view.trials if self.wanted.everything or self.state.truth(f"population:{t.trial.id}") != FALSE]

    def posed(self, question: CheckedQuestion) -> int:
        """Return whether a question is posed."""
        return self.state.truth(f"posed:{question.question.id}")

    def question(self, question: CheckedQuestion) -> dict[str, Any]:
        """Return one question with its outcome and its recommendations in plan order."""
        posed = self.posed(question)
        rules = [r.id for r in self.ordered if r.rule.question == question.question.id]
        return {
            "id": question.question.id,
            "title": question.question.title,
            "guideline": question.guideline.id,
            "transversal": question.question.transversal,
            "status": "posed" if posed == TRUE else "open",
            "outcome": question_outcome(self.ready.view, self.verdicts, question),
            "recommendations": rules,
        }

    def live_rules(self) -> list[CheckedRule]:
        """Return the rules whose plan counts: those that apply, may apply, or would but for a contraindication."""
        here = {q.question.id for q in self.questions}
        counted = PLANS | {Verdict.UNDETERMINED, Verdict.CONTRAINDICATED}
        rules = self.ready.view.rules.values()
        return [r for r in rules if r.rule.question in here and r.rule.kind != "safety" and self.verdicts[r.id] in counted]

    def reaching(self) -> frozenset[str]:
        """Return the safety rules that reach an action of a live plan."""
        found: set[str] = set()
        for rule in self.live:
            for act in self.planner.live(rule.action):
                if treats(act):
                    found.update(r.rule for r in self.planner.reaches(act) if self.counts(r))
        return frozenset(found)

    def counts(self, reach: Reach) -> bool:
        """Say whether a safety rule counts for an action: one that only may reach it counts when it is TRUE or a legal bar."""
        return reach.sure or self.ready.view.rules[reach.rule].rule.blocking or self.verdicts[reach.rule] == Verdict.APPLIES

    def shown_rules(self) -> list[CheckedRule]:
        """Return the rules that the answer shows, near misses included."""
        view, reaching = self.ready.view, self.reaching()
        here = [view.rules[r.id] for q in self.questions for r in q.question.rules if r.id in view.rules]
        kept = [r for r in here if self.is_shown(r, reaching)]
        return kept if self.wanted.everything else [*kept, *self.near_misses(here)]

    def recommendations(self) -> list[dict[str, Any]]:
        """Return the rules shown, in the order of care."""
        return [self.recommendation(rule) for rule in self.ordered]

    def is_shown(self, rule: CheckedRule, reaching: frozenset[str]) -> bool:
        """Say whether a rule is part of the answer: safety that reaches no live plan and is not TRUE stays out."""
        if self.wanted.everything:
            return True
        verdict = self.verdicts[rule.id]
        if rule.rule.kind == "safety" or rule.question.transversal:
            certain = verdict in (Verdict.APPLIES, Verdict.REPLACED, Verdict.OVERRIDDEN)
            return verdict in _SHOWN and (rule.id in reaching or (certain and rule.rule.kind == "process"))
        return verdict in _SHOWN

    def near_misses(self, rules: Iterable[CheckedRule]) -> list[CheckedRule]:
        """Return up to five rules that do not apply for want of one item, or of few."""
        found = []
        for rule in rules:
            if self.verdicts[rule.id] == Verdict.DOES_NOT_APPLY and rule.rule.kind == "recommendation":
                reasons = failing(self.traces[self.ready.view.own(rule.id)], self.state)
                if reasons and len(reasons) <= 3:
                    found.append((len(reasons), self.ready.place[rule.rule.question], rule.id, rule))
        return [rule for *_, rule in sorted(found, key=lambda f: f[:3])[:NEAR_MISSES]]

    def rank(self, rule: CheckedRule) -> tuple[int, int, int, str]:
        """Order rules within a question: safety and process first, then what applies, by how little is missing."""
        verdict = self.verdicts[rule.id]
        gaps = len(self.asking.registers(f"scope:{rule.id}")) if verdict == Verdict.UNDETERMINED else 0
        return _KINDS.index(rule.rule.kind), _ORDER[verdict], gaps, rule.id

    # --- one recommendation ---

    def recommendation(self, checked: CheckedRule) -> dict[str, Any]:
        """Return one rule as the answer shows it."""
        rule, view, verdict = checked.rule, self.ready.view, self.verdicts[checked.id]
        why = self.explainer.node(self.traces[view.own(rule.id)])
        missing = self.missing_of(rule.id) if verdict in (Verdict.UNDETERMINED, Verdict.APPLIES_UNLESS) else []
        unless = [e for e in view.exceptions.get(rule.id, ()) if self.state.truth(f"displaces:{e}") == UNKNOWN]
        body = {
            "id": rule.id,
            "title": rule.title,
            "question": rule.question,
            "issuer": checked.guideline.issuer,
            "valid_in": list(checked.guideline.valid_in),
            "verdict": verdict.value,
            "kind": rule.kind,
            "plan": self.planner.action(checked.action, rule.access) if checked.action else None,
            "grade": rule.grade or None,
            "level": rule.level or None,
            "confidence": rule.confidence or None,
            "status": checked.guideline.status,
            "legal": rule.legal,
            "in_force": {"since": rule.since, "mark": rule.since_mark},
            "note": rule.note or None,
            "source": {"title": rule.source.title, "edition": rule.source.edition, "section": rule.source.section, "url": rule.source.url},
            "why": why if self.wanted.explained else None,
            "missing": [m for m in missing if m["effort"] != "juger"],
            "to_judge": [m for m in missing if m["effort"] == "juger"],
            "unless": [{"id": e, "title": view.rules[e].rule.title, "missing": self.missing_of(e)} for e in unless],
            "overridden_by": self.overriding(rule.id) if verdict == Verdict.OVERRIDDEN else None,
            "replaced_by": self.replacement(rule.id) if verdict == Verdict.REPLACED else None,
            "would_say": self.would_say(rule.id) if verdict == Verdict.REPLACED else None,
            "nearest_flip": self.flips(view.own(rule.id)) if verdict == Verdict.DOES_NOT_APPLY else [],
            "until": None,
        }
        titles = [view.rules[e].rule.title for e in unless]
        body["text"] = sentence(verdict.value, rule.title, why, missing, titles, self.wanted.language)
        return body

    def would_say(self, rule: str) -> str:
        """Say what a replaced rule would have come to here."""
        truth = self.state.truth(f"scope:{rule}")
        return {FALSE: "does_not_apply", UNKNOWN: "undetermined", TRUE: "applies"}[truth]

    def overriding(self, rule: str) -> dict[str, str] | None:
        """Return the exception that displaces a rule."""
        for exception in self.ready.view.exceptions.get(rule, ()):
            if self.state.truth(f"displaces:{exception}") == TRUE:
                return {"id": exception, "title": self.ready.view.rules[exception].rule.title}
        return None

    def replacement(self, rule: str) -> dict[str, Any] | None:
        """Return the rule that stands in the place of a replaced one, with its reason and source."""
        by = self.ready.view.replaced.get(rule)
        if by is None:
            return None
        other = self.ready.view.rules[by]
        source = {"title": other.rule.source.title, "edition": other.rule.source.edition, "url": other.rule.source.url}
        return {"id": by, "region": list(other.guideline.valid_in), "reason": other.rule.reason, "source": source}

    def flips(self, logic: Logic) -> list[dict[str, Any]]:
        """Return what would make a rule apply: one item each, at most three."""
        reasons = failing(self.traces[logic], self.state) or []
        word = "s'appliquerait si" if self.wanted.language == "fr" else "would apply if"
        return [
            {
                "item": trace.item.id if trace.item else getattr(trace.node, "records", ""),
                "condition": trace.text,
                "text": f"{word} {trace.text}",
                "recoverable": trace.item is None or trace.item.change != "jamais",
            }
            for trace in reasons[:3]
        ]


def answer_tumour(base: Base, ready: Ready, facts: Facts, tumour: Tumour, wanted: Wanted) -> dict[str, Any]:
    """Evaluate one tumour and write its answer."""
    return TumourAnswer(base, ready, run(ready.program, facts), wanted).body(tumour)
