"""`python -m tests.fuzz --inputs 20000 --seed 1`: the whole run, in shares of some hundreds of inputs, each in its own process."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.corpus import originals
from tests.fuzz.worker import LAST

SHARE, SHARES_OF_A_PROCESS = 500, 8
PATIENCE = 3600


def main() -> int:
    """Run all shares; print the inputs that fail and what the run cost; 1 if any failed."""
    asked = _arguments()
    started, statuses, made, failures = time.monotonic(), Counter[str](), 0, 0
    slowest = largest = 0.0
    for told in _told(asked.inputs, asked.seed, Path(asked.folder)):
        made += told["made"]
        statuses.update({str(status): times for status, times in told["status"].items()})
        slowest, largest = max(slowest, told["slowest"]), max(largest, told["largest"])
        if told["wrong"]:
            failures += 1
            print(f"WRONG: {told['wrong']}", flush=True)
        print(f"{made:>7} inputs, {time.monotonic() - started:.0f} s, {_document(told['share'])}", flush=True)
    print(f"{made} inputs, seed {asked.seed}: {dict(sorted(statuses.items()))}")
    print(
        f"slowest {slowest:.2f} s of processor, largest {largest:.0f} MB above what was held; {failures} shares failed"
    )
    return 1 if failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", default=".fuzz", help="where inputs that fail are kept")
    return parser.parse_args()


def _told(inputs: int, seed: int, folder: Path) -> Iterator[dict[str, Any]]:
    """Run every share, each of one document; a process that dies took its last input with it, which is kept."""
    size = max(1, min(SHARE, -(-inputs // len(originals()))))
    count, share = -(-inputs // size), 0
    while share < count:
        reason = ""
        for line in _lines(share, min(SHARES_OF_A_PROCESS, count - share), size, seed, folder):
            told = json.loads(line) if line.startswith('{"share"') else {}
            reason = "" if told else f"{reason}{line}"
            if told:
                share = told["share"] + 1
                yield told
        if reason:
            yield _died(share, reason, folder)
            share += 1


def _lines(share: int, count: int, size: int, seed: int, folder: Path) -> Iterator[str]:
    """Yield what a process says of its shares; in the end what it died of, if it did."""
    arguments = [str(each) for each in (share, count, size, seed, folder)]
    command = [sys.executable, "-m", "tests.fuzz.worker", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        yield from process.stdout
        try:
            if process.wait(timeout=PATIENCE):
                yield f"the process ended with {process.returncode}: {process.stderr.read()[-3000:]}"
        except subprocess.TimeoutExpired:
            process.kill()
            yield f"no end within {PATIENCE} s"


def _died(share: int, reason: str, folder: Path) -> dict[str, Any]:
    kept = folder / f"{LAST}-{share}.txt"
    last = kept.read_text(encoding="utf-8").strip() if kept.is_file() else "no call"
    wrong = f"{reason}; last {last}, kept in {kept.with_suffix('.body')}"
    return {"share": share, "made": 0, "status": {}, "slowest": 0.0, "largest": 0.0, "wrong": wrong}


def _document(share: int) -> str:
    corpus = originals()
    return corpus[share % len(corpus)].name


if __name__ == "__main__":
    sys.exit(main())
