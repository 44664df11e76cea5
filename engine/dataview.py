"""The data an answer used: value, date, age, origin and state of each; contradictions with what they touch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.dates import days, show_days
from engine.derivation import Deriver
from engine.dictionary import Dictionary, Item
from engine.explain import Explainer, origin_of
from engine.facts import Datum
from engine.leaf import Statement
from engine.logic import AS_OF, Key
from engine.state import State

SITE = ("topographie", "lateralite")


class DataView:
    """Lists the data of one tumour's answer."""

    def __init__(self, state: State, dictionary: Dictionary, explainer: Explainer) -> None:
        """Keep what is listed."""
        self.state, self.dictionary, self.explainer = state, dictionary, explainer
        self.language = explainer.language
        self.deriver = Deriver(explainer)

    def item(self, identifier: str) -> Item:
        """Return an item or a judgement."""
        return self.dictionary.items.get(identifier) or self.dictionary.judgements[identifier]

    def data(self) -> list[dict[str, Any]]:
        """Return every item stated or derived."""
        stated = [
            self.stated(datum)
            for key, datum in self.state.facts.data.items()
            if key == Key(key.item) and key.item != AS_OF
        ]
        derived = [self.derived(item, worlds) for item, worlds in self.narrowed()]
        rows = [entry for name in self.state.facts.rows for entry in self.rows(name)]
        return sorted([*stated, *derived], key=lambda entry: str(entry["item"])) + rows

    def site(self) -> str:
        """Return the site and side of the tumour, as far as they are known."""
        known = (self.state.facts.worlds(Key(name)) for name in SITE)
        shown = (self.shown(name, w) for name, w in zip(SITE, known, strict=True) if w is not None)
        return ", ".join(shown)

    def stated(self, datum: Datum) -> dict[str, Any]:
        """Return one stated item."""
        item = self.item(datum.key.item)
        said = datum.statements[-1]
        return {
            "item": item.id,
            "label": item.label(self.language),
            "value": self.shown(item.id, datum.worlds) if datum.worlds is not None else None,
            "text": " / ".join(dict.fromkeys(s.text for s in datum.statements if s.text)),
            **self.when(said),
            "origin": origin_of(datum),
            "state": "contradictory" if datum.contradictory else "stated" if datum.worlds is not None else datum.reason,
        }

    def when(self, said: Statement) -> dict[str, Any]:
        """Return the date of a statement and its age in days."""
        if said.days is None:
            return {"date": None, "age_days": None}
        now = days(self.state.facts.as_of, self.state.facts.as_of).low
        return {"date": show_days(said.days), "age_days": int(now - said.days.high)}

    def narrowed(self) -> Iterable[tuple[Item, Any]]:
        """Yield the defined items that are narrower than stated, with their worlds."""
        facts, values = self.state.facts, self.state.values
        for item, everything, register in self.explainer.ready.defined:
            worlds = values[register]
            if worlds not in (facts.full.get(item.id, everything), facts.worlds(Key(item.id))):
                yield item, worlds

    def derived(self, item: Item, worlds: Any) -> dict[str, Any]:
        """Return a defined item that is narrower than stated."""
        return {
            "item": item.id,
            "label": item.label(self.language),
            "value": self.shown(item.id, worlds),
            "text": "",
            "date": None,
            "age_days": None,
            "origin": None,
            "derived_from": self.explainer.ready.sources[item.id],
            **self.deriver.of(item.id),
            "state": "contradictory" if item.id in self.state.split else "derived",
        }

    def rows(self, name: str) -> Iterable[dict[str, Any]]:
        """Yield the rows of a list, those left out for their date named."""
        rows = self.state.facts.rows[name]
        for row in rows.rows:
            yield {
                "item": name, "label": self.item(name).label(self.language), "value": self.explainer.row(name, row), "text": "",
                "date": None, "age_days": None, "origin": row.origin(),
                "state": "stated" if row.certain else "suspecte",
            }  # fmt: skip
        for pointer in rows.later:
            yield {
                "item": name, "label": self.item(name).label(self.language), "value": None, "text": "", "date": None,
                "age_days": None, "origin": {"pointer": pointer}, "state": "datée après le jour de l'évaluation",
            }  # fmt: skip

    def contradictions(self, touched: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        """Return every contradiction with its sources and the rules that depend on it."""
        found = []
        for key, datum in self.state.facts.data.items():
            if datum.contradictory and key == Key(key.item):
                found.append(
                    self.contradiction(
                        key.item, [self.source(group, worlds, key.item) for group, worlds in datum.groups], touched
                    )
                )
        for item, (stated, *given) in self.state.split.items():
            found.append(self.contradiction(item, self.calculated(item, stated, given), touched))
        for name, rows in self.state.facts.rows.items():
            for row, why in rows.contradictions:
                said = {"value": self.explainer.row(name, row), "origin": row.origin()}
                found.append(self.contradiction(name, [said, {"value": why}], touched))
        for said_wrong in self.state.facts.impossible:
            sources = [
                {"value": said_wrong.text, "origin": said_wrong.origin.as_json() | {"pointer": said_wrong.pointer}}
            ]
            found.append(
                self.contradiction(said_wrong.item, [*sources, {"value": "impossible pour ce siège"}], touched)
            )
        return found

    def is_everything(self, item: str, worlds: Any) -> bool:
        """Say whether worlds leave everything possible (on the site's scale), so that they contradict nothing."""
        domain = self.item(item).domain
        full = self.state.facts.full.get(item, domain.full if domain is not None else worlds)
        return bool(full & worlds == full)

    def calculated(self, item: str, stated: Any, given: list[Any]) -> list[dict[str, Any]]:
        """Return the sides of a contradiction between what is stated and what definitions give."""
        read = [self.item(name).label(self.language) for name in self.explainer.ready.sources[item]]
        telling = (worlds for worlds in dict.fromkeys(given) if worlds and not self.is_everything(item, worlds))
        sides = [{"value": self.shown(item, worlds), "calculated_from": read} for worlds in telling]
        if not all(given):
            sides.append({"value": "combinaison impossible", "calculated_from": read})
        said = self.state.facts.data.get(Key(item))
        if said is None or not said.statements:
            return sides
        return [
            {"value": self.shown(item, stated), "text": said.statements[-1].text, "origin": origin_of(said)},
            *sides,
        ]

    def contradiction(
        self, item: str, sources: list[dict[str, Any]], touched: Mapping[str, list[str]]
    ) -> dict[str, Any]:
        """Return one contradiction."""
        return {
            "item": item,
            "label": self.item(item).label(self.language),
            "sources": sources,
            "touches": touched.get(item, []),
        }

    def source(self, group: Iterable[Statement], worlds: Any, item: str) -> dict[str, Any]:
        """Return one side of a contradiction: what its sources say together, and where."""
        said = list(group)
        origins = [s.origin.as_json() | {"pointer": s.origin.pointer or s.pointer} for s in said]
        return {
            "value": self.shown(item, worlds),
            "text": " / ".join(dict.fromkeys(s.text for s in said)),
            "origins": origins,
        }

    def shown(self, item: str, worlds: Any) -> str:
        """Write worlds of an item."""
        return self.explainer.ready.shown(
            self.item(item), worlds, self.explainer.ontology, self.language, self.state.facts.full.get(item)
        )
