"""What the plans of two tumours of one patient share: the same drug or class proposed for both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from engine.outcome import PLANS
from engine.view import treats
from engine.worked import Worked

SYSTEMIC = "traitement_systemique"


def shared_plans(tumours: Sequence[Worked]) -> list[dict[str, Any]]:
    """Return every systemic treatment that the plans of two tumours have in common: its toxicity is one patient's."""
    found = []
    for one, other in combinations(tumours, 2):
        first, second = dict(_proposed(one)), dict(_proposed(other))
        for concept in sorted(first.keys() & second.keys()):
            label = one.base.ontology.concepts[concept].label(one.wanted.language)
            sides = [
                {"tumour": worked.state.facts.tumour, "rule": rules[concept]}
                for worked, rules in ((one, first), (other, second))
            ]
            found.append({"kind": "shared_treatment", "concept": {"id": concept, "label": label}, "sides": sides})
    return found


def _proposed(worked: Worked) -> Iterator[tuple[str, str]]:
    """Yield the systemic treatments of the plans that apply, those that regimens contain included, with their rule."""
    ontology = worked.base.ontology
    for rule in worked.live:
        if worked.verdicts[rule.id] not in PLANS:
            continue
        for act in filter(treats, worked.planner.live(rule.action)):
            for concept in (act.concept, *ontology.components.get(act.concept, ())):
                if ontology.is_a(concept, SYSTEMIC):
                    yield concept, rule.id
