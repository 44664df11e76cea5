"""Action trees as the answer gives them: what stays, under which condition, and what safety says of each part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.access import layers_of, usable_today
from engine.asking import Asking
from engine.doses import dose_truth
from engine.explain import Explainer
from engine.logic import ALWAYS, Fixed, Logic
from engine.lower import access_name
from engine.model import Act
from engine.ontology import Ontology
from engine.outcome import is_satisfied
from engine.state import State
from engine.statements import CheckedAct, CheckedAction, CheckedGroup
from engine.trace import Trace, truth_of
from engine.truth import FALSE, TRUE, UNKNOWN, Truth
from engine.view import Reach, View, treats

# worst last; what an action comes to is the worst of what reaches it
STATUSES = ("clear", "to_check", "required", "to_adapt", "restricted", "discouraged", "contraindicated")
_CONCLUDED = {"contraindicate": "contraindicated", "avoid": "discouraged", "adapt": "to_adapt", "require": "required"}


class Planner:
    """Writes the plan of one rule for one tumour."""

    asking: Asking  # given once the rules shown are known: which plans are live decides what is asked

    def __init__(self, view: View, state: State, explainer: Explainer, traces: Mapping[Logic, Trace]) -> None:
        """Keep what is read."""
        self.view, self.state, self.explainer, self.traces = view, state, explainer, traces
        self.found: dict[tuple[str, int, bool, str], tuple[float, dict[str, Any]] | None] = {}

    @property
    def ontology(self) -> Ontology:
        """The concept index."""
        return self.explainer.ontology

    def action(self, action: CheckedAction, access: Mapping[str, Any]) -> dict[str, Any] | None:
        """Write an action; a part whose condition is FALSE drops, one whose condition is UNKNOWN stays conditional."""
        stands = self.stands(action.condition)
        if stands == FALSE:
            return None
        body = self.group(action, access) if isinstance(action, CheckedGroup) else self.act(action, access)
        if body is not None and action.condition != ALWAYS:
            body["condition"] = self.explainer.node(self.traces[action.condition])
        return body

    def stands(self, condition: Logic) -> Truth:
        """Return the truth of a part's condition."""
        return condition.truth if isinstance(condition, Fixed) else truth_of(self.traces[condition], self.state.values)

    def group(self, action: CheckedGroup, access: Mapping[str, Any]) -> dict[str, Any] | None:
        """Write a group of actions."""
        parts = [body for part in action.parts if (body := self.action(part, access)) is not None]
        said = {n: v for n, v in (("text", action.group.text), ("rank", action.group.rank)) if v}
        if len(parts) == 1 and not action.group.text:
            return said | parts[0]
        if action.group.kind == "choice":
            parts.sort(key=lambda body: body.get("rank") or 99)
        return {action.group.kind: parts} | said if parts else None

    def act(self, action: CheckedAct, access: Mapping[str, Any]) -> dict[str, Any]:
        """Write one action."""
        act = action.act
        label = (
            self.ontology.concepts[action.concept].label(self.explainer.language) if action.branch else action.concept
        )
        body = {"modality": act.modality, "concept": {"id": action.concept, "label": label}}
        details = {
            "intent": act.intent,
            "duration": act.duration,
            "dose": act.dose,
            "cycles": act.cycles,
            "text": act.text,
        }
        body |= {name: value for name, value in details.items() if value}
        body |= {"rank": act.rank} if act.rank else {}  # type: ignore[dict-item]  # a JSON object
        if act.requires:
            body["requires"] = self.required(act.requires)
        layers = self.layers({**access, **act.access}) if access or act.access else {}
        if layers:
            body |= {"access": layers, "usable_today": usable_today(layers)}
        if treats(action):
            body["safety"] = self.safety(action)
        return body

    def required(self, name: str) -> str:
        """Return what is required: the editor's words in French, the concept's label in another language."""
        is_french = self.explainer.language == "fr"
        found = None if is_french or not name else self.ontology.find(name, ("examen", "traitement"))
        return found.label(self.explainer.language) if found else name

    def layers(self, access: Mapping[str, Any]) -> dict[str, Any]:
        """Return the four access layers, each a list of the values that may hold, with date and source."""
        program, statements = self.state.program, self.state.program.statements
        return layers_of(
            access,
            lambda text: self.state.truth(access_name(text)) if access_name(text) in program.names else UNKNOWN,
            lambda text: self.explainer.node(self.traces[statements[access_name(text)]]),
        )

    # --- safety ---

    def safety(self, action: CheckedAct) -> dict[str, Any]:
        """Return what safety says of a treatment: the worst status, and every rule behind it."""
        found: dict[str, tuple[float, dict[str, Any]]] = {}
        for reach in self.reaches(action):
            entry = self.entry(reach, action.act)
            if entry is not None and entry[0] > found.get(reach.rule, (0,))[0]:
                found[reach.rule] = entry
        ordered = [body for _, body in sorted(found.values(), key=lambda entry: (-entry[0], entry[1]["id"]))]
        return {"status": ordered[0]["status"] if ordered else STATUSES[0], "by": ordered}

    def reaches(self, action: CheckedAct) -> tuple[Reach, ...]:
        """Return the safety rules that reach an action (an ordinary rule's `éviter` among them)."""
        return self.view.reaching(action.leaves)

    def entry(self, reach: Reach, act: Act) -> tuple[float, dict[str, Any]] | None:
        """Return what one rule gives an action, worked out once for all actions of the answer that it reaches alike."""
        key = (reach.rule, id(reach.act), reach.sure, act.dose)
        if key not in self.found:
            self.found[key] = self.reached(reach, act)
        return self.found[key]

    def reached(self, reach: Reach, act: Act) -> tuple[float, dict[str, Any]] | None:
        """Return the rank of the status that one rule gives an action, and its entry; None where it is clear.

        What the law requires first comes before a dose to adapt or a coarse name that may be restricted.
        """
        truth = self.state.truth(f"holds:{reach.rule}")
        if truth != FALSE:
            truth = min(truth, self.stands(reach.act.condition), dose_truth(reach.act.where, act.dose))
        if truth == FALSE or is_satisfied(self.view, self.state, reach.rule):
            return None
        status = _CONCLUDED[reach.modality]
        if truth == UNKNOWN and reach.modality != "require":
            status = "to_check"
        elif not reach.sure:
            status = "restricted"
        rule = self.view.rules[reach.rule].rule
        entry = {"id": rule.id, "title": rule.title, "status": status, "sure": reach.sure}
        if reach.sure or truth == TRUE:
            entry |= {
                "text": reach.act.act.text,
                "requires": self.required(reach.act.act.requires),
                "blocking": rule.blocking,
            }
            entry |= {
                "why": self.explainer.node(self.explainer.ready.own[rule.id]),
                "missing": self.asking.items_of_rule(rule.id),
            }
        legal = rule.blocking and status == "required"
        return STATUSES.index("restricted") + 0.5 if legal else STATUSES.index(status), entry

    def live(self, action: CheckedAction | None) -> Iterator[CheckedAct]:
        """Yield the acts of a plan that did not drop."""
        if action is None or self.stands(action.condition) == FALSE:
            return
        if isinstance(action, CheckedAct):
            yield action
        else:
            for part in action.parts:
                yield from self.live(part)
