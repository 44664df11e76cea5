"""One checklist before treatment."""

from __future__ import annotations

from typing import Any

from tests.small import little_answer, rules

PLANS = rules(
    "- {id: R, titre: FOLFOX, si: vrai, alors: FOLFOX}\n- {id: S, titre: FOLFIRI, si: vrai, alors: FOLFIRI}", "plans"
)
REQUIRED = rules(
    '- {id: X, titre: Uracilémie avant, genre: sécurité, si: vrai, satisfait_si: "documenté(uracilemie)", bloquant: oui, '
    "alors: {exiger avant: fluoropyrimidine, quoi: uracilémie, remplit: [uracilemie]}}",
    "x",
)
CHECKED = rules(
    '- {id: Y, titre: Créatinine, genre: sécurité, si: "creatinine >= 200 µmol/L", alors: {contre-indiquer: oxaliplatine}}',
    "y",
)
ASKED = rules(
    '- {id: G, titre: G8 dès 70 ans, genre: processus, si: "age >= 70 ans", alors: {demander: G8, remplit: [g8]}}', "g"
)


def lines(*documents: str, **said: Any) -> dict[str, dict[str, Any]]:
    """Return the checklist by item."""
    return {line["item"]: line for line in little_answer(said, *documents)["checklist"]}


def test_a_requirement_stands_once_with_all_its_treatments() -> None:
    """Both regimens contain the drug: one line, blocking, to do."""
    line = lines(PLANS, REQUIRED)["uracilémie"]
    assert (line["status"], line["blocking"], line["for"], line["by"]) == ("to_do", True, ["FOLFIRI", "FOLFOX"], ["X"])


def test_what_is_done_shows_its_value() -> None:
    """And stays in the list."""
    line = lines(PLANS, REQUIRED, uracilemie={"valeur": 10, "date": "2026-11-01"})["uracilémie"]
    assert (line["status"], line["value"], line["date"]) == ("done", "10 ng/mL", "2026-11-01")


def test_what_was_ordered_is_pending() -> None:
    """« en attente » is neither done nor to do."""
    assert lines(PLANS, REQUIRED, uracilemie={"raison": "en_attente"})["uracilémie"]["status"] == "pending"
    assert lines(PLANS, REQUIRED, uracilemie={"raison": "non_fait"})["uracilémie"]["status"] == "to_do"


def test_what_would_decide_a_safety_rule_is_to_know() -> None:
    """Creatinine for the regimen that contains the drug, not for the other; once known it goes."""
    found = lines(PLANS, CHECKED)["Créatinine"]
    assert (found["status"], found["for"]) == ("to_do", ["FOLFOX"])
    assert "Créatinine" not in lines(PLANS, CHECKED, creatinine={"valeur": 80, "date": "2026-11-20"})


def test_a_test_that_a_rule_asks_for_is_done_when_its_items_are_known() -> None:
    """`demander … remplit`."""
    assert lines(ASKED, age=72)["dépistage G8"]["status"] == "to_do"
    assert lines(ASKED, age=72, g8=15)["dépistage G8"]["status"] == "done"
    assert lines(ASKED, age=60) == {}


def test_blocking_lines_come_first_and_done_ones_last() -> None:
    """What stops a treatment is read first."""
    order = list(lines(PLANS, REQUIRED, CHECKED, ASKED, age=72, g8=15))
    assert order == ["uracilémie", "Créatinine", "dépistage G8"]


def test_what_reaches_no_plan_is_not_asked() -> None:
    """A safety rule on what nobody proposes is silent."""
    assert lines(rules("- {id: R, titre: t, si: vrai, alors: chirurgie}", "plans"), REQUIRED, CHECKED) == {}
