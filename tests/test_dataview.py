"""The data an answer used, and what contradicts what."""

from __future__ import annotations

from typing import Any

from tests.small import little_answer, rules

RULE = rules('- {id: R, titre: t, si: "cT >= T3 et oms <= 1 et menopause = oui", alors: FOLFOX}')
MENOPAUSE = 'definitions:\n  - {definit: menopause, vrai_si: "age >= 60 ans"}\n'
STATUS = 'definitions:\n  - definit: re_statut\n    table: {colonnes: [re_pct], lignes: [[">= 10 %", positif], ["< 10 %", negatif]]}\n'


def answer(*more: str, **said: Any) -> dict[str, Any]:
    return little_answer(said, RULE, *more)


def data(*more: str, **said: Any) -> dict[str, dict[str, Any]]:
    """Return the data by item."""
    return {entry["item"]: entry for entry in answer(*more, **said)["data"]}


def test_a_stated_item_has_value_text_date_age_and_origin() -> None:
    """What was used and what was written, with the day and its age."""
    found = data(oms={"valeur": 1, "date": "2026-11-10", "origine": {"document": "d", "pointeur": "/x"}})["oms"]
    assert (found["value"], found["text"], found["date"], found["age_days"], found["state"]) == (
        "1",
        "1",
        "2026-11-10",
        10,
        "stated",
    )
    assert (found["origin"]["document"], found["origin"]["pointer"]) == ("d", "/x")


def test_an_open_item_says_why() -> None:
    """The reason stands where the value would."""
    assert data(cT={"raison": "en_attente"})["cT"]["state"] == "en_attente"
    assert data(cT={"valeur": "T4", "certitude": "suspecte"})["cT"]["state"] == "suspecte"


def test_a_derived_item_says_from_what() -> None:
    """And is told from a stated one."""
    found = data(MENOPAUSE, age=72)["menopause"]
    assert (found["value"], found["state"], found["derived_from"]) == ("oui", "derived", ["age"])
    assert data(MENOPAUSE, age=72, menopause=True)["menopause"]["state"] == "stated"
    assert "menopause" not in data(MENOPAUSE, age=40)


def test_rows_are_data_and_those_to_come_are_named() -> None:
    """With the place in the sheet."""
    said = answer(traitements=[{"concept": "folfox"}, {"concept": "folfiri", "debut": "2026-12-01"}])["data"]
    rows = {entry["origin"]["pointer"]: entry["state"] for entry in said if entry["item"] == "traitements"}
    assert rows == {"/traitements/0": "stated", "/traitements/1": "datée après le jour de l'évaluation"}


def test_sources_that_disagree_are_one_contradiction_with_what_hangs_on_it() -> None:
    """Each side with where it was said."""
    (found,) = answer(cT=[{"valeur": "T2"}, {"valeur": "T3"}])["contradictions"]
    assert (found["item"], found["touches"]) == ("cT", ["R"])
    assert [(source["value"], source["origins"][0]["pointer"]) for source in found["sources"]] == [
        ("T2", "/tumeurs/0/cT/0"),
        ("T3", "/tumeurs/0/cT/1"),
    ]


def test_a_value_stated_against_a_calculated_one_is_a_contradiction_of_two_sides() -> None:
    """« négatif (dossier) ou positif (calculé) », each once."""
    (found,) = answer(STATUS, re_pct=90, re_statut="negatif")["contradictions"]
    assert found["item"] == "re_statut"
    assert sorted(source["value"] for source in found["sources"]) == ["negatif", "positif"]


def test_what_is_said_absent_and_present_is_a_contradiction() -> None:
    """Named with the row."""
    (found,) = answer(traitements={"lignes": [{"concept": "folfox"}], "absents": ["chimiothérapie"]})["contradictions"]
    assert found["item"] == "traitements"


def test_agreement_is_no_contradiction() -> None:
    """A stated value that the calculation confirms, a coarser source beside a finer."""
    assert answer(STATUS, re_pct=90, re_statut="positif")["contradictions"] == []
    assert answer(cT=[{"valeur": "T4"}, {"valeur": "T4b"}])["contradictions"] == []
