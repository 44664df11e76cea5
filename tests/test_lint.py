"""What an author is told of documents that read well: what clashes, what is lacking, what reads open without need."""

from __future__ import annotations

import pytest

from api.checking import check
from api.library import texts
from engine.lint import Lint, lint
from engine.snapshot import Base
from tests.test_conformance import FIXED

HEAD = """
referentiel: essai
titre: Essai
emetteur: Essai
source: {titre: Essai, edition: "2026"}
statut: à valider
questions:
  - id: q
    titre: Question
    posee_si: "cM = M0"
    recommandations:
      - id: BASE
        titre: Base
        si: "menopause = oui"
        alors: FOLFOX
"""
EXCEPTION = '      - {{id: {id}, titre: t, exception_a: [{of}], si: "{si}"{more}}}\n'


def looked(text: str) -> Lint:
    """Return what is told of one document."""
    found = Base.read(FIXED | {"knowledge/d.yaml": text})
    assert not found.problems, "\n".join(map(str, found.problems))
    return lint(found)


def codes(found: Lint, *left_out: str) -> list[str]:
    """Return the codes told, those of cases left out."""
    return [p.code for p in (*found.problems, *found.warnings) if p.code not in ("sans-cas", *left_out)]


def exceptions(first: str, second: str, *, of: str = "BASE", alike: bool = False) -> str:
    """Return a rule with two exceptions that conclude differently (or alike)."""
    one = EXCEPTION.format(id="E1", of="BASE", si=first, more=", alors: FOLFIRI")
    return (
        HEAD + one + EXCEPTION.format(id="E2", of=of, si=second, more=f", alors: {'FOLFIRI' if alike else 'chirurgie'}")
    )


# --- exceptions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("age >= 70 ans", "oms >= 2"),
        ("age >= 70 ans", "age >= 65 ans et oms >= 2"),
        ("age >= 70 ans ou oms >= 3", "age < 60 ans"),
        ("au moins un traitement où (contient « FOLFOX »)", "oms >= 2"),
        ("documenté(re_pct)", "re_pct >= 10 %"),
    ],
)
def test_two_exceptions_that_can_hold_together_clash(first: str, second: str) -> None:
    """Some patient would be told two things at once."""
    assert codes(looked(exceptions(first, second))) == ["exceptions-en-conflit"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("age >= 70 ans", "age < 70 ans et oms >= 2"),
        ("oms parmi (0, 1)", "oms >= 2"),
        ("age >= 70 ans et oms >= 2", "non (age >= 70 ans) ou oms <= 1"),
        ("re_pct >= 10 %", "menopause = non"),
        ("au moins un traitement où (contient « FOLFOX »)", "aucun traitement où (contient « FOLFOX »)"),
        ("si age >= 70 ans alors oms >= 2", "age >= 75 ans et oms = 0"),
        ("topographie est « sein »", "topographie est « côlon »"),
    ],
)
def test_two_exceptions_that_exclude_each_other_do_not_clash(first: str, second: str) -> None:
    """One comparison of each item tells them apart, the rule's own condition included."""
    assert codes(looked(exceptions(first, second))) == []


def test_an_exception_of_the_other_or_the_same_conclusion_is_no_clash() -> None:
    """The link says which one wins; alike, nobody needs to."""
    assert codes(looked(exceptions("age >= 70 ans", "oms >= 2", of="BASE, E1"))) == []
    assert codes(looked(exceptions("age >= 70 ans", "oms >= 2", alike=True))) == []


# --- tables ------------------------------------------------------------------------------------------


def table(lines: str, *, columns: str = "age, sexe", policy: str = "unique", si: str = "vrai") -> str:
    """Return a definition of the menopause by a table."""
    body = f"{{politique: {policy}, colonnes: [{columns}], lignes: [{lines}]}}"
    return f'definitions:\n  - definit: menopause\n    si: "{si}"\n    table: {body}\n    cas: [{{fiche: {{age: 70}}, attendu: oui}}]\n'


def test_rows_that_overlap_and_disagree_are_a_problem_except_where_the_greatest_counts() -> None:
    """`collect max` says itself which row wins."""
    lines = '[">= 60", "-", oui], ["-", M, non], ["< 60", F, non]'
    assert codes(looked(table(lines))) == ["lignes-en-conflit"]
    assert codes(looked(table(lines, policy="collect max"))) == []


