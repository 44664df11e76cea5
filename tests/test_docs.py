"""The documentation is held to the code: everything is there, and what is shown runs."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.app import create_app
from api.cli import _parser
from engine import syntax
from tests.benchmarks.server import Running, running
from tests.conftest import ROOT

API = (ROOT / "api" / "README.md").read_text(encoding="utf-8")
PAGES = ("README.md", "api/README.md")
FENCE = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRITTEN_ADDRESS = "http://127.0.0.1:8000"


def _verbs() -> list[str]:
    parser = _parser()
    (actions,) = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    return list(actions.choices)


def _node_kinds() -> list[str]:
    kinds = [*typing.get_args(syntax.Condition), *typing.get_args(syntax.Formula)]
    return sorted({kind.__name__ for kind in kinds})


@pytest.mark.parametrize("verb", _verbs())
def test_every_verb_is_documented(verb: str) -> None:
    assert re.search(rf"`{verb}\b", API)


def test_every_route_is_documented(tmp_path: Path) -> None:
    app = create_app({"DATABASE": f"sqlite:///{tmp_path}/d.sqlite3"})
    spec = app.test_client().get("/api/v1/openapi.json").json
    assert spec is not None
    routes = [
        f"`{method.upper()} {path}`"
        for path, methods in spec["paths"].items()
        for method in methods
        if method in ("get", "post")
    ]
    assert not [route for route in routes if route not in API]


def test_every_page_is_documented(tmp_path: Path) -> None:
    app = create_app({"DATABASE": f"sqlite:///{tmp_path}/d.sqlite3"})
    pages = [
        rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("web.") and "static" not in rule.rule
    ]
    told = [f"`{method} {re.sub('[<>]', '', rule.rule)}`" for rule in pages for method in rule.methods or ()]
    kept = [each for each in told if each.startswith(("`GET", "`POST"))]
    assert len(kept) >= 4
    assert not [each for each in kept if each not in API.replace("{site}", "site")]


@pytest.mark.parametrize("kind", _node_kinds())
def test_every_node_kind_is_documented(kind: str) -> None:
    assert f"`{kind}`" in (ROOT / "engine" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["README.md", "engine/README.md", "knowledge/README.md", "ontologies/README.md", "api/README.md"]
)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if "://" not in target and not (page.parent / target).exists()]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(str(tmp_path_factory.mktemp("server"))) as server:
        yield server


def _blocks() -> list[tuple[str, int, str, str]]:
    found = []
    for page in PAGES:
        for match in FENCE.finditer((ROOT / page).read_text(encoding="utf-8")):
            line = (ROOT / page).read_text(encoding="utf-8")[: match.start()].count("\n") + 1
            found.append((page, line, match[1], match[2]))
    return [block for block in found if not block[3].startswith("make ")]


@pytest.mark.parametrize(
    ("page", "line", "language", "code"), _blocks(), ids=lambda value: str(value).split("\n")[0][:40]
)
def test_what_is_shown_runs(server: Running, tmp_path: Path, page: str, line: int, language: str, code: str) -> None:
    if "curl" in code and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    (tmp_path / "knowledge").symlink_to(ROOT / "knowledge")
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    code = code.replace(WRITTEN_ADDRESS, server.address)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ONCORULES_DATABASE": f"sqlite:///{tmp_path}/docs.sqlite3",
    }
    command = ["bash", "-euc", code] if language == "sh" else [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{page}:{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
