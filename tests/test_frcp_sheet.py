"""Native sheet → fiche RCP → native sheet: what the form can hold comes back, and the document never says more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.adapters.cda import read_document
from api.exports.cda.frcp_board import CASES, MOTIVES, NATURES, QUORUM, STATES
from api.exports.cda.frcp_held import NOT_HELD
from api.exports.cda.frcp_sheet import Written, frcp_document, frcp_sections
from api.exports.cda.frcp_state import OMS, PHASES
from api.exports.cda.frcp_tumours import SIDES
from engine.dictionary import Item
from engine.facts import Facts, facts_of
from engine.logic import Key
from engine.sheet import Sheet, read_sheet
from engine.values import Worlds
from tests.agreement.dice import Dice, Draw
from tests.agreement.sheets import put
from tests.agreement.shipped import base
from tests.exported import HL7, TYPE, check_references, fiches, name, parsed, sections, skeleton
from tests.strategies import LAW

BOARD = ("date_rcp", "nature", "recours", "pediatrique", "motif", "statut_cas", "quorum", "dossier_complet", "depistage",
         "proposition_recours", "proposition_surveillance", "cadre_essai_propose", "statut_document")  # fmt: skip
PATIENT = ("date_naissance", "sexe", "oms", "g8")
TUMOUR = ("topographie", "morphologie", "lateralite", "date_diagnostic", "cT", "cN", "cM", "stade_c",
          "cT_tnm9", "cN_tnm9", "cM_tnm9", "stade_c_tnm9")  # fmt: skip
ONLY = ("phase", "date_rechute", "progression", "progression_locale", "progression_regionale", "progression_distance")
HELD = (*BOARD, *PATIENT, *TUMOUR, *ONLY)  # fmt: skip
AS_OF = date(2026, 12, 31)  # after every day that a sheet may name
ROWS = {
    "traitements": ("concept", "debut", "fin", "en_cours"),
    "proposition_traitements": ("concept", "prevu"),
}
IDENTIFIERS = ("rrc_id", "gestionnaire_id", "rcp_id", "session_id")


def dictionary_item(name: str) -> Item:
    return base().dictionary.items[name]


def written(body: Mapping[str, Any]) -> Written:
    return frcp_document(body, base().ontology, base().dictionary)


def native(body: Mapping[str, Any]) -> Sheet:
    return read_sheet(body, base().dictionary, base().ontology)


def back(document: bytes) -> Sheet:
    """Return what the reader of CDA finds in a document."""
    converted = read_document(document, base().ontology, base().dictionary, "frcp")
    sheet = native(converted.sheet)
    assert not sheet.problems, "\n".join(map(str, sheet.problems))
    return sheet


def facts(sheet: Sheet, number: int) -> Facts:
    """Return what is known of the places of the form, and of what else the sheet says."""
    said = {each.item for each in (*sheet.patient, *sheet.tumours[number].statements)}
    known = [each for each in (*HELD, *sorted(said)) if each in base().dictionary.items]
    keys = [Key(each) for each in dict.fromkeys(known)]
    return facts_of(sheet, sheet.tumours[number], AS_OF, keys, base().dictionary, base().ontology)


def worlds(found: Facts, item: str) -> Worlds:
    said = found.worlds(Key(item))
    full = dictionary_item(item).domain
    assert full is not None
    return full.full if said is None else said


def lost_items(result: Written) -> set[str]:
    return {each.item for each in result.not_held}


# --- random sheets ---


class Sheets:
    """Draws native sheets of the shipped dictionary, mostly of what a fiche RCP may hold."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice

    def sheet(self) -> dict[str, Any]:
        body: dict[str, Any] = {"schema": "fiche-rcp/1", "tumeurs": [{"id": "a"}]}
        for each in HELD:
            if self.dice.chance(45):
                item = dictionary_item(each)
                # The day of the board dates all that is undated: a sheet whose day can't be written is another sheet.
                put(body, item, self.date() if each == "date_rcp" else self.said(item))
        others = [i for i in base().dictionary.items.values() if i.domain is not None and i.path and not i.computed]
        for item in self.dice.some(others, 0, 4):
            if item.id not in HELD and not item.is_records:
                put(body, item, self.said(item))
        for each in (*IDENTIFIERS, "centre", "synthese", "region", "cadre_essais"):
            if self.dice.chance(25):
                put(body, dictionary_item(each), self.dice.pick(("5201", "670000012", "FR-GES", "un texte libre")))
        for each in ROWS:
            if self.dice.chance(50):
                body[each] = self.treatments(each)
        if self.dice.chance(15):
            body["tumeurs"].append({"id": "b", "topographie": "poumon"})
        if self.dice.chance(10):
            body["jugements"] = {next(iter(base().dictionary.judgements)): True}
        return body

    def said(self, item: Item) -> Any:
        leaf = self.leaf(item)
        return [leaf, self.framed(self.value(item))] if isinstance(leaf, dict) and self.dice.chance(6) else leaf

    def leaf(self, item: Item) -> Any:
        if self.dice.chance(8):
            return {"raison": self.dice.pick(("non_fait", "en_attente", "non_applicable", "indetermine", "inconnu"))}
        value = self.value(item)
        if not self.dice.chance(35):
            return value
        framed = self.framed(value)
        if item.edition and not item.id.endswith("_tnm9") and self.dice.chance(50):
            framed["edition"] = self.edition(item, value)
        return framed

    def edition(self, item: Item, value: Any) -> str:
        """Draw an edition; one that has an item of its own only for the values that it has."""
        other = base().dictionary.items.get(f"{item.id}_tnm9")
        names = other.leaves().sets if other else {}
        said = value if isinstance(value, list) else [value]
        return self.dice.pick(("7", "8", "9") if all(each in names for each in said) else ("7", "8"))

    def framed(self, value: Any) -> dict[str, Any]:
        framed = {"valeur": value}
        if self.dice.chance(50):
            framed["date"] = self.date()
        if self.dice.chance(10):
            framed["certitude"] = "suspecte"
        if self.dice.chance(8):
            framed["methode"] = "IRM"
        return framed

    def date(self) -> str:
        day = self.dice.pick(("2026-11-10", "2026-09-03", "2025-02-01", "2021-07-09"))
        return day[: self.dice.pick((10, 10, 7, 4))]

    def value(self, item: Item) -> Any:
        if item.kind == "booleen":
            return self.dice.chance(50)
        if item.kind == "date":
            born = item.id == "date_naissance"
            return "1951-04-20"[: self.dice.pick((10, 7, 4))] if born else self.date()
        if item.kind == "concept":
            return self.concept(item)
        if item.kind in ("echelle", "enumeration"):
            names = tuple(item.leaves().sets)
            return self.dice.pick(names) if self.dice.chance(85) else list(self.dice.some(names, 1, 3))
        return self.number(item)

    def number(self, item: Item) -> Any:
        full = item.line().full
        low = full.low if full.low.is_finite() else Decimal(0)
        high = full.high if full.high.is_finite() else low + 10
        middle = low + (high - low) / 2
        found = self.dice.pick((low, high, middle.to_integral_value("ROUND_FLOOR")))
        return int(found) if self.dice.chance(75) else f"<= {int(found)}"

    def concept(self, item: Item) -> Any:
        names = tuple(sorted(each for each, mask in base().ontology.domains[item.branch].sets.items() if mask))
        coded = {"topographie": [("CIM-10", "C50.4"), ("CIM-10", "C43.5"), ("CIM-O-3", "C34.1")],
                 "morphologie": [("CIM-O-3", "8500/3"), ("CIM-O-3", "8520/3")]}.get(item.id)  # fmt: skip
        if coded and self.dice.chance(40):
            system, code = self.dice.pick(coded)
            return {"systeme": system, "code": code}
        return self.dice.pick(names)

    def treatments(self, records: str) -> dict[str, Any]:
        body: dict[str, Any] = {"lignes": [self.row(dictionary_item(records)) for _ in range(self.dice.number(0, 3))]}
        if self.dice.chance(20):
            body["absents"] = ["immunothérapie"]
        if self.dice.chance(25):
            body["complet"] = True
        return body

    def row(self, item: Item) -> dict[str, Any]:
        types = ("chimiothérapie", "chirurgie", "radiothérapie", "hormonothérapie", "thérapie ciblée")
        row: dict[str, Any] = {
            "concept": self.dice.pick(types) if self.dice.chance(50) else self.concept(item.columns["concept"])
        }
        for column in ("debut", "fin", "en_cours", "prevu", "intention", "ligne", "rang", "reponse"):
            if column in item.columns and self.dice.chance(45):
                row[column] = self.value(item.columns[column])
        if self.dice.chance(60):
            row["tumeur"] = "a"
        if self.dice.chance(10):
            row["certitude"] = "suspecte"
        return row


