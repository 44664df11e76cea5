"""A sheet goes out as FHIR and comes back saying the same, but for what is listed; what is listed can't be held."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import library
from api.adapters.conversion import Converted
from api.adapters.fhir import read_bundle
from api.adapters.fhir_own import OURS, ROW
from api.assembly import evaluator
from api.documents import from_bytes
from api.exports import CANONICAL
from api.exports.fhir_sheet import writing as why
from api.exports.fhir_sheet.bundle import NOT_HELD, FhirSheet, sheet_bundle
from api.exports.fhir_sheet.codes import back_maps
from api.exports.fhir_sheet.values import UCUM
from engine.closing import FINER
from engine.dictionary import Dictionary, Item
from engine.dictionary_reader import read_dictionary
from engine.leaf import LeafReader, Statement
from engine.ontology import Ontology
from engine.rows import row_set
from engine.sheet import RecordsStated, RowStated, Sheet, read_sheet
from engine.units import SPELLINGS, find_unit
from tests.conftest import ROOT
from tests.fhir_bindings import problems, unresolved
from tests.strategies import FULL
from tests.whole_sheets import whole_sheets

DAY = date(2026, 11, 25)
MANY = settings(
    max_examples=300 if FULL else 60,
    deadline=None,
    derandomize=FULL,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
ONTOLOGY = Ontology.read((ROOT / "ontologies" / "index.json").read_text(encoding="utf-8"))
DICTIONARY: Dictionary = read_dictionary(
    "dictionary.yaml", (ROOT / "knowledge" / "dictionary.yaml").read_text(encoding="utf-8"), ONTOLOGY
)[0]
FICHES = {
    str(path.relative_to(ROOT / "knowledge")): path
    for folder in ("examples", "cases")
    for path in sorted((ROOT / "knowledge" / folder).rglob("*.json"))
    if not path.name.endswith(".answer.json")
}


def out(sheet: Mapping[str, Any]) -> FhirSheet:
    return sheet_bundle(sheet, ONTOLOGY, DICTIONARY)


def back(bundle: Mapping[str, Any]) -> Converted:
    return read_bundle(json.loads(json.dumps(bundle)), ONTOLOGY, DICTIONARY, "lot")


def read(sheet: Mapping[str, Any]) -> Sheet:
    return read_sheet(sheet, DICTIONARY, ONTOLOGY)


# --- what a sheet says, whatever its form ---


def meaning(sheet: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a sheet says: statements, tumours, rows, absences, texts, day and place."""
    said = read(sheet)
    return {
        "patient": statements(said.patient),
        "tumeurs": [(t.id, t.label, statements(t.statements)) for t in said.tumours],
        "listes": {name: listed(stated) for name, stated in said.records.items() if stated != RecordsStated()},
        "textes": {name: text for name, text in said.texts.items() if name != "date_rcp"},
        "lieu": (said.date, said.region, said.centre),
    }


def statements(said: tuple[Statement, ...]) -> Counter[Any]:
    return Counter(one(s) for s in said if not _says_nothing(s))


def _says_nothing(said: Statement) -> bool:
    """Say whether it is the open half of a code that speaks of the other axis only."""
    item = DICTIONARY.items.get(said.item)
    return item is not None and item.kind == "concept" and not said.reason and said.worlds == item.leaves().full


def one(said: Statement) -> tuple[Any, ...]:
    open_for = said.reason if said.worlds is None or said.reason else ""
    worlds = None if open_for else said.worlds
    return said.item, worlds, open_for, said.days, said.edition, said.method, said.specimen, said.upper, said.lower


def listed(stated: RecordsStated) -> Any:
    return (
        Counter(row(r) for r in stated.rows),
        Counter((c.concepts, c.tumour) for c in stated.absent),
        {(c.concepts, c.tumour) for c in stated.complete},
    )


def row(stated: RowStated) -> Any:
    columns = frozenset((name, one(s)) for name, s in stated.columns.items() if not _says_nothing(s))
    return stated.tumour, stated.certain, columns


def sure(value: Any) -> Any:
    """Return a sheet whose doubts are taken away, so that what is suspected can be compared too."""
    if isinstance(value, dict):
        return {key: inner if key == "id" else sure(inner) for key, inner in value.items() if key != "certitude"}
    return [sure(inner) for inner in value] if isinstance(value, list) else value


