"""Search finds by words without accents or endings, by codes, and by what lies above a code."""

from __future__ import annotations

import pytest

from api import library
from engine.search import Search
from engine.snapshot import Base


@pytest.fixture(scope="module")
def search() -> Search:
    return Search(Base.read(library.texts()))


def ids(search: Search, words: str, kind: str = "") -> list[str]:
    return [hit.id for hit in search.find(words, kind)]


@pytest.mark.parametrize("words", ["abémaciclib", "abemaciclib", "ABÉMACICLIB", "L01EF03"])
def test_a_drug_is_found_by_name_and_by_code(search: Search, words: str) -> None:
    assert ids(search, words)[0] == "S06"


def test_endings_and_ligatures_do_not_matter(search: Search) -> None:
    assert ids(search, "chimiothérapies adjuvantes") == ids(search, "chimiotherapie adjuvante")
    assert ids(search, "œstrogènes") == ids(search, "oestrogene")


def test_an_id_is_found_first(search: Search) -> None:
    assert ids(search, "s06")[0] == "S06"


def test_a_code_finds_what_is_said_of_its_ancestors(search: Search) -> None:
    """A quadrant of the breast is the breast; FOLFOX contains a fluoropyrimidine."""
    assert "S06" in [hit.id for hit in search.find("C50.4", limit=200)]
    assert "X02" in [hit.id for hit in search.find("FOLFOX", limit=200)]


def test_english_names_are_found(search: Search) -> None:
    assert ids(search, "fluoropyrimidine") != []
    assert "X14" in ids(search, "lobular carcinoma")


def test_a_kind_can_be_asked_for(search: Search) -> None:
    assert {hit.kind for hit in search.find("cancer", "recommendation")} == {"recommendation"}


def test_nonsense_finds_nothing(search: Search) -> None:
    assert ids(search, "zzzz") == []
    assert ids(search, "   ") == []
    assert ids(search, "le la les") == []
