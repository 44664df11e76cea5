"""The documents that are changed: the shared ones where they are at hand, our fixtures, the shipped sheets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from api.library import examples
from tests.conftest import ROOT, SHARED

XML, FHIR, NATIVE = "application/xml", "application/fhir+json", "application/json"


@dataclass(frozen=True, slots=True)
class Original:
    """A document before it is changed."""

    name: str
    media_type: str
    body: bytes


@cache
def originals(shared: bool = True) -> tuple[Original, ...]:
    """Return every document, in one order; without the shared ones, the same on every machine."""
    fixtures = ROOT / "tests" / "fixtures"
    found = [*_files(fixtures / "cda", "*.xml", XML), *_files(fixtures / "fhir", "[!o]*.json", FHIR)]
    found += [Original(name, NATIVE, text.encode()) for name, text in sorted(examples().items())]
    if shared:
        fiches = SHARED / "data" / "fiches"
        found += [*_files(fiches / "cda", "*.xml", XML), *_files(fiches / "mcode", "*.json", FHIR)]
    return tuple(found)


def _files(folder: Path, pattern: str, media_type: str) -> list[Original]:
    """Return whole documents; some fixtures are parts of one."""
    bodies = ((path.stem, path.read_bytes()) for path in sorted(folder.glob(pattern)))
    return [Original(name, media_type, body) for name, body in bodies if media_type != XML or b"<recordTarget" in body]
