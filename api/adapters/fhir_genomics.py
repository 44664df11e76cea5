"""Molecular genetics: variants found, genes looked for without one, and what a laboratory says of a variant's class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from api.adapters.fhir_concepts import concept_of
from api.adapters.fhir_elements import Coding, Element
from api.adapters.fhir_reading import Leaf, Reading
from api.adapters.fhir_values import Setting, compared, setting_of

VARIANTS = "variants"
GERMLINE, SOMATIC = "constitutionnelle", "somatique"
PRESENT, ABSENT = "presente", "absente"
_FINER = ("hgvs_c", "hgvs_p", "hgvs_g", "sorte")  # components that say which variant of a gene
_OF_ALL = ("51958-7", "62374-4", "48013-7")  # LOINC: transcript, assembly, reference sequence; any other may say which
_PROTEIN = re.compile(r"p\.\(?([A-Z][a-z]{2})(\d+)([A-Z][a-z]{2}|=)\)?", re.ASCII)
_LETTERS = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H", "Ile": "I",
    "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W", "Tyr": "Y", "Val": "V",
    "Ter": "*",
}  # fmt: skip
# A tumour without a variant of one of these says nothing of the germline, where a variant changes care.
PREDISPOSITION = frozenset(
    "BRCA1 BRCA2 PALB2 ATM CHEK2 CDH1 PTEN STK11 TP53 MLH1 MSH2 MSH6 PMS2 EPCAM RAD51C RAD51D BARD1 BRIP1 APC MUTYH POLE POLD1"
    " VHL RET MEN1 SDHA SDHB SDHC SDHD CDKN2A CDK4 BAP1 FH FLCN NF1 NF2 RB1 WT1 DICER1 MITF".split()
)


def genomic_role(reading: Reading, observation: Element) -> str:
    """Return `variant`, `region` or nothing."""
    role = reading.maps.first("genomique", observation["code"].codings())
    return role if role in ("variant", "region") else ""


def read_genomics(reading: Reading, observation: Element, role: str) -> None:
    """Read a variant, or the genes of a region studied."""
    setting = setting_of(reading, observation)
    if setting is None:
        return
    if role == "region":
        _read_region(reading, observation)
        return
    components = _components(reading, observation)
    status, answer = _answer(reading, observation)
    genes = list(_genes(reading, components.get("gene", ())))
    if not genes:
        reading.lose(observation.pointer, "variant sans gène que l'ontologie connaisse", setting.code)
        return
    reading.use_all(observation["code"].codings())
    origin = _coded(reading, components.get("origine", ()), "origine_variant")
    in_blood = _in_blood(reading, observation)
    for gene in genes:
        row = _row(reading, observation, setting, components, gene, origin, status)
        reading.add_row(VARIANTS, row | {"prelevement": in_blood})
    if status and status["valeur"] == ABSENT and answer and not setting.certainty:
        if in_blood and not (origin and origin["valeur"] == GERMLINE):
            reading.lose(observation.pointer, "absence cherchée dans le sang : elle ne dit rien de la tumeur", answer)
        elif "finer" in components:
            reading.lose(observation.pointer, "absence d'un variant précis : le reste du gène est ouvert", answer)
        else:
            _say_complete(reading, genes, origin, answer)


def _row(
    reading: Reading, observation: Element, setting: Setting, components: dict[str, list[Element]], gene: Leaf,
    origin: Leaf | None, status: Leaf | None,
) -> dict[str, Leaf | str | None]:  # fmt: skip
    row: dict[str, Leaf | str | None] = {
        "gene": gene,
        "alteration": _alteration(reading, components, str(gene["valeur"])) or _unnamed(reading, components, status),
        "origine": origin,
        "statut": status,
        "classe": _class(reading, observation, components),
        "tumeur": "" if origin and origin["valeur"] == GERMLINE else setting.tumour,
        "certitude": setting.certainty,
    }
    if setting.date:
        row["date"] = reading.leaf(setting.date, observation.pointer, setting.code)
    for name, key in (("hgvs_c", "hgvs_c"), ("hgvs_p", "hgvs_p"), ("vaf", "vaf")):
        row[name] = _plain(reading, name, components.get(key, ()))
    return row


def _components(reading: Reading, observation: Element) -> dict[str, list[Element]]:
    """Return the components by their role."""
    found: dict[str, list[Element]] = {}
    for component in observation.each("component"):
        codings = component["code"].codings()
        role = reading.maps.first("genomique", codings)
        if role in _FINER or not (role or any(coding.code in _OF_ALL for coding in codings)):
            found.setdefault("finer", []).append(component)
        if role:
            reading.use_all(codings)
            found.setdefault(role, []).append(component)
        elif reading.maps.first("sorte", component["valueCodeableConcept"].codings()):
            found.setdefault("sorte", []).append(component)
    return found


def _in_blood(reading: Reading, observation: Element) -> Leaf | None:
    """Return the specimen where it is blood, or what circulates in it: a tumour's variant is often not found there."""
    cited = reading.resources.cited(observation["specimen"])
    for specimen, coding in reading.maps.each("prelevement", cited["type"].codings() if cited else ()):
        reading.use(coding.pointer)
        return reading.leaf(specimen, coding.pointer, coding)
    return None


