"""Random sheets of every site that the shipped base knows, with a second tumour, two sources or documents at times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.agreement.dice import Dice, Draw
from tests.agreement.narrowing import leaf_of
from tests.agreement.sheets import put
from tests.agreement.shipped import BreastSheets, asked, base

SITES = ("sein", "côlon", "rectum", "poumon", "prostate", "peau")


@dataclass(slots=True)
class EverySheets(BreastSheets):
    """Draws native sheets of any site; some say little, some nearly all."""

    def sheet(self, said: int = 45) -> dict[str, Any]:
        body = BreastSheets.sheet(self, self.dice.pick((8, 20, 45, 70)))
        self.place(body["tumeurs"][0])
        if self.dice.chance(15):
            body["tumeurs"].append({"id": "t2"})
            self.place(body["tumeurs"][1])
        for _ in range(self.dice.number(0, 4)):
            self.contradict(body)
        return body

    def place(self, tumour: dict[str, Any]) -> None:
        """Give a tumour a site (the whole of one, something below it, or none) and perhaps a morphology."""
        tumour.pop("topographie", None)
        if self.dice.chance(92):
            tumour["topographie"] = self.concept_below("topographie", self.dice.pick(SITES))
        if self.dice.chance(40):
            tumour["morphologie"] = self.dice.pick(sorted(base().ontology.domains["morphologie"].sets))

    def concept_below(self, branch: str, label: str) -> str:
        ontology = base().ontology
        found = ontology.find(label, (branch,))
        assert found is not None, label
        below = (
            sorted(c for c in ontology.domains[branch].sets if ontology.is_a(c, found.id))
            if self.dice.chance(40)
            else []
        )
        return self.dice.pick([found.id, *below])

    def contradict(self, body: dict[str, Any]) -> None:
        """Say something else of an item, from another place."""
        known = [
            item
            for name in sorted(asked().items)
            if (item := base().dictionary.items.get(name)) and item.path and item.domain and name != "date_rcp"
        ]
        item = self.dice.pick(known)
        if item.id in ("topographie", "morphologie") or item.path.count("[]") > 1:
            return
        leaves = [leaf_of(item, item.domain.full, base().ontology, self.dice) for _ in range(2)]  # type: ignore[union-attr]  # kept above
        if all(leaf is not None and not isinstance(leaf, list) for leaf in leaves):
            put(body, item, [leaf if isinstance(leaf, dict) else {"valeur": leaf} for leaf in leaves])


@st.composite
def sheets(draw: Draw) -> dict[str, Any]:
    """Draw a sheet of any site."""
    return EverySheets(Dice(draw)).sheet()
