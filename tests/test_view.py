"""What is in force on a day at a place, and what safety reaches."""

from __future__ import annotations

from datetime import date

import pytest

from engine.view import View, view_of
from tests.small import DAY, little, rules

NATION = rules(
    """
- {id: A, titre: t, si: vrai, alors: FOLFOX}
- {id: A-e, titre: t, exception_a: A, si: "oms >= 2"}
- {id: A-c, titre: t, complete: A, si: vrai, alors: chirurgie}
- {id: B, titre: t, si: "oms <= 1", alors: FOLFIRI}
- {id: AFTER, titre: t, en_vigueur: {depuis: 2026-06-01}, si: vrai, alors: tamoxifène}
- {id: UNTIL, titre: t, en_vigueur: {depuis: 2020, jusqua: 2026-05-31}, si: vrai, alors: tamoxifène}
- {id: EDITION, titre: t, en_vigueur: {depuis: "2030", marque: édition}, si: vrai, alors: tamoxifène}
- {id: X, titre: t, genre: sécurité, si: "oms >= 3", alors: {contre-indiquer: oxaliplatine}}
- {id: E, titre: t, si: vrai, alors: {éviter: irinotécan}}
""",
    "nation",
)
REGION = rules(
    """
- {id: LA, titre: t, remplace: A, motif: m, si: "oms <= 3", alors: FOLFIRI}
- {id: LB, titre: t, restreint: B, si: "age < 80 ans"}
""",
    "region",
    "FR-GES",
)


def view(region: str = "", day: date = DAY) -> View:
    """Return what is in force."""
    return view_of(little(NATION, REGION).knowledge, day, region)


def test_a_replaced_rule_and_what_hangs_on_it_are_off_there_only() -> None:
    """Exceptions and completions go with it."""
    there, elsewhere = view("FR-GES"), view("FR-PDL")
    assert there.replaced == {"A": "LA"}
    assert [there.is_off(rule) for rule in ("A", "A-e", "A-c", "B", "LA")] == [True, True, True, False, False]
    assert not any(elsewhere.is_off(rule) for rule in elsewhere.rules)


def test_a_restricted_rule_has_further_conditions_there_only() -> None:
    """`restreint` narrows; the rule stays."""
    assert "age < 80 ans" in view("FR-GES").own("B").text
    assert "age" not in view("FR-PDL").own("B").text


@pytest.mark.parametrize(("day", "rule", "holds"), [
    (date(2026, 5, 31), "AFTER", False), (date(2026, 6, 1), "AFTER", True), (date(2026, 5, 31), "UNTIL", True), (date(2026, 6, 1), "UNTIL", False), (date(2026, 6, 1), "EDITION", True),
])  # fmt: skip
def test_a_rule_is_in_force_between_its_dates(day: date, rule: str, holds: bool) -> None:
    """The date of an edition marks which text is cited, and decides nothing."""
    assert (rule in view(day=day).rules) == holds


def test_safety_reaches_by_what_a_treatment_is_or_contains() -> None:
    """FOLFOX contains oxaliplatin, « chimiothérapie » may turn out to, FOLFIRI does not."""
    masks = little().ontology.masks
    found = {
        name: [(r.rule, r.sure) for r in view().reaching(masks[name]) if r.rule == "X"]
        for name in ("folfox", "oxaliplatine", "chimiotherapie", "folfiri")
    }
    assert found == {
        "folfox": [("X", True)],
        "oxaliplatine": [("X", True)],
        "chimiotherapie": [("X", False)],
        "folfiri": [],
    }


def test_an_ordinary_avoid_never_goes_by_what_is_contained() -> None:
    """`éviter irinotécan` touches irinotecan, not FOLFIRI."""
    masks = little().ontology.masks
    assert [r.rule for r in view().reaching(masks["irinotecan"])] == ["E"]
    assert [r.rule for r in view().reaching(masks["folfiri"])] == []
