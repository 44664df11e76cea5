"""What an editor may write in a condition or a formula: a closed set of frozen nodes.

`at` is the place of a node in its text (offset, length); two nodes that say the same are equal wherever they stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

At: TypeAlias = tuple[int, int]
HERE: At = (0, 1)


# --- values ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its unit as written (`""` without one)."""

    value: Decimal
    unit: str = ""
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A bare word: the name of a category, an enumerated value, a date."""

    text: str
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class ConceptName:
    """A concept between guillemets."""

    text: str
    at: At = field(default=HERE, compare=False)


Value: TypeAlias = Number | Name | ConceptName


# --- terms -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selector:
    """Which row of a dated item is read: `moins de 14 jours`, `avant traitement`, `au diagnostic`, …"""

    kind: str
    number: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ItemName:
    """An item; `outer` inside a quantifier means the sheet's (`fiche.x`)."""

    text: str
    selector: Selector | None = None
    outer: bool = False
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Delay:
    """The time from one date to another."""

    start: ItemName
    end: ItemName
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows satisfy a condition (all rows without one)."""

    records: ItemName
    where: Condition | None = None
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a column over the rows that satisfy a condition."""

    records: ItemName
    column: str
    where: Condition | None = None
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """Arithmetic in a formula: `+ - * / ^`, `min`, `max`, `racine`, `ln`, `exp`."""

    operator: str
    operands: tuple[Formula, ...]
    at: At = field(default=HERE, compare=False)


Term: TypeAlias = ItemName | Delay | Count | Sum
Formula: TypeAlias = Number | Term | Operation


# --- conditions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """`vrai` or `faux`."""

    value: bool
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A term against a value: `=`, `!=`, `<`, `<=`, `>`, `>=`."""

    term: Term
    operator: str
    value: Value
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Between:
    """A term from one value to another, both included."""

    term: Term
    low: Value
    high: Value
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A term that is one of several values."""

    term: Term
    values: tuple[Value, ...]
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class IsA:
    """An item that is, contains, or has as component one of some concepts (`relation`: est, contient, composante)."""

    relation: str
    item: ItemName | None
    concepts: tuple[ConceptName, ...]
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class OnlyThose:
    """A complete list whose every row is one of some concepts."""

    records: ItemName
    concepts: tuple[ConceptName, ...]
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Condition, ...]
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    parts: tuple[Condition, ...]
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Condition
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least so many of them."""

    number: int
    parts: tuple[Condition, ...]
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class IfThen:
    """`si A alors B`, with `sinon C` perhaps."""

    test: Condition
    then: Condition
    otherwise: Condition | None = None
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Rows:
    """A quantifier over rows: `au moins n`, `aucun`, `tous`."""

    quantifier: str
    number: int
    records: ItemName
    where: Condition
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Documented:
    """The item is known well enough, or some row answers."""

    item: ItemName
    where: Condition | None = None
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement that a person gives once in the sheet."""

    identifier: str
    at: At = field(default=HERE, compare=False)


@dataclass(frozen=True, slots=True)
class Contraindicated:
    """Whether a safety rule contraindicates a treatment."""

    concept: ConceptName
    at: At = field(default=HERE, compare=False)


Condition: TypeAlias = (
    Constant
    | Compare
    | Between
    | OneOf
    | IsA
    | OnlyThose
    | And
    | Or
    | Not
    | AtLeast
    | IfThen
    | Rows
    | Documented
    | Judged
    | Contraindicated
)
