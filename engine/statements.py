"""Documents whose names are resolved: what meaning, program and answer read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.formulas import is_sum, names_in
from engine.logic import ALWAYS, AS_OF, Key, Logic, conjoin, disjoin
from engine.model import Act, Criterion, Definition, Group, Guideline, Question, Rule, Trial
from engine.ontology import Accepted
from engine.syntax import Formula
from engine.values import Worlds


@dataclass(frozen=True, slots=True)
class CheckedAct:
    """An action with its concept found: its leaves, what its concept contains, and its condition."""

    act: Act
    concept: str
    branch: str
    leaves: int
    containing: Accepted
    condition: Logic = ALWAYS
    where: Logic | None = None


@dataclass(frozen=True, slots=True)
class CheckedGroup:
    """A group of actions with its condition."""

    group: Group
    parts: tuple[CheckedAction, ...]
    condition: Logic = ALWAYS


CheckedAction: TypeAlias = CheckedAct | CheckedGroup


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule: the conditions of its question and its own, its actions, and what satisfies it."""

    rule: Rule
    guideline: Guideline
    question: Question
    posed: tuple[Logic, ...]
    conditions: tuple[Logic, ...]
    action: CheckedAction | None
    satisfied: Logic | None = None

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.id


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """Rows tried against the facts; `output` None is an impossible combination."""

    rows: tuple[tuple[Logic, Worlds | None], ...]
    collect_max: bool = False


@dataclass(frozen=True, slots=True)
class ConditionDefinition:
    """TRUE if, FALSE if, open otherwise."""

    true_if: Logic
    false_if: Logic


@dataclass(frozen=True, slots=True)
class FormulaDefinition:
    """Formulas, each with the condition under which it counts, and the items it reads."""

    rows: tuple[tuple[Logic, Formula], ...]
    names: Mapping[str, Key]


@dataclass(frozen=True, slots=True)
class ChoiceDefinition:
    """Items in order of preference: together where they can hold together, else the first."""

    keys: tuple[Key, ...]


Body: TypeAlias = TableDefinition | ConditionDefinition | FormulaDefinition | ChoiceDefinition


@dataclass(frozen=True, slots=True)
class CheckedDefinition:
    """A definition with its item and its own condition; `body` None closes the list `item`, or the box of rows that `part` says."""

    definition: Definition
    item: str
    condition: Logic
    body: Body | None
    reads: frozenset[Key] = field(default_factory=frozenset)
    part: Mapping[str, Worlds] | None = None


@dataclass(frozen=True, slots=True)
class CheckedCriterion:
    """A criterion; `logic` None is kept as text and is UNKNOWN."""

    criterion: Criterion
    arm: str
    logic: Logic | None


@dataclass(frozen=True, slots=True)
class CheckedTrial:
    """A trial with its population and all criteria, those of arms included."""

    trial: Trial
    population: tuple[Logic, ...]
    criteria: tuple[CheckedCriterion, ...]

    def arms(self) -> tuple[str, ...]:
        """Return the arm ids, or one empty id where there are no arms."""
        return tuple(arm.id for arm in self.trial.arms) or ("",)

    def of_arm(self, arm: str) -> tuple[CheckedCriterion, ...]:
        """Return the criteria that an arm must meet: the trial's and its own."""
        return tuple(c for c in self.criteria if c.arm in ("", arm))


@dataclass(frozen=True, slots=True)
class CheckedQuestion:
    """A question and when it is posed."""

    question: Question
    guideline: Guideline
    posed: tuple[Logic, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything a snapshot knows, checked."""

    guidelines: tuple[Guideline, ...] = ()
    questions: tuple[CheckedQuestion, ...] = ()
    rules: Mapping[str, CheckedRule] = field(default_factory=dict)
    definitions: tuple[CheckedDefinition, ...] = ()
    trials: tuple[CheckedTrial, ...] = ()
    access: Mapping[str, Logic] = field(default_factory=dict)


def checked_acts(action: CheckedAction | None) -> Iterator[CheckedAct]:
    """Yield the leaves of an action tree."""
    if isinstance(action, CheckedAct):
        yield action
    elif action is not None:
        for part in action.parts:
            yield from checked_acts(part)


def still_stands(action: CheckedAction | None) -> Logic:
    """Return when some part of an action tree is left (a part whose `si` is FALSE drops)."""
    if action is None:
        return ALWAYS
    if isinstance(action, CheckedAct):
        return action.condition
    below = disjoin(tuple(still_stands(part) for part in action.parts))
    if any(still_stands(part) == ALWAYS for part in action.parts):
        below = ALWAYS
    return conjoin((action.condition, below))


def needed_by(body: FormulaDefinition) -> Mapping[str, Key]:
    """Return the items without which formulas other than sums say nothing."""
    needed = {name for _, formula in body.rows if not is_sum(formula) for name in names_in(formula)}
    return {name: key for name, key in body.names.items() if name in needed and key.item != AS_OF}


def conditions_of(body: Body | None) -> Iterator[Logic]:
    """Yield every condition that may explain what a definition gives."""
    match body:
        case TableDefinition(rows):
            yield from (condition for condition, output in rows if output is not None)
        case ConditionDefinition(true_if, false_if):
            yield from (true_if, false_if)
        case FormulaDefinition(rows):
            yield from (condition for condition, _ in rows)
