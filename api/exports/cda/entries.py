"""The entries that French cancer documents are made of, each with the templates of CCD, IHE PCC and CI-SIS it declares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from api.exports.cda.elements import LOINC, TERMS, Coded, code, element, moment, reference, span, unknown

SIMPLE = ("1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48")
COMMENT = ("2.16.840.1.113883.10.20.1.40", "1.3.6.1.4.1.19376.1.5.3.1.4.2", "1.2.250.1.213.1.1.3.32")
PROPOSED = ("2.16.840.1.113883.10.20.1.25", "1.3.6.1.4.1.19376.1.5.3.1.4.19", "1.2.250.1.213.1.1.3.62")
PLANNED = ("1.3.6.1.4.1.19376.1.5.3.1.4.19", "2.16.840.1.113883.10.20.1.25", "1.2.250.1.213.1.1.3.62")
RECEIVED = ("1.3.6.1.4.1.19376.1.5.3.1.4.19", "2.16.840.1.113883.10.20.1.29", "1.2.250.1.213.1.1.3.62")
MEETING = ("2.16.840.1.113883.10.20.1.25", "1.3.6.1.4.1.19376.1.5.3.1.4.14", "1.2.250.1.213.1.1.3.58")
REQUEST = ("2.16.840.1.113883.10.20.1.25", "1.3.6.1.4.1.19376.1.5.3.1.1.20.3.1", "1.2.250.1.213.1.1.3.27")
CALL_BACK = Coded("CS", "2.16.840.1.113883.5.7", "recontacter pour fixer RDV")


@dataclass(frozen=True, slots=True)
class Section:
    """What tells one section from another: its templates, its code, its title."""

    templates: Sequence[str]
    code: Coded
    title: str
    translation: Coded | None = None


def section(kind: Section, identifier: str, narrative: Iterable[Element], entries: Iterable[Element]) -> Element:
    """Return a `component` with one section: its narrative, and the entries that refer to it."""
    body = element(
        "section",
        None,
        *templates(kind.templates),
        element("id", {"root": identifier}),
        code("code", kind.code, code("translation", kind.translation) if kind.translation else None),
        element("title", text=kind.title),
        element("text", None, *narrative),
        *(element("entry", None, each) for each in entries),
    )
    return element("component", None, body)


def templates(roots: Sequence[str]) -> list[Element]:
    """Return the templates that an entry or a section declares."""
    return [element("templateId", {"root": each}) for each in roots]


def observation(
    coded: Coded,
    identifier: str,
    anchor: str,
    value: Element | None,
    *inner: Element | None,
    time: Element | None = None,
    roots: Sequence[str] = SIMPLE,
    translation: Element | None = None,
    negated: bool | None = None,
) -> Element:
    """Return a finding: its text in the narrative, its time (not applicable if none is given), its value."""
    return element(
        "observation",
        _act("OBS", "EVN", negated),
        *templates(roots),
        element("id", {"root": identifier}) if identifier else None,
        code("code", coded, translation),
        text(anchor),
        status("completed"),
        unknown("effectiveTime", "NA") if time is None else time,
        value,
        *inner,
    )


def comment(anchor: str, day: str = "") -> Element:
    """Return a comment (LOINC 48767-8), which stands in the narrative."""
    return element(
        "act",
        _act("ACT", "EVN"),
        *templates(COMMENT),
        code("code", Coded("48767-8", LOINC, "Commentaire")),
        text(anchor),
        status("completed"),
        moment(day) if day else None,
    )


def meeting(coded: Coded, identifier: str, anchor: str) -> Element:
    """Return an encounter that is asked for: its day is to be fixed."""
    return element(
        "encounter",
        _act("ENC", "ARQ"),
        *templates(MEETING),
        element("id", {"root": identifier}),
        code("code", coded),
        text(anchor),
        code("priorityCode", CALL_BACK),
    )


def request(identifier: str, anchor: str) -> Element:
    """Return an examination that is asked for (ORG-064), named in the narrative; when is to be filled in."""
    return element(
        "observation",
        _act("OBS", "PRP"),
        *templates(REQUEST),
        element("id", {"root": identifier}),
        code("code", Coded("ORG-064", TERMS, "Demande d'examen ou de suivi")),
        text(anchor),
        status("active"),
        span(),
    )


def related(kind: str, inner: Element, inverted: bool | None = None) -> Element:
    """Return an entry that belongs to another."""
    turned = {} if inverted is None else {"inversionInd": str(inverted).lower()}
    return element("entryRelationship", {"typeCode": kind} | turned, inner)


def procedure(mood: str, roots: Sequence[str], identifier: str, coded: Element, anchor: str, *rest: Element) -> Element:
    """Return a treatment, received (EVN) or intended (INT)."""
    return element(
        "procedure",
        _act("PROC", mood, False),
        *templates(roots),
        element("id", {"root": identifier}),
        coded,
        text(anchor),
        *rest,
    )


def text(anchor: str) -> Element:
    """Return where in the narrative an entry stands."""
    return element("text", None, reference(anchor))


def status(word: str) -> Element:
    """Return a status."""
    return element("statusCode", {"code": word})


def _act(kind: str, mood: str, negated: bool | None = None) -> dict[str, str]:
    told = {} if negated is None else {"negationInd": str(negated).lower()}
    return {"classCode": kind, "moodCode": mood} | told
