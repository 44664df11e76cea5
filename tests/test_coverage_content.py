"""The cases of the shipped base exercise its rules: each in every truth it can have, each condition both ways where it decides."""

from __future__ import annotations

from datetime import date

from api.coverage import report
from tests.small import shipped

TODAY = date(2026, 11, 25)


def test_every_rule_is_shown_and_nearly_every_atom_decides_both_ways() -> None:
    """`oncorules check --coverage` lists the exceptions."""
    whole = report(shipped().base, TODAY, {})["whole"]
    assert whole["rules"]["covered"] == whole["rules"]["total"]
    for counted in ("atoms", "posed"):
        assert whole[counted]["covered"] > 0.95 * whole[counted]["total"], (counted, whole[counted])
