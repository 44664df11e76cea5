"""The items a rule may ask and a sheet may hold, each declared once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from engine.domains import BOOLEAN, Domain, Leaves, Line
from engine.names import fold

RECORDS = "lignes"
TEXT_KINDS = ("texte", "identifiant")
KINDS = ("concept", "echelle", "quantite", "entier", "date", "booleen", "enumeration", *TEXT_KINDS, RECORDS)

HISTOLOGY = "histologie"
AXES = ("topographie", "morphologie")


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what it is called, what it may be, whose it is, how it ages and where it comes from."""

    id: str
    labels: Mapping[str, str]
    kind: str
    domain: Domain | None = None
    branch: str = ""
    edition: str = ""
    molar_mass: Decimal | None = None
    owner: str = "patient"
    context: str = ""
    evolving: bool = False
    validity: str = ""
    change: str = "libre"
    aliases: tuple[str, ...] = ()
    question: Mapping[str, str] = field(default_factory=dict)
    effort: str = "demander"
    partition: tuple[str, ...] = ()
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    path: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    identity: bool = False
    computed: bool = False
    axis: str = ""
    key: tuple[str, ...] = ()
    answer: str = ""
    columns: Mapping[str, Item] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def label(self, language: str = "fr") -> str:
        """Return the label."""
        return self.labels.get(language) or self.labels.get("fr") or self.id

    def ask(self, language: str = "fr") -> str:
        """Return the question to ask for the item."""
        return self.question.get(language) or self.question.get("fr") or self.label(language) + " ?"

    @property
    def is_records(self) -> bool:
        """Say whether the item is a list of rows."""
        return self.kind == RECORDS

    @property
    def is_text(self) -> bool:
        """Say whether the item is kept for people and can't be asked."""
        return self.kind in TEXT_KINDS

    def leaves(self) -> Leaves:
        """Return the finite domain; a call on another kind is an error of the caller."""
        assert isinstance(self.domain, Leaves)
        return self.domain

    def line(self) -> Line:
        """Return the domain of numbers; a call on another kind is an error of the caller."""
        assert isinstance(self.domain, Line)
        return self.domain


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All items by id, and every name they go by."""

    items: Mapping[str, Item]
    judgements: Mapping[str, Item]
    names: Mapping[str, str] = field(repr=False)
    paths: Mapping[str, Item] = field(repr=False)
    by_site: tuple[Item, ...] = field(default=(), repr=False)
    sections: frozenset[str] = field(default=frozenset(), repr=False)
    lists: tuple[Item, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, items: Iterable[Item], judgements: Iterable[Item]) -> Dictionary:
        """Build a dictionary from its items."""
        by_id = {item.id: item for item in items}
        names: dict[str, str] = {fold(identifier): identifier for identifier in by_id}
        for item in by_id.values():
            for alias in item.aliases:
                names.setdefault(fold(alias), item.id)
        paths = {item.path.replace("[]", ""): item for item in by_id.values() if item.path}
        scaled = tuple(i for i in by_id.values() if isinstance(i.domain, Leaves) and i.domain.by_site)
        sections = frozenset(path.rpartition(".")[0] for path in paths if "." in path)
        lists = tuple(item for item in by_id.values() if item.is_records)
        return cls(by_id, {item.id: item for item in judgements}, names, paths, scaled, sections, lists)

    def find(self, name: str) -> Item | None:
        """Return the item so named (id or alias, case and accents aside)."""
        found = self.names.get(fold(name))
        return self.items[found] if found else None

    def records(self) -> tuple[Item, ...]:
        """Return the items that are lists of rows."""
        return self.lists

    def judgement(self, identifier: str) -> Item | None:
        """Return a declared judgement."""
        return self.judgements.get(identifier)


def find_column(records: Item, name: str) -> Item | None:
    """Return the column of a records item so named."""
    folded = fold(name)
    for column in records.columns.values():
        if fold(column.id) == folded or any(fold(alias) == folded for alias in column.aliases):
            return column
    return None


def judgement_item(identifier: str, item: Item) -> Item:
    """Return the yes-or-no item that a judgement is."""
    return replace(item, id=identifier, kind="booleen", domain=BOOLEAN, evolving=True, effort="juger")
