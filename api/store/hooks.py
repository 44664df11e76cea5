"""What CDS Hooks needs to remember: which card spoke of which rules, what became of it, which tokens were seen.

Nothing of the patient: a card's id is made from the decision, and neither its text nor its subject is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, insert, select

from api.store import Known, Store
from api.store.tables import ACCEPTED, CARD_RULES, CARDS, FEEDBACK, TOKENS

WHOLE = ""  # in the place of a suggestion: the card itself


@dataclass(frozen=True, slots=True)
class SentCard:
    """A card as it is remembered: its service, its decision, its rules, and those of each suggestion."""

    id: str
    service: str
    decision: str
    rules: tuple[str, ...]
    suggestions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person did with a card; `at` in UTC, a free comment only where it may be kept."""

    card: str
    at: str
    accepted: tuple[str, ...] = ()
    reason: str | None = None
    reason_system: str | None = None
    comment: str | None = None
    overridden: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How often people followed a rule or did not, by reason (`""`: none given)."""

    accepted: int
    overridden: Mapping[str, int]


class HookMemory:
    """The CDS Hooks part of a store; every method raises `StoreFailed` when it can't be reached."""

    def __init__(self, store: Store) -> None:
        """Keep the store."""
        self._store = store

    def keep(self, cards: Iterable[SentCard]) -> None:
        """Remember cards; one sent again stays as it was."""
        for card in self._new(tuple(cards)):
            with suppress(Known), self._store.begin() as connection:
                _keep(connection, card)

    def _new(self, cards: tuple[SentCard, ...]) -> list[SentCard]:
        with self._store.begin() as connection:
            known = set(connection.scalars(select(CARDS.c.id).where(CARDS.c.id.in_([each.id for each in cards]))))
        return [each for each in cards if each.id not in known]

    def sent(self, service: str, cards: Iterable[str]) -> dict[str, frozenset[str]]:
        """Return the suggestions of each of these cards that the service sent; others are left out."""
        wanted = (
            select(CARDS.c.id, CARD_RULES.c.suggestion)
            .outerjoin(CARD_RULES, CARD_RULES.c.card == CARDS.c.id)
            .where(CARDS.c.service == service, CARDS.c.id.in_(set(cards)))
        )
        found: dict[str, frozenset[str]] = {}
        with self._store.begin() as connection:
            for card, suggestion in connection.execute(wanted):
                found[card] = found.get(card, frozenset()) | ({suggestion} if suggestion else frozenset())
        return found

    def record(self, outcomes: Iterable[Outcome]) -> int:
        """Remember what became of cards; return how many were new (the same card at the same time is one)."""
        new = 0
        for outcome in outcomes:
            with suppress(Known), self._store.begin() as connection:
                _record(connection, outcome)
                new += 1
        return new

    def counts(self, rule: str) -> Counts:
        """Return how often a rule's suggestions were accepted, and its cards overridden, by reason."""
        accepted = (
            select(func.count(func.distinct(ACCEPTED.c.card + ACCEPTED.c.outcome_at)))
            .join(CARD_RULES, (CARD_RULES.c.card == ACCEPTED.c.card) & (CARD_RULES.c.suggestion == ACCEPTED.c.suggestion))
            .where(CARD_RULES.c.rule == rule)
        )  # fmt: skip
        overridden = (
            select(FEEDBACK.c.reason, func.count())
            .join(CARD_RULES, (CARD_RULES.c.card == FEEDBACK.c.card) & (CARD_RULES.c.suggestion == WHOLE))
            .where(CARD_RULES.c.rule == rule, FEEDBACK.c.outcome == "overridden")
            .group_by(FEEDBACK.c.reason)
        )
        with self._store.begin() as connection:
            reasons = {reason or "": times for reason, times in connection.execute(overridden)}
            return Counts(connection.scalar(accepted) or 0, dict(sorted(reasons.items())))

    def is_first(self, issuer: str, token: str, expires: int, now: int) -> bool:
        """Say whether a token id is seen for the first time, in any worker, and remember it until it expires."""
        identifier = hashlib.sha256(f"{issuer}\n{token}".encode("utf-8", "surrogatepass")).hexdigest()
        try:
            with self._store.begin() as connection:
                connection.execute(delete(TOKENS).where(TOKENS.c.expires < now))
                connection.execute(insert(TOKENS).values(id=identifier, expires=expires))
        except Known:
            return False
        return True


def _keep(connection: Connection, card: SentCard) -> None:
    connection.execute(insert(CARDS).values(id=card.id, service=card.service, decision=card.decision, sent_at=_now()))
    groups = {WHOLE: card.rules, **card.suggestions}
    rows = [
        {"card": card.id, "suggestion": suggestion, "rule": rule}
        for suggestion, rules in groups.items()
        for rule in dict.fromkeys(rules)
    ]
    if rows:
        connection.execute(insert(CARD_RULES), rows)


def _record(connection: Connection, outcome: Outcome) -> None:
    row = {
        "card": outcome.card,
        "outcome_at": outcome.at,
        "outcome": "overridden" if outcome.overridden else "accepted",
        "reason": outcome.reason,
        "reason_system": outcome.reason_system,
        "comment": outcome.comment,
        "received_at": _now(),
    }
    connection.execute(insert(FEEDBACK).values(**row))
    accepted = [{"card": outcome.card, "outcome_at": outcome.at, "suggestion": each} for each in outcome.accepted]
    if accepted:
        connection.execute(insert(ACCEPTED), accepted)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
