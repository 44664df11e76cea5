"""Definitions against dictionary and ontology: tables with their gaps, conditions, formulas, choices, closed lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from engine.boxes import box_of, gaps_of
from engine.check import Checker
from engine.check_cases import expected_worlds
from engine.dictionary import Item
from engine.domains import BOOLEAN, UNREADABLE, Domain, Line
from engine.formulas import name_of
from engine.inverse import stated, stated_body
from engine.logic import ALWAYS, AS_OF, NEVER, All, AnyKey, Key, Logic, Member, conjoin, keys_of
from engine.model import Cell, Definition, Table
from engine.names import did_you_mean
from engine.statements import (
    Body,
    CheckedDefinition,
    ChoiceDefinition,
    ConditionDefinition,
    FormulaDefinition,
    TableDefinition,
)
from engine.syntax import Count, Delay, Formula, ItemName, Number, Operation, Sum
from engine.tables import cell_condition
from engine.values import Worlds, everything


def check_definitions(checker: Checker, definitions: Iterable[Definition]) -> Iterator[CheckedDefinition]:
    """Resolve definitions; one that defines nothing is left out."""
    for definition in definitions:
        item = checker.dictionary.find(definition.item)
        if item is None or item.is_records != definition.closes or (item.domain is None and not item.is_records):
            hint = did_you_mean(definition.item, checker.dictionary.items)
            message = f"`{definition.item}` n'est pas un item à définir"
            checker.problem(definition.place_of(definition.item), "item-inconnu", message, hint)
            continue
        checked = _definition(checker, definition, item)
        for case in definition.cases if not definition.closes else ():
            expected_worlds(checker, item, case)
        if definition.closes or checked.body is not None:
            yield checked


def _definition(checker: Checker, definition: Definition, item: Item) -> CheckedDefinition:
    """Resolve one definition."""
    checker.span = definition.span
    condition = conjoin(checker.all_written(definition.condition))
    body = _body(checker, definition, item, item.domain) if item.domain is not None else None
    if definition.inverse:
        condition, body = stated(condition), stated_body(body)
    reads = frozenset(keys_of(condition)) | (_reads(body) if body else frozenset())
    return CheckedDefinition(definition, item.id, condition, body, reads, _part(checker, definition, item))


def _part(checker: Checker, definition: Definition, item: Item) -> Mapping[str, Worlds] | None:
    """Resolve which rows of a list a definition closes, all of them without `ou`: comparisons of columns joined by `et`."""
    if definition.where is None or not item.is_records:
        return None
    checker.span, checker.row = definition.where.span, item
    logic = checker.condition(definition.where.condition)
    checker.row = None
    box = box_of(logic if isinstance(logic, All) else All((logic,)))
    if box is None or not all(isinstance(key, Key) and key.column for key in box):
        message = "`ou` compare des colonnes de la ligne, jointes par `et`"
        checker.problem(definition.where.span, "ferme-ou", message)
        return {}
    return {key.item: worlds for key, worlds in box.items() if isinstance(key, Key)}


def _body(checker: Checker, definition: Definition, item: Item, domain: Domain) -> Body | None:
    """Resolve what a definition says."""
    if definition.table is not None:
        return _table(checker, definition.table, item, domain)
    if definition.true_if is not None or definition.false_if is not None:
        return _conditions(checker, definition, item)
    if definition.formulas:
        return _formulas(checker, definition, item)
    return _choice(checker, definition, item) if definition.chooses else None


def _conditions(checker: Checker, definition: Definition, item: Item) -> ConditionDefinition | None:
    """Resolve `vrai_si` and `faux_si` of a boolean."""
    true_if = checker.written(definition.true_if) if definition.true_if else NEVER
    false_if = checker.written(definition.false_if) if definition.false_if else NEVER
    if item.domain is UNREADABLE:
        return None
    if item.domain != BOOLEAN:
        message = f"`vrai_si` définit un booléen ; `{item.id}` n'en est pas un"
        checker.problem(definition.span, "definition", message, "employez une table")
        return None
    return ConditionDefinition(true_if, false_if)


def _formulas(checker: Checker, definition: Definition, item: Item) -> FormulaDefinition | None:
    """Resolve formulas, each with its condition; they give a number."""
    names: dict[str, Key] = {}
    rows = []
    for row in definition.formulas:
        condition = checker.written(row.condition) if row.condition else ALWAYS
        checker.span = row.span
        if _formula(checker, row.formula, names):
            rows.append((condition, row.formula))
    if item.domain is UNREADABLE or not rows:
        return None
    if not isinstance(item.domain, Line) or item.domain.dates:
        message = f"une formule définit un nombre ; `{item.id}` n'en est pas un"
        checker.problem(definition.span, "definition", message, "employez une table ou vrai_si")
        return None
    return FormulaDefinition(tuple(rows), names)


def _formula(checker: Checker, formula: Formula, names: dict[str, Key]) -> bool:
    """Resolve the names of a formula, delays included, and say whether all were found."""
    match formula:
        case Operation(_, operands):
            found = [_formula(checker, operand, names) for operand in operands]
            return all(found)
        case Number():
            return True
        case ItemName():
            return _number_item(checker, formula, names)
        case Delay(start, end):
            dates = {name_of(name): key for name in (start, end) if (key := checker.date(name)) is not None}
            names |= dates
            return all(name_of(name) in dates for name in (start, end))
        case Count() | Sum():
            hint = "définissez le nombre par un item à part"
            checker.wrong(formula.at, "formule", "une formule ne compte pas de lignes", hint)
            return False
    assert_never(formula)


def _number_item(checker: Checker, name: ItemName, names: dict[str, Key]) -> bool:
    """Resolve an item that a formula reads: a number."""
    found = checker.item(name)
    if found is None or found[1].domain is UNREADABLE:
        return False
    key, item = found
    if not isinstance(item.domain, Line) or item.domain.dates:
        checker.wrong(name.at, "formule", f"`{name.text}` n'est pas un nombre")
        return False
    names[name_of(name)] = key
    return True


def _choice(checker: Checker, definition: Definition, item: Item) -> ChoiceDefinition | None:
    """Resolve a choice between items of one scale."""
    keys = []
    for name in definition.chooses:
        other = checker.dictionary.find(name)
        if other is not None and UNREADABLE in (other.domain, item.domain):
            continue
        if other is None or other.domain != item.domain:
            message = f"`{name}` n'est pas un item de la même échelle que `{item.id}`"
            checker.problem(definition.place_of(name), "choisit", message)
        else:
            keys.append(Key(other.id))
    return ChoiceDefinition(tuple(keys)) if keys else None


def _table(checker: Checker, table: Table, item: Item, domain: Domain) -> TableDefinition:
    """Resolve a table; a combination without a row leaves the item open."""
    rows: list[tuple[Logic, Worlds | None]] = []
    for row in table.rows:
        cells = [
            checker.cell(cell_condition(column, cell), cell.span)
            for column, cell in zip(table.columns, row.cells, strict=False)
            if cell is not None
        ]
        rows.append((conjoin(tuple(cells)), _output(checker, row.output, item)))
    gaps = gaps_of([logic for logic, _ in rows], lambda key: full_of(checker, key))
    return TableDefinition((*rows, *((gap, domain.full) for gap in gaps)), table.policy.startswith("collect"))


def full_of(checker: Checker, key: AnyKey) -> Worlds:
    """Return everything possible for what a column of a table reads."""
    assert isinstance(key, Key)  # a column is a name
    item = checker.dictionary.items.get(key.item) or checker.dictionary.judgements.get(key.item)
    if key.item == AS_OF or key.limit or item is None or item.domain is None:
        return everything(key.item == AS_OF)
    return item.domain.full


def _output(checker: Checker, cell: object, item: Item) -> Worlds | None:
    """Resolve the output of a row; None is an impossible combination."""
    if not isinstance(cell, Cell):
        return None
    logic = checker.cell(cell_condition(item.id, cell), cell.span)
    if not isinstance(logic, Member) or item.domain is None:
        return None
    return logic.sure & item.domain.full  # type: ignore[operator]  # one item


def refuse_cycles(checker: Checker, definitions: Iterable[CheckedDefinition]) -> None:
    """Refuse definitions that follow from themselves."""
    written = tuple(definitions)
    below: dict[str, set[str]] = {}
    for one in written:
        below.setdefault(one.item, set()).update(key.item for key in one.reads if not key.stated)
    for one in written:
        if _cyclic(one.item, one.item, below, set()):
            hint = "une définition `inverse: oui` ne lit que ce qui est dit"
            checker.problem(one.definition.span, "cycle", f"`{one.item}` se définit par lui-même", hint)


def _cyclic(start: str, goal: str, below: Mapping[str, set[str]], seen: set[str]) -> bool:
    for item in below.get(start, ()):
        if item == goal:
            return True
        if item not in seen:
            seen.add(item)
            if _cyclic(item, goal, below, seen):
                return True
    return False


def _reads(body: Body) -> frozenset[Key]:
    match body:
        case TableDefinition(rows):
            return frozenset(key for logic, _ in rows for key in keys_of(logic))
        case ConditionDefinition(true_if, false_if):
            return frozenset((*keys_of(true_if), *keys_of(false_if)))
        case FormulaDefinition(formulas, names):
            return frozenset((*names.values(), *(key for logic, _ in formulas for key in keys_of(logic))))
        case ChoiceDefinition(keys):
            return frozenset(keys)
