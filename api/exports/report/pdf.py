"""A report → PDF (reportlab): embedded fonts, page numbers, the same bytes each time, no date but the answer's own."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, assert_never
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, SimpleDocTemplate, TableStyle
from reportlab.platypus import Table as Grid

from api.exports.report.blocks import (
    BAD,
    GOOD,
    SOFT,
    WARN,
    Block,
    Facts,
    Heading,
    Items,
    Line,
    Prose,
    Report,
    Span,
    Table,
)

FONTS = {"oncorules": "Vera.ttf", "oncorules-bold": "VeraBd.ttf"}  # Bitstream Vera, which reportlab ships
PLAIN, BOLD = FONTS
# What the fonts lack, in words or in signs that they have; anything else they lack is named by its Unicode name.
SPELLED: Mapping[str, tuple[str, str]] = {
    "→": ("donne", "gives"),
    "✓": ("oui", "yes"),
    "α": ("alpha", "alpha"),
    "β": ("bêta", "beta"),
    "γ": ("gamma", "gamma"),
    "δ": ("delta", "delta"),
    "κ": ("kappa", "kappa"),
    "μ": ("µ", "µ"),
    "\u202f": ("\u00a0", "\u00a0"),
    "\u2009": (" ", " "),
    "\u2011": ("-", "-"),
    "\u2212": ("-", "-"),
}
TONES = {GOOD: "#0f4d30", WARN: "#5f3c00", BAD: "#861219", SOFT: "#45505b"}
_INK, _BLUE, _LINE, _FAINT = "#1b2530", "#123f55", "#cdd5db", "#eef2f4"
_MARGIN, _FOOT = 16 * mm, 12 * mm
_WIDTH = A4[0] - 2 * _MARGIN - 12  # the frame of a page keeps six points on each side
LONGEST = 2000  # characters of one text: breaking lines takes the square of them; how many more there are is told
_CUT = {"fr": "… [{more} signes de plus]", "en": "… [{more} more characters]"}
_PAGE = {"fr": "page {number}", "en": "page {number}"}


def document_of(report: Report) -> bytes:
    """Return a report as PDF: A4, its title and language in the metadata, each page numbered with the notice."""
    for name, file in FONTS.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, file))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN + 4 * mm,
        title=spelled(report.title, report.language), author="oncorules", creator="oncorules", lang=report.language,
        invariant=True,
    )  # fmt: skip
    foot = _footer(report)
    flow = [each for block in report.blocks for each in _Writer(report.language).block(block)]
    document.build(flow, onFirstPage=foot, onLaterPages=foot)
    return written.getvalue()


def _footer(report: Report) -> Any:
    """Return what draws the foot of each page: the notice, and the page's number."""

    def draw(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(PLAIN, 7.5)
        canvas.setFillColor(HexColor(TONES[SOFT]))
        canvas.drawString(_MARGIN, _FOOT, spelled(report.notice, report.language))
        number = _PAGE[report.language].format(number=document.page)
        canvas.drawRightString(A4[0] - _MARGIN, _FOOT, number)
        canvas.restoreState()

    return draw


def spelled(text: str, language: str = "fr") -> str:
    """Return a text with only what the fonts can show."""
    column = 0 if language == "fr" else 1
    composed = unicodedata.normalize("NFC", text)
    return "".join(each if _has(each) else _spell(each, column) for each in composed)


def _has(character: str) -> bool:
    if character < "\u007f":
        return character >= " "
    return all(ord(character) in _face(name).charToGlyph for name in FONTS)


def _spell(character: str, column: int) -> str:
    if character in SPELLED:
        return SPELLED[character][column]
    if character.isspace() or unicodedata.category(character).startswith("C"):
        return " "
    bare = unicodedata.normalize("NFKD", character)
    if bare != character and all(map(_has, bare)):
        return bare
    return f"[{unicodedata.name(character, f'u+{ord(character):04x}').lower()}]"


def _face(name: str) -> Any:
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, FONTS[name]))
    return pdfmetrics.getFont(name).face


