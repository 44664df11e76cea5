"""The traps that rules engines fall into: one test each, over the shipped base or a few rules written here."""

from __future__ import annotations

from typing import Any

import pytest

from engine.names import fold
from engine.problems import Refused
from tests.small import answer, flat, named, read, rules, service, shipped, truth, verdict

NOS = {"systeme": "CIM-O-3", "code": "8010/3"}
NO_SPECIAL_TYPE = {"systeme": "CIM-O-3", "code": "8500/3"}
LOBULAR = "histologie est « carcinome lobulaire infiltrant »"
TRIPLE_NEGATIVE: dict[str, Any] = {
    "topographie": "sein", "morphologie": NO_SPECIAL_TYPE, "sexe": "F", "age": 58, "menopause": True, "moment": "avant_chirurgie",
    "cT": "T2", "cN": "N1", "cM": "M0", "re_pct": 0, "rp_pct": 0, "her2_ihc": "1+", "pdl1_cps": 15,
}  # fmt: skip


def acts(plan: Any) -> list[dict[str, Any]]:
    """Return the leaves of an action tree."""
    for kind in ("choice", "together", "then"):
        if kind in plan:
            return [act for part in plan[kind] for act in acts(part)]
    return [plan]


def safety(tumour: dict[str, Any], rule: str, concept: str) -> dict[str, Any]:
    """Return what safety says of one treatment of a plan."""
    plan = named(tumour["recommendations"], rule)["plan"]
    found = [act["safety"] for act in acts(plan) if act["concept"]["id"] == concept]
    assert found, f"{concept} is no part of {rule}"
    return dict(found[0])


def datum(tumour: dict[str, Any], item: str) -> dict[str, Any]:
    """Return the datum of an item."""
    (found,) = [entry for entry in tumour["data"] if entry["item"] == item]
    return dict(found)


# --- what was not looked for, or not said -----------------------------------------------------------


def test_a_tumour_never_sequenced_is_not_wild_type() -> None:
    """No row of EGFR leaves « no EGFR mutation » unknown; only « looked for, not there » makes it true."""
    condition = "aucun variant où (gene = EGFR et statut = presente)"
    assert truth(condition, topographie="poumon") == "unknown"
    assert truth(condition, topographie="poumon", variants=[]) == "unknown"
    assert (
        truth(condition, topographie="poumon", variants={"lignes": [{"gene": "KRAS", "statut": "absente"}]})
        == "unknown"
    )
    assert truth(condition, topographie="poumon", variants={"complet": ["EGFR"]}) == "true"
    assert (
        truth(condition, topographie="poumon", variants={"lignes": [{"gene": "EGFR", "statut": "absente"}]}) == "true"
    )


def test_what_was_looked_for_in_one_gene_says_nothing_of_another() -> None:
    """Completeness goes by gene."""
    assert (
        truth(
            "aucun variant où (gene = ALK et statut = presente)", topographie="poumon", variants={"complet": ["EGFR"]}
        )
        == "unknown"
    )


def test_her2_2_plus_without_ish_is_neither_positive_nor_negative() -> None:
    """HER2 2+ leaves both until the ISH is known."""
    for status in ("positif", "negatif"):
        assert truth(f"statut_her2 = {status}", topographie="sein", her2_ihc="2+") == "unknown"
    assert truth("statut_her2 = positif", topographie="sein", her2_ihc="2+", ish_resultat="positif") == "true"
    assert truth("statut_her2 = negatif", topographie="sein", her2_ihc="2+", ish_resultat="negatif") == "true"
    asked = answer(shipped(), flat(**TRIPLE_NEGATIVE | {"her2_ihc": "2+"}))["to_ask"]
    assert {"ish_resultat", "ish_copies"} & {entry["item"] for entry in asked[:3]}, "the ISH is what to ask first"


