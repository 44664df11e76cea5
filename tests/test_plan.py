"""Action trees as the answer gives them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.cases import sheet_of
from tests.small import DAY, answer, little_answer, named, rules, service, shipped


def plan(action: str, safety: str = "", **said: Any) -> Any:
    """Return the plan of one rule that always holds, beside some safety rules."""
    documents = [
        rules(f"- {{id: R, titre: t, si: vrai, alors: {action}}}", "a"),
        *([rules(safety, "b")] if safety else []),
    ]
    return named(little_answer(said, *documents)["recommendations"], "R")["plan"]


def test_a_part_whose_condition_is_false_drops_and_an_unknown_one_stays() -> None:
    """With its condition, so that the reader sees what it hangs on."""
    tree = (
        '{au choix: [{proposer: FOLFOX, si: "menopause = oui"}, {proposer: FOLFIRI, si: "menopause = non"}, chirurgie]}'
    )
    assert [part["concept"]["id"] for part in plan(tree, menopause=True)["choice"]] == ["folfox", "chirurgie"]
    both = plan(tree)["choice"]
    assert [part.get("condition", {}).get("truth") for part in both] == ["unknown", "unknown", None]


def test_a_rule_all_of_whose_alternatives_drop_does_not_apply() -> None:
    """An empty plan is no plan."""
    text = rules('- {id: R, titre: t, si: vrai, alors: {proposer: FOLFOX, si: "menopause = oui"}}')
    assert named(little_answer({"menopause": False}, text)["recommendations"], "R")["verdict"] == "does_not_apply"


def test_alternatives_come_by_their_rank() -> None:
    """First intention before what comes after."""
    found = plan("{au choix: [{proposer: FOLFOX, rang: 2}, {proposer: FOLFIRI, rang: 1}, chirurgie]}")
    assert [part["concept"]["id"] for part in found["choice"]] == ["folfiri", "folfox", "chirurgie"]


def test_a_group_has_a_rank_too() -> None:
    """A sequence of first intention comes before an alternative of second; one part left of it keeps its rank."""
    found = plan("{au choix: [{proposer: FOLFOX, rang: 2}, {puis: [FOLFIRI, chirurgie], rang: 1}]}")
    assert [part["rank"] for part in found["choice"]] == [1, 2]
    assert "then" in found["choice"][0]
    left = '{au choix: [{proposer: FOLFOX, rang: 2}, {puis: [FOLFIRI, {proposer: chirurgie, si: "menopause = oui"}], rang: 1}]}'
    first, _ = plan(left, menopause=False)["choice"]
    assert (first["concept"]["id"], first["rank"]) == ("folfiri", 1)


def test_an_action_says_what_its_source_gives() -> None:
    """Intent, duration, dose, cycles and text, and nothing that was not written."""
    found = plan('{proposer: FOLFOX, intention: adjuvant, duree: 6 mois, dose: "85 mg/m²", texte: à discuter}')
    assert {key: found[key] for key in ("modality", "intent", "duration", "dose", "text")} == {
        "modality": "propose", "intent": "adjuvant", "duration": "6 mois", "dose": "85 mg/m²", "text": "à discuter",
    }  # fmt: skip
    assert "cycles" not in found
    assert "rank" not in found


@pytest.mark.parametrize(("conclusion", "truth_status"), [
    ("contre-indiquer: oxaliplatine", {3: "contraindicated", 1: "clear", None: "to_check"}),
    ("éviter: oxaliplatine", {3: "discouraged", 1: "clear", None: "to_check"}),
    ("adapter: oxaliplatine", {3: "to_adapt", 1: "clear", None: "to_check"}),
    ("exiger avant: oxaliplatine, quoi: uracilémie", {3: "required", 1: "clear", None: "required"}),
])  # fmt: skip
def test_each_conclusion_of_safety_has_its_status(conclusion: str, truth_status: dict[int | None, str]) -> None:
    """UNKNOWN never clears and never blocks; what is required is never contraindicated."""
    safety = f'- {{id: X, titre: t, genre: sécurité, si: "oms >= 3", alors: {{{conclusion}}}}}'
    assert {oms: plan("FOLFOX", safety, oms=oms)["safety"]["status"] for oms in truth_status} == truth_status


def test_what_is_required_and_done_is_clear() -> None:
    """`satisfait_si`."""
    safety = '- {id: X, titre: t, genre: sécurité, si: vrai, satisfait_si: "documenté(uracilemie)", bloquant: oui, alors: {exiger avant: fluoropyrimidine, quoi: uracilémie}}'
    (entry,) = plan("FOLFOX", safety)["safety"]["by"]
    assert (entry["status"], entry["blocking"], entry["requires"]) == ("required", True, "uracilémie")
    assert plan("FOLFOX", safety, uracilemie=10)["safety"] == {"status": "clear", "by": []}


@pytest.mark.parametrize(
    ("dose", "status"),
    [
        ('dose: "75 mg/m²"', "contraindicated"),
        ('dose: "40 mg/m²"', "clear"),
        ("texte: x", "to_check"),
        ('dose: "75 mg"', "to_check"),
    ],
)
def test_a_safety_rule_may_look_at_the_dose(dose: str, status: str) -> None:
    """Without a dose that can be compared it is to check."""
    safety = '- {id: X, titre: t, genre: sécurité, si: vrai, alors: {contre-indiquer: oxaliplatine, action où: "dose >= 60 mg/m²"}}'
    assert plan(f"{{proposer: oxaliplatine, {dose}}}", safety)["safety"]["status"] == status


def test_the_worst_status_counts_and_each_rule_stands_once() -> None:
    """A rule that reaches by two concepts is one entry, the worst of the two."""
    safety = """
