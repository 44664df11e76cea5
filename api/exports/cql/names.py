"""What definitions of the sheet's library are called: by the French text of a condition, by an item, by a definition's title."""

from __future__ import annotations

from collections.abc import Mapping

from engine.logic import AnyKey, CountKey, DelayKey, Key, Logic
from engine.ontology import Ontology
from engine.program import Instruction, Program
from engine.syntax import Selector
from engine.view import View


def name_of(key: Key) -> str:
    """Return the name of what is read of the sheet: the item, through its selector, over a laboratory's limit."""
    return f"{key.item}{_selected(key.selector)}{f' × {key.limit.upper()}' if key.limit else ''}"


def _selected(selector: Selector | None) -> str:
    if selector is None:
        return ""
    return f" ({' '.join(str(part) for part in (selector.kind, selector.number, selector.unit) if part)})"


def name_of_worlds(key: AnyKey | None, instruction: Instruction) -> str:
    match key:
        case DelayKey(start, end, months):
            return f"délai({name_of(start)}, {name_of(end)}) en {'mois' if months else 'jours'}"
        case CountKey(records, where, column):
            return f"{'somme' if column else 'nombre'}({records}{'.' + column if column else ''} où ({where.text}))"
        case Key():
            return f"{name_of(key)} (énoncé et déduit)"
    raise AssertionError(instruction)


def names_given(program: Program, view: View) -> dict[int, str]:
    """Return, for the register of what each definition gives, a name: its item and its title."""
    found: dict[int, str] = {}
    for item, registers in program.defined.items():
        definitions = [d for d in view.definitions if d.item == item and d.body is not None]
        for register, checked in zip(registers, definitions, strict=True):
            found.setdefault(register, f"{item} selon : {checked.definition.title or checked.definition.source.title}")
    return found


def texts_of(nodes: Mapping[Logic, int]) -> dict[int, str]:
    """Return the text that an editor gave to the condition in each register."""
    found: dict[int, str] = {}
    for node, register in nodes.items():
        if node.text:
            found.setdefault(register, node.text)
    return found


def leaves_of_branch(ontology: Ontology, concept: str) -> tuple[str, ...] | None:
    """Return the names of the leaves among which those of a concept are."""
    found = ontology.domains.get(ontology.concepts[concept].branch)
    return found.names if found else None
