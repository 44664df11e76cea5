"""A recommendation of an answer as blocks of a report: verdict, what is missing, plan with its safety, reasons, source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.exports.report.blocks import BAD, GOOD, SOFT, WARN, Block, Heading, Items, Line, Prose, Span, joined, say
from api.words.telling import Telling
from api.words.view import CARDS

Json = Mapping[str, Any]
TONES = {
    "applies": GOOD, "applies_unless": GOOD, "undetermined": WARN, "contraindicated": BAD, "eligible": GOOD,
    "possible": WARN, "not_eligible": SOFT,
}  # fmt: skip
_SAFETY = {"clear": GOOD, "contraindicated": BAD, "discouraged": BAD}
_GROUPS = ("choice", "together", "then")
_NOTHING = ("—", "inconnu", "unknown", "")


class Rules:
    """Says recommendations in one language."""

    def __init__(self, tell: Telling) -> None:
        """Keep what says labels and values."""
        self.tell, self.t = tell, tell.say

    def verdict(self, verdict: str) -> Span:
        """Return a verdict in words."""
        return Span(self.tell.verdict(verdict), TONES.get(verdict, SOFT), strong=True)

    def title(self, rule: Json) -> Line:
        """Return verdict, title and id."""
        kind = f" ({self.t('kind.' + rule['kind'])})" if rule["kind"] != "recommendation" else ""
        return say(
            self.verdict(rule["verdict"]), " – ", Span(rule["title"], french=True), Span(f" {rule['id']}{kind}", SOFT)
        )

    def labelled(self, key: str, line: Line) -> Line:
        """Return a line behind its label."""
        return say(Span(self.t(key) + self.t("page.colon") + " ", strong=True), *line) if line else ()

    def blocks(self, rule: Json, level: int) -> Iterator[Block]:
        """Yield the blocks of a recommendation."""
        yield Heading(level, self.title(rule))
        gaps = [*self.gaps(rule)]
        if gaps:
            yield Items(tuple((0, line) for line in gaps))
        if rule.get("plan"):
            key = "rec.plan.if" if rule["verdict"] == "undetermined" else "rec.plan"
            yield Prose(say(Span(self.t(key), strong=True)))
            yield Items(tuple(self.plan(rule["plan"], 0, set())))
        because = self.because(rule.get("why"))
        if because and rule["verdict"] in CARDS:
            yield Prose(self.labelled("rec.why", because))
        yield from self.displaced(rule)
        yield Prose(self.source(rule), "source")

    # --- what is missing ---

    def gaps(self, rule: Json) -> Iterator[Line]:
        """Yield what is missing, what is to be judged, what would take the rule away."""
        if rule.get("missing"):
            yield self.labelled("rec.missing", self.wanted(rule["missing"]))
        if rule.get("to_judge"):
            yield self.labelled("rec.judge", joined((say(each["question"]) for each in rule["to_judge"]), " ; "))
        for each in rule.get("unless") or ():
            named = [say(Span(each["title"], french=True), Span(f" {each['id']}", SOFT))]
            if each.get("missing"):
                named.append(say(self.t("rec.unless.if"), self.t("page.colon"), " ", *self.wanted(each["missing"])))
            yield self.labelled("rec.unless", joined(named, ", "))

    def wanted(self, missing: list[Json]) -> Line:
        """Return missing items with the effort and the reason of each."""
        lines = []
        for each in missing:
            told = [self.tell.known("effort", each["effort"])]
            if each["reason"] not in ("manquant", "à juger"):
                told.append(self.tell.reason(each["reason"]))
            if each.get("known") and "Infinity" not in str(each["known"]):
                told.append(self.t("ask.known", value=self.tell.value(each["known"])))
            lines.append(say(each["label"], Span(f" ({', '.join(told)})", SOFT)))
        return joined(dict.fromkeys(lines), " ; ")

    # --- plans ---

    def plan(self, plan: Json, depth: int, told: set[str]) -> Iterator[tuple[int, Line]]:
        """Yield the lines of a plan, each with its depth; what safety says is told once in a plan."""
        for kind in _GROUPS:
            if kind in plan:
                text = Span(f" {plan['text']}", french=True) if plan.get("text") else ""
                yield depth, say(Span(self.t(f"plan.{kind}"), SOFT, strong=True), text, *self.condition(plan))
                for part in plan[kind]:
                    yield from self.plan(part, depth + 1, told)
                return
        yield depth, self.action(plan)
        yield from self.reserves(plan, depth + 1, told)

    def reserves(self, treatment: Json, depth: int, told: set[str]) -> Iterator[tuple[int, Line]]:
        """Yield what safety says of a treatment; what was told of another one is only named."""
        reserves = (treatment.get("safety") or {}).get("by", ())
        new = [each for each in reserves if each["id"] not in told]
        yield from ((depth, self.safety(each)) for each in new if not _is_vague(each))
        vague = [each for each in new if _is_vague(each)]
        if vague:
            yield depth, self.vague(vague)
        again = [str(each["id"]) for each in reserves if each["id"] in told]
        if again:
            yield depth, say(Span(f"{self.t('report.above')}{self.t('page.colon')} {', '.join(again)}", SOFT))
        told.update(str(each["id"]) for each in reserves)

    def action(self, action: Json) -> Line:
        """Return one action: what is done with what, how, under which condition, how safe, how accessible."""
        label = Span(action["concept"]["label"], strong=True)
        if action.get("requires"):
            head = say(
                self.t("plan.require"),
                " ",
                Span(action["requires"], strong=True, french=True),
                " ",
                self.t("plan.before"),
                " ",
                label,
            )
        else:
            head = say(self.tell.modality(action["modality"]), " ", label)
        details = [say(each) for each in self.details(action) if each]
        text = say(Span(action["text"], french=True)) if action.get("text") else ()
        status = (action.get("safety") or {}).get("status", "")
        safe = say(Span(self.tell.known("safety", status), _SAFETY.get(status, WARN), strong=True)) if status else ()
        usable = (
            say(Span(self.tell.known("usable", action["usable_today"]), SOFT)) if action.get("usable_today") else ()
        )
        return say(*joined((head, *details, text, safe, usable), ", "), *self.condition(action))

    def details(self, action: Json) -> Iterator[str]:
        """Yield rank, intent, length, dose and cycles."""
        rank = action.get("rank")
        yield self.t(f"plan.rank.{rank}") if rank and rank <= 3 else ""
        yield self.tell.known("intent", action["intent"]) if action.get("intent") else ""
        for key in ("duration", "dose", "cycles"):
            if action.get(key):
                yield self.t(f"plan.{key}", value=self.tell.duration(str(action[key])))

    def condition(self, part: Json) -> Line:
        """Return the condition of a part, where it is not simply true."""
        node = part.get("condition")
        if not node or node["truth"] == "true":
            return ()
        open_ = f" ({self.t('plan.if.unknown')})" if node["truth"] == "unknown" else ""
        return say(f" {self.t('plan.if')} ", self.tell.condition(node["text"]), Span(open_, WARN))

    def vague(self, reserves: list[Json]) -> Line:
        """Return in one line what may concern a coarse treatment, depending on the drug that is chosen."""
        named = (say(Span(each["title"], french=True), Span(f" {each['id']}", SOFT)) for each in reserves)
        head = Span(self.tell.known("safety", "to_check"), WARN, strong=True)
        return say(head, f" – {self.t('safety.unsure')}{self.t('page.colon')} ", *joined(named, " ; "))

    def safety(self, each: Json) -> Line:
        """Return what one safety rule says of an action, with its reason and what it lacks."""
        status = Span(self.tell.known("safety", each["status"]), _SAFETY.get(each["status"], WARN), strong=True)
        blocking = Span(f" {self.t('safety.blocking')}", BAD, strong=True) if each.get("blocking") else ""
        told = [say(status, blocking, " – ", Span(each["title"], french=True), Span(f" {each['id']}", SOFT))]
        if each.get("requires"):
            told.append(say(self.t("plan.requires", value=each["requires"])))
        if each.get("text"):
            told.append(say(Span(each["text"], french=True)))
        if not each.get("sure", True):
            told.append(say(self.t("safety.unsure")))
        if each.get("missing"):
            names = ", ".join(dict.fromkeys(str(item["label"]) for item in each["missing"]))
            told.append(say(f"{self.t('safety.missing')}{self.t('page.colon')} {names}"))
        because = self.because(each.get("why"))
        if because:
            told.append(self.labelled("rec.why", because))
        return joined(told, " ; ")

    # --- reasons and source ---

    def because(self, node: Json | None) -> Line:
        """Return the criteria that are true, each with the value that was read."""
        found = dict.fromkeys(self.criteria(node)) if node else {}
        return joined((say(each) for each in found), " ; ")

    def criteria(self, node: Json) -> Iterator[str]:
        """Yield the criteria at the bottom of an explanation that are true."""
        if node.get("nodes"):
            for each in node["nodes"]:
                yield from self.criteria(each)
        elif node.get("truth") == "true" and node.get("text") not in ("vrai", "faux", "", None):
            value = str(node.get("value") or "")
            criterion, shown = self.tell.condition(node["text"]), self.tell.value(value)
            yield criterion + (f" ({shown})" if value not in _NOTHING and shown not in criterion else "")

    def displaced(self, rule: Json) -> Iterator[Block]:
        """Yield what displaces a rule."""
        by = rule.get("replaced_by")
        if by:
            places = ", ".join(self.tell.region(each) for each in by["region"])
            line = say(
                Span(self.tell.title(by["id"]), french=True),
                f" {by['id']} ({places}). ",
                Span(by["reason"] or "", french=True),
            )
            yield Prose(self.labelled("rec.replaced", line))
        if rule.get("would_say"):
            yield Prose(self.labelled("rec.would", say(self.verdict(rule["would_say"]))))
        over = rule.get("overridden_by")
        if over:
            yield Prose(self.labelled("rec.overridden", say(Span(over["title"], french=True), f" {over['id']}")))

    def source(self, rule: Json) -> Line:
        """Return where a rule comes from: title, edition, section, issuer, grade, status."""
        source = rule["source"]
        told = [say(Span(source["title"], french=True))]
        if source.get("edition"):
            told.append(say(self.t("rec.edition", edition=self.tell.date(source["edition"]))))
        if source.get("section"):
            told.append(say(Span(source["section"], french=True)))
        places = ", ".join(self.tell.region(each) for each in rule["valid_in"] if each != "FR")
        told.append(say(rule["issuer"] + (f" ({places})" if places else "")))
        told += [say(self.t(f"rec.{key}", **{key: rule[key]})) for key in ("grade", "level") if rule.get(key)]
        told += [say(self.t("rec.legal"))] if rule.get("legal") else []
        told.append(say(self.tell.known("status", rule["status"])))
        told += [say(self.t("rec.until", date=self.tell.date(rule["until"])))] if rule.get("until") else []
        return self.labelled("rec.source", joined(told, ", "))


def _is_vague(reserve: Json) -> bool:
    """Say whether a reserve is only that: it may reach what is chosen, and says no more."""
    return not reserve.get("sure", True) and reserve["status"] == "to_check" and not reserve.get("why")
