"""Random native sheets over a whole dictionary, of every kind of item, leaf, frame and row, wrong ones among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from engine.dictionary import Dictionary, Item
from engine.domains import Line
from engine.leaf import REASONS
from engine.ontology import Ontology
from engine.units import SPELLINGS, convertible, find_unit
from tests.agreement.dice import Dice, Draw
from tests.agreement.sheets import put

DATES = ("2026", "2026-02", "2026-02-14", "2019-11-30", "1961-07", "2025-12-31T10:00:00Z")
WORDS = ("immunohistochimie", "metastase", "biopsie du foie", "sang")
_TUMOURS = ("t1", "t2", "sein gauche")


@dataclass(frozen=True, slots=True)
class WholeSheets:
    """Draws sheets of a dictionary and an ontology; what it draws is mostly readable, and sometimes not."""

    dice: Dice
    dictionary: Dictionary
    ontology: Ontology
    by_branch: Mapping[str, list[str]]
    codes: Mapping[str, list[tuple[str, str]]]

    def sheet(self, items: int = 12) -> dict[str, Any]:
        """Draw a sheet that says something of so many items and of a few lists."""
        names = list(self.dice.some(_TUMOURS, 1, 2))
        body: dict[str, Any] = {"schema": "fiche-rcp/1", "tumeurs": [{"id": name} for name in names]}
        said = [i for i in self.dictionary.items.values() if i.path and not i.is_records]
        for item in self.dice.some(said, 0, items):
            put(body, item, self.leaves(item))
        for axis in ("topographie", "morphologie", "lateralite", "date_diagnostic"):
            if self.dice.chance(50):
                put(body, self.dictionary.items[axis], self.leaves(self.dictionary.items[axis]))
        for records in self.dice.some(self.dictionary.records(), 0, 4):
            body[records.path] = self.records(records, names)
        for name in self.dice.some(tuple(self.dictionary.judgements), 0, 2):
            place = self.dice.pick((body, body["tumeurs"][0]))
            place.setdefault("jugements", {})[name] = self.leaf(self.dictionary.judgements[name])
        return body

    def leaves(self, item: Item) -> Any:
        """Draw one leaf, or several."""
        if item.is_text or self.dice.chance(80):
            return self.leaf(item)
        return [framed(self.leaf(item)) for _ in range(self.dice.number(2, 3))]

    def leaf(self, item: Item) -> Any:
        """Draw a leaf: a value, alone or framed, a reason, a doubt."""
        value = self.value(item)
        if item.is_text or self.dice.chance(45):
            return value
        leaf = framed(value)
        if self.dice.chance(15):
            leaf = {} if self.dice.chance(80) else leaf
            leaf["raison"] = self.dice.pick(REASONS)
        if self.dice.chance(20):
            leaf["certitude"] = self.dice.pick(("suspecte", "confirme"))
        if self.dice.chance(40):
            leaf["date"] = self.dice.pick(DATES)
        if self.dice.chance(15):
            leaf["edition"] = self.dice.pick(("7", "8", "TNM 9", 8))
        if self.dice.chance(10):
            leaf[self.dice.pick(("methode", "prelevement"))] = self.dice.pick(WORDS)
        if item.kind == "quantite" and self.dice.chance(15):
            leaf[self.dice.pick(("lsn", "lin"))] = self.dice.pick((40, 5, "40"))
        if self.dice.chance(4):
            leaf[self.dice.pick(("auteur", "libelle", "inconnu"))] = "mot"
        return leaf

    def value(self, item: Item) -> Any:
        """Draw a value, coarse or fine, or one that can't be read."""
        if self.dice.chance(2):
            return self.dice.pick(("n'importe quoi", 3.5, ["?"], True))
        match item.kind:
            case "concept":
                return self.concept(item)
            case "booleen":
                return self.dice.chance(50)
            case "date":
                return self.dice.pick(DATES)
            case "echelle" | "enumeration":
                return self.category(item)
            case "quantite" | "entier":
                return self.number(item)
        return self.dice.pick(("FR-GES", "NM_005228.5", "c.2573T>G", "un récit de quelques mots"))

    def concept(self, item: Item) -> Any:
        if self.dice.chance(25):
            system, code = self.dice.pick(self.codes.get(item.branch, [("CIM-10", "?")]))
            return {"systeme": system, "code": code}
        concept = self.ontology.concepts[self.dice.pick(self.by_branch[item.branch])]
        return self.dice.pick((concept.id, concept.label()))

    def category(self, item: Item) -> Any:
        names = tuple(item.leaves().sets)
        if self.dice.chance(80):
            return self.dice.pick(names)
        if item.leaves().ordered and self.dice.chance(50):
            return f"{self.dice.pick(names)}-{self.dice.pick(names)}"
        return list(self.dice.some(names, 1, 3))

    def number(self, item: Item) -> Any:
        low, high = sorted((self.figure(item), self.figure(item)))
        unit = self.unit(item) if self.dice.chance(30) else ""
        bounds: dict[str, Any] = {"min": low, "max": high}
        if self.dice.chance(15):
            bounds[self.dice.pick(("min_exclu", "max_exclu"))] = True
        simple = self.dice.pick(
            (low, low, low, bounds, {"min": low}, {"max": high, "max_exclu": True}, f"< {high}", f">= {low}")
        )
        if unit and not isinstance(simple, dict | str) and self.dice.chance(30):
            return f"{simple} {unit}"
        return {"valeur": simple, "unite": unit} if unit else simple

    def figure(self, item: Item) -> int | float:
        line = item.line()
        ends = line.full
        low = int(ends.low) if ends.low.is_finite() else 0
        high = int(ends.high) if ends.high.is_finite() else 400
        whole = self.dice.number(low, max(low, min(high, low + 400)))
        return whole if line.full.whole or self.dice.chance(60) else whole + self.dice.pick((0.5, 0.25, 0.1))

    def unit(self, item: Item) -> str:
        line = item.domain
        assert isinstance(line, Line)
        target = line.unit
        fit = [s for s in SPELLINGS if target and (u := find_unit(s)) and convertible(u, target, item.molar_mass)]
        return self.dice.pick(fit) if fit else ""

    def records(self, records: Item, tumours: list[str]) -> Any:
        """Draw a list: rows, what is absent, of what it is complete."""
        rows = [self.row(records, tumours) for _ in range(self.dice.number(0, 3))]
        if self.dice.chance(10):
            return rows
        body: dict[str, Any] = {"lignes": rows}
        axis = records.columns[records.axis]
        if self.dice.chance(35):
            body["absents"] = [self.closing(records, tumours, self.leaf(axis)) for _ in range(self.dice.number(1, 3))]
        match self.dice.number(0, 4):
            case 2:
                body["complet"] = [
                    self.closing(records, tumours, self.leaf(axis)) for _ in range(self.dice.number(1, 2))
                ]
            case 3:
                body["complet"] = True
            case 4:
                doubt = self.dice.pick(({}, {}, {"certitude": "suspecte"}, {"date": self.dice.pick(DATES)}))
                body["complet"] = [self.closing(records, tumours, {"valeur": True, **doubt})]
        return body

    def closing(self, records: Item, tumours: list[str], leaf: Any) -> Any:
        """Say what closes a list of one tumour, where tumours own the list and it is a leaf that can say so."""
        named = records.owner == "tumeur" and isinstance(leaf, dict) and bool(tumours) and self.dice.chance(50)
        return leaf | {"tumeur": self.dice.pick(tumours)} if named else leaf

    def row(self, records: Item, tumours: list[str]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for column in records.columns.values():
            if column.id == "tumeur":
                if self.dice.chance(40):
                    body["tumeur"] = self.dice.pick((*tumours, "inconnue"))
            elif self.dice.chance(90 if column.id == records.axis else 45) and not column.computed:
                body[column.id] = self.value(column) if self.dice.chance(80) else self.leaf(column)
        if self.dice.chance(15):
            body["certitude"] = "suspecte"
        if self.dice.chance(5):
            body["date"] = self.dice.pick(DATES)
        return body


def framed(value: Any) -> dict[str, Any]:
    """Return a leaf that can carry more than its value."""
    if isinstance(value, dict) and "code" not in value and "min" not in value and "max" not in value:
        return dict(value)
    return {"valeur": value}


def whole_sheets(dictionary: Dictionary, ontology: Ontology) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of native sheets over a whole dictionary."""
    by_branch: dict[str, list[str]] = {}
    codes: dict[str, list[tuple[str, str]]] = {}
    for concept in ontology.concepts.values():
        by_branch.setdefault(concept.branch, []).append(concept.id)
    for system, table in ontology.codes.items():
        for code, ids in table.items():
            for branch in {ontology.concepts[i].branch for i in ids}:
                codes.setdefault(branch, []).append((system, code))

    @st.composite
    def drawn(draw: Draw) -> dict[str, Any]:
        return WholeSheets(Dice(draw), dictionary, ontology, by_branch, codes).sheet()

    return drawn()
