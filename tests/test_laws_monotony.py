"""Monotony: a sheet that says more never turns TRUE or FALSE into anything else, nor makes anything possible again.

A later value, an expiry, a further tumour and a contradiction are revisions: no narrowing drawn here makes one of the
first three, and what hangs on a contradiction (between sources, or with the source that a definition prefers) is left out.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given

from engine.truth import NAMES, UNKNOWN
from tests.agreement import shipped
from tests.agreement.narrowing import revised
from tests.agreement.sheets import Evaluated, evaluate
from tests.agreement.shipped import narrowed_breast_sheets
from tests.agreement.written import read_base
from tests.strategies import LAW, documents, narrowed


def assert_narrower(coarse: Evaluated, fine: Evaluated, definitions_too: bool = False) -> None:
    """Hold every register of the finer sheet to the coarser one: truths that were certain, worlds that were possible."""
    program = coarse.state.program
    assert fine.state.program is program
    nodes = {register: node.text for node, register in program.nodes.items()}
    keys = {register: key for key, register in program.keys.items()}
    left_out = revised(coarse, fine, definitions_too)
    for instruction in program.code:
        register = instruction[1]
        before, after = coarse.state.values[register], fine.state.values[register]
        if register in left_out:
            continue
        if register in program.truths:
            assert before in (UNKNOWN, after), (
                f"{nodes.get(register) or instruction} : {NAMES[before]} → {NAMES[after]}"
            )
        else:
            assert after & before == after, f"{keys.get(register) or instruction} : {before} → {after}"


@LAW
@given(documents(most=1), narrowed())
def test_a_sheet_that_says_more_never_changes_what_was_certain(
    files: dict[str, str], pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """Random bases, random sheets."""
    base = read_base(files)
    coarse, fine = (evaluate(base, body) for body in pair)
    assert_narrower(coarse, fine, definitions_too=True)


@LAW
@given(narrowed_breast_sheets())
def test_a_breast_sheet_that_says_more_never_changes_what_was_certain(
    pair: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    """The shipped base: here a definition that contradicts itself is no excuse."""
    coarse, fine = (evaluate(shipped.base(), body) for body in pair)
    assert_narrower(coarse, fine)
