"""Three whole sheets, line by line as the walked examples of the design say they should be answered."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from api.documents import FHIR, Document
from api.library import examples
from tests.small import named, read, rules, service, shipped

LATER = date(2030, 1, 1)  # the answer takes the day of the RCP, never the day it is asked


@cache
def answered(name: str, include: str = "") -> dict[str, Any]:
    """Return the answer of a shipped example, at its own day and place."""
    return shipped().evaluate(
        [Document(json.loads(examples()[name]), "application/json")], today=LATER, include=include
    )


def tumour(name: str, include: str = "") -> dict[str, Any]:
    """Return the one tumour of an example's answer."""
    (found,) = answered(name, include)["tumours"]
    return dict(found)


def verdicts(name: str, include: str = "") -> dict[str, str]:
    """Return every rule shown with its verdict."""
    return {entry["id"]: entry["verdict"] for entry in tumour(name, include)["recommendations"]}


def rule(name: str, identifier: str) -> dict[str, Any]:
    """Return one rule of an answer."""
    return named(tumour(name)["recommendations"], identifier)


def acts(plan: Any) -> list[dict[str, Any]]:
    """Return the leaves of an action tree."""
    for kind in ("choice", "together", "then"):
        if kind in plan:
            return [act for part in plan[kind] for act in acts(part)]
    return [plan]


def safety_of(name: str, identifier: str, concept: str) -> dict[str, str]:
    """Return the safety rules that reach a treatment of a plan, each with its status."""
    found = [act["safety"] for act in acts(rule(name, identifier)["plan"]) if act["concept"]["id"] == concept]
    assert found, f"{concept} is no part of {identifier}"
    return {entry["id"]: entry["status"] for entry in found[0]["by"]}


