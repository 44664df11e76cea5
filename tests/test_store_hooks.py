"""The store remembers which card spoke of which rules, what became of it once, and each token once."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.failures import StoreFailed
from api.store import Store
from api.store.hooks import Counts, HookMemory, Outcome, SentCard

CARD = SentCard("c1", "s", "d" * 64, ("R1", "R2"), {"g1": ("R1",), "g2": ("R2",)})
AT = "2026-11-20T09:30:00+00:00"


@pytest.fixture
def memory(tmp_path: Path) -> HookMemory:
    return HookMemory(Store(f"sqlite:///{tmp_path}/d.sqlite3"))


def test_a_sent_card_is_known_to_its_service_alone(memory: HookMemory) -> None:
    memory.keep([CARD])
    memory.keep([CARD])
    assert memory.sent("s", ["c1", "other"]) == {"c1": frozenset({"g1", "g2"})}
    assert memory.sent("another", ["c1"]) == {}


def test_a_card_without_suggestions_is_known_too(memory: HookMemory) -> None:
    memory.keep([SentCard("c2", "s", "d" * 64, ())])
    assert memory.sent("s", ["c2"]) == {"c2": frozenset()}


def test_accepting_counts_for_the_rules_of_the_suggestion_overriding_for_those_of_the_card(memory: HookMemory) -> None:
    memory.keep([CARD])
    accepted = Outcome("c1", AT, ("g1",))
    overridden = Outcome("c1", "2026-11-21T09:30:00+00:00", reason="choix-patient", overridden=True)
    without_reason = Outcome("c1", "2026-11-22T09:30:00+00:00", overridden=True)
    assert memory.record([accepted, overridden, without_reason]) == 3
    assert memory.counts("R1") == Counts(1, {"": 1, "choix-patient": 1})
    assert memory.counts("R2") == Counts(0, {"": 1, "choix-patient": 1})
    assert memory.counts("R3") == Counts(0, {})


def test_the_same_card_at_the_same_time_is_one(memory: HookMemory) -> None:
    memory.keep([CARD])
    assert memory.record([Outcome("c1", AT, ("g1",))] * 2) == 1
    assert memory.record([Outcome("c1", AT, ("g1",))]) == 0
    assert memory.counts("R1").accepted == 1


def test_two_suggestions_of_a_rule_accepted_at_once_are_one(memory: HookMemory) -> None:
    memory.keep([SentCard("c1", "s", "d" * 64, ("R1",), {"g1": ("R1",), "g2": ("R1",)})])
    memory.record([Outcome("c1", AT, ("g1", "g2"))])
    assert memory.counts("R1").accepted == 1


def test_a_token_is_seen_once_until_it_expires_whatever_opens_the_database(tmp_path: Path) -> None:
    def opened() -> HookMemory:
        return HookMemory(Store(f"sqlite:///{tmp_path}/d.sqlite3"))

    assert opened().is_first("https://a", "j", expires=100, now=0)
    assert not opened().is_first("https://a", "j", expires=100, now=50)
    assert opened().is_first("https://b", "j", expires=100, now=50)
    assert not opened().is_first("https://a", "j", expires=100, now=100)
    assert opened().is_first("https://a", "j", expires=200, now=101)


def test_a_database_that_fails_is_one_named_exception(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    broken = HookMemory(Store(f"sqlite:///{tmp_path}/file/d.sqlite3"))
    with pytest.raises(StoreFailed):
        broken.is_first("https://a", "j", 100, 0)
    with pytest.raises(StoreFailed):
        broken.keep([CARD])
