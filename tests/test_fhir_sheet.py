"""A sheet goes out as FHIR and comes back saying the same, but for what is listed; what is listed can't be held."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from api import library
from api.adapters.conversion import Converted
from api.adapters.fhir import read_bundle
from api.adapters.fhir_own import ROW
from api.assembly import evaluator
from api.documents import from_bytes
from api.exports import CANONICAL
from api.exports import fhir_sheet_writing as why
from api.exports.fhir_sheet import FhirSheet, sheet_bundle
from engine.dictionary import Dictionary, Item
from engine.dictionary_reader import read_dictionary
from engine.leaf import Statement
from engine.ontology import Ontology
from engine.sheet import RecordsStated, RowStated, Sheet, read_sheet
from tests.conftest import ROOT
from tests.strategies import FULL
from tests.whole_sheets import whole_sheets

DAY = date(2026, 11, 25)
MANY = settings(
    max_examples=600 if FULL else 120,
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
        Counter(c.concepts for c in stated.absent),
        {c.concepts for c in stated.complete},
    )


def row(stated: RowStated) -> Any:
    columns = frozenset((name, one(s)) for name, s in stated.columns.items() if not _says_nothing(s))
    return stated.tumour, stated.certain, columns


def sure(value: Any) -> Any:
    """Return a sheet whose doubts are taken away, so that what is suspected can be compared too."""
    if isinstance(value, dict):
        return {key: sure(inner) for key, inner in value.items() if key != "certitude"}
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
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        body = body[int(step)] if isinstance(body, list) else body.get(step) if isinstance(body, dict) else None
    return body


def held(sheet: Mapping[str, Any], result: FhirSheet) -> dict[str, Any]:
    return without(sheet, [lost["pointer"] for lost in result.not_held])


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
    return False


def item_at(name: str) -> Item | None:
    records, _, column = name.partition(".")
    found = DICTIONARY.items.get(records) or DICTIONARY.judgements.get(records)
    return found.columns.get(column) if found and column else found


def _unread(item: Item | None, leaf: Any) -> bool:
    """Say whether the engine reads nothing at all where a leaf stands, without a problem to tell."""
    from engine.leaf import LeafReader

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