def without(sheet: Mapping[str, Any], pointers: list[str]) -> dict[str, Any]:
    """Return a sheet without what stands at some places; numbers of lists stay."""
    kept: Any = copy.deepcopy(dict(sheet))
    for pointer in sorted(pointers, key=len, reverse=True):
        *way, last = [t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:]]
        here = kept
        for step in way:
            here = here[int(step)] if isinstance(here, list) else here.get(step) if isinstance(here, dict) else None
        if isinstance(here, list):
            here[int(last)] = {} if isinstance(here[int(last)], dict) else None
        elif isinstance(here, dict):
            here.pop(last, None)
    return dict(kept)


def at(body: Any, pointer: str) -> Any:
    """Return what a pointer points to, or None."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(body, list):
            body = body[int(key)] if key.isdigit() and int(key) < len(body) else None
        else:
            body = body.get(key) if isinstance(body, dict) else None
    return body


def held(sheet: Mapping[str, Any], result: FhirSheet) -> dict[str, Any]:
    """Return what the form holds: where a text told which variant is absent, that it is one, whichever."""
    lost = [lost["pointer"] for lost in result.not_held]
    kept = without(sheet, lost)
    body = kept.get("variants")
    lines = body.get("lignes") if isinstance(body, Mapping) else body
    absent = DICTIONARY.items["variants"].columns["statut"].leaves().find("absente")
    for row in read(sheet).records.get("variants", RecordsStated()).rows:
        status = row.columns.get("statut")
        texts = [f"{row.pointer}/{column}" for column in FINER & row.texts]
        written = any(text not in lost for text in texts)
        if isinstance(lines, list) and texts and not written and status is not None and status.worlds == absent:
            lines[int(row.pointer.rpartition("/")[2])].setdefault("alteration", {"raison": "indetermine"})
    return kept


def assert_round_trip(sheet: Mapping[str, Any]) -> FhirSheet:
    result = out(sheet)
    expected, found = held(sheet, result), back(result.bundle).sheet
    assert meaning(expected) == meaning(found)
    assert meaning(sure(expected)) == meaning(sure(found))
    return result


# --- the laws ---


@MANY
@given(whole_sheets(DICTIONARY, ONTOLOGY))
def test_what_the_form_holds_comes_back_and_the_rest_is_what_it_can_t_hold(sheet: dict[str, Any]) -> None:
    result = assert_round_trip(sheet)
    for lost in result.not_held:
        assert is_beyond_the_form(sheet, lost), lost


def is_beyond_the_form(sheet: Mapping[str, Any], lost: Mapping[str, str]) -> bool:
    """Say, from the sheet alone, whether what is listed is of the fixed set that the form can't hold."""
    pointer, reason = lost["pointer"], lost["reason"]
    leaf, (parent, _, key) = at(sheet, pointer), pointer.rpartition("/")
    item = item_at(lost["item"])
    match reason:
        case why.UNREAD:
            return any(f"{p.pointer}/".startswith(f"{pointer}/") for p in read(sheet).problems) or _unread(item, leaf)
        case why.TEXT:
            return item is not None and item.is_text
        case why.IDENTITY:
            return item is not None and item.identity
        case why.OPEN_ENDS:
            return "_exclu" in json.dumps(leaf) and '"min"' in json.dumps(leaf) and '"max"' in json.dumps(leaf)
        case why.BESIDE_REASON:
            return "raison" in (leaf if key not in ("valeur", "raison") else at(sheet, parent))
        case why.LIMIT:
            return key in ("lsn", "lin")
        case why.AUTHOR:
            return key in ("auteur", "libelle")
        case why.FRAME:
            return key in ("edition", "methode", "prelevement", "lsn", "lin") and "." in lost["item"]
        case why.ROW_DATE:
            return key == "date" and "." in lost["item"]
        case why.PERHAPS_WHOLE:
            return parent.endswith("/complet") and bool(leaf.keys() & {"certitude", "raison", "date"})
    return False


def item_at(name: str) -> Item | None:
    records, _, column = name.partition(".")
    found = DICTIONARY.items.get(records) or DICTIONARY.judgements.get(records)
    return found.columns.get(column) if found and column else found


def _unread(item: Item | None, leaf: Any) -> bool:
    """Say whether the engine reads nothing at all where a leaf stands, without a problem to tell."""
    return item is not None and (item.computed or LeafReader(ONTOLOGY).statement(item, leaf, "") is None)


