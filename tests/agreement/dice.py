"""What a generator asks of Hypothesis: a choice, a number, a chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[Any]], Any]


class Dice:
    """What a generator asks of Hypothesis: a choice, a number, a chance; the first and least is the simplest."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def number(self, low: int, high: int) -> int:
        return low if low >= high else int(self.draw(_integers(low, high)))

    def pick(self, options: Sequence[T]) -> T:
        return options[self.number(0, len(options) - 1)]

    def chance(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent

    def some(self, options: Sequence[T], least: int = 1, most: int = 3) -> tuple[T, ...]:
        """Return a few distinct options in their order."""
        wanted = self.number(least, min(most, len(options)))
        left = list(range(len(options)))
        chosen = {left.pop(self.number(0, len(left) - 1)) for _ in range(wanted)}
        return tuple(options[n] for n in sorted(chosen))

    def shuffled(self, options: Sequence[T]) -> list[T]:
        left = list(options)
        return [left.pop(self.number(0, len(left) - 1)) for _ in options]


_KNOWN: dict[tuple[int, int], st.SearchStrategy[int]] = {}


def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    if (low, high) not in _KNOWN:
        _KNOWN[low, high] = st.integers(low, high)
    return _KNOWN[low, high]
