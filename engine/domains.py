"""The domain of an item: its leaves or its line of numbers, and what a named value or a comparison accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.names import fold
from engine.units import Unit
from engine.values import INFINITY, Ranges, Worlds, between

OPERATORS = ("<=", ">=", "!=", "=", "<", ">")


@dataclass(frozen=True, slots=True)
class Leaves:
    """A finite domain: leaves in order, and names (leaves, categories, aliases) for sets of them."""

    names: tuple[str, ...]
    sets: Mapping[str, int]
    folded: Mapping[str, str] = field(repr=False)
    ordered: bool = False
    without_order: tuple[int, ...] = ()
    by_site: Mapping[str, int] = field(default_factory=dict)

    @property
    def full(self) -> int:
        """All leaves."""
        return (1 << len(self.names)) - 1

    def find(self, name: str) -> int | None:
        """Return the leaves that `name` stands for, or None if it is unknown."""
        found = self.sets.get(name)
        if found is None:
            known = self.folded.get(fold(name))
            found = self.sets[known] if known is not None else None
        return found

    def canonical(self, name: str) -> str:
        """Return the known spelling of `name`."""
        return name if name in self.sets else self.folded.get(fold(name), name)

    def complement(self, worlds: int) -> int:
        """Return the other leaves."""
        return self.full & ~worlds

    def compare(self, operator: str, value: int) -> int:
        """Return the leaves that stand in this relation to a (perhaps coarse) value: its whole extent counts."""
        first, last = (value & -value).bit_length() - 1, value.bit_length() - 1
        from_first, to_last = self.full & ~((1 << first) - 1), (1 << (last + 1)) - 1
        return {
            "=": value,
            "!=": self.complement(value),
            ">=": from_first,
            "<": self.complement(from_first),
            "<=": to_last,
            ">": self.complement(to_last),
        }[operator]

    def has_order(self, value: int) -> bool:
        """Say whether `<` and `>` mean something for this value."""
        return self.ordered and not any(value & s and value & s != s for s in self.without_order)

    def leaves_of(self, worlds: int) -> tuple[str, ...]:
        """Return the names of the leaves in `worlds`, in order."""
        return tuple(name for number, name in enumerate(self.names) if worlds >> number & 1)

    def describe(self, worlds: int) -> str:
        """Return the shortest name for these leaves: one category, or the leaves one by one."""
        for name, leaves in self.sets.items():
            if leaves == worlds:
                return name
        return " ou ".join(self.leaves_of(worlds))


@dataclass(frozen=True, slots=True)
class Line:
    """A domain of numbers: quantities in their unit, counts, or days (ordinals)."""

    unit: Unit | None = None
    full: Ranges = between(-INFINITY, INFINITY, True, True)
    dates: bool = False

    def complement(self, worlds: Ranges) -> Ranges:
        """Return the other numbers."""
        return worlds.complement()

    def compare(self, operator: str, value: Decimal) -> Ranges:
        """Return the numbers that stand in this relation to `value`."""
        whole = self.full.whole
        point = between(value, value, whole=whole)
        match operator:
            case "=":
                return point
            case "!=":
                return point.complement()
            case "<" | "<=":
                return between(-INFINITY, value, True, operator == "<", whole)
            case _:
                return between(value, INFINITY, operator == ">", True, whole)


Domain = Leaves | Line


def leaves(
    names: Iterable[str],
    categories: Mapping[str, Iterable[str]] | None = None,
    aliases: Mapping[str, str] | None = None,
    ordered: bool = False,
    without_order: Iterable[Iterable[str]] = (),
    by_site: Mapping[str, Iterable[str]] | None = None,
) -> Leaves:
    """Build a finite domain; a category hides a leaf of the same name and contains it."""
    order = tuple(dict.fromkeys(names))
    bit = {name: 1 << number for number, name in enumerate(order)}

    def union(members: Iterable[str]) -> int:
        total = 0
        for member in members:
            total |= bit.get(member, 0)
        return total

    sets = bit | {name: union(members) | bit.get(name, 0) for name, members in (categories or {}).items()}
    folded = {fold(name): name for name in sets}
    for alias, name in (aliases or {}).items():
        folded.setdefault(fold(alias), name)
    return Leaves(
        order,
        sets,
        folded,
        ordered,
        tuple(union(g) for g in without_order),
        {site: union(members) for site, members in (by_site or {}).items()},
    )


BOOLEAN = leaves(
    ("non", "oui"), aliases={"no": "non", "yes": "oui", "false": "non", "true": "oui", "faux": "non", "vrai": "oui"}
)
NO, YES = 1, 2
UNREADABLE = leaves(("illisible",))  # of an item whose declaration is wrong: that is the one problem, nothing follows


def full(domain: Domain) -> Worlds:
    """Return everything possible in a domain."""
    return domain.full
