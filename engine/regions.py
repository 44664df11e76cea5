"""Conditions as unions of boxes: whether several can be true together, and whether some leave nothing out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from engine.boxes import outside
from engine.fusion import other
from engine.logic import All, AnyKey, AnyOf, Contrary, Fixed, Known, Logic, Member
from engine.truth import FALSE, TRUE
from engine.values import Worlds

MOST = 512
Full = Callable[[AnyKey], Worlds]


class TooMany(Exception):
    """A condition that is the union of more boxes than are worth looking at."""


@dataclass(frozen=True, slots=True)
class Region:
    """What makes a condition true: the worlds of each key, and what else must be true or not."""

    box: Mapping[AnyKey, Worlds] = field(default_factory=dict)
    others: frozenset[tuple[Logic, bool]] = frozenset()

    def meet(self, another: Region, full_of: Full) -> Region | None:
        """Return what is in both, None if nothing can be."""
        if any((node, not holds) in self.others for node, holds in another.others):
            return None
        box = dict(self.box)
        for key, worlds in another.box.items():
            whole = box[key] if key in box else full_of(key)
            box[key] = whole & worlds  # type: ignore[operator]  # one item
            if not box[key]:
                return None
        return Region(box, self.others | another.others)


def regions_of(logic: Logic, full_of: Full, *, holds: bool = True) -> tuple[Region, ...]:
    """Return the regions where a condition is TRUE (where it is FALSE with `holds` off); more where it can't be told."""
    match logic:
        case Fixed(truth):
            return (Region(),) if truth == (TRUE if holds else FALSE) else ()
        case Member(key, sure, possible):
            return _met([(Region(),), (Region({key: sure if holds else other(possible)}),)], full_of)
        case Contrary(part):
            return regions_of(part, full_of, holds=not holds)
        case All(parts) | AnyOf(parts):
            below = [regions_of(part, full_of, holds=holds) for part in parts]
            joined = isinstance(logic, All) == holds
            return _met(below, full_of) if joined else tuple(region for regions in below for region in regions)
        case Known() if not holds:
            return ()  # `documenté` is never FALSE
    return (Region({}, frozenset({(logic, holds)})),)


def _met(parts: Iterable[tuple[Region, ...]], full_of: Full) -> tuple[Region, ...]:
    """Return what is in a region of each part."""
    found: tuple[Region, ...] = (Region(),)
    for part in parts:
        if len(found) * len(part) > MOST:
            raise TooMany
        found = tuple(met for one, two in product(found, part) if (met := one.meet(two, full_of)) is not None)
    return found


def meeting(conditions: Iterable[Logic], full_of: Full) -> tuple[Region, ...]:
    """Return where all conditions are TRUE together; where that is too much to say, everywhere."""
    try:
        return _met([regions_of(condition, full_of) for condition in conditions], full_of)
    except TooMany:
        return (Region(),)


def left_out(within: Iterable[Logic], alternatives: Logic, full_of: Full) -> Iterator[Region]:
    """Yield what of some conditions no alternative covers; alternatives that are no boxes cover nothing."""
    try:
        covering = regions_of(alternatives, full_of)
    except TooMany:
        covering = ()
    boxes = [region.box for region in covering if not region.others]
    for region in meeting(within, full_of):
        left = [region.box]
        for box in boxes:
            left = [part for one in left for part in outside(one, box, full_of)]
            if len(left) > MOST:
                return
        yield from (Region(box, region.others) for box in left)
