"""A server of our own, on a free port, for as long as it is needed."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Running:
    """Where a server listens, and how many seconds it took to answer."""

    host: str
    port: int
    seconds: float

    @property
    def address(self) -> str:
        """Return its address."""
        return f"http://{self.host}:{self.port}"


@contextmanager
def running(
    folder: str,
    workers: int = 1,
    core: int | None = None,
    give_up: float = 120.0,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Start the server with its database in a folder, on one core and with settings if asked; stop it afterwards."""
    port = _free_port()
    environment = {**os.environ, "ONCORULES_DATABASE": f"sqlite:///{folder}/bench.sqlite3", **(settings or {})}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--workers", str(workers)]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        if core is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, {core})
        _wait(port, started + give_up, process)
        yield Running("127.0.0.1", port, time.perf_counter() - started)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=give_up)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(port: int, deadline: float, process: subprocess.Popen[bytes]) -> None:
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped with status {process.returncode}")
        with suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/api/v1/health/ready")
            if connection.getresponse().status == 200:
                connection.close()
                return
        time.sleep(0.02)
    raise TimeoutError("the server did not answer in time")


def post(
    connection: http.client.HTTPConnection, path: str, body: bytes, headers: Sequence[tuple[str, str]] = ()
) -> bytes:
    """Post JSON on an open connection; anything but 200 is an error."""
    connection.request("POST", path, body, {"Content-Type": "application/json", **dict(headers)})
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise RuntimeError(f"status {response.status}: {content[:500]!r}")
    return content
