"""The exported rules in npm `cql-execution`: a batch of sheets in one process, every truth beside ours.

`python -m tests.agreement.other_engine 2000` compares a larger batch by hand, at each place or at those named after it.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from api import library
from api.exports.cql.inputs import inputs
from api.exports.cql.libraries import Export, export, group_conditions, part_name, sources
from engine.meaning import Meaning
from engine.outcome import trial_truth, verdict_of
from engine.sheet import read_sheet
from engine.snapshot import Compiled
from engine.state import State
from engine.truth import FALSE, TRUE, Truth
from tests.agreement.dice import Dice
from tests.agreement.every_site import EverySheets
from tests.agreement.sheets import Evaluated, evaluate
from tests.agreement.shipped import DAY, base
from tests.conftest import ROOT

RUNNER = ROOT / "tests" / "cql"
PLACES = ("", "FR-GES")
_VALUES: dict[Truth, bool | None] = {TRUE: True, FALSE: False}

Values = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """A view of the shipped base, what it exports, and the names of the definitions that are compared."""

    compiled: Compiled
    exported: Export
    wanted: Mapping[str, tuple[str, ...]]


@cache
def place(region: str) -> Place:
    """Return the shipped base at a place, exported."""
    compiled = base().at(DAY, region)
    exported = export(base(), compiled)
    wanted = {
        name: tuple(define.name for define in one.defines if not one.parameters or define.register is not None)
        for name, one in exported.libraries.items()
        if one.defines
    }
    return Place(compiled, exported, wanted)


def installed() -> bool:
    """Say whether the other engine is installed (`make test` does it)."""
    return (RUNNER / "node_modules" / "cql-execution").is_dir()


def theirs(where: Place, sheets: Sequence[Mapping[str, Any]]) -> list[Values]:
    """Return what the other engine makes of every definition for a batch of sheets, in one process."""
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder) / "in.json", Path(folder) / "out.json"
        body = {"sources": sources(where.exported), "wanted": where.wanted, "sheets": list(sheets)}
        asked.write_text(json.dumps(body), encoding="utf-8")
        command = ["node", "--max-semi-space-size=128", "run.mjs", str(asked), str(told)]
        ended = subprocess.run(command, cwd=RUNNER, check=False, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr[-2000:]
        found = json.loads(told.read_text(encoding="utf-8"))
    assert not found["problems"], found["problems"]
    return list(found["answers"])


def ours(where: Place, state: State) -> Values:
    """Return what the machine makes of the same definitions."""
    found = _finals(where, state)
    values: Values = {}
    for name, one in where.exported.libraries.items():
        if name in where.wanted:
            registers = {define.name: define.register for define in one.defines}
            values[name] = [
                _VALUES.get(state.values[register])
                if (register := registers[wanted]) is not None
                else found[name, wanted]
                for wanted in where.wanted[name]
            ]
    return values


def _finals(where: Place, state: State) -> dict[tuple[str, str], Any]:
    """Return what rules and trials come to: verdicts, whether a rule applies, eligibility."""
    view, found = where.compiled.view, {}
    names = {one.subject: name for name, one in where.exported.libraries.items()}
    meaning = Meaning(view, state.facts, base().dictionary, base().ontology)
    for rule, checked in view.rules.items():
        name, verdict = names[checked.guideline.id], verdict_of(view, state, rule)
        barred = state.truth(f"excluded:{rule}") == TRUE
        done = checked.satisfied is not None and state.truth(f"satisfied:{rule}") == TRUE
        holds = FALSE if barred or done or view.is_off(rule) else state.truth(f"holds:{rule}")
        found[name, f"{rule} verdict"] = verdict.value
        found[name, f"{rule} applies"] = _VALUES.get(holds)
        for number, condition in enumerate(group_conditions(checked.action)):
            found[name, part_name(rule, number)] = _VALUES.get(meaning.truth(condition))
    for trial in view.trials:
        for arm in trial.arms():
            found[names[trial.trial.id], f"{arm} éligible".strip()] = _VALUES.get(trial_truth(state, trial, arm))
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """One definition that came out otherwise."""

    sheet: int
    library: str
    name: str
    ours: Any
    theirs: Any


def compared(region: str, evaluated: Sequence[Evaluated]) -> tuple[list[Difference], Counter[Any]]:
    """Return every difference over a batch, and how often each value came out."""
    where = place(region)
    answers = theirs(where, [inputs(where.exported, each.state) for each in evaluated])
    differences: list[Difference] = []
    seen: Counter[Any] = Counter()
    for number, (each, answer) in enumerate(zip(evaluated, answers, strict=True)):
        mine = ours(where, each.state)
        for name, names in where.wanted.items():
            for wanted, one, other in zip(names, mine[name], answer[name], strict=True):
                seen[one] += 1
                if one is not other and one != other:
                    differences.append(Difference(number, name, wanted, one, other))
    return differences, seen


def of_bodies(bodies: Iterable[Mapping[str, Any]], region: str) -> list[Evaluated]:
    """Evaluate every tumour of native sheets at a place."""
    return [
        evaluate(base(), body, region, tumour, _day(body))
        for body in bodies
        for tumour in range(len(read_sheet(body, base().dictionary, base().ontology).tumours))
    ]


def _day(body: Mapping[str, Any]) -> date:
    return date.fromisoformat(str(body.get("rcp", {}).get("date_rcp", DAY.isoformat()))[:10])


def fiches() -> list[Mapping[str, Any]]:
    """Return the whole fiches of the base."""
    return [json.loads(text) for path, text in library.fiches().items() if path.endswith(".json")]


class Thrown(Dice):
    """Dice without Hypothesis, for a large batch."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def number(self, low: int, high: int) -> int:
        return low if low >= high else self.random.randint(low, high)


def main(number: int, regions: Sequence[str]) -> None:
    """Compare a batch by hand, place by place."""
    for region in regions or PLACES:
        for start in range(0, number, 250):
            bodies = [EverySheets(Thrown(seed)).sheet() for seed in range(start, min(number, start + 250))]
            differences, seen = compared(region, of_bodies(bodies, region))
            print(region or "France", start, dict(seen.most_common(3)), "differences:", len(differences), flush=True)
            for each in differences[:10]:
                print("  ", each)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
