"""Treatments, regimens, exams, conditions, genes and alterations: what lies below what, what is made of what, which code is which."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.names import fold
from engine.ontology import Ontology
from tests.conftest import ROOT

FOLDER = ROOT / "ontologies"
BRANCHES = ("traitement", "examen", "affection", "gene", "alteration")
FORMS = {
    "ATC": re.compile(r"[A-Z](\d{2}([A-Z]([A-Z](\d{2})?)?)?)?"),
    "CIM-10": re.compile(r"[A-Z]\d{2}(\.\d{1,2})?"),
    "HGNC": re.compile(r"HGNC:\d+"),
    "LOINC": re.compile(r"\d{1,5}-\d"),
    "NCIt": re.compile(r"C\d+"),
    "RxNorm": re.compile(r"\d+"),
    "SNOMED CT": re.compile(r"\d{6,18}"),
    "TA_ASIP": re.compile(r"(MED|ORG)-\d{3}|GEN-\d{3}(\.\d{2})*"),
}
# Genes that rules or documents name and the common list of 135 does not hold.
OTHER_GENES = set(
    "RAD54L MRE11 RAD50 HOXB13 BMPR1A SPOP MITF POT1 EML4 HLA-A G6PD RNF43 FOLH1 DLL3 TACSTD2 NTHL1 ERG ETV6 CDKN2B KDM5D "
    "POF1B POLRMT EIF1AX".split()
)
# Photosensitisers, a withdrawn antiparasitic cytotoxic and a topical retinoid: no rule of the six sites names them.
UNNAMED_DRUGS = {"L01XD01", "L01XD03", "L01XD04", "L01XX09", "L01XX22", "L01XX"}
# Older LOINC or local codes of documents that neither list of codes repeats.
SEEN_LOINC = {"48676-1", "26499-4", "29593-1", "85330-9", "51969-4"}

BELOW = [
    ("capecitabine", "fluoropyrimidine"),
    ("tegafur", "fluoropyrimidine"),
    ("fluoropyrimidine", "chimiotherapie"),
    ("doxorubicine", "anthracycline"),
    ("carboplatine", "sel_de_platine"),
    ("docetaxel", "taxane"),
    ("exemestane", "inhibiteur_de_l_aromatase"),
    ("gosereline", "suppression_ovarienne"),
    ("leuproreline", "suppression_androgenique"),
    ("pembrolizumab", "anti_pd1"),
    ("durvalumab", "anti_pd1_pdl1"),
    ("ipilimumab", "inhibiteur_de_point_de_controle_immunitaire"),
    ("trastuzumab_deruxtecan", "anti_her2"),
    ("trastuzumab_deruxtecan", "anticorps_conjugue"),
    ("abemaciclib", "anti_cdk4_6"),
    ("osimertinib", "tki_de_l_egfr"),
    ("abiraterone", "arpi"),
    ("acide_zoledronique", "agent_osseux"),
    ("phenytoine", "inducteur_puissant_du_cyp3a4"),
    ("sorivudine", "analogue_nucleosidique_inhibiteur_de_la_dpd"),
    ("curage_axillaire", "chirurgie"),
    ("tumorectomie", "exerese_de_la_tumeur_primitive"),
    ("radiotherapie_5x5_gy", "radiotherapie_pelvienne"),
    ("folfox", "chimiotherapie_a_base_d_oxaliplatine"),
    ("folfox", "chimiotherapie_a_base_de_platine"),
    ("ec_paclitaxel", "chimiotherapie_a_base_de_taxane"),
    ("ec", "chimiotherapie_a_base_d_anthracycline"),
    ("lv5fu2", "fluoropyrimidine_seule"),
    ("cisplatine_vinorelbine", "doublet_a_base_de_platine"),
    ("cisplatine_pemetrexed", "platine_pemetrexed"),
    ("keynote_522", "chimiotherapie_et_anti_pd1_pdl1"),
    ("ribociclib_ia", "hormonotherapie_et_anti_cdk4_6"),
    ("surveillance_active", "surveillance"),
    ("braf_v600e", "braf_v600"),
    ("egfr_l858r", "egfr_activatrice_classique"),
    ("egfr_activatrice_classique", "egfr_sensible"),
    ("egfr_a763_y764insfqea", "egfr_sensible"),
    ("kras_g12c", "ras_mutee"),
    ("ntrk2_fusion", "fusion_ntrk"),
    ("pik3ca_h1047", "activation_pi3k_akt"),
    ("brca2_pathogene", "hrr_pathogene"),
    ("BRCA1", "genes_hrr"),
    ("pneumopathie_medicamenteuse", "pneumopathie_interstitielle_diffuse"),
    ("maladie_de_crohn", "maladie_auto_immune"),
    ("epilepsie", "convulsions"),
    ("test_brca_constitutionnel", "test_brca"),
    ("irm_pelvienne", "imagerie"),
]
NOT_BELOW = [
    ("fluorouracile_topique", "fluoropyrimidine"),
    ("folfox", "fluoropyrimidine_seule"),
    ("folfox", "fluoropyrimidine"),
    ("capecitabine", "fluoropyrimidine_seule"),
    ("trifluridine_tipiracil", "fluoropyrimidine"),
    ("trastuzumab_emtansine", "trastuzumab"),
    ("egfr_insertion_exon_20", "egfr_sensible"),
    ("egfr_insertion_exon_20", "egfr_activatrice_classique"),
    ("egfr_t790m", "egfr_sensible"),
    ("braf_classe_2", "braf_v600"),
    ("kras_g12c", "addiction_oncogenique_cbnpc"),
    ("ovariectomie_bilaterale", "hormonotherapie"),
    ("antagoniste_de_la_lhrh", "suppression_ovarienne"),
    ("carboplatine_paclitaxel_pembrolizumab", "chimiotherapie"),
    ("adt_arpi", "suppression_androgenique"),
    ("radiochimiotherapie", "radiotherapie"),
    ("ganglion_sentinelle", "exerese_de_la_tumeur_primitive"),
    ("cisplatine_fluorouracile", "doublet_a_base_de_platine"),
    ("syndrome_de_gilbert", "hepatopathie"),
    ("surveillance", "traitement_antitumoral"),
]
CONTAINS = [
    ("folfox", "fluoropyrimidine"),
    ("mfolfirinox", "oxaliplatine"),
    ("flot", "taxane"),
    ("tpf", "cisplatine"),
    ("cap50", "capecitabine"),
    ("cap50", "radiotherapie"),
    ("tchp", "anti_her2"),
    ("keynote_522", "anthracycline"),
    ("keynote_522", "anti_pd1_pdl1"),
    ("doublet_a_base_de_platine", "sel_de_platine"),
    ("encorafenib_cetuximab_folfox", "inhibiteur_de_braf"),
    ("dabrafenib_trametinib", "inhibiteur_de_mek"),
    ("adt_docetaxel_darolutamide", "arpi"),
    ("nivolumab_relatlimab", "anti_pd1"),
    ("tnt_prodige_23", "fluoropyrimidine"),
    ("carboplatine_paclitaxel_pembrolizumab", "chimiotherapie"),
    ("r_chop", "corticoide"),
]


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return Ontology.read((FOLDER / "index.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def terminologies(shared: Path) -> Path:
    return shared / "data" / "terminologies"


def rows(path: Path, delimiter: str = "\t") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter=delimiter))


def codes(ontology: Ontology, system: str) -> Iterator[tuple[str, str]]:
    """Pairs of code and concept, of the branches of this file."""
    for code, concepts in ontology.codes.get(system, {}).items():
        yield from ((code, concept) for concept in concepts if ontology.concepts[concept].branch in BRANCHES)


@pytest.mark.parametrize(("lower", "upper"), BELOW)
def test_lies_below(ontology: Ontology, lower: str, upper: str) -> None:
    assert ontology.is_a(lower, upper)


@pytest.mark.parametrize(("lower", "upper"), NOT_BELOW)
def test_does_not_lie_below(ontology: Ontology, lower: str, upper: str) -> None:
    assert lower in ontology.concepts
    assert upper in ontology.concepts
    assert not ontology.is_a(lower, upper)


@pytest.mark.parametrize(("regimen", "component"), CONTAINS)
def test_regimen_contains(ontology: Ontology, regimen: str, component: str) -> None:
    assert any(ontology.is_a(part, component) for part in ontology.concepts[regimen].parts)


def test_a_platinum_doublet_may_be_cisplatin_and_never_is_oxaliplatin(ontology: Ontology) -> None:
    own = ontology.own["doublet_a_base_de_platine"]
    assert ontology.containing("cisplatine").possible & own
    assert not ontology.containing("cisplatine").sure & own
    assert not ontology.containing("oxaliplatine").possible & own


def test_contraindicated_chemotherapy_partner_leaves_plain_chemotherapy_alone(ontology: Ontology) -> None:
    """An immunotherapy's safety must not mark « chimiothérapie »: no chemoimmunotherapy lies below it."""
    assert not ontology.containing("anti_pd1_pdl1").possible & ontology.masks["chimiotherapie"]
    assert not ontology.containing("anti_her2").possible & ontology.masks["chimiotherapie"]


