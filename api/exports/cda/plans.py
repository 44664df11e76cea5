"""What of an answer the board accepts → lines of a proposal: each treatment with its intention, its step, its reserves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.dictionary import Dictionary
from engine.names import did_you_mean
from engine.problems import Problem, Refused, in_sheet

Json = Mapping[str, Any]

APPLIES = ("applies", "applies_unless")
RULES = (*APPLIES, "undetermined")  # a board may accept what is undetermined; what is set aside it can't
TRIALS = ("eligible", "possible")
TREATMENTS = ("propose", "consider")
EQUAL, RANKED = "choice", "alternative"
EXAMINATION = "examen"  # the effort that the dictionary gives to what is carried out
LAST = 99  # what has no rank comes after what has one


@dataclass(frozen=True, slots=True)
class Line:
    """One action of an accepted plan, and where it stands in it.

    `intention` is 1 for what comes first, more for alternatives by their rank; `step` counts what comes one after the
    other (1, 2…); `choice` says whether it is one of several: of equals, or an alternative. `conditions` are still open.
    """

    rule: Json
    action: Json
    intention: int = 1
    step: int = 1
    choice: str = ""
    conditions: tuple[Json, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def concept(self) -> str:
        """Return the concept of the action."""
        return str(self.action["concept"]["id"])


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the board accepts for one tumour: rules with the lines of their plans, what safety takes out, trials."""

    tumour: Json
    rules: tuple[Json, ...]
    lines: tuple[Line, ...]
    barred: tuple[Line, ...]
    trials: tuple[Json, ...]

    @property
    def treatments(self) -> tuple[Line, ...]:
        """Return what is proposed or considered."""
        return tuple(line for line in self.lines if line.action["modality"] in TREATMENTS)


def accept(answer: Json, ids: Iterable[str] | None) -> tuple[Accepted, ...]:
    """Return what is accepted of each tumour: these rules and trials, or every rule that applies if none is named.

    Raises `Refused` with every id that the answer hasn't, or that it sets aside (not applicable, not eligible…).
    """
    wanted = None if ids is None else list(dict.fromkeys(ids))
    if wanted is not None:
        problems = list(_refusals(answer, wanted))
        if problems:
            raise Refused(problems)
    return tuple(_accepted(tumour, wanted) for tumour in answer["tumours"])


def _accepted(tumour: Json, wanted: list[str] | None) -> Accepted:
    rules = [each for each in tumour["recommendations"] if _is_accepted(each, wanted, RULES)]
    lines = [line for rule in rules if rule["kind"] != "safety" for line in lines_of(rule)]
    trials = [each for each in tumour["trials"] if wanted is not None and _is_accepted(each, wanted, TRIALS)]
    barred = [line for line in lines if _is_barred(line.action)]
    kept = [line for line in lines if not _is_barred(line.action)]
    return Accepted(tumour, tuple(rules), tuple(kept), tuple(barred), tuple(trials))


def _is_accepted(entry: Json, wanted: list[str] | None, verdicts: tuple[str, ...]) -> bool:
    if wanted is None:
        return entry["verdict"] in APPLIES
    return entry["id"] in wanted and entry["verdict"] in verdicts


def _refusals(answer: Json, wanted: Iterable[str]) -> Iterator[Problem]:
    verdicts: dict[str, list[str]] = {}
    for tumour in answer["tumours"]:
        for entry in (*tumour["recommendations"], *tumour["trials"]):
            verdicts.setdefault(entry["id"], []).append(entry["verdict"])
    for number, each in enumerate(wanted):
        said = verdicts.get(each, [])
        if not said:
            message = f"la réponse n'a ni recommandation ni essai `{each}`"
            yield in_sheet(f"/accept/{number}", "accept-inconnu", message, did_you_mean(each, verdicts))
        elif not {*RULES, *TRIALS}.intersection(said):
            message = f"`{each}` ne peut pas être accepté : la réponse l'écarte (`{said[0]}`)"
            yield in_sheet(f"/accept/{number}", "accept-ecarte", message)