@pytest.mark.parametrize("name", FICHES)
def test_the_shipped_sheets_come_back_whole(name: str) -> None:
    result = assert_round_trip(json.loads(FICHES[name].read_text(encoding="utf-8")))
    assert {lost["reason"] for lost in result.not_held} <= {why.TEXT, why.AUTHOR, why.UNREAD}
    for lost in result.not_held:
        assert is_beyond_the_form(json.loads(FICHES[name].read_text(encoding="utf-8")), lost), lost


@cache
def service() -> Any:
    return evaluator(library.texts())


def without_places(value: Any) -> Any:
    """Return a plan without where in a document its reasons stand, and in which order a row was told."""
    if isinstance(value, dict):
        return {k: without_places(v) for k, v in value.items() if k not in ("pointer", "origin", "document", "value")}
    return [without_places(inner) for inner in value] if isinstance(value, list) else value


def verdicts(document: Any, media_type: str) -> Any:
    answer = service().evaluate([from_bytes(document, media_type)], today=DAY, explain="none", include="all")
    return [
        (
            [(r["id"], r["verdict"], without_places(r["plan"])) for r in tumour["recommendations"]],
            [(t["id"], t["arm"], t["verdict"]) for t in tumour["trials"]],
            [(q["id"], q["status"], q["outcome"]) for q in tumour["questions"]],
        )
        for tumour in answer["tumours"]
    ] + [answer["as_of"], answer["place"]["region"]]


@pytest.mark.parametrize("name", FICHES)
def test_every_verdict_is_that_of_the_native_sheet(name: str) -> None:
    body = FICHES[name].read_bytes()
    bundle = out(json.loads(body)).bundle
    sent = json.dumps(bundle).encode()
    assert verdicts(sent, "application/fhir+json") == verdicts(body, "application/json")


# --- what is written is FHIR, and read to the end ---


def assert_is_fhir(bundle: Mapping[str, Any]) -> None:
    body = json.loads(json.dumps(bundle))
    get_fhir_model_class("Bundle").model_validate(body)
    assert problems(body) == []
    assert unresolved(body) == []
    assert len({entry["fullUrl"] for entry in body["entry"]}) == len(body["entry"])
    assert all(entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}" for entry in body["entry"])
    assert all(
        "://" in value or value.startswith("urn:oid:") for place, value in nodes(body) if place.endswith("/system")
    )


