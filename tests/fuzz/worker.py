"""A share of the inputs, in a process of its own: Hypothesis draws the changes, shrinks what fails, and the input is kept."""

from __future__ import annotations

import json
import resource
import signal
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.calls import Call, any_call
from tests.fuzz.corpus import originals
from tests.fuzz.judge import MEGABYTES, SECONDS, answered, application, costly, peak, wrong

LAST, SHOWN = "last", 2_000


class Wrong(AssertionError):
    """A call was answered as none may be."""


def main() -> None:
    """Run shares: the first, how many, inputs of each, seed, folder where the inputs that fail are kept. A line of JSON each."""
    first, count, inputs, chosen, folder = *(int(each) for each in sys.argv[1:5]), Path(sys.argv[5])
    with tempfile.TemporaryDirectory() as database:
        client = application(Path(database))
        bound()
        for number in range(first, first + count):
            share = Share(client, number, folder)
            try:
                share.run(inputs, chosen)
            except Wrong as failure:
                share.wrong = str(failure)
            print(json.dumps(share.told()), flush=True)


def bound() -> None:
    """Let the process hold 512 MB more than it does, and die rather than spin."""
    size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    most = size + MEGABYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.setitimer(signal.ITIMER_PROF, 0)


class Share:
    """What one process makes, and what it cost."""

    def __init__(self, client: FlaskClient, share: int, folder: Path) -> None:
        self.client, self.folder, self.share = client, folder, share
        self.made, self.slowest, self.largest, self.wrong = 0, 0.0, 0.0, ""
        self.statuses: dict[int, int] = {}

    def run(self, inputs: int, chosen: int) -> None:
        """Make the inputs of one document of the corpus; raise `Wrong` with the smallest that fails."""
        corpus = originals()
        original = corpus[self.share % len(corpus)]

        @seed(chosen * 1_000_003 + self.share)
        @settings(
            max_examples=inputs,
            deadline=None,
            database=None,
            print_blob=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(st.randoms(use_true_random=False))
        def every_call_is_answered(random: Random) -> None:
            self.judge(any_call(random, original, corpus))

        every_call_is_answered()

    def told(self) -> dict[str, Any]:
        """Return what the share found, as JSON."""
        return {
            "share": self.share, "made": self.made, "status": self.statuses,
            "slowest": self.slowest, "largest": self.largest, "wrong": self.wrong,
        }  # fmt: skip

    def judge(self, call: Call) -> None:
        """Make a call; keep it and raise `Wrong` if its answer may not be."""
        keep(self.folder, f"{LAST}-{self.share}", call)
        before = peak()
        signal.setitimer(signal.ITIMER_PROF, 4 * SECONDS)
        answer = answered(self.client, call)
        signal.setitimer(signal.ITIMER_PROF, 0)
        self.made += 1
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        self.slowest, self.largest = (
            max(self.slowest, answer.seconds),
            max(self.largest, answer.megabytes if peak() > before else 0),
        )
        reason = wrong(answer) or costly(answer, before)
        if reason:
            # Hypothesis makes the smallest input last, so that it is the one that stays.
            name = keep(self.folder, f"wrong-{self.share}", call)
            raise Wrong(f"{reason}: {call.described()}, kept in {name}\n{call.body[:SHOWN]!r}")


def keep(folder: Path, name: str, call: Call) -> Path:
    """Write a call down: its body, and beside it how it was sent."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_text(call.described() + "\n", encoding="utf-8", errors="replace")
    (folder / f"{name}.body").write_bytes(call.body)
    return folder / f"{name}.body"


if __name__ == "__main__":
    main()