# --- plans ---


def lines_of(rule: Json) -> list[Line]:
    """Return the lines of a rule's plan, in its order."""
    return _unfold(rule["plan"], Line(rule, {}))[0] if rule.get("plan") else []


def _unfold(plan: Json, at: Line) -> tuple[list[Line], int]:
    """Return the lines of a part of a plan, and the step on which it ends."""
    condition = plan.get("condition")
    if condition and condition["truth"] != "true":
        at = replace(at, conditions=(*at.conditions, condition))
    if "concept" in plan:
        return [replace(at, action=plan)], at.step
    if plan.get("text"):
        at = replace(at, notes=(*at.notes, plan["text"]))
    if "then" in plan:
        return _in_turn(plan["then"], at)
    if "choice" in plan:
        return _at_choice(plan["choice"], at)
    return _gathered(_unfold(part, at) for part in plan["together"])


def _in_turn(parts: Iterable[Json], at: Line) -> tuple[list[Line], int]:
    lines: list[Line] = []
    step = at.step - 1
    for part in parts:
        found, step = _unfold(part, replace(at, step=step + 1))
        lines += found
    return lines, step


def _at_choice(parts: list[Json], at: Line) -> tuple[list[Line], int]:
    """Unfold alternatives: ranked ones one intention after the other, those without rank are equals."""
    barred = [part for part in parts if any(map(_is_barred, actions_of(part)))]
    open_ = [part for part in parts if part not in barred]
    ranks = sorted({part.get("rank") or LAST for part in open_})
    found = []
    for part in open_:
        place = ranks.index(part.get("rank") or LAST)
        kind = EQUAL if len(ranks) == 1 else (RANKED if place else "")
        found.append(_unfold(part, replace(at, intention=at.intention + place, choice=kind if len(open_) > 1 else "")))
    return _gathered([*found, *(_barred(part, at) for part in barred)])


def _barred(part: Json, at: Line) -> tuple[list[Line], int]:
    """An alternative is contraindicated if one of its parts is: the others go with it."""
    return [line for line in _unfold(part, at)[0] if _is_barred(line.action)], at.step


def _gathered(parts: Iterable[tuple[list[Line], int]]) -> tuple[list[Line], int]:
    found = list(parts)
    return [line for lines, _ in found for line in lines], max((step for _, step in found), default=0)


def actions_of(plan: Json | None) -> Iterator[Json]:
    """Yield the actions of a plan, as it lists them."""
    if plan and "concept" in plan:
        yield plan
    for kind in ("choice", "together", "then"):
        for part in (plan or {}).get(kind, ()):
            yield from actions_of(part)


def _is_barred(action: Json) -> bool:
    return bool((action.get("safety") or {}).get("status") == "contraindicated")


# --- before treatment ---


def to_do(accepted: Accepted) -> list[Json]:
    """Return what the checklist asks before the accepted plans and is not done: for their treatments, or by their rules."""
    treatments = {line.action["concept"]["label"] for line in accepted.treatments}
    rules = {rule["id"] for rule in accepted.rules if rule["kind"] != "safety"}
    return [
        entry
        for entry in accepted.tumour["checklist"]
        if entry["status"] != "done" and (treatments.intersection(entry["for"]) or rules.intersection(entry["by"]))
    ]


def is_examination(entry: Json, dictionary: Dictionary) -> bool:
    """Say whether a point of the checklist is to be carried out; the rest is to be read in the record or asked."""
    items = [item for each in entry["items"] if (item := dictionary.items.get(each)) is not None]
    return not items or any(item.effort == EXAMINATION for item in items)


def reserves(line: Line) -> list[Json]:
    """Return what safety says of a line, where it says something."""
    return list((line.action.get("safety") or {}).get("by", ()))
