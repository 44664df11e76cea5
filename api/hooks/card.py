"""A card: what it says, of which rules, what it suggests; and its JSON, without anything empty."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from api.exports import CANONICAL
from api.hooks.markdown import short
from api.hooks.names import KEYS, override_reasons
from api.store.hooks import SentCard
from engine.canonical import canonical

SPACE = uuid5(NAMESPACE_URL, f"{CANONICAL}/card")
LONGEST_SUMMARY = 140  # and fewer characters than that
LONGEST_LABEL = 300
MOST_LINKS = 12
INDICATORS = ("critical", "warning", "info")
Rule = Mapping[str, Any]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to accept: the drafts it creates, each with its description, and the rules it follows."""

    label: str
    creates: tuple[tuple[str, Json], ...]
    rules: tuple[str, ...]
    recommended: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One card of an answer; `rules` are those it speaks of, the leading one first."""

    key: str
    indicator: str
    summary: str
    detail: str
    source: Mapping[str, str]
    topic: Mapping[str, str]
    rules: tuple[Rule, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    exclusive: bool = False
    links: tuple[tuple[str, str], ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def uuid(self, decision: str) -> UUID:
        """Return the card's id: the same for the same decision and content, whoever the patient is."""
        content = canonical([self.key, self.indicator, self.summary, self.detail, [s.label for s in self.suggestions]])
        return uuid5(SPACE, f"{decision} {hashlib.sha256(content.encode()).hexdigest()}")

    def told(self, decision: str, language: str) -> Json:
        """Return the card as CDS Hooks has it."""
        identifier = self.uuid(decision)
        kept = {
            "uuid": str(identifier),
            "summary": short(self.summary, LONGEST_SUMMARY),
            "detail": self.detail,
            "indicator": self.indicator,
            "source": dict(self.source) | {"topic": dict(self.topic)},
            "suggestions": [_told(each, identifier, place) for place, each in enumerate(self.suggestions)],
            "selectionBehavior": ("at-most-one" if self.exclusive else "any") if self.suggestions else None,
            "overrideReasons": override_reasons(language),
            "links": [{"label": label, "url": url, "type": "absolute"} for label, url in self.links[:MOST_LINKS]],
            "extension": _extension(self.rules, {**self.more, "decision": decision}),
        }
        return dict(lean(kept))

    def sent(self, decision: str, service: str) -> SentCard:
        """Return the card as it is remembered."""
        identifier = self.uuid(decision)
        suggestions = {
            str(suggestion_id(identifier, place, each)): each.rules for place, each in enumerate(self.suggestions)
        }
        return SentCard(str(identifier), service, decision, tuple(str(each["id"]) for each in self.rules), suggestions)


def suggestion_id(card: UUID, place: int, suggestion: Suggestion) -> UUID:
    """Return the id of a card's suggestion."""
    return uuid5(card, f"{place} {suggestion.label}")


def _told(suggestion: Suggestion, card: UUID, place: int) -> Json:
    return {
        "label": short(suggestion.label, LONGEST_LABEL),
        "uuid": str(suggestion_id(card, place, suggestion)),
        "isRecommended": suggestion.recommended or None,
        "actions": [
            {"type": "create", "description": text, "resource": resource} for text, resource in suggestion.creates
        ],
    }


def _extension(rules: Iterable[Rule], more: Mapping[str, Any]) -> Json:
    """Return the card's own keys: of its leading rule, then of each."""
    listed = [_of_rule(each) for each in rules]
    lead = {f"{KEYS}{key}": value for key, value in listed[0].items()} if listed else {}
    return {f"{KEYS}{key}": value for key, value in more.items()} | lead | {f"{KEYS}rules": listed}


def _of_rule(rule: Rule) -> Json:
    return {
        "rule": rule["id"],
        "verdict": rule["verdict"],
        "grade": rule.get("grade"),
        "level": rule.get("level"),
        "missing": list(dict.fromkeys(each["item"] for each in (*rule.get("missing", ()), *rule.get("to_judge", ())))),
    }


def lean(value: Any) -> Any:
    """Return a value without null, empty texts, lists and objects, at any depth."""
    if isinstance(value, Mapping):
        kept = {key: lean(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if not _is_empty(inner)}
    if isinstance(value, list | tuple):
        return [inner for inner in map(lean, value) if not _is_empty(inner)]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)
