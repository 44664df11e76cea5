"""What the cases exercise, on small bases where one knows the answer; and what a base does not speak of."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given

from api.checking import check
from api.coverage import Share, report, told
from api.library import texts
from engine.coverage import Coverage, Exercised, atoms_of, coverage_of, joined, sides_of, supposing
from engine.inventory import Cited, cited, named_concepts, sites_of, unread_items
from engine.logic import Logic
from engine.meaning import Meaning
from engine.trace import trace_of, truth_of
from engine.truth import FALSE, TRUE, UNKNOWN, Truth
from tests.agreement.sheets import evaluate
from tests.agreement.written import read_base
from tests.small import little, rules
from tests.strategies import LAW, documents, sheets

TODAY = date(2026, 11, 25)


def case(sheet: str, expected: str = "s'applique") -> str:
    """Return a case; coverage does not read what it expects."""
    return f"{{fiche: {{{sheet}}}, attendu: {expected}}}"


def rule(condition: str, *cases: str, name: str = "R", more: str = "") -> str:
    """Return a rule with its condition and its cases."""
    listed = "".join(f"    - {each}\n" for each in cases)
    return f'- id: {name}\n  titre: t\n  si: "{condition}"\n  alors: FOLFOX\n{more}  cas:\n{listed}'


def covered(*written: str, posed: str = "vrai", place: str = "France") -> Coverage:
    """Return the coverage of one question of some rules."""
    text = rules("".join(written), place=place).replace("posee_si: vrai", f'posee_si: "{posed}"')
    return coverage_of(little(text))


def seen(exercised: Exercised) -> dict[str, str]:
    """Return, for each atom, the truths that some case shows: `F`, `U`, `T`."""
    return {atom.text: "".join("FUT"[truth] for truth in sorted(atom.seen)) for atom in exercised.atoms}


def of_rule(condition: str, *cases: str) -> dict[str, str]:
    """Return what cases show of the atoms of a rule's condition."""
    return seen(covered(rule(condition, *cases)).rules["R"])


# --- an atom that decides, an atom that is masked ---


@pytest.mark.parametrize(("sheet", "oms", "menopause"), [
    ("oms: 1, menopause: oui", "T", "T"),
    ("oms: 3, menopause: oui", "F", ""),
    ("oms: 3, menopause: non", "", ""),
    ("oms: 3", "F", ""),
    ("oms: 1", "", ""),
    ("oms: 1, menopause: non", "", "F"),
    ("sexe: F", "", ""),
])  # fmt: skip
def test_in_a_conjunction_what_is_false_beside_masks(sheet: str, oms: str, menopause: str) -> None:
    """Both TRUE show both; one FALSE shows itself unless the other is FALSE too; what is open decides nothing."""
    assert of_rule("oms <= 1 et menopause = oui", case(sheet)) == {"oms <= 1": oms, "menopause = oui": menopause}


@pytest.mark.parametrize(("sheet", "oms", "menopause"), [
    ("oms: 3, menopause: non", "F", "F"),
    ("oms: 1, menopause: non", "T", ""),
    ("oms: 1, menopause: oui", "", ""),
    ("oms: 1", "T", ""),
])  # fmt: skip
def test_in_a_disjunction_what_is_true_beside_masks(sheet: str, oms: str, menopause: str) -> None:
    """The mirror image."""
    assert of_rule("oms <= 1 ou menopause = oui", case(sheet)) == {"oms <= 1": oms, "menopause = oui": menopause}


def test_one_case_too_few_leaves_an_atom_uncovered() -> None:
    """Both sides of both atoms: three cases, the masked one shows nothing."""
    condition = "oms <= 1 et menopause = oui"
    masked = [case("oms: 1, menopause: oui"), case("oms: 3, menopause: non")]
    assert of_rule(condition, *masked) == {"oms <= 1": "T", "menopause = oui": "T"}
    whole = [*masked, case("oms: 3, menopause: oui"), case("oms: 1, menopause: non")]
    assert of_rule(condition, *whole) == {"oms <= 1": "FT", "menopause = oui": "FT"}


