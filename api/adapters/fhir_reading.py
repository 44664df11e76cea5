"""One bundle being read: what reading it needs, the sheet written so far, and what was used or lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.adapters.fhir_bundle import Resources
from api.adapters.fhir_elements import Coding, Element
from api.adapters.fhir_maps import CodeMaps
from engine.dictionary import Dictionary, Item
from engine.domains import Leaves
from engine.ontology import Ontology

Leaf = dict[str, Any]
_PLAIN_CODE = re.compile(r"[\w.:/+*()<>=\-]{1,80}", re.ASCII)


@dataclass(slots=True)
class Reading:
    """The work on one bundle; nothing of it outlives the conversion."""

    document: str
    ontology: Ontology
    dictionary: Dictionary
    maps: CodeMaps
    resources: Resources
    tumours: dict[str, str] = field(default_factory=dict)
    metastases: dict[str, str] = field(default_factory=dict)
    sheet: dict[str, Any] = field(default_factory=lambda: {"schema": "fiche-rcp/1"})
    losses: list[dict[str, Any]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    derived: dict[str, list[Element]] = field(default_factory=dict)

    def use(self, *pointers: str) -> None:
        """Mark places as read."""
        self.used.update(pointers)

    def use_all(self, codings: Iterable[Coding]) -> None:
        """Mark codes as read."""
        self.used.update(coding.pointer for coding in codings)

    def lose(self, pointer: str, reason: str, coding: Coding | None = None) -> None:
        """Report what is not in the sheet: where, which code, why. Free text and names never pass."""
        plain = coding and _PLAIN_CODE.fullmatch(coding.code) and _PLAIN_CODE.fullmatch(coding.system.replace(" ", "_"))
        self.used.add(pointer)
        if coding:
            self.used.add(coding.pointer)
        self.losses.append(
            {"pointer": pointer, "code": coding.as_json() if coding and plain else None, "reason": reason}
        )

    def leaf(self, value: Any, pointer: str, coding: Coding | None = None, **extra: Any) -> Leaf:
        """Return a leaf with its origin; extra keys that are empty are left out."""
        self.used.add(pointer)
        if coding:
            self.used.add(coding.pointer)
        origin: Leaf = {"document": self.document, "pointeur": pointer}
        if coding:
            origin["code"] = coding.as_json()
        return {"valeur": value} | {key: v for key, v in extra.items() if v} | {"origine": origin}

    def open(self, reason: str, pointer: str, coding: Coding | None = None, **extra: Any) -> Leaf:
        """Return a leaf that says why nothing is known."""
        leaf = self.leaf(None, pointer, coding, raison=reason, **extra)
        del leaf["valeur"]
        return leaf

    def put(self, item_id: str, leaf: Leaf, tumour: str = "") -> bool:
        """Write a leaf of an item beside those already there; report it as lost where it has no place."""
        item = self.dictionary.items.get(item_id)
        other = self.dictionary.items.get(f"{item_id}_tnm{leaf.get('edition', '')}")
        if other is not None and _unfit(item_id, item, leaf) and not _unfit(item_id, other, leaf):
            item, item_id = other, other.id  # a category that only its own edition has (M1c1)
        place = self._place(item, tumour) if item else None
        reason = _unfit(item_id, item, leaf) or ("" if place is not None else self._unplaced())
        if reason or place is None:
            self.lose(leaf["origine"]["pointeur"], reason, _coding_of(leaf))
            return False
        place.setdefault(item_id, []).append(leaf)
        return True

    def _unplaced(self) -> str:
        """Say why a tumour's item has no place."""
        if not self.sheet.get("tumeurs"):
            return "donnée d'une tumeur, dans un document qui n'en décrit aucune"
        return "le document a plusieurs tumeurs et n'en nomme aucune ici"

    def _place(self, item: Item, tumour: str) -> dict[str, Any] | None:
        """Return the object of the sheet in which the item stands."""
        section, dot, _ = item.path.rpartition(".")
        if section == "tumeurs[]":
            return next((t for t in self.sheet.get("tumeurs", ()) if t["id"] == tumour), None)
        place: dict[str, Any] = self.sheet
        if dot:
            place = place.setdefault(section, {})
        return place

    def records(self, records_id: str) -> dict[str, Any] | None:
        """Return the records of that name in the sheet, begun if need be; None if the dictionary has none."""
        item = self.dictionary.items.get(records_id)
        if item is None or not item.is_records:
            return None
        held: dict[str, Any] = self.sheet.setdefault(records_id, {"lignes": []})
        return held

    def add_row(self, records_id: str, row: Mapping[str, Leaf | str | None]) -> bool:
        """Write a row; columns that the dictionary has not are reported as lost."""
        held = self.records(records_id)
        if held is None:
            for leaf in row.values():
                if isinstance(leaf, dict):
                    self.lose(
                        leaf["origine"]["pointeur"],
                        f"le dictionnaire n'a pas de liste `{records_id}`",
                        _coding_of(leaf),
                    )
            return False
        columns = self.dictionary.items[records_id].columns
        kept: dict[str, Any] = {}
        for name, leaf in row.items():
            if isinstance(leaf, dict):
                reason = _unfit(f"{records_id}.{name}", columns.get(name), leaf)
                if reason:
                    self.lose(leaf["origine"]["pointeur"], reason, _coding_of(leaf))
                    continue
            if leaf and (name in columns or name == "certitude"):
                kept[name] = leaf
        if not kept:
            return False
        held["lignes"].append(kept)
        return True

    def tumour_of(self, *references: Element) -> tuple[str, str]:
        """Return the tumour that references name, or the only one there is, and the specimen's place if it is a metastasis."""
        for reference in references:
            cited = self.resources.cited(reference)
            if cited and cited.pointer in self.tumours:
                return self.tumours[cited.pointer], ""
            if cited and cited.pointer in self.metastases:
                return self.metastases[cited.pointer] or self.only_tumour(), "metastase"
        return self.only_tumour(), ""

    def only_tumour(self) -> str:
        """Return the tumour of a sheet that has one; a sheet with two leaves it open."""
        tumours = self.sheet.get("tumeurs", ())
        return str(tumours[0]["id"]) if len(tumours) == 1 else ""


def tidied(sheet: dict[str, Any]) -> dict[str, Any]:
    """Return the sheet with a single leaf where an item has one, and no empty list."""
    tidy: dict[str, Any] = {}
    for key, value in sheet.items():
        if isinstance(value, list) and key == "tumeurs":
            tidy[key] = [tidied(tumour) for tumour in value]
        elif isinstance(value, list):
            tidy[key] = value[0] if len(value) == 1 else value
        elif isinstance(value, dict) and "lignes" in value:
            if any(value.values()):
                tidy[key] = value
        else:
            tidy[key] = tidied(value) if isinstance(value, dict) else value
    return tidy


def _unfit(name: str, item: Item | None, leaf: Leaf) -> str:
    """Say why a leaf can't be written under an item; empty if it can."""
    if item is None:
        return f"le dictionnaire n'a pas `{name}`"
    if item.computed:
        return f"`{name}` est toujours calculé, jamais reçu"
    value = leaf.get("valeur")
    if (
        isinstance(item.domain, Leaves)
        and item.kind != "concept"
        and isinstance(value, str)
        and item.domain.find(value) is None
    ):
        return f"`{name}` n'a pas la valeur `{value}`"
    return ""


def _coding_of(leaf: Leaf) -> Coding | None:
    code = leaf["origine"].get("code")
    return Coding(code["systeme"], code["code"], leaf["origine"]["pointeur"]) if code else None
