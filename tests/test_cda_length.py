"""A CDA document twice as long costs twice as much to convert, never four times: no statement is compared with all others."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.cda_documents import converted, text

PLX, TA, NCIT = "1.3.6.1.4.1.19376.1.8.2.1", "1.2.250.1.213.1.1.4.322", "2.16.840.1.113883.3.26.1.1"
MANY = 60


def calls(document: str) -> int:
    """Return how many Python functions are called to convert a document."""
    count = 0

    def note(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        converted(document)
    finally:
        sys.setprofile(None)
    return count


def observation(code: str, value: str, system: str = PLX) -> str:
    return (
        '<component><observation classCode="OBS" moodCode="EVN">'
        f'<code code="{code}" codeSystem="{system}"/>{value}</observation></component>'
    )


def coded(code: str, system: str = PLX) -> str:
    return f'<value xsi:type="CD" code="{code}" codeSystem="{system}"/>'


def report(*observations: str) -> str:
    document = text("cracp")
    start = document.index("<entry>")
    organizer = f'<organizer classCode="BATTERY" moodCode="EVN">{"".join(observations)}</organizer>'
    return f"{document[:start]}<entry>{organizer}</entry>{document[start:]}"


def repeated(name: str, pattern: str, times: int) -> str:
    """Return a fixture in which the first element that matches stands many times."""
    document = text(name)
    found = re.search(pattern, document, re.DOTALL)
    assert found
    return document[: found.start()] + found[0] * times + document[found.start() :]


SHAPES: dict[str, Callable[[int], str]] = {
    "counts of nodes": lambda n: report(*(observation("425", f'<value xsi:type="INT" value="{i % 300}"/>') for i in range(n))),
    "Gleason grades": lambda n: report(
        *(observation(("384", "383", "385")[i % 3], coded(("1014", "1020", "1030")[i % 3])) for i in range(n))
    ),
    "types and categories": lambda n: report(
        *(observation("21", coded("C3868", NCIT)) for _ in range(n)),
        *(observation("MED-0", coded("MED-793", TA), TA) for _ in range(n)),
    ),
    "results of a battery": lambda n: repeated("crbio", r"<component>\s*<observation.*?</component>", n),
    "problems": lambda n: repeated("ips", r"<entry>\s*<act.*?</entry>", n),
    "drugs": lambda n: repeated("ips", r"<entry>\s*<substanceAdministration.*?</entry>", n),
    "treatments": lambda n: repeated("frcp", r"<entry>\s*<procedure.*?</entry>", n),
    "genes": lambda n: repeated("crgm", r"<entry>\s*<organizer.*?</entry>", n),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_statements_cost_no_more_than_twice(shape: str) -> None:
    make = SHAPES[shape]
    converted(make(1))  # what is read once and kept is no part of it
    few, once, twice = (calls(make(n)) for n in (1, MANY, 2 * MANY))
    assert once > few, "the statements are read"
    assert twice - once <= 1.2 * (once - few)
