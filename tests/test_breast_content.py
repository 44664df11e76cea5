"""The breast rules answer the two reference sheets as a tumour board would, and say where they stop."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from api.library import examples, texts
from engine.answer import Wanted, answer_tumour
from engine.cases import Ran, run_cases, sheet_of
from engine.facts import facts_of
from engine.model import Rule
from engine.readying import make_ready
from engine.sheet import read_sheet
from engine.snapshot import Base

DAY = date(2026, 11, 20)
ROWS = [f"S{number:02d}" for number in range(1, 22)]
INVASIVE = {"topographie": "sein", "morphologie": "carcinome_infiltrant_type_non_specifique"}
SITE = "knowledge/national/"
# the only links between rules, written down so that a new one is a decision
LINKS = {
    ("S06", "S04"), ("S07", "S04"), ("S08-rh", "S04"), ("S02-neoadjuvant", "S02"), ("S15-menace", "S15"),
    ("S16-apres-crise", "S16-akt"), ("S16-apres-crise", "S16-esr1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def base() -> Base:
    """Return the shipped base."""
    return Base.read(texts())


def rules_of(base: Base) -> list[Rule]:
    """Return the national breast rules."""
    rules = (checked.rule for checked in base.knowledge.rules.values())
    return [rule for rule in rules if rule.span.file.startswith(SITE) and "/sein-" in rule.span.file]


def answered(base: Base, body: Mapping[str, Any], region: str = "") -> dict[str, Any]:
    """Answer the first tumour of a native sheet."""
    sheet = read_sheet(body, base.dictionary, base.ontology, texts=True)
    assert sheet.problems == ()
    day = sheet.date or DAY
    compiled = base.at(day, region, "")
    keys = [load.key for load in compiled.program.loads]
    facts = facts_of(sheet, sheet.tumours[0], day, keys, base.dictionary, base.ontology)
    return answer_tumour(base, make_ready(compiled, base.dictionary), facts, sheet.tumours[0], Wanted())


def flat(base: Base, **items: Any) -> dict[str, Any]:
    """Answer an invasive breast cancer given item by item."""
    return answered(base, sheet_of({**INVASIVE, **items}, base.dictionary))


def verdicts(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the verdict of each rule."""
    return {rule["id"]: rule["verdict"] for rule in answer["recommendations"]}


def silent(answer: Mapping[str, Any], *rules: str) -> bool:
    """Say whether none of some rules says anything: not posed, or certainly not applying."""
    found = verdicts(answer)
    return all(found.get(rule, "does_not_apply") == "does_not_apply" for rule in rules)