@st.composite
def native_sheets(draw: Draw) -> dict[str, Any]:
    return Sheets(Dice(draw)).sheet()


# --- the laws ---


@LAW
@given(native_sheets())
def test_what_the_form_holds_comes_back_and_nothing_more_is_said(body: dict[str, Any]) -> None:
    result, sheet = written(body), native(body)
    assert not sheet.problems, "\n".join(map(str, sheet.problems))
    found = back(result.body)
    assert len(found.tumours) == len(sheet.tumours)
    lost = {(each.pointer, each.item) for each in result.not_held}
    for number in range(len(sheet.tumours)):
        ours, theirs = facts(sheet, number), facts(found, number)
        for key in {*ours.data, *theirs.data}:
            item = base().dictionary.items.get(key.item)
            if item is None:
                continue
            if item.edition and any(each.item == "topographie" for each in result.not_held):
                continue  # the scale of a category, and the edition of a stage that states none, hang on the site
            said, read = worlds(ours, item.id), worlds(theirs, item.id)
            said_of = [s for s in (*sheet.patient, *sheet.tumours[number].statements) if s.item == item.id]
            whole = not any(pointer.startswith(each.pointer) for each in said_of for pointer, _ in lost)
            if item.id in HELD and whole:
                assert read == said, item.id
            else:
                assert read & said == said, item.id
    for item, columns in ROWS.items():
        check_rows(item, columns, sheet, found, result)