def test_every_regimen_is_made_of_treatments_and_not_of_itself(ontology: Ontology) -> None:
    for concept in ontology.concepts.values():
        if concept.branch == "traitement":
            assert all(ontology.concepts[part].branch == "traitement" for part in concept.parts), concept.id
            assert not any(ontology.is_a(part, concept.id) for part in concept.parts), concept.id


def test_surveillance_excludes_antitumour_treatment_in_all_its_forms(ontology: Ontology) -> None:
    forms = [c for c in ontology.concepts if ontology.is_a(c, "surveillance")]
    assert len(forms) >= 5
    assert all(ontology.concepts[form].excludes == ("traitement_antitumoral",) for form in forms)


def test_there_are_enough_concepts_with_both_labels(ontology: Ontology) -> None:
    mine = [c for c in ontology.concepts.values() if c.branch in BRANCHES]
    assert len(mine) >= 450
    assert all(c.labels.get("fr") and c.labels.get("en") for c in mine)


def test_a_name_means_one_concept_of_its_branch(ontology: Ontology) -> None:
    bearers = Counter(
        name
        for c in ontology.concepts.values()
        for name in {(c.branch, fold(n)) for n in (c.id, *c.labels.values(), *c.other_names)}
        if c.branch in BRANCHES
    )
    assert [name for name, times in bearers.items() if times > 1] == []


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("IA", "inhibiteur_de_l_aromatase"),
        ("LHRH", "agoniste_de_la_lhrh"),
        ("EC", "ec"),
        ("TCH", "tch"),
        ("FEC", "fec100"),
        ("GS", "ganglion_sentinelle"),
        ("Herceptin", "trastuzumab"),
        ("T-DXd", "trastuzumab_deruxtecan"),
        ("XELOX", "capox"),
        ("chirurgie conservatrice du sein", "tumorectomie"),
        ("AVK", "antivitamine_k"),
    ],
)
def test_usual_names_are_read(ontology: Ontology, name: str, concept: str) -> None:
    found = ontology.find(name, ("traitement",))
    assert found is not None
    assert found.id == concept


