"""A plan of the answer: in words, its actions, and the alternatives it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from api.hooks.words import Words

Act = Mapping[str, Any]
Plan = Mapping[str, Any]
MOST_ALTERNATIVES = 8
REFUSED = ("contraindicated", "discouraged")


def acts(plan: Plan | None) -> Iterator[Act]:
    """Yield every action of a plan, in its order."""
    if not plan:
        return
    if "modality" in plan:
        yield plan
    for kind in ("choice", "together", "then"):
        for part in plan.get(kind, ()):
            yield from acts(part)


def alternatives(plan: Plan | None) -> list[tuple[Act, ...]] | None:
    """Return each way to follow a plan, ranked as the plan is; `None` if there are too many to list."""
    found = _ways(plan) if plan else []
    return found if found is None or len(found) <= MOST_ALTERNATIVES else None


def _ways(plan: Plan) -> list[tuple[Act, ...]] | None:
    if "modality" in plan:
        return [(plan,)]
    parts = [_ways(part) for kind in ("choice", "together", "then") for part in plan.get(kind, ())]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if "choice" in plan:
        return [way for part in known for way in part]
    size = 1
    for part in known:
        size *= len(part)
    if size > MOST_ALTERNATIVES:
        return None
    return [tuple(act for way in combined for act in way) for combined in product(*known)]


def status_of(act: Act) -> str:
    """Return the safety of an action, empty where there is none to tell."""
    safety = act.get("safety")
    return str(safety["status"]) if safety else ""


def checks_of(act: Act) -> list[str]:
    """Return what safety asks before an action, in words."""
    by = (act.get("safety") or {}).get("by", ())
    return [str(each.get("requires") or each["title"]) for each in by if each.get("status") != "clear"]


def say_plan(plan: Plan, say: Words) -> str:
    """Say a plan."""
    if "modality" in plan:
        return say_act(plan, say)
    for kind, word in (("choice", "or"), ("together", "and"), ("then", "then")):
        if plan.get(kind):
            parts = [
                f"({text})" if "modality" not in part else text for part in plan[kind] for text in [say_plan(part, say)]
            ]
            return say(word).join(parts)
    return ""


def say_act(act: Act, say: Words) -> str:
    """Say an action: what to do with which treatment, how, on what condition, and what safety says of it."""
    more = [str(act[key]) for key in ("dose", "duration", "cycles", "text", "requires") if act.get(key)]
    said = f"{say.modality(act['modality'])} {name_of(act)}"
    said += f" ({', '.join(more)})" if more else ""
    said += f", {say('if')} {act['condition']['text']}" if is_conditional(act) else ""
    status = status_of(act)
    return said + (f" [{say.safety(status)}]" if status not in ("", "clear") else "")


def name_of(act: Act) -> str:
    """Return the treatment or the test that an action names."""
    return str(act["concept"]["label"])


def is_conditional(act: Act) -> bool:
    """Say whether a part is kept on a condition that is still open."""
    condition = act.get("condition") or {}
    return condition.get("truth") == "unknown" and bool(condition.get("text"))
