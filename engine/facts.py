"""A sheet, one tumour of it and a day → facts: the worlds of each item and the rows of each list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from engine.dates import days, earlier, show_days
from engine.dictionary import AXES, Dictionary, Item
from engine.domains import Leaves
from engine.leaf import Statement
from engine.logic import AS_OF, Key
from engine.ontology import Ontology
from engine.rows import row_set
from engine.rowset import RowSet
from engine.sheet import Sheet, Tumour
from engine.syntax import Selector
from engine.values import INFINITY, Ranges, Worlds, between, combine

OPEN_STAGE = "édition non précisée"
MONTH = 31
Ends = tuple[Decimal, Decimal]
_CONTEXTS = (Context(prec=9, rounding=ROUND_FLOOR), Context(prec=9, rounding=ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Datum:
    """What is known of one key and why it is open where it is."""

    key: Key
    worlds: Worlds | None
    statements: tuple[Statement, ...]
    reason: str = ""
    groups: tuple[tuple[tuple[Statement, ...], Worlds], ...] = ()

    @property
    def contradictory(self) -> bool:
        """Say whether the sources can't all hold."""
        return len(self.groups) > 1


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything stated about one tumour and its patient on one day."""

    tumour: str
    as_of: date
    data: Mapping[Key, Datum]
    rows: Mapping[str, RowSet]
    impossible: tuple[Statement, ...] = ()
    full: Mapping[str, Worlds] = field(default_factory=dict)

    def worlds(self, key: Key) -> Worlds | None:
        """Return the worlds stated for a key, or None where all is possible."""
        datum = self.data.get(key)
        return datum.worlds if datum else None


def facts_of(
    sheet: Sheet, tumour: Tumour, as_of: date, keys: Iterable[Key], dictionary: Dictionary, ontology: Ontology
) -> Facts:
    """Read what the sheet says of one tumour: each key through its selector."""
    return _FactReader(sheet, tumour, as_of, dictionary, ontology).read(keys)


def axes_of(sheet: Sheet, tumour: Tumour, as_of: date, dictionary: Dictionary, ontology: Ontology) -> dict[str, Worlds]:
    """Return what is stated of a tumour's two axes: enough to leave other sites' rules out."""
    reader = _FactReader(sheet, tumour, as_of, dictionary, ontology)
    data = ((axis, reader.datum(Key(axis))) for axis in AXES if axis in dictionary.items)
    return {axis: datum.worlds for axis, datum in data if datum is not None and datum.worlds is not None}


class _FactReader:
    def __init__(self, sheet: Sheet, tumour: Tumour, as_of: date, dictionary: Dictionary, ontology: Ontology) -> None:
        self.sheet, self.tumour, self.as_of = sheet, tumour, as_of
        self.dictionary, self.ontology = dictionary, ontology
        self.document_day = sheet.date or as_of
        self.by_item: dict[str, list[Statement]] = {}
        for statement in (*sheet.patient, *tumour.statements):
            self.by_item.setdefault(statement.item, []).append(statement)
        self.impossible: list[Statement] = []

    def read(self, keys: Iterable[Key]) -> Facts:
        today = days(self.as_of, self.as_of)
        data = {Key(AS_OF): Datum(Key(AS_OF), today, ())}
        topography = self.datum(Key("topographie"))
        sites = topography.worlds if topography and isinstance(topography.worlds, int) else None
        full = self.site_leaves(sites)
        rows = {
            records.id: row_set(records, self.sheet, self.tumour, self.as_of, self.ontology)
            for records in self.dictionary.records()
        }
        self.starts = _first_treatment(rows)
        said = (*(key for key in keys if key.item in self.by_item), *(Key(item) for item in sorted(self.by_item)))
        for key in dict.fromkeys(said):  # in one order, whatever the sheet's and the process's
            datum = self.datum(key, full.get(key.item), sites)
            if datum is not None:
                data[key] = datum
        return Facts(self.tumour.id, self.as_of, data, rows, tuple(self.impossible), full)

    def item(self, identifier: str) -> Item | None:
        return self.dictionary.items.get(identifier) or self.dictionary.judgements.get(identifier)

    def datum(self, key: Key, leaves: Worlds | None = None, sites: int | None = None) -> Datum | None:
        """Return what is known of one key, or None if nothing is said."""
        item, said = self.item(key.item), self.by_item.get(key.item, [])
        if item is None or not said:
            return None
        said = [self.held_to_site(s, item, leaves, sites) for s in said]
        valued = [s for s in said if s.worlds is not None]
        kept, reason = self.selected(item, key.selector, valued)
        reason = reason or next((s.reason for s in reversed(said) if s.reason), "")
        if not kept:
            return Datum(key, None, tuple(said), reason or "inconnu")
        parts = [_over_limit(s, key.limit) for s in kept] if key.limit else [s.worlds for s in kept]
        if key.selector is not None and key.selector.kind == "le plus bas":
            return Datum(key, _lowest(parts), tuple(kept))
        return self.joined(key, item, kept, parts, reason)

    def joined(self, key: Key, item: Item, kept: list[Statement], parts: list[Worlds | None], reason: str) -> Datum:
        """Join statements: those that speak of the same thing by §1, those that may each be meant by union."""
        if any(part is None for part in parts):
            return Datum(key, None, tuple(kept), "limite du laboratoire inconnue")
        comparable: dict[object, list[int]] = {}
        for number, statement in enumerate(kept):
            comparable.setdefault(self.sameness(item, statement), []).append(number)
        union: Worlds | None = None
        groups: list[tuple[tuple[Statement, ...], Worlds]] = []
        for numbers in comparable.values():
            worlds, found = combine([parts[n] for n in numbers])  # type: ignore[misc]  # no part is None here
            if len(found) > 1:
                groups += [(tuple(kept[numbers[m]] for m in sorted(members)), shared) for members, shared in found]
            union = worlds if union is None else union | worlds  # type: ignore[operator]  # one item, one sort
        return Datum(key, union, tuple(kept), "contradictoire" if groups else reason, tuple(groups))

    def sameness(self, item: Item, statement: Statement) -> object:
        """Return what two statements must share to be compared."""
        day = self.day(statement) if item.evolving else None
        return statement.specimen, statement.method, day

    def day(self, statement: Statement) -> Ranges:
        return statement.days or days(self.document_day, self.document_day)

    # --- which statements count ---

    def selected(self, item: Item, selector: Selector | None, said: list[Statement]) -> tuple[list[Statement], str]:
        """Return the statements that a selector reads, and why there are none."""
        now = days(self.as_of, self.as_of).low
        past = [s for s in said if self.day(s).low <= now]
        later = f"datée après le {self.as_of.isoformat()}" if said and not past else ""
        match selector.kind if selector is not None else "":
            case "sur métastase":
                return [s for s in past if s.specimen.startswith("metas")], later
            case "le plus bas":
                return past, later
            case "avant traitement":
                return self.before(past, self.starts, "date du premier traitement inconnue")
            case "au diagnostic":
                return self.before(past, self.diagnosis(), "date du diagnostic inconnue")
            case "moins de" if selector is not None:
                return self.still_valid(past, f"{selector.number} {selector.unit}", later)
        return self.still_valid(past, item.validity, later) if item.evolving else (past, later)

    def still_valid(self, past: list[Statement], limit: str, later: str) -> tuple[list[Statement], str]:
        """Return the statements that may be the latest; none if one of them may have expired."""
        latest = self.latest(past)
        expired = [s for s in latest if limit and self.day(s).low < _start_of(limit, self.as_of)]
        return ([], f"datée du {show_days(self.day(expired[0]))}") if expired else (latest, later)

    def before(self, past: list[Statement], end: Ends | None, reason: str) -> tuple[list[Statement], str]:
        """Return the latest statement before a day known between two ends; none if another may be meant."""
        if end is None:
            return [], reason
        latest = self.latest([s for s in past if self.day(s).low < end[1]])
        sure = all(self.day(s).high < end[0] for s in latest)
        return (latest, "") if sure else ([], "date imprécise")

    def latest(self, said: list[Statement]) -> list[Statement]:
        """Return the statements that may each be the latest."""
        last = max((self.day(s).low for s in said), default=-INFINITY)
        return [s for s in said if self.day(s).high >= last]

    def diagnosis(self) -> Ends | None:
        """Return the ends of the day a month after the diagnosis."""
        said = [s.worlds for s in self.by_item.get("date_diagnostic", []) if isinstance(s.worlds, Ranges)]
        if not said:
            return None
        worlds = combine(said)[0]
        assert isinstance(worlds, Ranges)
        return worlds.low + MONTH, worlds.high + MONTH

    # --- scales of a site ---

    def site_leaves(self, sites: int | None) -> dict[str, Worlds]:
        """Return, for items on a scale declared by site, the leaves that the tumour's site leaves possible."""
        found: dict[str, Worlds] = {}
        for item in self.dictionary.by_site:
            domain = item.leaves()
            found[item.id] = domain.full if sites is None else _leaves_at(domain, sites, self.ontology)
        return found

    def held_to_site(self, statement: Statement, item: Item, leaves: Worlds | None, sites: int | None) -> Statement:
        """Hold a category to its site's scale; one that the site does not have is set aside."""
        if (
            item.edition
            and not statement.edition
            and item.id.startswith("stade")
            and self.several_editions(item, sites)
        ):
            return replace(statement, worlds=None, reason=OPEN_STAGE)
        if leaves is None or not isinstance(statement.worlds, int) or not isinstance(leaves, int):
            return statement
        held = statement.worlds & leaves
        if not held:
            self.impossible.append(statement)
            return replace(statement, worlds=None, reason="impossible pour ce siège")
        return statement if held == statement.worlds else replace(statement, worlds=held)

    def several_editions(self, item: Item, sites: int | None) -> bool:
        """Say whether another edition of the item exists for a site this tumour may have."""
        others = [i for i in self.dictionary.items if i.startswith(f"{item.id}_tnm")]
        lung = self.ontology.masks.get("poumon", 0)
        return bool(others) and (sites is None or bool(sites & lung))