def test_a_carcinoma_without_further_specification_may_be_lobular() -> None:
    """8010/3 and 8000/3 want a type, so lobular is open; 8500/3 names one, so it is false."""
    assert truth(LOBULAR, topographie="sein", morphologie=NOS) == "unknown"
    assert truth(LOBULAR, topographie="sein", morphologie={"systeme": "CIM-O-3", "code": "8000/3"}) == "unknown"
    assert truth(LOBULAR, topographie="sein", morphologie=NO_SPECIAL_TYPE) == "false"
    assert truth(LOBULAR, topographie="sein", morphologie={"systeme": "CIM-O-3", "code": "8520/3"}) == "true"


def test_oestrogen_receptors_positive_without_percentage_are_1_to_100() -> None:
    """A qualitative result narrows the number only as far as all thresholds in use agree."""
    assert truth("re_pct >= 1 %", topographie="sein", re_statut="positif") == "true"
    assert truth("re_pct >= 10 %", topographie="sein", re_statut="positif") == "unknown"
    assert truth("re_pct >= 10 %", topographie="sein", re_statut="negatif") == "false"
    assert truth("re_pct >= 1 %", topographie="sein", re_statut="negatif") == "unknown"
    shown = datum(answer(shipped(), flat(topographie="sein", re_statut="positif")), "re_pct")
    assert shown["value"] == "1 – 100 %"


def test_her2_negative_leaves_low_and_ultralow_open() -> None:
    """« HER2 négatif » without its score is nul, ultra-low or low, and nothing decides."""
    for grade in ("nul", "ultra_faible", "faible"):
        assert truth(f"classe_her2 = {grade}", topographie="sein", statut_her2="negatif") == "unknown"
    assert truth("classe_her2 = positif", topographie="sein", statut_her2="negatif") == "false"
    assert truth("classe_her2 = faible", topographie="sein", her2_ihc="1+") == "true"
    assert truth("classe_her2 = ultra_faible", topographie="sein", her2_ihc="0") == "unknown"
    assert truth("classe_her2 = faible", topographie="sein", her2_ihc="0") == "false"


@pytest.mark.parametrize(
    "said",
    [
        {"cM": {"valeur": "M1", "certitude": "suspecte"}},
        {"metastases": {"lignes": [{"site": "poumon", "certitude": "suspecte"}]}},
        {"metastases": []},
        {"cM": "MX"},
    ],
    ids=["suspected M1", "suspected metastasis", "empty list", "MX"],
)
def test_a_suspected_metastasis_is_neither_m0_nor_m1(said: dict[str, Any]) -> None:
    """What is suspected, or not said, decides nothing, and stands in the data."""
    assert truth("M_retenu = M0", topographie="sein", **said) == "unknown"
    assert truth("M_retenu = M1", topographie="sein", **said) == "unknown"


def test_a_suspected_value_is_shown() -> None:
    """The suspected M1 stays in the data with its reason."""
    tumour = answer(shipped(), flat(topographie="sein", cM={"valeur": "M1", "certitude": "suspecte"}))
    assert (datum(tumour, "cM")["text"], datum(tumour, "cM")["state"], datum(tumour, "cM")["value"]) == (
        "M1",
        "suspecte",
        None,
    )


def test_cm0_closes_the_metastases_though_the_list_was_left_empty() -> None:
    """`metastases: []` says nothing alone; cM0 says that there are none."""
    bone = "au moins une métastase où (site est « os »)"
    assert truth(bone, topographie="sein", metastases=[]) == "unknown"
    assert truth(bone, topographie="sein", metastases=[], cM="M0") == "false"


@pytest.mark.parametrize("said", [[], None, {"lignes": []}, {"lignes": None}])
def test_an_empty_list_of_treatments_is_not_no_treatment(said: Any) -> None:
    """Only « complet » or « absents » says that something was not given."""
    condition = "aucun traitement où (contient « chimiothérapie »)"
    assert truth(condition, topographie="sein", traitements=said) == "unknown"


def test_absence_and_completeness_say_that_a_treatment_was_not_given() -> None:
    """« aucune chimiothérapie » closes chemotherapy and its drugs, not surgery."""
    absent = {"absents": ["chimiothérapie"]}
    assert truth("aucun traitement où (contient « doxorubicine »)", topographie="sein", traitements=absent) == "true"
    assert truth("aucun traitement où (contient « chirurgie »)", topographie="sein", traitements=absent) == "unknown"
    assert (
        truth("aucun traitement où (contient « chirurgie »)", topographie="sein", traitements={"complet": True})
        == "true"
    )


