"""Accepted plans → the proposal of a fiche RCP: section 1.2.250.1.213.1.1.2.158 of CANCER-FRCP 2022.01."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from api.exports.cda import plan_words
from api.exports.cda.elements import (
    LOINC,
    TERMS,
    Coded,
    Identifiers,
    anchor,
    code,
    content,
    element,
    original,
    paragraph,
    span,
)
from api.exports.cda.elements import table as narrative_table
from api.exports.cda.entries import PROPOSED, Section, comment, meeting, procedure, request, section, status
from api.exports.cda.plans import Accepted, Line, is_examination, to_do
from api.exports.cda.treatment_types import WATCH, types_of
from api.words.telling import Telling
from engine.ontology import Ontology

Json = Mapping[str, Any]

SECTION = Section(
    ("2.16.840.1.113883.10.20.1.10", "1.3.6.1.4.1.19376.1.5.3.1.3.36", "1.2.250.1.213.1.1.2.158"),
    Coded("18776-5", LOINC, "Plan de soins"),
    "Plan de soins",
)
RECOURSE = Coded("ORG-120", TERMS, "Passage en RCP recours")
RECOURSE_CONCEPT = "rcp_de_recours"
_BOARD, _ASKED = "rcp", ("request", "refer")
_COMMENT = anchor("proposition", "commentaire")


@dataclass(frozen=True, slots=True)
class Sorted:
    """The lines of one tumour by the entry that holds them."""

    recourse: tuple[Line, ...]
    asked: tuple[Line, ...]
    watching: tuple[Line, ...]
    treatments: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of the proposal: where its text stands, what it says, for which tumour and by which rule."""

    anchor: str
    identifier: str
    text: str
    tumour: str
    rules: str


def proposal(accepted: Sequence[Accepted], answer: Json, tell: Telling, identifiers: Identifiers) -> Element:
    """Return the section: narrative tables, and the entries that refer to them."""
    return _Proposal(accepted, answer, tell, identifiers).section()


def sort_lines(lines: Sequence[Line], ontology: Ontology) -> Sorted:
    """Sort lines by the entry that holds them; what the board is told to avoid has none."""
    recourse, asked, watching, treatments = [], [], [], []
    for line in lines:
        modality, concept = line.action["modality"], line.concept
        if modality in (*_ASKED, "propose", "consider") and ontology.is_a(concept, RECOURSE_CONCEPT):
            recourse.append(line)
        elif modality in _ASKED and not (modality == "request" and concept == _BOARD):
            asked.append(line)
        elif modality in ("propose", "consider"):
            found = ontology.concepts.get(concept)
            if found is not None and found.branch != "traitement":
                asked.append(line)
            elif types_of(concept, ontology) == (WATCH,):
                watching.append(line)
            else:
                treatments.append(line)
    return Sorted(tuple(recourse), tuple(asked), tuple(watching), tuple(treatments))