- {id: X, titre: t, genre: sécurité, si: vrai, alors: [{adapter: fluoropyrimidine}, {contre-indiquer: oxaliplatine}]}
- {id: Y, titre: t, genre: sécurité, si: vrai, alors: {éviter: chimiothérapie}}
"""
    found = plan("FOLFOX", safety)["safety"]
    assert found["status"] == "contraindicated"
    assert [(entry["id"], entry["status"]) for entry in found["by"]] == [("X", "contraindicated"), ("Y", "discouraged")]


def test_safety_says_nothing_of_what_is_avoided() -> None:
    """It reaches what is proposed or considered."""
    safety = "- {id: X, titre: t, genre: sécurité, si: vrai, alors: {contre-indiquer: oxaliplatine}}"
    assert "safety" not in plan("{éviter: FOLFOX}", safety)
    assert plan("{envisager: FOLFOX}", safety)["safety"]["status"] == "contraindicated"


ACCESS = '{{proposer: FOLFOX, acces: {{amm: [{{etat: oui{}}}], has: [{{avis: favorable, date: "2024"}}]}}}}'


def test_access_layers_are_kept_apart() -> None:
    """Each a list of values, with what can be used today in one word."""
    found = plan(ACCESS.format(""))
    assert found["usable_today"] == "AMM et remboursement"
    assert set(found["access"]) == {"amm", "has"}


@pytest.mark.parametrize(("menopause", "usable"), [(True, True), (False, False), (None, False)])
def test_an_access_that_has_a_condition_counts_where_it_is_met(menopause: bool | None, usable: bool) -> None:
    """A marketing authorisation for women after menopause authorises nothing before it, nor where nobody knows."""
    found = plan(ACCESS.format(', si: "menopause = oui"'), menopause=menopause)
    assert (found["usable_today"] == "AMM et remboursement") == usable


def test_the_latest_opinion_counts_whatever_the_order_it_is_written_in() -> None:
    """Favourable in 2023 after unfavourable in 2022."""
    text = "{{proposer: FOLFOX, acces: {{amm: [{{etat: oui}}], has: [{}]}}}}"
    no, yes = '{avis: défavorable, date: "2022-10-04"}', '{avis: favorable, date: "2023"}'
    assert (
        plan(text.format(f"{no}, {yes}"))["usable_today"]
        == plan(text.format(f"{yes}, {no}"))["usable_today"]
        == "AMM et remboursement"
    )


def test_a_wrong_condition_of_an_access_is_found_by_check() -> None:
    """It is a condition like any other."""
    with pytest.raises(AssertionError, match="item-inconnu"):
        plan(ACCESS.format(', si: "menopose = oui"'))


@pytest.mark.parametrize(("age", "outcome"), [(70, "answered"), (None, "undetermined"), (30, "not_encoded")])
def test_a_question_of_safety_alone_is_answered_by_its_safety_rules(age: int | None, outcome: str) -> None:
    """An alert that is TRUE is no gap in what is encoded."""
    text = rules('- {id: R, titre: t, genre: sécurité, si: "age >= 65 ans", alors: {éviter: chimiothérapie}}')
    said = {} if age is None else {"age": age}
    found = answer(service(text), sheet_of(said, shipped().base.dictionary), DAY)
    assert [question["outcome"] for question in found["questions"]] == [outcome]