def check_rows(item: str, columns: tuple[str, ...], sheet: Sheet, found: Sheet, result: Written) -> None:
    """Each row that has a type comes back in its order, with every column that is not named as lost."""
    lost = {each.pointer for each in result.not_held if each.item == item}
    rows = sheet.records[item].rows if item in sheet.records else ()
    kept = [row for row in rows if row.pointer not in lost]
    read = found.records[item].rows if item in found.records else ()
    assert len(read) == len(kept)
    for row, other in zip(kept, read, strict=True):
        for column in columns:
            said, again = row.columns.get(column), other.columns.get(column)
            full = dictionary_item(item).columns[column].domain
            assert full is not None
            worlds_said = full.full if said is None or said.worlds is None else said.worlds
            worlds_read = full.full if again is None or again.worlds is None else again.worlds
            if f"{row.pointer}/{column}" in lost:
                assert worlds_read & worlds_said == worlds_said
            else:
                assert worlds_read == worlds_said, column
        names = [tumour.id for tumour in sheet.tumours]
        if f"{row.pointer}/tumeur" not in lost:
            assert (other.tumour == "t1") == (row.tumour == names[0])


@LAW
@given(native_sheets())
def test_what_is_not_held_is_named_once_with_a_reason_of_the_list(body: dict[str, Any]) -> None:
    result, sheet = written(body), native(body)
    assert {each.code for each in result.not_held} <= NOT_HELD.keys()
    assert len(set(result.not_held)) == len(result.not_held)
    pointers = {each.pointer for each in result.not_held}
    for statement in (*sheet.patient, *(s for tumour in sheet.tumours for s in tumour.statements)):
        assert statement.item in HELD or statement.pointer in pointers
    if "jugements" in body:
        assert any(pointer.startswith("/jugements/") for pointer in pointers)


@LAW
@given(native_sheets())
def test_the_document_holds_together_and_is_the_same_each_time(body: dict[str, Any]) -> None:
    result = written(body)
    assert result == written(json.loads(json.dumps(body)))
    check_references(parsed(result.body))
    assert b"un texte libre" not in result.body


# --- nothing that can be held is set aside ---


