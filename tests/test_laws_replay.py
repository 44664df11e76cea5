"""The same in, the same bytes out: in a second process with another hash seed, another locale and another time zone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

import pytest
from hypothesis import given

from api import library
from tests.agreement.replay import digest
from tests.agreement.shipped import breast_sheets
from tests.conftest import ROOT
from tests.strategies import LAW

HERE = {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati"}
ELSEWHERE = {"PYTHONHASHSEED": "4242", "LC_ALL": "fr_FR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Pago_Pago"}


def _environment(place: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **place, "PYTHONIOENCODING": "utf-8"}


@pytest.fixture(scope="module")
def other_process() -> Iterator[tuple[IO[str], IO[str]]]:
    """Start the second process; give what it reads from and what it writes to."""
    command = [sys.executable, "-m", "tests.agreement.replay"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(ELSEWHERE),
        cwd=ROOT,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdin, process.stdout
        process.stdin.close()


@LAW
@given(sheet=breast_sheets(said=30))
def test_a_sheet_is_answered_with_the_same_bytes_elsewhere(
    other_process: tuple[IO[str], IO[str]], sheet: dict[str, Any]
) -> None:
    """The whole answer to a random breast sheet, explanation and all."""
    to_other, from_other = other_process
    to_other.write(json.dumps(sheet) + "\n")
    to_other.flush()
    here = digest(sheet)
    assert from_other.readline().strip() == here


@pytest.mark.parametrize("name", sorted(library.examples()))
def test_the_command_line_answers_a_shipped_example_with_the_same_bytes_elsewhere(name: str) -> None:
    """`oncorules evaluate --json`, twice."""
    text = library.examples()[name].encode()
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "api.cli", "evaluate", "--json", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(place), cwd=ROOT,
        )
        for place in (HERE, ELSEWHERE)
    ]  # fmt: skip
    one, other = (process.communicate(text, timeout=600)[0] for process in started)
    assert [process.returncode for process in started] == [0, 0]
    assert json.loads(one)["tumours"]
    assert one == other
