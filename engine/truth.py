"""The three truth values and their strong Kleene connectives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

Truth: TypeAlias = Literal[0, 1, 2]

FALSE: Final[Truth] = 0
UNKNOWN: Final[Truth] = 1
TRUE: Final[Truth] = 2

NAMES: Final = ("false", "unknown", "true")


def negation(truth: Truth) -> Truth:
    """Swap TRUE and FALSE, leave UNKNOWN."""
    return (TRUE, UNKNOWN, FALSE)[truth]


def conjunction(truths: Iterable[Truth]) -> Truth:
    """Return the least truth; TRUE of nothing."""
    return min(truths, default=TRUE)


def disjunction(truths: Iterable[Truth]) -> Truth:
    """Return the greatest truth; FALSE of nothing."""
    return max(truths, default=FALSE)


def at_least(number: int, truths: Iterable[Truth]) -> Truth:
    """Say whether at least `number` of the truths are TRUE."""
    known = tuple(truths)
    if known.count(TRUE) >= number:
        return TRUE
    return UNKNOWN if len(known) - known.count(FALSE) >= number else FALSE
