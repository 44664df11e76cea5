"""Names as people write them: folding of case and accents, and the nearest known names."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "’": "'", "–": "-"})


@lru_cache(maxsize=65536)
def fold(name: str) -> str:
    """Return `name` without case, accents, doubled spaces; `après_chirurgie` folds to `apres_chirurgie`."""
    plain = unicodedata.normalize("NFKD", str(name).translate(_LIGATURES))
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def nearest(name: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Return the known names that look most like `name`, best first."""
    folded = {fold(k): k for k in known}
    found = difflib.get_close_matches(fold(name), folded, n=most, cutoff=0.6)
    return tuple(folded[f] for f in found)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the hint that goes with an unknown name."""
    close = nearest(name, known)
    return "vouliez-vous dire : " + ", ".join(f"`{c}`" for c in close) if close else ""
