"""The report for the patient's file: what it says in both forms and languages, that it is accessible, and the same each time."""

from __future__ import annotations

import copy
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from reportlab.pdfbase import pdfmetrics

from api.exports.report.answer import report_of
from api.exports.report.blocks import Block, Facts, Heading, Items, Line, Prose, Span, Table
from api.exports.report.formats import html_report, pdf_report
from api.exports.report.pdf import FONTS, LONGEST, SPELLED, TONES, _Writer, spelled
from api.words.labels import LANGUAGES
from tests.agreement.shipped import base
from tests.conftest import ROOT
from tests.exported import EXAMPLES, answer, answered, fiches

VOID = {"meta", "link", "br", "col", "hr", "img", "input"}


class Page(HTMLParser):
    """What a page is made of: its tags in order, their attributes, its text, and whether they nest."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(body.decode())
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def page(body: dict[str, Any], language: str = "fr") -> Page:
    return Page(html_report(body, base(), language))


def english(name: str) -> dict[str, Any]:
    return answered((ROOT / f"knowledge/examples/{name}.json").read_bytes(), lang="en")


def lines(block: Block) -> list[Line]:
    match block:
        case Heading(_, line) | Prose(line, _):
            return [line]
        case Items(items):
            return [line for _, line in items]
        case Table(_, rows, _):
            return [cell for row in rows for cell in row]
        case Facts(facts):
            return [line for _, line in facts]


def text_of(block: Block) -> str:
    return "\n".join("".join(span.text for span in line) for line in lines(block))


def told(body: dict[str, Any], language: str = "fr") -> str:
    return "\n".join(map(text_of, report_of(body, base(), language).blocks))


# --- what it says ---


@pytest.mark.parametrize("name", EXAMPLES)
def test_everything_that_counts_is_told(name: str) -> None:
    body = answer(name)
    text = told(body)
    for each in (body["snapshot"], body["engine"], body["decision_id"], body["notice"], "Grand Est (FR-GES)"):
        assert each in text
    for tumour in body["tumours"]:
        shown = [each for each in tumour["recommendations"] if each["verdict"] != "does_not_apply"]
        for rule in shown:
            assert rule["title"] in text
            assert rule["source"]["title"] in text
        for trial in tumour["trials"]:
            assert trial["id"] in text
            assert all(each["criterion"] in text for each in trial["failing"])
        assert all(entry["item"] in text for entry in tumour["checklist"])
        assert all(entry["label"] in text for entry in (*tumour["data"], *tumour["contradictions"]))
        assert all(entry["label"] in text or entry["question"] in text for entry in tumour["to_ask"])
    assert all(each["title"] in text for each in body["coverage"])


def reserves(plan: Any) -> list[dict[str, Any]]:
    inner = [part for kind in ("choice", "together", "then") for part in (plan or {}).get(kind, ())]
    own = ((plan or {}).get("safety") or {}).get("by", [])
    return [*own, *(each for part in inner for each in reserves(part))]


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_plan_has_its_safety_with_what_is_missing(name: str) -> None:
    report = report_of(answer(name), base())
    blocks = list(report.blocks)
    for tumour in answer(name)["tumours"]:
        for rule in tumour["recommendations"]:
            if rule["verdict"] != "applies" or rule["kind"] != "recommendation":
                continue
            start = next(
                n for n, each in enumerate(blocks) if isinstance(each, Heading) and rule["id"] in text_of(each)
            )
            end = next(n for n in range(start + 1, len(blocks)) if isinstance(blocks[n], Heading))
            text = "\n".join(map(text_of, blocks[start:end]))
            for each in reserves(rule["plan"]):
                assert each["title"] in text
                if each["status"] in ("required", "contraindicated") and each["sure"]:
                    assert all(item["label"] in text for item in each["missing"])
            assert rule["source"]["edition"][:4] in text


def test_a_report_in_english_says_what_stays_french() -> None:
    found = page(english("sein-a"), "en")
    assert "What to ask first" in found.text
    assert "À demander d'abord" not in found.text
    assert ("html", {"lang": "en"}) in found.tags
    assert any(attributes.get("lang") == "fr" for tag, attributes in found.tags if tag in ("span", "strong"))


def test_the_proposal_of_the_board_is_told_with_its_safety_and_what_is_left_out() -> None:
    """In both languages, each treatment with its status; nothing where the sheet has none."""
    sheet = {
        "schema": "fiche-rcp/1",
        "tumeurs": [{"id": "t1", "topographie": "sein"}],
        "proposition_traitements": {"lignes": [{"concept": "capecitabine"}, {"concept": "chirurgie"}]},
    }
    told = page(answered(json.dumps(sheet).encode())).text
    assert "Proposition de la RCP" in told
    assert "capécitabine" in told
    assert "X02" in told
    assert "The board's proposal" not in told
    assert (
        "Proposition de la RCP"
        not in page(answered(json.dumps({**sheet, "proposition_traitements": None}).encode())).text
    )


def test_a_tumour_out_of_scope_is_said_to_be() -> None:
    body = copy.deepcopy(answer("sein-a"))
    body["tumours"][0]["outside"] = True
    text = told(body)
    assert "Hors champ" in text
    assert "Recommandations, par question" not in text
    assert "Données utilisées" in text


def test_what_could_not_be_read_is_told() -> None:
    body = copy.deepcopy(answer("sein-a"))
    loss = {
        "code": "perte",
        "message": "code que `rien` ne lit",
        "pointer": "/a/b",
        "source": {"systeme": "LOINC", "code": "1-8"},
    }
    body["sheet"]["problems"] = [loss, {"code": "hors-plage", "message": "valeur impossible", "pointer": "/c"}]
    text = told(body)
    assert "code que rien ne lit (LOINC 1-8) /a/b" in text
    assert "valeur impossible /c" in text


def test_no_explanation_is_needed() -> None:
    body = answered((ROOT / "knowledge/examples/sein-a.json").read_bytes(), explain="none")
    assert "S04" in told(body)


# --- HTML ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_is_accessible_and_needs_nothing_else(name: str, language: str) -> None:
    found = page(answer(name) if language == "fr" else english(name), language)
    assert found.tags[0] == ("html", {"lang": language})
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    headers = [attributes for tag, attributes in found.tags if tag == "th"]
    assert headers
    assert all(attributes.get("scope") in ("col", "row") for attributes in headers)
    assert not [attributes for _, attributes in found.tags if {"src", "href", "onclick"} & attributes.keys()]
    assert not {tag for tag, _ in found.tags} & {"script", "link", "img", "iframe"}
    assert [tag for tag, _ in found.tags].count("title") == 1


def test_text_of_the_sheet_never_becomes_markup() -> None:
    body = copy.deepcopy(answer("sein-a"))
    body["tumours"][0]["label"] = "<script>alert(1)</script> & « sein »"
    found = page(body)
    assert "script" not in {tag for tag, _ in found.tags}
    assert "<script>alert(1)</script> & « sein »" in found.text


def test_contrast_of_every_tone_is_enough() -> None:
    for colour in TONES.values():
        assert contrast(colour, "#ffffff") >= 7
    style = html_report(answer("sein-a"), base()).decode()
    assert all(colour in style for colour in TONES.values())


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, 1.4.3)."""

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# --- PDF ---


