"""Sections of a fiche RCP being written from a sheet: a narrative table of labels and values, and entries that refer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from api.exports.cda.elements import TERMS, Coded, Identifiers, anchor, content, moment, table, unknown
from api.exports.cda.entries import Section, observation, section
from api.exports.cda.frcp_held import Held
from engine.domains import Leaves
from engine.leaf import Statement


@dataclass(slots=True)
class Page:
    """One section: what its narrative says, and its entries."""

    name: str
    held: Held
    identifiers: Identifiers
    rows: list[tuple[str, Element]] = field(default_factory=list)
    entries: list[Element] = field(default_factory=list)

    def place(self, label: str, text: str) -> str:
        """Write a line of the narrative, and return where it stands."""
        where = anchor(self.name, len(self.rows) + 1)
        self.rows.append((label, content(where, text)))
        return where

    def identifier(self, *place: object) -> str:
        """Return the identifier of an entry."""
        return self.identifiers.of(self.name, *place)

    def place_of(self, statement: Statement) -> str:
        """Write the line of a statement: its item, and its value in words of the dictionary, never the sheet's own."""
        item = self.held.item(statement.item)
        return self.place(item.label(), self.words(statement))

    def words(self, statement: Statement) -> str:
        """Return the value of a statement in words."""
        item = self.held.item(statement.item)
        if statement.worlds is None:
            return "inconnu"
        if isinstance(item.domain, Leaves) and isinstance(statement.worlds, int):
            name = item.domain.describe(statement.worlds)
            concept = self.held.ontology.concepts.get(name)
            return concept.label() if concept else item.value_labels.get(name, {}).get("fr", name)
        return statement.text

    def written(self, kind: Section) -> list[Element]:
        """Return the section, none if it has no entry."""
        if not self.entries:
            return []
        return [section(kind, self.identifier(), [table(("Donnée", "Valeur"), self.rows)], self.entries)]

    # --- simple observations ---

    def truth(self, coded: Coded, item: str, tumour: int | None = None) -> Element | None:
        """Return the observation of a truth, None if nothing of it can be held."""
        statement = self.held.take(item, tumour)
        value = self.held.truth(statement) if statement else None
        return self.said(coded, statement, value) if statement and value is not None else None

    def coded(self, coded: Coded, item: str, values: Mapping[str, Coded], tumour: int | None = None) -> Element | None:
        """Return the observation of a category, None if nothing of it can be held."""
        statement = self.held.take(item, tumour)
        value = self.held.coded(statement, values) if statement else None
        return self.said(coded, statement, value) if statement and value is not None else None

    def said(
        self, coded: Coded, statement: Statement, value: Element, *inner: Element, carried: bool = True
    ) -> Element:
        """Return the observation of a statement, with the day it was made."""
        day = self.held.day(statement, carried)
        time = moment(day) if day else None
        where = self.place_of(statement)
        return observation(coded, self.identifier(statement.item, where), where, value, *inner, time=time)

    def empty(self, coded: Coded, label: str, *inner: Element, of_type: str = "CD") -> Element:
        """Return an observation that only holds others together."""
        where = self.place(label, "non renseigné")
        value = unknown("value", "UNK", of_type=of_type)
        return observation(coded, self.identifier(coded.code), where, value, *inner)


def term(code: str, name: str) -> Coded:
    """Return a term of the French agency."""
    return Coded(code, TERMS, name)
