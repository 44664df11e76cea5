"""One call of the application made at random: which route, which body, how it is declared."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random

from tests.fuzz import byte_changes, json_changes, xml_changes
from tests.fuzz.corpus import FHIR, NATIVE, XML, Original

EVALUATE, CONVERT, WHAT_IF = "/api/v1/evaluations", "/api/v1/sheets/convert", "/api/v1/evaluations/what-if"
QUERIES = (
    *("",) * 60, "?as_of=2026-11-20", "?as_of=2026-02-30", "?as_of=0001-01-01", "?as_of=9999-12-31", "?region=FR-GES&lang=en", "?region=%00",
    "?include=all", "?explain=none", "?tumour=t2", "?lang=xx", "?include=%F0%9F%98%80", "?as_of=&region=",
)  # fmt: skip
TYPES = (
    XML,
    FHIR,
    NATIVE,
    "text/xml",
    "application/cda+xml; charset=utf-16",
    "text/plain",
    "",
    "application/zip",
    "multipart/form-data",
    "a/b;c=\x7f",
)
_BOUNDARY = "x0x0x"


@dataclass(frozen=True, slots=True)
class Call:
    """A request: its path with its query, its body and what its headers say of it."""

    path: str
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)

    def described(self) -> str:
        """Return the call in words, without its body."""
        return f"POST {self.path} Content-Type: {self.content_type!r} {self.headers} ({len(self.body)} bytes)"


def any_call(random: Random, original: Original, others: tuple[Original, ...]) -> Call:
    """Return a call made of a document and, where it sends several, of others."""
    match random.randint(0, 9):
        case 9:
            return _several(random, original, others)
        case 2 if original.media_type == NATIVE:
            return _what_if(random, original)
        case _:
            path = random.choice((EVALUATE, EVALUATE, CONVERT)) + random.choice(QUERIES)
            kind = random.choice(TYPES) if random.randint(0, 19) == 0 else original.media_type
            headers = (
                {"Content-Encoding": random.choice(("gzip", "deflate", "identity", "br"))}
                if random.randint(0, 29) == 0
                else {}
            )
            return Call(path, changed(random, original), kind, headers)


def changed(random: Random, original: Original) -> bytes:
    """Return the body of a document, changed as its form is and now and then as bytes are."""
    body = original.body
    if random.randint(0, 7):
        body = xml_changes.changed(random, body) if original.media_type == XML else json_changes.changed(random, body)
    if random.randint(0, 9) == 0:
        body = byte_changes.changed(random, body)
    return body


def _what_if(random: Random, original: Original) -> Call:
    value = {
        "sheet": json.loads(original.body),
        "changes": [{"pointer": random.choice(POINTERS), "value": random.choice(VALUES)}],
    }
    body = (
        json_changes.changed(random, json.dumps(value).encode()) if random.randint(0, 1) else json.dumps(value).encode()
    )
    return Call(WHAT_IF, body, NATIVE)


POINTERS = (
    "",
    "/",
    "/tumeurs/0/re_pct",
    "/tumeurs/99/x",
    "/tumeurs/-1",
    "/patient/oms/valeur",
    "tumeurs",
    "/~2",
    "/traitements/lignes/0/concept",
    "/a/b/c/d",
)
VALUES: tuple[object, ...] = (None, 0, "x", [], {}, {"valeur": {}}, "< 10", "9" * 100, True)


def _several(random: Random, original: Original, others: tuple[Original, ...]) -> Call:
    """Return several documents in one call, some of them changed, some badly declared."""
    parts = [original, *(random.choice(others) for _ in range(random.randint(0, 3)))]
    body = b"".join(_part(random, each, changed(random, each) if random.randint(0, 1) else each.body) for each in parts)
    end = random.choice((f"--{_BOUNDARY}--\r\n",) * 6 + ("", f"--{_BOUNDARY}", "--other--\r\n"))
    boundary = random.choice((_BOUNDARY,) * 9 + ("", "other"))
    path = random.choice((EVALUATE, CONVERT)) + random.choice(("", "", "?same_patient=true"))
    return Call(path, body + end.encode(), f"multipart/form-data; boundary={boundary}")


def _part(random: Random, original: Original, body: bytes) -> bytes:
    suffix = "xml" if original.media_type == XML else "json"
    name = random.choice(
        (f"a.{suffix}",) * 6 + ("", "a", "a.pdf", "../../a.xml", "é.xml", 'a".xml', "a" * 500 + ".xml")
    )
    kind = random.choice((original.media_type,) * 6 + ("application/octet-stream", "text/plain", XML, NATIVE, "x"))
    file = f'; filename="{name}"' if random.randint(0, 9) else ""
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="document"{file}\r\nContent-Type: {kind}\r\n\r\n'
    return head.encode() + body + b"\r\n"
