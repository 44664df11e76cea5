"""What comes in: a document's content, its form and its name, read safely from bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from api.failures import UnknownForm
from api.strict_json import read_object
from engine.problems import Refused, in_sheet

NATIVE = "application/json"
FHIR = "application/fhir+json"
CDA = "application/xml"

_MEDIA_TYPES = {
    "application/json": NATIVE,
    "text/json": NATIVE,
    "application/fhir+json": FHIR,
    "application/json+fhir": FHIR,
    "application/xml": CDA,
    "application/cda+xml": CDA,
    "text/xml": CDA,
}
_SUFFIXES = {".json": NATIVE, ".xml": CDA}


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it arrived: a JSON object or the bytes of an XML one, its media type and a name for its origins."""

    content: dict[str, object]
    media_type: str
    name: str = "document-1"
    body: bytes = field(default=b"", repr=False)


def known_media_types() -> tuple[str, ...]:
    """Return the media types that are read."""
    return (NATIVE, FHIR, CDA)


def from_bytes(body: bytes, media_type: str) -> Document:
    """Read a document; raise `UnknownForm` for its media type, `Refused` for its content."""
    form = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower())
    if form is None:
        raise UnknownForm(media_type)
    return _read(body, form)


def from_file(body: bytes, name: str) -> Document:
    """Read a document whose form only its name and content tell; a name may be the patient's, and is told to nobody."""
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if suffix not in _SUFFIXES:
        raise UnknownForm("")
    return _read(body, _SUFFIXES[suffix])


def is_xml(body: bytes) -> bool:
    """Say whether bytes of no declared form begin as XML does."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def named(document: Document, number: int) -> Document:
    """Name a document by its place, never by its file, whose name may be the patient's."""
    return replace(document, name=f"document-{number + 1}")


def _read(body: bytes, form: str) -> Document:
    """Read JSON here; XML is parsed where it is converted, since nothing else looks into it."""
    return Document({}, CDA, body=body) if form == CDA else _checked(read_object(body), form)


def _checked(content: dict[str, object], form: str) -> Document:
    if "resourceType" in content:
        return Document(content, FHIR)
    if form == FHIR:
        hint = "une ressource FHIR dit son `resourceType` ; une fiche native est de type `application/json`"
        raise Refused([in_sheet("", "fhir-sans-type", "ce n'est pas une ressource FHIR", hint)])
    return Document(content, NATIVE)
