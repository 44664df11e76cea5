"""The services on offer and what discovery tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from api.hooks.names import PATIENT_SERVICE, PATIENT_VIEW, RCP_REVIEW, RCP_SERVICE, SPECIFICATION

PATIENT = "{{context.patientId}}"
# One query for each type that the reading of FHIR uses, in the subset of FHIR that every client can run.
PREFETCH: Mapping[str, str] = MappingProxyType(
    {
        "patient": f"Patient/{PATIENT}",
        "conditions": f"Condition?patient={PATIENT}",
        "observations": f"Observation?patient={PATIENT}",
        "procedures": f"Procedure?patient={PATIENT}",
        "medicationRequests": f"MedicationRequest?patient={PATIENT}",
        "medicationStatements": f"MedicationStatement?patient={PATIENT}",
        "medicationAdministrations": f"MedicationAdministration?patient={PATIENT}",
        "allergies": f"AllergyIntolerance?patient={PATIENT}",
        "familyHistories": f"FamilyMemberHistory?patient={PATIENT}",
        "serviceRequests": f"ServiceRequest?patient={PATIENT}",
    }
)
# Without these a value could be taken for the latest that is not; of the rest, what is missing stays unknown.
NEEDED = frozenset({"patient", "conditions", "observations"})


@dataclass(frozen=True, slots=True)
class HookService:
    """One service: the hook it answers, and how it is told in French and English."""

    id: str
    hook: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    usage: Mapping[str, str]
    hook_version: str = ""

    def told(self, language: str, access: str) -> dict[str, Any]:
        """Return the service as discovery lists it; `access` says who may call."""
        return {
            "hook": self.hook,
            "title": self.title[language],
            "description": self.description[language],
            "id": self.id,
            "version": SPECIFICATION,
            "prefetch": dict(PREFETCH),
            "usageRequirements": f"{self.usage[language]} {access}",
        } | ({"hookVersion": self.hook_version} if self.hook_version else {})


_DATA = {
    "fr": "Les données patient, conditions et observations sont nécessaires et entières ; les autres, si elles manquent, "
    "restent inconnues et la réponse le dit. Contenu à valider, aide à la RCP.",
    "en": "patient, conditions and observations are needed, and whole; of the rest, what is missing stays unknown and "
    "the answer says so. Content to be validated, support for the tumour board.",
}
SERVICES: Mapping[str, HookService] = MappingProxyType(
    {
        each.id: each
        for each in (
            HookService(
                PATIENT_SERVICE,
                PATIENT_VIEW,
                {"fr": "Recommandations et essais en cancérologie", "en": "Cancer guidelines and trials"},
                {
                    "fr": "À l'ouverture d'un dossier : ce que disent les référentiels français pour ce cancer, ce qui "
                    "manque pour décider, la sécurité avant traitement, les essais.",
                    "en": "When a record is opened: what French guidelines say of this cancer, what is missing to decide, "
                    "safety before treatment, trials.",
                },
                _DATA,
            ),
            HookService(
                RCP_SERVICE,
                RCP_REVIEW,
                {"fr": "Revue d'un dossier en RCP", "en": "Review of a case at the tumour board"},
                {
                    "fr": "En RCP : ce que disent les référentiels nationaux et régionaux à la date de la RCP, ce qui manque "
                    "pour décider, la sécurité avant traitement, les essais.",
                    "en": "At the tumour board: what national and regional guidelines say on the day of the board, what is "
                    "missing to decide, safety before treatment, trials.",
                },
                {
                    "fr": "Contexte : userId, patientId ; au choix encounterId, sheetId, rcpDate, region, centre, et sheet (la "
                    f"fiche native, à la place du prefetch). {_DATA['fr']}",
                    "en": "Context: userId, patientId; optional encounterId, sheetId, rcpDate, region, centre, and sheet (the "
                    f"native sheet, in place of prefetch). {_DATA['en']}",
                },
                "1.0.0",
            ),
        )
    }
)


def discovery(language: str, access: str) -> dict[str, Any]:
    """Return the body of discovery."""
    return {"services": [each.told(language, access) for each in SERVICES.values()]}
