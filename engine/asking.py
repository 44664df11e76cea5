"""What is missing for each answer, and the ranked list of what to ask with what each value would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.dictionary import Dictionary, Item
from engine.explain import show_interval
from engine.inquiry import EFFORTS, Asked, Effect, Inquiry
from engine.logic import Key
from engine.lower import STEPS, step_name
from engine.machine import State
from engine.ontology import Ontology
from engine.outcome import trial_verdict, verdict_of
from engine.readying import Ready
from engine.statements import CheckedTrial
from engine.truth import FALSE, TRUE, conjunction, disjunction
from engine.values import Ranges
from engine.verdicts import Verdict
from engine.wording import verdict_word

_OPEN = (Verdict.UNDETERMINED, Verdict.APPLIES_UNLESS)
_UNKNOWN = ("inconnu", "unknown")
_YES = {"fr": ("oui", "non"), "en": ("yes", "no")}


class Asking:
    """Answers "what is missing" for one tumour in one language."""

    def __init__(
        self, inquiry: Inquiry, dictionary: Dictionary, ontology: Ontology, ready: Ready, language: str
    ) -> None:
        """Keep what is read."""
        self.inquiry, self.dictionary, self.ontology = inquiry, dictionary, ontology
        self.ready, self.language = ready, language
        self.rules: Mapping[str, Verdict] = {}
        self.remembered: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        self.watched: dict[int, str] = {}
        self.trial_steps: dict[str, list[list[int]]] = {}
        self.described: dict[int, dict[str, Any]] = {}

    @property
    def state(self) -> State:
        """The registers."""
        return self.inquiry.state

    def registers(self, name: str) -> frozenset[int]:
        """Return the registers missing for a named condition."""
        return self.inquiry.missing(self.ready.program.names[name])

    def deciding(self, rule: str) -> list[str]:
        """Return the conditions that the verdict of a rule hangs on: its own, and what says that it is done."""
        names = (f"scope:{rule}", f"satisfied:{rule}")
        return [name for name in names if name in self.ready.program.names]

    def items_of_rule(self, rule: str) -> list[dict[str, Any]]:
        """Return what is missing to decide a rule, the cheapest to obtain first."""
        return self.items(*self.deciding(rule))

    def items(self, *names: str) -> list[dict[str, Any]]:
        """Return the missing items of some named conditions, the cheapest to obtain first."""
        if names not in self.remembered:
            registers = frozenset().union(*(self.registers(name) for name in names))
            described = (self.describe(self.inquiry.questions[r]) for r in registers)
            found = {(i["item"], i["question"]): i for i in described}
            direct = [i for i in found.values() if not i["derived"]] or list(found.values())
            self.remembered[names] = sorted(
                direct, key=lambda i: (EFFORTS.get(i["effort"], 2), i["item"], i["question"])
            )
        return self.remembered[names]

    def describe(self, asked: Asked) -> dict[str, Any]:
        """Write one missing item: what to ask, why it is open, what is known of it."""
        if asked.register not in self.described:
            self.described[asked.register] = self._describe(asked)
        return self.described[asked.register]

    def _describe(self, asked: Asked) -> dict[str, Any]:
        item = self.item(asked.item)
        datum = self.state.facts.data.get(Key(asked.item))
        worlds = self.state.values[asked.register]
        known = "" if asked.text else self.shown(asked, worlds)
        reason = "imprécis" if asked.text and self.state.facts.rows[item.id].rows else "manquant"
        if datum is not None and datum.statements:
            reason = "contradictoire" if datum.contradictory else datum.reason if datum.worlds is None else "imprécis"
        return {
            "item": item.id,
            "label": item.label(self.language),
            "question": f"{item.label(self.language)} : {asked.text} ?" if asked.text else item.ask(self.language),
            "effort": item.effort,
            "reason": "à juger" if item.effort == "juger" and reason == "manquant" else reason,
            "known": known if known not in _UNKNOWN else None,
            "pointer": datum.statements[-1].pointer if datum is not None and datum.statements else None,
            "derived": self.is_derived(item.id),
        }

    def item(self, identifier: str) -> Item:
        """Return an item or a judgement."""
        return self.dictionary.items.get(identifier) or self.dictionary.judgements[identifier]

    def is_derived(self, item: str) -> bool:
        """Say whether a definition is giving this item (something it reads is known), so that the rest of it is asked."""
        nodes, values = self.ready.program.nodes, self.state.values
        if not any(values[nodes[condition]] == TRUE for condition in self.ready.forward.get(item, ())):
            return False
        return any(self.is_narrowed(name) for name in self.ready.sources[item])

    def is_narrowed(self, name: str) -> bool:
        """Say whether something is known of an item, stated or derived."""
        register = self.ready.program.keys.get(Key(name))
        item = self.dictionary.items.get(name)
        if register is None or item is None or item.domain is None:
            return False
        return bool(self.state.values[register] != self.state.facts.full.get(name, item.domain.full))

    # --- what to ask ---

    def follow_rules(self, verdicts: Mapping[str, Verdict]) -> None:
        """Say which rules count for what to ask."""
        self.rules = verdicts

    def to_ask(self, trials: Iterable[str]) -> list[dict[str, Any]]:
        """Return the missing items of all open answers, those that decide most for least effort first."""
        part: dict[int, int] = {}
        open_rules = [rule for rule, verdict in self.rules.items() if verdict in _OPEN]
        names = self.ready.program.names
        self.watched = {names[f"{kind}:{rule}"]: rule for rule in open_rules for kind in ("scope", "holds")}
        self.watched |= {names[name]: rule for rule in open_rules for name in self.deciding(rule)}
        open_trials = [t for t in self.ready.view.trials if t.trial.id in set(trials)]
        for rule in open_rules:
            for register in frozenset().union(*(self.registers(name) for name in self.deciding(rule))):
                part[register] = part.get(register, 0) + 1
        for trial in open_trials:
            for register in frozenset().union(*(self.inquiry.missing(r) for r in self.hanging(trial))):
                part[register] = part.get(register, 0) + 1
        entries = [self.entry(self.inquiry.questions[r], count, open_trials) for r, count in part.items()]
        return [body for _, body in sorted(entries, key=lambda pair: pair[0])]

    def entry(self, asked: Asked, count: int, trials: list[CheckedTrial]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return one question with its rank: decided, then taken part in, over effort."""
        effects = [self.effect(asked, tried, trials) for tried in self.inquiry.tried(asked.register)]
        decided = {
            change["id"] for effect in effects for change in effect["becomes"] if change["decided"] and change["counts"]
        }
        trial_ids = {trial.trial.id for trial in trials}
        counts = {"recommendations": len(decided - trial_ids), "trials": len(decided & trial_ids)}
        described = self.describe(asked)
        body = described | {"decides": counts, "effect": [effect for effect in effects if effect["becomes"]]}
        effort = EFFORTS.get(described["effort"], 2)
        return (described["derived"], -len(decided) / effort, -count / effort, asked.item, described["question"]), body

    def effect(self, asked: Asked, tried: Effect, trials: list[CheckedTrial]) -> dict[str, Any]:
        """Return what one value would change."""
        after = State(self.state.program, self.state.facts, tried.values, {})
        becomes = []
        for rule in dict.fromkeys(self.watched[r] for r in sorted(tried.changed & self.watched.keys())):
            verdict = verdict_of(self.ready.view, after, rule)
            if verdict != self.rules[rule]:
                becomes.append(self.change(rule, verdict.value, verdict not in _OPEN))
        for trial in trials:
            if tried.changed.isdisjoint(self.hanging(trial)):
                continue
            now = self.trial(trial, tried.values)
            if now != self.trial(trial, self.state.values):
                becomes.append(self.change(trial.trial.id, now, True))
        return {"answer": self.shown(asked, tried.cell), "becomes": becomes}

    def arms(self, trial: CheckedTrial) -> list[list[int]]:
        """Return, for each arm of a trial, the registers of its steps."""
        if trial.trial.id not in self.trial_steps:
            names = self.ready.program.names
            named = ([step_name(trial.trial.id, arm, step) for step in STEPS] for arm in trial.arms())
            self.trial_steps[trial.trial.id] = [[names[n] for n in steps if n in names] for steps in named]
        return self.trial_steps[trial.trial.id]

    def population(self, trial: CheckedTrial) -> int:
        """Return the register that says whether a trial is about such a patient."""
        return self.ready.program.names[f"population:{trial.trial.id}"]

    def hanging(self, trial: CheckedTrial) -> list[int]:
        """Return the registers that the verdict of a trial hangs on."""
        return [self.population(trial), *(register for steps in self.arms(trial) for register in steps)]

    def trial(self, trial: CheckedTrial, values: Sequence[Any]) -> str:
        """Return the verdict of a trial by some registers' values: off its subject, or the best of its arms."""
        if values[self.population(trial)] == FALSE:
            return "off_topic"
        return trial_verdict(disjunction(conjunction(values[r] for r in steps) for steps in self.arms(trial)))

    def change(self, identifier: str, verdict: str, decided: bool) -> dict[str, Any]:
        """Return one change."""
        rule = self.ready.view.rules.get(identifier)
        counts = rule is None or rule.rule.kind != "safety"
        return {
            "id": identifier,
            "verdict": verdict,
            "text": verdict_word(verdict, self.language),
            "decided": decided,
            "counts": counts,
        }

    def shown(self, asked: Asked, cell: Any) -> str:
        """Write a value."""
        if asked.text and not isinstance(cell, Ranges):
            return _YES[self.language][0 if cell == TRUE else 1]
        if asked.text:
            return show_interval(cell, self.language)
        if asked.limit:
            shown = show_interval(cell, self.language)
            return shown if shown in _UNKNOWN else f"{shown} × {asked.limit.upper()}"
        return self.ready.shown(
            self.item(asked.item), cell, self.ontology, self.language, self.state.facts.full.get(asked.item)
        )
