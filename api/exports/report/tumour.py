"""One tumour of an answer as blocks of a report: contradictions, questions, checklist, what to ask, trials, data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.exports.report.blocks import (
    BAD,
    GOOD,
    SOFT,
    WARN,
    Block,
    Heading,
    Items,
    Line,
    Prose,
    Span,
    Table,
    items,
    joined,
    say,
)  # fmt: skip
from api.exports.report.plans import Rules
from api.exports.report.proposal import proposal_blocks
from api.exports.report.trials import trial_blocks
from api.words.telling import Telling
from api.words.view import QuestionView, TumourView

Json = Mapping[str, Any]
MOST_NAMED = 5
_CHECKED = {"to_do": WARN, "pending": WARN, "done": GOOD}


def tumour_blocks(view: TumourView, tell: Telling) -> Iterator[Block]:
    """Yield the blocks of a tumour."""
    yield from _Tumour(view, tell).blocks()


class _Tumour:
    """One tumour being told."""

    def __init__(self, view: TumourView, tell: Telling) -> None:
        self.view, self.tell, self.t, self.rules = view, tell, tell.say, Rules(tell)

    def blocks(self) -> Iterator[Block]:
        yield Heading(2, say(self.view.name))
        if self.view.tumour.get("outside"):
            yield Prose(say(self.t("answer.outside")))
            yield from self.data()
            return
        yield from self.short()
        yield from self.contradictions()
        yield from proposal_blocks(self.view.tumour["proposal"], self.rules)
        yield from self.questions()
        yield from self.across()
        yield from self.checklist()
        yield from self.asked()
        yield Heading(3, say(self.t("trials.heading")))
        yield from [each for trial in self.view.trials for each in trial_blocks(trial, self.rules)] or [
            Prose(say(self.t("trials.none")))
        ]
        yield from self.data()

    # --- in short ---

    def short(self) -> Iterator[Block]:
        """Yield what a board reads first: what applies, what is barred, what is open, what to ask, what to do."""
        view, label = self.view, self.rules.labelled
        applies, barred, open_ = (
            view.clinical(*each) for each in (("applies", "applies_unless"), ("contraindicated",), ("undetermined",))
        )
        yield Heading(3, say(self.t("short.heading")))
        told = [
            label("short.contradictions", say(", ".join(str(each["label"]) for each in view.contradictions))),
            label("short.applies", self.titles(applies) or say(self.t("short.none"))),
            label("short.contraindicated", self.titles(barred)),
            label("short.undetermined", self.waiting(open_)),
            label("short.ask", say(str(view.asked[0]["question"])) if view.asked else ()),
            label("short.before", say(self.before()) if view.checklist else ()),
            label(
                "short.trials",
                joined((say(self.rules.verdict(each["verdict"]), f" {each['title']}") for each in view.trials), " ; "),
            ),
        ]
        yield items([line for line in told if line])

    def titles(self, rules: Iterable[Json]) -> Line:
        return joined((say(Span(each["title"], french=True), Span(f" {each['id']}", SOFT)) for each in rules), " ; ")

    def waiting(self, rules: list[Json]) -> Line:
        """Name the rules that wait for data, or count them where they are many."""
        many = say(self.t("short.undetermined.count", count=len(rules)))
        return self.titles(rules) if len(rules) <= MOST_NAMED else many

    def before(self) -> str:
        told = [self.t("short.before.count", todo=self.view.waiting_for("to_do"))]
        if self.view.blocking:
            told.append(self.t("short.before.blocking", count=self.view.blocking))
        if self.view.waiting_for("pending"):
            told.append(self.t("short.before.pending", count=self.view.waiting_for("pending")))
        return ", ".join(told)

    # --- contradictions ---

    def contradictions(self) -> Iterator[Block]:
        if self.view.contradictions:
            yield Heading(3, say(self.t("contradictions.heading")))
            yield Prose(say(self.t("contradictions.lead")), "lead")
            yield Items(tuple(line for each in self.view.contradictions for line in self.contradiction(each)))
        if self.view.tumour["conflicts"]:
            yield Heading(3, say(self.t("conflicts.heading")))
            yield items([self.conflict(each) for each in self.view.tumour["conflicts"]])

    def contradiction(self, entry: Json) -> Iterator[tuple[int, Line]]:
        sides = joined((self.side(each) for each in entry["sources"]), f" {self.t('contradictions.or')} ")
        yield 0, say(Span(entry["label"], BAD, strong=True), f"{self.t('page.colon')} ", *sides)
        for key, rules in (("holds", entry["holds"]), ("open", entry["open"])):
            if rules:
                yield 1, self.rules.labelled(f"contradictions.{key}", self.named(each["id"] for each in rules))
        if not entry["holds"] and not entry["open"]:
            yield 1, say(self.t("contradictions.none"))

    def side(self, source: Json) -> Line:
        value = self.tell.value(source.get("value") or source.get("text"))
        origins = source.get("origins") or ([source["origin"]] if source.get("origin") else [])
        told = "; ".join(filter(None, map(self.origin, origins))) or self.t("contradictions.calculated")
        return say(Span(value, strong=True), Span(f" ({told})", SOFT))

    def conflict(self, entry: Json) -> Line:
        kind = (
            self.t("conflicts.exceptions", of=entry["of"])
            if entry["kind"] == "exceptions"
            else self.t("conflicts.exclusion")
        )
        return say(Span(kind, BAD, strong=True), f"{self.t('page.colon')} ", *self.named(entry["rules"]))

    def named(self, rules: Iterable[str]) -> Line:
        return joined((say(Span(self.tell.title(each), french=True), Span(f" {each}", SOFT)) for each in rules), " ; ")

    # --- questions ---

    def questions(self) -> Iterator[Block]:
        view = self.view
        if not (view.posed or view.waiting or view.empty):
            yield Prose(say(self.t("questions.none")))
            return
        yield Heading(3, say(self.t("questions.heading")))
        for each in view.posed:
            yield from self.question(each)
        if view.waiting:
            yield Prose(say(Span(self.t("questions.open"), strong=True), " – ", self.t("questions.open.lead")))
            for each in view.waiting:
                yield from self.question(each)
        if view.empty:
            yield Prose(say(Span(self.t("questions.open.more"), strong=True)))
            yield items([say(Span(each.question["title"], french=True)) for each in view.empty])

    def question(self, view: QuestionView) -> Iterator[Block]:
        question = view.question
        outcome = self.tell.known("outcome", question["outcome"])
        yield Heading(4, say(Span(question["title"], french=True), Span(f" – {outcome}", SOFT)))
        for rule in (*view.cards, *view.aside):
            yield from self.rules.blocks(rule, 5)
        if not view.cards and question["status"] == "posed" and question["outcome"] in ("silent", "not_encoded"):
            yield Prose(say(self.t(f"outcome.{question['outcome']}.why")))

    def across(self) -> Iterator[Block]:
        if not (self.view.process or self.view.safety):
            return
        yield Heading(3, say(self.t("across.heading")))
        yield Prose(say(self.t("across.lead")), "lead")
        for title, rules in (
            (self.t("across.process"), self.view.process),
            (self.t("across.safety", count=len(self.view.safety)), self.view.safety),
        ):
            if rules:
                yield Heading(4, say(title))
                yield items([self.line(rule) for rule in rules])

    def line(self, rule: Json) -> Line:
        source = rule["source"]
        edition = f", {self.tell.date(source['edition'])}" if source.get("edition") else ""
        told = say(*self.rules.title(rule), Span(f" – {source['title']}{edition}", SOFT, french=True))
        gaps = self.rules.labelled("rec.missing", self.rules.wanted(rule["missing"])) if rule.get("missing") else ()
        return joined((told, gaps), " ; ")

    # --- before treatment, and what to ask ---

    def checklist(self) -> Iterator[Block]:
        yield Heading(3, say(self.t("checklist.heading")))
        if not self.view.checklist:
            yield Prose(say(self.t("checklist.none")))
            return
        headers = tuple(self.t(f"checklist.{each}") for each in ("item", "status", "for", "why"))
        yield Table(headers, tuple(self.point(each) for each in self.view.checklist), (26, 14, 20, 40))

    def point(self, entry: Json) -> tuple[Line, ...]:
        value = self.tell.value(entry["value"]) if entry["value"] else ""
        known = f" – {value}" + (f", {self.tell.date(entry['date'])}" if entry["date"] else "") if value else ""
        status = Span(self.tell.known("checklist", entry["status"]), _CHECKED[entry["status"]], strong=True)
        blocking = Span(f", {self.t('checklist.blocking')}", BAD, strong=True) if entry["blocking"] else ""
        later = Span(f" ({self.t('checklist.open')})", SOFT) if self.view.only_open(entry) else ""
        return (
            say(Span(entry["item"], french=True), known),
            say(status, blocking),
            say(", ".join(entry["for"]) or "–", later),
            joined((say(Span(self.tell.title(each), french=True)) for each in entry["by"]), " ; "),
        )

    def asked(self) -> Iterator[Block]:
        yield Heading(3, say(self.t("ask.heading")))
        if not self.view.asked:
            yield Prose(say(self.t("ask.none")))
            return
        yield Prose(say(self.t("ask.lead")), "lead")
        headers = (self.t("ask.question"), self.t("ask.effect"))
        yield Table(headers, tuple((self.question_of(each), self.effects(each)) for each in self.view.asked), (38, 62))
        if self.view.asked_later:
            yield Prose(say(Span(self.t("ask.rest", count=len(self.view.asked_later)), strong=True)))
            yield items([self.question_of(each) for each in self.view.asked_later])

    def question_of(self, entry: Json) -> Line:
        told = [self.tell.known("effort", entry["effort"])]
        told += [self.tell.reason(entry["reason"])] if entry["reason"] not in ("manquant", "à juger") else []
        asked = str(entry["question"])
        if "où (" in asked:
            asked = (
                f"{entry['label']}{self.t('page.colon')} {self.tell.condition(asked[len(entry['label']) + 3 : -2])} ?"
            )
        return say(asked, Span(f" ({', '.join(told)})", SOFT))

    def effects(self, entry: Json) -> Line:
        if not entry["effects"]:
            return say(Span(self.t("ask.with_others"), SOFT))
        return joined((self.effect(each) for each in entry["effects"]), " • ")

    def effect(self, effect: Json) -> Line:
        answers = ", ".join(self.tell.value(each) for each in effect["answers"])
        told = [say(self.rules.verdict(code), " ", *self.named(ids)) for code, ids in effect["groups"].items()]
        count = effect["precautions"]
        if count:
            told.append(
                say(Span(self.t("ask.precaution") if count == 1 else self.t("ask.precautions", count=count), SOFT))
            )
        return say(Span(answers, strong=True), f"{self.t('page.colon')} ", *joined(told, " ; "))

    # --- data ---

    def data(self) -> Iterator[Block]:
        view = self.view
        if not (view.doubtful or view.stated or view.derived):
            return
        yield Heading(3, say(self.t("data.heading")))
        yield Prose(say(self.t("data.lead")), "lead")
        for key, entries in (
            ("data.open", view.doubtful),
            ("data.stated", view.stated),
            ("data.derived", view.derived),
        ):
            if entries:
                yield Heading(4, say(self.t(key)))
                headers = tuple(self.t(f"data.{each}") for each in ("item", "value", "date", "origin"))
                yield Table(headers, tuple(self.datum(each) for each in entries), (30, 24, 16, 30))

    def datum(self, entry: Json) -> tuple[Line, ...]:
        state = entry["state"]
        doubt = Span(f" {self.tell.state(state)}", WARN, strong=True) if state not in ("stated", "derived") else ""
        date = self.tell.date(entry["date"]) if entry.get("date") else ""
        age = self.tell.age(entry.get("age_days")) if date else ""
        derived = ", ".join(self.tell.label(each) for each in entry.get("derived_from") or ())
        origin = self.t("data.from", items=derived) if derived else self.origin(entry.get("origin") or {})
        value = say(Span(self.tell.value(entry["value"]), strong=True) if entry["value"] else "", doubt)
        return say(entry["label"]), value, say(date, Span(f" ({age})" if age else "", SOFT)), say(Span(origin, SOFT))

    def origin(self, source: Json) -> str:
        """Return where a value stood: its document, its code, its place there."""
        code = source.get("code") or {}
        told = (
            self.t("why.of", date=self.tell.date(source["date"])) if source.get("date") else "",
            source.get("document") or "",
            f"{code.get('systeme', '')} {code['code']}".strip() if code.get("code") else "",
            source.get("pointer") or "",
        )
        return " ".join(str(each) for each in told if each)
