"""Why a derived item is what it is: the definitions that give it, and the rows or conditions that hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.explain import Explainer
from engine.logic import Key
from engine.readying import Giving
from engine.trace import Trace, truth_of
from engine.truth import FALSE, NAMES, TRUE

MOST_ROWS = 3


class Deriver:
    """Explains derived items of one tumour."""

    def __init__(self, explainer: Explainer) -> None:
        """Keep what explains."""
        self.explainer = explainer

    def of(self, item: str) -> dict[str, Any]:
        """Return the definitions that give an item here, and why."""
        values = self.explainer.state.values
        giving = [d for d in self.explainer.ready.giving.get(item, ()) if truth_of(d.condition, values) == TRUE]
        return {
            "definition": " ; ".join(d.title for d in giving),
            "why": [node for d in giving for node in self.why(d)],
        }

    def why(self, giving: Giving) -> list[dict[str, Any]]:
        """Return the conditions that hold, or may, and the formulas or choices as written."""
        if giving.text:
            return [{"truth": NAMES[TRUE], "text": giving.text, "nodes": [self.read(key) for key in giving.reads]}]
        return self.holding(giving.rows)

    def holding(self, traces: Sequence[Trace]) -> list[dict[str, Any]]:
        """Return the rows that are TRUE, else the first of those that are not FALSE."""
        truths = [truth_of(trace, self.explainer.state.values) for trace in traces]
        sure = [trace for trace, truth in zip(traces, truths, strict=True) if truth == TRUE]
        maybe = [trace for trace, truth in zip(traces, truths, strict=True) if truth != FALSE]
        return [self.explainer.node(trace) for trace in (sure or maybe)[:MOST_ROWS]]

    def read(self, key: Key) -> dict[str, Any]:
        """Return one item that a formula or a choice reads."""
        return {"truth": NAMES[TRUE], "text": key.item, **self.explainer.reading(key)}