def test_pt_pn_with_cm0_have_a_stage() -> None:
    """M is pM, else cM; without any M the stage is open, and nothing is lost."""
    assert truth("stade_p = IIB", topographie="sein", pT="T2", pN="N1a", cM="M0") == "true"
    assert truth("stade_p = IIB", topographie="sein", pT="T2", pN="N1a") == "unknown"
    assert truth("stade_p parmi (IIB, IV)", topographie="sein", pT="T2", pN="N1a") == "true"


def test_brca_tested_on_the_tumour_says_nothing_certain_of_the_germline() -> None:
    """Present or absent in the tumour, the germline stays open."""
    for status in ("presente", "absente"):
        lines = [
            {"gene": gene, "origine": "somatique", "statut": status, "classe": "pathogene"}
            for gene in ("BRCA1", "BRCA2")
        ]
        for value in ("pathogene", "absent"):
            assert truth(f"gbrca = {value}", topographie="sein", variants={"lignes": lines}) == "unknown"
    blood = [{"gene": gene, "origine": "constitutionnelle", "statut": "absente"} for gene in ("BRCA1", "BRCA2")]
    assert truth("gbrca = absent", topographie="sein", variants={"lignes": blood}) == "true"


# --- time -------------------------------------------------------------------------------------------


def test_a_haemoglobin_dated_after_the_evaluation_is_not_seen_and_is_named() -> None:
    """What is later than `as_of` is left out, and the answer says so."""
    later = {"valeur": 7, "unite": "g/dL", "date": "2026-12-01"}
    before = {"valeur": 10, "unite": "g/dL", "date": "2026-11-15"}
    assert truth("hb < 8 g/dL", topographie="sein", hb=later) == "unknown"
    assert truth("hb < 8 g/dL", topographie="sein", hb=[later, before]) == "false"
    shown = datum(answer(shipped(), flat(topographie="sein", hb=later)), "hb")
    assert shown["value"] is None
    assert shown["state"] == "datée après le 2026-11-20"


def test_a_treatment_dated_after_the_evaluation_is_named() -> None:
    """A row begun after `as_of` is left out and listed as such."""
    rows = {"lignes": [{"concept": "chimiothérapie", "debut": "2026-12-01"}], "complet": True}
    assert truth("aucun traitement où (contient « chimiothérapie »)", topographie="sein", traitements=rows) == "true"
    tumour = answer(shipped(), flat(topographie="sein", traitements=rows))
    assert datum(tumour, "traitements")["state"] == "datée après le jour de l'évaluation"


def test_an_expired_value_is_open_and_says_its_date() -> None:
    """The performance status of two years ago decides nothing: « datée du … »."""
    old = {"valeur": 0, "date": "2024-01-15"}
    assert truth("oms <= 1", topographie="sein", oms=old) == "unknown"
    assert truth("oms <= 1", topographie="sein", oms=old | {"date": "2026-11-10"}) == "true"
    shown = datum(answer(shipped(), flat(topographie="sein", oms=old)), "oms")
    assert (shown["value"], shown["state"]) == (None, "datée du 2024-01-15")


def test_two_values_of_one_day_that_disagree_are_a_contradiction_that_keeps_what_holds() -> None:
    """OMS 0 and 2 on one day: `<= 2` holds either way, `<= 1` is undetermined, and the contradiction is named."""
    two = [{"valeur": 0, "date": "2026-11-15"}, {"valeur": 2, "date": "2026-11-15"}]
    assert truth("oms <= 2", topographie="sein", oms=two) == "true"
    assert truth("oms <= 1", topographie="sein", oms=two) == "unknown"
    assert truth("oms >= 3", topographie="sein", oms=two) == "false"
    (found,) = answer(shipped(), flat(topographie="sein", oms=two))["contradictions"]
    assert found["item"] == "oms"
    assert [source["value"] for source in found["sources"]] == ["0", "2"]


