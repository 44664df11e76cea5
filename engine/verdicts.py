"""The seven verdicts of a rule and the four of a trial, in their order and in words."""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """What a rule comes to for a tumour."""

    REPLACED = "replaced"
    DOES_NOT_APPLY = "does_not_apply"
    OVERRIDDEN = "overridden"
    CONTRAINDICATED = "contraindicated"
    APPLIES = "applies"
    APPLIES_UNLESS = "applies_unless"
    UNDETERMINED = "undetermined"

    @property
    def french(self) -> str:
        """The verdict in French."""
        return FRENCH[self.value]


FRENCH = {
    "replaced": "remplacée",
    "does_not_apply": "ne s'applique pas",
    "overridden": "écartée",
    "contraindicated": "contre-indiquée",
    "applies": "s'applique",
    "applies_unless": "s'applique sauf réserve",
    "undetermined": "indéterminée",
    "eligible": "éligible",
    "possible": "possible",
    "not_eligible": "non éligible",
    "off_topic": "hors sujet",
}

ENGLISH = {
    "replaced": "replaced",
    "does_not_apply": "does not apply",
    "overridden": "set aside",
    "contraindicated": "contraindicated",
    "applies": "applies",
    "applies_unless": "applies unless",
    "undetermined": "undetermined",
    "eligible": "eligible",
    "possible": "possible",
    "not_eligible": "not eligible",
    "off_topic": "off the subject",
}
