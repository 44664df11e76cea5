"""The report of an answer for the patient's file, as a page or as PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.exports.report.answer import report_of
from api.exports.report.html import page_of
from engine.snapshot import Base


def html_report(answer: Mapping[str, Any], base: Base, language: str = "fr") -> bytes:
    """Return the report as a page in UTF-8: self-contained, accessible, the same bytes each time."""
    return page_of(report_of(answer, base, language))


def pdf_report(answer: Mapping[str, Any], base: Base, language: str = "fr") -> bytes:
    """Return the report as PDF: embedded fonts, numbered pages, the same bytes each time."""
    from api.exports.report.pdf import document_of  # a library of its own, loaded when a PDF is asked

    return document_of(report_of(answer, base, language))
