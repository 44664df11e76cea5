"""The importer's code maps read backwards: the standard codes of an item, of a value, of a concept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from api.adapters.fhir_elements import SYSTEMS
from api.adapters.fhir_maps import MAPS, CodeMaps, read_maps, shipped_maps
from api.adapters.fhir_own import CONCEPTS, ITEMS
from api.adapters.fhir_tnm import STAGE, item_id
from api.adapters.fhir_values import QUANTITY, SIGN
from engine.dictionary import Dictionary, Item
from engine.ontology import Concept, Ontology

Codes = tuple[tuple[str, str], ...]
JSON = dict[str, Any]

URIS: Mapping[str, str] = {name: uri for uri, name in reversed(tuple(SYSTEMS.items()))}
VERIFICATION, CLINICAL = "HL7 condition-ver-status", "HL7 condition-clinical"  # FHIR requires codes of these
_SPOKEN = ("autres.tsv", "loinc.tsv", "rxnorm.tsv", "snomed_ct.tsv")  # the others are of codes that CDA documents write
# Tables whose several codes of one meaning are synonyms: the first says it back. Elsewhere they are kinds of it, and none does.
_SYNONYMS = "presence oui_non grade isup oms lateralite menopause certitude actif tnm taille genomique absence contexte edition".split()
# A code that adds what a sheet has not said (an antibody, a way of testing) reads as the value, and is never said back.
_ONE_WAY = ("braf_ve1",)
_UNSUITED = {"topographie": ("CIM-10", "ICD-10-CM", "ADICAP", "PathLex", "OncoTree")}  # diseases are no places
_LOCAL = ("ADICAP", "PathLex", "OncoTree", "TA_ASIP")


@dataclass(frozen=True, slots=True)
class BackMaps:
    """Usage → meaning → the codes that mean it, in the order of the files."""

    maps: CodeMaps
    items: Mapping[str, tuple[tuple[str, str], str]]
    tnm: Mapping[str, Codes]
    said_by: Mapping[str, Mapping[str, Codes]]

    def codes(self, usage: str, meaning: str) -> Codes:
        """Return the codes that say a meaning back, at most one of each system; none where they would say more."""
        if usage in _ONE_WAY:
            return ()
        by_system: dict[str, list[str]] = {}
        for system, code in self.said_by.get(usage, {}).get(meaning, ()):
            by_system.setdefault(system, []).append(code)
        sure = {s: c[0] for s, c in by_system.items() if len(c) == 1 or usage in _SYNONYMS}
        return tuple((s, c) for s, c in sure.items() if self.maps.tables[usage][s, c] == (meaning,))

    def codings(self, usage: str, meaning: str, *systems: str) -> list[JSON]:
        """Return them as FHIR has it; of some systems only, if given."""
        return [coding(s, c) for s, c in self.codes(usage, meaning) if not systems or s in systems]


@lru_cache(maxsize=1)
def back_maps() -> BackMaps:
    """Return the shipped maps, read backwards."""
    maps = shipped_maps()
    spoken = read_maps((MAPS / name).read_text(encoding="utf-8") for name in _SPOKEN if (MAPS / name).is_file())
    said: dict[str, dict[str, Codes]] = {}
    for usage, table in spoken.tables.items():
        for key, meanings in table.items():
            for meaning in meanings if _goes_out(key) else ():
                by_meaning = said.setdefault(usage, {})
                by_meaning[meaning] = (*by_meaning.get(meaning, ()), key)
    return BackMaps(maps, _items(spoken), _tnm(spoken), said)


def _goes_out(key: tuple[str, str]) -> bool:
    """Say whether a code is one that FHIR readers know: those of CDA documents are for reading them."""
    return key[0] in URIS and key[0] not in _LOCAL


def coding(system: str, code: str, display: str = "") -> JSON:
    """Return a coding; the system by our name of it, or its address."""
    found = {"system": URIS.get(system, system), "code": code}
    return found | {"display": display} if display else found


def item_coding(item: Item) -> JSON:
    """Return our own code of an item."""
    return coding(ITEMS, item.id, item.label())


def standard_of(item: Item, dictionary: Dictionary) -> tuple[list[JSON], str]:
    """Return the standard codes of an item and how its values are coded; none where no code says just the item."""
    back = back_maps()
    if item.id in back.tnm:
        return [coding(*key) for key in back.tnm[item.id]], "tnm-valeur"
    if item.id in back.items:
        key, how = back.items[item.id]
        return [coding(*key)], how
    if item.id in ("taille_c", "taille_p"):
        return [coding(*back.said_by["taille"]["-"][-1])], QUANTITY  # the largest dimension, in the last row
    return _declared(item, dictionary), QUANTITY if item.kind in ("quantite", "entier") else "presence"


def _items(maps: CodeMaps) -> dict[str, tuple[tuple[str, str], str]]:
    """Return, for each item, the first code that says just it and how its values are coded."""
    found: dict[str, tuple[tuple[str, str], str]] = {}
    for key, meanings in maps.tables.get("item", {}).items():
        for meaning in meanings if _goes_out(key) else ():
            name, _, how = meaning.partition(":")
            if how not in _ONE_WAY and how != SIGN and not _adds(meanings):
                found.setdefault(name, (key, how))
    return found


def _tnm(maps: CodeMaps) -> dict[str, Codes]:
    """Return the codes of a category or stage in its context, SNOMED CT first (mCODE requires it)."""
    found: dict[str, Codes] = {}
    for key, (meaning, *_) in maps.tables.get("tnm", {}).items():
        axis, _, context = meaning.partition(" ")
        contexts = (
            (context,) if context in ("c", "p") else ("yc", "yp", "r") if context == "-" and axis != STAGE else ()
        )
        for item in (item_id(axis, c) for c in contexts if _goes_out(key)):
            found[item] = (*found.get(item, ()), key)
    ninth = {f"{item}_tnm9": keys for item, keys in found.items()}
    return {item: tuple(sorted(keys, reverse=True)) for item, keys in (found | ninth).items()}


def _adds(meanings: tuple[str, ...]) -> bool:
    return any(":=" in meaning for meaning in meanings)


def _declared(item: Item, dictionary: Dictionary) -> list[JSON]:
    """Return the dictionary's own code, where the maps do not read it as something else and no other item has it."""
    table = back_maps().maps.tables.get("item", {})
    taken = {**table, **back_maps().maps.tables.get("taille", {})}
    for system, codes in item.codes.items():
        for code in codes:
            holders = [i for i in dictionary.items.values() if code in i.codes.get(system, ())]
            if system in URIS and (system, code) not in taken and len(holders) == 1:
                return [coding(system, code)]
    return []


