"""What people did with cards, as they report it: validated with every problem at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from api.hooks.call import UUID, required, wrong
from api.hooks.failures import Malformed
from api.hooks.names import OVERRIDES, REASONS
from api.store.hooks import Outcome
from engine.problems import Problem

MOST = 500
MOST_ACCEPTED = 100  # of one card; a card offers far fewer
LONGEST_COMMENT = 5000
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]00:00)", re.ASCII)
Json = Mapping[str, Any]


def read_feedback(body: Json, keep_comments: bool) -> list[Outcome]:
    """Return what a body reports; raise `Malformed` with every problem. A free comment is kept only where that is chosen."""
    listed = body.get("feedback")
    if listed is None:
        raise Malformed([required("/feedback", "la liste de ce qui est advenu des cartes")])
    if not isinstance(listed, list) or not listed:
        raise Malformed([wrong("/feedback", "`feedback` est une liste non vide")])
    if len(listed) > MOST:
        raise Malformed([wrong("/feedback", f"`feedback` a plus de {MOST} éléments", "envoyez-les en plusieurs fois")])
    problems = [problem for number, each in enumerate(listed) for problem in _of_entry(each, f"/feedback/{number}")]
    if problems:
        raise Malformed(problems)
    return [_outcome(each, keep_comments) for each in listed]


def unknown(body: list[Outcome], sent: Mapping[str, frozenset[str]]) -> list[Problem]:
    """Return the cards and suggestions that the service never sent."""
    found = []
    for number, each in enumerate(body):
        if each.card not in sent:
            found.append(wrong(f"/feedback/{number}/card", "ce service n'a envoyé aucune carte de ce nom", code="carte-inconnue"))  # fmt: skip
            continue
        for place, suggestion in enumerate(each.accepted):
            if suggestion not in sent[each.card]:
                pointer = f"/feedback/{number}/acceptedSuggestions/{place}/id"
                found.append(wrong(pointer, "la carte n'a pas cette suggestion", code="suggestion-inconnue"))
    return found


def _of_entry(entry: object, place: str) -> Iterator[Problem]:
    if not isinstance(entry, Mapping):
        yield wrong(place, "un élément est un objet", '{"card", "outcome", "outcomeTimestamp", …}')
        return
    for key in ("card", "outcome", "outcomeTimestamp"):
        if entry.get(key) is None:
            yield required(f"{place}/{key}", "chaque élément le dit")
    card, outcome, at = entry.get("card"), entry.get("outcome"), entry.get("outcomeTimestamp")
    if card is not None and not _is_uuid(card):
        yield wrong(f"{place}/card", "`card` est l'uuid de la carte")
    if outcome is not None and outcome not in ("accepted", "overridden"):
        yield wrong(f"{place}/outcome", "`outcome` est `accepted` ou `overridden`")
    if at is not None and _instant(at) is None:
        yield wrong(
            f"{place}/outcomeTimestamp", "`outcomeTimestamp` est un instant RFC 3339 en UTC", "2026-11-20T09:30:00Z"
        )
    yield from _of_accepted(entry, f"{place}/acceptedSuggestions")
    if entry.get("overrideReason") is not None:
        yield from _of_reason(entry["overrideReason"], f"{place}/overrideReason")


def _of_accepted(entry: Json, place: str) -> Iterator[Problem]:
    listed = entry.get("acceptedSuggestions")
    if entry.get("outcome") == "accepted" and not listed:
        yield required(place, "les suggestions acceptées", '[{"id": "…"}]')
    elif listed is not None and not isinstance(listed, list):
        yield wrong(place, "`acceptedSuggestions` est une liste")
    elif listed is not None and len(listed) > MOST_ACCEPTED:
        yield wrong(place, f"`acceptedSuggestions` a plus de {MOST_ACCEPTED} éléments")
        return
    for number, each in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(each, Mapping) or not _is_uuid(each.get("id")):
            yield wrong(f"{place}/{number}/id", "`id` est l'uuid d'une suggestion")


def _of_reason(reason: object, place: str) -> Iterator[Problem]:
    if not isinstance(reason, Mapping):
        yield wrong(place, "`overrideReason` est un objet")
        return
    coded, comment = reason.get("reason"), reason.get("userComment")
    if coded is None and comment is None:
        yield required(f"{place}/reason", "un motif codé (`reason`), un commentaire (`userComment`), ou les deux")
    if comment is not None and (not isinstance(comment, str) or len(comment) > LONGEST_COMMENT):
        yield wrong(f"{place}/userComment", f"`userComment` est un texte d'au plus {LONGEST_COMMENT} caractères")
    if coded is not None and not isinstance(coded, Mapping):
        yield wrong(f"{place}/reason", "`reason` est un objet", '{"code", "system"}')
        return
    # A code is kept and counted in public: only those that the cards offer, as another text could hold identity.
    for key, offered in (("code", tuple(OVERRIDES)), ("system", (REASONS,))):
        value = (coded or {}).get(key)
        if coded is not None and value is None:
            yield required(f"{place}/reason/{key}", "un motif codé a un code et un système")
        elif coded is not None and value not in offered:
            hint = "motifs des cartes : " + ", ".join(f"`{each}`" for each in offered)
            yield wrong(f"{place}/reason/{key}", "ce motif n'est pas de ceux que les cartes proposent", hint)


def _is_uuid(value: object) -> bool:
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    whole, _, rest = value.upper().removesuffix("Z").partition(".")
    try:
        at = datetime.fromisoformat(whole[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at.replace(microsecond=int(rest[:6].partition("+")[0].partition("-")[0].ljust(6, "0"))) if rest else at


def _outcome(entry: Json, keep_comments: bool) -> Outcome:
    at = _instant(entry["outcomeTimestamp"])
    told: Json = entry.get("overrideReason") or {}
    coded: Json = told.get("reason") or {}
    overridden = entry["outcome"] == "overridden"
    accepted = dict.fromkeys(str(each["id"]).lower() for each in entry.get("acceptedSuggestions") or ())
    return Outcome(
        card=entry["card"].lower(),
        at=at.isoformat() if at else "",
        accepted=() if overridden else tuple(accepted),
        reason=coded.get("code") if overridden else None,
        reason_system=coded.get("system") if overridden else None,
        comment=told.get("userComment") if overridden and keep_comments else None,
        overridden=overridden,
    )
