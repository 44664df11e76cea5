"""What one sheet leaves in the registers of a program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.facts import Facts
from engine.program import Program
from engine.truth import Truth


class Truths(Protocol):
    """What named conditions come to: for a sheet, or for one that says more."""

    @property
    def program(self) -> Program:
        """The program whose conditions are named."""

    def truth(self, name: str) -> Truth:
        """Return the truth of a named condition."""


@dataclass(slots=True)
class State:
    """What one sheet leaves in the registers.

    `split` holds, for items whose sources can't all hold, what is stated and what each definition gives; `seen`, what was
    read of rows, by all that it hangs on: suppositions about the same sheet share it.
    """

    program: Program
    facts: Facts
    values: list[Any]
    split: dict[str, list[Any]] = field(default_factory=dict)
    seen: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False)

    def truth(self, name: str) -> Truth:
        """Return the truth of a named condition."""
        return self.values[self.program.names[name]]  # type: ignore[no-any-return]  # a truth register
