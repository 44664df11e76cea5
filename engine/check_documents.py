"""Documents against dictionary and ontology: rules, actions, definitions and trials resolved; links verified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from engine.actions import SAFETY, acts_of
from engine.boxes import box_of, gaps_of
from engine.check import Checker
from engine.dictionary import Dictionary, Item
from engine.domains import BOOLEAN, Line
from engine.formulas import name_of
from engine.logic import (
    ALWAYS,
    NEVER,
    All,
    Answered,
    AnyKey,
    AnyOf,
    Contrary,
    Enough,
    Key,
    Known,
    Logic,
    Member,
    Some,
    conjoin,
    keys_of,
)
from engine.model import Act, Action, Cell, Criterion, Definition, Guideline, Question, Rule, Table, Trial, Written
from engine.names import did_you_mean, fold
from engine.ontology import Accepted, Ontology
from engine.problems import Problem, Span, in_text
from engine.statements import (
    Body,
    CheckedAct,
    CheckedAction,
    CheckedCriterion,
    CheckedDefinition,
    CheckedGroup,
    CheckedQuestion,
    CheckedRule,
    CheckedTrial,
    ChoiceDefinition,
    ConditionDefinition,
    FormulaDefinition,
    Knowledge,
    TableDefinition,
)
from engine.syntax import And, Compare, Condition, Count, Delay, Formula, ItemName, Number, Operation, Sum
from engine.tables import IMPOSSIBLE, cell_condition
from engine.units import find_unit
from engine.values import Worlds

ACTION_BRANCHES = ("traitement", "examen")


def check_all(
    guidelines: Iterable[Guideline],
    definitions: Iterable[Definition],
    trials: Iterable[Trial],
    dictionary: Dictionary,
    ontology: Ontology,
) -> tuple[Knowledge, list[Problem]]:
    """Resolve every document; return what could be resolved and all problems."""
    checker = DocumentChecker(dictionary, ontology, [])
    written = tuple(guidelines)
    questions: list[CheckedQuestion] = []
    rules: dict[str, CheckedRule] = {}
    for guideline in written:
        for question in guideline.questions:
            posed = checker.all_written(question.posed_if)
            questions.append(CheckedQuestion(question, guideline, posed))
            for rule in question.rules:
                checker.refuse_double(rule, rules)
                rules[rule.id] = checker.rule(rule, guideline, question, posed)
    knowledge = Knowledge(
        written, tuple(questions), rules, tuple(checker.definitions(definitions)), tuple(map(checker.trial, trials))
    )
    checker.links(rules)
    checker.cycles(knowledge.definitions)
    return knowledge, checker.problems


class DocumentChecker(Checker):
    """Resolves rules, actions, definitions and trials."""

    def problem(self, span: Span, code: str, message: str, hint: str = "") -> None:
        """Note a problem of a whole entry."""
        self.problems.append(in_text(span, code, message, hint))

    # --- rules ---

    def rule(self, rule: Rule, guideline: Guideline, question: Question, posed: tuple[Logic, ...]) -> CheckedRule:
        """Resolve a rule."""
        if rule.kind == "safety" and not any(act.modality in SAFETY for act in acts_of(rule.action)) and rule.action:
            self.problem(rule.span, "securite", f"la règle de sécurité `{rule.id}` n'a pas de conclusion de sécurité")
        return CheckedRule(
            rule, guideline, question, posed, self.all_written(rule.conditions),
            self.action(rule.action) if rule.action else None,
            self.written(rule.satisfied_if) if rule.satisfied_if else None,
        )  # fmt: skip

    def action(self, action: Action) -> CheckedAction:
        """Resolve an action tree."""
        condition = self.written(action.condition) if action.condition else ALWAYS
        if not isinstance(action, Act):
            return CheckedGroup(action, tuple(map(self.action, action.parts)), condition)
        self.span = action.span
        found = self.ontology.find(action.concept, ACTION_BRANCHES)
        if found is None:
            hint = did_you_mean(action.concept, self.ontology.labels_of(ACTION_BRANCHES))
            self.problem(action.span, "concept-inconnu", f"concept « {action.concept} » inconnu", hint)
            return CheckedAct(action, action.concept, "", 0, Accepted(0, 0), condition)
        self.exam_and_items(action)
        leaves = self.ontology.masks[found.id]
        where = self.dose(action.where) if action.where else None
        return CheckedAct(action, found.id, found.branch, leaves, self.ontology.containing(found.id), condition, where)

    def exam_and_items(self, act: Act) -> None:
        """Check what an action requires and which items it fills."""
        if act.requires and self.ontology.find(act.requires, ACTION_BRANCHES) is None:
            hint = did_you_mean(act.requires, self.ontology.labels_of(("examen",)))
            self.problem(act.span, "concept-inconnu", f"« {act.requires} » inconnu", hint)
        for name in act.fills:
            if self.dictionary.find(name) is None:
                self.problem(
                    act.span, "item-inconnu", f"item `{name}` inconnu", did_you_mean(name, self.dictionary.items)
                )

    def dose(self, written: Written) -> Logic:
        """Resolve a condition on the action itself: only its dose, in mg/m², can be asked."""
        self.span = written.span
        return self.on_dose(written.condition, Line(find_unit("mg/m²")))

    def on_dose(self, node: Condition, line: Line) -> Logic:
        """Resolve a comparison of the dose, or several joined by `et`."""
        if isinstance(node, And):
            return conjoin(tuple(self.on_dose(part, line) for part in node.parts), "dose")
        if isinstance(node, Compare) and isinstance(node.term, ItemName) and fold(node.term.text) == "dose":
            number = self.number(node.value, line, None)
            if number is not None:
                accepted = line.compare(node.operator, number)
                return Member(Key("dose"), accepted, accepted, "dose")
        self.problem(self.span, "action-ou", "`action où` compare la dose de l'action", 'action où: "dose >= 60 mg/m²"')
        return NEVER

    def refuse_double(self, rule: Rule, rules: Mapping[str, CheckedRule]) -> None:
        """Refuse two rules of one name."""
        if rule.id in rules:
            self.problem(
                rule.span, "regle-double", f"la règle `{rule.id}` existe déjà", f"voir {rules[rule.id].rule.span.file}"
            )

    # --- links between rules ---

    def links(self, rules: Mapping[str, CheckedRule]) -> None:
        """Verify every link: its target exists, regions relax no safety, no cycle, one replacement a place."""
        replaced: dict[tuple[str, str], str] = {}
        for checked in rules.values():
            rule = checked.rule
            for target in self.targets(rule):
                if target not in rules:
                    self.problem(rule.span, "regle-inconnue", f"règle `{target}` inconnue", did_you_mean(target, rules))
                else:
                    self.link(checked, rules[target], replaced)
            if self.reaches(rule.id, rule.id, rules, set()):
                self.problem(rule.span, "cycle", f"les liens de `{rule.id}` reviennent à elle-même")

    def targets(self, rule: Rule) -> tuple[str, ...]:
        """Return the rules a rule names."""
        return (*rule.excepts, *filter(None, (rule.completes, rule.replaces, rule.restricts)))

    def link(self, checked: CheckedRule, target: CheckedRule, replaced: dict[tuple[str, str], str]) -> None:
        """Verify one link."""
        rule = checked.rule
        guarded = target.rule.kind == "safety" or target.rule.legal
        if guarded and target.rule.document != rule.document and target.id != rule.completes:
            self.problem(
                rule.span,
                "securite-intouchable",
                f"`{target.id}` est de sécurité ou légale : hors de son document, on ne peut ni l'excepter, ni la remplacer, ni la restreindre",
                "ajoutez une règle plus stricte",
            )
        wider = target.guideline.valid_in == ("FR",) or set(checked.guideline.valid_in) <= set(
            target.guideline.valid_in
        )
        if not wider:
            self.problem(rule.span, "lieu", f"`{target.id}` n'est pas valable partout où l'est `{rule.id}`")
        if target.id == rule.replaces:
            for place in checked.guideline.valid_in:
                other = replaced.setdefault((target.id, place), rule.id)
                if other != rule.id:
                    self.problem(
                        rule.span, "deux-remplacements", f"`{target.id}` est déjà remplacée par `{other}` ({place})"
                    )

    def reaches(self, start: str, goal: str, rules: Mapping[str, CheckedRule], seen: set[str]) -> bool:
        """Say whether links lead from `start` to `goal`."""
        for target in self.targets(rules[start].rule) if start in rules else ():
            if target == goal:
                return True
            if target not in seen:
                seen.add(target)
                if self.reaches(target, goal, rules, seen):
                    return True
        return False

    # --- trials ---

    def trial(self, trial: Trial) -> CheckedTrial:
        """Resolve a trial."""
        criteria = [self.criterion(c, "") for c in trial.criteria]
        criteria += [self.criterion(c, arm.id) for arm in trial.arms for c in arm.criteria]
        return CheckedTrial(trial, self.all_written(trial.population), tuple(criteria))

    def criterion(self, criterion: Criterion, arm: str) -> CheckedCriterion:
        """Resolve a criterion; one that is doubtful or not encoded stays UNKNOWN."""
        if criterion.state and "juger" not in criterion.state:
            if criterion.condition:
                self.written(criterion.condition)
            return CheckedCriterion(criterion, arm, None)
        if criterion.judge:
            if self.dictionary.judgement(criterion.judge) is None:
                hint = did_you_mean(criterion.judge, self.dictionary.judgements)
                self.problem(criterion.span, "jugement-inconnu", f"jugement `{criterion.judge}` inconnu", hint)
                return CheckedCriterion(criterion, arm, None)
            return CheckedCriterion(
                criterion, arm, Member(Key(criterion.judge), 2, 2, f"à apprécier {criterion.judge}")
            )
        return CheckedCriterion(criterion, arm, self.written(criterion.condition) if criterion.condition else None)

    # --- definitions ---

    def definitions(self, definitions: Iterable[Definition]) -> Iterator[CheckedDefinition]:
        """Resolve definitions."""
        for definition in definitions:
            item = self.dictionary.find(definition.item)
            if item is None or (item.is_records != definition.closes):
                hint = did_you_mean(definition.item, self.dictionary.items)
                self.problem(definition.span, "item-inconnu", f"`{definition.item}` n'est pas un item à définir", hint)
                continue
            yield self.definition(definition, item)

    def definition(self, definition: Definition, item: Item) -> CheckedDefinition:
        """Resolve one definition."""
        self.span = definition.span
        condition = conjoin(self.all_written(definition.condition))
        body = None if definition.closes else self.body(definition, item)
        if definition.inverse:
            condition, body = _stated(condition), _stated_body(body)
        reads = frozenset(keys_of(condition)) | (_reads(body) if body else frozenset())
        return CheckedDefinition(definition, item.id, condition, body, reads, self.part(definition, item))

    def part(self, definition: Definition, item: Item) -> Mapping[str, Worlds] | None:
        """Resolve which rows of a list a definition closes, all of them without `ou`: comparisons of columns joined by `et`."""
        if definition.where is None or not item.is_records:
            return None
        self.span, self.row = definition.where.span, item
        logic = self.condition(definition.where.condition)
        self.row = None
        box = box_of(logic if isinstance(logic, All) else All((logic,)))
        if box is None or not all(isinstance(key, Key) and key.column for key in box):
            self.problem(definition.where.span, "ferme-ou", "`ou` compare des colonnes de la ligne, jointes par `et`")
            return {}
        return {key.item: worlds for key, worlds in box.items() if isinstance(key, Key)}

    def body(self, definition: Definition, item: Item) -> Body | None:
        """Resolve what a definition says."""
        if definition.table is not None:
            return self.table(definition.table, item)
        if definition.true_if is not None or definition.false_if is not None:
            if item.domain != BOOLEAN:
                self.problem(
                    definition.span, "definition", f"`vrai_si` définit un booléen ; `{item.id}` n'en est pas un"
                )
            return ConditionDefinition(
                self.written(definition.true_if) if definition.true_if else NEVER,
                self.written(definition.false_if) if definition.false_if else NEVER,
            )
        if definition.formulas:
            names: dict[str, Key] = {}
            rows = []
            for row in definition.formulas:
                condition = self.written(row.condition) if row.condition else ALWAYS
                self.span = row.span
                self.formula(row.formula, names)
                rows.append((condition, row.formula))
            return FormulaDefinition(tuple(rows), names)
        if definition.chooses:
            return self.choice(definition, item)
        self.problem(
            definition.span,
            "definition",
            f"la définition de `{item.id}` ne dit rien",
            "table, vrai_si, formules ou choisit",
        )
        return None

    def choice(self, definition: Definition, item: Item) -> ChoiceDefinition:
        """Resolve a choice between items of one scale."""
        keys = []
        for name in definition.chooses:
            other = self.dictionary.find(name)
            if other is None or other.domain != item.domain:
                self.problem(
                    definition.span, "choisit", f"`{name}` n'est pas un item de la même échelle que `{item.id}`"
                )
            else:
                keys.append(Key(other.id))
        return ChoiceDefinition(tuple(keys))

    def table(self, table: Table, item: Item) -> TableDefinition:
        """Resolve a table; a combination without a row leaves the item open."""
        rows: list[tuple[Logic, Worlds | None]] = []
        for row in table.rows:
            cells = []
            for column, cell in zip(table.columns, row.cells, strict=False):
                if cell is not None:
                    cells.append(self.cell(cell_condition(column, cell), cell.span))
            rows.append((conjoin(tuple(cells), "ligne"), self.output(row.output, item, row.span)))
        assert item.domain is not None
        full = item.domain.full
        collect = table.policy.startswith("collect")
        rows += [(gap, full) for gap in gaps_of([logic for logic, _ in rows], self.full_of)]
        return TableDefinition(tuple(rows), collect)

    def full_of(self, key: AnyKey) -> Worlds:
        """Return everything possible for an item."""
        assert isinstance(key, Key)
        item = self.dictionary.items.get(key.item) or self.dictionary.judgements.get(key.item)
        assert item is not None
        assert item.domain is not None
        return item.domain.full

    def output(self, cell: object, item: Item, span: Span) -> Worlds | None:
        """Resolve the output of a row."""
        if cell == IMPOSSIBLE or not isinstance(cell, Cell):
            return None
        logic = self.cell(cell_condition(item.id, cell), cell.span)
        if not isinstance(logic, Member) or item.domain is None:
            return None
        return logic.sure & item.domain.full  # type: ignore[operator]  # one item

    def formula(self, formula: Formula, names: dict[str, Key]) -> None:
        """Resolve the names of a formula, delays included."""
        match formula:
            case Operation(_, operands):
                for operand in operands:
                    self.formula(operand, names)
            case Number():
                return
            case ItemName():
                found = self.item(formula)
                if found is not None and isinstance(found[1].domain, Line):
                    names[name_of(formula)] = found[0]
                elif found is not None:
                    self.wrong(formula.at, "formule", f"`{formula.text}` n'est pas un nombre")
            case Delay(start, end):
                for name in (start, end):
                    found = self.item(name)
                    if found is not None:
                        names[name_of(name)] = found[0]
            case Count() | Sum():
                self.wrong(
                    formula.at,
                    "formule",
                    "une formule ne compte pas de lignes",
                    "définissez le nombre par un item à part",
                )

    def cycles(self, definitions: tuple[CheckedDefinition, ...]) -> None:
        """Refuse definitions that follow from themselves."""
        below: dict[str, set[str]] = {}
        for one in definitions:
            below.setdefault(one.item, set()).update(key.item for key in one.reads if not key.stated)
        for one in definitions:
            if _cyclic(one.item, one.item, below, set()):
                self.problem(
                    one.definition.span,
                    "cycle",
                    f"`{one.item}` se définit par lui-même",
                    "une définition `inverse: oui` ne lit que ce qui est dit",
                )


def _cyclic(start: str, goal: str, below: Mapping[str, set[str]], seen: set[str]) -> bool:
    for item in below.get(start, ()):
        if item == goal:
            return True
        if item not in seen:
            seen.add(item)
            if _cyclic(item, goal, below, seen):
                return True
    return False


def _reads(body: Body) -> frozenset[Key]:
    match body:
        case TableDefinition(rows):
            return frozenset(key for logic, _ in rows for key in keys_of(logic))
        case ConditionDefinition(true_if, false_if):
            return frozenset((*keys_of(true_if), *keys_of(false_if)))
        case FormulaDefinition(formulas, names):
            return frozenset((*names.values(), *(key for logic, _ in formulas for key in keys_of(logic))))
        case ChoiceDefinition(keys):
            return frozenset(keys)


def _stated(node: Logic) -> Logic:
    """Return the same condition on stated values only."""
    match node:
        case Member(key) | Known(key) if isinstance(key, Key) and not key.column:
            return replace(node, key=key._replace(stated=True))
        case All(parts) | AnyOf(parts):
            return replace(node, parts=tuple(map(_stated, parts)))
        case Enough(_, parts):
            return replace(node, parts=tuple(map(_stated, parts)))
        case Contrary(part):
            return replace(node, part=_stated(part))
        case Some() | Answered():
            return replace(node, stated=True)
    return node


def _stated_body(body: Body | None) -> Body | None:
    match body:
        case TableDefinition(rows, collect):
            return TableDefinition(tuple((_stated(logic), output) for logic, output in rows), collect)
        case ConditionDefinition(true_if, false_if):
            return ConditionDefinition(_stated(true_if), _stated(false_if))
        case ChoiceDefinition(keys):
            return ChoiceDefinition(tuple(key._replace(stated=True) for key in keys))
        case FormulaDefinition(rows, names):
            stated = {name: key._replace(stated=True) for name, key in names.items()}
            return FormulaDefinition(tuple((_stated(logic), formula) for logic, formula in rows), stated)
    return None
