"""The examples beside rules, definitions and trials, run."""

from __future__ import annotations

import pytest

from engine.cases import Ran, evaluate_case, read_case, run_cases, sheet_of
from engine.outcome import verdict_of
from engine.problems import Problem
from tests.small import little, rules, shipped


def ran(*documents: str) -> list[Ran]:
    """Run every case of some documents; each must be readable."""
    found = list(run_cases(little(*documents)))
    assert not [one for one in found if isinstance(one, Problem)]
    return [one for one in found if isinstance(one, Ran)]


def rule(*cases: str) -> str:
    """Return a rule with cases: performance status 0 or 1, after age 70 in the region only."""
    listed = "\n".join(f"    - {case}" for case in cases)
    return rules(f'- id: R\n  titre: t\n  si: "oms <= 1"\n  alors: FOLFOX\n  cas:\n{listed}\n')


def test_a_flat_example_becomes_a_native_sheet() -> None:
    """Each item at its path."""
    body = sheet_of(
        {
            "oms": "1",
            "cT": "T2",
            "traitements": {"complet": "oui"},
            "jugements": {"benefice-incertain": "oui"},
            "inconnu": "x",
        },
        little().dictionary,
    )
    assert body == {
        "tumeurs": [{"id": "t1", "cT": "T2"}], "patient": {"oms": "1"}, "traitements": {"complet": "oui"},
        "jugements": {"benefice-incertain": "oui"}, "inconnu": "x",
    }  # fmt: skip


@pytest.mark.parametrize(("case", "found"), [
    ("{fiche: {oms: 1}, attendu: s'applique}", "s'applique"), ("{fiche: {oms: 3}, attendu: s'applique}", "ne s'applique pas"), ("{fiche: {}, attendu: s'applique}", "indéterminée"),
])  # fmt: skip
def test_a_case_is_right_when_the_verdict_is_the_one_expected(case: str, found: str) -> None:
    """And says what was found where it is not."""
    (one,) = ran(rule(case))
    assert (one.subject, one.found, one.right) == ("R", found, found == "s'applique")


def test_a_case_has_its_own_day_and_place() -> None:
    """`au` and `region`."""
    place = rule(
        "{fiche: {oms: {valeur: 1, date: 2026-01-10}}, au: 2026-01-20, attendu: s'applique}",
        "{fiche: {oms: {valeur: 1, date: 2026-01-10}}, au: 2026-11-20, attendu: indéterminée}",
    )
    assert [one.right for one in ran(place)] == [True, True]
    region = rule(
        "{fiche: {oms: 1}, region: FR-GES, attendu: s'applique}", "{fiche: {oms: 1}, attendu: hors lieu ou date}"
    ).replace("valable: France", "valable: FR-GES")
    assert [one.right for one in ran(region)] == [True, True]


@pytest.mark.parametrize(("expected", "right"), [("oui", True), ("non", False), ("[oui, non]", False)])
def test_a_definition_s_case_expects_a_value_or_those_still_possible(expected: str, right: bool) -> None:
    """Equality of worlds: neither more nor less."""
    (one,) = ran(
        f'definitions:\n  - {{definit: menopause, vrai_si: "age >= 60 ans", cas: [{{fiche: {{age: 72}}, attendu: {expected}}}]}}\n'
    )
    assert one.right == right


def test_an_open_definition_is_expected_by_all_that_is_possible() -> None:
    """« indeterminable » is written as the list of what is left."""
    (one,) = ran(
        'definitions:\n  - {definit: menopause, vrai_si: "age >= 60 ans", cas: [{fiche: {age: 50}, attendu: [oui, non]}]}\n'
    )
    assert one.right


@pytest.mark.parametrize(("sheet", "expected"), [("{cM: M0}", "close"), ("{cM: M1}", "ouverte"), ("{}", "ouverte")])
def test_a_definition_that_closes_a_list_is_expected_closed_or_open(sheet: str, expected: str) -> None:
    """Only a condition that is TRUE closes."""
    (one,) = ran(
        f'definitions:\n  - {{ferme: traitements, si: "cM = M0", cas: [{{fiche: {sheet}, attendu: {expected}}}]}}\n'
    )
    assert one.right


@pytest.mark.parametrize(("sheet", "expected"), [
    ("{topographie: sein, oms: 1}", "éligible"), ("{topographie: sein}", "possible"), ("{topographie: sein, oms: 3}", "non éligible"), ("{topographie: colon, oms: 1}", "hors sujet"),
])  # fmt: skip
def test_a_trial_s_case_expects_one_of_four_verdicts(sheet: str, expected: str) -> None:
    """Off the subject before anything else."""
    text = f"""
essai: NCT1
titre: t
source: {{titre: s}}
statut: à valider
population: "topographie est « sein »"
criteres: [{{id: a, genre: inclusion, texte: t, si: "oms <= 1"}}]
cas: [{{fiche: {sheet}, attendu: {expected}}}]
"""
    (one,) = ran(text)
    assert one.right, one.found


def test_the_code_that_a_rule_needs_gives_the_verdict_that_all_of_it_gives() -> None:
    """The first case of every rule of the shipped base, run both ways."""
    base = shipped().base
    for checked in base.knowledge.rules.values():
        case = checked.rule.cases[0]
        sheet, problems = read_case(base, case)
        assert not problems
        found = [
            verdict_of(compiled.view, state, checked.id)
            for compiled, state in (evaluate_case(base, case, sheet, subject) for subject in (checked.id, ""))
            if checked.id in compiled.view.rules
        ]
        assert len(set(found)) < 2, (checked.id, case.name, found)
