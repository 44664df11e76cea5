"""One spelling for every JSON value."""

from __future__ import annotations

from decimal import Decimal

from engine.canonical import canonical


def test_keys_are_sorted_whatever_their_order() -> None:
    """Two mappings that say the same are one text."""
    assert (
        canonical({"b": 1, "a": {"d": 2, "c": 3}})
        == canonical({"a": {"c": 3, "d": 2}, "b": 1})
        == '{"a":{"c":3,"d":2},"b":1}'
    )


def test_eight_is_eight_point_nought() -> None:
    """8, 8.0 and Decimal 8.00 are one number; 8.5 is exact and is not the text « 8.5 »."""
    assert canonical(8) == canonical(8.0) == canonical(Decimal("8.00")) == "8"
    assert canonical(8.5) == canonical(Decimal("8.50"))
    assert canonical(8.5) != canonical("8.5")
    assert canonical(Decimal("0.1")) == canonical(0.1)


def test_what_differs_is_written_differently() -> None:
    """True is not 1, nothing is not an empty text, an order of a list is kept."""
    values: list[object] = [True, 1, None, "", "1", [], {}, [1, 2], [2, 1]]
    assert len({canonical(value) for value in values}) == len(values)


def test_accents_stay_as_they_are() -> None:
    """The text is UTF-8, not escapes."""
    assert canonical({"é": "œ"}) == '{"é":"œ"}'
