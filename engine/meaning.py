"""What a rule means: one recursive reading of facts, definitions and rules, plain and slow.

Everything faster is held to this module by tests. The clauses followed are those of the page on meaning:
§2 conditions, §3 definitions, §4 exceptions and verdicts, §5 trials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.closing import without
from engine.dates import delay
from engine.dictionary import Dictionary
from engine.domains import NO, YES
from engine.doses import dose_truth
from engine.facts import Facts
from engine.formulas import result_of
from engine.fusion import by_item
from engine.logic import (
    AS_OF,
    All,
    Answered,
    AnyKey,
    AnyOf,
    Barred,
    Contrary,
    CountKey,
    DelayKey,
    Enough,
    Fixed,
    Key,
    Known,
    Logic,
    Member,
    Said,
    Some,
)
from engine.ontology import Ontology
from engine.rowcount import count, total
from engine.rowset import Row, full_of
from engine.statements import (
    CheckedAct,
    CheckedAction,
    CheckedDefinition,
    ChoiceDefinition,
    ConditionDefinition,
    FormulaDefinition,
    TableDefinition,
    needed_by,
)
from engine.truth import FALSE, TRUE, UNKNOWN, Truth, at_least, conjunction, disjunction, negation
from engine.values import NOTHING, Ranges, Worlds, combine
from engine.verdicts import Verdict
from engine.view import View, treats


class Meaning:
    """Reads one tumour's facts through one view."""

    def __init__(self, view: View, facts: Facts, dictionary: Dictionary, ontology: Ontology) -> None:
        """Keep what is read; what was already worked out is remembered."""
        self.view, self.facts, self.dictionary, self.ontology = view, facts, dictionary, ontology
        self.known: dict[Key, Worlds] = {}

    # --- §1, §3: the worlds of an item ---

    def full(self, key: Key) -> Worlds:
        """Return everything possible for an item."""
        item = self.dictionary.items.get(key.item) or self.dictionary.judgements.get(key.item)
        if key.item == AS_OF or item is None or item.domain is None or key.limit:
            return Ranges(()).complement()
        held = self.facts.full.get(key.item)
        return item.domain.full if held is None else held

    def worlds(self, key: AnyKey, row: Mapping[str, Worlds] | None = None, records: str = "") -> Worlds:
        """Return what an item, a column, a delay or a count may be."""
        match key:
            case DelayKey(start, end, months):
                first, last = self.worlds(start, row, records), self.worlds(end, row, records)
                return delay(first, last, months)  # type: ignore[arg-type]  # dates are ranges
            case CountKey(name, where, column):
                return self.number(name, where, column)
            case Key(column=True):
                assert row is not None
                return row[key.item] if key.item in row else full_of(self.dictionary.items[records], key.item)
        stated = self.facts.worlds(key._replace(stated=False))
        if key.stated or key.selector or key.limit:
            return self.full(key) if stated is None else stated
        if key not in self.known:
            self.known[key] = self.joined(key, stated)
        return self.known[key]

    def joined(self, key: Key, stated: Worlds | None) -> Worlds:
        """Join what is stated with what each definition gives: two sources, as §1 has it."""
        sources = [] if stated is None else [stated]
        for definition in self.view.definitions:
            if definition.item == key.item and definition.body is not None and self.truth(definition.condition) == TRUE:
                given = self.defined(definition) & self.full(key)  # type: ignore[operator]  # one item, one sort
                sources += [given] if given else []
        return combine(sources)[0] if sources else self.full(key)

    def defined(self, definition: CheckedDefinition) -> Worlds:
        """Return the image of a definition."""
        item = self.dictionary.items[definition.item]
        full = self.full(Key(item.id))
        match definition.body:
            case TableDefinition(rows, collect_max):
                return image(rows, [self.truth(condition) for condition, _ in rows], full, collect_max)
            case ConditionDefinition(true_if, false_if):
                return either(self.truth(true_if), self.truth(false_if), full)
            case FormulaDefinition(rows, names) as body:
                if any(self.worlds(key) == self.full(key) for key in needed_by(body).values()):
                    return full
                results = [(c, result_of(f, item.line(), lambda name: self.worlds(names[name]))) for c, f in rows]
                covered = self.truth(AnyOf(tuple(condition for condition, _ in rows)))
                return image(results, [self.truth(c) for c, _ in rows], full) if covered == TRUE else full
            case ChoiceDefinition(keys):
                return chosen([self.worlds(key) for key in keys])
        return full

    # --- §2: conditions ---

    def truth(self, node: Logic, row: Mapping[str, Worlds] | None = None, records: str = "") -> Truth:
        """Say whether a condition is TRUE, FALSE or UNKNOWN."""
        match node:
            case Fixed(truth):
                return truth
            case Member(key, sure, possible):
                return member(self.worlds(key, row, records), sure, possible)
            case Known(key, classes):
                return known(self.worlds(key, row, records), classes)
            case All(parts) | AnyOf(parts):
                join = conjunction if isinstance(node, All) else disjunction
                return join(self.truth(part, row, records) for part in by_item(node))
            case Contrary(part):
                return negation(self.truth(part, row, records))
            case Enough(number, parts):
                return at_least(number, (self.truth(part, row, records) for part in parts))
            case Some(name, where, number, stated):
                counted = self.number(name, where, stated=stated)
                assert isinstance(counted, Ranges)
                return TRUE if counted.low >= number else FALSE if counted.high < number else UNKNOWN
            case Answered(name, where, stated):
                return self.answered(name, where, stated)
            case Barred(concept, dose):
                return self.barred(self.ontology.masks[concept], dose)
            case Said(name):
                return self.said(name)

    def rows(self, name: str) -> Sequence[Row]:
        """Return the listed rows of a list."""
        return self.facts.rows[name].rows

    def missing(self, name: str, where: Logic, stated: bool = False) -> bool:
        """Say whether a row that satisfies a condition may be missing: no definition closes the list, or that part of it."""
        ghosts: Sequence[Mapping[str, Worlds]] = self.facts.rows[name].ghosts
        for definition in () if stated else self.view.definitions:
            if definition.item == name and definition.body is None and self.truth(definition.condition) == TRUE:
                records = self.dictionary.items[name]
                ghosts = () if definition.part is None else without(ghosts, definition.part, records)
        return any(self.truth(where, ghost, name) != FALSE for ghost in ghosts)

    def number(self, name: str, where: Logic, column: str = "", stated: bool = False) -> Worlds:
        """Count the rows that satisfy a condition, or sum a column over them."""
        truths = [self.truth(where, row.worlds, name) for row in self.rows(name)]
        missing = self.missing(name, where, stated)
        if column:
            return total(self.rows(name), truths, missing, self.dictionary.items[name].columns[column])
        return count(self.rows(name), truths, missing, self.dictionary.items[name])

    def answered(self, name: str, where: Logic, stated: bool) -> Truth:
        """Say whether a row answers, or absence is said."""
        answer = self.dictionary.items[name].answer
        for row in self.rows(name):
            if row.certain and (not answer or answer in row.worlds) and self.truth(where, row.worlds, name) == TRUE:
                return TRUE
        return UNKNOWN if self.missing(name, where, stated) else TRUE

    def barred(self, leaves: int, dose: str) -> Truth:
        """Return the greatest truth of the contraindications that reach a treatment at a dose."""
        reaches = (r for r in self.view.reaching(leaves) if r.modality == "contraindicate")
        truths = (
            min(self.holds(r.rule), self.truth(r.act.condition), dose_truth(r.act.where, dose))
            for r in reaches
            if r.sure
        )
        return disjunction(truths)

    # --- §4: rules ---

    def said(self, name: str) -> Truth:
        """Return the truth of a named statement."""
        kind, _, rule = name.partition(":")
        return {"up": self.up, "holds": self.holds, "condition": self.condition}[kind](rule)

    def condition(self, rule: str) -> Truth:
        """Return the truth of a rule's own condition."""
        completed = self.view.rules[rule].rule.completes
        own = self.truth(self.view.own(rule))
        return min(own, self.holds(completed)) if completed in self.view.rules else own

    def exceptions(self, rule: str) -> list[str]:
        """Return the exceptions of a rule in force here."""
        return [e for e in self.view.exceptions.get(rule, ()) if e not in self.view.replaced]

    def up(self, rule: str) -> Truth:
        """up(r) = condition(r) and no exception of r displaces."""
        return min(self.condition(rule), negation(disjunction(self.displaces(e) for e in self.exceptions(rule))))

    def yields(self, rule: str) -> Truth:
        """yields(x) = condition(x) and ((x has a conclusion and up(x)) or some exception of x yields)."""
        own = self.up(rule) if self.view.has_conclusion(rule) else FALSE
        return min(self.condition(rule), disjunction((own, *(self.yields(e) for e in self.exceptions(rule)))))

    def displaces(self, rule: str) -> Truth:
        """displaces(e) = condition(e) and not (an exception of e without conclusion is up and none yields)."""
        silent = [e for e in self.exceptions(rule) if not self.view.has_conclusion(e)]
        given_back = disjunction(
            min(self.up(e), negation(disjunction(self.yields(x) for x in self.exceptions(rule)))) for e in silent
        )
        return min(self.condition(rule), negation(given_back))

    def holds(self, rule: str) -> Truth:
        """holds(r) = up(r) and the condition of every rule above it."""
        return min(self.up(rule), self.above(rule))

    def above(self, rule: str) -> Truth:
        """Return the conditions of every rule above; of one chain of them, where there are several parents."""
        parents = self.view.parents(rule)
        return disjunction(min(self.condition(p), self.above(p)) for p in parents) if parents else TRUE

    def verdict(self, rule: str) -> Verdict:
        """Return the first verdict that fits, in the order of §4."""
        condition = min(self.condition(rule), self.above(rule))
        satisfied = self.view.rules[rule].satisfied
        if self.view.is_off(rule):
            return Verdict.REPLACED
        if condition == FALSE or (satisfied is not None and self.truth(satisfied) == TRUE):
            return Verdict.DOES_NOT_APPLY
        if self.up(rule) == FALSE:
            return Verdict.OVERRIDDEN
        action = self.view.rules[rule].action
        if action is not None and self.excluded(action) == TRUE:
            return Verdict.CONTRAINDICATED
        if self.holds(rule) == TRUE:
            return Verdict.APPLIES
        return Verdict.APPLIES_UNLESS if condition == TRUE else Verdict.UNDETERMINED

    def excluded(self, action: CheckedAction) -> Truth:
        """Say whether every alternative of an action is contraindicated (one is if one of its parts is)."""
        if isinstance(action, CheckedAct):
            return self.barred(action.leaves, action.act.dose) if treats(action) else FALSE
        parts = [(self.truth(part.condition), self.excluded(part)) for part in action.parts]
        if action.group.kind != "choice":
            return disjunction(min(stands, inside) for stands, inside in parts)
        return conjunction(max(negation(stands), inside) for stands, inside in parts)

    # --- §5: trials ---

    def eligible(self, trial: str, arm: str, step: str) -> Truth:
        """eligible(arm) = every inclusion and no exclusion, up to a step."""
        checked = next(t for t in self.view.trials if t.trial.id == trial)
        truths = []
        for criterion in checked.of_arm(arm):
            if criterion.criterion.step == step or not step:
                truth = UNKNOWN if criterion.logic is None else self.truth(criterion.logic)
                truths.append(negation(truth) if criterion.criterion.kind == "exclusion" else truth)
        return conjunction(truths)