def _leaves_at(domain: Leaves, sites: int, ontology: Ontology) -> int:
    total, covered = 0, 0
    for site, leaves in domain.by_site.items():
        mask = ontology.masks.get(site, 0)
        covered |= mask
        if sites & mask:
            total |= leaves
    return domain.full if sites & ~covered else total


def _start_of(validity: str, as_of: date) -> Decimal:
    number, _, unit = validity.partition(" ")
    return days(earlier(as_of, Decimal(number), unit), as_of).low


def _first_treatment(rows: Mapping[str, RowSet]) -> Ends | None:
    """Return the ends of the day of the first treatment; never where none was given, None where nothing tells."""
    treatments = rows.get("traitements")
    if treatments is None or not (treatments.rows or treatments.ghosts):
        return INFINITY, INFINITY
    starts = [row.worlds.get("debut") for row in treatments.rows]
    known = [start for start in starts if isinstance(start, Ranges)]
    if not known:
        return None
    is_whole = not treatments.ghosts and len(known) == len(starts)
    low = min(start.low for start in known) if is_whole else -INFINITY
    return low, min(start.high for start in known)


def _over_limit(statement: Statement, limit: str) -> Worlds | None:
    """Return the value over the laboratory's limit, rounded outward."""
    bound = statement.upper if limit == "lsn" else statement.lower
    worlds = statement.worlds
    if bound is None or not isinstance(worlds, Ranges) or bound.low <= 0:
        return None
    low = worlds.low if not worlds.low.is_finite() else _CONTEXTS[0].divide(worlds.low, bound.high)
    high = worlds.high if not worlds.high.is_finite() else _CONTEXTS[1].divide(worlds.high, bound.low)
    return between(low, high, worlds.parts[0].low_open, worlds.parts[-1].high_open)


def _lowest(parts: list[Worlds | None]) -> Worlds | None:
    """Return what the lowest value ever may be: at most the least stated; an unstated one may be lower still."""
    known = [part for part in parts if isinstance(part, Ranges)]
    return between(-INFINITY, min(part.high for part in known), True) if known else None
