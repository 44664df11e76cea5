"""The regions of France by their ISO 3166-2 code."""

from __future__ import annotations

from collections.abc import Mapping

NATIONAL = "FR"

REGIONS: Mapping[str, str] = {
    "FR-ARA": "Auvergne-Rhône-Alpes",
    "FR-BFC": "Bourgogne-Franche-Comté",
    "FR-BRE": "Bretagne",
    "FR-CVL": "Centre-Val de Loire",
    "FR-20R": "Corse",
    "FR-GES": "Grand Est",
    "FR-971": "Guadeloupe",
    "FR-973": "Guyane",
    "FR-HDF": "Hauts-de-France",
    "FR-IDF": "Île-de-France",
    "FR-974": "La Réunion",
    "FR-972": "Martinique",
    "FR-976": "Mayotte",
    "FR-NOR": "Normandie",
    "FR-NAQ": "Nouvelle-Aquitaine",
    "FR-OCC": "Occitanie",
    "FR-PDL": "Pays de la Loire",
    "FR-PAC": "Provence-Alpes-Côte d'Azur",
}


def region_name(code: str) -> str:
    """Return `Grand Est (FR-GES)`, or the code itself where it is not a region of France."""
    return f"{REGIONS[code]} ({code})" if code in REGIONS else code
