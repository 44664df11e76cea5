"""What to ask: what is not listed changes no open verdict, and what decides something has a value that does.

Both laws are held by editing the native sheet and evaluating it again.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.answer import TumourAnswer
from engine.dictionary import Item
from engine.inquiry import Asked
from engine.outcome import trial_truth, trial_verdict, verdict_of
from engine.readying import Ready, make_ready
from engine.snapshot import Base
from engine.truth import FALSE, TRUE
from engine.values import Ranges, Worlds
from engine.verdicts import Verdict
from engine.worked import Wanted
from tests.agreement import shipped, vocabulary
from tests.agreement.conditions import DAY
from tests.agreement.dice import Dice, Draw
from tests.agreement.narrowing import LISTS, Narrowing
from tests.agreement.sheets import Evaluated, Sheets, evaluate, put, said_of, stated_items
from tests.agreement.written import read_base
from tests.strategies import LAW, documents

OPEN = (Verdict.UNDETERMINED, Verdict.APPLIES_UNLESS)
EVERYTHING = Wanted("fr", True, False)
_READY: dict[int, Ready] = {}


@dataclass(slots=True)
class Answered:
    """A sheet with its answer, and what the answer asks."""

    found: Evaluated
    answer: TumourAnswer
    body: dict[str, Any]

    def listed(self) -> frozenset[str]:
        """Return every item that the answer asks for, anywhere."""
        entries = [*self.body["to_ask"], *_missing(self.body["recommendations"]), *_missing(self.body["trials"])]
        return frozenset(entry["item"] for entry in entries)

    def open_verdicts(self) -> dict[str, str]:
        """Return the verdicts that are not settled yet."""
        return {
            name: verdict
            for name, verdict in verdicts(self.found).items()
            if verdict in ("possible", *(v.value for v in OPEN))
        }

    def deciding(self) -> Iterator[tuple[Asked, Any, str, str]]:
        """Yield each question with a value, and an answer that this value alone decides."""
        asking = self.answer.asking
        wanted = {entry["question"] for entry in self.body["to_ask"] if sum(entry["decides"].values())}
        for register in sorted(asking.inquiry.questions):
            asked = asking.inquiry.questions[register]
            if asking.describe(asked)["question"] in wanted:
                for cell, lane in asking.inquiry.tried(asked):
                    for change in self.answer.ranking.effect(asked, cell, lane)["becomes"]:
                        if change["decided"]:
                            yield asked, cell, change["id"], change["verdict"]


def _missing(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        yield from (*entry["missing"], *entry["to_judge"])
        for exception in entry.get("unless", ()):
            yield from exception["missing"]


def answered(base: Base, body: Mapping[str, Any]) -> Answered:
    """Answer a sheet, with every rule."""
    found = evaluate(base, body)
    if found.compiled.view is not shipped.base().at(DAY).view:
        ready = make_ready(found.compiled, base.dictionary)
    else:
        ready = _READY.setdefault(0, _READY.get(0) or make_ready(found.compiled, base.dictionary))
    answer = TumourAnswer(base, ready, found.state, EVERYTHING)
    return Answered(found, answer, answer.body(found.sheet.tumours[0]))


def verdicts(found: Evaluated) -> dict[str, str]:
    """Return the verdict of every rule and trial."""
    view, state = found.compiled.view, found.state
    trials = {}
    for trial in view.trials:
        if state.truth(f"population:{trial.trial.id}") == FALSE:
            trials[trial.trial.id] = "off_topic"
        else:
            trials[trial.trial.id] = trial_verdict(max(trial_truth(state, trial, arm) for arm in trial.arms()))
    return {rule: verdict_of(view, state, rule).value for rule in view.rules} | trials


def contradicts_anew(before: Evaluated, after: Evaluated) -> bool:
    """Say whether an edit made sources that can't all hold: then it is no answer to a question."""
    apart = [
        {
            *found.state.split,
            *(key.item for key, d in found.facts.data.items() if d.contradictory),
            *(s.item for s in found.facts.impossible),
        }
        | {name for name, rows in found.facts.rows.items() if rows.contradictions}
        for found in (before, after)
    ]
    return not apart[1] <= apart[0]


@dataclass(frozen=True, slots=True)
class Small:
    """The small world, for one draw."""

    files: dict[str, str]
    sheet: dict[str, Any]
    dice: Dice

    def narrowing(self) -> Narrowing:
        dictionary = vocabulary.dictionary()
        return Narrowing(self.dice, dictionary, vocabulary.ontology(), stated_items(dictionary), Sheets(self.dice).row)


def given_more(narrowing: Narrowing, body: Mapping[str, Any], item: Item) -> dict[str, Any]:
    """Return the sheet with one item or list narrowed."""
    edited: dict[str, Any] = copy.deepcopy(dict(body))
    if item.is_records:
        edited[item.path] = narrowing.records(item, edited.get(item.path) or {})
    elif item.id in vocabulary.JUDGEMENTS or item.effort == "juger":
        edited.setdefault("jugements", {})[item.id] = narrowing.dice.chance(50)
    else:
        found = narrowing.said(item, said_of(edited, item))
        if found is not None:
            put(edited, item, found)
    return edited