def test_a_gap_is_told_in_words_unless_the_condition_of_the_definition_excludes_it() -> None:
    """The example is the combination that the author should look at."""
    lines = '[">= 60", "-", oui], ["< 40", "-", non]'
    (warning,) = looked(table(lines)).warnings
    assert (warning.code, warning.message.partition(" dit : ")[2]) == (
        "combinaison-sans-ligne",
        "age entre 40 et 59 ans",
    )
    assert codes(looked(table(lines, si="age >= 60 ans ou age < 40 ans"))) == []


def test_a_combination_that_no_site_has_is_no_gap() -> None:
    """T4c is of the breast: a table of the colon need not name it, one of the breast must."""
    lines = '[T0, oui], [Tis, oui], [T1, oui], [T2, oui], [T3, oui], ["parmi (T4a, T4b)", non]'
    assert codes(looked(table(lines, columns="cT", si="topographie est « côlon »"))) == []
    assert codes(looked(table(lines, columns="cT", si="topographie est « sein »"))) == ["combinaison-sans-ligne"]


# --- cases -------------------------------------------------------------------------------------------


def verdicts_missing(rule: str) -> list[str]:
    """Return what is told of the cases of a rule without any."""
    found = looked(HEAD.partition("      - id: BASE")[0].replace('"cM = M0"', "vrai") + f"      - {rule}\n")
    return [p.message.partition(" n'a pas de cas ")[2] for p in found.problems if p.code == "sans-cas"]


def test_a_rule_needs_a_case_of_each_verdict_that_it_can_have() -> None:
    """A rule that is always so has one verdict; a demand for a document is never undetermined; an exception may be silent."""
    assert verdicts_missing('{id: R, titre: t, si: "oms >= 2", alors: FOLFOX}') == [
        "« s'applique », « ne s'applique pas », « indéterminée »"
    ]
    assert verdicts_missing("{id: R, titre: t, si: vrai, alors: FOLFOX}") == ["« s'applique »"]
    required = "alors: {exiger avant: fluoropyrimidine, quoi: uracilémie}"
    done = f'{{id: R, titre: t, genre: sécurité, si: vrai, satisfait_si: "documenté(uracilemie)", {required}}}'
    assert verdicts_missing(done) == ["« s'applique », « ne s'applique pas »"]


# --- conditions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("age < 70 ans ou (age >= 70 ans et oms <= 1)", "si age >= 70 ans alors oms <= 1"),
        ("age <= 70 ans ou (age >= 70 ans et oms <= 1 et sexe = F)", "si age >= 70 ans alors oms <= 1 et sexe = F"),
        ("age < 70 ans ou (age >= 75 ans et oms <= 1)", None),
        ("si age >= 70 ans alors oms <= 1", None),
        ("sexe = F ou (oms <= 1 et menopause = oui)", None),
    ],
)
def test_a_branch_that_repeats_the_other_is_better_said_if_then(condition: str, told: str | None) -> None:
    """`A ou (non A et B)` is open where A is, even where B holds."""
    warnings = looked(HEAD.replace("menopause = oui", condition)).warnings
    assert [(p.code, p.hint) for p in warnings] == ([("ou-redite", told)] if told else [])


# --- the whole ---------------------------------------------------------------------------------------


def test_nothing_is_told_of_a_document_that_does_not_read() -> None:
    """A rule with a wrong name has that problem alone."""
    found = lint(Base.read(FIXED | {"knowledge/d.yaml": HEAD.replace("menopause", "menopose")}))
    assert (found.problems, found.warnings) == ((), ())


def test_the_shipped_base_has_nothing_to_mend() -> None:
    """What is to be confirmed is printed, and only that."""
    assert lint(Base.read(texts())).problems == ()


def test_check_tells_problems_and_warnings_apart() -> None:
    """Warnings have a list of their own, under the name by which the document came."""
    text = 'definitions:\n  - {definit: menopause, vrai_si: "age >= 60 ans"}\n'
    report = check(texts(), {"mien.yaml": text}, {}, lambda items, total, name: iter(items))
    assert report["problems"] == []
    assert [(p["file"], p["code"]) for p in report["warnings"]] == [("mien.yaml", "definition-sans-cas")]
