"""CDA's XML read safely from bytes: no DTD, no entity, no network, bounded in size, depth and number of elements."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from api.adapters.conversion import Unreadable
from engine.problems import in_sheet

LARGEST = 10 * 1024 * 1024
DEEPEST = 100
MOST_ELEMENTS = 50_000
NAMESPACE = "urn:hl7-org:v3"
_DECLARED = re.compile(rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS = (b"utf-8", b"utf8", b"us-ascii", b"iso-8859-1", b"iso-8859-15", b"windows-1252")
_STYLE = "http://www.w3.org/1999/XSL/Transform"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def parse(body: bytes) -> Any:
    """Return the root element; raise `Unreadable` for what is not a plain XML document within bounds."""
    reason = _unfit(body)
    if reason:
        raise _refused(*reason)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        recover=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line, column = getattr(error, "position", None) or (0, 0)
        # libxml2 quotes the document in its message, which may be a name.
        raise _refused(
            "xml-illisible", f"ce n'est pas du XML bien formé (ligne {line}, colonne {column})", "un document CDA R2"
        ) from None
    if root.getroottree().docinfo.doctype:
        raise _refused("xml-dtd", "un document CDA n'a ni DTD ni entité")
    _measure(root)
    return root


def is_cda(root: Any) -> bool:
    """Say whether the root is that of a clinical document."""
    return str(root.tag) == f"{{{NAMESPACE}}}ClinicalDocument"


def document_in(root: Any) -> Any | None:
    """Return the clinical document: the root, or the one that a style sheet carries to show itself (never run here)."""
    if is_cda(root):
        return root
    if str(root.tag) != f"{{{_STYLE}}}stylesheet":
        return None
    carried = list(root.iter(f"{{{NAMESPACE}}}ClinicalDocument"))
    return carried[0] if len(carried) == 1 else None


def local(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def data_type(element: Any) -> str:
    """Return what `xsi:type` says, without a prefix."""
    return str(element.get(_TYPE, "")).rpartition(":")[2]


def _unfit(body: bytes) -> tuple[str, ...]:
    """Return the problem of bytes that the parser must not see."""
    if len(body) > LARGEST:
        return "xml-trop-grand", f"le document CDA dépasse {LARGEST // (1024 * 1024)} Mo"
    # These scans see every declaration only in encodings that keep ASCII as it is.
    declared = _DECLARED.match(body)
    if b"\0" in body or body[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        declared and declared[1].lower() not in _ENCODINGS
    ):  # fmt: skip
        return "xml-codage", "codage du document non admis", "un document CDA est en UTF-8"
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return "xml-dtd", "un document CDA n'a ni DTD ni entité"
    return ()


def _measure(root: Any) -> None:
    """Refuse a tree that is too deep or too large, walking without recursion."""
    count = 0
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            raise _refused("xml-trop-profond", f"le document est imbriqué sur plus de {DEEPEST} niveaux")
        if count > MOST_ELEMENTS:
            raise _refused("xml-trop-grand", f"le document a plus de {MOST_ELEMENTS} éléments")
        waiting.extend((inner, depth + 1) for inner in element)


def _refused(code: str, message: str, hint: str = "") -> Unreadable:
    return Unreadable([in_sheet("", code, message, hint)])
