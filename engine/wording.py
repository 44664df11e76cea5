"""Answer → sentences, in French and in English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.verdicts import ENGLISH, FRENCH

NOTICE = {
    "fr": "contenu à valider, aide à la RCP",
    "en": "content to be validated, support for the tumour board",
}
_JOIN = {"fr": " et ", "en": " and "}
_BECAUSE = {"fr": "parce que", "en": "because"}
_MISSING = {"fr": "il manque", "en": "missing"}
_UNLESS = {"fr": "sauf si", "en": "unless"}

MODALITIES = {
    "fr": {
        "propose": "proposer", "consider": "envisager", "avoid": "éviter", "request": "demander", "refer": "orienter vers",
        "contraindicate": "contre-indiquer", "adapt": "adapter", "require": "exiger avant",
    },
    "en": {
        "propose": "propose", "consider": "consider", "avoid": "avoid", "request": "request", "refer": "refer to",
        "contraindicate": "contraindicate", "adapt": "adapt", "require": "require before",
    },
}  # fmt: skip


def verdict_word(verdict: str, language: str) -> str:
    """Return a verdict in words."""
    return (FRENCH if language == "fr" else ENGLISH)[verdict]


def sentence(
    verdict: str,
    title: str,
    why: Mapping[str, Any],
    missing: Iterable[Mapping[str, Any]],
    unless: Iterable[str],
    language: str,
) -> str:
    """Write one recommendation as a sentence: verdict, title, the reasons that count, what is missing."""
    parts = [f"{verdict_word(verdict, language).capitalize()} : {title}"]
    wanted = {"applies": "true", "applies_unless": "true", "does_not_apply": "false", "overridden": "true"}.get(verdict)
    reasons = [text for text in leaves(why, wanted) if text] if wanted else []
    if reasons:
        parts.append(f"{_BECAUSE[language]} {_JOIN[language].join(reasons[:4])}")
    names = list(dict.fromkeys(str(item["label"]) for item in missing))
    if names and verdict in ("undetermined", "applies_unless"):
        parts.append(f"{_MISSING[language]} : {', '.join(names[:5])}")
    doubts = list(unless)
    if doubts:
        parts.append(f"{_UNLESS[language]} {', '.join(doubts)}")
    return " ; ".join(parts) + "."


def leaves(node: Mapping[str, Any], truth: str | None) -> list[str]:
    """Return the criteria of one truth at the bottom of an explanation, with the value used."""
    if node.get("nodes"):
        below = [text for child in node["nodes"] for text in leaves(child, truth)]
        return list(dict.fromkeys(below)) if node.get("truth") == truth or truth == "false" else []
    if node.get("truth") != truth or node.get("text") in ("vrai", "faux", ""):
        return []
    value = node.get("value")
    return [f"{node['text']} ({value})" if value and value not in node["text"] else str(node["text"])]
