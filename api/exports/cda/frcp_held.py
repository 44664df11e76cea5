"""What a fiche RCP can hold of a native sheet: one statement for each place, and every other one named with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from api.exports.cda.elements import Coded, code, element, unknown
from engine.dates import show_days
from engine.dictionary import Dictionary, Item
from engine.domains import NO, YES
from engine.leaf import SUSPECTED, Statement
from engine.ontology import Ontology
from engine.sheet import Sheet
from engine.values import Ranges

# Every reason for which the form does not hold what a sheet says: no other is given.
NOT_HELD: Mapping[str, str] = {
    "sans-place": "la fiche RCP n'a pas de place codée pour cet item",
    "texte": "texte libre : il reste dans le logiciel de RCP",
    "identite": "identité : jamais écrite",
    "sans-code": "valeur sans code dans les listes nationales (intervalle, plusieurs catégories, concept sans code)",
    "plus-large": "concept sans code à lui : un code plus large est écrit, son nom est dans le texte",
    "plusieurs": "plusieurs valeurs : la fiche RCP n'en tient qu'une",
    "suspecte": "valeur suspectée : la fiche RCP ne sait pas le dire",
    "raison": "raison d'absence que la fiche RCP ne sait pas dire",
    "precision": "précision (date, méthode, prélèvement, tumeur) que cette place ne porte pas",
    "edition": "édition du stade que les catégories n'ont pas : la fiche RCP n'en dit qu'une",
    "plusieurs-tumeurs": "la fiche RCP ne dit pas de quelle tumeur il s'agit",
    "non": "la fiche RCP ne dit cela que par sa présence : « non » ne s'écrit pas",
    "liste": "la fiche RCP ne dit ni ce qui est absent d'une liste, ni si elle est complète",
    "type-seul": "la fiche RCP ne tient que le type du traitement : il est écrit, le reste non",
    "sans-type": "traitement sans type dans la liste nationale, ou de plusieurs types",
    "incoherent": "la fiche RCP ne peut le porter (avant la naissance, fini mais en cours, rechute sans la phase)",
}
FLAVORS: Mapping[str, str] = {"non_applicable": "NA", "en_attente": "NAV", "inconnu": "UNK"}
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class NotHeld:
    """Something a sheet says that the form does not hold: where, of which item, and a key of `NOT_HELD`."""

    pointer: str
    item: str
    code: str

    def as_json(self) -> dict[str, str]:
        """Return it for people and programs."""
        return {"pointer": self.pointer, "item": self.item, "code": self.code, "reason": NOT_HELD[self.code]}


@dataclass(slots=True)
class Held:
    """The statements of one sheet while they find their places; what finds none is kept in `lost`."""

    sheet: Sheet
    dictionary: Dictionary
    ontology: Ontology
    lost: list[NotHeld] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def item(self, name: str) -> Item:
        """Return an item of the dictionary."""
        return self.dictionary.items[name]

    def lose(self, statement: Statement, reason: str, part: str = "") -> None:
        """Note what is not held: a statement, or a part of one that is."""
        self.lost.append(NotHeld(statement.pointer + part, statement.item, reason))

    def take(self, name: str, tumour: int | None = None) -> Statement | None:
        """Return the one statement of an item that the form may hold, of the patient or of a tumour by its place."""
        said = list(self.statements(name, tumour))
        self.taken.update(each.pointer for each in said)
        if any(map(_framed, said)):
            # One of several set aside would let the others say more than the sheet does.
            for each in said:
                self.lose(each, "precision" if _framed(each) else "plusieurs")
            return None
        for each in said:
            if each.reason == SUSPECTED:
                self.lose(each, "suspecte")
        kept = [each for each in said if each.reason != SUSPECTED]
        found = self.one_of(name, kept)
        for each in kept if found is None else ():
            self.lose(each, "plusieurs")
        return found

    def statements(self, name: str, tumour: int | None = None) -> Iterator[Statement]:
        """Yield what is said of an item."""
        where: Iterable[Statement] = self.sheet.patient if tumour is None else self.sheet.tumours[tumour].statements
        return (each for each in where if each.item == name)

    def one_of(self, name: str, said: list[Statement]) -> Statement | None:
        """Return the statement that says all that several do; None if none does."""
        alike = {(each.worlds, each.days, each.edition, each.reason) for each in said}
        if len(alike) == 1:
            return said[0]
        if self.item(name).evolving:
            return None
        valued = [each for each in said if each.worlds is not None]
        for each in valued:
            if all(_within(each.worlds, other.worlds) for other in valued):
                return each
        return None

    def day(self, statement: Statement, carried: bool = True) -> str:
        """Return the day of a statement; one that the place does not carry, or a code can't write, is noted."""
        shown = show_days(statement.days) if statement.days is not None else ""
        if shown and not (carried and _DATE.fullmatch(shown)):
            self.lose(statement, "precision", "/date")
            return ""
        return shown

    # --- values ---

    def date(self, statement: Statement) -> str:
        """Return the date that a statement gives as its value, empty if it is none that can be written."""
        shown = show_days(statement.worlds) if isinstance(statement.worlds, Ranges) else ""
        if statement.worlds is not None and not _DATE.fullmatch(shown):
            self.lose(statement, "sans-code")
        return shown if _DATE.fullmatch(shown) else ""

    def category(self, statement: Statement) -> str:
        """Return the category or concept that a statement names, empty if it names several or none."""
        item = self.item(statement.item)
        worlds = statement.worlds
        names = [name for name, mask in item.leaves().sets.items() if mask == worlds] if worlds is not None else []
        return names[0] if names else ""

    def truth(self, statement: Statement) -> Element | None:
        """Return a truth as a value."""
        if statement.worlds is None:
            return self.open(statement, "BL")
        if statement.worlds not in (YES, NO):
            self.lose(statement, "sans-code")
            return None
        return element("value", {"xsi:type": "BL", "value": str(statement.worlds == YES).lower()})

    def coded(self, statement: Statement, table: Mapping[str, Coded]) -> Element | None:
        """Return a category as a coded value."""
        if statement.worlds is None:
            return self.open(statement, "CD")
        found = table.get(self.category(statement))
        if found is None:
            self.lose(statement, "sans-code")
            return None
        return code("value", found, of_type="CD")

    def open(self, statement: Statement, of_type: str = "", name: str = "value", *inner: Element) -> Element | None:
        """Return the null flavour of a statement that leaves its item open."""
        flavor = FLAVORS.get(statement.reason)
        if flavor is None:
            self.lose(statement, "raison")
            return None
        return unknown(name, flavor, *inner, of_type=of_type)

    # --- the rest ---

    def untaken(self, body: Mapping[str, Any]) -> None:
        """Note what no place was looked for: other items, texts, lists, judgements."""
        said = (*self.sheet.patient, *(each for tumour in self.sheet.tumours for each in tumour.statements))
        for each in said:
            if each.pointer not in self.taken:
                self.lose(each, "sans-place")
        for name, records in self.sheet.records.items():
            if name not in self.taken and (records.rows or records.absent or records.complete):
                self.lost.append(NotHeld(f"/{self.item(name).path}", name, "sans-place"))
        for pointer, item in texts_of(body, self.dictionary):
            if item.id not in self.taken:
                kind = "identite" if item.identity else "texte" if item.kind == "texte" else "sans-place"
                self.lost.append(NotHeld(pointer, item.id, kind))


def texts_of(body: Mapping[str, Any], dictionary: Dictionary) -> Iterator[tuple[str, Item]]:
    """Yield the texts and identifiers of a native sheet with their places; what they say is not looked at."""
    for item in dictionary.items.values():
        section, _, name = item.path.rpartition(".")
        if item.is_text and section == "tumeurs[]":
            for number, tumour in enumerate(body.get("tumeurs") or ()):
                if isinstance(tumour, Mapping) and tumour.get(name) not in (None, [], ""):
                    yield f"/tumeurs/{number}/{name}", item
        elif item.is_text and section:
            place = body.get(section)
            if isinstance(place, Mapping) and place.get(name) not in (None, [], ""):
                yield f"/{section}/{name}", item


def _framed(statement: Statement) -> bool:
    """Say whether a statement carries a method, a specimen or limits, for which the form has no place."""
    return bool(statement.method or statement.specimen or statement.upper or statement.lower)


def _within(one: Any, other: Any) -> bool:
    """Say whether one statement's worlds lie in another's."""
    both = one & other
    return bool(both == one)
