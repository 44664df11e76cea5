"""Native JSON object → sheet: statements of the patient and of each tumour, rows, every problem with its pointer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from engine.dates import day_of, days_of
from engine.dictionary import Dictionary, Item, find_column
from engine.leaf import MOST_HINTS, LeafReader, Origin, Statement
from engine.names import did_you_mean, fold
from engine.ontology import Ontology
from engine.problems import Problem, in_sheet
from engine.systems import system_name
from engine.values import Ranges

SCHEMA = "fiche-rcp/1"
TUMOURS, TUMOUR = "tumeurs", "tumeur"
JUDGEMENTS = "jugements"
NO_TUMOUR = "sans-tumeur"
PROVENANCE = ("certitude", "origine", "date")
MOST_LEAVES, MOST_ROWS, MOST_TUMOURS, MOST_PROBLEMS = 100, 500, 20, 1000


@dataclass(frozen=True, slots=True)
class RowStated:
    """One row: its columns, the tumour it names (empty: open), and whether it is certain."""

    columns: Mapping[str, Statement]
    tumour: str
    certain: bool
    origin: Origin
    pointer: str
    texts: frozenset[str] = frozenset()  # its columns that hold text for people: that something is said, not what


@dataclass(frozen=True, slots=True)
class Closed:
    """What a document says of all rows of a list: concepts that are absent, or of which it lists every row (0: of all).

    Of a list that tumours own it may be said of one tumour alone.
    """

    concepts: int
    document: str = ""
    tumour: str = ""
    days: Ranges | None = None


@dataclass(frozen=True, slots=True)
class RecordsStated:
    """The rows of one list, what is said absent, and of what it is complete."""

    rows: tuple[RowStated, ...] = ()
    absent: tuple[Closed, ...] = ()
    complete: tuple[Closed, ...] = ()


@dataclass(frozen=True, slots=True)
class Tumour:
    """One tumour of the sheet and what is said of it."""

    id: str
    label: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A fiche RCP as read: nothing in it says more than the document said."""

    patient: tuple[Statement, ...]
    tumours: tuple[Tumour, ...]
    records: Mapping[str, RecordsStated]
    date: date | None
    region: str
    centre: str
    problems: tuple[Problem, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[tuple[str, str], ...] = ()


def read_sheet(body: Any, dictionary: Dictionary, ontology: Ontology, texts: bool = False) -> Sheet:
    """Read a native sheet; what can't be used is left open and stands in `problems`."""
    return _Reader(dictionary, ontology, texts).sheet(body)


class _Reader:
    def __init__(self, dictionary: Dictionary, ontology: Ontology, texts: bool) -> None:
        self.dictionary, self.ontology = dictionary, ontology
        self.leaves = LeafReader(ontology, texts)
        self.texts: dict[str, str] = {}
        self.tumour_ids: list[str] = []
        self.paths, self.sections = dictionary.paths, dictionary.sections

    def wrong(self, pointer: str, code: str, message: str, hint: str = "") -> None:
        self.leaves.problems.append(in_sheet(pointer, code, message, hint))

    def sheet(self, body: Any) -> Sheet:
        if not isinstance(body, Mapping):
            self.wrong(
                "", "forme", "la fiche est un objet JSON", f'{{"schema": "{SCHEMA}", "tumeurs": [{{"id": "t1", …}}]}}'
            )
            body = {}
        if body.get("schema", SCHEMA) != SCHEMA:
            self.wrong("/schema", "schema", f"schéma `{body['schema']}` inconnu", f"`{SCHEMA}`")
        described = body.get(TUMOURS)
        ones = described if isinstance(described, list) else []
        self.tumour_ids = [str(o.get("id") or f"t{n + 1}") for n, o in enumerate(ones) if isinstance(o, Mapping)]
        patient: list[Statement] = []
        records: dict[str, RecordsStated] = {}
        for key, value in body.items():
            item = self.paths.get(str(key))
            if key in ("schema", TUMOURS):
                continue
            if item is not None and item.is_records:
                records[item.id] = self.records(item, value, f"/{_token(key)}")
            elif key == JUDGEMENTS:
                patient += self.judgements(value, f"/{JUDGEMENTS}")
            elif key in self.sections or item is not None:
                patient += self.section(str(key), value, f"/{_token(key)}")
            else:
                self.unknown(f"/{_token(key)}", str(key), [p for p in (*self.sections, *self.paths) if "." not in p])
        tumours = tuple(self.tumours(body.get(TUMOURS)))
        return Sheet(
            tuple(patient), tumours, records, self.day(), self.texts.get("region", ""), self.texts.get("centre", ""),
            self.problems(), self.texts,
        )  # fmt: skip

    def problems(self) -> tuple[Problem, ...]:
        """Return the problems in order; past a thousand, say how many more there are."""
        found = sorted(set(self.leaves.problems))
        more = len(found) - MOST_PROBLEMS
        rest = [in_sheet("", "autres-problemes", f"{more} autres problèmes ne sont pas listés")] if more > 0 else []
        return (*found[:MOST_PROBLEMS], *rest)

    def day(self) -> date | None:
        found = days_of(self.texts.get("date_rcp", ""))
        return day_of(found.high) if found else None

    def tumours(self, body: Any) -> Iterator[Tumour]:
        if not isinstance(body, list) or not body:
            self.wrong(
                "/tumeurs",
                "sans-tumeur",
                "la fiche ne décrit aucune tumeur",
                "ajoutez au moins une tumeur avec sa topographie",
            )
            return
        seen: set[str] = set()
        for number, one in enumerate(self.bounded(body, MOST_TUMOURS, "/tumeurs")):
            pointer = f"/{TUMOURS}/{number}"
            if not isinstance(one, Mapping):
                self.wrong(pointer, "forme", "une tumeur est un objet")
                continue
            identifier = str(one.get("id") or f"t{number + 1}")
            if identifier in seen:
                self.wrong(f"{pointer}/id", "tumeur-double", f"deux tumeurs portent l'identifiant `{identifier}`")
            seen.add(identifier)
            rest = {key: value for key, value in one.items() if key not in ("id", "libelle")}
            statements = tuple(self.section(TUMOURS, rest, pointer))
            yield Tumour(identifier, str(one.get("libelle") or identifier), statements)

    def section(self, path: str, body: Any, pointer: str) -> Iterator[Statement]:
        """Yield the statements below one path of the dictionary."""
        item = self.paths.get(path)
        if item is not None and not item.is_records:
            yield from self.item(item, body, pointer)
            return
        if body is None:
            return
        if not isinstance(body, Mapping):
            self.wrong(pointer, "forme", "un objet est attendu ici")
            return
        for key, value in body.items():
            place = f"{pointer}/{_token(key)}"
            if key == JUDGEMENTS:
                yield from self.judgements(value, place)
            elif (inner := f"{path}.{key}") in self.paths or inner in self.sections:
                yield from self.section(inner, value, place)
            else:
                self.unknown(place, str(key), (p[len(path) + 1 :] for p in self.paths if p.startswith(path + ".")))

    def unknown(self, pointer: str, name: str, known: Iterable[str]) -> None:
        hint = did_you_mean(name, known) if len(self.leaves.problems) < MOST_HINTS else ""
        self.wrong(pointer, "champ-inconnu", f"champ `{name}` inconnu", hint)

    def item(self, item: Item, body: Any, pointer: str) -> Iterator[Statement]:
        """Yield the statements of one item: one leaf, or a list of them."""
        if item.is_text:
            self.keep(item, body)
            return
        if item.computed and body is not None:
            self.wrong(pointer, "calcule", f"`{item.id}` est calculé : une fiche ne peut pas le dire")
            return
        several = isinstance(body, list) and any(isinstance(leaf, Mapping) for leaf in body)
        if several:
            body = self.bounded(body, MOST_LEAVES, pointer)
        for number, leaf in enumerate(body if several else [body]):
            place = f"{pointer}/{number}" if several else pointer
            statement = self.leaves.statement(item, leaf, place)
            if statement is None:
                continue
            if item.id == "date_rcp":
                self.texts["date_rcp"] = statement.text
            yield self.edition(item, statement)
            yield from self.other_axis(statement)

    def bounded(self, body: list[Any], most: int, pointer: str) -> list[Any]:
        """Hold a list to a length that a patient's never passes."""
        if len(body) > most:
            self.wrong(f"{pointer}/{most}", "liste-trop-longue", f"{len(body)} entrées, {most} au plus sont lues")
        return body[:most]

    def edition(self, item: Item, statement: Statement) -> Statement:
        """Redirect a value of another edition to that edition's item, or leave it open with that reason."""
        if not statement.edition or not item.edition or statement.edition == item.edition:
            return statement
        other = self.dictionary.items.get(f"{item.id}_tnm{statement.edition}")
        if other is not None and statement.worlds is None:
            return replace(statement, item=other.id)
        if other is not None:
            leaf = {"valeur": statement.text.split(" ou "), "edition": statement.edition}
            read = self.leaves.statement(other, leaf, statement.pointer)
            if read is not None:
                return replace(statement, item=other.id, worlds=read.worlds)
        return replace(statement, worlds=None, reason=f"édition {statement.edition}")

    def other_axis(self, statement: Statement) -> Iterator[Statement]:
        """Yield what a code says of another axis (C43: skin, and melanoma)."""
        for axis, mask in statement.also.items():
            if axis in self.dictionary.items and axis != statement.item:
                yield Statement(axis, mask, statement.text, statement.origin, statement.pointer, statement.days)

    def keep(self, item: Item, body: Any) -> None:
        value = body.get("valeur") if isinstance(body, Mapping) else body
        if value is not None and not item.identity and not isinstance(value, list | dict):
            self.texts[item.id] = str(value)

    def judgements(self, body: Any, pointer: str) -> Iterator[Statement]:
        for name, leaf in body.items() if isinstance(body, Mapping) else ():
            place = f"{pointer}/{_token(name)}"
            item = self.dictionary.judgement(str(name))
            if item is None:
                self.unknown(place, str(name), list(self.dictionary.judgements))
            else:
                yield from self.item(item, leaf, place)

    # --- rows ---

    def records(self, item: Item, body: Any, pointer: str) -> RecordsStated:
        """Read one list: rows, absences, completeness; a list that is cut short closes nothing."""
        if body is None or body == []:
            return RecordsStated()
        bare = isinstance(body, list)
        if bare:
            body = {"lignes": body}
        if not isinstance(body, Mapping):
            self.wrong(pointer, "forme", 'une liste est un objet {"lignes", "absents", "complet"}')
            return RecordsStated()
        for key in body:
            if key not in ("lignes", "absents", "complet"):
                self.unknown(f"{pointer}/{_token(key)}", str(key), ["lignes", "absents", "complet"])
        lines, place = body.get("lignes") or [], pointer if bare else f"{pointer}/lignes"
        if not isinstance(lines, list):
            self.wrong(place, "forme", "`lignes` est une liste")
            lines = []
        cut = len(lines) > MOST_ROWS
        lines = self.bounded(lines, MOST_ROWS, place)
        rows = tuple(row for n, line in enumerate(lines) if (row := self.row(item, line, f"{place}/{n}")) is not None)
        absent, complete = body.get("absents"), body.get("complet")
        if is_yes(complete):
            complete = [complete]
        lacks = tuple(self.closings(item, absent, f"{pointer}/absents"))
        lists = tuple(self.closings(item, complete, f"{pointer}/complet", whole=True))
        return RecordsStated(rows) if cut else RecordsStated(rows, lacks, lists)

    def row(self, item: Item, body: Any, pointer: str) -> RowStated | None:
        if not isinstance(body, Mapping):
            self.wrong(pointer, "forme", "une ligne est un objet")
            return None
        columns: dict[str, Statement] = {}
        texts: set[str] = set()
        tumour, certain = "", True
        for key, leaf in body.items():
            place = f"{pointer}/{_token(key)}"
            if key in PROVENANCE and (find_column(item, str(key)) is None or is_provenance(leaf)):
                certain = certain and not (key == "certitude" and self.leaves.is_suspected(leaf, place))
                continue
            column = find_column(item, str(key))
            if column is None:
                self.unknown(place, str(key), list(item.columns))
            elif column.id == TUMOUR:
                tumour = self.named_tumour(leaf, place)
            elif column.is_text:
                texts |= {column.id} if _value(leaf) not in (None, "", []) else set()
            else:
                statement = self.leaves.statement(column, leaf, place)
                if statement is not None:
                    columns[column.id] = statement
                    certain = certain and not (column.id == item.axis and statement.reason == "suspecte")
                    columns.update(self.row_axes(item, columns, statement))
        origin = body.get("origine")
        first = next((s.origin for s in columns.values() if s.origin.document), Origin())
        if isinstance(origin, Mapping) and is_provenance(origin):
            first = Origin(str(origin.get("document", "")), str(origin.get("pointeur", "")))
        return RowStated(columns, tumour, certain, first, pointer, frozenset(texts))

    def named_tumour(self, leaf: Any, pointer: str) -> str:
        """Return the tumour that a row names; one that the sheet does not describe is a problem, and leaves it open."""
        name = str(leaf or "")
        if name and name not in self.tumour_ids:
            self.wrong(
                pointer, "tumeur-inconnue", f"la fiche ne décrit pas de tumeur `{name}`", ", ".join(self.tumour_ids)
            )
            return ""
        return name

    def row_axes(self, item: Item, columns: Mapping[str, Statement], said: Statement) -> dict[str, Statement]:
        """Return what a code in a row says of its other columns."""
        by_branch = {column.branch: column.id for column in item.columns.values() if column.branch}
        return {
            by_branch[branch]: Statement(by_branch[branch], mask, said.text, said.origin, said.pointer)
            for branch, mask in said.also.items()
            if branch in by_branch and by_branch[branch] not in columns
        }

    def closings(self, item: Item, body: Any, pointer: str, whole: bool = False) -> Iterator[Closed]:
        """Read the concepts (or values) that a list is said to lack, or to be complete of; `true` for all of it."""
        axis = item.columns.get(item.axis)
        for number, entry in enumerate(self.bounded(body, MOST_ROWS, pointer) if isinstance(body, list) else ()):
            leaf, named = of_tumour(item, entry)
            tumour = self.named_tumour(named, f"{pointer}/{number}/{TUMOUR}")
            if whole and is_yes(leaf):
                body, place = leaf if isinstance(leaf, Mapping) else {}, f"{pointer}/{number}"
                if self.leaves.doubts(body, place):
                    continue
                closed = Closed(0, _document(leaf), tumour, self.leaves.days(body.get("date"), f"{place}/date"))
            else:
                statement = self.leaves.statement(axis, leaf, f"{pointer}/{number}") if axis is not None else None
                if axis is None or statement is None or not isinstance(statement.worlds, int):
                    continue
                if self.is_finer(leaf):
                    continue
                concepts = self.wide(axis, _value(leaf), statement.worlds)
                closed = Closed(concepts, statement.origin.document, tumour, statement.days)
            if tumour or not named:
                yield closed

    def is_finer(self, leaf: Any) -> bool:
        """Say whether a code is finer than the concept that it was read as: what is absent is then not all of that."""
        said = _value(leaf)
        if not isinstance(said, Mapping) or said.get("code") is None:
            return False
        return not self.ontology.exactly(system_name(str(said.get("systeme", ""))), str(said["code"]))

    def wide(self, axis: Item, leaf: Any, mask: int) -> int:
        """Widen a treatment said absent to the regimens that contain it."""
        if axis.branch != "traitement":
            return mask
        found = self.ontology.find(str(leaf), (axis.branch,)) if isinstance(leaf, str) else None
        ids = (found.id,) if found else self.leaves.resolved(leaf)
        for identifier in ids:
            if identifier in self.ontology.masks:
                mask |= self.ontology.containing(identifier).possible
        return mask


def is_provenance(leaf: Any) -> bool:
    """Say whether a row's `origine` names its document rather than filling a column."""
    return isinstance(leaf, Mapping) and "document" in leaf and "valeur" not in leaf


def of_tumour(records: Item, entry: Any) -> tuple[Any, str]:
    """Return what closes a list without the tumour it names, and that name; empty where it is said of all."""
    if records.owner != TUMOUR or not isinstance(entry, Mapping) or entry.get(TUMOUR) is None:
        return entry, ""
    return {key: value for key, value in entry.items() if key != TUMOUR}, str(entry[TUMOUR])


def _value(leaf: Any) -> Any:
    return leaf.get("valeur", leaf) if isinstance(leaf, Mapping) else leaf


def is_yes(leaf: Any) -> bool:
    """Say whether a leaf says yes: of what closes a list, that it is complete of everything."""
    value = _value(leaf)
    return value is True or (isinstance(value, str) and fold(value) == "oui")


def _document(leaf: Any) -> str:
    origin = leaf.get("origine") if isinstance(leaf, Mapping) else None
    return str(origin.get("document", "")) if isinstance(origin, Mapping) else ""


def _token(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
