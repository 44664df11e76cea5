"""The server starts on loopback, says how to try it and stops when told; `make bench` measures how fast."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.server import running
from tests.conftest import ROOT

STOPPED_WITHIN = 60  # far more than a worker is given: this waits, it does not measure


def test_the_server_answers_on_loopback_and_stops_when_told(tmp_path: Path) -> None:
    with running(str(tmp_path), workers=2, give_up=STOPPED_WITHIN) as server:
        assert server.host == "127.0.0.1"


def test_the_server_says_how_to_try_it(tmp_path: Path) -> None:
    environment = {**os.environ, "ONCORULES_DATABASE": f"sqlite:///{tmp_path}/d.sqlite3", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--workers", "1"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        said = "".join(process.stdout.readline() for _ in range(5))
    finally:
        process.terminate()
        process.wait(timeout=STOPPED_WITHIN)
        process.stdout.close()
    assert "http://127.0.0.1:" in said
    assert "curl" in said
    assert "knowledge/examples/sein-a.json" in said
    assert (ROOT / "knowledge/examples/sein-a.json").exists()
    assert "first screen" in said
