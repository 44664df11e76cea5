"""A base named by everything that can change an answer."""

from __future__ import annotations

from datetime import date

from engine.snapshot import DICTIONARY, INDEX, Base, hash_of
from tests.small import LITTLE, little, rules

FILES = {
    INDEX: (LITTLE / "index.json").read_text(encoding="utf-8"),
    DICTIONARY: (LITTLE / "dictionary.yaml").read_text(encoding="utf-8"),
}
NATION = rules("- {id: N, titre: t, si: vrai, alors: FOLFOX}", "nation")
REGION = rules("- {id: R, titre: t, si: vrai, alors: FOLFIRI}", "region", "FR-GES")


def test_the_hash_is_that_of_every_text_whatever_the_order() -> None:
    """Publishing twice gives the same hash; a space more gives another."""
    assert Base.read(FILES).hash == Base.read(dict(reversed(FILES.items()))).hash == hash_of(FILES)
    assert Base.read(FILES | {DICTIONARY: FILES[DICTIONARY] + " "}).hash != hash_of(FILES)
    assert Base.read({**FILES, "knowledge/a.yaml": NATION}).hash != hash_of(FILES)


def test_a_document_counts_by_its_place_too() -> None:
    """Two documents that change places are another base."""
    assert hash_of({"a": "1", "b": "2"}) != hash_of({"a": "2", "b": "1"})


def test_a_place_sees_its_own_rules_and_the_nation_s() -> None:
    """No region in the query: national rules only."""
    base, day = little(NATION, REGION), date(2026, 11, 20)
    assert set(base.at(day).view.rules) == {"N"}
    assert set(base.at(day, "FR-GES").view.rules) == {"N", "R"}
    assert set(base.at(day, "FR-PDL").view.rules) == {"N"}


def test_a_view_is_compiled_once() -> None:
    """Two days on which the same rules are in force share one program."""
    base = little(NATION, REGION)
    assert base.at(date(2026, 1, 1)) is base.at(date(2026, 12, 31))
    assert base.at(date(2026, 1, 1), "FR-GES") is not base.at(date(2026, 1, 1))


def test_validated_content_alone_is_another_base() -> None:
    """What nobody has validated is left out, and the hash says so."""
    base = little(NATION, REGION.replace("à valider", "validé"))
    kept = base.validated()
    assert set(kept.knowledge.rules) == {"R"}
    assert kept.hash != base.hash