def leaves(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the criteria at the bottom of an explanation."""
    return [leaf for part in node["nodes"] for leaf in leaves(part)] if node.get("nodes") else [node]


def item_of(entry: dict[str, Any]) -> str:
    return str(entry["item"])


# --- A: breast, 72 years, FR-GES, 2026-11-20, HER2 2+ without ISH ------------------------------------


def test_a_is_answered_at_its_own_day_and_place() -> None:
    """The day and place are those of the fiche, though it is asked years later."""
    whole = answered("sein-a")
    assert (whole["as_of"], whole["as_of_from"], whole["place"]["region"]) == ("2026-11-20", "rcp", "FR-GES")
    assert whole["sheet"]["problems"] == []
    assert tumour("sein-a")["contradictions"] == []


def test_a_s04_applies_with_an_aromatase_inhibitor_since_60_years_mean_menopause() -> None:
    """RE 90 % make S04 apply; at 72 the only alternative left is the aromatase inhibitor."""
    assert verdicts("sein-a")["S04"] == "applies"
    hormones = [act["concept"]["id"] for act in acts(rule("sein-a", "S04")["plan"]) if act["modality"] == "propose"]
    assert hormones == ["inhibiteur_de_l_aromatase"]
    (menopause,) = [entry for entry in tumour("sein-a")["data"] if entry["item"] == "menopause"]
    assert (menopause["value"], menopause["state"]) == ("oui", "derived")


def test_a_s06_does_not_apply_in_either_her2_world() -> None:
    """Two nodes, SBR 2, 34 mm: no abemaciclib, whatever the ISH."""
    assert verdicts("sein-a")["S06"] == "does_not_apply"
    assert rule("sein-a", "S06")["missing"] == []
    asked = [entry for entry in tumour("sein-a")["to_ask"] if entry["item"] in ("ish_resultat", "ish_copies")]
    assert "S06" not in {change["id"] for entry in asked for effect in entry["effect"] for change in effect["becomes"]}


def test_a_s05_is_undetermined_for_the_ish_then_the_judgement() -> None:
    """The ISH decides whether chemotherapy is asked at all; then a person judges its benefit."""
    found = rule("sein-a", "S05")
    assert found["verdict"] == "undetermined"
    assert "ish_resultat" in map(item_of, found["missing"])
    assert [item_of(entry) for entry in found["to_judge"]] == ["benefice-chimio-incertain"]


def test_a_s03_is_undetermined_for_the_radiotherapy() -> None:
    """Whether whole-breast radiotherapy is planned is missing, and so is the clinical stage that S03 reads."""
    found = rule("sein-a", "S03")
    assert found["verdict"] == "undetermined"
    assert {"radiotherapie_sein_prevue", "cT", "cN"} <= set(map(item_of, found["missing"]))


def test_a_her2_positive_surgery_first_pn1_is_not_encoded_rather_than_silent() -> None:
    """The question is posed in one HER2 world, and no rule answers it: non encodé, and never « muet »."""
    question = named(tumour("sein-a")["questions"], "sein-her2-adjuvant")
    assert (question["status"], question["outcome"]) == ("open", "not_encoded")


def test_a_the_region_asks_for_a_g8_in_the_place_of_the_nation() -> None:
    """NEON-g8 applies at 72; the national rule is replaced, says by which one, why, and what it would have said."""
    assert verdicts("sein-a")["NEON-g8"] == "applies"
    replaced = rule("sein-a", "X10-g8")
    assert (replaced["verdict"], replaced["replaced_by"]["id"], replaced["would_say"]) == (
        "replaced",
        "NEON-g8",
        "does_not_apply",
    )
    assert replaced["replaced_by"]["reason"]
    assert replaced["replaced_by"]["source"]["title"]
    assert "FR-GES" in replaced["replaced_by"]["region"]


def test_a_the_geriatric_assessment_is_undetermined_without_g8() -> None:
    """Without G8 nobody knows whether the assessment is due; the checklist keeps both."""
    assert (verdicts("sein-a")["NEON-ega"], verdicts("sein-a")["X10-ega"]) == ("undetermined", "replaced")
    lines = {line["item"]: line["status"] for line in tumour("sein-a")["checklist"]}
    assert lines["G8"] == "to_do"
    assert lines["évaluation gériatrique approfondie"] == "to_do"


def test_a_aster_70s_is_possible() -> None:
    """Every criterion that is known is met, and what is missing is listed, the ISH first of all."""
    trial = named(tumour("sein-a")["trials"], "NCT01564056")
    assert (trial["verdict"], trial["failing"]) == ("possible", [])
    assert "ish_resultat" in map(item_of, trial["missing"])


def test_a_s08_is_not_undetermined_though_the_treatment_list_is_open() -> None:
    """Surgery came first: nobody is asked for gBRCA and CPS-EG."""
    assert verdicts("sein-a", "all")["S08-rh"] == "does_not_apply"
    assert not {"gbrca", "cps_eg", "pcr"} & set(map(item_of, tumour("sein-a")["to_ask"]))


def test_a_the_ish_is_the_first_thing_to_ask() -> None:
    """It decides the most answers, and says what each value would change."""
    first = tumour("sein-a")["to_ask"][0]
    assert item_of(first) in ("ish_resultat", "ish_copies")
    ish = next(entry for entry in tumour("sein-a")["to_ask"] if entry["item"] == "ish_resultat")
    becomes = {effect["answer"]: {c["id"]: c["verdict"] for c in effect["becomes"]} for effect in ish["effect"]}
    assert becomes["positif"]["S05"] == "does_not_apply"
    assert becomes["négatif"]["S20-g8"] == "applies"


NCT05297617 = """
essai: NCT05297617
titre: Surveillance sans radiothérapie
source: {titre: Critères de la fiche A, url: "https://clinicaltrials.gov/study/NCT05297617"}
statut: à valider
population: "topographie est « sein »"
criteres:
  - id: I1
    genre: inclusion
    texte: "pT1, ou pT2 jusqu'à 30 mm"
    si: "pT = T1 ou (pT = T2 et taille_p <= 30 mm)"
  - {id: I2, genre: inclusion, texte: pN0, si: "pN = N0"}
  - {id: I3, genre: inclusion, texte: SBR 1 ou 2, si: "grade_sbr <= 2"}
  - id: I4
    genre: inclusion
    texte: "pT2 et SBR 2 : moins de 70 ans et signature connue"
    si: "si (pT = T2 et grade_sbr = 2) alors (age < 70 ans et documenté(oncotype_rs))"
  - {id: I5, genre: inclusion, texte: "RE ou RP >= 50 %", si: "re_pct >= 50 % ou rp_pct >= 50 %"}
"""


def test_a_a_trial_for_small_tumours_without_nodes_is_not_recoverable() -> None:
    """34 mm and pN1 fail NCT05297617, each with its value, and no time will change them."""
    small = service(NCT05297617).evaluate([Document(json.loads(examples()["sein-a"]), "application/json")], today=LATER)
    trial = named(small["tumours"][0]["trials"], "NCT05297617")
    assert trial["verdict"] == "not_eligible"
    failing = {entry["criterion"]: entry for entry in trial["failing"]}
    assert {"pT1, ou pT2 jusqu'à 30 mm", "pN0"} <= set(failing)
    assert "34 mm" in failing["pT1, ou pT2 jusqu'à 30 mm"]["value"]
    assert failing["pN0"]["value"] == "N1a"
    assert not failing["pT1, ou pT2 jusqu'à 30 mm"]["recoverable"]
    assert not failing["pN0"]["recoverable"]


# --- B: triple negative, 58 years, FR-PDL, 2026-10-05, before surgery --------------------------------


def test_b_is_answered_at_its_own_day_and_place() -> None:
    """The day and place are those of the fiche; the stage said and the stage computed agree."""
    whole = answered("sein-b")
    assert (whole["as_of"], whole["place"]["region"]) == ("2026-10-05", "FR-PDL")
    assert whole["sheet"]["problems"] == []
    assert tumour("sein-b")["contradictions"] == []


def test_b_s09_applies() -> None:
    """cT2 N1 M0 triple negative: neoadjuvant chemotherapy with pembrolizumab."""
    assert verdicts("sein-b")["S09"] == "applies"
    assert "pembrolizumab" in {act["concept"]["id"] for act in acts(rule("sein-b", "S09")["plan"])}


@pytest.mark.parametrize("identifier", ["X15-auto-immune", "X15-greffe", "X15-corticoides"])
def test_b_immunotherapy_is_to_check_before(identifier: str) -> None:
    """Nothing is said of auto-immune disease, transplant or corticosteroids: neither clear nor contraindicated."""
    assert safety_of("sein-b", "S09", "pembrolizumab")[identifier] in ("to_check", "required")
    assert identifier in {by for line in tumour("sein-b")["checklist"] for by in line["by"]}


def test_b_hepatitis_b_is_to_know_before() -> None:
    """X16 asks for the serology before the chemotherapy."""
    assert safety_of("sein-b", "S09", "carboplatine_paclitaxel")["X16"] == "required"


def test_b_the_cumulative_dose_is_to_check() -> None:
    """« ligne 0 » settles palliative treatment only: an earlier anthracycline stays possible, X07 to check."""
    assert safety_of("sein-b", "S09", "ac")["X07"] == "to_check"
    assert verdicts("sein-b", "all")["X07"] == "undetermined"


def test_b_line_0_closes_palliative_treatment() -> None:
    """`lignes_m: 0` says that no chemotherapy was given for metastases (nothing says so of neoadjuvant treatment)."""
    base = service(
        _rule("au moins un traitement où (concept est « chimiothérapie » et intention = palliatif)"),
        _rule("au moins un traitement où (concept est « chimiothérapie » et intention = neoadjuvant)", "D"),
    )
    found = base.evaluate([Document(json.loads(examples()["sein-b"]), "application/json")], today=LATER, include="all")
    shown = {entry["id"]: entry["verdict"] for entry in found["tumours"][0]["recommendations"]}
    assert shown == {"C": "does_not_apply", "D": "undetermined"}


def _rule(condition: str, identifier: str = "C") -> str:
    return rules(f'- {{id: {identifier}, titre: t, si: "{condition}", alors: surveillance}}', f"document-{identifier}")


def test_b_a_good_lvef_clears_the_anthracycline_of_x06() -> None:
    """LVEF 65 % seven days old: X06 reaches nothing and the checklist shows it done."""
    assert not {"X06", "X06-fevg"} & set(safety_of("sein-b", "S09", "ac"))
    (line,) = [line for line in tumour("sein-b")["checklist"] if "fevg" in line["items"]]
    assert (line["status"], line["value"], line["date"]) == ("done", "65 %", "2026-09-28")


def test_b_carboplatin_meets_nothing_that_is_said_of_cisplatin() -> None:
    """X08 is silent: not on the action, not in the checklist, not in the answer."""
    reached = safety_of("sein-b", "S09", "carboplatine_paclitaxel")
    shown = {*reached, *verdicts("sein-b"), *(by for line in tumour("sein-b")["checklist"] for by in line["by"])}
    assert not [identifier for identifier in shown if identifier.startswith("X08")]


def test_b_fertility_is_silent_at_58() -> None:
    """X11 is not asked of a woman after menopause."""
    assert "X11" not in verdicts("sein-b")
    assert verdicts("sein-b", "all")["X11"] == "does_not_apply"
    assert "X11" not in {by for line in tumour("sein-b")["checklist"] for by in line["by"]}


def test_b_s10_does_not_apply() -> None:
    """cT2 is not cT1a-b: no upfront surgery."""
    assert verdicts("sein-b", "all")["S10"] == "does_not_apply"


def test_b_the_brca_test_is_asked_for_and_pending() -> None:
    """X13 applies at 58 triple negative; the test was ordered: demandé, en attente."""
    assert verdicts("sein-b")["X13-triple-negatif"] == "applies"
    (line,) = [line for line in tumour("sein-b")["checklist"] if "gbrca" in line["items"]]
    assert line["status"] == "pending"


def test_b_metastatic_questions_are_not_posed() -> None:
    """S19 belongs to M1: no question of it is posed or open, and nothing of it is asked."""
    assert not [q["id"] for q in tumour("sein-b", "all")["questions"] if "metastatique" in q["id"]]
    assert not [identifier for identifier in verdicts("sein-b", "all") if identifier.startswith("S19")]


@pytest.mark.parametrize("prefix", ["S08", "S11", "S14"])
def test_b_nothing_of_after_surgery_is_undetermined_before_it(prefix: str) -> None:
    """pT, pN and the response belong to after surgery: neither the rules nor the items come up."""
    assert not [
        i for i, verdict in verdicts("sein-b", "all").items() if i.startswith(prefix) and verdict == "undetermined"
    ]


def test_b_nothing_of_after_surgery_is_asked_before_it() -> None:
    """Neither pT, pN nor the pathological response is asked before surgery."""
    assert not {"pT", "pN", "ypT", "ypN", "pcr", "cps_eg"} & set(map(item_of, tumour("sein-b")["to_ask"]))


def test_b_cm0_closes_the_metastases_that_an_empty_list_left_open() -> None:
    """`metastases: []` says nothing; cM0 does."""
    body = json.loads(examples()["sein-b"])
    base = service(_rule("au moins une métastase où (site est « os »)"))
    with_m = base.evaluate([Document(body, "application/json")], today=LATER, include="all")
    without = json.loads(examples()["sein-b"])
    del without["tumeurs"][0]["cM"], without["tumeurs"][0]["stade_c"]
    open_again = base.evaluate([Document(without, "application/json")], today=LATER, include="all")
    assert named(with_m["tumours"][0]["recommendations"], "C")["verdict"] == "does_not_apply"
    assert named(open_again["tumours"][0]["recommendations"], "C")["verdict"] == "undetermined"


# --- Jenny M: a real bundle --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def jenny(shared: Path) -> dict[str, Any]:
    """Return the answer for the mCODE bundle of Jenny M, on a day of her story."""
    path = shared / "data/fiches/mcode/Bundle-mcode-patient-bundle-jenny-m.json"
    if not path.is_file():
        pytest.skip(f"ONCORULES_SHARED: no file {path.name}")
    return shipped().evaluate([Document(json.loads(path.read_text(encoding="utf-8")), FHIR)], today=LATER)


def test_jenny_m_has_explained_breast_recommendations(jenny: dict[str, Any]) -> None:
    """A breast question is posed or open, and each recommendation of it says why."""
    (found,) = jenny["tumours"]
    breast = [entry for entry in found["recommendations"] if entry["question"].startswith("sein")]
    assert breast
    assert not found["outside"]
    for entry in breast:
        assert [
            leaf
            for leaf in leaves(entry["why"])
            if not leaf["text"] or leaf["truth"] not in ("true", "false", "unknown")
        ] == []


def test_jenny_m_has_explained_trials(jenny: dict[str, Any]) -> None:
    """At least one trial is on the subject, with a verdict by step and its criteria explained."""
    (found,) = jenny["tumours"]
    assert found["trials"]
    for trial in found["trials"]:
        assert trial["verdict"] in ("eligible", "possible", "not_eligible")
        assert trial["why"]["nodes"]


def test_jenny_m_stage_contradiction_is_shown_as_one(jenny: dict[str, Any]) -> None:
    """IIIC (said) against IIB (TNM) is one contradiction that names both."""
    (found,) = jenny["tumours"]
    (stage,) = [entry for entry in found["contradictions"] if entry["item"].startswith("stade")]
    said = " ".join(str(source["value"]) for source in stage["sources"])
    assert "IIIC" in said
    assert "IIB" in said


def test_jenny_m_neutrophils_are_set_aside_and_listed(jenny: dict[str, Any]) -> None:
    """3000 × 10*3/uL can't be: left open, listed with a pointer, and no reading of it is used."""
    problems = [
        entry for entry in jenny["sheet"]["problems"] if "3000" in entry["message"] or "pnn" in entry["message"]
    ]
    assert problems
    assert all(entry["pointer"] for entry in problems)
    (found,) = jenny["tumours"]
    assert not [entry for entry in found["data"] if entry["item"] == "pnn" and entry["value"]]


def test_reading_small_documents_finds_no_problem() -> None:
    """The trial written here is well formed, so that the tests above test the engine."""
    assert read(NCT05297617).problems == ()
