"""Tables as boxes: the combinations of inputs that no row covers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias, TypeVar

from engine.fusion import by_item
from engine.logic import ALWAYS, AnyKey, Logic, Member, conjoin
from engine.logic import All as Conjunction
from engine.values import Ranges, Worlds

Box: TypeAlias = Mapping[AnyKey, Worlds]
MOST = 400


def gaps_of(rows: Sequence[Logic], full_of: Callable[[AnyKey], Worlds]) -> tuple[Logic, ...]:
    """Return conditions for the combinations that no row accepts; nothing can be said if a row is no box."""
    boxes = [box_of(row) for row in rows]
    if any(box is None for box in boxes):
        return ()
    left: list[Box] = [{}]
    for box in boxes:
        left = [part for one in left for part in outside(one, box or {}, full_of)]
        if len(left) > MOST:
            return ()
    return tuple(condition_of(one) for one in left if one)


def box_of(logic: Logic) -> Box | None:
    """Return a conjunction of comparisons as a box, or None if it is something else."""
    if logic == ALWAYS:
        return {}
    parts = by_item(logic) if isinstance(logic, Conjunction) else [logic]
    box: dict[AnyKey, Worlds] = {}
    for part in parts:
        if not isinstance(part, Member) or part.sure != part.possible:
            return None
        box[part.key] = part.sure
    return box


K = TypeVar("K")


def outside(
    one: Mapping[K, Worlds], box: Mapping[K, Worlds], full_of: Callable[[K], Worlds]
) -> Iterator[Mapping[K, Worlds]]:
    """Yield what of `one` is outside `box`, as boxes that share nothing."""
    inside = dict(one)
    for key, accepted in box.items():
        whole = inside[key] if key in inside else full_of(key)
        left = whole & (accepted.complement() if isinstance(accepted, Ranges) else ~accepted)  # type: ignore[operator]  # one item
        if left:
            yield {**inside, key: left}
        met = whole & accepted  # type: ignore[operator]  # one item
        if not met:
            return
        inside[key] = met


def condition_of(box: Box) -> Logic:
    """Return the condition that a box is."""
    return conjoin(tuple(Member(key, worlds, worlds, "autre combinaison") for key, worlds in box.items()))
