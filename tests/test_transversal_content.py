"""Safety and process rules reach drugs by their class, say what the sources say, and no region relaxes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from api.library import texts
from engine.actions import acts_of
from engine.cases import Ran, run_cases
from engine.model import Rule
from engine.snapshot import Base
from engine.syntax import Constant
from engine.view import Reach

DAY = date(2026, 11, 20)
SAFETY = "X02 X03 X04 X05 X06 X07 X08 X09 X12 X15 X16 X17 X18 X20 X21 X22 X23 X24".split()
PROCESS = "X01 X10 X11 X13 X14 X19".split()
FOLDERS = ("knowledge/national/transversal/", "knowledge/regional/")


@pytest.fixture(scope="module")
def base() -> Base:
    """Return the shipped base."""
    return Base.read(texts())


def rules_of(base: Base) -> list[Rule]:
    """Return the transversal and regional rules."""
    return [checked.rule for checked in base.knowledge.rules.values() if checked.rule.span.file.startswith(FOLDERS)]


def reach(base: Base, treatment: str) -> list[Reach]:
    """Return the safety acts that reach a treatment, given by its id, nation only."""
    return list(base.at(DAY).view.reaching(base.ontology.masks[treatment]))


def sure(base: Base, treatment: str) -> set[str]:
    """Return the rules that surely reach a treatment."""
    return {one.rule for one in reach(base, treatment) if one.sure}


def perhaps(base: Base, treatment: str) -> set[str]:
    """Return the rules that may reach a coarser treatment."""
    return {one.rule for one in reach(base, treatment) if not one.sure}


def modalities(base: Base, treatment: str, rules: Iterable[str]) -> dict[str, str]:
    """Return what some rules conclude for a treatment."""
    return {one.rule: one.modality for one in reach(base, treatment) if one.rule in set(rules)}


# --- what is there ----------------------------------------------------------------------------------


def test_no_problem_in_the_documents(base: Base) -> None:
    assert [p for p in base.problems if p.span.file.startswith(FOLDERS)] == []


def test_every_case_comes_out(base: Base) -> None:
    ids = {rule.id for rule in rules_of(base)}
    ran = [each for each in run_cases(base) if isinstance(each, Ran) and each.subject in ids]
    assert len(ran) == sum(len(rule.cases) for rule in rules_of(base)) > 400
    assert [each for each in ran if not each.right] == []


@pytest.mark.parametrize("row", [*SAFETY, *PROCESS])
def test_every_row_of_the_source_is_encoded(base: Base, row: str) -> None:
    family = [rule for rule in rules_of(base) if rule.id == row or rule.id.startswith((f"{row}-", f"{row}p"))]
    assert family
    assert {rule.kind for rule in family} <= {"safety", "process"}
    assert any(rule.kind == ("safety" if row in SAFETY else "process") for rule in family)


def test_legal_duties_are_marked_and_only_uracil_blocks(base: Base) -> None:
    legal = {rule.id for rule in rules_of(base) if rule.legal}
    assert legal == {"X01", "X02", "X02-mention", "X05", "X11"}
    assert {rule.id for rule in rules_of(base) if rule.blocking} == {"X02", "X05"}


def test_every_rule_waits_for_a_clinician_and_names_its_source(base: Base) -> None:
    for checked in base.knowledge.rules.values():
        if checked.rule.span.file.startswith(FOLDERS):
            assert checked.guideline.status == "à valider"
            assert checked.rule.source.title
            if checked.action is not None:  # an exception that only takes away speaks of the rule it stands in
                assert checked.rule.source.section, checked.id
                assert checked.rule.confidence in ("lue", "forte", "moyenne"), checked.id


def test_a_date_in_force_is_the_edition_cited_never_a_day_of_our_own(base: Base) -> None:
    assert {rule.since_mark for rule in rules_of(base) if rule.since} == {"édition"}


def test_each_rule_has_a_case_true_false_and_undetermined(base: Base) -> None:
    for rule in rules_of(base):
        expected = {str(case.expected) for case in rule.cases}
        assert "s'applique" in expected, rule.id
        assert "ne s'applique pas" in expected, rule.id
        never_unknown = any(isinstance(written.condition, Constant) for written in rule.conditions)
        assert "indéterminée" in expected or never_unknown, rule.id


# --- whom a rule reaches ----------------------------------------------------------------------------

URACIL = {"X02", "X02-mention", "X03", "X03p", "X05", "X22-brivudine"}


@pytest.mark.parametrize(
    "treatment",
    "fluorouracile capecitabine tegafur lv5fu2 folfox capox folfiri folfirinox mfolfirinox flot tpf cap50 fec100 cmf tnt_prodige_23"
    " encorafenib_cetuximab_folfox tucatinib_capecitabine_trastuzumab fluoropyrimidine_seule".split(),
)
def test_a_protocol_does_not_hide_its_fluoropyrimidine(base: Base, treatment: str) -> None:
    assert sure(base, treatment) >= URACIL


@pytest.mark.parametrize("treatment", ["fluorouracile_topique", "trifluridine_tipiracil", "gemcitabine", "raltitrexed"])
def test_what_is_no_systemic_fluoropyrimidine_is_left_alone(base: Base, treatment: str) -> None:
    assert not URACIL & (sure(base, treatment) | perhaps(base, treatment))


def test_a_coarser_action_may_turn_out_to_be_the_drug(base: Base) -> None:
    assert perhaps(base, "doublet_a_base_de_platine") >= {"X08", "X08-rein", "X08-oms"}
    assert perhaps(base, "chimiotherapie") >= URACIL
    assert not {"X08", "X08-rein"} & (sure(base, "carboplatine_paclitaxel") | perhaps(base, "carboplatine_paclitaxel"))


@pytest.mark.parametrize(
    ("treatment", "rules"),
    [
        ("cisplatine_vinorelbine", {"X08": "contraindicate", "X08-rein": "adapt", "X08-nyha": "adapt"}),
        ("cisplatine_pemetrexed", {"X08": "contraindicate", "X09-pemetrexed": "contraindicate"}),
        (
            "ec_paclitaxel",
            {"X06": "require", "X06-fevg": "require", "X07": "contraindicate", "X07-epirubicine": "contraindicate"},
        ),
        ("keynote_522", {"X06": "require", "X15-greffe": "require", "X15-auto-immune": "require", "X16": "require"}),
        ("tchp", {"X06": "require", "X06-pertuzumab": "require", "X09-docetaxel-bilirubine": "contraindicate"}),
        (
            "trastuzumab_deruxtecan",
            {"X06": "require", "X24": "contraindicate", "X24-passee": "require", "X24-scanner": "require"},
        ),
        (
            "folfirinox",
            {
                "X09-irinotecan": "contraindicate",
                "X17": "adapt",
                "X17-contre-indication": "contraindicate",
                "X21": "avoid",
            },
        ),
        ("flot", {"X21": "avoid", "X02": "require"}),
        (
            "ribociclib_ia",
            {
                "X18-ribociclib": "contraindicate",
                "X18-ribociclib-ions": "require",
                "X18-ribociclib-tamoxifene": "contraindicate",
            },
        ),
        ("dabrafenib_trametinib", {"X18-mek-fevg": "require", "X18-mek-ophtalmologie": "require", "X18-qt": "require"}),
        ("osimertinib", {"X18-qt": "require"}),
        (
            "adt_abiraterone",
            {
                "X20-child-c": "contraindicate",
                "X20-child-b": "adapt",
                "X20-kaliemie": "require",
                "X20-radium": "contraindicate",
            },
        ),
        ("radium_223", {"X20-radium-abiraterone": "contraindicate"}),
        ("talazoparib_enzalutamide", {"X20-convulsions": "avoid"}),
        ("nivolumab_ipilimumab", {"X15-pneumopathie": "require", "X15-toxicite": "require", "X16": "require"}),
        ("rituximab", {"X16": "require"}),
        ("acide_zoledronique", {"X09-zoledronique": "contraindicate", "X09-zoledronique-30": "adapt"}),
        ("capox", {"X04-capecitabine": "contraindicate", "X04-capecitabine-dose": "adapt", "X22-avk": "adapt"}),
        ("olaparib", {"X12-medicaments": "contraindicate"}),
        ("tamoxifene", {"X12": "require", "X12-medicaments": "contraindicate"}),
        ("radiotherapie_du_sein_entier", {"X12": "require"}),
        ("radiotherapie_5x5_gy", {"X12-radiotherapie": "contraindicate", "X11": "require"}),
        ("ac", {"X11": "require", "X12-trimestre-1": "contraindicate", "X23-pnn": "adapt"}),
        ("mastectomie", {"X10-ega": "require", "X12-recours": "require"}),
    ],
)
def test_what_reaches_a_treatment(base: Base, treatment: str, rules: dict[str, str]) -> None:
    assert modalities(base, treatment, rules) == rules


def test_surveillance_needs_no_safety(base: Base) -> None:
    assert reach(base, "surveillance") == []


def test_pregnancy_bars_more_than_a_closed_list(base: Base) -> None:
    for treatment in "pertuzumab sacituzumab_govitecan letrozole durvalumab palbociclib niraparib vemurafenib cobimetinib alectinib bevacizumab methotrexate".split():
        assert "X12-medicaments" in sure(base, treatment), treatment


# --- places -----------------------------------------------------------------------------------------


def test_no_region_touches_safety_or_a_legal_duty(base: Base) -> None:
    for rule in rules_of(base):
        if rule.span.file.startswith("knowledge/regional/"):
            targets = [base.knowledge.rules[t].rule for t in (*rule.excepts, rule.replaces, rule.restricts) if t]
            assert not any(target.kind == "safety" or target.legal for target in targets)


def test_a_replacement_says_why_and_by_whom(base: Base) -> None:
    replacing = {rule.id: rule for rule in rules_of(base) if rule.replaces}
    assert {rule.replaces for rule in replacing.values()} == {"X10-g8", "X10-ega"}
    assert all(rule.reason and rule.source.edition for rule in replacing.values())


@pytest.mark.parametrize("region", ["FR-GES", "FR-BFC"])
def test_the_overlay_holds_in_its_two_regions_only(base: Base, region: str) -> None:
    assert base.at(DAY, region).view.replaced == {"X10-g8": "NEON-g8", "X10-ega": "NEON-ega"}
    assert base.at(DAY, "FR-BRE").view.replaced == {}
    assert base.at(DAY).view.replaced == {}


def test_requirements_name_what_they_require(base: Base) -> None:
    for rule in rules_of(base):
        required = [act for act in acts_of(rule.action) if act.modality == "require"]
        assert all(act.requires for act in required), rule.id
        assert bool(required) == (rule.satisfied_if is not None), rule.id
