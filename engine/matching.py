"""Trials for one tumour: each arm's verdict by step, what fails, what is missing, what only a person can judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.asking import Asking
from engine.explain import Explainer
from engine.logic import Logic
from engine.lower import criterion_name
from engine.model import Trial
from engine.outcome import step_verdicts, trial_truth, trial_verdict
from engine.state import State
from engine.statements import CheckedCriterion, CheckedTrial
from engine.trace import Trace, truth_of
from engine.truth import FALSE, NAMES, UNKNOWN
from engine.wording import verdict_word

_ORDER = ("eligible", "possible", "not_eligible", "off_topic")
STATUSES = {
    "ouvert": "open",
    "fermé": "closed",
    "suspendu": "suspended",
    "terminé": "completed",
    "en attente": "pending",
}


def trials_of(
    trials: Iterable[CheckedTrial],
    state: State,
    explainer: Explainer,
    asking: Asking,
    traces: Mapping[Logic, Trace],
    untils: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return trials, open before closed, eligible before possible by how little is missing."""
    found = [
        _Match(trial, arm, state, explainer, asking, traces, untils).body() for trial in trials for arm in trial.arms()
    ]
    return sorted(found, key=_rank)


def _rank(body: Mapping[str, Any]) -> tuple[Any, ...]:
    is_open = {entry["status"] for entry in body["recruitments"]} == {"open"}
    return not is_open, _ORDER.index(body["verdict"]), len(body["missing"]), body["id"], body["arm"] or ""


def recruitments(trial: Trial) -> list[dict[str, str | None]]:
    """Return the recruitment as each source says it, the latest dated first; sources that disagree all stay."""
    found = [
        {
            "status": STATUSES.get(entry.get("statut", ""), entry.get("statut")),
            "source": entry.get("source"),
            "date": entry.get("date"),
        }
        for entry in trial.recruitment
    ]
    return sorted(found, key=lambda entry: str(entry["date"] or ""), reverse=True)


class _Match:
    def __init__(
        self,
        trial: CheckedTrial,
        arm: str,
        state: State,
        explainer: Explainer,
        asking: Asking,
        traces: Mapping[Logic, Trace],
        untils: Mapping[str, str],
    ) -> None:
        self.trial, self.arm, self.state = trial, arm, state
        self.explainer, self.asking, self.traces, self.untils = explainer, asking, traces, untils
        self.criteria = trial.of_arm(arm)

    def body(self) -> dict[str, Any]:
        trial = self.trial.trial
        on_subject = self.state.truth(f"population:{trial.id}") != FALSE
        verdict = trial_verdict(trial_truth(self.state, self.trial, self.arm)) if on_subject else "off_topic"
        missing = self.missing()
        return {
            "id": trial.id,
            "title": trial.acronym or trial.title,
            "long_title": trial.title,
            "arm": self.arm or None,
            "steps": [
                {"step": step, "verdict": trial_verdict(truth)}
                for step, truth in step_verdicts(self.state, self.trial, self.arm)
            ],
            "verdict": verdict,
            "text": verdict_word(verdict, self.explainer.language),
            "failing": [self.failing(c) for c in self.criteria if self.met(c) == FALSE],
            "missing": [item for item in missing if item["effort"] != "juger"],
            "to_judge": [item for item in missing if item["effort"] == "juger"],
            "to_review": [
                {"criterion": c.criterion.text, "state": c.criterion.state, "reason": c.criterion.reason}
                for c in self.criteria
                if c.logic is None
            ],
            "coverage": {
                "encoded": sum(c.logic is not None for c in self.criteria),
                "total": len(self.criteria),
                "complete": trial.complete,
            },
            "recruitment": next(iter(recruitments(trial)), None),
            "recruitments": recruitments(trial),
            "sites": [dict(site) for site in trial.sites],
            "status": trial.status,
            "source": {"title": trial.source.title, "edition": trial.source.edition, "url": trial.source.url},
            "note": trial.note or None,
            "until": self.untils.get(f"{trial.id}:{self.arm}"),
            "why": {
                "truth": NAMES[trial_truth(self.state, self.trial, self.arm)],
                "text": trial.title,
                "nodes": [self.node(c) for c in self.criteria],
            },
        }

    def met(self, criterion: CheckedCriterion) -> int:
        return self.state.truth(criterion_name(self.trial.trial.id, criterion.arm, criterion.criterion.id))

    def missing(self) -> list[dict[str, Any]]:
        population = self.asking.items(f"population:{self.trial.trial.id}")
        found = {f"{item['item']} {item['question']}": item for item in population}
        for criterion in self.criteria:
            if self.met(criterion) == UNKNOWN and criterion.logic is not None:
                name = criterion_name(self.trial.trial.id, criterion.arm, criterion.criterion.id)
                found |= {f"{item['item']} {item['question']}": item for item in self.asking.items(name)}
        return list(found.values())

    def node(self, criterion: CheckedCriterion) -> dict[str, Any]:
        """Explain one criterion: whether it is met, as the trial words it, and what it still hangs on."""
        body = {
            "id": criterion.criterion.id,
            "truth": NAMES[self.met(criterion)],
            "text": criterion.criterion.text,
            "kind": criterion.criterion.kind,
            "step": criterion.criterion.step,
        }
        if criterion.logic is None:
            return body | {"note": criterion.criterion.state}
        return body | {"missing": self.wanting(criterion), "nodes": [self.explainer.node(self.traces[criterion.logic])]}

    def wanting(self, criterion: CheckedCriterion) -> list[str]:
        """Return the items that an undecided criterion hangs on; the trial's own list says of each what to ask."""
        if self.met(criterion) != UNKNOWN:
            return []
        name = criterion_name(self.trial.trial.id, criterion.arm, criterion.criterion.id)
        return list(dict.fromkeys(str(item["item"]) for item in self.asking.items(name)))

    def failing(self, criterion: CheckedCriterion) -> dict[str, Any]:
        """Return a criterion that is not met, the value that failed it, and whether it can change."""
        assert criterion.logic is not None
        trace = self.traces[criterion.logic]
        why = self.explainer.node(trace)
        items = [t for t in _leaves(trace) if t.item is not None]
        counted = [t for t in items if truth_of(t, self.state.values) != UNKNOWN]
        recoverable = any(t.item is not None and t.item.change != "jamais" for t in counted) or not counted
        values = [v for v in (_value(self.explainer.node(t)) for t in counted) if v]
        return {
            "criterion": criterion.criterion.text,
            "value": ", ".join(dict.fromkeys(values)),
            "recoverable": recoverable,
            "why": why,
        }


def _leaves(trace: Trace) -> list[Trace]:
    return [trace] if not trace.parts else [leaf for part in trace.parts for leaf in _leaves(part)]


def _value(node: Mapping[str, Any]) -> str:
    return str(node.get("value") or "")
