"""The page of the dictionary: every item, list, column and judgement is on it, with what it may be."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

import pytest

from api import library
from engine.dictionary import Dictionary, Item
from engine.dictionary_page import dictionary_page
from engine.domains import Leaves, Line, leaves
from engine.units import find_unit
from engine.values import between


@cache
def shipped() -> Dictionary:
    return library.load().dictionary


@cache
def page(language: str) -> str:
    return dictionary_page(shipped(), language)


def line_of(text: str, identifier: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"| `{identifier}` "))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_everything_declared_is_on_the_page(language: str) -> None:
    text, known = page(language), shipped()
    rows = re.findall(r"^\| `([^`]+)` (.*?) \|", text, re.MULTILINE)
    items = [item for item in known.items.values() if not item.is_records]
    wanted = {item.id for item in (*items, *known.judgements.values())}
    wanted |= {column.id for records in known.records() for column in records.columns.values()}
    assert {identifier for identifier, _ in rows} == wanted
    for records in known.records():
        assert f"### `{records.id}` — {records.label(language)}" in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_table_is_well_formed(language: str) -> None:
    lines = page(language).splitlines()
    for number, line in enumerate(lines):
        if line.startswith("|---"):
            body = [lines[number - 1]]
            for row in lines[number + 1 :]:
                if not row.startswith("|"):
                    break
                body.append(row)
            widths = {len(re.split(r"(?<!\\)\|", row)) for row in body}
            assert widths == {line.count("|") + 1}, body[0]


def test_a_number_shows_its_range_unit_and_classes() -> None:
    row = line_of(page("fr"), "re_pct")
    assert "nombre, 0 – 100 %" in row
    assert "connue par classes : < 1 %" in row
    assert "Quel est le pourcentage de récepteurs des œstrogènes ? (au dossier)" in row
    assert "`tumeurs[].re_pct` ; LOINC 85329-1" in row


def test_an_evolving_item_shows_how_long_it_counts() -> None:
    assert "| évolutif, valable 3 mois |" in line_of(page("fr"), "fevg")
    assert "| evolving, valid 3 mois |" in line_of(page("en"), "fevg")


def test_a_scale_shows_categories_with_their_leaves_in_order() -> None:
    scale: Leaves = leaves(["T0", "T1a", "T1b", "T1", "T2"], {"T1": ["T1a", "T1b", "T1"]}, ordered=True)
    item = Item("cT", {"fr": "cT"}, "echelle", scale, edition="8", context="c", path="tumeurs[].cT")
    text = dictionary_page(Dictionary.of([item], []))
    assert "| échelle : T0, T1 (T1a, T1b), T2 |" in text
    assert "| fixe, contexte c, édition TNM 8 |" in text


def test_an_open_end_and_a_pipe_do_no_harm() -> None:
    span = Line(find_unit("mm"), between(Decimal(0), Decimal("Infinity"), high_open=True))
    item = Item("taille", {"fr": "taille | diamètre"}, "quantite", span, path="tumeurs[].taille")
    text = dictionary_page(Dictionary.of([item], []))
    assert "| `taille` taille \\| diamètre | nombre, 0 – … mm |" in text


def test_the_page_is_the_same_each_time() -> None:
    assert dictionary_page(shipped()) == page("fr")
