"""Documents of one patient → one native sheet without identity, with where it came from and what was lost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api import same_patient
from api.adapters.conversion import Converted
from api.documents import CDA, FHIR, NATIVE, Document, named
from api.identity import hidden, texts_of_all, without_identity, without_texts
from api.merging import Part, merged
from engine.problems import Problem, Refused, in_sheet
from engine.sheet import NO_TUMOUR, Sheet, read_sheet
from engine.snapshot import Base

MOST_DOCUMENTS = 20
PLACES = {"region": re.compile(r"[A-Za-z0-9-]{1,20}", re.ASCII), "centre": re.compile(r"[A-Za-z0-9.-]{1,40}", re.ASCII)}
TOO_LONG = "liste-trop-longue"
_FORMATS = {NATIVE: "natif", FHIR: "fhir", CDA: "cda"}
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """A native sheet with where it came from, what was lost on the way, and how the patient is known to be one."""

    body: Json
    sheet: Sheet
    origins: tuple[Mapping[str, str], ...]
    losses: tuple[Json, ...]
    notes: tuple[Problem, ...] = ()
    same_patient: str | None = None

    def problems(self) -> list[dict[str, Any]]:
        """Return what was set aside or lost, each with its pointer, and its document where there are several."""
        set_aside = [p.as_json() | self.place(p.pointer) for p in self.sheet.problems]
        return [note.as_json() for note in self.notes] + set_aside + [_loss(loss) for loss in self.losses]

    def place(self, pointer: str) -> dict[str, str]:
        """Return where a leaf stood in the document that was posted."""
        node: Any = self.body
        found = {"pointer": pointer}
        for token in pointer.split("/")[1:]:
            node = _inner(node, token.replace("~1", "/").replace("~0", "~"))
            origin = node.get("origine") if isinstance(node, Mapping) else None
            if isinstance(origin, Mapping) and origin.get("pointeur"):
                found["pointer"] = str(origin["pointeur"])
                if len(self.origins) > 1:
                    found["document"] = str(origin.get("document", ""))
        return found


def _inner(node: Any, key: str) -> Any:
    if isinstance(node, list):
        return node[int(key)] if key.isdigit() and int(key) < len(node) else None
    return node.get(key) if isinstance(node, Mapping) else None


def _loss(loss: Json) -> dict[str, Any]:
    told = {"code": "perte", "message": str(loss.get("reason", "")), "pointer": loss.get("pointer", "")}
    named_in = {"document": loss["document"]} if "document" in loss else {}
    return told | {"source": loss.get("code")} | named_in


@dataclass(frozen=True, slots=True)
class _Opened:
    """One document as a native sheet."""

    document: Document
    body: dict[str, Any]
    sheet: Sheet
    losses: tuple[Json, ...]
    identifiers: same_patient.Identifiers

    @property
    def part(self) -> Part:
        return Part(self.document.name, self.body, self.sheet)


def read_documents(documents: Sequence[Document], base: Base, stated: bool = False) -> Read:
    """Read the documents of one patient; a wrong leaf refuses a native sheet, and is set aside in another form.

    Several must share the patient's identifiers, unless a person has stated that the patient is the same.
    """
    if not 1 <= len(documents) <= MOST_DOCUMENTS:
        message = f"{len(documents)} documents reçus : de 1 à {MOST_DOCUMENTS} par appel"
        raise Refused([in_sheet("", "nombre-de-documents", message)])
    texts = texts_of_all((document.content for document in documents), base.dictionary)
    if len(documents) == 1:
        one = _open(documents[0], base, texts)
        _refuse_if_unusable(one.document.media_type == NATIVE, one.sheet)
        return Read(one.body, one.sheet, _origins([one]), one.losses)
    opened = _open_all([named(document, number) for number, document in enumerate(documents)], base, texts)
    differing = same_patient.differences([(one.document.name, one.identifiers) for one in opened])
    if differing and not stated:
        raise Refused(differing)
    body, notes = merged([one.part for one in opened], base.dictionary, base.ontology)
    sheet = _read(body, base, texts)
    _refuse_if_cut(opened, sheet)
    _refuse_if_unusable(False, sheet)
    notes = without_texts(notes, texts)
    notes = [replace(each, code="meme-patient-declare", hint="") for each in differing] + notes
    losses = tuple({**loss, "document": one.document.name} for one in opened for loss in one.losses)
    known = same_patient.STATED if differing else same_patient.AGREED
    return Read(body, sheet, _origins(opened), losses, tuple(notes), known)


def _origins(opened: Sequence[_Opened]) -> tuple[Mapping[str, str], ...]:
    return tuple({"document": one.document.name, "format": _FORMATS[one.document.media_type]} for one in opened)


def _refuse_if_unusable(strict: bool, sheet: Sheet) -> None:
    if sheet.problems and (strict or not sheet.tumours):
        raise Refused(sheet.problems)


def _refuse_if_cut(opened: Sequence[_Opened], whole: Sheet) -> None:
    """Refuse documents that together say more than is read: what would be left out is no one's to choose."""
    cut = [problem for sheet in (whole, *(one.sheet for one in opened)) for problem in sheet.problems]
    if too_long := [problem for problem in cut if problem.code == TOO_LONG]:
        raise Refused(too_long)