def test_a_bracket_masks_what_is_inside() -> None:
    """An atom deep inside decides only if every level above lets it."""
    condition = "sexe = F et (oms <= 1 ou menopause = oui)"
    assert of_rule(condition, case("sexe: M, oms: 1, menopause: non")) == {
        "sexe = F": "F", "oms <= 1": "", "menopause = oui": "",
    }  # fmt: skip


def test_negation_keeps_the_side_of_the_atom() -> None:
    """`non A` FALSE is A seen TRUE."""
    assert of_rule("non menopause = oui", case("menopause: oui")) == {"menopause = oui": "T"}


def test_of_at_least_two_an_atom_decides_where_it_tips() -> None:
    """Two of three TRUE: the two; all three: none of them."""
    condition = "au moins 2 parmi (oms <= 1 ; menopause = oui ; sexe = F)"
    tipped = of_rule(condition, case("oms: 1, menopause: oui, sexe: M"))
    assert tipped == {"oms <= 1": "T", "menopause = oui": "T", "sexe = F": ""}
    assert set(of_rule(condition, case("oms: 1, menopause: oui, sexe: F")).values()) == {""}


def test_an_atom_written_twice_is_one_and_changes_together() -> None:
    """`si A alors B sinon C` with B and C alike does not hang on A."""
    condition = "si sexe = F alors menopause = oui sinon oms <= 1"
    assert of_rule(condition, case("sexe: F, menopause: oui, oms: 1"))["sexe = F"] == ""
    assert of_rule(condition, case("sexe: F, menopause: oui, oms: 3"))["sexe = F"] == "T"


def test_both_ends_of_an_interval_are_atoms() -> None:
    """Though the engine reads them as one comparison."""
    condition = "age >= 50 ans et age < 70 ans"
    assert of_rule(condition, case("age: 40")) == {"age >= 50 ans": "F", "age < 70 ans": ""}
    assert of_rule(condition, case("age: 60"), case("age: 80")) == {"age >= 50 ans": "T", "age < 70 ans": "FT"}


def test_comparisons_of_one_item_mask_together() -> None:
    """An open performance status is 0, 1 or more for sure: the atom beside decides nothing."""
    condition = "oms <= 1 ou oms >= 2 ou menopause = oui"
    assert of_rule(condition, case("menopause: oui"))["menopause = oui"] == ""


def test_documented_is_seen_true_or_unknown() -> None:
    """It is never FALSE, so nobody waits for that."""
    condition = "documenté(re_pct) et sexe = F"
    assert of_rule(condition, case("re_pct: 90, sexe: F"))["documenté(re_pct)"] == "T"
    assert of_rule(condition, case("sexe: F"))["documenté(re_pct)"] == "U"
    assert of_rule(condition, case("sexe: M"))["documenté(re_pct)"] == ""
    (one,) = covered(rule("documenté(re_pct)", case("re_pct: 90"), case(""))).rules["R"].atoms
    assert one.missing == ()


def test_a_list_is_one_atom() -> None:
    """What is asked of a row is not counted apart; `aucun` is the contrary of the atom, at its own place."""
    found = covered(rule("aucun traitement où (contient « oxaliplatine »)", case("traitements: {complet: oui}")))
    (atom,) = found.rules["R"].atoms
    assert (atom.seen, atom.missing) == ({FALSE}, (TRUE,))
    assert (atom.span.file, atom.span.line) == ("knowledge/0.yaml", 16)