def plain() -> Iterator[tuple[str, Any]]:
    """Yield a plain value of every place of the form: these must all be held."""
    tables: dict[str, Mapping[str, Any]] = {
        "nature": NATURES, "motif": MOTIVES, "statut_cas": CASES, "quorum": QUORUM, "statut_document": STATES,
        "oms": OMS, "phase": PHASES, "lateralite": SIDES,
    }  # fmt: skip
    for item, table in tables.items():
        yield from ((item, value) for value in table)
    for item in ("recours", "pediatrique", "depistage", "dossier_complet", "cadre_essai_propose", "progression",
                 "progression_locale", "progression_regionale", "progression_distance"):  # fmt: skip
        yield from ((item, value) for value in (True, False))
    yield from ((item, True) for item in ("proposition_recours", "proposition_surveillance"))
    for item in ("date_rcp", "date_diagnostic", "date_naissance"):
        yield from ((item, value) for value in ("2026", "2026-03", "2026-03-09"))
    yield from (("sexe", value) for value in ("F", "M", "I"))
    yield from (("g8", value) for value in (0, 17, 14.5))
    for item in ("cT", "cN", "cM", "stade_c"):
        names = base().dictionary.items[item].leaves().sets
        yield from ((item, value) for value in names if "(" not in value)
    yield from (("topographie", value) for value in ("sein", "poumon", "prostate", "rectum"))
    yield from (("topographie", {"systeme": "CIM-10", "code": code}) for code in ("C50.4", "C18.7", "C61"))
    yield from (("morphologie", {"systeme": "CIM-O-3", "code": code}) for code in ("8500/3", "8520/3"))


@pytest.mark.parametrize(("item", "value"), list(plain()))
def test_a_plain_value_of_a_place_is_held(item: str, value: Any) -> None:
    body: dict[str, Any] = {"tumeurs": [{"id": "a"}]}
    put(body, dictionary_item(item), value)
    result = written(body)
    assert item not in lost_items(result)
    assert worlds(facts(back(result.body), 0), item) == worlds(facts(native(body), 0), item)


@pytest.mark.parametrize("item", [*IDENTIFIERS, "centre"])
def test_identifiers_of_the_board_are_held(item: str) -> None:
    body: dict[str, Any] = {"tumeurs": [{"id": "a"}]}
    put(body, dictionary_item(item), "670000012")
    result = written(body)
    assert item not in lost_items(result)
    assert back(result.body).texts[item] == "670000012"


def test_a_relapse_and_its_day_are_held_together() -> None:
    body = {"tumeurs": [{"id": "a", "phase": "rechute", "date_rechute": "2024-05"}]}
    result = written(body)
    assert not result.not_held
    found = facts(back(result.body), 0)
    assert worlds(found, "phase") == dictionary_item("phase").leaves().sets["rechute"]
    assert worlds(found, "date_rechute") == worlds(facts(native(body), 0), "date_rechute")


@pytest.mark.parametrize(
    ("leaf", "reason"),
    [
        ({"valeur": "2", "certitude": "suspecte"}, "suspecte"),
        ({"raison": "non_fait"}, "raison"),
        ({"valeur": ["1", "2"]}, "sans-code"),
        ({"valeur": "5"}, "sans-code"),
        ([{"valeur": "1", "date": "2026-10-01"}, {"valeur": "2", "date": "2026-11-01"}], "plusieurs"),
    ],
)
def test_what_the_form_cannot_say_is_named(leaf: Any, reason: str) -> None:
    result = written({"patient": {"oms": leaf}, "tumeurs": [{"id": "a"}]})
    assert {each.code for each in result.not_held if each.item == "oms"} == {reason}
    assert worlds(facts(back(result.body), 0), "oms") == dictionary_item("oms").leaves().full


def test_identity_and_texts_are_never_written() -> None:
    body = {
        "patient": {"nom_naissance": "SYLVESTRE", "ins_matricule": "260017512345678"},
        "rcp": {"synthese": "Mme SYLVESTRE va bien"},
        "tumeurs": [{"id": "SYLVESTRE", "libelle": "sein de SYLVESTRE",
                     "morphologie": {"systeme": "CIM-O-3", "code": "8500/3", "libelle": "SYLVESTRE"}}],
    }  # fmt: skip
    result = written(body)
    assert b"SYLVESTRE" not in result.body
    assert b"260017512345678" not in result.body
    kinds = {each.item: each.code for each in result.not_held}
    assert kinds["synthese"] == "texte"