def _read(body: Json, base: Base, texts: frozenset[str]) -> Sheet:
    """Return a sheet as read; no problem of it tells an identity, and no free text passes for a place."""
    sheet = read_sheet(body, base.dictionary, base.ontology)
    said = {"region": sheet.region, "centre": sheet.centre}
    wrong = [_no_place(name) for name, text in said.items() if text and not PLACES[name].fullmatch(text)]
    region, centre = (text if PLACES[name].fullmatch(text) else "" for name, text in said.items())
    problems = (*without_texts(sheet.problems, texts), *wrong)
    return replace(sheet, problems=problems, region=region, centre=centre)


def _no_place(name: str) -> Problem:
    """Return the problem of a place that is none: it is kept with the decision, where no free text may be."""
    hint = "une région ISO 3166-2 (FR-GES), un numéro FINESS pour un centre"
    return in_sheet(f"/rcp/{name}", "lieu-illisible", f"`{name}` n'est pas le code d'un lieu", hint)


def _open_all(documents: Sequence[Document], base: Base, texts: frozenset[str]) -> list[_Opened]:
    """Open every document; refuse with the problems of all, each pointer below its document's number."""
    opened: list[_Opened] = []
    problems: list[Problem] = []
    for number, document in enumerate(documents):
        try:
            one = _open(document, base, texts)
            wrong = [p for p in one.sheet.problems if p.code != NO_TUMOUR] if document.media_type == NATIVE else []
            opened.append(one)
        except Refused as refused:
            wrong = list(refused.problems)
        problems += [replace(each, pointer=f"/{number}{each.pointer}") for each in wrong]
    if problems:
        raise Refused(problems)
    return opened


def _open(document: Document, base: Base, texts: frozenset[str]) -> _Opened:
    """Return one document as a native sheet; no problem or loss of it tells an identity."""
    try:
        given = _converted(document, base)
    except Refused as refused:
        raise Refused(without_texts(refused.problems, texts)) from None
    body = without_identity(given.sheet, base.dictionary)
    losses = tuple(hidden(loss, texts) for loss in given.losses)
    return _Opened(document, body, _read(body, base, texts), losses, given.identifiers)


def _converted(document: Document, base: Base) -> Converted:
    """Return the native sheet that a document is or says; a form that is not sent is not loaded."""
    if document.media_type == NATIVE:
        return Converted(document.content, (), same_patient.native_identifiers(document.content))
    if document.media_type == CDA:
        from api.adapters.cda import read_document

        return read_document(document.body, base.ontology, base.dictionary, document.name)
    from api.adapters.fhir import read_bundle

    return read_bundle(document.content, base.ontology, base.dictionary, document.name)