@LAW
@given(documents(), sheets())
def test_what_is_supposed_of_an_atom_means_what_it_says(files: dict[str, str], sheet: dict[str, Any]) -> None:
    """Supposing what is changes nothing; supposing anything else is what the definition makes of that condition."""
    found = evaluate(read_base(files), sheet)
    view, program, traces = found.compiled.view, found.compiled.program, {}
    meaning = Meaning(view, found.facts, found.base.dictionary, found.base.ontology)

    def truth(node: Logic) -> Truth:
        return truth_of(trace_of(node, program, found.base.dictionary, traces), found.state.values)

    for whole in map(view.own, view.rules):
        for atom in atoms_of(whole):
            side = truth(atom)
            assert side == meaning.truth(atom)
            assert side == UNKNOWN or truth(supposing(whole, atom, side)) == truth(joined(whole)) == meaning.truth(
                whole
            )
            for other in sides_of(atom):
                supposed = supposing(whole, atom, other)
                assert truth(supposed) == meaning.truth(supposed)


# --- whose cases count ---


def test_a_rule_is_seen_true_false_and_undetermined() -> None:
    """By the truth of its own condition."""
    one = covered(rule("oms <= 1", case("oms: 1"), case("oms: 3"))).rules["R"]
    assert (one.seen, one.missing, one.cases) == ({TRUE, FALSE}, (UNKNOWN,), 2)
    assert covered(rule("vrai", case(""))).rules["R"].missing == ()


def test_cases_of_other_rules_do_not_count() -> None:
    """What shows a rule stands beside it."""
    found = covered(rule("oms <= 1", case("oms: 1")), rule("oms <= 1", case("oms: 3"), name="S"))
    assert seen(found.rules["R"]) == {"oms <= 1": "T"}
    assert seen(found.rules["S"]) == {"oms <= 1": "F"}


def test_when_a_question_is_posed_is_counted_once_over_its_rules() -> None:
    """And an atom of a rule whose question is not posed decides nothing."""
    found = covered(
        rule("oms <= 1", case("sexe: F, oms: 1")),
        rule("menopause = oui", case("sexe: M, menopause: non"), name="S"),
        posed="sexe = F",
    )
    assert seen(found.questions["essai-q"]) == {"sexe = F": "FT"}
    assert seen(found.rules["S"]) == {"menopause = oui": ""}
    assert found.rules["S"].seen == {FALSE}


def test_a_case_of_elsewhere_is_not_about_the_rule() -> None:
    """A rule of one region shows nothing in another."""
    at = case("oms: 1").replace("attendu", "region: FR-GES, attendu")
    found = covered(rule("oms <= 1", at, case("oms: 3", "hors lieu ou date")), place="FR-GES")
    assert seen(found.rules["R"]) == {"oms <= 1": "T"}


def test_the_condition_of_all_that_is_left_of_an_action_counts() -> None:
    """A rule whose every part has dropped does not apply; one alternative of several changes no verdict."""
    one = rule("oms <= 1", case("oms: 1, sexe: M")).replace(
        "alors: FOLFOX", 'alors: {proposer: FOLFOX, si: "sexe = F"}'
    )
    assert seen(covered(one).rules["R"]) == {"oms <= 1": "", "sexe = F": "F"}
    two = one.replace("alors: {", "alors: {au choix: [surveillance, {").replace('"sexe = F"}', '"sexe = F"}]}')
    assert seen(covered(two).rules["R"]) == {"oms <= 1": "T"}


def test_only_the_documents_named_are_counted() -> None:
    """An editor checks one document."""
    base = little(rules(rule("oms <= 1", case("oms: 1")), "un"), rules(rule("oms <= 1", name="S"), "deux"))
    assert set(coverage_of(base, frozenset({"knowledge/1.yaml"})).rules) == {"S"}


# --- what the base speaks of ---


def test_a_question_belongs_to_the_sites_that_its_condition_leaves() -> None:
    """All or none: transversal."""
    asked = {
        "sein": "topographie est « sein » et oms <= 1",
        "colon": "topographie est « côlon »",
        "deux": "topographie est parmi (« sein », « côlon »)",
        "partout": "oms <= 1",
    }
    documents = [
        rules(rule("vrai", name=name), name).replace("posee_si: vrai", f'posee_si: "{posed}"')
        for name, posed in asked.items()
    ]
    found = sites_of(little(*documents))
    assert found["sein"].questions == ("sein-q", "deux-q")
    assert found["colon"].questions == ("colon-q", "deux-q")
    assert found["transversal"].questions == ("partout-q",)
    assert found["colon"].label == "côlon"


