"""The one card for a board that asks about a record in which there is no tumour."""

from __future__ import annotations

from api.hooks.card import Card
from api.hooks.names import TOPICS
from api.hooks.tumour import OWN
from api.hooks.words import Words


def nothing_described(language: str) -> Card:
    """Return the card that says that there was nothing to evaluate."""
    say = Words(language)
    topic = {"system": TOPICS, "code": "no_tumour", "display": say("limits")}
    text = say("no_tumour")
    return Card("no_tumour", "info", text, text, {"label": OWN[say.language]}, topic)
