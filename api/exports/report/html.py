"""A report → one HTML page that needs nothing else: headings, tables with headers, the language of each text, print."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import assert_never

from api.exports.report.blocks import Block, Facts, Heading, Items, Line, Prose, Report, Span, Table

# Contrast of every tone on its ground is above 7:1 (WCAG AAA); what a colour says is in the words too.
_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; background: #fff; color: #1b2530;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.35rem; margin: 2.25rem 0 .5rem; padding-bottom: .25rem; border-bottom: 2px solid #17506b; color: #123f55; }
h3 { font-size: 1.12rem; margin: 1.6rem 0 .4rem; color: #123f55; }
h4 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
h5 { font-size: 1rem; margin: .9rem 0 .25rem; padding-left: .6rem; border-left: 4px solid #c3ced6; font-weight: 600; }
p, ul, dl { margin: .3rem 0; }
ul { padding-left: 1.3rem; }
li { margin: .15rem 0; }
.notice { display: inline-block; padding: .35rem .8rem; border: 1px solid #b98a2e; border-left-width: 5px; background: #fdf6e7; color: #4a2f00; }
.lead, .soft { color: #45505b; }
.source { color: #45505b; font-size: .9rem; }
.good { color: #0f4d30; } .warn { color: #5f3c00; } .bad { color: #861219; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1rem; font-size: .95rem; }
dt { color: #45505b; } dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; margin: .5rem 0; font-size: .92rem; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid #cdd5db; overflow-wrap: anywhere; }
thead th { background: #eef2f4; border-bottom: 2px solid #b4c0c8; }
tbody th { font-weight: 600; }
footer { margin-top: 2rem; padding-top: .5rem; border-top: 1px solid #cdd5db; color: #45505b; font-size: .9rem; }
@media (max-width: 40rem) { body { padding: 1rem; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; } }
@media print {
  @page { size: A4; margin: 16mm 14mm; }
  body { max-width: none; padding: 0; font-size: 9.5pt; line-height: 1.35; }
  h2, h3, h4, h5 { break-after: avoid; }
  tr, li { break-inside: avoid; }
  thead { display: table-header-group; }
}
""".strip()


def page_of(report: Report) -> bytes:
    """Return a report as a page."""
    body = "\n".join(text for block in report.blocks for text in _block(block, report.language))
    notice = f"<footer><p>{escape(report.notice)}</p></footer>\n" if report.notice else ""
    page = (
        f'<!doctype html>\n<html lang="{report.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f"<title>{escape(report.title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n"
        f"<main>\n{body}\n</main>\n{notice}</body>\n</html>\n"
    )
    return page.encode("utf-8", "replace")


def _block(block: Block, language: str) -> Iterator[str]:
    match block:
        case Heading(level, line):
            yield f"<h{level}>{_line(line, language)}</h{level}>"
        case Prose(line, kind):
            told = f' class="{kind}"' if kind else ""
            role = ' role="note"' if kind == "notice" else ""
            yield f"<p{told}{role}>{_line(line, language)}</p>"
        case Items():
            yield _items(block, language)
        case Table():
            yield from _table(block, language)
        case Facts(facts):
            yield "<dl>"
            yield from (f"<dt>{escape(term)}</dt><dd>{_line(line, language)}</dd>" for term, line in facts)
            yield "</dl>"
        case _:
            assert_never(block)


def _items(block: Items, language: str) -> str:
    """Write a nested list: a deeper item stands in a list inside the one before it."""
    text, depth = "", -1
    for level, line in block.items:
        if level > depth:
            text += "<ul><li>" * (level - depth)
        else:
            text += "</li></ul>" * (depth - level) + "</li><li>"
        text, depth = text + _line(line, language), level
    return text + "</li></ul>" * (depth + 1)


def _table(table: Table, language: str) -> Iterator[str]:
    yield "<table>"
    yield "<colgroup>" + "".join(f'<col style="width:{share}%">' for share in table.widths) + "</colgroup>"
    yield "<thead><tr>" + "".join(f'<th scope="col">{escape(each)}</th>' for each in table.headers) + "</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        cells = "".join(f"<td>{_line(cell, language)}</td>" for cell in row[1:])
        yield f'<tr><th scope="row">{_line(row[0], language)}</th>{cells}</tr>'
    yield "</tbody></table>"


def _line(line: Line, language: str) -> str:
    return "".join(_span(span, language) for span in line)


def _span(span: Span, language: str) -> str:
    text = escape(span.text)
    french = ' lang="fr"' if span.french and language != "fr" else ""
    tone = f' class="{span.tone}"' if span.tone else ""
    if span.strong:
        return f"<strong{tone}{french}>{text}</strong>"
    return f"<span{tone}{french}>{text}</span>" if tone or french else text