def test_items_that_nothing_reads_are_told() -> None:
    """Read by a rule, by the `si` of an action, by a definition; a text is for people."""
    written = rule("oms <= 1").replace("alors: FOLFOX", 'alors: {proposer: FOLFOX, si: "sexe = F"}')
    definition = 'definitions:\n  - {definit: menopause, vrai_si: "age >= 60 ans"}\n'
    found = unread_items(little(rules(written), definition))
    assert not {"oms", "sexe", "age"} & set(found)
    assert {"menopause", "re_pct", "traitements"} <= set(found)
    assert not {"synthese", "nom"} & set(found)


def test_concepts_are_counted_by_branch() -> None:
    """By name: in conditions and in actions."""
    found = named_concepts(little(rules(rule("topographie est « sein »"))))
    assert found["topographie"].named == ("sein",)
    assert "colon" in found["topographie"].unnamed
    assert "folfox" in found["traitement"].named


@pytest.mark.parametrize(("edition", "dated", "old"), [
    ("2025-11", "2025-11", False),
    ("2024", "2024", False),
    ("2024-10", "2024-10", True),
    ("2024-11-25", "2024-11-25", False),
    ("2024-11-24", "2024-11-24", True),
    ("8e édition, 2017", "2017", True),
    ("2022-2024", "2022", True),
    ("non datée", "", False),
    ("", "", False),
])  # fmt: skip
def test_a_source_is_old_when_it_surely_is(edition: str, dated: str, old: bool) -> None:
    """A year is as young as its last day; without a date nothing is said."""
    one = Cited("texte", edition, "", ())
    assert (one.dated, one.is_old(TODAY)) == (dated, old)


def test_each_edition_says_what_cites_it() -> None:
    """Once for all rules of a document."""
    (one,) = cited(little(rules(rule("oms <= 1") + rule("oms <= 2", name="S"))))
    assert (one.title, one.edition, one.by) == ("Essai", "2026", ("R", "S"))


# --- the report ---


def test_a_share_is_rounded_down() -> None:
    """100 % is said of all only."""
    assert [Share(*of).percent for of in ((3, 3), (999, 1001), (0, 2), (0, 0))] == ["100 %", "99,8 %", "0 %", "100 %"]


def test_the_report_lists_what_is_missing_with_its_place() -> None:
    """For people and as JSON."""
    base = little(rules(rule("oms <= 1 et menopause = oui", case("oms: 1, menopause: oui"))))
    body = report(base, TODAY, {"knowledge/0.yaml": "mien.yaml"})
    assert body["whole"] == {
        "rules": {"covered": 0, "total": 1}, "atoms": {"covered": 0, "total": 2}, "posed": {"covered": 0, "total": 0},
    }  # fmt: skip
    assert [(a["file"], a["line"], a["atom"], a["missing"]) for a in body["atoms"]] == [
        ("mien.yaml", 16, "oms <= 1", ["false"]), ("mien.yaml", 16, "menopause = oui", ["false"]),
    ]  # fmt: skip
    lines = list(told(body))
    assert any(line.startswith("  mien.yaml:16:") and line.endswith("R : oms <= 1 – jamais faux") for line in lines)
    assert any("R jamais fausse ni indéterminée" in line for line in lines)


def test_check_counts_one_document_beside_the_base() -> None:
    """With a day only, and under the name by which the document came."""
    text = rules('- {id: mienne, titre: t, si: "oms <= 1", alors: surveillance, confiance: lue}')
    asked: Any = (texts(), {"mien.yaml": text}, {}, lambda items, total, name: iter(items))
    assert "coverage" not in check(*asked)
    found = check(*asked, TODAY)["coverage"]
    assert [(rule["id"], rule["file"]) for rule in found["rules"]] == [("mienne", "mien.yaml")]
