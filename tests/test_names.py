"""Names as people write them."""

from __future__ import annotations

import pytest

from engine.names import did_you_mean, fold, nearest


@pytest.mark.parametrize(("written", "folded"), [
    ("Âge", "age"), ("après_chirurgie", "apres_chirurgie"), ("œstrogènes", "oestrogenes"), ("  RE   % ", "re %"), ("STRASSE", "strasse"),
    ("l’aromatase", "l'aromatase"), ("10–20", "10-20"),
])  # fmt: skip
def test_folding_leaves_out_case_accents_and_spaces(written: str, folded: str) -> None:
    """What a physician types finds what the dictionary calls it."""
    assert fold(written) == folded == fold(folded)


def test_the_nearest_names_come_best_first() -> None:
    """A slip of the pen finds its word before others."""
    assert nearest("re_pc", ("rp_pct", "re_pct", "oms"))[0] == "re_pct"
    assert nearest("Chimiotherapy", ("chimiothérapie", "radiothérapie"))[0] == "chimiothérapie"


def test_a_name_like_nothing_known_has_no_hint() -> None:
    """Better no hint than a wrong one."""
    assert did_you_mean("zzz", ("re_pct", "oms")) == ""
    assert did_you_mean("omz", ("re_pct", "oms")) == "vouliez-vous dire : `oms`"
