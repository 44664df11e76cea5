"""Changes of bytes, whatever they say: cut short, flipped, doubled, packed, declared as something else; and known bombs."""

from __future__ import annotations

import gzip
import io
import zipfile
from random import Random

BILLION_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE d [%s]><d>&e9;</d>' % b"".join(
    b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"lol") for n in range(10)
)
QUADRATIC = b'<!DOCTYPE d [<!ENTITY a "%s">]><d>%s</d>' % (b"a" * 50_000, b"&a;" * 50_000)
EXTERNAL = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'
EXTERNAL_DTD = b'<!DOCTYPE d SYSTEM "http://192.0.2.1/d.dtd"><d/>'
PARAMETER = b'<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><d/>'
DEEP_XML = b"<a>" * 100_000 + b"</a>" * 100_000
WIDE_XML = b"<a>" + b"<b/>" * 200_000 + b"</a>"
ATTRIBUTES = b"<a " + b" ".join(b'a%d="x"' % n for n in range(100_000)) + b"/>"
DEEP_JSON = b"[" * 100_000
LONG_NUMBER = b'{"a": ' + b"9" * 1_000_000 + b"}"
MANY_KEYS = b"{" + b",".join(b'"k%d":1' % n for n in range(100_000)) + b"}"
EXPONENT = b'{"patient": {"age": 1e999999999}}'
BOMBS = (
    BILLION_LAUGHS, QUADRATIC, EXTERNAL, EXTERNAL_DTD, PARAMETER, DEEP_XML, WIDE_XML, ATTRIBUTES, DEEP_JSON, LONG_NUMBER, MANY_KEYS, EXPONENT
)  # fmt: skip


def packed(body: bytes) -> bytes:
    """Return bytes in a gzip stream."""
    return gzip.compress(body, mtime=0)


def zipped(body: bytes, name: str = "document.xml") -> bytes:
    """Return bytes in a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), body)
    return out.getvalue()


def changed(random: Random, body: bytes) -> bytes:
    """Return bytes after one change."""
    place = random.randint(0, max(len(body) - 1, 0))
    match random.randint(0, 9):
        case 0:
            return body[:place]
        case 1:
            return body[place:]
        case 2:
            return body[:place] + bytes([random.randint(0, 255)]) + body[place + 1 :]
        case 3:
            return (
                body[:place]
                + random.choice((b"\0", b"\xff\xfe", b"]]>", b"<!--", b"<![CDATA[", b"&#0;", b"&x;", b"\xc3"))
                + body[place:]
            )
        case 4:
            return body + body
        case 5:
            end = min(place + random.randint(1, 2000), len(body))
            return body[:place] + body[place:end] * random.choice((2, 50)) + body[end:]
        case 6:
            return random.choice((b"\xef\xbb\xbf", b"\xff\xfe", b" " * 1000, b"\n<?xml version='1.0'?>")) + body
        case 7:
            return random.choice((packed, zipped))(body)
        case 8:
            return body.replace(b"utf-8", random.choice((b"utf-7", b"cp037", b"x" * 30, b"utf-16", b"latin-1")), 1)
        case _:
            return random.choice(BOMBS)
