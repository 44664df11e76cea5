"""What must and must not follow from the ontology, by hand; and two reasoners agreeing on every pair."""

from __future__ import annotations

import pytest

from ontologies.build import turtle_files
from ontologies.reasoner import logical_part
from ontologies.source import read_graph
from ontologies.terms import ONCO
from tests.ontology_index import FOLDER, ancestors, below, concepts

BELOW = [
    # Sein
    ("carcinome_lobulaire_infiltrant", "carcinome_infiltrant"),
    ("carcinome_infiltrant_type_non_specifique", "carcinome_infiltrant"),
    ("carcinome_lobulaire_infiltrant_du_sein", "carcinome_mammaire_infiltrant"),
    ("carcinome_canalaire_in_situ_du_sein", "carcinome_mammaire_in_situ"),
    ("carcinome_canalaire_in_situ", "tumeur_in_situ"),
    ("quadrant_supero_externe_du_sein", "sein"),
    ("carcinome_metaplasique_du_sein", "carcinome_mammaire_infiltrant"),
    # Côlon et rectum : le colloïde et les bagues à chaton sont des adénocarcinomes
    ("adenocarcinome_colloide", "adenocarcinome"),
    ("adenocarcinome_a_cellules_en_bague_a_chaton", "adenocarcinome"),
    ("adenocarcinome_colloide_du_colon", "adenocarcinome_du_colon"),
    ("adenocarcinome_du_colon_droit", "adenocarcinome_du_colon"),
    ("caecum", "colon_droit"),
    ("sigmoide", "colon_gauche"),
    ("colon_transverse_proximal", "colon_droit"),
    ("colon_transverse_proximal", "colon_transverse"),
    ("rectum", "colon_et_rectum"),
    # Poumon : « non épidermoïde » est une union, jamais une négation
    ("adenocarcinome_pulmonaire", "cbnpc_non_epidermoide"),
    ("adenocarcinome_pulmonaire", "cbnpc"),
    ("carcinome_a_grandes_cellules_du_poumon", "cbnpc_non_epidermoide"),
    ("carcinome_epidermoide_du_poumon", "cbnpc"),
    ("carcinome_adenosquameux_du_poumon", "cbnpc"),
    # Prostate, mélanome
    ("adenocarcinome_canalaire_de_la_prostate", "adenocarcinome_prostatique"),
    ("melanome_nodulaire", "melanome"),
    ("peau_du_tronc", "peau"),
    ("lentigo_malin", "melanome_in_situ"),
    # Métastases
    ("rachis", "os_et_articulations"),
    ("foie", "site_visceral"),
    ("meninges_cerebrales", "systeme_nerveux_central"),
    # Altérations
    ("braf_v600e", "braf_v600"),
]
APART = [
    # L'in situ n'est pas infiltrant.
    ("carcinome_canalaire_in_situ_du_sein", "carcinome_mammaire_infiltrant"),
    ("carcinome_canalaire_in_situ", "tumeur_maligne"),
    ("carcinome_in_situ", "carcinome_infiltrant"),
    # Un type n'est pas l'autre.
    ("carcinome_lobulaire_infiltrant", "carcinome_infiltrant_type_non_specifique"),
    # Les formes mixtes sont à côté de leurs composantes.
    ("carcinome_mixte_canalaire_et_lobulaire_infiltrant", "carcinome_lobulaire_infiltrant"),
    ("carcinome_mixte_canalaire_et_lobulaire_infiltrant", "carcinome_infiltrant_type_non_specifique"),
    ("carcinome_adenosquameux", "adenocarcinome"),
    ("carcinome_adenosquameux", "carcinome_epidermoide"),
    ("carcinome_a_petites_cellules_composite", "carcinome_a_petites_cellules"),
    # Le siège décide autant que le type.
    ("carcinome_lobulaire_infiltrant_du_sein", "adenocarcinome_du_colon"),
    ("colon_transverse", "colon_droit"),
    ("colon_transverse", "colon_gauche"),
    ("charniere_rectosigmoidienne", "rectum"),
    ("charniere_rectosigmoidienne", "colon"),
    ("canal_anal", "rectum"),
    ("encephale", "site_visceral"),
    ("rachis", "os_hors_rachis_et_bassin"),
    # Poumon
    ("carcinome_epidermoide_du_poumon", "cbnpc_non_epidermoide"),
    ("cbnpc", "cbnpc_non_epidermoide"),
    ("cbpc", "cbnpc"),
    ("carcinome_neuroendocrine_a_grandes_cellules", "carcinome_a_grandes_cellules"),
    ("tumeur_carcinoide_typique", "carcinome_infiltrant"),
    # Mélanome
    ("melanome_in_situ", "melanome"),
    ("melanome_uveal", "melanome_cutane"),
    # Altérations
    ("egfr_insertion_exon_20", "egfr_activatrice_classique"),
    ("egfr_insertion_exon_20", "egfr_sensible"),
]
PARTS = [
    ("carcinome_adenosquameux", {"adenocarcinome", "carcinome_epidermoide"}),
    (
        "carcinome_mixte_canalaire_et_lobulaire_infiltrant",
        {"carcinome_infiltrant_type_non_specifique", "carcinome_lobulaire_infiltrant"},
    ),
    ("carcinome_a_petites_cellules_composite", {"carcinome_a_petites_cellules"}),
    ("hepatocholangiocarcinome", {"carcinome_hepatocellulaire", "cholangiocarcinome"}),
]


@pytest.mark.parametrize(("narrow", "wide"), BELOW)
def test_lies_below(narrow: str, wide: str) -> None:
    assert below(narrow, wide)


@pytest.mark.parametrize(("one", "other"), APART)
def test_does_not_lie_below(one: str, other: str) -> None:
    assert one in concepts()
    assert other in concepts()
    assert not below(one, other)


@pytest.mark.parametrize(("mixed", "parts"), PARTS)
def test_a_mixed_form_lists_its_components(mixed: str, parts: set[str]) -> None:
    assert set(concepts()[mixed]["parts"]) == parts


def test_a_second_reasoner_agrees_on_every_pair() -> None:
    """rustdl, which shares no code with HermiT, finds the ancestors of the committed index and no others."""
    rustdl = pytest.importorskip("rustdl", reason="rustdl has no build here")
    axioms = logical_part(read_graph(turtle_files(FOLDER))).serialize(format="xml", encoding="utf-8")
    found = rustdl.classify_bytes(axioms, format="rdf-xml", per_pair_timeout_ms=0, global_timeout_ms=0)
    assert found.complete
    assert not found.inconsistent
    assert found.unsatisfiable == []
    named = {str(ONCO[concept]): concept for concept in concepts()}
    assert set(found.classes) >= set(named)
    for iri, concept in named.items():
        above = {named[other] for other in found.superclasses_of(iri) if other in named}
        assert above == ancestors(concept), concept


@pytest.mark.parametrize(
    ("whole", "children"),
    [
        ("carcinome", {"carcinome_infiltrant", "carcinome_in_situ"}),
        ("colon_transverse", {"colon_transverse_proximal", "colon_transverse_distal"}),
        ("rectum", {"haut_rectum", "moyen_rectum", "bas_rectum"}),
        ("os_et_articulations", {"rachis_et_bassin", "os_hors_rachis_et_bassin"}),
        ("lesion_melanocytaire_maligne_ou_in_situ", {"melanome", "melanome_in_situ"}),
    ],
)
def test_a_closed_concept_has_no_other_child(whole: str, children: set[str]) -> None:
    assert concepts()[whole]["closed"]
    assert {concept for concept, entry in concepts().items() if whole in entry["parents"]} == children
