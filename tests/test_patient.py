"""What the plans of two tumours of one patient share."""

from __future__ import annotations

from typing import Any

from api.documents import Document
from tests.small import DAY, rules, service

SHEET: dict[str, Any] = {
    "tumeurs": [{"id": "t1", "topographie": "sein"}, {"id": "t2", "topographie": "côlon"}],
}
FOR_ONE = "- {{id: A, titre: t, si: 'topographie est « sein »', alors: {}}}\n- {{id: B, titre: t, si: 'topographie est « côlon »', alors: {}}}"


def shared(one: str, other: str) -> list[str]:
    """Return what two plans have in common."""
    answer = service(rules(FOR_ONE.format(one, other))).evaluate([Document(SHEET, "application/json")], today=DAY)
    return [entry["concept"]["id"] for entry in answer["patient"]["conflicts"]]


def test_a_drug_that_both_plans_contain_is_named_once() -> None:
    """Capecitabine alone for one, inside a regimen for the other: its toxicity is one patient's."""
    assert shared("capécitabine", "CAPOX") == ["capecitabine"]


def test_plans_that_share_no_drug_are_no_conflict() -> None:
    """Nor is surgery for both."""
    assert shared("tamoxifène", "CAPOX") == []
    assert shared("chirurgie", "chirurgie") == []
