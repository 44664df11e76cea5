"""The answers shipped beside the example sheets are those that the engine gives."""

from __future__ import annotations

import json

from tests.examples import answers, place, written


def test_three_shipped_sheets_have_their_whole_answer_and_it_still_holds() -> None:
    """`python -m tests.examples` writes them again: read the difference before you keep it."""
    found = answers()
    assert len(found) == 3
    for name, answer in found.items():
        assert json.loads(written(answer)) == json.loads(place(name).read_text(encoding="utf-8")), name