def outcomes(answer: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return status and outcome of each question that is posed or open."""
    return {question["id"]: (question["status"], question["outcome"]) for question in answer["questions"]}


def acts(plan: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """Yield the leaves of a plan."""
    if plan is None:
        return
    parts = [part for key in ("choice", "together", "then") for part in plan.get(key, ())]
    if not parts and "concept" in plan:
        yield plan
    for part in parts:
        yield from acts(part)


def offered(answer: Mapping[str, Any], rule: str) -> list[str]:
    """Return the concepts of a rule's plan that no false condition has dropped."""
    plan = next(each["plan"] for each in answer["recommendations"] if each["id"] == rule)
    return [act["concept"]["id"] for act in acts(plan)]


@pytest.fixture(scope="module")
def fiche_a(base: Base) -> dict[str, Any]:
    """Answer fiche A: 72 years, pT2 pN1a, RE 90 %, HER2 2+ without ISH, Grand Est."""
    return answered(base, json.loads(examples()["sein-a"]), "FR-GES")


@pytest.fixture(scope="module")
def fiche_b(base: Base) -> dict[str, Any]:
    """Answer fiche B: 58 years, cT2 cN1 M0 triple negative, before surgery."""
    return answered(base, json.loads(examples()["sein-b"]), "FR-PDL")


# --- what is there ----------------------------------------------------------------------------------


def test_no_problem_in_the_documents(base: Base) -> None:
    assert [problem for problem in base.problems if "/sein-" in problem.span.file] == []


def test_every_case_comes_out(base: Base) -> None:
    ids = {rule.id for rule in rules_of(base)}
    ran = [each for each in run_cases(base) if isinstance(each, Ran) and each.subject in ids]
    assert len(ran) == sum(len(rule.cases) for rule in rules_of(base)) > 180
    assert [each for each in ran if not each.right] == []


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_source_is_encoded(base: Base, row: str) -> None:
    assert [rule for rule in rules_of(base) if rule.id == row or rule.id.startswith(f"{row}-")]


def test_each_rule_has_a_case_true_false_and_undetermined(base: Base) -> None:
    for rule in rules_of(base):
        expected = {str(case.expected) for case in rule.cases}
        assert expected >= {"s'applique", "ne s'applique pas", "indéterminée"}, rule.id


def test_each_rule_has_source_confidence_and_a_short_title(base: Base) -> None:
    for rule in rules_of(base):
        checked = base.knowledge.rules[rule.id]
        assert checked.guideline.status == "à valider"
        assert rule.source.title, rule.id
        assert len(rule.title) <= 90, rule.id
        assert rule.confidence in ("lue", "forte", "moyenne") or rule.excepts, rule.id
        assert rule.since_mark in ("édition", ""), rule.id


def test_the_links_between_rules_are_these(base: Base) -> None:
    found = {(rule.id, target) for rule in rules_of(base) for target in (*rule.excepts, rule.completes) if target}
    assert found == LINKS


def test_no_breast_document_claims_to_be_whole(base: Base) -> None:
    mine = [each for each in base.knowledge.questions if "/sein-" in each.question.span.file]
    assert mine
    assert not any(each.question.whole for each in mine)


# --- fiche A ----------------------------------------------------------------------------------------


def test_fiche_a_hormone_therapy_is_certain_and_an_aromatase_inhibitor(fiche_a: dict[str, Any]) -> None:
    assert verdicts(fiche_a)["S04"] == "applies"
    assert "inhibiteur_de_l_aromatase" in offered(fiche_a, "S04")
    assert "tamoxifene" not in offered(fiche_a, "S04")


def test_fiche_a_no_abemaciclib_in_either_her2_world(fiche_a: dict[str, Any]) -> None:
    assert silent(fiche_a, "S06")


def test_fiche_a_waits_for_ish_then_judgement(fiche_a: dict[str, Any]) -> None:
    rule = next(each for each in fiche_a["recommendations"] if each["id"] == "S05")
    assert rule["verdict"] == "undetermined"
    assert any(item["item"].startswith("ish_") for item in rule["missing"])
    assert [each["item"] for each in rule["to_judge"]] == ["benefice-chimio-incertain"]
    assert fiche_a["to_ask"][0]["item"].startswith("ish_")


def test_fiche_a_axillary_question_waits_for_radiotherapy(fiche_a: dict[str, Any]) -> None:
    rule = next(each for each in fiche_a["recommendations"] if each["id"] == "S03")
    assert rule["verdict"] == "undetermined"
    assert "radiotherapie_sein_prevue" in [item["item"] for item in rule["missing"]]


def test_fiche_a_does_not_ask_what_only_a_neoadjuvant_patient_is_asked(fiche_a: dict[str, Any]) -> None:
    assert silent(fiche_a, "S08-rh", "S08-tn", "S11", "S14")
    assert not {"cps_eg", "pcr", "gbrca"} & {each["item"] for each in fiche_a["to_ask"]}


def test_fiche_a_her2_positive_surgery_first_is_open(fiche_a: dict[str, Any]) -> None:
    assert silent(fiche_a, "S13", "S13-rcp")
    assert outcomes(fiche_a)["sein-her2-adjuvant"] == ("open", "not_encoded")


def test_fiche_a_region_asks_its_own_g8(fiche_a: dict[str, Any]) -> None:
    found = verdicts(fiche_a)
    assert (found["NEON-g8"], found["X10-g8"], found["NEON-ega"]) == ("applies", "replaced", "undetermined")


# --- fiche B ----------------------------------------------------------------------------------------


def test_fiche_b_chemo_immunotherapy_first(fiche_b: dict[str, Any]) -> None:
    assert verdicts(fiche_b)["S09"] == "applies"
    assert {"pembrolizumab", "carboplatine_paclitaxel", "ac", "ec", "tumorectomie"} <= set(offered(fiche_b, "S09"))


def test_fiche_b_is_not_asked_about_surgery_to_come(fiche_b: dict[str, Any]) -> None:
    assert silent(fiche_b, "S08-tn", "S11", "S14", "S13", "S10", "S10-T1c", "S19")
    assert not {"pT", "pN", "pcr"} & {each["item"] for each in fiche_b["to_ask"]}


def test_fiche_b_poses_only_the_questions_of_its_moment(fiche_b: dict[str, Any]) -> None:
    posed = {name for name in outcomes(fiche_b) if name.startswith("sein-")}
    assert posed == {"sein-tn-initial", "sein-initial"}


def test_fiche_b_safety_of_each_drug(fiche_b: dict[str, Any]) -> None:
    plan = next(each["plan"] for each in fiche_b["recommendations"] if each["id"] == "S09")
    by = {act["concept"]["id"]: {each["id"] for each in act["safety"]["by"]} for act in acts(plan)}
    assert {"X15-greffe", "X15-auto-immune", "X15-corticoides", "X16"} <= by["pembrolizumab"]
    assert "X07" in by["ac"]
    assert not {"X06", "X06-fevg"} & by["ac"]
    assert not {name for name in by["carboplatine_paclitaxel"] if name.startswith("X08")}


def test_fiche_b_germline_test_is_pending(fiche_b: dict[str, Any]) -> None:
    entry = next(each for each in fiche_b["checklist"] if "BRCA" in each["item"])
    assert entry["status"] == "pending"


# --- traps ------------------------------------------------------------------------------------------


def test_no_conservative_surgery_in_inflammatory_cancer(base: Base) -> None:
    answer = flat(base, sexe="F", age=50, moment="bilan", cT="T4d", cN="N1", cM="M0", re_pct=0, rp_pct=0, her2_ihc="0")
    assert (verdicts(answer)["S09"], verdicts(answer)["S21"]) == ("applies", "applies")
    assert silent(answer, "S02")
    assert "tumorectomie" not in offered(answer, "S09")
    assert "mastectomie" in offered(answer, "S09")


def test_metastatic_patient_gets_no_adjuvant_rule(base: Base) -> None:
    answer = flat(
        base, sexe="F", age=58, moment="apres_chirurgie", cM="M1", pT="T2", pN="N2a", re_pct=90, her2_ihc="1+"
    )
    assert silent(answer, "S04", "S05", "S06", "S07", "S08-rh")


def test_premenopausal_node_positive_low_score_is_a_gap_not_an_answer(base: Base) -> None:
    answer = flat(
        base, sexe="F", age=44, menopause="non", moment="apres_chirurgie", cM="M0", pT="T2", pN="N1a", re_pct=90,
        her2_ihc="1+", grade_sbr=2, oncotype_rs=15, jugements={"benefice-chimio-incertain": "oui"},
    )  # fmt: skip
    assert silent(answer, "S05")
    assert outcomes(answer)["sein-adjuvant-chimio"] == ("posed", "not_encoded")


def test_a_man_is_never_offered_an_aromatase_inhibitor_alone(base: Base) -> None:
    answer = flat(
        base, sexe="M", age=66, moment="apres_chirurgie", cM="M0", pT="T2", pN="N2a", re_pct=90, her2_ihc="1+"
    )
    assert "inhibiteur_de_l_aromatase" not in offered(answer, "S04")
    assert "tamoxifene" in offered(answer, "S04")
    assert {"inhibiteur_de_l_aromatase", "agoniste_de_la_lhrh"} <= set(offered(answer, "S07"))


def test_access_layers_are_kept_apart(base: Base) -> None:
    answer = flat(
        base, sexe="F", age=60, menopause="oui", moment="apres_chirurgie", cM="M0", pT="T2", taille_p=30, pN="N2a",
        grade_sbr=3, re_pct=90, her2_ihc="1+",
    )  # fmt: skip
    usable = {rule["id"]: [act.get("usable_today") for act in acts(rule["plan"])] for rule in answer["recommendations"]}
    assert usable["S06"] == ["AMM et remboursement"]
    assert usable["S07"][0] == "AMM, non remboursé"


def test_visceral_crisis_puts_chemotherapy_first(base: Base) -> None:
    answer = flat(
        base,
        sexe="F",
        age=64,
        menopause="oui",
        moment="metastatique_ligne_1",
        cM="M1",
        re_pct=90,
        her2_ihc="1+",
        crise_viscerale="oui",
    )
    assert (verdicts(answer)["S15"], verdicts(answer)["S16-crise"]) == ("overridden", "applies")
