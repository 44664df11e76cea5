"""A treatment → the types that French cancer documents code, read off the ontology."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from api.exports.cda.elements import NCIT, SNOMED, TERMS, Coded
from engine.ontology import Ontology


@dataclass(frozen=True, slots=True)
class Types:
    """A national list of treatment types: those that say something, and what a drug of no such type is."""

    types: tuple[Coded, ...]
    other_drug: Coded

    @property
    def codes(self) -> frozenset[Coded]:
        """Return every code of the list."""
        return frozenset((*self.types, OTHER, self.other_drug))


OTHER = Coded("GEN-092.03.01", TERMS, "autre(s) traitement(s)")
OTHER_DRUG = Coded("GEN-092.03.02", TERMS, "autre(s) traitement(s) médicamenteux spécifique(s)")
WATCH = Coded("MED-226", TERMS, "surveillance seule")
_TYPES = (
    Coded("387713003", SNOMED, "intervention chirurgicale"),
    Coded("C15313", NCIT, "radiothérapie"),
    Coded("C15195", NCIT, "curiethérapie"),
    Coded("MED-232", TERMS, "irathérapie"),
    Coded("C15632", NCIT, "chimiothérapie"),
    Coded("C93352", NCIT, "thérapie ciblée"),
    Coded("C547", NCIT, "hormonothérapie"),
    Coded("C15262", NCIT, "immunothérapie"),
    Coded("MED-126", TERMS, "allogreffe / autogreffe"),
    Coded("C63334", NCIT, "radiologie interventionnelle"),
    Coded("C157891", NCIT, "endoscopie interventionnelle"),
    Coded("MED-556", TERMS, "fenêtre thérapeutique"),
    Coded("MED-226", TERMS, "surveillance seule"),
    Coded("MED-227", TERMS, "surveillance active"),
    Coded("C15747", NCIT, "soins de support"),
    Coded("C15252", NCIT, "soins palliatifs"),
)
# JDV_TypeTraitement_FRCP (1.2.250.1.213.1.1.5.595)
BOARD = Types(_TYPES, OTHER_DRUG)
# JDV_TypeTraitementPPS (…5.478): another code for hormone therapy, none for supportive and palliative care
_PLAN_CODES = {"C547": "C15445", "C15747": "", "C15252": ""}
PLAN = Types(
    tuple(replace(each, code=code) for each in _TYPES if (code := _PLAN_CODES.get(each.code, each.code))), OTHER
)

_SYSTEMS = {SNOMED: "SNOMED CT", NCIT: "NCIt", TERMS: "TA_ASIP"}
_WATCHING, _DRUGS, _HELP = "surveillance", ("traitement_systemique", "medicament_non_antitumoral"), "soins_de_support"


def types_of(concept: str, ontology: Ontology, table: Types = BOARD) -> tuple[Coded, ...]:
    """Return the types of a treatment, in the table's order: several for a regimen of several, `OTHER` for none.

    A type is the finest class of the table above the treatment; those of its components come with it, supportive drugs
    of a regimen (folinic acid) aside. Watching, where no finer type is said, is watching alone.
    """
    found = set(_finest(concept, ontology, table))
    found |= {
        each
        for part in ontology.components.get(concept, ())
        if not ontology.is_a(part, _HELP)
        for each in _finest(part, ontology, table)
    }
    if found:
        return tuple(each for each in table.types if each in found)
    if ontology.is_a(concept, _WATCHING):
        return (WATCH,)
    return (table.other_drug if any(ontology.is_a(concept, each) for each in _DRUGS) else OTHER,)


def named_by(coded: Coded, ontology: Ontology) -> str:
    """Return the concept that a type stands for; empty if the ontology has none."""
    found = ontology.resolve(_SYSTEMS[coded.system], coded.code)
    return found[0] if len(found) == 1 else ""


def _finest(concept: str, ontology: Ontology, table: Types) -> list[Coded]:
    above = {each: name for each in table.types if (name := named_by(each, ontology)) and ontology.is_a(concept, name)}
    return [each for each, name in above.items() if not _is_coarser(name, above, ontology)]


def _is_coarser(name: str, above: Mapping[Coded, str], ontology: Ontology) -> bool:
    return any(other != name and ontology.is_a(other, name) for other in above.values())
