"""Treatments received, and those proposed → section 1.2.250.1.213.1.1.2.118 of a fiche RCP, and its …158: their type, their days, their status."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from api.exports.cda.elements import LOINC, Coded, code, original, span, unknown
from api.exports.cda.entries import PROPOSED, RECEIVED, Section, comment, procedure, related, status
from api.exports.cda.frcp_held import NotHeld
from api.exports.cda.frcp_pages import Page
from api.exports.cda.treatment_types import OTHER, OTHER_DRUG, named_by, types_of
from engine.dates import show_days
from engine.domains import NO, YES
from engine.leaf import Statement
from engine.sheet import RowStated
from engine.values import Ranges

SECTION = Section(
    ("1.3.6.1.4.1.19376.1.5.3.1.1.13.2.11", "1.2.250.1.213.1.1.2.118"),
    Coded("29554-3", LOINC, "Traitements"),
    "TRAITEMENTS THÉRAPEUTIQUES PASSÉS OU EN COURS (réalisé ou pas)",
)
_ITEM, _PROPOSED = "traitements", "proposition_traitements"
_HELD = {_ITEM: ("concept", "debut", "fin", "en_cours"), _PROPOSED: ("concept", "prevu")}


def treatments(page: Page) -> list[Element]:
    """Return the section, with one procedure for each row that has one type."""
    _write(page, _ITEM)
    return page.written(SECTION)


def proposed_treatments(page: Page) -> None:
    """Write the treatments that the board proposes into the section of its proposal."""
    _write(page, _PROPOSED)


def _write(page: Page, item: str) -> None:
    records = page.held.sheet.records.get(item)
    page.held.taken.add(item)
    if records is None:
        return
    path = f"/{page.held.item(item).path}"
    for said, part in ((records.absent, "absents"), (records.complete, "complet")):
        if said:
            page.held.lost.append(NotHeld(f"{path}/{part}", item, "liste"))
    for number, row in enumerate(records.rows):
        found = _Row(page, item, number, row).procedure()
        page.entries += [found] if found is not None else []


class _Row:
    """One row being written."""

    def __init__(self, page: Page, item: str, number: int, row: RowStated) -> None:
        self.page, self.held, self.item, self.number, self.row = page, page.held, item, number, row

    def procedure(self) -> Element | None:
        reason = self.unfit()
        if reason:
            self.lose(reason)
            return None
        concept = self.concept()
        coded = self.type_of(concept)
        assert coded is not None
        self.lose_the_rest(concept, coded)
        label = self.held.ontology.concepts[concept].label()
        where, detail = self.page.place("Traitement", coded.name), self.page.place("Précision", label)
        return self.received(coded, where, detail) if self.item == _ITEM else self.proposed(coded, where)

    def received(self, coded: Coded, where: str, detail: str) -> Element:
        when = span(self.day("debut"), self.day("fin"))
        more = related("SUBJ", comment(detail), inverted=True)
        identifier = self.page.identifier(self.number)
        return procedure("EVN", RECEIVED, identifier, code("code", coded), where, self.going_on(), when, more)

    def proposed(self, coded: Coded, where: str) -> Element:
        identifier = self.page.identifier("traitement", self.number)
        named = code("code", coded, original(where))
        order = unknown("priorityCode", "UNK")
        return procedure("INT", PROPOSED, identifier, named, where, status("active"), span(self.day("prevu")), order)

    def unfit(self) -> str:
        """Return why the row can't be written at all."""
        if not self.row.certain:
            return "suspecte"
        concept = self.concept()
        if not concept:
            return "sans-code"
        if self.type_of(concept) is None:
            return "sans-type"
        if self.item != _ITEM:
            return ""
        born, begun = self.born(), self.day("debut", quiet=True)
        return "incoherent" if born and begun and begun < born[: len(begun)] else ""

    def concept(self) -> str:
        statement = self.row.columns.get("concept")
        if statement is None or statement.worlds is None or _framed(statement):
            return ""
        leaves = self.held.item(self.item).columns["concept"].leaves()
        names = [name for name, mask in leaves.sets.items() if mask == statement.worlds]
        return next((name for name in names if name in self.held.ontology.concepts), "")

    def type_of(self, concept: str) -> Coded | None:
        """Return the one type that the treatment lies below; a regimen that only contains it is another thing."""
        ontology = self.held.ontology
        found = types_of(concept, ontology)
        above = named_by(found[0], ontology) if found[0] not in (OTHER, OTHER_DRUG) else ""
        return found[0] if len(found) == 1 and above and ontology.is_a(concept, above) else None

    def lose_the_rest(self, concept: str, coded: Coded) -> None:
        """Note what the type does not say, and every column without a place."""
        if named_by(coded, self.held.ontology) != concept:
            self.lose("type-seul", "/concept")
        for name, statement in self.row.columns.items():
            if name not in _HELD[self.item]:
                self.lose("type-seul", f"/{name}")
            elif name != "concept" and (statement.worlds is None or statement.reason or _framed(statement)):
                self.lose("precision", f"/{name}")
        if self.row.tumour and len(self.held.sheet.tumours) > 1:
            self.lose("plusieurs-tumeurs", "/tumeur")
        elif not self.row.tumour and len(self.held.sheet.tumours) == 1:
            # The form has no way to leave it open: it speaks of its one tumour.
            self.lose("precision", "/tumeur")

    def day(self, column: str, quiet: bool = False) -> str:
        statement = self.row.columns.get(column)
        if statement is None or not isinstance(statement.worlds, Ranges) or _framed(statement):
            return ""
        shown = show_days(statement.worlds)
        if shown[:4].isdigit() and "–" not in shown:
            return shown
        if not quiet:
            self.lose("sans-code", f"/{column}")
        return ""

    def going_on(self) -> Element:
        """Return the status: active, completed, or unknown; one that the days contradict is left open."""
        statement = self.row.columns.get("en_cours")
        worlds = statement.worlds if statement and not _framed(statement) else None
        end, today = self.day("fin", quiet=True), self.board_day()
        if worlds == YES and end and today and end < today:
            self.lose("incoherent", "/en_cours")
            worlds = None
        if worlds in (YES, NO):
            return status("active" if worlds == YES else "completed")
        return unknown("statusCode", "UNK")

    def born(self) -> str:
        """Return the date of birth as it is written in the header."""
        for statement in self.held.statements("date_naissance"):
            if isinstance(statement.worlds, Ranges):
                return show_days(statement.worlds)
        return ""

    def board_day(self) -> str:
        for statement in self.held.statements("date_rcp"):
            if isinstance(statement.worlds, Ranges):
                return show_days(statement.worlds)
        return ""

    def lose(self, reason: str, part: str = "") -> None:
        self.held.lost.append(NotHeld(self.row.pointer + part, self.item, reason))


def _framed(statement: Statement) -> bool:
    """Say whether a column carries more than its value."""
    return statement.days is not None or bool(statement.method or statement.specimen)
