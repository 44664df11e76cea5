"""One tumour of an answer, with what its cards need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.hooks.card import Card, Suggestion
from api.hooks.drafts import Drafts
from api.hooks.markdown import bullets, plain
from api.hooks.names import TOPICS
from api.hooks.telling import source_of
from api.hooks.words import Words
from engine.ontology import Ontology

Rule = Mapping[str, Any]
OWN = {"fr": "oncorules, base de recommandations", "en": "oncorules, guideline base"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What cards are made for: the patient's reference, where rules are shown, in which language, what was not obtained."""

    patient: str
    base_url: str
    language: str
    gaps: Mapping[str, str]
    sheet_id: str = ""


@dataclass(frozen=True, slots=True)
class Tumour:
    """One tumour of an answer with what its cards need."""

    answer: Mapping[str, Any]
    body: Mapping[str, Any]
    asked: Asked
    drafts: Drafts
    say: Words
    number: int

    @classmethod
    def of(cls, answer: Mapping[str, Any], body: Mapping[str, Any], asked: Asked, ontology: Ontology, number: int) -> Tumour:  # fmt: skip
        """Return a tumour of an answer, ready to be told."""
        say = Words(asked.language)
        notice = answer.get("notice") or ""
        drafts = Drafts(ontology, asked.patient, answer["as_of"], notice, f"{asked.base_url}/recommendations", say)
        return cls(answer, body, asked, drafts, say, number)

    @property
    def rules(self) -> dict[str, Rule]:
        """The rules of the answer, by id."""
        return {each["id"]: each for each in self.body["recommendations"]}

    @property
    def name(self) -> str:
        """The tumour's label."""
        return str(self.body.get("label") or self.body["id"])

    @property
    def transversal(self) -> frozenset[str]:
        """The questions that every tumour has."""
        return frozenset(each["id"] for each in self.body["questions"] if each.get("transversal"))

    @property
    def more(self) -> dict[str, Any]:
        """What every card carries beside its rules."""
        return {"snapshot": self.answer["snapshot"], "tumour": self.body["id"], "sheet-id": self.asked.sheet_id}

    @property
    def footer(self) -> list[str]:
        """The last lines of every detail: as of when, where, under which notice."""
        place = self.answer["place"].get("region") or self.say("national")
        notice = self.answer.get("notice")
        return [plain(self.say("as_of", self.answer["as_of"], place)), *([f"**{plain(notice)}**"] if notice else [])]

    def links(self, rules: Iterable[Rule]) -> tuple[tuple[str, str], ...]:
        """Return a link to each rule, then to each source that has an address."""
        listed = list(rules)
        at = self.drafts.rules_at
        own = [(f"{self.say('rule', each['id'])} — {each['title']}", f"{at}/{each['id']}") for each in listed]
        sources = [source_of(each, self.say) for each in listed]
        return tuple(dict.fromkeys([*own, *((each["label"], each["url"]) for each in sources if "url" in each)]))

    def card(self, topic: str, indicator: str, summary: str, lines: Iterable[str], rules: Iterable[Rule] = (),
             suggestions: Iterable[Suggestion] = (), links: Iterable[tuple[str, str]] = ()) -> Card:  # fmt: skip
        """Return a card of this tumour that is no question's."""
        listed = tuple(rules)
        title = self.say(topic)
        return Card(
            key=f"{self.body['id']} {topic}",
            indicator=indicator,
            summary=f"{self.name} : {summary}",
            detail="\n".join([f"### {plain(title)}", "", *lines, "", *bullets(self.footer)]),
            source=source_of(listed[0], self.say) if listed else {"label": OWN[self.say.language]},
            topic={"system": TOPICS, "code": topic, "display": title},
            rules=listed,
            suggestions=tuple(suggestions),
            links=(*links, *self.links(listed)),
            more=self.more,
        )