def assert_unlisted_changes_nothing(base: Base, sheet: Mapping[str, Any], narrowing: Narrowing) -> None:
    """Give a value to an item that is not listed, and compare what was open."""
    before = answered(base, sheet)
    read = {load.key.item for load in before.found.state.program.loads} | {
        i[2] for i in before.found.state.program.code if i[0] in LISTS
    }
    judgements = [j for j in base.dictionary.judgements.values() if j.id not in sheet.get("jugements", {})]
    unlisted = [
        i for i in (*narrowing.items, *base.dictionary.records(), *judgements) if i.id in read - before.listed()
    ]
    assume(unlisted)
    for item in narrowing.dice.some(unlisted, 1, 4):
        edited = given_more(narrowing, sheet, item)
        after = evaluate(base, edited)
        if not contradicts_anew(before.found, after):
            now = verdicts(after)
            assert {name: now[name] for name in before.open_verdicts()} == before.open_verdicts(), (item.id, edited)


def exact_leaf(item: Item, cell: Worlds) -> Any:
    """Return the leaf that says just this cell, or None where none does."""
    if isinstance(cell, Ranges):
        if item.kind == "date" or len(cell.parts) != 1:
            return None
        part = cell.parts[0]
        body: dict[str, Any] = {"min_exclu": part.low_open, "max_exclu": part.high_open}
        body |= {"min": str(part.low)} if part.low.is_finite() else {}
        return body | ({"max": str(part.high)} if part.high.is_finite() else {})
    if item.kind == "booleen":
        return cell == 2
    if item.kind == "concept":
        return next((name for name, mask in item.leaves().sets.items() if mask == cell), None)
    names = [name for name in item.leaves().leaves_of(cell) if item.leaves().sets[name] & ~cell == 0]
    return names if sum(item.leaves().sets[n] for n in names) == cell else None


def with_cell(base: Base, sheet: Mapping[str, Any], asked: Asked, cell: Any, row: Any) -> dict[str, Any] | None:
    """Return the sheet edited to say a cell: a value, a judgement, a row that is there, or a list that is complete."""
    edited: dict[str, Any] = copy.deepcopy(dict(sheet))
    judgement = base.dictionary.judgements.get(asked.item)
    if judgement is not None:
        edited.setdefault("jugements", {})[asked.item] = cell == 2
        return edited
    item = base.dictionary.items[asked.item]
    if asked.text:
        body = dict(edited.get(item.path) or {})
        if cell == TRUE:
            body["lignes"] = [*body.get("lignes", ()), row(item)]
        else:
            body["complet"] = True
        edited[item.path] = body
        return edited
    leaf = exact_leaf(item, cell)
    if leaf is None or asked.limit:
        return None
    put(edited, item, leaf)
    return edited


def assert_a_value_decides(base: Base, sheet: Mapping[str, Any], dice: Dice, row: Any) -> None:
    """Edit the sheet as a question says would decide, and find that verdict."""
    before = answered(base, sheet)
    several = [
        key.item
        for key in before.found.state.program.keys
        if hasattr(key, "selector") and not key.stated and not key.column
    ]
    deciding = [one for one in before.deciding() if several.count(one[0].item) <= 1]
    assume(deciding)
    asked, cell, name, verdict = dice.pick(deciding)
    edited = with_cell(base, sheet, asked, cell, row)
    assume(edited is not None)
    after = evaluate(base, edited or {})
    assume(after.state.values[asked.register] == cell and not contradicts_anew(before.found, after))
    assert verdicts(after)[name] in _at_least(verdict), (asked.item, asked.text, name, verdict)


def _at_least(verdict: str) -> tuple[str, ...]:
    """Return the verdict expected, and what more knowledge of the same rows may make of it."""
    return (verdict, "contraindicated") if verdict == "applies" else (verdict,)


@st.composite
def small(draw: Draw, said: int = 45) -> Small:
    """Draw a small base, a sheet of one source that says its site (which scales hang on), and the dice to edit it."""
    files, dice = draw(documents(most=1)), Dice(draw)
    sheet = Sheets(dice, contradictions=False).sheet(said)
    sheet["tumeurs"][0]["topographie"] = dice.pick(("sein", "poumon"))
    return Small(files, sheet, dice)


@LAW
@given(small())
def test_what_is_not_listed_changes_no_open_verdict(drawn: Small) -> None:
    """First law, random bases."""
    assert_unlisted_changes_nothing(read_base(drawn.files), drawn.sheet, drawn.narrowing())


@LAW
@given(small())
def test_what_decides_has_a_value_that_does(drawn: Small) -> None:
    """Second law, random bases."""
    assert_a_value_decides(read_base(drawn.files), drawn.sheet, drawn.dice, Sheets(drawn.dice).row)
