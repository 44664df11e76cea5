"""YAML → action trees, and the rows of a rule's decision table."""

from __future__ import annotations

from typing import Any

from engine.model import Act, Action, Group, Written
from engine.names import did_you_mean, fold
from engine.problems import NOWHERE
from engine.reading import Reader
from engine.source import Fields, Items, Text, texts
from engine.syntax import And, Condition, Constant, Not, Or
from engine.tables import cell_condition, read_table

# YAML key → modality in the answer's words
MODALITIES = {
    "proposer": "propose",
    "envisager": "consider",
    "eviter": "avoid",
    "demander": "request",
    "orienter": "refer",
    "contre-indiquer": "contraindicate",
    "adapter": "adapt",
    "exiger avant": "require",
}
GROUPS = {"au choix": "choice", "ensemble": "together", "puis": "then"}
TREATS = ("propose", "consider")
SAFETY = ("contraindicate", "avoid", "adapt", "require")

_ACT = ("intention", "duree", "dose", "cycles", "texte", "rang", "si", "acces", "remplit", "quoi", "action ou", "note")


class ActionReader(Reader):
    """Reads what stands after `alors`."""

    def conclusion(self, node: Any) -> Action | None:
        """Read one action, or a list of actions done together."""
        if node is None or node == "":
            return None
        if isinstance(node, Items):
            parts: tuple[Action, ...] = self.many(node, self.action)
            return parts[0] if len(parts) == 1 else Group("together", parts)
        return self.action(node)

    def action(self, node: Any) -> Action | None:
        """Read an action, a group of actions, or a bare concept (proposed)."""
        if isinstance(node, Text):
            return Act("propose", str(node), span=node.span)
        if not isinstance(node, Fields):
            self.wrong(getattr(node, "span", NOWHERE), "action", "une action est attendue ici")
            return None
        folded = {fold(key).replace("_", " "): key for key in node}
        for name, kind in GROUPS.items():
            if name in folded:
                return self.group(node, folded[name], kind)
        for name, modality in MODALITIES.items():
            if name in folded:
                return self.act(node, folded[name], modality)
        hint = did_you_mean(next(iter(node), ""), (*GROUPS, *MODALITIES))
        self.wrong(node.span, "action", "aucune modalité (proposer, envisager, éviter, demander, …)", hint)
        return None

    def group(self, node: Fields, key: str, kind: str) -> Group:
        """Read a group."""
        fields = self.fields(node, (key, "si", "rang", "texte"))
        parts: tuple[Action, ...] = self.many(fields[key], self.conclusion)
        return Group(kind, parts, self.maybe(fields, "si"), self.rank(fields), self.text(fields, "texte"))

    def act(self, node: Fields, key: str, modality: str) -> Action:
        """Read an action; several concepts after one modality are done together."""
        fields = self.fields(node, (key, *_ACT))
        acts = tuple(self.leaf(fields, modality, concept) for concept in texts(fields.get(key)) if concept)
        if not acts:
            self.wrong(node.span, "action", f"`{key}` attend un concept", "le nom d'un traitement ou d'un examen")
        return acts[0] if len(acts) == 1 else Group("together", acts)

    def leaf(self, fields: Fields, modality: str, concept: Text) -> Act:
        """Read one act of one concept."""
        return Act(
            modality, str(concept), self.text(fields, "intention"), self.text(fields, "duree"),
            self.text(fields, "dose"), self.text(fields, "cycles"), self.text(fields, "texte"), self.rank(fields),
            self.maybe(fields, "si"), self.access(fields), self.texts(fields, "remplit"),
            self.text(fields, "quoi"), self.maybe(fields, "action ou"), concept.span,
            self.places(fields, ("quoi", "remplit")),
        )  # fmt: skip

    def rank(self, fields: Fields) -> int:
        """Read the rank among alternatives."""
        text = self.text(fields, "rang")
        if text and not text.isdecimal():
            self.wrong(fields["rang"].span, "rang", "`rang` est un entier")
        return int(text) if text.isdecimal() else 0

    def rows_of(self, node: Any) -> Action:
        """Read a rule's decision table as a choice between its rows, each with its cells as condition."""
        table = read_table(self, node, self.conclusion)
        parts: list[Action] = []
        earlier: list[Condition] = []
        for row in table.rows:
            cells = [
                cell_condition(c, cell) for c, cell in zip(table.columns, row.cells, strict=False) if cell is not None
            ]
            condition: Condition = And(tuple(cells)) if len(cells) > 1 else cells[0] if cells else Constant(True)
            if row.otherwise and earlier:
                condition = Not(Or(tuple(earlier))) if len(earlier) > 1 else Not(earlier[0])
            earlier.append(condition)
            if row.output is not None:
                parts.append(Group("together", (row.output,), Written(condition, row.span)))
        return Group("choice", tuple(parts))


def acts_of(action: Action | None) -> list[Act]:
    """Return the leaves of an action tree."""
    if action is None:
        return []
    return [action] if isinstance(action, Act) else [act for part in action.parts for act in acts_of(part)]
