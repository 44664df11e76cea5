"""Possible worlds: sets of leaves and ranges of numbers, and what several sources leave of them."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

from engine.values import INFINITY, NOTHING, Range, Ranges, between, combine, everything, largest_groups


def number(text: str) -> Decimal:
    return Decimal(text)


def test_ranges_keep_open_and_closed_ends() -> None:
    """`< 10` meets `>= 10` nowhere, and `<= 10` in one point."""
    below, from_ten = between(-INFINITY, number("10"), True, True), between(number("10"), INFINITY, False, True)
    assert not below & from_ten
    assert between(-INFINITY, number("10"), True) & from_ten == between(number("10"), number("10"))


def test_a_range_that_touches_another_becomes_one_with_it() -> None:
    """[1;2[ and [2;3] are [1;3]; ]1;2[ and ]2;3[ stay apart, for 2 is in neither."""
    assert between(number("1"), number("2"), high_open=True) | between(number("2"), number("3")) == between(
        number("1"), number("3")
    )
    apart = between(number("1"), number("2"), True, True) | between(number("2"), number("3"), True, True)
    assert len(apart.parts) == 2


def test_counts_are_integers() -> None:
    """« > 3 » of a count is at least 4, and nothing lies between 3 and 4."""
    assert between(number("3"), INFINITY, True, True, whole=True).low == 4
    assert not between(number("3"), number("4"), True, True, whole=True)
    assert between(number("1"), number("2"), whole=True) | between(number("3"), number("4"), whole=True) == between(
        number("1"), number("4"), whole=True
    )


def test_the_complement_of_a_complement_is_the_range() -> None:
    """Nothing is lost by saying « not » twice."""
    for worlds in (
        between(number("1"), number("2"), True),
        NOTHING,
        everything(),
        between(number("1"), number("5"), whole=True),
    ):
        assert worlds.complement().complement() == worlds
        assert not worlds & worlds.complement()


def test_an_empty_range_is_false() -> None:
    """What has no world says so."""
    assert not Ranges(())
    assert Range(number("1"), number("1"), True).is_empty()


def test_sources_that_can_hold_together_narrow_each_other() -> None:
    """A coarse source and a fine one: the fine one is left, whichever comes first."""
    assert combine([0b1110, 0b0010])[0] == combine([0b0010, 0b1110])[0] == 0b0010
    assert len(combine([0b1110, 0b0010])[1]) == 1


def test_sources_that_cannot_hold_together_leave_the_worlds_of_each_group() -> None:
    """Three sources, two groups: the union of each group's intersection."""
    union, groups = combine([0b0011, 0b0110, 0b1000])
    assert union == 0b1010
    assert [members for members, _ in groups] == [frozenset({0, 1}), frozenset({2})]


def test_the_largest_groups_do_not_depend_on_the_order_of_sources() -> None:
    """Any order of the same sources gives the same worlds."""
    sources = [between(number(a), number(b)) for a, b in (("1", "4"), ("3", "6"), ("5", "8"), ("10", "12"))]
    assert combine(sources)[0] == combine(sources[::-1])[0]
    assert {members for members, _ in largest_groups(sources)} == {frozenset({0, 1}), frozenset({1, 2}), frozenset({3})}


def test_a_source_may_belong_to_several_of_the_largest_groups() -> None:
    """« a or b », « b or c », « c or d »: b or c are left, in any order."""
    sources = [0b0011, 0b0110, 0b1100]
    assert {combine([sources[n] for n in order])[0] for order in permutations(range(3))} == {0b0110}
