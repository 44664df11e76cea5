"""The server starts quickly, on loopback, and says how to try it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.server import running
from tests.conftest import ROOT

READY_WITHIN = 3.0
IMPORTED_WITHIN = 0.6
SLACK = 2.0  # tests share the machine; `make bench` measures alone


def test_the_server_is_ready_in_time(tmp_path: Path) -> None:
    with running(str(tmp_path), workers=2) as server:
        assert server.seconds < READY_WITHIN * SLACK
        assert server.host == "127.0.0.1"


def test_the_use_case_is_imported_in_time() -> None:
    code = "import time; began = time.perf_counter(); import api.evaluate; print(time.perf_counter() - began)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(done.stdout) < IMPORTED_WITHIN * SLACK


def test_the_server_says_how_to_try_it(tmp_path: Path) -> None:
    environment = {**os.environ, "ONCORULES_DATABASE": f"sqlite:///{tmp_path}/d.sqlite3", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--workers", "1"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        said = "".join(process.stdout.readline() for _ in range(5))
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()
    assert "http://127.0.0.1:" in said
    assert "curl" in said
    assert "knowledge/examples/sein-a.json" in said
    assert (ROOT / "knowledge/examples/sein-a.json").exists()
    assert "first screen" in said
