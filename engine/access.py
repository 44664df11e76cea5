"""The four access layers of an action (recommandation, AMM, HAS, accès précoce): their conditions, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from engine.check import Checker
from engine.lexer import TextError
from engine.logic import Logic
from engine.model import Written
from engine.problems import Problem, in_text
from engine.source import Text
from engine.statements import CheckedRule, checked_acts
from engine.text import read_condition
from engine.truth import FALSE, TRUE, UNKNOWN, Truth

NAMES = {"recommandation": "recommendation", "amm": "amm", "has": "has", "precoce": "early"}
TO_CHECK = "à vérifier"


def access_conditions(rules: Iterable[CheckedRule], checker: Checker) -> tuple[Mapping[str, Logic], list[Problem]]:
    """Return every condition that an access layer holds, by its text, and what is wrong with them."""
    found: dict[str, Logic] = {}
    problems: list[Problem] = []
    for text in (text for checked in rules for text in _texts(checked)):
        try:
            found[str(text)] = checker.written(Written(read_condition(str(text)), text.span))
        except TextError as error:
            problems.append(in_text(text.span.part(error.start, error.length), "condition", error.message, error.hint))
    return found, [*problems, *checker.problems]


def _texts(checked: CheckedRule) -> Iterator[Text]:
    for layers in (checked.rule.access, *(act.act.access for act in checked_acts(checked.action))):
        for entry in (e for key in NAMES for e in entries_of(layers, key)):
            if isinstance(entry.get("si"), Text) and entry["si"]:
                yield entry["si"]


def entries_of(layers: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the values of one layer."""
    values = layers.get(key) or ()
    return [v for v in (values if isinstance(values, list) else [values]) if isinstance(v, Mapping)]


def layers_of(
    access: Mapping[str, Any], truth: Callable[[str], Truth], explain: Callable[[str], dict[str, Any]]
) -> dict[str, Any]:
    """Return each layer with the values that may hold for a patient, an undecided one with its condition."""
    found: dict[str, Any] = {}
    for key, name in ((k, n) for k, n in NAMES.items() if access.get(k)):
        kept = []
        for entry in entries_of(access, key):
            condition = str(entry.get("si") or "")
            said = truth(condition) if condition else TRUE
            if said != FALSE:
                kept.append(dict(entry) | ({"condition": explain(condition)} if said == UNKNOWN else {}))
        if kept:
            found[name] = kept
    return found


def usable_today(layers: Mapping[str, Any]) -> str:
    """Say in one word whether an action is usable today, by the layers that hold: unknown is no yes."""
    amm, has, early = (_sure(layers.get(name, ())) for name in ("amm", "has", "early"))
    if any(str(entry.get("etat", "")).startswith("non") for entry in amm):
        return "hors AMM"
    latest = str(max(has, key=lambda entry: str(entry.get("date", "")), default={}).get("avis", ""))
    if latest.startswith("défavorable"):
        return "AMM, non remboursé"
    undecided = any("condition" in entry for name in ("amm", "has") for entry in layers.get(name, ()))
    if amm and latest.startswith("favorable") and not undecided:
        return "AMM et remboursement"
    return "accès précoce" if early and not undecided else TO_CHECK


def _sure(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [entry for entry in entries if "condition" not in entry]
