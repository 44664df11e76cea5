"""Answer → what a page or a report shows of it, in the order a board reads: nothing is decided here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.words.telling import Telling
from api.words.why import flat
from engine.snapshot import Base

Json = Mapping[str, Any]

MOST_ASKED = 8
LOST = "perte"
CARDS = ("applies", "applies_unless", "undetermined", "contraindicated")
TRIALS = ("eligible", "possible")
ASIDE = ("overridden", "replaced")
_STATUS = ("to_do", "pending", "done")


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question: the rules that count, those displaced, those that nearly apply."""

    question: Json
    cards: list[Json]
    aside: list[Json]
    near: list[Json]

    @property
    def shown(self) -> bool:
        """Say whether there is something to read under the question."""
        return bool(self.cards or self.aside)


class AnswerView:
    """One answer, taken apart for the page."""

    def __init__(self, answer: Json, base: Base, tell: Telling) -> None:
        """Keep the answer and what says its parts."""
        self.answer, self.tell = answer, tell
        problems = answer["sheet"]["problems"]
        self.lost = [each for each in problems if each.get("code") == LOST]
        self.wrong = [each for each in problems if each.get("code") != LOST]
        self.tumours = [TumourView(each, number, tell) for number, each in enumerate(answer["tumours"], 1)]


class TumourView:
    """One tumour's answer, taken apart."""

    def __init__(self, tumour: Json, number: int, tell: Telling) -> None:
        """Sort what is shown into its places."""
        self.tumour, self.tell, self.anchor = tumour, tell, f"t{number}"
        self.rules = {each["id"]: each for each in tumour["recommendations"]}
        self.trials = list(tumour["trials"])
        self.trial_ids = {each["id"] for each in self.trials}
        questions = [self._question(each) for each in tumour["questions"]]
        clinical = [each for each in questions if not each.question.get("transversal")]
        self.posed = [each for each in clinical if each.question["status"] == "posed"]
        waiting = [each for each in clinical if each.question["status"] != "posed"]
        self.waiting = [each for each in waiting if each.shown]
        self.empty = [each for each in waiting if not each.shown]
        across = [rule for each in questions if each.question.get("transversal") for rule in self._rules(each.question)]
        self.process = [rule for rule in across if rule["kind"] != "safety"]
        self.safety = [rule for rule in across if rule["kind"] == "safety"]
        self.certain_drugs = {
            drug for rule in self.clinical("applies", "applies_unless") for drug in _drugs(rule["plan"])
        }
        self.checklist = sorted(tumour["checklist"], key=self._before)
        self._sort_questions_to_ask()
        self._sort_data()

    @property
    def name(self) -> str:
        """Return the tumour's label, or its site where the sheet gives it none."""
        label = str(self.tumour.get("label") or "")
        if label and label != self.tumour["id"]:
            return label
        said = {each["item"]: self.tell.value(each["value"]) for each in self.tumour["data"] if each["value"]}
        words = [said[item] for item in ("topographie", "lateralite") if item in said]
        return ", ".join(words).capitalize() if words else str(self.tumour["id"])

    # --- rules ---

    def _rules(self, question: Json) -> list[Json]:
        return [self.rules[each] for each in question["recommendations"] if each in self.rules]

    def _question(self, question: Json) -> QuestionView:
        rules = self._rules(question)
        by = {verdict: [each for each in rules if each["verdict"] == verdict] for verdict in (*CARDS, *ASIDE)}
        near = [each for each in rules if each["verdict"] == "does_not_apply"]
        cards = [each for each in rules if each["verdict"] in CARDS]
        return QuestionView(question, cards, [each for verdict in ASIDE for each in by[verdict]], near)

    def clinical(self, *verdicts: str) -> list[Json]:
        """Return the clinical rules with one of these verdicts, as the page lists them."""
        return [each for view in (*self.posed, *self.waiting) for each in view.cards if each["verdict"] in verdicts]

    def place(self, identifier: str) -> str:
        """Return the anchor of a rule or a trial of this tumour."""
        return f"{self.anchor}-{re.sub(r'[^A-Za-z0-9-]', '_', identifier)}"

    def trial_place(self, trial: Json) -> str:
        """Return the anchor of a trial; of its other arms, each its own."""
        first = next(each for each in self.trials if each["id"] == trial["id"])
        return self.place(trial["id"] if trial is first else f"{trial['id']}-{trial.get('arm')}")

    def is_shown(self, identifier: str) -> bool:
        """Say whether a rule or a trial has its place on the page."""
        return identifier in self.rules or identifier in self.trial_ids

    def why(self, node: Json | None) -> Json | None:
        """Return an explanation without needless levels."""
        return flat(node, self.tell.joined) if node else None

    # --- before treatment ---

    def only_open(self, entry: Json) -> bool:
        """Say whether a point of the checklist counts only if a rule still open comes to apply."""
        return bool(entry.get("condition")) or bool(entry["for"] and not self.certain_drugs.intersection(entry["for"]))

    def _before(self, entry: Json) -> tuple[bool, bool, int]:
        return not entry["blocking"], self.only_open(entry), _STATUS.index(entry["status"])

    # --- what to ask ---

    def _sort_questions_to_ask(self) -> None:
        ranked = [self._asked(each) for each in self.tumour["to_ask"]]
        deciding = [each for each in ranked if not each["derived"] and sum(each["decides"].values())]
        self.asked = deciding[:MOST_ASKED] or ranked[:3]
        self.asked_later = [each for each in ranked if each not in self.asked]

    def _asked(self, entry: Json) -> Json:
        return {**entry, "effects": _together([_effect(each) for each in entry["effect"]])}

    # --- data ---

    def _sort_data(self) -> None:
        data = self.tumour["data"]
        doubtful = [each for each in data if each["state"] not in ("stated", "derived")]
        stated, derived = ([each for each in data if each["state"] == state] for state in ("stated", "derived"))
        self.data_ids: set[str] = set()
        self.doubtful, self.stated, self.derived = map(self._placed, (doubtful, stated, derived))

    def _placed(self, entries: list[Json]) -> list[Json]:
        """Give the first entry of each item its place on the page: an item may have several."""
        placed: list[Json] = []
        for each in entries:
            placed.append({**each, "place": each["item"] not in self.data_ids})
            self.data_ids.add(each["item"])
        return placed

    @property
    def contradictions(self) -> list[Json]:
        """Return contradictions with the verdicts shown that depend on each and those that hold either way."""
        return [self._contradiction(each) for each in self.tumour["contradictions"]]

    def _contradiction(self, entry: Json) -> Json:
        shown = self.rules | {each["id"]: each for each in self.trials}
        counted = [
            shown[each] for each in entry["touches"] if each in shown and shown[each]["verdict"] in (*CARDS, *TRIALS)
        ]
        holds = [each for each in counted if each["verdict"] in ("applies", "eligible")]
        rest = len(entry["touches"]) - len(counted)
        sources = [each for each in entry["sources"] if _says_something(each)]
        return {
            **entry,
            "sources": sources,
            "holds": holds,
            "open": [e for e in counted if e not in holds],
            "rest": rest,
        }

    # --- in short ---

    @property
    def blocking(self) -> int:
        """Return how many blocking points are not done."""
        return sum(each["blocking"] and each["status"] != "done" for each in self.checklist)

    def waiting_for(self, status: str) -> int:
        """Return how many points of the checklist have a status."""
        return sum(each["status"] == status for each in self.checklist)