def test_a_coarser_source_contradicts_nothing() -> None:
    """« T4 » beside « T4b » is a want of precision, not a contradiction, whichever comes first."""
    for said in (["T4", "T4b"], ["T4b", "T4"]):
        leaves = [{"valeur": value} for value in said]
        tumour = answer(shipped(), flat(topographie="sein", pT=leaves))
        assert tumour["contradictions"] == []
        assert truth("pT = T4b", topographie="sein", pT=leaves) == "true"


# --- names, units, editions, scales ------------------------------------------------------------------


def test_a_misspelt_item_is_refused_with_the_nearest() -> None:
    """In a rule an unknown item is a problem that names what was probably meant, under the words themselves."""
    (problem,) = read(rules('- {id: C, titre: t, si: "re_pc >= 10 %", alors: surveillance}')).problems
    assert (problem.code, problem.span.text[problem.span.column - 1 :][: problem.span.length]) == (
        "item-inconnu",
        "re_pc",
    )
    assert "`re_pct`" in problem.hint


def test_a_misspelt_concept_is_refused_with_the_nearest() -> None:
    """In a rule an unknown concept is a problem that names what was probably meant."""
    (problem,) = read(rules('- {id: C, titre: t, si: "topographie est « seins »", alors: surveillance}')).problems
    assert problem.code == "concept-inconnu"
    assert "`sein`" in problem.hint


def test_a_misspelt_name_in_a_sheet_is_refused_with_the_nearest() -> None:
    """A sheet too is refused, each wrong name with its pointer and the nearest known ones."""
    sheet = flat(topographie="sein")
    sheet["tumeurs"][0] |= {"topographie": "seins", "re_pc": 90}
    with pytest.raises(Refused) as refused:
        answer(shipped(), sheet)
    hints = {problem.pointer: problem.hint for problem in refused.value.problems}
    assert "`sein`" in hints["/tumeurs/0/topographie"]
    assert "`re_pct`" in hints["/tumeurs/0/re_pc"]


def test_ml_per_minute_is_not_ml_per_minute_per_173_square_metres() -> None:
    """An annotated unit is a unit of its own: neither a rule nor a sheet may take one for the other."""
    (problem,) = read(
        rules('- {id: C, titre: t, si: "clairance_cg >= 60 mL/min/1,73 m²", alors: surveillance}')
    ).problems
    assert problem.code == "unite"
    with pytest.raises(Refused) as refused:
        answer(shipped(), flat(topographie="sein", clairance_cg={"valeur": 70, "unite": "mL/min/1,73 m²"}))
    assert [problem.code for problem in refused.value.problems] == ["unite"]
    assert (
        truth(
            "clairance_cg >= 60 mL/min", topographie="sein", dfg_ckdepi_2021={"valeur": 70, "unite": "mL/min/{1.73_m2}"}
        )
        == "unknown"
    )


def test_siblings_without_clinical_order_take_equality_only() -> None:
    """T4a–T4d of the breast have no order; T4 as a whole has."""
    for operator in ("<", "<=", ">", ">="):
        (problem,) = read(rules(f'- {{id: C, titre: t, si: "cT {operator} T4b", alors: surveillance}}')).problems
        assert problem.code == "sans-ordre"
        assert truth(f"cT {operator} T4", topographie="sein", cT="T2") in ("true", "false")
    assert truth("cT = T4b", topographie="sein", cT="T4b") == "true"
    assert truth("cT parmi (T4a, T4b)", topographie="sein", cT="T4d") == "false"
    assert truth("cT = T4d", topographie="sein", cT="T4") == "unknown"


def test_a_stage_of_another_edition_is_left_open_with_its_reason() -> None:
    """« IIIA » of TNM 9 is no IIIA of TNM 8; where no definition converts, the edition is the reason."""
    assert truth("stade_c = IIIA", topographie="poumon", stade_c={"valeur": "IIIA", "edition": "9"}) == "unknown"
    assert truth("stade_c_tnm9 = IIIA", topographie="poumon", stade_c={"valeur": "IIIA", "edition": "9"}) == "true"
    tumour = answer(shipped(), flat(topographie="sein", stade_c={"valeur": "IIIA", "edition": "7"}))
    assert (datum(tumour, "stade_c")["value"], datum(tumour, "stade_c")["state"]) == (None, "édition 7")


