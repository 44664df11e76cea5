"""Documents as written, frozen: guidelines with their questions and rules, definitions, trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine.problems import NOWHERE, Span
from engine.syntax import Condition, Formula, Value

NATION = "FR"


@dataclass(frozen=True, slots=True)
class Written:
    """A condition and the place of its text in a document."""

    condition: Condition
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement comes from."""

    title: str = ""
    edition: str = ""
    section: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One action: a modality and a concept, with what the source says of intent, duration and dose."""

    modality: str
    concept: str
    intent: str = ""
    duration: str = ""
    dose: str = ""
    cycles: str = ""
    text: str = ""
    rank: int = 0
    condition: Written | None = None
    access: Mapping[str, Any] = field(default_factory=dict, compare=False)
    fills: tuple[str, ...] = ()
    requires: str = ""
    where: Written | None = None
    span: Span = field(default=NOWHERE, compare=False)
    at: Mapping[str, Span] = field(default_factory=dict, repr=False, compare=False)

    def place_of(self, name: str) -> Span:
        """Return where a name stands in the text of the action, else the action."""
        return self.at.get(name, self.span)


@dataclass(frozen=True, slots=True)
class Group:
    """Actions to choose from (`choice`), to do together (`together`) or one after the other (`then`)."""

    kind: str
    parts: tuple[Action, ...]
    condition: Written | None = None
    rank: int = 0
    text: str = ""


Action: TypeAlias = Act | Group


@dataclass(frozen=True, slots=True)
class Case:
    """An example beside a rule: a small sheet, a date and place, and what must come out."""

    name: str
    sheet: Mapping[str, Any]
    expected: Any
    as_of: str = ""
    region: str = ""
    centre: str = ""
    span: Span = field(default=NOWHERE, compare=False)
    expected_at: Span = field(default=NOWHERE, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """One statement of a guideline: condition → conclusion, and its links to other rules by name."""

    id: str
    title: str
    kind: str
    conditions: tuple[Written, ...]
    action: Action | None
    document: str
    question: str
    excepts: tuple[str, ...] = ()
    completes: str = ""
    replaces: str = ""
    restricts: str = ""
    satisfied_if: Written | None = None
    blocking: bool = False
    legal: bool = False
    grade: str = ""
    level: str = ""
    confidence: str = ""
    access: Mapping[str, Any] = field(default_factory=dict, compare=False)
    source: Source = Source()
    since: str = ""
    since_mark: str = ""
    until: str = ""
    reason: str = ""
    note: str = ""
    cases: tuple[Case, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)
    at: Mapping[str, Span] = field(default_factory=dict, repr=False, compare=False)

    def place_of(self, name: str) -> Span:
        """Return where a rule's name stands in the text of this one, else the whole of it."""
        return self.at.get(name, self.span)


@dataclass(frozen=True, slots=True)
class Question:
    """A clinical question: when it is posed and whether the document is wholly encoded for it."""

    id: str
    title: str
    posed_if: tuple[Written, ...]
    whole: bool
    transversal: bool
    document: str
    rules: tuple[Rule, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Guideline:
    """A référentiel: who wrote it, where it is valid, and its questions."""

    id: str
    title: str
    issuer: str
    valid_in: tuple[str, ...]
    source: Source
    status: str
    questions: tuple[Question, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: an operator and its values; None stands for "any"."""

    operator: str
    values: tuple[Value, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: one cell a column, and the output (a cell of a definition; an action of a rule's table)."""

    cells: tuple[Cell | None, ...]
    output: Any
    otherwise: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table with its hit policy: `unique`, `any`, `collect max`."""

    policy: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class FormulaRow:
    """A formula and when it counts."""

    formula: Formula
    condition: Written | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Definition:
    """How an item follows from others: by a table, by conditions, by formulas, by a choice; or what closes a list."""

    item: str
    title: str
    condition: tuple[Written, ...] = ()
    table: Table | None = None
    true_if: Written | None = None
    false_if: Written | None = None
    formulas: tuple[FormulaRow, ...] = ()
    chooses: tuple[str, ...] = ()
    closes: bool = False
    where: Written | None = None
    inverse: bool = False
    source: Source = Source()
    status: str = ""
    note: str = ""
    cases: tuple[Case, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)
    at: Mapping[str, Span] = field(default_factory=dict, repr=False, compare=False)

    def place_of(self, name: str) -> Span:
        """Return where an item's name stands in the text of the definition, else the whole of it."""
        return self.at.get(name, self.span)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of a trial: executable, to be judged, or kept as text."""

    id: str
    kind: str
    step: str
    text: str
    condition: Written | None = None
    judge: str = ""
    state: str = ""
    reason: str = ""
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def encoded(self) -> bool:
        """Say whether the criterion can be evaluated or judged."""
        return self.condition is not None or bool(self.judge)


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm or cohort with criteria of its own."""

    id: str
    title: str
    criteria: tuple[Criterion, ...]


_OVER = ("fermé", "terminé")


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial: its population, its criteria and its arms."""

    id: str
    acronym: str
    title: str
    sponsor: str
    phase: str
    population: tuple[Written, ...]
    criteria: tuple[Criterion, ...]
    arms: tuple[Arm, ...]
    source: Source
    status: str
    complete: bool
    recruitment: tuple[Mapping[str, str], ...] = ()
    sites: tuple[Mapping[str, str], ...] = ()
    note: str = ""
    cases: tuple[Case, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def may_be_open(self) -> bool:
        """Say whether it may still recruit: unless every source that speaks of it says that it is over."""
        statuses = [entry.get("statut", "") for entry in self.recruitment]
        return not statuses or any(status not in _OVER for status in statuses)