def test_codes_have_the_form_of_their_system(ontology: Ontology) -> None:
    for system, form in FORMS.items():
        assert [code for code, _ in codes(ontology, system) if not form.fullmatch(code)] == [], system


def test_an_ambiguous_code_is_a_known_one(ontology: Ontology) -> None:
    ambiguous = {
        (system, code)
        for system in FORMS
        for code, times in Counter(code for code, _ in codes(ontology, system)).items()
        if times > 1
    }
    assert ambiguous == {("ATC", "L01BC02"), ("SNOMED CT", "234262008")}


def test_atc_is_that_of_after_2022_and_the_old_codes_are_still_read(ontology: Ontology) -> None:
    assert ontology.concepts["trastuzumab"].codes["ATC"][0] == "L01FD01"
    assert ontology.resolve("ATC", "L01FD01") == ontology.resolve("ATC", "L01XC03") == ("trastuzumab",)
    assert set(ontology.resolve("ATC", "L01BC02")) == {"fluorouracile", "fluorouracile_topique"}


def test_french_drug_list_is_read(ontology: Ontology, terminologies: Path) -> None:
    """Every antineoplastic of the French list has a concept, named as its INN wherever the list names one."""
    for row in rows(terminologies / "drugs_fr_L01_L04.tsv"):
        code = row["atc"]
        if not code.startswith(("L01", "L02")) or code in UNNAMED_DRUGS:
            continue
        found = ontology.resolve("ATC", code)
        assert found, row
        named = {c.id for name in row["names"].split("|") if (c := ontology.find(name, ("traitement",)))}
        assert not named or named & set(found), row


def test_all_listed_genes_are_there_with_their_hgnc_identifier(ontology: Ontology, terminologies: Path) -> None:
    listed = {row["symbol"]: row["hgnc"] for row in rows(terminologies / "hgnc_onco_genes.tsv")}
    held = {concept: code for code, concept in codes(ontology, "HGNC")}
    assert {symbol: held.get(symbol) for symbol in listed} == listed
    assert held.keys() - listed.keys() == OTHER_GENES