# --- safety, exceptions, places ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "fevg", [None, {"raison": "non_fait"}, {"raison": "en_attente"}, {"valeur": 65, "unite": "%", "date": "2020-01-01"}]
)
def test_an_unknown_lvef_neither_clears_nor_silently_blocks_an_anthracycline(fevg: Any) -> None:
    """Without a valid LVEF the anthracycline asks for it, in the action and in the checklist."""
    tumour = answer(shipped(), flat(**TRIPLE_NEGATIVE, fevg=fevg))
    assert verdict(tumour, "S09") == "applies"
    said = safety(tumour, "S09", "ac")
    assert said["status"] in ("to_check", "required")
    assert {"X06", "X06-fevg"} <= {entry["id"] for entry in said["by"]}
    (line,) = [line for line in tumour["checklist"] if "fevg" in line["items"]]
    assert line["status"] == ("pending" if fevg == {"raison": "en_attente"} else "to_do")
    assert "AC" in line["for"]


def test_a_known_lvef_clears_the_anthracycline_of_it() -> None:
    """A good LVEF takes X06 off the anthracycline, and the checklist shows it done."""
    tumour = answer(shipped(), flat(**TRIPLE_NEGATIVE, fevg={"valeur": 65, "unite": "%", "date": "2026-11-10"}))
    assert not {"X06", "X06-fevg"} & {entry["id"] for entry in safety(tumour, "S09", "ac")["by"]}
    (line,) = [line for line in tumour["checklist"] if "fevg" in line["items"]]
    assert (line["status"], line["value"]) == ("done", "65 %")


OXALIPLATIN = rules(
    '- {id: CI, titre: Pas d\'oxaliplatine, genre: sécurité, si: "oms >= 3", alors: {contre-indiquer: oxaliplatine}}',
    "securite",
)


@pytest.mark.parametrize(("oms", "status"), [(3, "contraindicated"), (1, "clear"), (None, "to_check")])
def test_a_regimen_meets_the_contraindication_of_a_drug_it_contains(oms: int | None, status: str) -> None:
    """FOLFOX contains oxaliplatin, without being named by the safety rule."""
    base = service(rules("- {id: P, titre: FOLFOX, si: vrai, alors: FOLFOX}"), OXALIPLATIN)
    assert safety(answer(base, flat(topographie="colon", oms=oms)), "P", "folfox")["status"] == status


def test_a_coarser_action_that_may_be_the_drug_is_restricted() -> None:
    """« chimiothérapie » may turn out to be oxaliplatin: restricted, neither clear nor contraindicated."""
    base = service(rules('- {id: P, titre: Chimiothérapie, si: vrai, alors: "chimiothérapie"}'), OXALIPLATIN)
    tumour = answer(base, flat(topographie="colon", oms=3))
    assert safety(tumour, "P", "chimiotherapie")["status"] == "restricted"
    assert verdict(tumour, "P") == "applies"


def test_a_rule_is_contraindicated_only_if_every_alternative_is() -> None:
    """One clear alternative keeps the rule; the contraindicated one is marked."""
    one = service(rules("- {id: P, titre: t, si: vrai, alors: FOLFOX}"), OXALIPLATIN)
    two = service(rules("- {id: P, titre: t, si: vrai, alors: {au choix: [FOLFOX, FOLFIRI]}}"), OXALIPLATIN)
    assert verdict(answer(one, flat(topographie="colon", oms=3)), "P") == "contraindicated"
    tumour = answer(two, flat(topographie="colon", oms=3))
    assert verdict(tumour, "P") == "applies"
    assert (safety(tumour, "P", "folfox")["status"], safety(tumour, "P", "folfiri")["status"]) == (
        "contraindicated",
        "clear",
    )


