"""Comparisons of one item joined by `et`, `ou`, `non` are one comparison with what they accept together (§2)."""

from __future__ import annotations

from engine.logic import All, AnyKey, AnyOf, Contrary, Logic, Member
from engine.values import Ranges, Worlds


def by_item(node: All | AnyOf) -> list[Logic]:
    """Make one comparison of the comparisons of one item that a node joins."""
    both = isinstance(node, All)
    groups: dict[AnyKey, Member] = {}
    others: list[Logic] = []
    for part in flattened(node):
        one = as_member(part)
        if one is None:
            others.append(part)
        elif one.key in groups:
            groups[one.key] = joined(groups[one.key], one, both)
        else:
            groups[one.key] = one
    return [*groups.values(), *others]


def joined(one: Member, other: Member, both: bool) -> Member:
    """Join two comparisons of one item."""
    if both:
        return Member(one.key, one.sure & other.sure, one.possible & other.possible)  # type: ignore[operator]  # one item
    return Member(one.key, one.sure | other.sure, one.possible | other.possible)  # type: ignore[operator]  # one item


def flattened(node: All | AnyOf) -> list[Logic]:
    """Return the parts, those of parts of the same kind included."""
    return [deep for part in node.parts for deep in (flattened(part) if type(part) is type(node) else [part])]


def as_member(node: Logic) -> Member | None:
    """Return the one comparison that a condition on one item is, or None if it reads more."""
    match node:
        case Member():
            return node
        case Contrary(part):
            inside = as_member(part)
            return Member(inside.key, other(inside.possible), other(inside.sure)) if inside else None
        case All() | AnyOf():
            parts = by_item(node)
            return as_member(parts[0]) if len(parts) == 1 else None
    return None


def other(worlds: Worlds) -> Worlds:
    """Return all other worlds."""
    return worlds.complement() if isinstance(worlds, Ranges) else ~worlds
