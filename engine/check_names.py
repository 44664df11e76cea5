"""Names against dictionary and ontology: items, columns, lists and concepts, or a problem with the nearest known ones."""

from __future__ import annotations

from engine.dictionary import Dictionary, Item, find_column
from engine.domains import Line
from engine.logic import AS_OF, Key
from engine.names import did_you_mean, fold
from engine.ontology import Concept, Ontology
from engine.problems import NOWHERE, Problem, Span, in_text
from engine.syntax import At, ConceptName, ItemName


class Names:
    """Finds what names stand for, in the text at `span`, perhaps inside a row of `row`."""

    def __init__(self, dictionary: Dictionary, ontology: Ontology, problems: list[Problem]) -> None:
        """Share the list that problems go to."""
        self.dictionary, self.ontology, self.problems = dictionary, ontology, problems
        self.span: Span = NOWHERE
        self.row: Item | None = None
        self.in_cell = False

    def wrong(self, at: At, code: str, message: str, hint: str = "") -> None:
        """Note a problem that underlines the words meant."""
        self.problem(self.span.part(*at), code, message, hint)

    def problem(self, span: Span, code: str, message: str, hint: str = "") -> None:
        """Note a problem of a whole entry."""
        self.problems.append(in_text(span, code, message, hint))

    def item(self, name: ItemName) -> tuple[Key, Item] | None:
        """Return the key and item of a name: the row's column, or the sheet's item."""
        if fold(name.text) == AS_OF:
            return Key(AS_OF), Item(AS_OF, {}, "date", Line(dates=True))
        if self.row is not None and not name.outer:
            return self.column(name, self.row)
        item = self.dictionary.find(name.text)
        if item is None:
            hint = did_you_mean(name.text, self.dictionary.items)
            self.wrong(name.at, "item-inconnu", f"item `{name.text}` inconnu", hint)
            return None
        return Key(item.id, name.selector), item

    def column(self, name: ItemName, row: Item) -> tuple[Key, Item] | None:
        """Return the key and item of a column of the row at hand."""
        column = find_column(row, name.text)
        if column is None:
            outer = f"`fiche.{name.text}` pour l'item de la fiche"
            hint = outer if self.dictionary.find(name.text) else did_you_mean(name.text, row.columns)
            self.wrong(name.at, "colonne-inconnue", f"`{name.text}` n'est pas une colonne de `{row.id}`", hint)
            return None
        return Key(column.id, column=True), column

    def named_list(self, name: ItemName) -> Item | None:
        """Return the list of this name, singular or plural."""
        item = self.dictionary.find(name.text) or self.dictionary.find(name.text + "s")
        return item if item is not None and item.is_records else None

    def records(self, name: ItemName) -> str:
        """Return the id of a list, empty if there is none."""
        item = self.named_list(name)
        if item is None:
            known = [records.id for records in self.dictionary.records()]
            hint = did_you_mean(name.text, known) or ", ".join(known)
            self.wrong(name.at, "liste-inconnue", f"`{name.text}` n'est pas une liste", hint)
            return ""
        return item.id

    def concept(self, name: ConceptName, branches: tuple[str, ...]) -> Concept | None:
        """Return a concept of some branches, or note a problem with the nearest names."""
        found = self.ontology.find(name.text, branches)
        if found is None:
            hint = did_you_mean(name.text, self.ontology.labels_of(branches))
            self.wrong(name.at, "concept-inconnu", f"concept « {name.text} » inconnu ({', '.join(branches)})", hint)
        return found
