"""The application, and whether what it answers to a call may be answered: never a 500, always JSON, in time and in memory."""

from __future__ import annotations

import json
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from flask.testing import FlaskClient

from api import create_app
from api.assembly import evaluator
from api.decide import Services
from api.errors import MEDIA_TYPE
from api.library import texts
from api.store import Store
from tests.fuzz.calls import Call
from tests.small import shipped

SECONDS = 5.0
MEGABYTES = 512


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and what it cost: seconds of processor and megabytes beyond what was held before."""

    status: int
    content_type: str
    body: bytes
    seconds: float
    megabytes: float


def application(folder: Path) -> FlaskClient:
    """Return a client of the real application over the shipped base, its database in a folder."""
    services = Services(shipped(), texts(), Store(f"sqlite:///{folder}/d.sqlite3"), evaluator)
    return create_app({"SERVICES": services}).test_client()


def answered(client: FlaskClient, call: Call) -> Answer:
    """Make a call."""
    held, started = _resident(), time.process_time()
    response = client.post(call.path, data=call.body, content_type=call.content_type, headers=call.headers)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Answer(response.status_code, response.content_type or "", response.data, seconds, max(0.0, peak - held))


def costly(answer: Answer, before: float) -> str:
    """Say what an answer cost too much; empty if nothing. `before` is the highest peak of the process until then (MB)."""
    if answer.seconds > SECONDS:
        return f"{answer.seconds:.1f} s of processor"
    if answer.megabytes > MEGABYTES and peak() > before:
        return f"{answer.megabytes:.0f} MB"
    return ""


def wrong(answer: Answer) -> str:
    """Say what is wrong with an answer; empty if nothing is."""
    if answer.status >= 500:
        return f"status {answer.status}"
    if (answer.content_type.partition(";")[0] == "application/json") is not (answer.status == 200):
        return f"status {answer.status} in {answer.content_type}"
    if answer.status != 200 and answer.content_type != MEDIA_TYPE:
        return f"an error in {answer.content_type}"
    return _unread(answer)


def _unread(answer: Answer) -> str:
    try:
        body: Any = json.loads(answer.body, parse_constant=_refuse)
    except ValueError as error:
        return f"not JSON: {error}"
    return "" if answer.status == 200 or body.get("status") == answer.status else "a problem without its status"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"`{name}` is no JSON")


def peak() -> float:
    """Return the most memory the process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024 / 1024