def nodes(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    yield place, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield from nodes(inner, f"{place}/{key}")


@MANY
@given(whole_sheets(DICTIONARY, ONTOLOGY))
def test_every_resource_is_of_r4_and_none_of_what_it_says_is_lost_on_the_way_back(sheet: dict[str, Any]) -> None:
    bundle = out(sheet).bundle
    assert_is_fhir(bundle)
    assert back(bundle).losses == ()


@pytest.mark.parametrize("name", FICHES)
def test_the_shipped_sheets_are_fhir(name: str) -> None:
    bundle = out(json.loads(FICHES[name].read_text(encoding="utf-8"))).bundle
    assert_is_fhir(bundle)
    assert back(bundle).losses == ()


def one_tumour(**more: Any) -> dict[str, Any]:
    return {"tumeurs": [{"id": "t1", **more.pop("tumeur", {})}], **more}


def resources(bundle: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def codes(value: Any) -> set[tuple[str, str]]:
    return {(v["system"], v["code"]) for _, v in nodes(value) if isinstance(v, dict) and {"system", "code"} <= set(v)}


def test_a_tumour_stands_in_standard_codes() -> None:
    tumour = {
        "topographie": "sein", "morphologie": "carcinome lobulaire infiltrant", "lateralite": "gauche",
        "date_diagnostic": "2026-01", "pT": {"valeur": "T2", "edition": 8}, "her2_ihc": "2+", "ki67": "> 20 %",
    }  # fmt: skip
    bundle = out(one_tumour(tumeur=tumour, patient={"oms": 1}, biologie={"hb": {"valeur": 11, "unite": "g/dL"}})).bundle
    found = codes(bundle)
    sct, loinc = "http://snomed.info/sct", "http://loinc.org"
    assert {
        ("http://terminology.hl7.org/CodeSystem/icd-o-3", "8520/3"),
        ("http://hl7.org/fhir/sid/icd-10", "C50"),
    } <= found
    assert {(sct, "7771000"), (sct, "384625004"), (sct, "1229852009"), (sct, "897275008")} <= found
    assert {(loinc, "85319-2"), (loinc, "LA11842-4"), (loinc, "85330-9"), (loinc, "718-7"), (loinc, "89247-1")} <= found
    profiles = {p for r in bundle["entry"] for p in r["resource"].get("meta", {}).get("profile", ())}
    assert {p.rpartition("/mcode-")[2] for p in profiles if "mcode-" in p} == {
        "primary-cancer-condition", "tnm-primary-tumor-category", "ecog-performance-status"
    }  # fmt: skip


def test_a_standard_code_never_says_more_than_the_sheet() -> None:
    """« Actif » is no « every day », « sans progression » no « better », V600E no staining, PD-L1 no clone."""
    said = {"braf_v600": "V600E", "pdl1_tps": 60, "progression": False}
    bundle = out(
        one_tumour(
            tumeur=said, patient={"tabac_statut": "actif"}, biologie={"creatinine": {"valeur": 1, "unite": "mg/dL"}}
        )
    ).bundle
    kept = {key for key in codes(bundle) if key[0] != "http://unitsofmeasure.org" and key[0] not in OURS}
    assert {system for system, _ in kept} == {"http://loinc.org"}
    assert not {code for _, code in kept if code.startswith("LA")}
    assert not {"85299-6", "83052-1", "14682-9"} & {code for _, code in kept}
    assert len(kept) == 2  # the questions after tobacco and progression


def test_a_row_is_a_drug_an_act_or_what_was_asked_for() -> None:
    rows = {"lignes": [{"concept": "folfox", "en_cours": True}, {"concept": "lobectomie pulmonaire", "debut": "2024"}]}
    asked = {"lignes": [{"concept": "fibroscopie bronchique", "statut": "demande"}]}
    bundle = out(one_tumour(traitements=rows, examens=asked)).bundle
    kinds = Counter(e["resource"]["resourceType"] for e in bundle["entry"])
    assert kinds["MedicationStatement"] == kinds["Procedure"] == kinds["ServiceRequest"] == 1
    assert resources(bundle, "MedicationStatement")[0]["status"] == "active"


def test_a_row_that_was_withdrawn_since_says_nothing() -> None:
    sheet = one_tumour(traitements={"lignes": [{"concept": "folfox", "en_cours": True}]})
    bundle = json.loads(json.dumps(out(sheet).bundle))
    resources(bundle, "MedicationStatement")[0]["status"] = "entered-in-error"
    result = back(bundle)
    assert "traitements" not in result.sheet
    assert "ligne retirée, annulée ou non faite" in [loss["reason"] for loss in result.losses]


def test_a_row_in_doubt_is_refused_by_who_does_not_know_our_mark() -> None:
    sheet = one_tumour(traitements={"lignes": [{"concept": "folfox", "certitude": "suspecte"}]})
    result = back(stripped(out(sheet).bundle))
    assert "traitements" not in result.sheet
    assert any("change le sens" in loss["reason"] for loss in result.losses)


def test_genes_free_of_variants_and_genes_looked_through_stand_as_mcode_has_them() -> None:
    said = {"lignes": [], "absents": ["ALK"], "complet": ["EGFR", "KRAS"]}
    bundle = out(one_tumour(variants=said)).bundle
    free, region = resources(bundle, "Observation")
    assert ("http://loinc.org", "LA9634-2") in codes(free["valueCodeableConcept"])
    assert len(region["component"]) == 2
    assert ("http://loinc.org", "53041-0") in codes(region["code"])


# --- what can't be held ---

SAID = {"valeur": "T2"}
REASONS: Mapping[str, dict[str, Any]] = {
    why.TEXT: one_tumour(rcp={"synthese": "un récit"}),
    why.IDENTITY: one_tumour(patient={"nom_naissance": "FICTIVE"}),
    why.UNREAD: one_tumour(tumeur={"cT": "T9"}),
    why.OPEN_ENDS: one_tumour(tumeur={"ki67": {"min": 5, "max": 10, "min_exclu": True}}),
    why.BESIDE_REASON: one_tumour(tumeur={"cT": {**SAID, "raison": "en_attente"}}),
    why.DIGITS: one_tumour(tumeur={"ki67": Decimal("1.23456789012345678901")}),
    why.LIMIT: one_tumour(biologie={"asat": {"valeur": 70, "lsn": "< 40"}}),
    why.WORD: one_tumour(tumeur={"cT": {**SAID, "methode": "m" * 500}}),
    why.AUTHOR: one_tumour(tumeur={"cT": {**SAID, "auteur": "FICTIVE"}}),
    why.FRAME: one_tumour(traitements=[{"concept": "folfox", "debut": {"valeur": "2024", "methode": "x"}}]),
    why.PERHAPS_WHOLE: one_tumour(comorbidites={"complet": [{"valeur": True, "date": "2024"}]}),
    why.ROW_DATE: one_tumour(traitements=[{"concept": "folfox", "date": "2024"}]),
    why.SEVERAL_DOCUMENTS: one_tumour(
        traitements=[
            {"concept": "folfox", "origine": {"document": name, "pointeur": "/"}, "debut": "2024"} for name in "ab"
        ]
    ),
}


@pytest.mark.parametrize("reason", NOT_HELD)
def test_each_reason_is_told_with_its_place(reason: str) -> None:
    sheet = REASONS[reason]
    lost = [one for one in out(sheet).not_held if one["reason"] == reason]
    assert len(lost) == 1
    assert at(sheet, lost[0]["pointer"]) is not None
    assert item_at(lost[0]["item"]) is not None or reason in (why.UNREAD, why.ROW_DATE)


def test_the_table_of_what_is_not_held_is_that_of_the_exporter() -> None:
    text = (ROOT / "api" / "README.md").read_text(encoding="utf-8")
    assert all(f"| {reason} |" in text for reason in NOT_HELD)


def test_no_identity_goes_out() -> None:
    names = {
        i.path.partition(".")[2]: "FICTIVE" for i in DICTIONARY.items.values() if i.identity and "patient." in i.path
    }
    result = out(one_tumour(patient=names, rcp={"participants": "FICTIVE", "synthese": "FICTIVE"}))
    assert "FICTIVE" not in json.dumps(result.bundle)
    assert len(names) > 5
    assert {f"/patient/{name}" for name in names} <= {lost["pointer"] for lost in result.not_held}


@MANY
@given(whole_sheets(DICTIONARY, ONTOLOGY), st.data())
def test_a_wrong_sheet_is_written_as_far_as_it_reads(sheet: dict[str, Any], data: st.DataObject) -> None:
    places = [place for place, _ in nodes(sheet)][1:]
    for place in data.draw(st.lists(st.sampled_from(places), max_size=3)):
        parent = at(sheet, place.rpartition("/")[0])
        key = place.rpartition("/")[2]
        junk = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
        if isinstance(parent, dict):
            parent[key] = junk
        elif isinstance(parent, list) and key.isdigit() and int(key) < len(parent):
            parent[int(key)] = junk
    bundle = out(sheet).bundle
    if any(
        "identifier" in condition for condition in resources(bundle, "Condition")
    ):  # a sheet has a tumour, or says nothing
        assert_round_trip(sheet)


JUNK: tuple[Any, ...] = (
    None, True, 3, -1.5, "", [], {}, [1], {"x": 1}, [[]], {"valeur": {"a": 1}}, {"code": 3}, {"valeur": {"code": None}},
    {"min": "x"}, {"valeur": [{"a": 1}]}, "x" * 300, {"valeur": "2026", "date": 5}, {"raison": ["x"]}, {"certitude": ["x"]},
    {"valeur": 3, "lsn": [1]}, {"valeur": 5, "unite": 7}, 10**40, {"valeur": 1e300}, {"valeur": "a\nb"},
    {"edition": [1], "valeur": "T2"}, {"methode": {"a": 1}, "valeur": "T2"}, {"code": "C50", "systeme": {"a": 1}},
)  # fmt: skip


def test_the_same_sheet_gives_the_same_bytes_and_another_other_names() -> None:
    sheet = json.loads(next(iter(FICHES.values())).read_text(encoding="utf-8"))
    turned = dict(reversed(list(sheet.items())))
    first, again = (json.dumps(out(copy.deepcopy(sheet)).bundle) for _ in range(2))
    assert first == again
    ids = [{e["resource"]["id"] for e in out(one).bundle["entry"]} for one in (sheet, turned, one_tumour())]
    assert ids[0] == ids[1]
    assert not ids[0] & ids[2]


def test_every_unit_has_a_code_of_ucum_that_reads_back() -> None:
    for unit in {find_unit(spelling) for spelling in SPELLINGS} - {None}:
        assert unit is not None
        assert find_unit(UCUM.get(unit.name, unit.name)) == unit


def test_every_code_said_back_means_just_that() -> None:
    maps = back_maps()
    for usage, by_meaning in maps.said_by.items():
        for meaning_of in by_meaning:
            for system, code in maps.codes(usage, meaning_of):
                assert maps.maps.tables[usage][system, code] == (meaning_of,)


# --- who does not know our codes ---


def stripped(value: Any) -> Any:
    """Return a bundle as another system may send it on: without codes, profiles, extensions and names of ours."""
    if isinstance(value, list):
        return [stripped(one) for one in value if not _is_ours(one)]
    if isinstance(value, dict):
        kept = {key: stripped(inner) for key, inner in value.items() if key != "identifier"}
        return {key: inner for key, inner in kept.items() if inner not in ([], {})}
    return value


def _is_ours(one: Any) -> bool:
    if isinstance(one, str):
        return one.startswith(ROW)
    address = str(one.get("system") or one.get("url") or "") if isinstance(one, dict) else ""
    return address.startswith(CANONICAL) and "certainty" not in address


def told(said: Statement) -> tuple[Any, ...]:
    """Return what a statement says, whatever the words for its specimen and method; an edition of a scale alone counts."""
    item, worlds, reason, days, edition, *_ = one(said)
    of = DICTIONARY.items[item].edition if item in DICTIONARY.items else ""
    return item, worlds, reason, days, (edition or of) if of else ""


def assert_no_more_is_said(sheet: Mapping[str, Any]) -> int:
    """Assert that what the standard codes alone say is what the sheet says, and return how much of it they say."""
    result = out({key: value for key, value in sheet.items() if key not in ("autres_cancers", "comorbidites")})
    found, expected = read(back(stripped(result.bundle)).sheet), read(held(sheet, result))
    there = {told(s) for s in expected.patient}
    count = 0
    for said in found.patient:
        assert told(said) in there, said
        count += 1
    for told_of, tumour in zip(found.tumours, expected.tumours, strict=True):
        there = {told(s) for s in tumour.statements}
        for said in (s for s in told_of.statements if not _says_nothing(s)):
            assert told(said) in there, said
            count += 1
    for name, stated in found.records.items():
        for line in stated.rows:
            assert is_told(line, expected, name), line
            count += 1
    return count


def is_told(line: RowStated, sheet: Sheet, name: str) -> bool:
    """Say whether a row is in the sheet, in its list or that of the patient's other drugs, or as a gene free of variants."""
    doubt = {n for n, s in line.columns.items() if s.reason == "suspecte"}  # a row in doubt, said of what it is about
    said = {n: told(s)[1:] for n, s in line.columns.items() if n not in ("alteration", *doubt)}
    if name == "variants" and "statut" in said:
        absent = {closed.concepts for closed in sheet.records[name].absent}
        if said["gene"][0] in absent:
            return True
    lists = ("traitements", "comedications") if name in ("traitements", "comedications") else (name,)
    rows = [r for n in lists if n in sheet.records for r in sheet.records[n].rows if r.certain == line.certain]
    return any(all(n in r.columns and told(r.columns[n])[1:] == said[n] for n in said) for r in rows)


@MANY
@given(whole_sheets(DICTIONARY, ONTOLOGY))
def test_the_standard_codes_say_nothing_that_the_sheet_does_not(sheet: dict[str, Any]) -> None:
    assert_no_more_is_said(sheet)


@pytest.mark.parametrize("name", FICHES)
def test_the_standard_codes_of_the_shipped_sheets_say_a_good_part_of_them(name: str) -> None:
    assert assert_no_more_is_said(json.loads(FICHES[name].read_text(encoding="utf-8"))) > 4


@pytest.mark.parametrize(
    "finer", [{"exon": "18, 19, 21"}, {"exon": 20}, {"hgvs_p": "T790M seule"}, {"hgvs_c": "c.2369C>T"}]
)
def test_one_variant_that_is_absent_is_not_its_gene_when_it_comes_back(finer: dict[str, Any]) -> None:
    """What FHIR has no place for says which variant: that there is one goes out, as an open alteration."""
    row = {"gene": "EGFR", "statut": "absente", **finer}
    said = {"schema": "fiche-rcp/1", "tumeurs": [{"id": "t1", "topographie": "poumon"}], "variants": {"lignes": [row]}}
    sheets = read(said), read(back(out(said).bundle).sheet)
    seen = [row_set(DICTIONARY.items["variants"], one, one.tumours[0], DAY, ONTOLOGY) for one in sheets]
    assert seen[0].ghosts == seen[1].ghosts
