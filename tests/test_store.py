"""The store keeps snapshots and decisions, each once, and says so when it can't."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.failures import StoreFailed
from api.store import Decision, Store

DOCUMENTS = {"knowledge/a.yaml": "a: 1\n", "knowledge/b.yaml": "a: 1\n", "ontologies/index.json": "{}"}
DECISION = Decision("d" * 64, "s" * 64, "0.1.0+abc", "2026-11-20", "FR-GES", None, "h" * 64, "{}", "r" * 64, "{}")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path}/deep/er/store.sqlite3")


def test_a_snapshot_comes_back_as_it_was(store: Store) -> None:
    assert store.publish("s" * 64, "0.1.0", DOCUMENTS)
    assert store.documents("s" * 64) == DOCUMENTS
    assert [snapshot.hash for snapshot in store.snapshots()] == ["s" * 64]


def test_publishing_twice_changes_nothing(store: Store) -> None:
    store.publish("s" * 64, "0.1.0", DOCUMENTS)
    before = store.snapshots()
    assert not store.publish("s" * 64, "0.2.0", DOCUMENTS)
    assert store.snapshots() == before


def test_two_snapshots_share_their_documents(store: Store) -> None:
    store.publish("s" * 64, "0.1.0", DOCUMENTS)
    store.publish("t" * 64, "0.1.0", {**DOCUMENTS, "knowledge/c.yaml": "c: 2\n"})
    assert store.documents("s" * 64) == DOCUMENTS
    assert store.documents("t" * 64)["knowledge/c.yaml"] == "c: 2\n"


def test_an_unknown_snapshot_or_decision_is_nothing(store: Store) -> None:
    assert store.documents("x") == {}
    assert store.decision("x") is None


def test_a_decision_stays_as_it_was_first_written(store: Store) -> None:
    store.record(DECISION)
    first = store.decision(DECISION.id)
    store.record(DECISION)
    assert first is not None
    assert first[0] == DECISION
    assert store.decision(DECISION.id) == first


def test_a_database_that_fails_is_one_named_exception(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    broken = Store(f"sqlite:///{tmp_path}/file/store.sqlite3")
    for call in (broken.check, broken.snapshots, lambda: broken.record(DECISION), lambda: broken.publish("s", "e", {})):
        with pytest.raises(StoreFailed):
            call()


@pytest.mark.parametrize("url", ["nonsense", "nodatabase://x", "postgresql+nodriver://x/y"])
def test_a_wrong_url_is_one_named_exception(url: str) -> None:
    with pytest.raises(StoreFailed):
        Store(url)


def test_a_database_in_memory_works() -> None:
    store = Store("sqlite://")
    store.record(DECISION)
    assert store.decision(DECISION.id) is not None