EXCEPTED = """
- id: BASE
  titre: Tamoxifène
  si: "re_pct >= 10 %"
  alors: tamoxifène
  sauf:
    - {id: THROMBOSE, titre: Sauf thrombose, si: "au moins une comorbidité où (concept est « maladie thromboembolique veineuse »)"}
"""


def test_an_exception_that_is_unknown_gives_applies_unless() -> None:
    """An open list of comorbidities does not make the whole base undetermined: s'applique sauf réserve, named."""
    base = service(rules(EXCEPTED))
    found = named(answer(base, flat(topographie="sein", re_pct=90))["recommendations"], "BASE")
    assert found["verdict"] == "applies_unless"
    assert [doubt["id"] for doubt in found["unless"]] == ["THROMBOSE"]
    assert "sauf réserve" in found["text"].lower()
    assert (
        verdict(answer(base, flat(topographie="sein", re_pct=90, comorbidites={"complet": True})), "BASE") == "applies"
    )


def test_a_rule_set_aside_says_by_which_exception() -> None:
    """The exception that is met takes the rule away, and is named."""
    sheet = flat(topographie="sein", re_pct=90, comorbidites={"lignes": [{"concept": "embolie pulmonaire"}]})
    found = named(answer(service(rules(EXCEPTED)), sheet)["recommendations"], "BASE")
    assert (found["verdict"], found["overridden_by"]["id"]) == ("overridden", "THROMBOSE")


RECTUM = """
- {id: R06, titre: Traitement néoadjuvant intensif, si: "mmr = pMMR et (cT >= T3 ou cN >= N1)", alors: FOLFIRINOX}
- {id: R07, titre: Sujet âgé, exception_a: R06, si: "age > 75 ans ou oms >= 2", alors: radiothérapie}
"""


def test_a_certainly_displaced_rule_is_not_undetermined() -> None:
    """At 78, MMR unknown, nobody is told « indéterminée, faites MMR » for a treatment that can never apply."""
    sheet = flat(topographie="rectum", date_naissance="1948-03", oms=2, cT="T3", cN="N1", cM="M0")
    tumour = answer(service(rules(RECTUM)), sheet)
    assert verdict(tumour, "R06") == "overridden"
    assert named(tumour["recommendations"], "R06")["missing"] == []
    assert verdict(tumour, "R07") == "undetermined"


def test_what_an_answer_would_change_is_what_it_changes() -> None:
    """« pMMR → R07 s'applique » in what to ask is the verdict that the sheet with pMMR has."""
    said: dict[str, Any] = {
        "topographie": "rectum",
        "date_naissance": "1948-03",
        "oms": 2,
        "cT": "T3",
        "cN": "N1",
        "cM": "M0",
    }
    base = service(rules(RECTUM))
    (asked,) = [entry for entry in answer(base, flat(**said))["to_ask"] if entry["item"] == "mmr"]
    becomes = {
        effect["answer"]: {change["id"]: change["verdict"] for change in effect["becomes"]}
        for effect in asked["effect"]
    }
    after = answer(base, flat(**said, mmr="pMMR"))
    assert [found for answered, found in becomes.items() if "pMMR" in answered] == [{"R07": verdict(after, "R07")}]


@pytest.mark.parametrize("link", ["exception_a", "remplace", "restreint"])
def test_a_region_cannot_relax_a_safety_rule(link: str) -> None:
    """Whatever the link, a safety rule of another document can't be excepted, replaced or restricted."""
    region = rules(
        f'- {{id: LOCAL, titre: t, {link}: CI, motif: m, si: "oms >= 4", alors: {{contre-indiquer: oxaliplatine}}}}',
        "region",
        "FR-GES",
    )
    (problem,) = read(OXALIPLATIN, region).problems
    assert problem.code == "securite-intouchable"
    assert problem.hint == "ajoutez une règle plus stricte"


