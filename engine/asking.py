"""What is missing for each answer, and the ranked list of what to ask with what each value would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from engine.dictionary import Dictionary, Item
from engine.explain import show_interval
from engine.inquiry import EFFORTS, Asked, Inquiry, is_open
from engine.lanes import Supposed, bits
from engine.logic import Key
from engine.machine import State, Truths
from engine.ontology import Ontology
from engine.outcome import trial_truth, trial_verdict, verdict_of
from engine.readying import Ready
from engine.statements import CheckedTrial
from engine.truth import FALSE, TRUE, disjunction
from engine.values import Ranges
from engine.verdicts import Verdict
from engine.wording import verdict_word

_OPEN = (Verdict.UNDETERMINED, Verdict.APPLIES_UNLESS)
_UNKNOWN = ("inconnu", "unknown")
_WHEN = {
    "avant traitement": "before treatment",
    "au diagnostic": "at diagnosis",
    "le plus bas": "the lowest",
    "sur métastase": "on a metastasis",
}
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
        self.trials: Mapping[str, CheckedTrial] = {}
        self.stirred: Mapping[int, list[str]] = {}
        self.parts: frozenset[str] = frozenset()
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
            "question": self.question(item, asked),
            "effort": item.effort,
            "reason": "à juger" if item.effort == "juger" and reason == "manquant" else reason,
            "known": known if known not in _UNKNOWN else None,
            "pointer": datum.statements[-1].pointer if datum is not None and datum.statements else None,
            "derived": self.is_derived(item.id),
        }

    def question(self, item: Item, asked: Asked) -> str:
        """Write a question; one about a list names its condition, one about another day's value says which."""
        if asked.text:
            return f"{item.label(self.language)} : {asked.text} ?"
        when = asked.when if self.language == "fr" else _WHEN.get(asked.when, asked.when)
        return f"{item.ask(self.language)} ({when})" if when else item.ask(self.language)

    def item(self, identifier: str) -> Item:
        """Return an item or a judgement."""
        return self.dictionary.items.get(identifier) or self.dictionary.judgements[identifier]

    def is_derived(self, item: str) -> bool:
        """Say whether a definition is giving this item (something it reads is known), so that the rest of it is asked."""
        if not any(self.state.values[register] == TRUE for register in self.ready.forward.get(item, ())):
            return False
        return any(self.is_narrowed(name) for name in self.ready.sources[item])

    def is_narrowed(self, name: str) -> bool:
        """Say whether something is known of an item, stated or derived."""
        register = self.ready.program.keys.get(Key(name))
        item = self.dictionary.items.get(name)
        if register is None or item is None or item.domain is None:
            return False
        return bool(self.state.values[register] != self.state.facts.full.get(name, item.domain.full))

    def is_settled(self, name: str) -> bool:
        """Say whether definitions give an item one value."""
        register = self.ready.program.keys.get(Key(name))
        return name in self.ready.program.defined and register is not None and not is_open(self.state, register)

    # --- what to ask ---

    def follow_rules(self, verdicts: Mapping[str, Verdict]) -> None:
        """Say which rules count for what to ask."""
        self.rules = verdicts

    def to_ask(self, trials: Iterable[str]) -> list[dict[str, Any]]:
        """Return the missing items of all open answers, those that decide most for least effort first."""
        wanted = set(trials)
        self.trials = {t.trial.id: t for t in self.ready.view.trials if t.trial.id in wanted}
        open_rules = [rule for rule, verdict in self.rules.items() if verdict in _OPEN and self.concludes(rule)]
        names = {rule: self.deciding(rule) for rule in open_rules} | {t: self.hanging(t) for t in self.trials}
        part = Counter(register for conditions in names.values() for register in self.asked_of(conditions))
        for rule in open_rules:
            names[rule].append(f"holds:{rule}")
        self.stirred = self.stirring(names)
        asked = {self.inquiry.questions[register]: count for register, count in part.items()}
        self.parts = frozenset(part for one in asked for part in self.ready.sources.get(one.item, ()))
        entries = [self.entry(one, count) for one, count in asked.items()]
        return [body for _, body in sorted(entries, key=lambda pair: pair[0])]

    def concludes(self, rule: str) -> bool:
        """Say whether a rule says something of its own: an exception without conclusion only takes another's away."""
        checked = self.ready.view.rules[rule]
        return checked.action is not None or not checked.rule.excepts

    def asked_of(self, names: Iterable[str]) -> frozenset[int]:
        """Return the questions that some named conditions hang on, each by its first register."""
        registers = frozenset().union(*map(self.registers, names))
        return frozenset(self.inquiry.questions[register].register for register in registers)

    def stirring(self, names: Mapping[str, Iterable[str]]) -> Mapping[int, list[str]]:
        """Return, by supposed value, the rules and trials of which it moves a named condition."""
        found: dict[int, list[str]] = {}
        registers, moved = self.ready.program.names, self.inquiry.lanes.moved
        for identifier, conditions in names.items():
            lanes = 0
            for name in conditions:
                lanes |= moved.get(registers[name], 0)
            for lane in bits(lanes):
                found.setdefault(lane, []).append(identifier)
        return found

    def hanging(self, trial: str) -> list[str]:
        """Return the conditions that the verdict of a trial hangs on: whom it is for, and its steps."""
        return [name for name in self.ready.trial_names[trial] if not name.startswith("criterion:")]

    def entry(self, asked: Asked, count: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return one question with its rank: what a value of it decides on average, over effort; parts of a whole last."""
        effects = [self.effect(asked, cell, lane) for cell, lane in self.inquiry.tried(asked)]
        changes = [change for effect in effects for change in effect["becomes"] if change["decided"]]
        counting = [change["id"] for change in changes if change["counts"]]
        decided = set(counting)
        counts = {"recommendations": len(decided - self.trials.keys()), "trials": len(decided & self.trials.keys())}
        described = self.describe(asked)
        body = described | {"decides": counts, "effect": [effect for effect in effects if effect["becomes"]]}
        cost = EFFORTS.get(described["effort"], 2) * max(1, len(effects))
        others = len(changes) - len(counting)
        rank = (described["derived"], -len(counting) / cost, not body["effect"], -others / cost, -count / cost)
        return (*rank, asked.item in self.parts, asked.item, described["question"]), body

    def effect(self, asked: Asked, cell: Any, lane: int) -> dict[str, Any]:
        """Return what one value would change."""
        after, becomes = Supposed(self.inquiry.lanes, lane), []
        for identifier in self.stirred.get(lane, ()):
            if identifier in self.trials:
                now = self.trial(self.trials[identifier], after)
                if now != "possible":
                    becomes.append(self.change(identifier, now, True))
            else:
                verdict = verdict_of(self.ready.view, after, identifier)
                if verdict != self.rules[identifier]:
                    becomes.append(self.change(identifier, verdict.value, verdict not in _OPEN))
        return {"answer": self.shown(asked, cell), "becomes": becomes}

    def trial(self, trial: CheckedTrial, truths: Truths) -> str:
        """Return the verdict of a trial: off its subject, or the best of its arms."""
        if truths.truth(f"population:{trial.trial.id}") == FALSE:
            return "off_topic"
        return trial_verdict(disjunction(trial_truth(truths, trial, arm) for arm in trial.arms()))

    def change(self, identifier: str, verdict: str, decided: bool) -> dict[str, Any]:
        """Return one change."""
        rule = self.ready.view.rules.get(identifier)
        counts = rule.rule.kind == "recommendation" if rule else self.trials[identifier].trial.may_be_open
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
