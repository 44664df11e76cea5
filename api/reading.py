"""Documents of one patient → one native sheet without identity, with where it came from and what was lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.adapters.conversion import Converted
from api.documents import CDA, FHIR, NATIVE, Document
from api.identity import identity_texts, without_identity, without_texts
from engine.problems import Refused, in_sheet
from engine.sheet import Sheet, read_sheet
from engine.snapshot import Base

_FORMATS = {NATIVE: "natif", FHIR: "fhir", CDA: "cda"}


@dataclass(frozen=True, slots=True)
class Read:
    """A native sheet with where it came from and what was lost on the way."""

    body: Mapping[str, Any]
    sheet: Sheet
    origins: tuple[Mapping[str, str], ...]
    losses: tuple[Mapping[str, Any], ...]
    strict: bool

    def problems(self) -> list[dict[str, object]]:
        """Return what was set aside or lost, each with its pointer."""
        return [p.as_json() | {"pointer": self.place(p.pointer)} for p in self.sheet.problems] + [
            {
                "code": "perte",
                "message": str(loss.get("reason", "")),
                "pointer": loss.get("pointer", ""),
                "source": loss.get("code"),
            }
            for loss in self.losses
        ]

    def place(self, pointer: str) -> str:
        """Return where a leaf stood in the document that was posted."""
        node: Any = self.body
        found = pointer
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            node = (
                node[int(key)]
                if isinstance(node, list) and key.isdigit()
                else node.get(key)
                if isinstance(node, Mapping)
                else None
            )
            origin = node.get("origine") if isinstance(node, Mapping) else None
            if isinstance(origin, Mapping) and origin.get("pointeur"):
                found = str(origin["pointeur"])
        return found


def read_documents(documents: Sequence[Document], base: Base) -> Read:
    """Read documents into a sheet; a wrong leaf refuses a native sheet, and is set aside in another form."""
    if len(documents) != 1:
        hint = "envoyez un document par appel"
        raise Refused([in_sheet("", "plusieurs-documents", f"{len(documents)} documents reçus, un seul attendu", hint)])
    document = documents[0]
    texts = identity_texts(document.content, base.dictionary)
    body, losses = _native(document, texts, base)
    body = without_identity(body, base.dictionary)
    sheet = read_sheet(body, base.dictionary, base.ontology)
    sheet = replace(sheet, problems=tuple(without_texts(sheet.problems, texts)))
    strict = document.media_type == NATIVE
    if sheet.problems and (strict or not sheet.tumours):
        raise Refused(sheet.problems)
    origins = ({"document": document.name, "format": _FORMATS[document.media_type]},)
    return Read(body, sheet, origins, losses, strict)


def _native(
    document: Document, texts: frozenset[str], base: Base
) -> tuple[Mapping[str, Any], tuple[Mapping[str, Any], ...]]:
    """Return the native sheet that a document is or says, and what was lost."""
    if document.media_type == NATIVE:
        return document.content, ()
    try:
        converted = _converted(document, base)
    except Refused as refused:
        raise Refused(without_texts(refused.problems, texts)) from None
    return converted.sheet, converted.losses


def _converted(document: Document, base: Base) -> Converted:
    """Read a document of another form; a form that is not sent is not loaded."""
    if document.media_type == CDA:
        from api.adapters.cda import read_document

        return read_document(document.body, base.ontology, base.dictionary, document.name)
    from api.adapters.fhir import read_bundle

    return read_bundle(document.content, base.ontology, base.dictionary, document.name)
