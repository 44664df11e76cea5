"""Native sheets of one patient's documents → one sheet that says what each says, every value with its document.

No rule of its own: which sources hold together is decided where any sheet is read (engine.facts, engine.rows).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.tumours import match_tumours
from engine.dictionary import Dictionary, Item, find_column
from engine.ontology import Ontology
from engine.problems import Problem, in_sheet
from engine.sheet import JUDGEMENTS, SCHEMA, TUMOUR, TUMOURS, Sheet, is_provenance

Json = dict[str, Any]
BOARD_DAY = "date_rcp"
ONGOING = "en_cours"  # of a row: true on the board's day, which says nothing of a later one
PLACE = ("region", "centre")


@dataclass(frozen=True, slots=True)
class Part:
    """One document's sheet, as JSON and as read."""

    name: str
    body: Mapping[str, Any]
    sheet: Sheet


@dataclass(slots=True)
class Merging:
    """The sheet being put together and what could not be put into it."""

    dictionary: Dictionary
    known: frozenset[str]
    body: Json = field(default_factory=lambda: {"schema": SCHEMA, TUMOURS: []})
    notes: list[Problem] = field(default_factory=list)

    def note(self, part: Part, pointer: str, code: str, message: str, hint: str = "") -> None:
        """Tell what stays out, and of which document."""
        self.notes.append(in_sheet(pointer, code, f"{part.name} : {message}", hint))


def merged(parts: Sequence[Part], dictionary: Dictionary, ontology: Ontology) -> tuple[Json, list[Problem]]:
    """Return one native sheet, and what of the documents is not in it."""
    board = _board_day(parts)
    names, notes = match_tumours([(part.name, part.sheet) for part in parts], ontology)
    merging = Merging(dictionary, frozenset(name for own in names for name in own.values() if name))
    for part, own in zip(parts, names, strict=True):
        _add(merging, part, own, board)
    if board:
        merging.body.setdefault("rcp", {})[BOARD_DAY] = board
    return merging.body, [*notes, *merging.notes]


def _board_day(parts: Sequence[Part]) -> str:
    """Return the latest day a board of the documents met on, as it was written; empty if none says one."""
    said = [(part.sheet.date, part.sheet.texts.get(BOARD_DAY, "")) for part in parts if part.sheet.date]
    return max(said)[1] if said else ""


def _add(merging: Merging, part: Part, names: Mapping[str, str], board: str) -> None:
    """Add what one document says; `names` are the tumours of the whole by those of the document."""
    adding = _Adding(merging, part, names, _day_of(part, board))
    for key, value in part.body.items():
        item = merging.dictionary.paths.get(key)
        if key == TUMOURS:
            adding.tumours(value)
        elif item is not None and item.is_records:
            adding.records(key, item, value)
        elif key != "schema":
            adding.section(merging.body, key, key, value, f"/{key}")


def _day_of(part: Part, board: str) -> str:
    """Return the day that a document's undated values are of, where it isn't that of the whole."""
    own = part.sheet.texts.get(BOARD_DAY, "")
    return own if own != board else ""