def member(worlds: Worlds, sure: Worlds, possible: Worlds) -> Truth:
    """TRUE if all worlds are accepted, FALSE if none can be, UNKNOWN otherwise."""
    if not worlds & possible:  # type: ignore[operator]  # one item, one sort
        return FALSE
    return TRUE if worlds & sure == worlds else UNKNOWN  # type: ignore[operator]  # as above


def known(worlds: Worlds, classes: Sequence[Worlds]) -> Truth:
    """TRUE if all worlds lie in one class (are one number where there are no classes), never FALSE."""
    if not classes:
        return TRUE if isinstance(worlds, Ranges) and worlds.low == worlds.high else UNKNOWN
    return TRUE if any(worlds & one == worlds for one in classes) else UNKNOWN  # type: ignore[operator]  # one item


def image(
    rows: Sequence[tuple[Logic, Worlds | None]], truths: Sequence[Truth], full: Worlds, collect_max: bool = False
) -> Worlds:
    """Return the output of the row that is TRUE, else the outputs of all rows that are not FALSE.

    Without a row the item is open; where only impossible combinations are left, nothing is.
    """
    sure = [output for (_, output), truth in zip(rows, truths, strict=True) if truth == TRUE and output]
    maybe = [output for (_, output), truth in zip(rows, truths, strict=True) if truth != FALSE and output]
    if collect_max and sure:
        floor = max(o & -o for o in sure if isinstance(o, int))
        return union([o for o in (*sure, *maybe) if isinstance(o, int) and o & -o >= floor])
    if sure or maybe:
        return union(sure or maybe)
    return full if all(truth == FALSE for truth in truths) else full & none_of(full)  # type: ignore[operator]  # one item


def either(true_if: Truth, false_if: Truth, full: Worlds) -> Worlds:
    """Return yes where TRUE if, no where FALSE if, both where neither; nothing where both: they contradict each other."""
    assert isinstance(full, int)
    worlds = full & YES if true_if == TRUE else full
    return worlds & NO if false_if == TRUE else worlds


def none_of(worlds: Worlds) -> Worlds:
    """Return no world, of the same sort."""
    return NOTHING if isinstance(worlds, Ranges) else 0


def union(outputs: Sequence[Worlds]) -> Worlds:
    """Return the union of outputs."""
    found = outputs[0]
    for output in outputs[1:]:
        found = found | output  # type: ignore[operator]  # one item, one sort
    return found


def chosen(worlds: Sequence[Worlds]) -> Worlds:
    """Return what all leave possible; where they can't hold together, the first counts."""
    kept = worlds[0]
    for other in worlds[1:]:
        kept = (kept & other) or kept  # type: ignore[operator]  # one item, one sort
    return kept
