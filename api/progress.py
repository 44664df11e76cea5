"""A progress bar for long work, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
WIDTH = 30


def shown(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """Yield the items while a bar on the error stream says how far along the work is."""
    if not sys.stderr.isatty():
        yield from items
        return
    for number, item in enumerate(items):
        done = min(WIDTH, WIDTH * number // max(total, 1))
        sys.stderr.write(f"\r{label} [{'#' * done}{'.' * (WIDTH - done)}] {number}/{total}")
        sys.stderr.flush()
        yield item
    sys.stderr.write("\r\033[K")
