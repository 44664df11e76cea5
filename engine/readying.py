"""A compiled view made ready for answers: traces to explain, questions to ask, what touches what, once a view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.dictionary import Dictionary, Item
from engine.inquiry import Asked, questions_of
from engine.logic import AS_OF, Key, Logic
from engine.ontology import Ontology
from engine.printing import show_formula
from engine.program import Program, registers_of
from engine.show import show_worlds
from engine.snapshot import Compiled
from engine.statements import ChoiceDefinition, FormulaDefinition, checked_acts, conditions_of
from engine.trace import Trace, Traces
from engine.until import Clock, clock_of
from engine.values import Worlds
from engine.view import View

MOST_TEXTS = 20000

# the order in which care goes, by the moment that a question asks for
MOMENTS = (
    "bilan", "avant_chirurgie", "chirurgie", "apres_chirurgie", "rechute_locale", "metastatique_ligne_1",
    "metastatique_ligne_2", "metastatique_ligne_3_ou_plus", "surveillance",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Giving:
    """A definition prepared for explanation: its condition and title; its rows, or its formula and what that reads."""

    condition: Trace
    title: str
    rows: tuple[Trace, ...]
    text: str
    reads: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """What every answer through one view shares."""

    view: View
    program: Program
    keys: tuple[Key, ...] = field(repr=False)
    traces: Traces = field(repr=False)
    own: Mapping[str, Trace] = field(repr=False)
    questions: Mapping[int, Asked] = field(repr=False)
    touched: Mapping[str, list[str]] = field(repr=False)
    place: Mapping[str, int] = field(repr=False)
    forward: Mapping[str, list[int]] = field(repr=False)
    sources: Mapping[str, list[str]] = field(repr=False)
    clock: Clock
    lists: Mapping[str, Item] = field(repr=False)
    items: Mapping[str, Item] = field(repr=False)
    defined: tuple[tuple[Item, Worlds, int], ...] = field(repr=False)
    giving: Mapping[str, list[Giving]] = field(repr=False)
    trial_names: Mapping[str, list[str]] = field(repr=False)
    texts: dict[tuple[str, Worlds, str, Worlds | None], str] = field(default_factory=dict, repr=False)

    def shown(self, item: Item, worlds: Worlds, ontology: Ontology, language: str, held: Worlds | None = None) -> str:
        """Write worlds; categories are written once for all answers."""
        key = (item.id, worlds, language, held)
        text = self.texts.get(key)
        if text is None:
            text = show_worlds(item, worlds, ontology, language, held)
            if isinstance(worlds, int) and len(self.texts) < MOST_TEXTS:
                self.texts[key] = text
        return text


def make_ready(compiled: Compiled, dictionary: Dictionary) -> Ready:
    """Prepare a view."""
    view, program = compiled.view, compiled.program
    traces = Traces(_explained(view), program, dictionary)
    return Ready(
        view,
        program,
        tuple(load.key for load in program.loads),
        traces,
        {rule: traces[view.own(rule)] for rule in view.rules},
        questions_of(program, dictionary),
        _touched(program),
        _places(view),
        _forward(view, program),
        {item: sources_of(program, item) for item in program.defined},
        clock_of(program, (i for i, r in view.rules.items() if r.rule.kind != "safety")),
        {item.id: item for item in dictionary.records()},
        dictionary.items,
        tuple(_defined(program, dictionary)),
        _giving(view, traces),
        {
            t.trial.id: [
                f"population:{t.trial.id}",
                *(n for n in program.names if n.startswith((f"step:{t.trial.id}:", f"criterion:{t.trial.id}:"))),
            ]
            for t in view.trials
        },
    )


def _defined(program: Program, dictionary: Dictionary) -> Iterable[tuple[Item, Worlds, int]]:
    """Yield the items that definitions give, with everything possible for each and its register."""
    for name in program.defined:
        item, register = dictionary.items[name], program.keys.get(Key(name))
        if register is not None and item.domain is not None:
            yield item, item.domain.full, register


def _giving(view: View, traces: Traces) -> Mapping[str, list[Giving]]:
    """Return the definitions of each item, prepared for explanation."""
    found: dict[str, list[Giving]] = {}
    for checked in view.definitions:
        definition, reads = checked.definition, tuple[Key, ...]()
        text, rows = "", tuple(traces[condition] for condition in conditions_of(checked.body))
        match checked.body:
            case FormulaDefinition(formulas, names):
                text, reads = " ; ".join(show_formula(formula) for _, formula in formulas), tuple(names.values())
            case ChoiceDefinition(keys):
                text, reads = "choisit", keys
        title = " – ".join(filter(None, (definition.title, definition.source.title, definition.source.edition)))
        found.setdefault(checked.item, []).append(Giving(traces[checked.condition], title, rows, text, reads))
    return found


def _forward(view: View, program: Program) -> Mapping[str, list[int]]:
    """Return, for each item, the registers that say when a definition gives it (inverse ones aside)."""
    found: dict[str, list[int]] = {}
    for definition in view.definitions:
        if definition.body is not None and not definition.definition.inverse:
            found.setdefault(definition.item, []).append(program.nodes[definition.condition])
    return found


def _explained(view: View) -> Iterable[Logic]:
    """Yield every condition that an answer may explain."""
    for rule in view.rules:
        yield view.own(rule)
        for act in checked_acts(view.rules[rule].action):
            yield act.condition
        yield from _group_conditions(view.rules[rule].action)
    yield from view.access.values()
    for definition in view.definitions:
        yield definition.condition
        yield from conditions_of(definition.body)
    for trial in view.trials:
        for criterion in trial.criteria:
            if criterion.logic is not None:
                yield criterion.logic


def _group_conditions(action: object) -> Iterable[Logic]:
    for part in getattr(action, "parts", ()):
        yield part.condition
        yield from _group_conditions(part)
    if action is not None:
        yield action.condition  # type: ignore[attr-defined]  # every action has a condition


def _touched(program: Program) -> Mapping[str, list[str]]:
    """Return, for each item, the rules and trials whose condition depends on it."""
    ends: dict[int, list[str]] = {}
    for name, register in program.names.items():
        if name.startswith(("scope:", "population:")):
            ends.setdefault(register, []).append(name.partition(":")[2])
    found: dict[str, set[str]] = {}
    for load in program.loads:
        seen, queue = {load.register}, [load.register]
        while queue:
            register = queue.pop()
            found.setdefault(load.key.item, set()).update(ends.get(register, ()))
            for number in program.readers[register]:
                target = program.code[number][1]
                if target not in seen:
                    seen.add(target)
                    queue.append(target)
    return {item: sorted(names) for item, names in found.items()}


def _places(view: View) -> Mapping[str, int]:
    """Number the questions as care goes: by moment, transversal ones last."""

    def moment(number: int) -> tuple[int, int, int]:
        question = view.questions[number].question
        asked = " ".join(str(written.condition) for written in question.posed_if)
        first = next((n for n, name in enumerate(MOMENTS) if name in asked), len(MOMENTS))
        return question.transversal, first, number

    order = sorted(range(len(view.questions)), key=moment)
    return {view.questions[number].question.id: place for place, number in enumerate(order)}


def sources_of(program: Program, item: str) -> list[str]:
    """Return the items that a definition reads directly or through conditions."""
    by_register = {load.register: load.key.item for load in program.loads}
    by_register |= {register: key.item for key, register in program.keys.items() if isinstance(key, Key)}
    found: list[str] = []
    seen: set[int] = set()
    queue = list(program.defined[item])
    while queue:
        register = queue.pop(0)
        if register in seen:
            continue
        seen.add(register)
        name = by_register.get(register)
        if name is not None and name not in (item, AS_OF):
            found += [name] if name not in found else []
        elif register in program.writers:
            queue += registers_of(program.writers[register])
    return found
