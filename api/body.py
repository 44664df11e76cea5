"""A request's body to documents: by its media type, within bounds, before anything else looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import IO

from flask import Request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import LengthRequired, RequestEntityTooLarge

from api.documents import Document, from_bytes, from_file, named
from api.failures import UnknownForm
from engine.problems import Problem, Refused, in_sheet

MULTIPART = "multipart/form-data"
MOST_DRAINED = 256 * 1024 * 1024
PIECE = 1024 * 1024
UNTYPED = ("", "application/octet-stream", "text/plain")


class Held(Request):
    """A request whose files stay in memory: nothing of a patient is spooled to the disk; the bound of the body bounds them."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def read_documents(request: Request) -> list[Document]:
    """Return the documents of a request, one or (multipart) several of one patient."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnknownForm(f"{request.mimetype}, Content-Encoding {request.headers['Content-Encoding']}")
    if request.mimetype == MULTIPART:
        if request.content_length is None:
            raise LengthRequired
        return _parts(request)
    return [from_bytes(_whole(request), request.content_type or "")]


def drain(request: Request) -> None:
    """Read away a body that is refused, within reason: a client that still sends would not see the answer."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or MOST_DRAINED, MOST_DRAINED)
    while left > 0 and (piece := stream.read(min(left, PIECE))):
        left -= len(piece)


def _whole(request: Request) -> bytes:
    """Return the body; one without a length that fills the bound is cut short there, so it is too long."""
    body = request.get_data(cache=False)
    if request.content_length is None and len(body) == request.max_content_length:
        raise RequestEntityTooLarge
    return body


def _parts(request: Request) -> list[Document]:
    files = [file for _, file in request.files.items(multi=True)]
    fields = [in_sheet("", "multipart-champ", f"le champ `{name}` n'est pas un fichier") for name in request.form]
    if not files and not fields:
        fields = [
            in_sheet(
                "",
                "multipart-vide",
                "aucun document n'est joint",
                "un fichier par document : -F 'document=@fiche.json'",
            )
        ]
    return files_as_documents(files, fields)


def files_as_documents(files: Sequence[FileStorage], problems: Sequence[Problem] = ()) -> list[Document]:
    """Return files as documents; refuse with the problems of all, beside those already found."""
    documents: list[Document] = []
    found = list(problems)
    for number, file in enumerate(files):
        try:
            documents.append(_part(file, number))
        except Refused as refused:
            found += [replace(each, pointer=f"/{number}{each.pointer}") for each in refused.problems]
    if found:
        raise Refused(found)
    return documents


def _part(file: FileStorage, number: int) -> Document:
    if file.mimetype not in UNTYPED:
        return named(from_bytes(file.read(), file.content_type or ""), number)
    return named(from_file(file.read(), file.filename or ""), number)