def _says_something(source: Json) -> bool:
    """Say whether one side of a contradiction is narrower than "anything"."""
    value = str(source.get("value") or source.get("text") or "")
    return bool(value) and value not in ("inconnu", "unknown") and "Infinity" not in value


def _drugs(plan: Json | None) -> Iterator[str]:
    """Yield the treatments that a plan names."""
    if not plan:
        return
    if "concept" in plan:
        yield plan["concept"]["label"]
    for kind in ("choice", "together", "then"):
        for part in plan.get(kind, ()):
            yield from _drugs(part)


def _effect(effect: Json) -> dict[str, Any]:
    """Return what one answer would change, by verdict; precautions are counted only."""
    groups: dict[str, list[str]] = {}
    for change in effect["becomes"]:
        if change.get("counts", True):
            groups.setdefault(change["verdict"], []).append(change["id"])
    precautions = sum(not change.get("counts", True) for change in effect["becomes"])
    return {"answers": [effect["answer"]], "groups": groups, "precautions": precautions}


def _together(effects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return effects with the answers that change the same things on one line, and none that changes nothing."""
    found: list[dict[str, Any]] = []
    for effect in effects:
        same = next(
            (each for each in found if all(each[key] == effect[key] for key in ("groups", "precautions"))), None
        )
        if same is not None:
            same["answers"] += effect["answers"]
        elif effect["groups"] or effect["precautions"]:
            found.append(effect)
    return found