class _Writer:
    """Writes blocks of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def block(self, block: Block) -> Iterator[Flowable]:
        match block:
            case Heading(level, line):
                yield CondPageBreak(_ROOM[level] * mm)
                yield Paragraph(self.line(line), _HEADINGS[level])
            case Prose(line, kind):
                yield Paragraph(self.line(line), _PROSE[kind])
            case Items(items):
                for depth, line in items:
                    yield Paragraph(self.line(line), _item(depth), bulletText="–" if depth else "•")
            case Table():
                yield self.table(block)
            case Facts(facts):
                rows = [[self.cell((Span(term, SOFT),)), self.cell(line)] for term, line in facts]
                yield Grid(rows, colWidths=[_WIDTH * 0.25, _WIDTH * 0.75], style=_FACTS, hAlign="LEFT", splitInRow=1)
            case _:
                assert_never(block)

    def table(self, table: Table) -> Flowable:
        head = [self.cell((Span(each, strong=True),)) for each in table.headers]
        body = [[self.cell(cell) for cell in row] for row in table.rows]
        widths = [_WIDTH * share / sum(table.widths) for share in table.widths]
        return Grid([head, *body], colWidths=widths, repeatRows=1, style=_TABLE, hAlign="LEFT", splitInRow=1)

    def cell(self, line: Line) -> Flowable:
        return Paragraph(self.line(line), _CELL)

    def line(self, line: Line) -> str:
        return "".join(map(self.span, line))

    def span(self, span: Span) -> str:
        text, more = span.text[:LONGEST], len(span.text) - LONGEST
        cut = _CUT[self.language].format(more=more) if more > 0 else ""
        text = escape(spelled(text + cut, self.language))
        text = f"<b>{text}</b>" if span.strong else text
        return f'<font color="{TONES[span.tone]}">{text}</font>' if span.tone else text


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    # Long codes and pointers have no space at which to break.
    base = {
        "fontName": PLAIN,
        "leading": size * 1.35,
        "textColor": HexColor(_INK),
        "spaceAfter": 2,
        "splitLongWords": 1,
    }
    return ParagraphStyle(name, fontSize=size, **(base | more))


def _item(depth: int) -> ParagraphStyle:
    return _style(f"item-{depth}", 8.5, leftIndent=10 + 11 * depth, bulletIndent=2 + 11 * depth, spaceAfter=1)


_HEAD = {"fontName": BOLD, "textColor": HexColor(_BLUE)}
_ROOM = {1: 60, 2: 50, 3: 32, 4: 26, 5: 20}  # mm that a heading needs below it, or it begins a page
_HEADINGS = {
    1: _style("h1", 17, **_HEAD, spaceAfter=6),
    2: _style("h2", 13.5, **_HEAD, spaceBefore=14, spaceAfter=4),
    3: _style("h3", 11.5, **_HEAD, spaceBefore=10, spaceAfter=3),
    4: _style("h4", 9.5, **(_HEAD | {"textColor": HexColor(_INK)}), spaceBefore=7),
    5: _style("h5", 9, spaceBefore=5),
}
_PROSE = {
    "": _style("prose", 8.5),
    "lead": _style("lead", 8.5, textColor=HexColor(TONES[SOFT])),
    "source": _style("source", 7.5, textColor=HexColor(TONES[SOFT]), spaceAfter=4),
    "notice": _style(
        "notice", 9, textColor=HexColor("#4a2f00"), backColor=HexColor("#fdf6e7"), borderColor=HexColor("#b98a2e"),
        borderWidth=0.7, borderPadding=4, spaceBefore=4, spaceAfter=10,
    ),
}  # fmt: skip
_CELL = _style("cell", 7.8, spaceAfter=0)
_TABLE = TableStyle(
    [
        ("BACKGROUND", (0, 0), (-1, 0), HexColor(_FAINT)),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, HexColor(_LINE)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
)
_FACTS = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
    ]
)
