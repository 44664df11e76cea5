"""What the lint knows of items: everything possible for a key, the scales of its sites, a combination in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.dictionary import Dictionary, Item
from engine.domains import Leaves
from engine.logic import AS_OF, AnyKey, DelayKey, Key
from engine.ontology import Ontology
from engine.show import show_worlds
from engine.values import INFINITY, Ranges, Worlds, between, everything


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Dictionary and ontology, as far as conditions need them."""

    dictionary: Dictionary
    ontology: Ontology

    def item(self, key: AnyKey) -> Item | None:
        """Return the item of a key that is one of the sheet's."""
        if not isinstance(key, Key) or key.column or key.limit:
            return None
        return self.dictionary.items.get(key.item) or self.dictionary.judgements.get(key.item)

    def full_of(self, key: AnyKey) -> Worlds:
        """Return everything possible for a key."""
        item = self.item(key)
        if item is not None and item.domain is not None:
            return item.domain.full
        if isinstance(key, DelayKey) or (isinstance(key, Key) and (key.limit or key.item == AS_OF)):
            return everything()
        return between(-INFINITY, INFINITY, True, True) if not isinstance(key, Key) else -1

    def scale_of(self, key: AnyKey) -> Mapping[str, int]:
        """Return the leaves that each site has on the scale of a key."""
        item = self.item(key)
        return item.domain.by_site if item is not None and isinstance(item.domain, Leaves) else {}

    def example(self, box: Mapping[AnyKey, Worlds]) -> str:
        """Return a combination in words."""
        said = [self._said(key, worlds) for key, worlds in box.items() if self.item(key) is not None]
        return ", ".join(filter(None, said)) or "selon d'autres données"

    def _said(self, key: AnyKey, worlds: Worlds) -> str:
        item = self.item(key)
        if item is None or item.domain is None or worlds == item.domain.full:
            return ""
        held = worlds & item.domain.full  # type: ignore[operator]  # one item
        shown = show_worlds(item, held, self.ontology)
        if not isinstance(held, Ranges):
            return f"{item.id} = {shown}"
        if " – " in shown:
            return f"{item.id} entre {shown.replace(' – ', ' et ')}"
        return f"{item.id} {shown}" if shown[:1] in "<>≤≥" else f"{item.id} = {shown}"
