"""Values → one tumour's answer: questions, recommendations, checklist, trials, what to ask, data, contradictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.checklist import checklist
from engine.conflicts import conflicts_of
from engine.dataview import DataView
from engine.facts import Facts
from engine.machine import run
from engine.matching import trials_of
from engine.outcome import question_outcome
from engine.proposal import proposal_of
from engine.ranking import Ranking
from engine.readying import Ready
from engine.sheet import Tumour
from engine.snapshot import Base
from engine.statements import CheckedQuestion, CheckedRule, CheckedTrial
from engine.trace import failing
from engine.truth import FALSE, TRUE, UNKNOWN
from engine.until import untils
from engine.verdicts import Verdict
from engine.wording import sentence
from engine.worked import Wanted, Worked


@dataclass(slots=True)
class TumourAnswer(Worked):
    """One tumour being answered."""

    untils: Mapping[str, str] = field(default_factory=dict)
    ranking: Ranking = field(init=False)

    # --- the parts ---

    def body(self, tumour: Tumour) -> dict[str, Any]:
        """Return the answer for one tumour."""
        shown = (rule.id for rule in self.shown if rule.rule.kind != "safety")
        self.untils = untils(self.state, self.ready.view, self.ready.clock, self.base.dictionary, shown, self.trials())
        data = DataView(self.state, self.base.dictionary, self.explainer)
        trials = trials_of(self.trials(), self.state, self.explainer, self.asking, self.traces, self.untils)
        self.ranking = Ranking(
            self.asking, {rule.id: self.verdicts[rule.id] for rule in self.shown}, self.possible(trials)
        )
        return {
            "id": tumour.id,
            "label": tumour.label if tumour.label != tumour.id else data.site() or tumour.id,
            "until": min(self.untils.values(), default=None),
            "outside": all(q.question.transversal for q in self.questions),
            "questions": [
                self.question(q) for q in sorted(self.questions, key=lambda q: self.ready.place[q.question.id])
            ],
            "recommendations": self.recommendations(),
            "checklist": checklist(self, self.live),
            "trials": trials,
            "to_ask": self.ranking.to_ask(),
            "data": data.data(),
            "contradictions": data.contradictions(self.ready.touched),
            "conflicts": conflicts_of(self, self.live),
            "proposal": proposal_of(self),
        }

    def possible(self, trials: Iterable[Mapping[str, Any]]) -> list[CheckedTrial]:
        """Return the trials that may be open to the patient, by one of their arms."""
        found = {trial["id"] for trial in trials if trial["verdict"] == "possible"}
        return [trial for trial in self.trials() if trial.trial.id in found]

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
            "outcome": question_outcome(self.ready.view, self.state, self.verdicts, question),
            "recommendations": rules,
        }

    def recommendations(self) -> list[dict[str, Any]]:
        """Return the rules shown, in the order of care."""
        return [self.recommendation(rule) for rule in self.ordered]

    # --- one recommendation ---

    def recommendation(self, checked: CheckedRule) -> dict[str, Any]:
        """Return one rule as the answer shows it."""
        rule, view, verdict = checked.rule, self.ready.view, self.verdicts[checked.id]
        why = self.explainer.node(self.ready.own[rule.id])
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
            "source": {
                "title": rule.source.title,
                "edition": rule.source.edition,
                "section": rule.source.section,
                "url": rule.source.url,
            },
            "why": why,
            "missing": [m for m in missing if m["effort"] != "juger"],
            "to_judge": [m for m in missing if m["effort"] == "juger"],
            "unless": [{"id": e, "title": view.rules[e].rule.title, "missing": self.missing_of(e)} for e in unless],
            "overridden_by": self.overriding(rule.id) if verdict == Verdict.OVERRIDDEN else None,
            "replaced_by": self.replacement(rule.id) if verdict == Verdict.REPLACED else None,
            "would_say": self.would_say(rule.id) if verdict == Verdict.REPLACED else None,
            "nearest_flip": self.flips(rule.id) if verdict == Verdict.DOES_NOT_APPLY else [],
            "until": self.untils.get(rule.id),
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
        exceptions = self.ready.view.exceptions.get(rule, ())
        for exception in sorted(exceptions, key=lambda e: -self.state.truth(f"up:{e}")):
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

    def flips(self, rule: str) -> list[dict[str, Any]]:
        """Return what would make a rule apply: one item each, at most three."""
        reasons = failing(self.ready.own[rule], self.state) or []
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
