"""A native sheet read: whose each statement is, rows, absences, and every problem."""

from __future__ import annotations

from typing import Any

import pytest

from engine.sheet import Closed, Sheet, read_sheet
from tests.agreement import shipped
from tests.small import item, little, one_sheet


def read(body: Any) -> Sheet:
    """Read a native sheet over the small dictionary."""
    return read_sheet(body, little().dictionary, little().ontology)


def tumours(*bodies: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a native sheet of some tumours."""
    return {"tumeurs": list(bodies), **more}


def test_what_is_a_tumour_s_stays_with_it() -> None:
    """Two tumours are two lists of statements; the patient's are apart."""
    sheet = read(tumours({"id": "a", "cT": "T2"}, {"id": "b", "cT": "T3"}, patient={"sexe": "F"}))
    assert [[s.text for s in tumour.statements] for tumour in sheet.tumours] == [["T2"], ["T3"]]
    assert [s.item for s in sheet.patient] == ["sexe"]


def test_a_tumour_without_an_id_gets_one() -> None:
    """In the order of the sheet."""
    assert [tumour.id for tumour in read(tumours({}, {})).tumours] == ["t1", "t2"]


def test_several_leaves_of_one_item_are_several_statements() -> None:
    """Each with its own pointer."""
    sheet = one_sheet(oms=[{"valeur": 0, "date": "2026-01"}, {"valeur": 1, "date": "2026-02"}])
    assert [s.pointer for s in sheet.patient] == ["/patient/oms/0", "/patient/oms/1"]


def test_day_and_place_are_those_of_the_board() -> None:
    """The date of the RCP; texts are kept for people, identity is not."""
    sheet = read(tumours({}, rcp={"date_rcp": "2026-11-20", "synthese": "libre"}, patient={"nom": "X"}))
    assert str(sheet.date) == "2026-11-20"
    assert sheet.texts["synthese"] == "libre"
    assert "nom" not in sheet.texts


def test_a_list_of_rows_may_say_what_is_absent_and_complete() -> None:
    """« aucune hormonothérapie », « chimiothérapies complètes »; nothing is complete that was not said."""
    sheet = one_sheet(
        traitements={"lignes": [{"concept": "folfox"}], "absents": ["hormonothérapie"], "complet": ["chimiothérapie"]}
    )
    records, masks = sheet.records["traitements"], little().ontology.masks
    assert len(records.rows) == 1
    assert records.absent == (Closed(masks["hormonotherapie"]),)
    (part,) = records.complete
    assert part.concepts & masks["chimiotherapie"] == masks["chimiotherapie"]
    assert one_sheet(traitements={"complet": True}).records["traitements"].complete == (Closed(0),)


def test_a_row_of_a_bare_list_is_pointed_to_where_it_stands() -> None:
    """A list may be written without `lignes`; its rows and their problems have no such step in their place."""
    sheet = read(tumours({}, traitements=[{"concept": "folfox"}, 3]))
    assert [row.pointer for row in sheet.records["traitements"].rows] == ["/traitements/0"]
    assert [problem.pointer for problem in sheet.problems] == ["/traitements/1"]


def test_a_bare_list_of_rows_is_open() -> None:
    """`[{…}]` is rows and nothing more."""
    records = one_sheet(traitements=[{"concept": "folfox"}]).records["traitements"]
    assert (len(records.rows), records.complete, records.absent) == (1, (), ())


def test_a_drug_said_absent_takes_the_regimens_that_contain_it() -> None:
    """« pas d'oxaliplatine » leaves no FOLFOX."""
    (absent,) = one_sheet(traitements={"absents": ["oxaliplatine"]}).records["traitements"].absent
    assert absent.concepts & little().ontology.masks["folfox"]
    assert not absent.concepts & little().ontology.masks["folfiri"]


def test_a_row_that_is_suspected_is_not_certain() -> None:
    """By its own certainty, or that of its concept."""
    rows = [
        {"concept": "thrombose", "certitude": "suspecte"},
        {"concept": {"valeur": "thrombose", "certitude": "suspecte"}},
        {"concept": "thrombose"},
    ]
    assert [row.certain for row in one_sheet(comorbidites=rows).records["comorbidites"].rows] == [False, False, True]


def test_an_item_of_another_edition_goes_where_it_belongs() -> None:
    """Without an item of that edition it stays open, with the edition as its reason."""
    (statement,) = one_sheet(cT={"valeur": "T2", "edition": "7"}).tumours[0].statements
    assert (statement.worlds, statement.reason) == (None, "édition 7")
    (same,) = one_sheet(cT={"valeur": "T2", "edition": "TNM 8"}).tumours[0].statements
    assert same.worlds == item("cT").leaves().find("T2")


@pytest.mark.parametrize("leaf", [{"raison": "inconnu"}, {"valeur": "T2", "certitude": "suspecte"}])
def test_an_open_value_of_an_edition_with_an_item_of_its_own_stays_open(leaf: dict[str, str]) -> None:
    body = {"tumeurs": [{"id": "t1", "cT": leaf | {"edition": "9"}}]}
    sheet = read_sheet(body, shipped.base().dictionary, shipped.base().ontology)
    (statement,) = sheet.tumours[0].statements
    assert not sheet.problems
    assert (statement.item, statement.worlds, statement.reason) == ("cT_tnm9", None, leaf.get("raison") or "suspecte")


def test_every_problem_is_found_and_the_rest_is_read() -> None:
    """What is wrong is left out; what is right is there."""
    sheet = read(
        {"inconnu": 1, "patient": {"oms": 9, "sexe": "F"}, "tumeurs": [{"id": "t1", "cT": "T2", "re_pct": 900}, 3]}
    )
    assert [problem.pointer for problem in sheet.problems] == [
        "/inconnu",
        "/patient/oms",
        "/tumeurs/0/re_pct",
        "/tumeurs/1",
    ]
    assert [s.item for s in (*sheet.patient, *sheet.tumours[0].statements)] == ["sexe", "cT"]


def test_what_is_no_object_is_a_problem_and_no_exception() -> None:
    """Anything may be posted."""
    bodies: tuple[Any, ...] = (
        None,
        3,
        "x",
        [],
        [[]],
        {"tumeurs": None},
        {"tumeurs": [None]},
        {"tumeurs": [[]]},
        {"tumeurs": [{}], "traitements": 3},
    )
    for body in bodies:
        assert read(body).problems
