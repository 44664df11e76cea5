"""The order of documents and of sources never matters: not to the snapshot's name, not to any answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from api import library
from engine.outcome import verdict_of
from engine.snapshot import Base, hash_of
from tests.agreement.dice import Dice, Draw
from tests.agreement.sheets import Sheets, evaluate
from tests.agreement.written import REGION, read_base
from tests.strategies import LAW, documents, sheets


def shuffled(body: Any, dice: Dice) -> Any:
    """Return a sheet whose fields, leaves, rows, absences and tumours stand in another order."""
    if isinstance(body, Mapping):
        return {key: shuffled(body[key], dice) for key in dice.shuffled(list(body))}
    if isinstance(body, list):
        return dice.shuffled([shuffled(one, dice) for one in body])
    return body


@st.composite
def two_orders(draw: Draw) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw a sheet of many sources, and the same in another order."""
    dice = Dice(draw)
    body = Sheets(dice).sheet(50)
    return body, shuffled(body, dice)


@LAW
@given(documents(most=1), two_orders())
def test_the_order_of_leaves_and_rows_changes_nothing(
    files: dict[str, str], pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """Everything a sheet leaves in the registers is the same, contradictions included."""
    base = read_base(files)
    one, other = (evaluate(base, body, tumour=[t["id"] for t in body["tumeurs"]].index("t1")) for body in pair)
    names = {register: key for key, register in one.state.program.keys.items()}
    for register, value in enumerate(one.state.values):
        assert other.state.values[register] == value, names.get(register)
    assert set(one.state.split) == set(other.state.split)
    for key, datum in one.facts.data.items():
        assert datum.contradictory == other.facts.data[key].contradictory, key


@st.composite
def two_mappings(draw: Draw) -> tuple[dict[str, str], dict[str, str]]:
    """Draw the documents of a base, and the same in another order."""
    files = draw(documents(most=1))
    return files, {path: files[path] for path in Dice(draw).shuffled(list(files))}


@LAW
@given(two_mappings(), sheets())
def test_the_order_of_documents_changes_nothing(
    pair: tuple[dict[str, str], dict[str, str]], sheet: dict[str, Any]
) -> None:
    """The snapshot has one name, and every rule one verdict, in whatever order documents are read."""
    one, other = map(read_base, pair)
    assert one.hash == other.hash
    assert verdicts(one, sheet) == verdicts(other, sheet)


def test_the_shipped_base_has_one_name_in_any_order() -> None:
    """The hash is of texts and paths, not of the order in which a disk gives them; another text is another name."""
    texts = dict(library.texts())
    backwards = dict(sorted(texts.items(), reverse=True))
    assert list(backwards) != list(texts)
    assert Base.read(backwards).hash == Base.read(texts).hash
    path = next(path for path in texts if "/national/" in path)
    assert hash_of(texts | {path: texts[path] + "\n"}) != hash_of(texts)


def verdicts(base: Base, sheet: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict of every rule, and the truth of every step of a trial."""
    found = evaluate(base, sheet, REGION)
    steps = {name: found.state.truth(name) for name in found.compiled.program.names if name.startswith("step:")}
    return steps | {rule: verdict_of(found.compiled.view, found.state, rule) for rule in found.compiled.view.rules}
