"""Values against the domain of what they are compared with: leaves, numbers in a unit, dates."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import assert_never

from engine.check_names import Names
from engine.dates import days_of
from engine.dictionary import Item
from engine.domains import UNREADABLE, Domain, Leaves, Line
from engine.names import did_you_mean
from engine.syntax import Between, Compare, ConceptName, ItemName, Name, Number, OneOf, Value
from engine.text import read_cell
from engine.units import convertible, find_unit, scaled
from engine.values import Ranges, Worlds

MOST_SHOWN = 12


def accepted(names: Names, node: Compare | Between | OneOf, item: Item | None, domain: Domain) -> Worlds | None:
    """Return what a comparison accepts in a domain."""
    if domain is UNREADABLE:
        return None
    match node:
        case Compare(_, operator, value):
            return _compared(names, operator, value, item, domain)
        case Between(_, low, high):
            first, last = (
                _compared(names, ">=", low, item, domain),
                _compared(names, "<=", high, item, domain),
            )
            return None if first is None or last is None else first & last  # type: ignore[operator]  # one domain
        case OneOf(_, values):
            return _one_of(names, values, item, domain)
    assert_never(node)


def _one_of(names: Names, values: tuple[Value, ...], item: Item | None, domain: Domain) -> Worlds | None:
    """Return the union of what each value accepts; None if one of them says nothing."""
    found = [_compared(names, "=", value, item, domain) for value in values]
    union: Worlds | None = None
    for one in found:
        if one is None:
            return None
        union = one if union is None else union | one  # type: ignore[operator]  # one domain
    return union


def _compared(names: Names, operator: str, value: Value, item: Item | None, domain: Domain) -> Worlds | None:
    """Return what `operator value` accepts in a domain."""
    if isinstance(domain, Line):
        number = number_of(names, value, domain, item)
        return None if number is None else domain.compare(operator, number)
    leaves = _named(names, value, item, domain)
    if leaves is None:
        return None
    if operator not in ("=", "!=") and not domain.has_order(leaves):
        names.wrong(value.at, "sans-ordre", f"`{said(value)}` n'a pas d'ordre", "employez = ou parmi")
        return None
    return domain.compare(operator, leaves)


def _named(names: Names, value: Value, item: Item | None, domain: Leaves) -> int | None:
    """Return the leaves that a value of a finite item stands for."""
    owner = item.id if item else ""
    if item is not None and item.kind == "concept":
        name = value if isinstance(value, ConceptName) else ConceptName(said(value), value.at)
        concept = names.concept(name, (item.branch,))
        return names.ontology.masks[concept.id] if concept else None
    if isinstance(value, Number) and value.unit:
        names.wrong(value.at, "unite", f"`{owner}` n'a pas d'unité")
        return None
    found = domain.find(said(value))
    if found is None:
        listed = "valeurs : " + ", ".join(list(domain.sets)[:MOST_SHOWN])
        hint = did_you_mean(said(value), domain.sets) or listed
        names.wrong(value.at, "valeur-inconnue", f"`{said(value)}` n'est pas une valeur de `{owner}`", hint)
    return found


def number_of(names: Names, value: Value, line: Line, item: Item | None) -> Decimal | None:
    """Return a number in the unit of a line, or the first day of a date."""
    if line.dates:
        found = days_of(said(value)) if isinstance(value, Name) else None
        if found is None:
            names.wrong(value.at, "date", f"`{said(value)}` n'est pas une date", "AAAA-MM-JJ")
            return None
        return found.low
    if not isinstance(value, Number):
        names.wrong(value.at, "nombre", f"un nombre est attendu, pas `{said(value)}`")
        return None
    return _converted(names, value, line, item)


def _converted(names: Names, value: Number, line: Line, item: Item | None) -> Decimal | None:
    target = line.unit
    if target is None or (not value.unit and not target.name):
        return value.value
    source = find_unit(value.unit) if value.unit else target if names.in_cell else None
    if source is None:
        message, hint = f"ce nombre attend une unité ({target.name})", f"{said(value)} {target.name}"
        names.wrong(value.at, "unite-absente", message, hint)
        return None
    factor = convertible(source, target, item.molar_mass if item else None)
    if factor is None:
        message = f"`{value.unit}` ne se convertit pas en {target.name or 'nombre sans unité'}"
        names.wrong(value.at, "unite", message)
        return None
    return scaled(value.value, factor)


def classes_of(names: Names, item: Item) -> tuple[Worlds, ...]:
    """Return the classes of the partition that the dictionary declares, each less those before it; one a leaf where it declares none."""
    before, names.in_cell = (names.span, names.in_cell), True
    found: list[Worlds] = []
    try:
        for cell in item.partition:
            names.span = getattr(cell, "span", names.span)
            operator, values = read_cell(cell)
            node = comparison_of(ItemName(item.id), operator, values)
            worlds = accepted(names, node, item, item.domain) if item.domain is not None else None
            found += [left] if worlds and (left := _less(worlds, found)) else []
    finally:
        names.span, names.in_cell = before
    if not found and isinstance(item.domain, Leaves):
        return tuple(1 << number for number in range(len(item.domain.names)))
    return tuple(found)


def _less(worlds: Worlds, others: Iterable[Worlds]) -> Worlds:
    for other in others:
        worlds = worlds & (other.complement() if isinstance(other, Ranges) else ~other)  # type: ignore[operator]  # one item
    return worlds


def comparison_of(item: ItemName, operator: str, values: tuple[Value, ...]) -> Compare | Between | OneOf:
    """Return the comparison that a cell's operator and values are."""
    match operator:
        case "entre":
            return Between(item, values[0], values[1])
        case "parmi" | "est":
            return OneOf(item, values)
    return Compare(item, operator, values[0])


def values_of(node: Compare | Between | OneOf) -> tuple[Value, ...]:
    """Return the values that a comparison names."""
    match node:
        case Compare(_, _, value):
            return (value,)
        case Between(_, low, high):
            return low, high
        case OneOf(_, values):
            return values
    assert_never(node)


def said(value: Value) -> str:
    """Return a value as it is read."""
    match value:
        case Number(number):
            return format(number.normalize() + 0, "f")
        case Name(text) | ConceptName(text):
            return text
    assert_never(value)
