"""What is missing for each answer: the items it hangs on, how each is asked, and what is known of it."""

from __future__ import annotations

from typing import Any

from engine.dictionary import Dictionary, Item
from engine.explain import show_interval
from engine.inquiry import EFFORTS, Asked, Inquiry, is_open
from engine.logic import Key
from engine.ontology import Ontology
from engine.readying import Ready
from engine.state import State
from engine.truth import TRUE
from engine.values import Ranges
from engine.verdicts import Verdict

_OPEN = (Verdict.UNDETERMINED, Verdict.APPLIES_UNLESS)
_UNKNOWN = ("inconnu", "unknown")
_WHEN = {
    "avant traitement": "before treatment",
    "au diagnostic": "at diagnosis",
    "le plus bas": "the lowest",
    "sur métastase": "on a metastasis",
}
_UNITS = {"jours": "day", "semaines": "week", "mois": "month", "ans": "year"}
_YES = {"fr": ("oui", "non"), "en": ("yes", "no")}


class Asking:
    """Answers "what is missing" for one tumour in one language."""

    def __init__(
        self, inquiry: Inquiry, dictionary: Dictionary, ontology: Ontology, ready: Ready, language: str
    ) -> None:
        """Keep what is read."""
        self.inquiry, self.dictionary, self.ontology = inquiry, dictionary, ontology
        self.ready, self.language = ready, language
        self.remembered: dict[tuple[str, ...], list[dict[str, Any]]] = {}
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
        """Write a question; one about a list names its condition, one about a day's value says which, or how recent."""
        if asked.text:
            return f"{item.label(self.language)} : {asked.text} ?"
        meant = asked.when or asked.fresh
        if meant and self.language == "en":
            meant = _WHEN.get(asked.when) or _less_than(*asked.fresh.split()[-2:])
        return f"{item.ask(self.language)} ({meant})" if meant else item.ask(self.language)

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


def _less_than(number: str, unit: str) -> str:
    """Say in English how recent a value must be."""
    return f"less than {number} {_UNITS.get(unit, unit)}{'' if number == '1' else 's'} old"