def test_french_gene_set_resolves(ontology: Ontology, terminologies: Path) -> None:
    for row in rows(terminologies / "ans_Gene.tsv"):
        if row["code"].startswith("HGNC"):
            assert len(ontology.resolve("HGNC", row["code"])) == 1, row


def test_treatment_types_of_the_fiche_resolve(ontology: Ontology, terminologies: Path) -> None:
    systems = {"C": "NCIt", "M": "TA_ASIP", "G": "TA_ASIP", "3": "SNOMED CT"}
    for row in rows(terminologies / "ans_TypeTraitement_FRCP.tsv"):
        found = ontology.resolve(systems[row["code"][0]], row["code"])
        assert [ontology.concepts[c].branch for c in found] == ["traitement"], row


def test_ncit_and_ans_codes_are_those_of_the_french_value_sets(ontology: Ontology, terminologies: Path) -> None:
    with (terminologies / "jdv_cancer_flat.csv").open(encoding="utf-8") as lines:
        listed = {row["code"] for row in csv.DictReader(lines, delimiter=";")}
    standards = (terminologies.parent.parent / "standards" / "france.md").read_text(encoding="utf-8")
    for system in ("NCIt", "TA_ASIP"):
        unknown = [code for code, _ in codes(ontology, system) if code not in listed and code not in standards]
        assert unknown == [], system


def test_loinc_codes_are_listed(ontology: Ontology, terminologies: Path) -> None:
    listed = {row["loinc"] for row in rows(terminologies / "loinc_onco_codes_from_mcode.tsv")}
    items = (terminologies.parent.parent / "content" / "data-items.md").read_text(encoding="utf-8")
    unknown = [
        code
        for code, concept in codes(ontology, "LOINC")
        if ontology.concepts[concept].branch == "examen" and code not in listed | SEEN_LOINC and code not in items
    ]
    assert unknown == []


@pytest.mark.parametrize(
    ("code", "concept"),
    [
        ("I10", "hypertension_arterielle"),
        ("I50.1", "insuffisance_cardiaque"),
        ("E11.9", "diabete_de_type_2"),
        ("N18.3", "insuffisance_renale_chronique"),
        ("Z94.0", "transplantation_renale"),
        ("J84.1", "fibrose_pulmonaire"),
        ("J84.9", "pneumopathie_interstitielle_diffuse"),
        ("K57.3", "maladie_diverticulaire"),
        ("B18.9", "hepatite_virale_chronique"),
        ("G62.9", "neuropathie_peripherique"),
        ("E80.4", "syndrome_de_gilbert"),
        ("R56.8", "convulsions"),
    ],
)
def test_comorbidities_are_read_from_their_family_code(ontology: Ontology, code: str, concept: str) -> None:
    assert ontology.resolve("CIM-10", code) == (concept,)


@pytest.mark.parametrize(
    ("system", "code", "concept"),
    [
        ("RxNorm", "3002", "cyclophosphamide"),
        ("RxNorm", "3639", "doxorubicine"),
        ("RxNorm", "56946", "paclitaxel"),
        ("RxNorm", "84857", "anastrozole"),
        ("RxNorm", "2103164", "lorlatinib"),
        ("SNOMED CT", "64368001", "tumorectomie"),
        ("SNOMED CT", "1217123003", "radiotherapie"),
        ("SNOMED CT", "414916001", "obesite"),
        ("SNOMED CT", "19829001", "affection_pulmonaire"),
        ("SNOMED CT", "71651007", "mammographie"),
        ("HGNC", "HGNC:26144", "PALB2"),
    ],
)
def test_mcode_examples_resolve(ontology: Ontology, system: str, code: str, concept: str) -> None:
    assert ontology.resolve(system, code) == (concept,)


def test_mapping_tables_say_who_when_and_on_what(ontology: Ontology) -> None:
    for path in sorted((FOLDER / "mappings").glob("*.sssom.tsv")):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# mapping_set_title: "), path.name
        assert "\n# license: " in text, path.name
        for row in rows(path):
            scheme, _, concept = row["object_id"].partition(":")
            assert scheme != "onco" or concept in ontology.concepts, (path.name, row)
            assert row["mapping_justification"].startswith("semapv:"), (path.name, row)
