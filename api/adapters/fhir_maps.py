"""The code maps of the FHIR reader: what a code of LOINC, SNOMED CT, RxNorm… means in a sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from api.adapters.fhir_elements import Coding

MAPS = Path(__file__).parent / "maps"
Tables = Mapping[str, Mapping[tuple[str, str], tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class CodeMaps:
    """Usage → (system, code) → meanings; a table that was left out knows nothing."""

    tables: Tables

    def meanings(self, usage: str, coding: Coding) -> tuple[str, ...]:
        """Return what a code means for a usage."""
        return self.tables.get(usage, {}).get(coding.key, ())

    def each(self, usage: str, codings: Iterable[Coding]) -> Iterator[tuple[str, Coding]]:
        """Yield every meaning with the code that says it; the same meaning once."""
        seen = set()
        for coding in codings:
            for meaning in self.meanings(usage, coding):
                if meaning not in seen:
                    seen.add(meaning)
                    yield meaning, coding

    def first(self, usage: str, codings: Iterable[Coding]) -> str:
        """Return the first meaning, or an empty text."""
        return next((meaning for meaning, _ in self.each(usage, codings)), "")


@lru_cache(maxsize=1)
def shipped_maps() -> CodeMaps:
    """Return the maps that stand beside this module."""
    return read_maps(path.read_text(encoding="utf-8") for path in sorted(MAPS.glob("*.tsv")))


def read_maps(texts: Iterable[str]) -> CodeMaps:
    """Read map files: usage, system, code, meaning; `#` begins a comment line."""
    tables: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {}
    for text in texts:
        for line in text.splitlines():
            if line and not line.startswith("#"):
                usage, system, code, meaning = line.split("\t")
                table = tables.setdefault(usage, {})
                table[system, code] = (*table.get((system, code), ()), meaning)
    return CodeMaps(tables)