def test_the_fonts_have_what_french_and_medicine_write() -> None:
    assert spelled("éœÉŒ ≥ ≤ ≠ × ÷ « » – ’ … ² µ ° €") == "éœÉŒ ≥ ≤ ≠ × ÷ « » – ’ … ² µ ° €"
    assert spelled("ISH + → positif") == "ISH + donne positif"
    assert spelled("ISH + → positive", "en") == "ISH + gives positive"
    assert spelled("PIK3CA α, β") == "PIK3CA alpha, bêta"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_that_the_fonts_cannot_show(language: str) -> None:
    odd = "".join(
        map(chr, (*range(0x20, 0x2FF), *range(0x370, 0x400), *range(0x2000, 0x2300), 0x4E2D, 0x1F600, 0xD800))
    )
    text = spelled(odd + "".join(SPELLED), language)
    for name in FONTS:
        face = pdfmetrics.getFont(name).face
        assert not [each for each in text if ord(each) not in face.charToGlyph]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_pdf_is_the_same_each_time_and_has_no_date_of_its_own(name: str) -> None:
    body = pdf_report(answer(name), base())
    assert body == pdf_report(copy.deepcopy(answer(name)), base())
    assert body.startswith(b"%PDF-")
    assert set(re.findall(rb"/(?:CreationDate|ModDate) \(D:(\d{8})", body)) <= {b"20000101"}
    assert b"/Lang" in body
    assert body.count(b"/FontFile2") >= 2


def test_long_answers_flow_over_numbered_pages() -> None:
    body = pdf_report(answer("sein-metastatique"), base())
    pages = len(re.findall(rb"/Type /Page\b", body))
    assert pages > 5
    assert len(html_report(answer("sein-metastatique"), base())) > 50_000


@pytest.mark.parametrize("path", fiches()[::6], ids=lambda path: path.stem)
def test_reports_of_whole_fiches_are_written(path: Any) -> None:
    sheet = json.loads(path.read_text(encoding="utf-8"))
    body = answered(json.dumps(sheet.get("fiche", sheet)).encode(), region=None)
    Page(html_report(body, base()))
    assert pdf_report(body, base()).startswith(b"%PDF-")


@pytest.mark.parametrize("text", ["mot " * 5_000, "x" * 20_000, "字" * 5_000], ids=["words", "no space", "spelled"])
def test_a_long_text_of_a_fiche_is_cut_with_how_much_more_there_is(text: str) -> None:
    """Breaking it into lines would take minutes, and a fact longer than a page has no room on any."""
    body = copy.deepcopy(answer("sein-metastatique"))
    body["place"]["region"] = body["tumours"][0]["label"] = text
    assert pdf_report(body, base()).startswith(b"%PDF-")
    written = _Writer("fr").line((Span(text),))
    assert f"[{len(text) - LONGEST} signes de plus]" in written
    assert written.startswith(spelled(text[:LONGEST]))
    assert "more characters" in _Writer("en").line((Span(text),))
    assert "signes de plus" not in _Writer("fr").line((Span("a" * LONGEST),))
