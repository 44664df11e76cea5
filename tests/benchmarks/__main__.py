"""Measure one sheet against the shipped base, the server and the imports; print figures beside what was promised."""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from api import library
from api.assembly import evaluator
from api.documents import from_bytes
from tests.benchmarks.server import post, running
from tests.conftest import ROOT, SHARED

TODAY = date(2026, 11, 25)
TIMES = 300
QUERY: dict[str, Any] = {
    "as_of": None,
    "region": "FR-GES",
    "centre": None,
    "today": TODAY,
    "lang": "fr",
    "include": "",
    "explain": "full",
}
Figure = tuple[str, float, float | None]


def main() -> None:
    """Print every figure, its promise and the ratio of the two."""
    print(f"{'':52}{'measured':>12}{'promised':>12}{'ratio':>8}")
    for name, measured, promised in _figures():
        target = f"{promised:>10.0f}ms{measured / promised:>8.2f}" if promised else ""
        print(f"{name:52}{measured:>10.2f}ms{target}", flush=True)


def _figures() -> Iterator[Figure]:
    yield from _in_process()
    yield from _over_http()
    yield ("import of api.evaluate and all it needs", _import_time(), 600)


def _in_process() -> Iterator[Figure]:
    started = time.perf_counter()
    service = evaluator(library.texts())
    yield ("the shipped base read, checked and lowered", _since(started), None)
    for name, text in library.examples().items():
        document = from_bytes(text.encode(), "application/json")
        yield from _spread(f"{name}, in process, full explanation", partial(service.evaluate, [document], **QUERY), 5)
    name, body = _fiche()
    work = partial(service.convert, [from_bytes(body, "application/xml")])
    yield from _spread(f"{name}, converted from CDA", work, 50)


def _fiche() -> tuple[str, bytes]:
    """Return the national example of a fiche RCP where it is at hand, else our own."""
    path = SHARED / "data" / "fiches" / "cda" / "CANCER-FRCP_2022.01_Appareil.xml"
    if path.is_file():
        return "national FRCP", path.read_bytes()
    return "FRCP fixture", (ROOT / "tests" / "fixtures" / "cda" / "frcp.xml").read_bytes()


def _over_http() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, running(folder, workers=1, core=0) as server:
        yield ("server started and ready", server.seconds * 1000, 3000)
        connection = http.client.HTTPConnection(server.host, server.port)
        for name, text in library.examples().items():
            work = partial(post, connection, "/api/v1/evaluations?region=FR-GES", text.encode())
            yield from _spread(f"{name}, over HTTP, one core", work, 25)
        connection.close()


def _spread(name: str, work: Callable[[], object], promised: float) -> Iterator[Figure]:
    """Measure a piece of work many times: its median, and the time that 95 of 100 runs stay under."""
    for _ in range(10):
        work()
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        work()
        times.append(_since(started))
    cuts = statistics.quantiles(times, n=20)
    yield (f"{name}, p50", cuts[9], None)
    yield (f"{name}, p95", cuts[18], promised)


def _import_time() -> float:
    """Return the time to import in a new process, beyond starting one; the best of five."""
    return _best("import api.evaluate") - _best("pass")


def _best(code: str) -> float:
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(_since(started))
    return min(times)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
