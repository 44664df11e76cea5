"""The project installs from locks that hold no address, and its data are read wherever it is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT

LOCKS = sorted(ROOT.glob("requirements*.txt"))


def test_there_is_a_lock_to_run_to_develop_and_to_build() -> None:
    assert [lock.name for lock in LOCKS] == ["requirements-build.txt", "requirements-dev.txt", "requirements.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not [word for word in ("://", "--find-links", "--index", "--extra-index") if word in text]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_hashes(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if "==" in line and not line.lstrip().startswith("#"):
            assert line.endswith("\\"), line
            assert "--hash=sha256:" in lines[number + 1]


def test_what_runs_and_what_develops_agree() -> None:
    def pins(name: str) -> dict[str, str]:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        return dict(line.split(" ")[0].split("==") for line in lines if "==" in line and line[0].isalnum())  # type: ignore[misc]

    run, develop = pins("requirements.txt"), pins("requirements-dev.txt")
    assert run.items() <= develop.items()


READ = "import json, api.library as l; print(json.dumps([sorted(l.texts()), sorted(l.examples()), l.__file__]))"


def _read_with(python: Path | str, folder: Path) -> tuple[list[str], list[str], str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    out = subprocess.run(
        [str(python), "-I", "-c", READ], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    paths, examples, where = json.loads(out.stdout)
    return paths, examples, where


def _in_the_tree() -> list[str]:
    """Return every document that can change an answer: what is expected of whole fiches can't."""
    documents = (path for path in (ROOT / "knowledge").rglob("*.yaml") if not path.name.endswith(".attendu.yaml"))
    return sorted([path.relative_to(ROOT).as_posix() for path in documents] + ["ontologies/index.json"])


def test_the_editable_install_reads_the_knowledge(tmp_path: Path) -> None:
    paths, examples, where = _read_with(sys.executable, tmp_path)
    assert Path(where).is_relative_to(ROOT)
    assert paths == _in_the_tree()
    assert "sein-a" in examples


def test_the_wheel_reads_the_knowledge(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True
    )
    (wheel,) = tmp_path.glob("oncorules-*.whl")
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    packages = next(home.glob("lib/python*/site-packages"))
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(packages)], check=True)
    paths, examples, where = _read_with(home / "bin" / "python", tmp_path)
    assert Path(where).is_relative_to(home)
    assert paths == _in_the_tree()
    assert "sein-a" in examples


def test_nothing_at_the_top_that_the_layout_does_not_name() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split(
        "\n"
    )
    top = {name.split("/")[0] for name in listed if name and not name.startswith(".")}
    fixed = {"pyproject.toml", "README.md", "engine", "knowledge", "api", "ontologies", "tests"}
    usual = {"Makefile", "LICENSE", "CHANGELOG.md", *(lock.name for lock in LOCKS)}
    assert top <= fixed | usual
