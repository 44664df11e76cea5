"""The board's own proposal: safety reaches it, and the answer says where it departs from what applies."""

from __future__ import annotations

from typing import Any

import pytest

from api.documents import NATIVE, Document
from tests.small import DAY, answer, flat, rules, service

GUIDE = """
- {id: ADJ, titre: t, si: vrai, alors: {au choix: [{proposer: FOLFOX, intention: adjuvant}, {envisager: CAPOX, intention: adjuvant}]}}
- {id: OP, titre: t, si: "oms <= 2", alors: {ensemble: [chirurgie, radiothérapie]}}
- {id: NOT, titre: t, si: "oms >= 4", alors: abémaciclib}
- {id: DANGER, titre: t, genre: sécurité, si: "age >= 80 ans", alors: {contre-indiquer: oxaliplatine}}
"""


def proposal(*concepts: Any, text: str = GUIDE, **said: Any) -> dict[str, Any]:
    """Return what the answer says of a proposal."""
    sheet = flat(topographie="colon", **said)
    if concepts:
        lines = [one if isinstance(one, dict) else {"concept": one} for one in concepts]
        sheet["proposition_traitements"] = {"lignes": lines}
    found: dict[str, Any] = answer(service(rules(text)), sheet)["proposal"]
    return found


def statuses(found: dict[str, Any]) -> list[str]:
    return [each["status"] for each in found["treatments"]]


def left_out(found: dict[str, Any]) -> dict[str, list[str]]:
    return {each["id"]: each["missing"] for each in found["left_out"]}


def test_a_sheet_without_a_proposal_has_none() -> None:
    assert proposal(oms=1) is None


@pytest.mark.parametrize(
    ("concept", "said", "status"),
    [
        ("folfox", {}, "recommended"),
        ({"concept": "folfox", "intention": "adjuvant"}, {}, "recommended"),
        ({"concept": "folfox", "intention": "palliatif"}, {}, "departs"),
        ("chimiotherapie", {}, "may_be"),
        ("folfiri", {}, "departs"),
        ("hemicolectomie_droite", {"oms": 1}, "recommended"),
        ("chirurgie", {}, "undetermined"),
        ("abemaciclib", {"oms": 2}, "departs"),
        ("abemaciclib", {}, "undetermined"),
    ],
)
def test_a_treatment_is_held_against_what_applies(concept: Any, said: dict[str, Any], status: str) -> None:
    """What lies below a plan is it; what contains it may be it; what no plan that may apply has departs."""
    assert statuses(proposal(concept, **said)) == [status]


@pytest.mark.parametrize("row", [{"intention": "adjuvant"}, {"concept": {"valeur": "folfox", "certitude": "suspecte"}}])
def test_a_row_that_names_no_treatment_is_no_proposal(row: dict[str, Any]) -> None:
    """Nor does what is said absent from the list make it one."""
    sheet = flat(topographie="colon")
    sheet["proposition_traitements"] = {"lignes": [row], "absents": ["radiothérapie"]}
    assert answer(service(rules(GUIDE)), sheet)["proposal"] is None


def test_where_nothing_applies_a_proposal_departs_from_nothing() -> None:
    """No recommendation that applies, no departure: that none speaks of a treatment is not that they are against it."""
    text = '- {id: A, titre: t, si: "oms >= 4", alors: FOLFOX}'
    assert statuses(proposal("folfiri", text=text)) == ["silent"]
    assert statuses(proposal("folfiri", text=text, oms=1)) == ["silent"]
    assert statuses(proposal("folfiri", text=text, oms=4)) == ["departs"]


def test_safety_reaches_the_proposal_though_no_rule_proposes_it() -> None:
    """By what the treatment is, lies below or contains; what may be it is restricted."""
    (capox,) = proposal("mfolfirinox", age=84)["treatments"]
    assert capox["status"] == "silent"
    assert (capox["safety"]["status"], [by["id"] for by in capox["safety"]["by"]]) == ("contraindicated", ["DANGER"])
    (coarse,) = proposal("chimiotherapie", age=84)["treatments"]
    assert coarse["safety"]["status"] == "restricted"
    (unknown,) = proposal("mfolfirinox")["treatments"]
    assert unknown["safety"]["status"] == "to_check"
    assert [item["item"] for item in unknown["safety"]["by"][0]["missing"]] == ["age", "date_naissance"]