def tnm_meaning(item: Item, value: str) -> str:
    """Return how the maps write a category or stage of an item: `cT2`, `stade IIA`."""
    if item.id.startswith(STAGE):
        return f"{STAGE} {value}"
    return item.id.partition("_tnm")[0][:-1] + value


def concept_codings(concept: Concept, ontology: Ontology) -> list[JSON]:
    """Return the standard codes that mean just this concept, then our own."""
    unsuited = (*_LOCAL, *_UNSUITED.get(concept.branch, ()))
    return [*_exact(concept, ontology, unsuited), own_concept(concept)]


def own_concept(concept: Concept) -> JSON:
    """Return our own code of a concept."""
    return coding(CONCEPTS, concept.id, concept.label())


def disease_codings(concept: Concept, ontology: Ontology) -> list[JSON]:
    """Return the codes of a cancer of this place."""
    return [c for c in _exact(concept, ontology, ()) if c["system"] == URIS["CIM-10"]]


def _exact(concept: Concept, ontology: Ontology, without: tuple[str, ...]) -> Iterator[JSON]:
    for system, codes in sorted(concept.codes.items()):
        if system in URIS and system not in without:
            exact = (code for code in codes if ontology.resolve(system, code) == (concept.id,))
            yield from (coding(system, code) for code in list(exact)[:1])
