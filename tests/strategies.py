"""Hypothesis strategies over the small world, and how many cases a law must see."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from engine.syntax import Condition
from tests.agreement import vocabulary
from tests.agreement.conditions import BASIC, DEFINED, READ_BACK, Conditions
from tests.agreement.dice import Dice, Draw
from tests.agreement.narrowing import Narrowing
from tests.agreement.sheets import Sheets, stated_items
from tests.agreement.written import Documents

FULL = bool(os.environ.get("CI")) or os.environ.get("ONCORULES_ALL") == "1"
LAW = settings(
    max_examples=2000 if FULL else 150,
    deadline=None,
    derandomize=FULL,
    print_blob=True,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
)


@st.composite
def documents(draw: Draw, most: int = 2) -> dict[str, str]:
    """Draw the documents of a small base, of at most so many questions: path → text."""
    return Documents(Dice(draw), [*BASIC, *READ_BACK, *DEFINED], most).files()


@st.composite
def sheets(draw: Draw, said: int = 55) -> dict[str, Any]:
    """Draw a native sheet of the small world."""
    return Sheets(Dice(draw)).sheet(said)


@st.composite
def conditions(draw: Draw, depth: int = 3) -> Condition:
    """Draw a condition over the items of the small world."""
    return Conditions(Dice(draw), [*BASIC, *READ_BACK, *DEFINED], barred=True).condition(depth)


@st.composite
def narrowed(draw: Draw) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw a sheet and one that says more."""
    dice = Dice(draw)
    sheets = Sheets(dice, contradictions=False)
    coarse = sheets.sheet(40)
    dictionary = vocabulary.dictionary()
    return coarse, Narrowing(dice, dictionary, vocabulary.ontology(), stated_items(dictionary), sheets.row).sheet(
        coarse
    )