@pytest.mark.parametrize("path", fiches(), ids=lambda path: path.stem)
def test_whole_fiches_are_written_and_read_back(path: Any) -> None:
    body = json.loads(path.read_text(encoding="utf-8"))
    body = body.get("fiche", body)
    result = written(body)
    found, sheet = back(result.body), native(body)
    assert [worlds(facts(found, n), "cT") for n in range(len(found.tumours))] == [
        worlds(facts(sheet, n), "cT")
        if not any(e.item == "cT" for e in result.not_held)
        else worlds(facts(found, n), "cT")
        for n in range(len(sheet.tumours))
    ]


# --- the national form ---


def test_sections_have_the_structure_of_the_national_example(shared: Any) -> None:
    theirs = sections(parsed((shared / "data/fiches/cda/CANCER-FRCP_2022.01_Appareil.xml").read_bytes()))
    body = {
        "rcp": {"nature": "appareil", "recours": False, "pediatrique": True, "motif": "diagnostic", "depistage": True,
                "statut_cas": "enregistre", "dossier_complet": True, "quorum": "atteint", "statut_document": "en_cours"},
        "patient": {"oms": {"valeur": "0", "date": "2019-02-15"}, "g8": {"valeur": 2, "date": "2019-02-15"}},
        "tumeurs": [{"id": "a", "morphologie": {"systeme": "CIM-O-3", "code": "8500/3"}, "lateralite": "droite",
                     "topographie": {"systeme": "CIM-10", "code": "C50.2"}, "date_diagnostic": "2019-01-29",
                     "cT": {"valeur": "T1b", "edition": "8"}, "cN": {"valeur": "N1", "edition": "8"},
                     "cM": {"valeur": "M0", "edition": "8"}, "stade_c": {"valeur": "IB", "edition": "8"},
                     "phase": "rechute", "date_rechute": "2019-02-15", "progression": True, "progression_locale": True,
                     "progression_regionale": True, "progression_distance": False}],
        "traitements": {"lignes": [{"concept": "chirurgie", "debut": "2018-10-02", "fin": "2019-02-15", "tumeur": "a"}]},
    }  # fmt: skip
    ours = sections(parsed(frcp_sections(body, base().ontology, base().dictionary).body))
    for template in ("163", "27", "115", "114", "25", "118", "33", "35", "128"):
        known = theirs[f"1.2.250.1.213.1.1.2.{template}"]
        found = ours[f"1.2.250.1.213.1.1.2.{template}"]
        for entry in found.findall(f"{HL7}entry"):
            expected = [each[0] for each in known.findall(f"{HL7}entry")]
            assert any(fits(entry[0], each) for each in expected), f"{template}\n{skeleton(entry[0])}"


# What of the national example a sheet does not fill: left out, each for its reason.
LEFT_OUT = {
    "ORG-119": "organs are a text of the sheet",
    "MED-235": "only the reason given is ticked",
    "ORG-114": "only the reason given is ticked",
    "ORG-115": "only the reason given is ticked",
    "ORG-116": "only the reason given is ticked",
    "48767-8": "a comment is a text, that of a treatment aside",
    "21918-8": "another classification is a text of the form",
}


def fits(ours: Any, theirs: Any) -> bool:
    """Say whether an entry is one of the example, but for what a sheet does not fill and for its values."""
    one, other = simple(ours), simple(theirs)
    return one == other


def simple(node: Any) -> Any:
    """Return a skeleton in which values are their types, without what is left out and what stands for a value."""
    told, inner = {}, []
    for key in ("classCode", "moodCode", "negationInd", "typeCode"):
        if key in node.attrib and (key, node.attrib[key]) != ("typeCode", "COMP"):
            told[key] = node.attrib[key]
    if name(node) == "templateId":
        told["root"] = node.attrib["root"]
    if name(node) == "code" and "code" in node.attrib:
        told |= {} if is_treatment(node) else {key: node.attrib[key] for key in ("code", "codeSystem")}
    if TYPE in node.attrib:
        told["type"] = node.attrib[TYPE]
    for child in node:
        codes = [code.attrib.get("code") for code in child.findall(f"./*/{HL7}code")] if len(child) else []
        if name(child) in ("translation", "high", "low", "id") or any(code in LEFT_OUT for code in codes):
            continue
        inner.append(simple(child))
    return name(node), told, inner


def is_treatment(code: Any) -> bool:
    return code.attrib["code"] in ("MED-227", "387713003", "GEN-092.03.01")
