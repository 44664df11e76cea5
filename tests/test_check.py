"""Conditions against dictionary and ontology: what they accept, and what is wrong with them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.check import Checker
from engine.logic import NEVER, All, Logic, Member
from engine.model import Written
from engine.problems import Problem, Span
from engine.text import read_condition
from engine.values import Ranges, between
from tests.small import item, little


def checked(text: str) -> tuple[Logic, list[Problem]]:
    """Resolve a condition over the small dictionary."""
    problems: list[Problem] = []
    span = Span("f", 1, 1, len(text), text)
    return Checker(little().dictionary, little().ontology, problems).written(
        Written(read_condition(text), span)
    ), problems


def accepted(text: str) -> int | Ranges:
    """Return what a comparison of one item accepts."""
    logic, problems = checked(text)
    assert not problems
    assert isinstance(logic, Member)
    assert logic.sure == logic.possible
    return logic.sure


def names(text: str) -> set[str]:
    """Return the leaves of cT that a comparison accepts."""
    worlds = accepted(text)
    assert isinstance(worlds, int)
    return set(item("cT").leaves().leaves_of(worlds))


@pytest.mark.parametrize(("text", "leaves"), [
    ("cT = T4", {"T4a", "T4b", "T4c", "T4d"}), ("cT >= T4", {"T4a", "T4b", "T4c", "T4d"}), ("cT < T1", {"T0", "Tis"}), ("cT <= T1", {"T0", "Tis", "T1a", "T1b", "T1c", "T1"}),
    ("cT entre T2 et T3", {"T2", "T3"}), ("cT parmi (T2, T4b)", {"T2", "T4b"}), ("cT > T3", {"T4a", "T4b", "T4c", "T4d"}),
])  # fmt: skip
def test_a_coarse_bound_means_its_whole_extent(text: str, leaves: set[str]) -> None:
    """From its first leaf, to its last, any of its leaves."""
    assert names(text) == leaves


def test_a_number_is_converted_to_the_item_s_unit() -> None:
    """1 mg/dL of creatinine is 88.4 µmol/L."""
    worlds = accepted("creatinine >= 1 mg/dL")
    assert isinstance(worlds, Ranges)
    assert round(float(worlds.low), 1) == 88.4


def test_a_count_between_takes_both_ends() -> None:
    """And integers only."""
    assert accepted("ganglions entre 1 et 3") == between(Decimal(1), Decimal(3), whole=True)


def test_an_entity_is_unfolded_on_its_two_axes() -> None:
    """Histology is topography and morphology, nothing else."""
    logic, problems = checked("histologie est « carcinome mammaire infiltrant »")
    assert not problems
    assert isinstance(logic, All)
    assert [part.text for part in logic.parts] == [
        "topographie est « sein »",
        "morphologie est « carcinome infiltrant »",
    ]


def test_a_regimen_that_may_contain_a_drug_is_possible_not_sure() -> None:
    """FOLFOX surely contains oxaliplatin, « chimiothérapie » may: that is decided by its leaves."""
    logic, problems = checked("traitements comporte « oxaliplatine »")
    assert not problems
    contained = little().ontology.containing("oxaliplatine")
    assert contained.sure & little().ontology.masks["folfox"]
    assert not contained.sure & little().ontology.masks["folfiri"]
    assert logic != NEVER


@pytest.mark.parametrize(("text", "code", "under"), [
    ("re_pc >= 10 %", "item-inconnu", "re_pc"), ("cT >= T4b", "sans-ordre", "T4b"), ("creatinine >= 60", "unite-absente", "60"), ("creatinine >= 60 mL/min", "unite", "60 mL/min"),
    ("cT = T9", "valeur-inconnue", "T9"), ("topographie est « seins »", "concept-inconnu", "« seins »"), ("topographie est « chimiothérapie »", "concept-inconnu", "« chimiothérapie »"),
    ("traitements = oui", "genre", "traitements"), ("synthese = x", "genre", "synthese"), ("re_pct = oui", "nombre", "oui"), ("cT = 3 mm", "unite", "3 mm"),
    ("au moins un traitement où (menopause = oui)", "colonne-inconnue", "menopause"), ("contient « FOLFOX »", "contient", "contient « FOLFOX »"),
    ("age est « sein »", "genre", "age"), ("à apprécier rien", "jugement-inconnu", "à apprécier rien"), ("date_naissance < hier", "date", "hier"),
])  # fmt: skip
def test_a_wrong_name_type_unit_or_category_is_underlined(text: str, code: str, under: str) -> None:
    """One mistake, one problem, at the words themselves, and the condition is never true."""
    _, problems = checked(text)
    assert [(p.code, p.span.text[p.span.column - 1 :][: p.span.length]) for p in problems] == [(code, under)]


def test_every_mistake_of_a_condition_is_found() -> None:
    """Not only the first."""
    _, problems = checked("re_pc >= 10 % et (cT = T9 ou topographie est « seins »)")
    assert [problem.code for problem in problems] == ["item-inconnu", "valeur-inconnue", "concept-inconnu"]


def test_names_fold_case_accents_and_aliases() -> None:
    """`Âge` is `age`, `RE` is `re_pct`."""
    assert accepted("Âge >= 70 ans") == accepted("age >= 70 ans")
    assert accepted("RE >= 10 %") == accepted("re_pct >= 10 %")
