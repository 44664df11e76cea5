"""Our own names inside FHIR, beside the standard codes: what a sheet says exactly, and where each column of a row stands.

The exporter writes by these tables and the importer reads by them. A code of ours says the same as the standard codes
beside it, exactly; who does not know it reads those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from api.exports import CANONICAL
from engine.dictionary import Item

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
ITEMS = f"{CANONICAL}/CodeSystem/items"  # an item of the dictionary, or `list.column`
VALUES = f"{CANONICAL}/CodeSystem/values"  # `item=value`; values that may each be meant are joined by ` ou `
CONCEPTS = f"{CANONICAL}/CodeSystem/concepts"  # a concept of the ontology
JUDGEMENTS = f"{CANONICAL}/CodeSystem/judgements"
WORDS = f"{CANONICAL}/CodeSystem/words"  # `edition=8`, `methode=…`, `prelevement=…`
OURS = (ITEMS, VALUES, CONCEPTS, JUDGEMENTS, WORDS)
TUMOUR = f"{CANONICAL}/identifiers/tumour"
ROW = f"{CANONICAL}/StructureDefinition/row-"  # the profile of a row, by its list
COLUMN = f"{CANONICAL}/StructureDefinition/column"
CERTAINTY = f"{CANONICAL}/StructureDefinition/certainty"
ABSENT = f"{CANONICAL}/StructureDefinition/absent"
COMPLETE = f"{CANONICAL}/StructureDefinition/complete"
LOOKED_FOR, FREE_OF = "genes-complete", "gene-absent"  # profiles of genes whose variants are all listed, or have none
SUSPECTED, EITHER, YEARS = "suspecte", " ou ", "a"
FRAMES = ("edition", "methode", "prelevement")

_DRUG = {
    "concept": "medicationCodeableConcept",
    "debut": "effectivePeriod/start",
    "fin": "effectivePeriod/end",
}
# (list, resource) → column → where it stands: keys and indexes; `@` an extension, `#` a component by its role
PLACES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("traitements", "MedicationStatement"): {
        **_DRUG,
        "motif_arret": "statusReason/0",
        "intention": "@mcode-treatment-intent/valueCodeableConcept",
        "tumeur": "reasonReference/0",
    },
    ("traitements", "Procedure"): {
        "concept": "code",
        "debut": "performedPeriod/start",
        "fin": "performedPeriod/end",
        "motif_arret": "statusReason",
        "intention": "@mcode-procedure-intent/valueCodeableConcept",
        "site": "bodySite/0",
        "dose_gy": "@mcode-radiotherapy-dose-delivered-to-volume/@totalDoseDelivered/valueQuantity",
        "tumeur": "reasonReference/0",
    },
    ("proposition_traitements", "MedicationRequest"): {
        "concept": "medicationCodeableConcept",
        "intention": "@mcode-treatment-intent/valueCodeableConcept",
        "tumeur": "reasonReference/0",
    },
    ("proposition_traitements", "ServiceRequest"): {
        "concept": "code",
        "prevu": "occurrenceDateTime",
        "intention": "@mcode-procedure-intent/valueCodeableConcept",
        "tumeur": "reasonReference/0",
    },
    ("comedications", "MedicationStatement"): _DRUG,
    ("comorbidites", "Condition"): {
        "concept": "code",
        "debut": "onsetDateTime",
        "fin": "abatementDateTime",
        "actif": "clinicalStatus",
    },
    ("metastases", "Condition"): {
        "site": "bodySite/0",
        "date": "onsetDateTime",
        "tumeur": "@mcode-related-primary-cancer-condition/valueReference",
    },
    ("variants", "Observation"): {
        "gene": "#gene/valueCodeableConcept",
        "hgvs_c": "#hgvs_c/valueCodeableConcept",
        "hgvs_p": "#hgvs_p/valueCodeableConcept",
        "origine": "#origine/valueCodeableConcept",
        "classe": "#classe/valueCodeableConcept",
        "vaf": "#vaf/valueQuantity",
        "statut": "valueCodeableConcept",
        "date": "effectiveDateTime",
        "tumeur": "focus/0",
    },
    ("autres_cancers", "Condition"): {
        "topographie": "bodySite/0",
        "morphologie": "@mcode-histology-morphology-behavior/valueCodeableConcept",
        "date_diagnostic": "@condition-assertedDate/valueDateTime",
    },
    ("antecedents_familiaux", "FamilyMemberHistory"): {
        "concept": "condition/0/code",
        "topographie": "condition/0/code",
        "lien": "relationship",
        "age": "condition/0/onsetAge",
    },
    ("lesions", "Observation"): {
        "site": "bodySite",
        "taille": "valueQuantity",
        "date": "effectiveDateTime",
        "tumeur": "focus/0",
    },
    ("examens", "Procedure"): {"concept": "code", "date": "performedDateTime"},
    ("examens", "ServiceRequest"): {"concept": "code", "date": "occurrenceDateTime"},
    ("allergies", "AllergyIntolerance"): {"concept": "code", "date": "onsetDateTime"},
}
# (list, resource) → the column that the status says, and its values; the first status of a value is the one written
STATUSES: Mapping[tuple[str, str], tuple[str, Mapping[str, str | bool]]] = {
    ("traitements", "MedicationStatement"): ("en_cours", {"active": True, "completed": False, "stopped": False}),
    ("traitements", "Procedure"): ("en_cours", {"in-progress": True, "completed": False, "stopped": False}),
    ("comedications", "MedicationStatement"): ("en_cours", {"active": True, "completed": False, "stopped": False}),
    ("examens", "Procedure"): ("statut", {"completed": "fait", "not-done": "non_fait"}),
    ("examens", "ServiceRequest"): ("statut", {"active": "demande"}),
}
EXTENSIONS: Mapping[str, str] = {
    "condition-assertedDate": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
    "totalDoseDelivered": "totalDoseDelivered",
}


def extension_url(name: str) -> str:
    """Return the address of an extension that a place names."""
    return EXTENSIONS.get(name, MCODE + name)


def column_of(records: Item, name: str) -> Item | None:
    """Return a column under its whole name, as our codes have it."""
    column = records.columns.get(name)
    return replace(column, id=f"{records.id}.{column.id}") if column else None
