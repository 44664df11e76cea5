"""Why a derived item is what it is: the definitions that give it, and the rows or conditions that hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.explain import Explainer
from engine.logic import Key, Logic
from engine.printing import show_formula
from engine.statements import (
    CheckedDefinition,
    ChoiceDefinition,
    ConditionDefinition,
    FormulaDefinition,
    TableDefinition,
    conditions_of,
)
from engine.trace import Trace, truth_of
from engine.truth import FALSE, NAMES, TRUE

MOST_ROWS = 3


class Deriver:
    """Explains derived items of one tumour."""

    def __init__(
        self, definitions: Mapping[str, list[CheckedDefinition]], traces: Mapping[Logic, Trace], explainer: Explainer
    ) -> None:
        """Keep what is explained."""
        self.definitions, self.traces, self.explainer = definitions, traces, explainer

    def of(self, item: str) -> dict[str, Any]:
        """Return the definitions that give an item here, and why."""
        values = self.explainer.state.values
        giving = [d for d in self.definitions.get(item, ()) if truth_of(self.traces[d.condition], values) == TRUE]
        titles = [
            " – ".join(filter(None, (d.definition.title, d.definition.source.title, d.definition.source.edition)))
            for d in giving
        ]
        return {"definition": " ; ".join(titles), "why": [node for d in giving for node in self.why(d)]}

    def why(self, definition: CheckedDefinition) -> Iterable[dict[str, Any]]:
        """Return the conditions that hold, or may, and the formulas or choices as written."""
        match definition.body:
            case TableDefinition() | ConditionDefinition():
                return self.holding(conditions_of(definition.body))
            case FormulaDefinition(rows, names):
                text = " ; ".join(show_formula(formula) for _, formula in rows)
                return [{"truth": NAMES[TRUE], "text": text, "nodes": [self.read(key) for key in names.values()]}]
            case ChoiceDefinition(keys):
                return [{"truth": NAMES[TRUE], "text": "choisit", "nodes": [self.read(key) for key in keys]}]
        return []

    def holding(self, conditions: Iterable[Logic]) -> list[dict[str, Any]]:
        """Return the rows that are TRUE, else the first of those that are not FALSE."""
        traces = [self.traces[condition] for condition in conditions]
        truths = [truth_of(trace, self.explainer.state.values) for trace in traces]
        sure = [trace for trace, truth in zip(traces, truths, strict=True) if truth == TRUE]
        maybe = [trace for trace, truth in zip(traces, truths, strict=True) if truth != FALSE]
        return [self.explainer.node(trace) for trace in (sure or maybe)[:MOST_ROWS]]

    def read(self, key: Key) -> dict[str, Any]:
        """Return one item that a formula or a choice reads."""
        return {"truth": NAMES[TRUE], "text": key.item, **self.explainer.reading(key)}
