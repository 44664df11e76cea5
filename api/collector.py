"""When Python looks for cycles: not while a base is read, which makes millions of objects that stay, and seldom after."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MOST_YOUNG = 50_000  # objects made before the collector looks for cycles: some answers, which have none


@contextmanager
def paused() -> Iterator[None]:
    """Look for no cycle meanwhile: reading the shipped base takes about two thirds of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def settle() -> None:
    """Let the collector pass over what stays, now and whenever it looks again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MOST_YOUNG, *gc.get_threshold()[1:])


def keep() -> None:
    """Let the collector pass over what was made since, which stays too."""
    gc.freeze()
