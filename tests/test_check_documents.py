"""Rules, actions, definitions and trials resolved, and the links between them."""

from __future__ import annotations

import pytest

from engine.problems import Problem
from engine.snapshot import DICTIONARY, INDEX, Base
from engine.statements import CheckedAct, CheckedGroup
from tests.small import LITTLE, little, rules

FILES = {
    INDEX: (LITTLE / "index.json").read_text(encoding="utf-8"),
    DICTIONARY: (LITTLE / "dictionary.yaml").read_text(encoding="utf-8"),
}


def problems(*documents: str) -> list[Problem]:
    """Return what is wrong with documents over the small base."""
    return list(Base.read(FILES | {f"knowledge/{n}.yaml": text for n, text in enumerate(documents)}).problems)


def codes(*documents: str) -> list[str]:
    return [problem.code for problem in problems(*documents)]


def test_an_action_tree_keeps_its_shape_and_finds_its_concepts() -> None:
    """Choice, together and then; labels, ids and accents alike."""
    base = little(
        rules(
            '- {id: R, titre: t, si: vrai, alors: {au choix: [{ensemble: [FOLFOX, chirurgie]}, {puis: ["Irinotécan", tamoxifene]}]}}'
        )
    )
    action = base.knowledge.rules["R"].action
    assert isinstance(action, CheckedGroup)
    groups = [part for part in action.parts if isinstance(part, CheckedGroup)]
    assert [group.group.kind for group in groups] == ["together", "then"]
    assert [act.concept for group in groups for act in group.parts if isinstance(act, CheckedAct)] == [
        "folfox",
        "chirurgie",
        "irinotecan",
        "tamoxifene",
    ]


def test_several_concepts_after_one_modality_are_done_together() -> None:
    """`proposer: [a, b]`."""
    action = (
        little(rules("- {id: R, titre: t, si: vrai, alors: {proposer: [FOLFOX, chirurgie], intention: adjuvant}}"))
        .knowledge.rules["R"]
        .action
    )
    assert isinstance(action, CheckedGroup)
    assert [(part.concept, part.act.intent) for part in action.parts if isinstance(part, CheckedAct)] == [
        ("folfox", "adjuvant"),
        ("chirurgie", "adjuvant"),
    ]


def test_nested_exceptions_hang_on_their_rule() -> None:
    """`sauf` is `exception_a` of the rule above."""
    text = '- {id: A, titre: t, si: vrai, alors: FOLFOX, sauf: [{id: B, titre: t, si: "oms >= 2", sauf: [{id: C, titre: t, si: "oms = 4"}]}]}'
    found = little(rules(text)).knowledge.rules
    assert {i: checked.rule.excepts for i, checked in found.items()} == {"A": (), "B": ("A",), "C": ("B",)}


@pytest.mark.parametrize(("text", "code"), [
    ("- {id: A, titre: t, exception_a: A, si: vrai}", "cycle"),
    ("- {id: A, titre: t, exception_a: B, si: vrai}\n- {id: B, titre: t, complete: A, si: vrai, alors: FOLFOX}", "cycle"),
    ("- {id: A, titre: t, remplace: Z, si: vrai, alors: FOLFOX}", "regle-inconnue"),
    ("- {id: A, titre: t, si: vrai, alors: FOLFOX}\n- {id: A, titre: t, si: vrai, alors: FOLFOX}", "regle-double"),
    ("- {id: A, titre: t, si: vrai, alors: FOLFUX}", "concept-inconnu"),
    ("- {id: A, titre: t, si: vrai, alors: {demander: uracilémie, remplit: [uracilemi]}}", "item-inconnu"),
    ("- {id: A, titre: t, genre: sécurité, si: vrai, alors: {exiger avant: FOLFOX, quoi: uracilemi}}", "concept-inconnu"),
])  # fmt: skip
def test_a_wrong_link_or_action_is_refused(text: str, code: str) -> None:
    """Every link has a target, and none comes back to itself."""
    assert set(codes(rules(text))) == {code}


def test_a_rule_of_a_narrow_place_can_not_carry_one_of_a_wider() -> None:
    """What a region hangs on must hold wherever it does."""
    region = rules("- {id: A, titre: t, si: vrai, alors: FOLFOX}", "a", "FR-GES")
    nation = rules("- {id: B, titre: t, complete: A, si: vrai, alors: FOLFOX}", "b")
    assert codes(region, nation) == ["lieu"]


def test_two_replacements_are_an_error_in_one_place_only() -> None:
    """Two regions may each have their own."""
    nation = rules("- {id: A, titre: t, si: vrai, alors: FOLFOX}", "a")

    def local(identifier: str, place: str) -> str:
        return rules(
            f"- {{id: {identifier}, titre: t, remplace: A, motif: m, si: vrai, alors: FOLFIRI}}", identifier, place
        )

    assert codes(nation, local("B", "FR-GES"), local("C", "FR-PDL")) == []
    assert codes(nation, local("B", "FR-GES"), local("C", "FR-GES")) == ["deux-remplacements"]
    assert codes(nation, local("B", "[FR-GES, FR-BFC]"), local("C", "[FR-PDL, FR-BFC]")) == ["deux-remplacements"]


def test_a_definition_that_follows_from_itself_is_refused_unless_inverse() -> None:
    """An inverse definition reads what is stated, so that the way back is no circle."""
    forward = '- {definit: re_pct, table: {colonnes: [re_statut], lignes: [[positif, ">= 1 %"]]}}'
    back = '- {definit: re_statut, table: {colonnes: [re_pct], lignes: [["< 1 %", negatif]]}'
    assert set(codes(f"definitions:\n  {forward}\n  {back}}}\n")) == {"cycle"}
    assert codes(f"definitions:\n  {forward}\n  {back}, inverse: oui}}\n") == []


def test_a_doubtful_criterion_is_kept_as_text_without_logic() -> None:
    """It is unknown, whatever the sheet."""
    text = """
essai: NCT1
titre: t
source: {titre: s}
statut: à valider
population: vrai
criteres:
  - {id: a, genre: inclusion, texte: t, etat: à relire, si: "oms <= 1"}
  - {id: b, genre: inclusion, texte: t, si: "oms <= 1"}
"""
    (trial,) = little(text).knowledge.trials
    assert [criterion.logic is None for criterion in trial.criteria] == [True, False]
