"""What all tests share: the skips that are allowed, and a closing list of what was left out."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from api import collector

ROOT = Path(__file__).resolve().parent.parent
EVERYTHING = os.environ.get("ONCORULES_ALL") == "1"
SHARED = Path(os.environ.get("ONCORULES_SHARED") or ROOT.parent / "shared")

# A skip whose reason matches is allowed even where everything must run, as long as the second part is so.
ALLOWED: tuple[tuple[str, str, Callable[[], bool]], ...] = (
    (r"ONCORULES_SHARED", "the shared material is not beside this checkout", lambda: not SHARED.is_dir()),
    (r"rustdl", "no build of rustdl for this machine", lambda: importlib.util.find_spec("rustdl") is None),
    (r"durable", "durable-rules has no build for Python 3.13", lambda: sys.version_info >= (3, 13)),
)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared material, or skip."""
    if not SHARED.is_dir():
        pytest.skip(f"ONCORULES_SHARED: no folder {SHARED}")
    return SHARED


def pytest_collection_finish() -> None:
    """Let the collector pass over all that was imported: a tenth of the time."""
    collector.settle()


def _is_allowed(reason: str) -> bool:
    return any(re.search(pattern, reason) and holds() for pattern, _, holds in ALLOWED)


def _reason(report: Any) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple | list) else str(report.longrepr)


def _refuse_skip(report: Any) -> None:
    """Where everything must run, a skip that nothing allows is a failure."""
    if EVERYTHING and report.skipped and not hasattr(report, "wasxfail") and not _is_allowed(_reason(report)):
        report.longrepr = f"skipped though ONCORULES_ALL=1: {_reason(report)}"
        report.outcome = "failed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name in the last lines what was left out."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = _reason(report).removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    terminalreporter.section("left out")
    for reason, times in sorted(reasons.items()):
        terminalreporter.line(f"{times} × {reason}")
    if not reasons:
        terminalreporter.line("nothing")
