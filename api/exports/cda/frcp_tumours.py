"""The tumours of a sheet → section 1.2.250.1.213.1.1.2.27 of a fiche RCP: site, type, side, day, clinical stage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from api.exports.cda.elements import LOINC, SNOMED, Coded, code, element, original, reference, span, unknown
from api.exports.cda.entries import SIMPLE, Section, related, status, templates
from api.exports.cda.frcp_pages import Page
from engine.leaf import Statement

SECTION = Section(
    (
        "2.16.840.1.113883.10.20.1.11",
        "1.3.6.1.4.1.19376.1.5.3.1.3.6",
        "1.3.6.1.4.1.19376.1.7.3.1.3.14.1",
        "1.2.250.1.213.1.1.2.27",
    ),
    Coded("72135-7", LOINC, "Diagnostic du cancer"),
    "TUMEUR",
)
CONCERN = (
    "2.16.840.1.113883.10.20.1.27",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5.1",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5.2",
    "1.2.250.1.213.1.1.3.39",
    "1.2.250.1.213.1.1.3.39.1",
)
TUMOUR = (
    "2.16.840.1.113883.10.20.1.28",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5",
    "1.2.250.1.213.1.1.3.37",
    "1.3.6.1.4.1.19376.1.7.3.1.4.14.1",
    "1.2.250.1.213.1.1.3.113",
)
STAGE = ("1.3.6.1.4.1.19376.1.7.3.1.4.14.2",)
SIDES = {
    "droite": Coded("24028007", SNOMED, "droit"),
    "gauche": Coded("7771000", SNOMED, "gauche"),
    "bilaterale": Coded("51440002", SNOMED, "bilatéral"),
    "mediane": Coded("260528009", SNOMED, "médian(e)"),
}
# The systems that the form takes for each axis, the one of its value set first.
SYSTEMS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "topographie": (("CIM-10", "2.16.840.1.113883.6.3"), ("CIM-O-3", "2.16.840.1.113883.6.43.1")),
    "morphologie": (("CIM-O-3", "2.16.840.1.113883.6.43.1"),),
}
TNM = "2.16.840.1.113883.15.6"
_CATEGORY = re.compile(r"[TNM](?:[0-4][a-d]?[1-3]?|[0-4]?mi|is|a)", re.ASCII)
_STAGE = re.compile(r"(?:0|IV|I{1,3})[A-D]?[1-3]?", re.ASCII)
OTHER_EDITION = "_tnm9"  # the items of the dictionary for another edition than its own
_EDITION = re.compile(r"édition ([5-9])", re.ASCII)
_AXES = {"T": "21905-5", "N": "21906-3", "M": "21907-1"}
_NAMES = {"T": "Tumeur", "N": "Adénopathie", "M": "Métastase"}


def tumours(page: Page) -> list[Element]:
    """Return the section, with one act for each tumour of the sheet."""
    for number in range(len(page.held.sheet.tumours)):
        page.entries.append(_Tumour(page, number).act())
    return page.written(SECTION)


class _Tumour:
    """One tumour being written."""

    def __init__(self, page: Page, number: int) -> None:
        self.page, self.held, self.number = page, page.held, number

    def act(self) -> Element:
        day = self.diagnosed()
        return element(
            "act",
            {"classCode": "ACT", "moodCode": "EVN"},
            *templates(CONCERN),
            element("id", {"root": self.page.identifier(self.number, "acte")}),
            unknown("code", "NA"),
            status("active"),
            span(day, None),
            related("SUBJ", self.observation(day), inverted=False),
        )

    def observation(self, day: str) -> Element:
        where = self.page.place("Tumeur", f"{self.number + 1}")
        return element(
            "observation",
            {"classCode": "OBS", "moodCode": "EVN", "negationInd": "false"},
            *templates(TUMOUR),
            element("id", {"root": self.page.identifier(self.number)}),
            code("code", Coded("282291009", SNOMED, "interprétation diagnostique")),
            element("text", None, reference(where)),
            status("completed"),
            span(day, None),
            self.axis("morphologie", "value"),
            self.axis("topographie", "targetSiteCode", *self.side()),
            related("SUBJ", self.stage(day), inverted=False),
        )

    def diagnosed(self) -> str:
        statement = self.held.take("date_diagnostic", self.number)
        if statement is None:
            return ""
        self.held.day(statement, carried=False)
        if statement.worlds is None:
            self.held.lose(statement, "raison")
        return self.held.date(statement)

    def axis(self, item: str, name: str, *inner: Element) -> Element:
        """Return the code of an axis; what has none in the national systems is `OTH`, with its name in the narrative."""
        of_type = "CD" if name == "value" else ""
        statement = self.held.take(item, self.number)
        if statement is None:
            return unknown(name, "UNK", *inner, of_type=of_type)
        self.held.day(statement, carried=False)
        if statement.worlds is None:
            found = self.held.open(statement, of_type, name, *inner)
            return found if found is not None else unknown(name, "UNK", *inner, of_type=of_type)
        where = original(self.page.place_of(statement))
        coded, exact = self.code_of(item, statement)
        if not exact:
            self.held.lose(statement, "plus-large" if coded is not None else "sans-code")
        if coded is not None:
            return code(name, coded, where, *inner, of_type=of_type)
        return unknown(name, "OTH", where, *inner, of_type=of_type)

    def code_of(self, item: str, statement: Statement) -> tuple[Coded | None, bool]:
        """Return the code of a concept and whether it says as much: one that stands for nothing else, or a wider one."""
        concepts = self.held.ontology.concepts
        sets = self.held.item(item).leaves().sets
        near = [name for name, mask in sets.items() if mask == statement.worlds and name in concepts]
        exact, seen = True, set(near)
        while near:
            for name in near:
                found = self.own_code(item, name)
                if found is not None:
                    return found, exact
            near = [
                each for each in dict.fromkeys(p for name in near for p in concepts[name].parents) if each not in seen
            ]
            seen.update(near)
            exact = False
        return None, False

    def own_code(self, item: str, name: str) -> Coded | None:
        """Return a code that stands for this concept alone; the whole of an axis says nothing."""
        ontology = self.held.ontology
        for system, oid in SYSTEMS[item] if ontology.concepts[name].parents else ():
            for each in ontology.concepts[name].codes.get(system, ()):
                if ontology.resolve(system, each) == (name,):
                    return Coded(each, oid)
        return None

    def side(self) -> list[Element]:
        statement = self.held.take("lateralite", self.number)
        if statement is None:
            return []
        self.held.day(statement, carried=False)
        found = SIDES.get(self.held.category(statement))
        value: Element | None
        if found is not None:
            value = code("value", found, original(self.page.place_of(statement)))
        elif statement.worlds is None:
            value = self.held.open(statement)
        else:
            value = None
            self.held.lose(statement, "sans-code")
        name = code("name", Coded("20228-3", LOINC, "Latéralité"))
        return [element("qualifier", None, name, value)] if value is not None else []

    # --- stage ---

    def stage(self, day: str) -> Element:
        inner = [(axis, *self.category(axis)) for axis in _AXES]
        editions = {edition for _, _, edition in inner if edition is not None}
        where = self.page.place("Stade TNM clinique", "voir les catégories")
        return element(
            "observation",
            {"classCode": "OBS", "moodCode": "EVN", "negationInd": "false"},
            *templates(STAGE),
            code("code", Coded("75620-5", LOINC, "Stade TNM Clinique")),
            element("text", None, reference(where)),
            status("completed"),
            span(day, None),
            self.stage_value(editions),
            *(related("COMP", each) for _, each, _ in inner),
        )

    def stage_value(self, editions: set[str]) -> Element:
        """Return the stage and its edition as qualifiers; none of either where the sheet says none."""
        statement = self.chosen("stade_c")
        written = self.written(statement, _STAGE, "stade_c") if statement else ""
        if statement is None:
            return unknown("value", "UNK", of_type="CD")
        self.held.day(statement, carried=False)
        if not written and statement.worlds is not None:
            self.held.lose(statement, "sans-code")
            return unknown("value", "UNK", of_type="CD")
        edition = self.edition(statement)
        # A category that states no edition is read with the stage's: it would come to say what the sheet does not.
        if edition and "" in editions and edition != self.held.item("stade_c").edition:
            self.held.lose(statement, "edition")
            return unknown("value", "UNK", of_type="CD")
        name = code("name", Coded("21909-7", LOINC, "Stade clinique"))
        value = code("value", Coded(written, TNM), of_type="CD") if written else self.held.open(statement, "CD")
        qualifiers = [element("qualifier", None, name, value)] if value is not None else []
        if edition and value is not None:
            version = code("name", Coded("21917-0", LOINC, "Version TNM Classification"))
            qualifiers.append(element("qualifier", None, version, code("value", Coded(edition, TNM), of_type="CD")))
        if not qualifiers:
            return unknown("value", "UNK", of_type="CD")
        return element("value", {"xsi:type": "CD"}, *qualifiers)

    def category(self, axis: str) -> tuple[Element, str | None]:
        """Return the observation of a category, and the edition that it states (None: the sheet says nothing of it)."""
        statement = self.chosen(f"c{axis}")
        label = self.held.item(f"c{axis}").label()
        if statement is None:
            return self.observed(
                axis, self.page.place(label, "non renseigné"), unknown("value", "UNK", of_type="CD"), ""
            ), None
        day = self.held.day(statement)
        value = self.category_value(axis, statement)
        lost = value is None
        where = self.page.place_of(statement)
        shown = unknown("value", "UNK", of_type="CD") if value is None else value
        return self.observed(axis, where, shown, "" if lost else day), None if lost else self.edition(statement)

    def category_value(self, axis: str, statement: Statement) -> Element | None:
        written = self.written(statement, _CATEGORY, f"c{axis}")
        if statement.reason == "indetermine":
            written = f"{axis}X"
        if written:
            return code("value", Coded(written, TNM), of_type="CD", version=self.edition(statement))
        if statement.worlds is None:
            return self.held.open(statement, "CD")
        self.held.lose(statement, "sans-code")
        return None

    def observed(self, axis: str, where: str, value: Element, day: str) -> Element:
        time = element("effectiveTime", {"value": day.replace("-", "")}) if day else unknown("effectiveTime", "NA")
        return element(
            "observation",
            {"classCode": "OBS", "moodCode": "EVN"},
            *templates(SIMPLE),
            element("id", {"root": self.page.identifier(self.number, axis)}),
            code("code", Coded(_AXES[axis], LOINC, _NAMES[axis])),
            element("text", None, reference(where)),
            status("completed"),
            time,
            value,
        )

    def chosen(self, item: str) -> Statement | None:
        """Return what is said of an item in the edition of the dictionary, else in another that it knows."""
        other = item + OTHER_EDITION
        found = [self.held.take(name, self.number) for name in (item, other) if name in self.held.dictionary.items]
        said = [each for each in found if each is not None]
        for each in said[1:]:
            self.held.lose(each, "plusieurs")
        return said[0] if said else None

    def edition(self, statement: Statement) -> str:
        """Return the edition stated, by the leaf or by the item that it stands under."""
        own = self.held.item(statement.item).edition if statement.item.endswith(OTHER_EDITION) else ""
        return statement.edition or own

    def written(self, statement: Statement, form: re.Pattern[str], item: str) -> str:
        """Return a category or a stage as TNM writes it; empty if it is several, or open."""
        edition = not statement.item.endswith(OTHER_EDITION) and _EDITION.fullmatch(statement.reason)
        text = statement.text if edition else self.held.category(statement)
        return text if form.fullmatch(text) else ""
