"""A progress bar for long work, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
WIDTH = 30


def shown(items: Sequence[T], label: str) -> Iterator[T]:
    """Yield the items while a bar on the error stream says how far along the work is."""
    on_terminal = sys.stderr.isatty()
    for number, item in enumerate(items):
        if on_terminal:
            done = WIDTH * number // len(items)
            sys.stderr.write(f"\r{label} [{'#' * done}{'.' * (WIDTH - done)}] {number}/{len(items)}")
            sys.stderr.flush()
        yield item
    if on_terminal:
        sys.stderr.write("\r\033[K")