class _Proposal:
    """The section being made."""

    def __init__(self, accepted: Sequence[Accepted], answer: Json, tell: Telling, identifiers: Identifiers) -> None:
        self.accepted, self.answer, self.tell, self.identifiers = accepted, answer, tell, identifiers
        self.ontology = tell.base.ontology
        self.sorted = [(each, sort_lines(each.lines, self.ontology)) for each in accepted]

    def section(self) -> Element:
        recourse = list(self.rows("recours", [(one, line) for one, kinds in self.sorted for line in kinds.recourse]))
        asked = list(self.requests())
        watching = list(
            self.rows("surveillance", [(one, line) for one, kinds in self.sorted for line in kinds.watching])
        )
        treatments = list(self.treatments())
        narrative = [
            *self.listed("Passage en RCP de recours", recourse),
            *self.listed("Examens et expertises complémentaires", asked),
            *self.listed("Surveillance", watching),
            *self.proposed(treatments),
            *self.commented(),
        ]
        entries = [
            *(meeting(RECOURSE, each.identifier, each.anchor) for each in recourse[:1]),
            *(request(each.identifier, each.anchor) for each in asked),
            *(meeting(WATCH, each.identifier, each.anchor) for each in watching[:1]),
            *(entry for entry, _ in treatments),
            comment(_COMMENT, self.answer["as_of"]),
        ]
        return section(SECTION, self.identifiers.of("proposition"), narrative, entries)

    def rows(self, kind: str, lines: Sequence[tuple[Accepted, Line]]) -> Iterator[Row]:
        """Yield lines that an encounter or a request holds."""
        for number, (one, line) in enumerate(lines, 1):
            place = self.identifiers.of(kind, one.tumour["id"], line.rule["id"], line.concept, number)
            text = plan_words.treatment(line, self.tell)
            yield Row(anchor(kind, number), place, text, one.tumour["label"], plan_words.rule(line.rule))

    def requests(self) -> Iterator[Row]:
        """Yield what is asked for: by the plans, and by the checklist before them; each once for a tumour."""
        number = 0
        for one, kinds in self.sorted:
            for name, told, rules in self.asked_of(one, kinds):
                number += 1
                place = self.identifiers.of("examen", one.tumour["id"], name)
                yield Row(anchor("examen", number), place, told, one.tumour["label"], rules)

    def asked_of(self, one: Accepted, kinds: Sorted) -> Iterator[tuple[str, str, str]]:
        """Yield what is asked for: name, words, rules."""
        seen: set[str] = set()
        for line in kinds.asked:
            name = line.action["concept"]["label"]
            if name not in seen:
                seen.add(name)
                verb = "Orienter : " if line.action["modality"] == "refer" else ""
                yield name, verb + plan_words.treatment(line, self.tell), plan_words.rule(line.rule)
        for entry in self.pending(one):
            if entry["item"] not in seen and is_examination(entry, self.tell.base.dictionary):
                yield entry["item"], plan_words.asked(entry), ", ".join(entry["by"])

    def pending(self, one: Accepted) -> list[Json]:
        """Return what is to be done before treatment, but for the board itself: this document is its report."""
        held = {line.action["concept"]["label"] for line in one.lines if line.concept == _BOARD}
        return [entry for entry in to_do(one) if entry["item"] not in held]

    def treatments(self) -> Iterator[tuple[Element, tuple[str | Element, ...]]]:
        """Yield an entry and a row of the narrative for each type of each treatment."""
        number = 0
        for one, kinds in self.sorted:
            for place, line in enumerate(kinds.treatments, 1):
                for coded in types_of(line.concept, self.ontology):
                    number += 1
                    where = anchor("traitement", number)
                    identifier = self.identifiers.of(
                        "traitement", one.tumour["id"], line.rule["id"], line.concept, place, coded.code
                    )
                    yield self.intended(line, coded, identifier, where), self.described(one, line, coded, where)

    def intended(self, line: Line, coded: Coded, identifier: str, where: str) -> Element:
        order = element("priorityCode", None, element("originalText", text=str(line.step)))
        return procedure(
            "INT", PROPOSED, identifier, code("code", coded, original(where)), where, status("active"), span(), order
        )

    def described(self, one: Accepted, line: Line, coded: Coded, where: str) -> tuple[str | Element, ...]:
        return (
            plan_words.intention(line),
            str(line.step),
            content(where, coded.name),
            plan_words.treatment(line, self.tell),
            f"{plan_words.rule(line.rule)}{self.of(one.tumour['label'])}",
        )

    # --- narrative ---

    def of(self, tumour: str) -> str:
        """Name the tumour where the sheet has several."""
        return f" – {tumour}" if len(self.accepted) > 1 else ""

    def listed(self, title: str, rows: Sequence[Row]) -> list[Element]:
        body = [(content(row.anchor, row.text + self.of(row.tumour)), row.rules) for row in rows]
        return [narrative_table((title, "Recommandation"), body)] if body else []

    def proposed(self, treatments: Sequence[tuple[Element, tuple[str | Element, ...]]]) -> list[Element]:
        headers = (
            "Numéro d'intention",
            "Numéro séquentiel du traitement",
            "Type de traitement",
            "Précision sur le traitement",
            "Recommandation",
        )
        return [narrative_table(headers, [row for _, row in treatments])] if treatments else []

    def commented(self) -> Iterator[Element]:
        told = list(plan_words.notes(self.accepted, self.answer, self.tell))
        told += [
            f"À vérifier avant traitement : {plan_words.asked(entry)} ({', '.join(entry['by'])}){self.of(one.tumour['label'])}."
            for one in self.accepted
            for entry in self.pending(one)
            if not is_examination(entry, self.tell.base.dictionary)
        ]
        told.append("Dates et lieux ne sont pas connus d'oncorules : à compléter.")
        yield paragraph(" ".join(told), _COMMENT)
