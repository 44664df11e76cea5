"""What the templates say of an answer's values: dates, verdicts, conditions, reasons, titles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from markupsafe import Markup, escape

from api.words.labels import known, say_in
from api.words.regions import region_name
from api.words.speech import Speech, joined
from engine.snapshot import Base
from engine.wording import MODALITIES, verdict_word

_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_MONTH = re.compile(r"(?<![-\d])(\d{4})-(\d{2})(?![-\d])")
_UNITS = {"ans": "years", "an": "year", "mois": "months", "semaines": "weeks", "jours": "days", "à": "to"}
_UNIT = re.compile(r"(?<!\w)(?:" + "|".join(_UNITS) + r")(?!\w)")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_FRENCH_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_LEAVES: Mapping[str, tuple[str, str]] = {
    "inconnu": ("inconnu", "unknown"),
    "oui": ("oui", "yes"),
    "non": ("non", "no"),
}


class Telling:
    """Says the parts of one answer in one language."""

    def __init__(self, base: Base, language: str) -> None:
        """Keep the base, whose labels and titles are said."""
        self.base, self.language = base, language
        self.say = say_in(language)
        self.speech = Speech(base.dictionary, base.ontology, language)

    def known(self, family: str, code: object) -> str:
        """Say a code of a family of labels."""
        return known(self.say, family, code)

    def verdict(self, verdict: str) -> str:
        """Say a verdict."""
        return verdict_word(verdict, self.language)

    def modality(self, modality: str) -> str:
        """Say what a plan does with a treatment."""
        return MODALITIES[self.language].get(modality, modality)

    def title(self, identifier: str) -> str:
        """Return the title of a rule or the short name of a trial."""
        rule = self.base.knowledge.rules.get(identifier)
        if rule is not None:
            return rule.rule.title
        trials = (each.trial for each in self.base.knowledge.trials if each.trial.id == identifier)
        return next((trial.acronym or trial.title for trial in trials), identifier)

    def label(self, item: str) -> str:
        """Return the label of an item."""
        return self.say("data.as_of") if item == "as_of" else self.speech.label(item)

    def condition(self, text: str) -> str:
        """Say a condition."""
        return self.speech.condition(text)

    def joined(self, text: str) -> str:
        """Say how the parts of a condition are joined."""
        return joined(text)

    def is_drug(self, concept: str) -> bool:
        """Say whether a treatment is a drug, so that its access matters."""
        return self.base.ontology.is_a(concept, "traitement_systemique")

    def region(self, code: str) -> str:
        """Return a region by name; France is everywhere."""
        return "France" if code == "FR" else region_name(code)

    # --- values and dates ---

    def duration(self, text: str) -> str:
        """Write a duration, whose units a plan has in French."""
        return _UNIT.sub(lambda match: _UNITS[match[0]], text) if self.language == "en" else text

    def value(self, text: object) -> str:
        """Write a value as people do, its dates included."""
        shown = str(text if text is not None else "").strip()
        if shown in _LEAVES:
            return _LEAVES[shown][self.language == "en"]
        return _MONTH.sub(self._month, _DAY.sub(self._day, shown))

    def date(self, text: str | None) -> str:
        """Write a date, a month or a year."""
        return self.value(text)

    def long_date(self, text: str) -> str:
        """Write a day with its month in full."""
        day = date.fromisoformat(text)
        months = _FRENCH_MONTHS if self.language == "fr" else _MONTHS
        first = "1er" if day.day == 1 and self.language == "fr" else str(day.day)
        return f"{first} {months[day.month - 1]} {day.year}"

    def _day(self, match: re.Match[str]) -> str:
        year, month, day = match.groups()
        if self.language == "fr" or not 1 <= int(month) <= 12:
            return f"{day}/{month}/{year}"
        return f"{int(day)} {_MONTHS[int(month) - 1]} {year}"

    def _month(self, match: re.Match[str]) -> str:
        year, month = match.groups()
        if self.language == "fr" or not 1 <= int(month) <= 12:
            return f"{month}/{year}"
        return f"{_MONTHS[int(month) - 1]} {year}"

    def age(self, days: int | None) -> str:
        """Say how old a value is, in the unit one thinks in."""
        if days is None or days < 0:
            return ""
        if days < 2:
            return self.say("data.age.day" if days else "data.age.today")
        if days < 92:
            return self.say("data.age.days", count=days)
        return (
            self.say("data.age.months", count=days // 30)
            if days < 730
            else self.say("data.age.years", count=days // 365)
        )

    def reason(self, text: str) -> str:
        """Say why an item is open."""
        if text.startswith("datée du "):
            return self.say("reason.expired", date=self.value(text.removeprefix("datée du ")))
        if text.startswith("datée après"):
            return self.say("reason.later")
        if text == "limite du laboratoire inconnue":
            return self.say("reason.limit")
        return self.known("reason", text)

    def state(self, text: str) -> str:
        """Say the state of an item of the data."""
        return self.known("state", text) if text in ("stated", "derived", "contradictory") else self.reason(text)


def marked(text: str) -> Markup:
    """Write a message whose words between backticks are code; everything is escaped."""
    parts = str(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )
