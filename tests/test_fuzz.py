"""A slice of the fuzzing that anyone can repeat, and what the whole run found; `make fuzz` makes twenty thousand inputs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.errors import MEDIA_TYPE
from tests.conftest import ROOT
from tests.fuzz.__main__ import _told
from tests.fuzz.calls import Call, any_call
from tests.fuzz.corpus import Original, originals
from tests.fuzz.judge import Answer, answered, application, costly, wrong
from tests.fuzz.worker import Share, Wrong

OURS = originals(shared=False)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return application(tmp_path_factory.mktemp("database"))


@settings(max_examples=300, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(original=st.sampled_from(OURS), random=st.randoms(use_true_random=False))
def test_three_hundred_changed_documents_are_answered_or_refused(
    client: FlaskClient, original: Original, random: Random
) -> None:
    """Never a 500; 200 is JSON, anything else a problem with its status."""
    call = any_call(random, original, OURS)
    assert wrong(answered(client, call)) == "", call.described()


@pytest.mark.parametrize("original", OURS, ids=lambda each: each.name)
def test_a_document_that_is_not_changed_is_answered_by_conversion_or_refused_with_problems(
    client: FlaskClient, original: Original
) -> None:
    """What the corpus begins with is read, so that its changes go deep; a document of the patient is refused alone."""
    answer = answered(client, Call("/api/v1/sheets/convert", original.body, original.media_type))
    assert wrong(answer) == ""
    assert answer.status == (422 if original.name in ("ips", "crbio") else 200)


def answer(status: int = 200, media_type: str = "application/json", body: bytes = b"{}") -> Answer:
    return Answer(status, media_type, body, 0.0, 0.0)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (answer(500, MEDIA_TYPE, b'{"status": 500}'), "status 500"),
        (answer(200, "text/html", b"<p>"), "status 200"),
        (answer(422, "application/json", b"{}"), "status 422"),
        (answer(422, "text/html", b"<p>"), "an error in text/html"),
        (answer(200, body=b'{"a": NaN}'), "not JSON"),
        (answer(200, body=b"{"), "not JSON"),
        (answer(422, MEDIA_TYPE, b'{"status": 400}'), "without its status"),
    ],
    ids=lambda each: str(each)[:30],
)
def test_the_judge_notices(bad: Answer, said: str) -> None:
    assert said in wrong(bad)


def test_the_judge_notices_what_costs_too_much() -> None:
    assert "processor" in costly(Answer(200, "", b"", 5.1, 0), 0)
    assert "MB" in costly(Answer(200, "", b"", 0, 513), 0)
    assert costly(Answer(200, "", b"", 4.9, 511), 0) == ""


def test_what_fails_is_kept_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: FlaskClient) -> None:
    monkeypatch.setattr("tests.fuzz.worker.answered", lambda client, call: answer(500, MEDIA_TYPE, b"{}"))
    with pytest.raises(Wrong, match="status 500"):
        Share(client, 0, tmp_path).judge(Call("/x", b"body", "text/plain"))
    (kept,) = tmp_path.glob("wrong-*.body")
    assert kept.read_bytes() == b"body"


def test_a_process_that_dies_is_a_failure_and_the_next_share_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"share": 0, "made": 9, "status": {}, "slowest": 0, "largest": 0, "wrong": ""}

    def lines(share: int, *_: object) -> list[str]:
        return ["the process ended with -27"] if share == 1 else [json.dumps(told | {"share": share})]

    monkeypatch.setattr("tests.fuzz.__main__._lines", lines)
    found = list(_told(3 * len(originals()), 1, tmp_path))
    assert len(found) == len(originals())
    assert [each["share"] for each in found if each["wrong"]] == [1]
    assert "-27" in found[1]["wrong"]


def test_a_share_runs_in_a_process_that_may_hold_no_more_than_its_bound(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz.worker", "3", "1", "20", "1", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["share"], told["wrong"]) == (3, "")
    assert told["made"] == sum(told["status"].values()) > 0
