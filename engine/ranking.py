"""The ranked list of what to ask: what each value of each missing item would change, and how much it decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from engine.asking import Asking
from engine.inquiry import EFFORTS, Asked
from engine.lanes import Supposed, bits
from engine.outcome import trial_truth, trial_verdict, verdict_of
from engine.state import Truths
from engine.statements import CheckedTrial
from engine.truth import FALSE, disjunction
from engine.verdicts import Verdict
from engine.wording import verdict_word

_OPEN = (Verdict.UNDETERMINED, Verdict.APPLIES_UNLESS)


class Ranking:
    """Weighs the questions about one tumour by the open rules and the trials that are possible."""

    def __init__(self, asking: Asking, rules: Mapping[str, Verdict], trials: Iterable[CheckedTrial]) -> None:
        """Gather what open answers hang on, and which supposed values move them."""
        self.asking, self.rules = asking, rules
        self.trials = {trial.trial.id: trial for trial in trials}
        open_rules = [rule for rule, verdict in rules.items() if verdict in _OPEN and self.concludes(rule)]
        names = {rule: asking.deciding(rule) for rule in open_rules} | {t: self.hanging(t) for t in self.trials}
        part = Counter(register for conditions in names.values() for register in self.asked_of(conditions))
        self.asked = {asking.inquiry.questions[register]: count for register, count in part.items()}
        self.parts = frozenset(part for one in self.asked for part in asking.ready.sources.get(one.item, ()))
        self.stirred = self.stirring(names | {rule: [*names[rule], f"holds:{rule}"] for rule in open_rules})

    def to_ask(self) -> list[dict[str, Any]]:
        """Return the missing items of all open answers, those that decide most for least effort first."""
        entries = [self.entry(one, count) for one, count in self.asked.items()]
        return [body for _, body in sorted(entries, key=lambda pair: pair[0])]

    def concludes(self, rule: str) -> bool:
        """Say whether a rule says something of its own: an exception without conclusion only takes another's away."""
        checked = self.asking.ready.view.rules[rule]
        return checked.action is not None or not checked.rule.excepts

    def asked_of(self, names: Iterable[str]) -> frozenset[int]:
        """Return the questions that some named conditions hang on, each by its first register."""
        registers = frozenset().union(*map(self.asking.registers, names))
        return frozenset(self.asking.inquiry.questions[register].register for register in registers)

    def stirring(self, names: Mapping[str, Iterable[str]]) -> Mapping[int, list[str]]:
        """Return, by supposed value, the rules and trials of which it moves a named condition."""
        found: dict[int, list[str]] = {}
        registers, moved = self.asking.ready.program.names, self.asking.inquiry.lanes.moved
        for identifier, conditions in names.items():
            lanes = 0
            for name in conditions:
                lanes |= moved.get(registers[name], 0)
            for lane in bits(lanes):
                found.setdefault(lane, []).append(identifier)
        return found

    def hanging(self, trial: str) -> list[str]:
        """Return the conditions that the verdict of a trial hangs on: whom it is for, and its steps."""
        return [name for name in self.asking.ready.trial_names[trial] if not name.startswith("criterion:")]

    def entry(self, asked: Asked, count: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return one question with its rank: what a value of it decides on average, over effort; parts of a whole last."""
        effects = [self.effect(asked, cell, lane) for cell, lane in self.asking.inquiry.tried(asked)]
        changes = [change for effect in effects for change in effect["becomes"] if change["decided"]]
        counting = [change["id"] for change in changes if change["counts"]]
        decided = set(counting)
        counts = {"recommendations": len(decided - self.trials.keys()), "trials": len(decided & self.trials.keys())}
        described = self.asking.describe(asked)
        body = described | {"decides": counts, "effect": [effect for effect in effects if effect["becomes"]]}
        cost = EFFORTS.get(described["effort"], 2) * max(1, len(effects))
        others = len(changes) - len(counting)
        rank = (described["derived"], -len(counting) / cost, not body["effect"], -others / cost, -count / cost)
        return (*rank, asked.item in self.parts, asked.item, described["question"]), body

    def effect(self, asked: Asked, cell: Any, lane: int) -> dict[str, Any]:
        """Return what one value would change."""
        after, becomes = Supposed(self.asking.inquiry.lanes, lane), []
        for identifier in self.stirred.get(lane, ()):
            if identifier in self.trials:
                now = self.trial(self.trials[identifier], after)
                if now != "possible":
                    becomes.append(self.change(identifier, now, True))
            else:
                verdict = verdict_of(self.asking.ready.view, after, identifier)
                if verdict != self.rules[identifier]:
                    becomes.append(self.change(identifier, verdict.value, verdict not in _OPEN))
        return {"answer": self.asking.shown(asked, cell), "becomes": becomes}

    def trial(self, trial: CheckedTrial, truths: Truths) -> str:
        """Return the verdict of a trial: off its subject, or the best of its arms."""
        if truths.truth(f"population:{trial.trial.id}") == FALSE:
            return "off_topic"
        return trial_verdict(disjunction(trial_truth(truths, trial, arm) for arm in trial.arms()))

    def change(self, identifier: str, verdict: str, decided: bool) -> dict[str, Any]:
        """Return one change."""
        rule = self.asking.ready.view.rules.get(identifier)
        counts = rule.rule.kind == "recommendation" if rule else self.trials[identifier].trial.may_be_open
        return {
            "id": identifier,
            "verdict": verdict,
            "text": verdict_word(verdict, self.asking.language),
            "decided": decided,
            "counts": counts,
        }