def test_a_contraindicated_plan_is_no_recommendation() -> None:
    text = GUIDE.replace("{envisager: CAPOX, intention: adjuvant}", "{envisager: FOLFIRINOX, intention: adjuvant}")
    assert statuses(proposal("folfox", text=text, age=84)) == ["contraindicated"]


def test_a_contraindicated_alternative_is_no_recommendation_and_leaves_the_other_out() -> None:
    danger = GUIDE.strip().splitlines()[-1]
    text = "- {id: ADJ, titre: t, si: vrai, alors: {au choix: [FOLFOX, FOLFIRI]}}\n" + danger
    found = proposal("folfox", text=text, age=84)
    assert statuses(found) == ["contraindicated"]
    assert left_out(found) == {"ADJ": ["FOLFIRI"]}
    assert left_out(proposal("folfiri", text=text, age=84)) == {}


def test_a_part_that_may_drop_is_neither_recommended_nor_left_out() -> None:
    """Until what its condition asks is known."""
    text = '- {id: OP, titre: t, si: vrai, alors: {ensemble: [chirurgie, {proposer: FOLFOX, si: "oms <= 1"}]}}'
    both = ("chirurgie", "folfox")
    assert statuses(proposal(*both, text=text)) == ["recommended", "undetermined"]
    assert statuses(proposal(*both, text=text, oms=1)) == ["recommended", "recommended"]
    assert statuses(proposal(*both, text=text, oms=3)) == ["recommended", "departs"]
    assert [left_out(proposal("chirurgie", text=text, **said)) for said in ({}, {"oms": 1}, {"oms": 3})] == [
        {},
        {"OP": ["FOLFOX"]},
        {},
    ]


@pytest.mark.parametrize(
    ("intents", "status"),
    [(["adjuvant"], "recommended"), (["adjuvant", "palliatif"], "may_be"), (["curatif", "palliatif"], "departs")],
)
def test_an_intent_said_coarsely_is_no_other(intents: list[str], status: str) -> None:
    assert statuses(proposal({"concept": "folfox", "intention": intents})) == [status]


def test_what_applies_and_is_not_proposed_is_said() -> None:
    """One of a choice is enough; of what goes together every part counts."""
    assert left_out(proposal("folfox", oms=1)) == {"OP": ["chirurgie", "radiothérapie"]}
    assert left_out(proposal("folfox", "chirurgie", oms=1)) == {"OP": ["radiothérapie"]}
    assert left_out(proposal("folfox", "chirurgie", "radiotherapie", oms=1)) == {}
    assert left_out(proposal("folfiri", oms=4)) == {"ADJ": ["FOLFOX", "CAPOX"], "NOT": ["abémaciclib"]}


def test_surveillance_alone_is_a_proposal() -> None:
    """As a fiche RCP codes it."""
    text = "- {id: WAIT, titre: t, si: vrai, alors: surveillance}"
    sheet = {**flat(topographie="colon"), "rcp": {"proposition_surveillance": True}}
    found = answer(service(rules(text)), sheet)["proposal"]
    assert statuses(found) == ["recommended"]
    assert found["left_out"] == []


def test_a_proposal_names_its_tumour() -> None:
    """What is proposed for one tumour is not for the other; unnamed, it may be for either."""
    sheet = {
        "schema": "fiche-rcp/1",
        "tumeurs": [{"id": "t1", "topographie": "colon"}, {"id": "t2", "topographie": "sein"}],
        "proposition_traitements": {"lignes": [{"concept": "folfox", "tumeur": "t1"}, {"concept": "chirurgie"}]},
    }
    told = service(rules(GUIDE)).evaluate([Document(sheet, NATIVE)], today=DAY)["tumours"]
    first, second = (each["proposal"]["treatments"] for each in told)
    assert [(each["text"], each["certain"]) for each in first] == [("FOLFOX", True), ("chirurgie", False)]
    assert [(each["text"], each["certain"]) for each in second] == [("chirurgie", False)]
