"""The day until which a verdict stands."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.cases import sheet_of
from tests.small import DAY, answer, named, rules, service, shipped


def until(condition: str, **said: Any) -> str | None:
    """Return the last day of one rule's verdict, seen from 20 November 2026."""
    text = rules(f'- {{id: R, titre: t, si: "{condition}", alors: surveillance}}')
    found: str | None = named(
        answer(service(text), sheet_of(said, shipped().base.dictionary), DAY)["recommendations"], "R"
    )["until"]
    return found


@pytest.mark.parametrize(
    ("condition", "said", "last"),
    [
        ("age < 70 ans", {"date_naissance": "1957-03-02"}, "2027-03-01"),
        ("age < 70 ans", {"date_naissance": "1960-03-02"}, None),
        ("délai(date_diagnostic, as_of) <= 42 jours", {"date_diagnostic": "2026-11-01"}, "2026-12-13"),
        ("délai(date_diagnostic, as_of) < 2 mois", {"date_diagnostic": "2026-11-01"}, "2026-12-31"),
        (
            "pnn (moins de 14 jours) >= 1,5 G/L",
            {"pnn": {"valeur": 2, "unite": "G/L", "date": "2026-11-10"}},
            "2026-11-24",
        ),
        ("pnn (le plus bas) >= 1,5 G/L", {"pnn": {"valeur": 2, "unite": "G/L", "date": "2026-11-10"}}, None),
        (
            "au moins un traitement où (délai(debut, as_of) > 3 mois)",
            {"traitements": {"lignes": [{"concept": "folfox", "debut": "2026-09-15"}], "complet": "oui"}},
            "2026-12-15",
        ),
        ("sexe = F", {"sexe": "F"}, None),
    ],
    ids=["birthday", "far birthday", "days", "months", "validity", "ranked row", "a row's delay", "no clock"],
)
def test_a_verdict_that_the_clock_alone_changes_says_its_last_day(
    condition: str, said: dict[str, Any], last: str | None
) -> None:
    """The day after, the same sheet gets another verdict."""
    assert until(condition, **said) == last


def test_the_last_day_is_true() -> None:
    """Asked again on that day the rule still applies, and no longer on the next."""
    text = rules('- {id: R, titre: t, si: "délai(date_diagnostic, as_of) <= 42 jours", alors: surveillance}')
    said = {"date_diagnostic": "2026-11-01"}
    days = {date(2026, 12, 13): "applies", date(2026, 12, 14): "does_not_apply"}
    for day, verdict in days.items():
        found = answer(service(text), sheet_of(said, shipped().base.dictionary), day)
        assert named(found["recommendations"], "R")["verdict"] == verdict
