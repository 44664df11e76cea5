"""GitHub-flavoured Markdown in which a text of the answer is only a text."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MARKS = re.compile(r"([\\`*_\[\]<>|~#&])")
_SPACE = re.compile(r"\s+")
# What GFM makes a link of without any mark, even behind a backslash: a space of no width breaks it.
_LINKS = re.compile(r"(?<=[A-Za-z])(?=://)|(?<=www)(?=\.)|(?=@)|(?<=mailto)(?=:)|(?<=xmpp)(?=:)", re.IGNORECASE)
_BREAK = "\u200b"


def plain(text: object) -> str:
    """Return a text on one line whose marks mean nothing and whose addresses are no links."""
    return _LINKS.sub(_BREAK, _MARKS.sub(r"\\\1", _SPACE.sub(" ", str(text)).strip()))


def bullets(lines: Iterable[str], indent: str = "") -> list[str]:
    """Return the lines of a list."""
    return [f"{indent}- {line}" for line in lines]


def short(text: str, most: int) -> str:
    """Return a text of fewer than `most` characters, cut at a word."""
    text = _SPACE.sub(" ", text).strip()
    if len(text) < most:
        return text
    cut = text[: most - 2]
    return f"{cut.rpartition(' ')[0] or cut}…"