def test_a_region_cannot_relax_a_legal_duty() -> None:
    """A statement marked `obligation: légale` is protected like a safety rule."""
    duty = rules(
        '- {id: RCP, titre: t, genre: processus, obligation: légale, si: vrai, alors: {demander: "réunion de concertation pluridisciplinaire"}}',
        "loi",
    )
    local = rules('- {id: LOCAL, titre: t, exception_a: RCP, si: "oms >= 4"}', "region", "FR-GES")
    assert [problem.code for problem in read(duty, local).problems] == ["securite-intouchable"]


def test_a_region_may_add_a_stricter_safety_rule() -> None:
    """A stricter rule of a place counts there, and only there."""
    local = rules(
        '- {id: LOCAL, titre: t, genre: sécurité, si: "oms >= 2", alors: {contre-indiquer: oxaliplatine}}',
        "region",
        "FR-GES",
    )
    base = service(rules("- {id: P, titre: t, si: vrai, alors: FOLFOX}"), OXALIPLATIN, local)
    sheet = flat(topographie="colon", oms=2)
    assert safety(answer(base, sheet, region="FR-GES"), "P", "folfox")["status"] == "contraindicated"
    assert safety(answer(base, sheet, region="FR-PDL"), "P", "folfox")["status"] == "clear"


NATIONAL_G8 = rules(
    '- {id: G8, titre: t, genre: processus, si: "age >= 75 ans", alors: {demander: G8, remplit: [g8]}}', "nation"
)


@pytest.mark.parametrize(("limit", "age", "region", "expected"), [
    (70, 72, "FR-GES", {"G8": "replaced", "LOCAL": "applies"}),
    (70, 72, "FR-PDL", {"G8": "does_not_apply"}),
    (80, 76, "FR-GES", {"G8": "replaced", "LOCAL": "does_not_apply"}),
    (80, 76, None, {"G8": "applies"}),
])  # fmt: skip
def test_a_replacement_stands_with_its_own_condition(
    limit: int, age: int, region: str | None, expected: dict[str, str]
) -> None:
    """National 75, regional 70: at 72 the region asks; had it said 80, nobody would at 76."""
    local = rules(
        f'- {{id: LOCAL, titre: t, genre: processus, remplace: G8, motif: m, si: "age >= {limit} ans", alors: {{demander: G8, remplit: [g8]}}}}',
        "region", "FR-GES",
    )  # fmt: skip
    tumour = answer(service(NATIONAL_G8, local), flat(topographie="colon", age=age), region=region)
    assert {entry["id"]: entry["verdict"] for entry in tumour["recommendations"]} == expected


# --- shown as it is ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("site", "value", "shown"),
    [("colon", "T1", "T1"), ("colon", "T3", "T3"), ("sein", "T2", "T2"), ("colon", "T4a", "T4a")],
)
def test_a_value_that_no_site_subdivides_is_shown(site: str, value: str, shown: str) -> None:
    """T3 of the colon is a leaf that bears the name of a category: it must not vanish from the data."""
    assert datum(answer(shipped(), flat(topographie=site, cT=value)), "cT")["value"] == shown


def test_no_stage_that_is_possible_is_left_out_of_what_is_shown() -> None:
    """cT1 cM0 of the colon without N may be a stage I."""
    value = datum(answer(shipped(), flat(topographie="colon", cT="T1", cM="M0")), "stade_c")["value"]
    assert value.split(" ou ")[0] == "I"


def test_the_item_that_a_rule_names_is_among_what_to_ask() -> None:
    """A rule on the performance status asks for it, not for the Karnofsky index alone."""
    base = service(rules('- {id: P, titre: t, si: "oms >= 3", alors: surveillance}'))
    missing = named(answer(base, flat(topographie="colon"))["recommendations"], "P")["missing"]
    assert "oms" in {item["item"] for item in missing}


def test_one_thing_to_do_is_one_line_of_the_checklist() -> None:
    """A pregnancy test asked for by three rules is asked for once."""
    young = TRIPLE_NEGATIVE | {"age": 38, "menopause": None}
    lines = [fold(line["item"]) for line in answer(shipped(), flat(**young))["checklist"]]
    assert "test de grossesse" in lines
    assert len(lines) == len(set(lines))
