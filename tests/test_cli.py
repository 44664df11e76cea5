"""The command line has the verbs of HTTP, the same bodies, and three statuses."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from tests.conftest import ROOT

SHEET = ROOT / "knowledge" / "examples" / "sein-a.json"


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCORULES_DATABASE", f"sqlite:///{tmp_path}/cli.sqlite3")


class Called:
    """A call of the command: its status, and what it wrote."""

    def __init__(self, capsysbinary: pytest.CaptureFixture[bytes], *arguments: str | Path) -> None:
        self.status = main([str(each) for each in arguments])
        out, err = capsysbinary.readouterr()
        self.out, self.err = out.decode(), err.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def call(capsysbinary: pytest.CaptureFixture[bytes]) -> Any:
    return lambda *arguments: Called(capsysbinary, *arguments)


def test_a_sheet_is_answered_for_people(call: Any) -> None:
    called = call("evaluate", SHEET, "--region", "FR-GES")
    assert called.status == 0
    assert "contenu à valider" in called.out
    assert "to be validated" in call("evaluate", SHEET, "--lang", "en").out


def test_json_is_the_answer_itself(call: Any) -> None:
    called = call("evaluate", SHEET, "--json", "--as-of", "2026-11-20", "--region", "FR-GES")
    assert called.status == 0
    assert called.json["as_of"] == "2026-11-20"
    assert called.json["place"]["region"] == "FR-GES"


def test_a_decision_made_here_is_replayed_here(call: Any) -> None:
    first = call("evaluate", SHEET, "--json")
    again = call("replay", first.json["decision_id"], SHEET, "--json")
    assert again.status == 0
    assert again.out == first.out


def test_an_unknown_decision_is_refused(call: Any) -> None:
    called = call("replay", "0" * 64, SHEET)
    assert called.status == 1
    assert "décision" in called.err


def test_a_refused_sheet_shows_every_problem(call: Any, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"patientt": {}, "tumeurs": [{"re_pc": 3}]}', encoding="utf-8")
    called = call("evaluate", wrong)
    assert called.status == 1
    assert "/patientt" in called.err
    assert "/tumeurs/0/re_pc" in called.err
    assert {each["pointer"] for each in call("evaluate", wrong, "--json").json["problems"]} == {
        "/patientt",
        "/tumeurs/0/re_pc",
    }


def test_a_form_that_nothing_reads_is_refused(call: Any, tmp_path: Path) -> None:
    (tmp_path / "fiche.doc").write_bytes(b"?")
    assert call("evaluate", tmp_path / "fiche.doc").status == 1


def test_a_wrong_call_is_2(call: Any, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert call("evaluate", tmp_path / "nothing.json").status == 2
    for arguments in (["evaluate"], ["nonsense"], ["evaluate", str(SHEET), "--as-of", "demain"], []):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 2
    capsysbinary.readouterr()


def test_the_standard_input_is_a_sheet(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SHEET.read_bytes())))
    assert call("evaluate", "-", "--json").status == 0


def test_a_sheet_is_converted(call: Any) -> None:
    called = call("convert", SHEET, "--json")
    assert called.status == 0
    assert called.json["sheet"]["tumeurs"]


def test_search_finds(call: Any) -> None:
    assert "S06" in call("search", "abemaciclib").out
    assert call("search", "abemaciclib", "--json").json["items"][0]["id"] == "S06"


def test_publish_and_history(call: Any) -> None:
    published = call("publish", "--json").json
    assert published["new"]
    assert not call("publish", "--json").json["new"]
    assert [each["hash"] for each in call("history", "--json").json["items"]] == [published["snapshot"]]
    assert published["snapshot"] in call("history").out


def test_the_shipped_base_has_no_problem(call: Any) -> None:
    called = call("check", "--json")
    assert called.json["problems"] == []
    assert called.status == 0
    counts = called.json["counts"]
    assert set(counts) == {
        "documents",
        "recommendations",
        "definitions",
        "trials",
        "criteria",
        "concepts",
        "items",
        "cases",
        "fiches",
    }
    assert min(counts.values()) > 0


def test_a_wrong_document_is_checked_beside_the_base(call: Any, tmp_path: Path) -> None:
    document = tmp_path / "mine.yaml"
    document.write_text("referentiel: x\ntitree: y\n", encoding="utf-8")
    called = call("check", document, "--json")
    assert called.status == 1
    assert {each["file"] for each in called.json["problems"]} == {str(document)}
    assert any(each["line"] == 2 for each in called.json["problems"])


def test_the_same_bytes_in_any_process() -> None:
    """Another hash seed, language and time zone change nothing."""
    answers = set()
    for seed, language, zone in (
        ("0", "C", "UTC"),
        ("1", "C.UTF-8", "Pacific/Auckland"),
        ("77", "C", "America/New_York"),
    ):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": language, "TZ": zone}
        command = [sys.executable, "-m", "api.cli", "evaluate", str(SHEET), "--json", "--region", "FR-GES"]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
        answers.add(done.stdout)
    assert len(answers) == 1
