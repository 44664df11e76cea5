"""The names that clients of the hooks rely on: hooks, services, code systems, keys of extensions, reasons to override."""

from __future__ import annotations

from collections.abc import Mapping

from api.exports import CANONICAL

PATIENT_VIEW = "patient-view"
RCP_REVIEW = "fr.oncorules.rcp-review"  # no hook for a tumour board is published: a name of our own
PATIENT_SERVICE = "oncorules-patient-view"
RCP_SERVICE = "oncorules-rcp-review"
SPECIFICATION = "3.0.0-ballot"

KEYS = "fr.oncorules."  # begins every key of ours in an `extension`
QUESTIONS = f"{CANONICAL}/CodeSystem/question"
TOPICS = f"{CANONICAL}/CodeSystem/card-topic"
CONCEPTS = f"{CANONICAL}/CodeSystem/concept"
ITEMS = f"{CANONICAL}/CodeSystem/item"
PROBLEMS = f"{CANONICAL}/CodeSystem/problem"
REASONS = f"{CANONICAL}/CodeSystem/override-reason"

# The four reasons that the French literature on decision support in tumour boards found.
OVERRIDES: Mapping[str, Mapping[str, str]] = {
    "choix-rcp": {"fr": "choix de la RCP", "en": "choice of the tumour board"},
    "cas-particulier": {"fr": "cas particulier", "en": "particular case"},
    "evolution-pratiques": {"fr": "évolution des pratiques", "en": "practice has moved on"},
    "choix-patient": {"fr": "choix du patient", "en": "choice of the patient"},
}


def override_reasons(language: str) -> list[dict[str, str]]:
    """Return the reasons that every card offers, each with code, system and display."""
    return [{"code": code, "system": REASONS, "display": words[language]} for code, words in OVERRIDES.items()]
