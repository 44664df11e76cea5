"""TRUE and FALSE hold in every world that a sheet leaves possible; where all is known nothing is UNKNOWN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.check import Checker
from engine.dates import days
from engine.dictionary import Item
from engine.facts import Datum, Facts, facts_of
from engine.logic import AS_OF, Key, Logic, keys_of
from engine.meaning import Meaning
from engine.model import Written
from engine.printing import show
from engine.rowset import Row, RowSet
from engine.sheet import read_sheet
from engine.statements import Knowledge
from engine.syntax import Condition, Documented, ItemName
from engine.truth import FALSE, TRUE, UNKNOWN
from engine.values import Ranges, Worlds, between
from engine.view import view_of
from tests.agreement import vocabulary
from tests.agreement.conditions import BASIC, BIRTHS, DAY, DAYS, LISTS, NUMBERS, READ_BACK, Conditions
from tests.agreement.dice import Dice, Draw
from tests.agreement.sheets import Sheets
from tests.agreement.two_valued import Undecided, World
from tests.strategies import LAW

VIEW = view_of(Knowledge(), DAY)
ITEMS = [*BASIC, *READ_BACK]
WORLDS = 12


@dataclass(frozen=True, slots=True)
class Possible:
    """A condition, a sheet, and some of the worlds that the sheet leaves possible."""

    condition: Condition
    sheet: Mapping[str, Any]
    worlds: tuple[World, ...]


def facts(body: Mapping[str, Any], logic: Logic) -> Facts:
    """Read a sheet of the small world."""
    sheet = read_sheet(body, vocabulary.dictionary(), vocabulary.ontology())
    assert not sheet.problems, sheet.problems
    return facts_of(sheet, sheet.tumours[0], DAY, keys_of(logic), vocabulary.dictionary(), vocabulary.ontology())


def logic_of(condition: Condition) -> Logic:
    """Resolve a condition."""
    checker = Checker(vocabulary.dictionary(), vocabulary.ontology(), [])
    logic = checker.written(Written(condition))
    assert not checker.problems, checker.problems
    return logic


# --- worlds of a sheet ------------------------------------------------------------------------------


@dataclass(slots=True)
class Completing:
    """Draws complete patients that a sheet leaves possible."""

    dice: Dice
    facts: Facts
    meaning: Meaning

    def world(self) -> World:
        items = {
            name: self.value(self.item(name), self.meaning.worlds(Key(name)))
            for name in (*ITEMS, *vocabulary.JUDGEMENTS)
        }
        return World(items, {name: self.rows(vocabulary.dictionary().items[name]) for name in LISTS}, DAY)

    def item(self, name: str) -> Item:
        return vocabulary.dictionary().items.get(name) or vocabulary.dictionary().judgements[name]

    def value(self, item: Item, worlds: Worlds) -> Any:
        """Choose one leaf, or one number near the ends that matter."""
        if isinstance(worlds, int):
            return self.dice.pick(item.leaves().leaves_of(worlds))
        part = self.dice.pick(worlds.parts)
        low = part.low if part.low.is_finite() else min(part.high, Decimal(DAY.toordinal())) - 400
        high = (
            part.high
            if part.high.is_finite()
            else max(low, Decimal(DAY.toordinal()) if item.kind == "date" else low) + 400
        )
        usual = (
            [Decimal(d.toordinal()) for d in (*DAYS, *BIRTHS)]
            if item.kind == "date"
            else map(Decimal, NUMBERS.get(item.id, ()))
        )
        middle = (low + high) / 2
        points = [low, high, middle.to_integral_value("ROUND_FLOOR") if worlds.whole else middle, *usual]
        inside = [
            point for point in points if between(point, point, whole=worlds.whole) & Ranges((part,), worlds.whole)
        ]
        return self.dice.pick(inside)

    def rows(self, records: Item) -> list[dict[str, Any]]:
        """Complete the rows said, perhaps leave out those that are uncertain, perhaps add some that were not said."""
        said = self.facts.rows[records.id]
        certain = (row for row in self.joined(said.rows, records) if row.certain or self.dice.chance(50))
        boxes: list[Mapping[str, Worlds]] = [row.worlds for row in certain]
        if said.ghosts:
            boxes += [self.dice.pick(said.ghosts) for _ in range(self.dice.number(0, 2))]
        return [self.row(records, box) for box in boxes]

    def joined(self, rows: Sequence[Row], records: Item) -> list[Row]:
        """Perhaps make one row of two that two documents say."""
        kept: list[Row] = []
        for row in rows:
            twin = next(
                (n for n, o in enumerate(kept) if not row.documents & o.documents and self.dice.chance(50)), None
            )
            both = _both(kept[twin].worlds, row.worlds) if twin is not None else None
            if twin is None or both is None:
                kept.append(row)
            else:
                other = kept[twin]
                kept[twin] = Row(both, row.certain or other.certain, other.documents | row.documents)
        return kept

    def row(self, records: Item, box: Mapping[str, Worlds]) -> dict[str, Any]:
        columns = (c for c in records.columns.values() if c.domain is not None)
        return {c.id: self.value(c, box.get(c.id, c.domain.full if c.domain is not None else 0)) for c in columns}


def _both(one: Mapping[str, Worlds], other: Mapping[str, Worlds]) -> Mapping[str, Worlds] | None:
    met: dict[str, Any] = dict(one) | dict(other)
    for column in one.keys() & other.keys():
        met[column] = one[column] & other[column]  # type: ignore[operator]  # one column
    return met if all(met.values()) else None


@st.composite
def possible(draw: Draw) -> Possible:
    """Draw a condition, a sheet and worlds of it."""
    dice = Dice(draw)
    condition = Conditions(dice, ITEMS, dated=False).condition(2)
    body = Sheets(dice, contradictions=False).sheet(45)
    read = facts(body, logic_of(condition))
    meaning = Meaning(VIEW, read, vocabulary.dictionary(), vocabulary.ontology())
    completing = Completing(dice, read, meaning)
    return Possible(condition, body, tuple(completing.world() for _ in range(WORLDS)))


def holds(world: World, condition: Condition) -> bool:
    """Read a condition in one world; a leaf that may contain what is asked decides nothing."""
    try:
        return world.holds(condition)
    except Undecided:
        return bool(assume(False))


@LAW
@given(possible())
def test_what_is_certain_holds_in_every_possible_world(drawn: Possible) -> None:
    """Kleene and fusion are sound: TRUE and FALSE agree with plain truth in each world."""
    logic = logic_of(drawn.condition)
    read = facts(drawn.sheet, logic)
    truth = Meaning(VIEW, read, vocabulary.dictionary(), vocabulary.ontology()).truth(logic)
    if truth != UNKNOWN:
        for world in drawn.worlds:
            assert holds(world, drawn.condition) == (truth == TRUE), (show(drawn.condition), world)


@LAW
@given(possible())
def test_where_all_is_known_a_condition_is_plainly_true_or_false(drawn: Possible) -> None:
    """On a complete patient the three-valued reading is the two-valued one."""
    logic = logic_of(drawn.condition)
    for world in drawn.worlds[:3]:
        meaning = Meaning(VIEW, known(world), vocabulary.dictionary(), vocabulary.ontology())
        expected = TRUE if holds(world, drawn.condition) else FALSE
        assert meaning.truth(logic) == expected, (show(drawn.condition), world)


def known(world: World) -> Facts:
    """Return facts that leave one world only."""
    data = {Key(AS_OF): Datum(Key(AS_OF), days(DAY, DAY), ())}
    for name, value in world.items.items():
        item = vocabulary.dictionary().items.get(name) or vocabulary.dictionary().judgements[name]
        data[Key(name)] = Datum(Key(name), only(item, value), ())
    rows = {
        name: RowSet(
            tuple(
                Row(
                    {
                        column: only(vocabulary.dictionary().items[name].columns[column], value)
                        for column, value in row.items()
                    },
                    True,
                )
                for row in world.rows[name]
            ),
            (),
        )
        for name in LISTS
    }
    return Facts("t1", DAY, data, rows)


def only(item: Item, value: Any) -> Worlds:
    """Return the worlds of one value."""
    if isinstance(value, Decimal):
        return between(value, value, whole=item.line().full.whole)
    return 1 << item.leaves().names.index(value)


@st.composite
def documenting(draw: Draw) -> tuple[str, Mapping[str, Any], tuple[Any, ...]]:
    """Draw an item, a sheet, and some of the values that the sheet leaves possible."""
    dice = Dice(draw)
    name = dice.pick(ITEMS)
    body = Sheets(dice, contradictions=False).sheet(60)
    read = facts(body, logic_of(Documented(ItemName(name))))
    meaning = Meaning(VIEW, read, vocabulary.dictionary(), vocabulary.ontology())
    completing, item = Completing(dice, read, meaning), vocabulary.dictionary().items[name]
    return name, body, tuple(completing.value(item, meaning.worlds(Key(name))) for _ in range(WORLDS))


@LAW
@given(documenting())
def test_what_is_documented_lies_in_one_class(drawn: tuple[str, Mapping[str, Any], tuple[Any, ...]]) -> None:
    """`documenté` is never FALSE, and TRUE only where all that is possible is of one class."""
    name, body, values = drawn
    logic = logic_of(Documented(ItemName(name)))
    truth = Meaning(VIEW, facts(body, logic), vocabulary.dictionary(), vocabulary.ontology()).truth(logic)
    classes = {_percentage(value) if name == "re_pct" else value for value in values}
    assert truth in (UNKNOWN, TRUE)
    assert truth == UNKNOWN or len(classes) == 1, (name, classes)


def _percentage(value: Decimal) -> str:
    """Return the class of a percentage of receptors, as the small dictionary cuts it."""
    return "< 1" if value < 1 else "1 to 9" if value <= 9 else "> 9"