def _answer(reading: Reading, observation: Element) -> tuple[Leaf | None, Coding | None]:
    value = observation["valueCodeableConcept"]
    for meaning, coding in reading.maps.each("statut_variant", value.codings()):
        reading.use_all(value.codings())
        return reading.leaf(meaning, value.pointer, coding), coding
    return None, None


def _genes(reading: Reading, components: Iterable[Element]) -> Iterator[Leaf]:
    """Yield the genes of gene components: translations of one gene, or (as some do) several genes in one concept."""
    for component in components:
        value = component["valueCodeableConcept"]
        codings = value.codings()
        named = [coding for coding in codings if coding.system == "HGNC"]
        found: dict[str, Any] = {}
        for coding in named or codings:
            gene = concept_of(reading, [coding], "gene")
            if gene:
                found.setdefault(str(gene[0]), coding)
        for identifier, coding in found.items():
            yield reading.leaf(identifier, value.pointer, coding)
        if not found and codings:
            reading.lose(value.pointer, "gène que l'ontologie ne connaît pas", codings[0])


def _coded(reading: Reading, components: Iterable[Element], table: str) -> Leaf | None:
    for component in components:
        value = component["valueCodeableConcept"]
        for meaning, coding in reading.maps.each(table, value.codings()):
            reading.use_all(value.codings())
            return reading.leaf(meaning, value.pointer, coding)
    return None


def _class(reading: Reading, observation: Element, components: dict[str, list[Element]]) -> Leaf | None:
    """Return the class that the variant, or an implication derived from it, states."""
    own = _coded(reading, components.get("classe", ()), "classe_variant")
    if own:
        return own
    for other in reading.derived.get(observation.pointer, ()):
        found = _coded(reading, _components(reading, other).get("classe", ()), "classe_variant")
        if found:
            reading.use_all(other["code"].codings())
            return found
    return None


def note_implications(reading: Reading) -> None:
    """Note once which observations are derived from which."""
    for other in reading.resources.of_type("Observation"):
        for source in other.each("derivedFrom"):
            cited = reading.resources.cited(source)
            if cited:
                reading.derived.setdefault(cited.pointer, []).append(other)


def _alteration(reading: Reading, components: dict[str, list[Element]], gene: str) -> Leaf | None:
    """Return the alteration, by its protein change or its kind, if the ontology has it."""
    for component in components.get("hgvs_p", ()):
        for coding in component["valueCodeableConcept"].codings():
            change = short(coding.code)
            found = reading.ontology.find(f"{gene} {change}", ("alteration",)) if change else None
            if found:
                return reading.leaf(found.id, component["valueCodeableConcept"].pointer, coding)
    for component in components.get("sorte", ()):
        value = component["valueCodeableConcept"]
        for kind, coding in reading.maps.each("sorte", value.codings()):
            for name in (f"{kind} {gene}", f"{kind} de {gene}", f"{kind}_{gene}", f"{gene}_{kind}"):
                found = reading.ontology.find(name, ("alteration",))
                if found:
                    reading.use_all(component["code"].codings())
                    return reading.leaf(found.id, value.pointer, coding)
    return None


def _unnamed(reading: Reading, components: dict[str, list[Element]], status: Leaf | None) -> Leaf | None:
    """Return an alteration that is absent and that the ontology has not, as an open one: nothing is said of its gene."""
    finer = components.get("finer", ())
    return reading.open("indetermine", finer[0].pointer) if finer and status and status["valeur"] == ABSENT else None


def short(protein: str) -> str:
    """Return `V600E` for `NP_004324.2:p.(Val600Glu)`."""
    found = _PROTEIN.search(protein)
    if not found or found[1] not in _LETTERS or found[3] not in _LETTERS:
        return ""
    return f"{_LETTERS[found[1]]}{found[2]}{_LETTERS[found[3]]}"


def _plain(reading: Reading, column: str, components: Iterable[Element]) -> Leaf | None:
    """Return a text or number column, where the dictionary has one."""
    records = reading.dictionary.items.get(VARIANTS)
    if records is None or column not in records.columns:
        return None
    for component in components:
        quantity, value = component["valueQuantity"], component["valueCodeableConcept"]
        number = compared(quantity, quantity["value"])
        if number is not None:
            return reading.leaf(number, quantity.pointer, None, unite=quantity["code"].text())
        for coding in value.codings():
            return reading.leaf(coding.code, value.pointer, coding)
    return None


def _read_region(reading: Reading, observation: Element) -> None:
    """Report the genes studied: that none was found in them is stated elsewhere, or not at all."""
    reading.use_all(observation["code"].codings())
    for component in observation.each("component"):
        reading.use_all(component["code"].codings())
        for coding in component["valueCodeableConcept"].codings():
            reason = "gène étudié : le lot n'énonce pas de résultat négatif, la recherche reste ouverte"
            reading.lose(component["valueCodeableConcept"].pointer, reason, coding)


def _say_complete(reading: Reading, genes: Iterable[Leaf], origin: Leaf | None, answer: Coding) -> None:
    """Write that the list of variants is complete for genes said free of them."""
    held = reading.records(VARIANTS)
    if held is None:
        return
    for gene in genes:
        where = gene["origine"]["pointeur"]
        if origin and origin["valeur"] == SOMATIC and gene["valeur"] in PREDISPOSITION:
            reading.lose(where, "absence cherchée dans la tumeur : elle ne dit rien du constitutionnel", answer)
            continue
        said: list[Any] = held.setdefault("complet", [])
        said.append(gene)