@dataclass(frozen=True, slots=True)
class _Adding:
    """One document being added."""

    merging: Merging
    part: Part
    names: Mapping[str, str]
    day: str

    def tumours(self, described: Any) -> None:
        for number, one in enumerate(described if isinstance(described, list) else ()):
            name = self.names.get(str(one.get("id") or f"t{number + 1}"), "")
            into = self.tumour(name, one) if name else {}
            for key, value in one.items():
                if key not in ("id", "libelle") and name:
                    self.section(into, key, f"{TUMOURS}.{key}", value, f"/{TUMOURS}/{number}/{key}")

    def tumour(self, name: str, described: Mapping[str, Any]) -> Json:
        """Return the tumour of the whole, begun if need be."""
        tumours = self.merging.body[TUMOURS]
        found = next((tumour for tumour in tumours if tumour["id"] == name), None)
        if found is None:
            found = {"id": name} | ({"libelle": described["libelle"]} if described.get("libelle") else {})
            tumours.append(found)
        return found

    def section(self, into: Json, key: str, path: str, value: Any, pointer: str) -> None:
        """Add what stands at a path: values beside those already there."""
        item = self.merging.dictionary.paths.get(path)
        judged = path.rpartition(".")[0].endswith(JUDGEMENTS)
        if item is not None and (item.is_text or item.id in (BOARD_DAY, *PLACE)):
            self.text(into, key, item, value, pointer)
        elif item is not None or judged:
            added = list(self.leaves(value, pointer, item is None or item.evolving))
            if added:
                into[key] = [*into.get(key, []), *added]
        elif isinstance(value, Mapping):
            inner = into.setdefault(key, {})
            for name, below in value.items():
                self.section(inner, name, f"{path}.{name}", below, f"{pointer}/{name}")

    def text(self, into: Json, key: str, item: Item, value: Any, pointer: str) -> None:
        """Add a text that only one document may say; what another says otherwise is told."""
        if item.id == BOARD_DAY or value is None:
            return
        if key not in into:
            into[key] = value
        elif _plain(into[key]) != _plain(value):
            hint = "dites le lieu dans l'appel" if item.id in PLACE else "le premier document qui le dit est repris"
            self.merging.note(self.part, pointer, "texte-different", f"`{item.id}` est dit autrement ailleurs", hint)
            into[key] = None if item.id in PLACE else into[key]

    def leaves(self, value: Any, pointer: str, evolving: bool) -> Iterator[Json]:
        """Yield the leaves of a value, each with its origin and, of an evolving item, its day."""
        several = isinstance(value, list) and any(isinstance(leaf, Mapping) for leaf in value)
        for number, leaf in enumerate(value if several else [value]):
            if leaf is not None and leaf != []:
                yield self.leaf(leaf, f"{pointer}/{number}" if several else pointer, evolving)

    def leaf(self, value: Any, pointer: str, evolving: bool) -> Json:
        leaf = dict(value) if isinstance(value, Mapping) else {"valeur": value}
        if evolving and self.day and leaf.get("date") is None:
            leaf["date"] = self.day
        return leaf | {"origine": self.origin(leaf.get("origine"), pointer)}

    def origin(self, said: Any, pointer: str) -> Json:
        """Return where a value stands: in its document, and there as that document itself says."""
        inner = {"pointeur": pointer} | (dict(said) if isinstance(said, Mapping) else {})
        return inner | {"document": self.part.name}

    def records(self, key: str, item: Item, value: Any) -> None:
        """Add the rows of a list, and what the document says of all of it."""
        body = value if isinstance(value, Mapping) else {"lignes": value or []}
        into = self.merging.body.setdefault(key, {})
        lines = [self.row(item, line, f"/{key}/lignes/{n}") for n, line in enumerate(body.get("lignes") or ())]
        absent = [self.leaf(one, f"/{key}/absents/{n}", False) for n, one in enumerate(body.get("absents") or ())]
        complete = body.get("complet")
        closed = complete if isinstance(complete, list) else [complete] if complete else []
        whole = [self.leaf(one, f"/{key}/complet", False) for one in closed]
        if self.day and (absent or whole):
            why = f"ce qui est dit absent ou complet l'était le {self.day}"
            self.merging.note(self.part, f"/{key}", "liste-ouverte", why)
            absent, whole = [], []
        absent, whole = ([each for one in said for each in self.of_tumours(item, one)] for said in (absent, whole))
        for name, added in (("lignes", lines), ("absents", absent), ("complet", whole)):
            if added:
                into[name] = [*into.get(name, []), *added]

    def of_tumours(self, item: Item, closing: Json) -> Iterator[Json]:
        """Yield what closes a list under the tumours it is said of: those of its document, where others are not."""
        if item.owner != TUMOUR or not self.names:
            yield closing
        elif closing.get(TUMOUR) is not None:
            name = self.names.get(str(closing[TUMOUR]), "")
            yield from [closing | {TUMOUR: name}] if name else ()
        elif set(self.names.values()) == self.merging.known:
            yield closing
        else:
            yield from (closing | {TUMOUR: name} for name in self.names.values() if name)

    def row(self, item: Item, line: Mapping[str, Any], pointer: str) -> Json:
        """Return a row with its document, under the tumour of the whole that it names, open where that is not known."""
        row = {name: self.cell(item, name, cell, f"{pointer}/{name}") for name, cell in line.items()}
        row.setdefault("origine", self.origin(None, pointer))
        if item.owner == TUMOUR and len(self.names) == 1 and line.get(TUMOUR) is None:
            row[TUMOUR] = next(iter(self.names.values())) or None
        return {name: cell for name, cell in row.items() if cell is not None}

    def cell(self, item: Item, name: str, cell: Any, pointer: str) -> Any:
        """Return one cell of a row with its origin; what is of the row itself stays as it is."""
        column = find_column(item, name)
        if column is not None and column.id == TUMOUR:
            return self.names.get(str(cell), "") or None
        if name == "origine" and is_provenance(cell):
            return self.origin(cell, pointer)
        if column is not None and column.id == ONGOING and self.day and _plain(cell) is True:
            self.merging.note(
                self.part, pointer, "en-cours-ancien", f"l'était le {self.day}", "dites s'il l'est encore"
            )
            return None
        stays = column is None or column.is_text or cell is None or cell == []
        return cell if stays else self.leaf(cell, pointer, False)


def _plain(value: Any) -> Any:
    return value.get("valeur") if isinstance(value, Mapping) else value
