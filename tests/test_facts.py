"""What a sheet says of one tumour on one day: each item through its row and selector."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine.facts import Datum
from engine.logic import Key
from engine.syntax import Selector
from engine.values import between
from tests.small import DAY, answer, facts, flat, item, shipped, truth

OMS, CREATININE = Key("oms"), Key("creatinine")


def datum(key: Key, as_of: date = DAY, **items: Any) -> Datum:
    """Return what is known of a key."""
    return facts(key, as_of=as_of, **items).data[key]


def leaves(found: Datum, identifier: str) -> tuple[str, ...]:
    """Return the names of the leaves left."""
    assert isinstance(found.worlds, int)
    return item(identifier).leaves().leaves_of(found.worlds)


def test_an_evolving_item_is_read_through_its_latest_valid_row() -> None:
    """Neither an older one nor one to come counts."""
    rows = [
        {"valeur": 2, "date": "2026-09-01"},
        {"valeur": 1, "date": "2026-11-01"},
        {"valeur": 3, "date": "2026-12-01"},
    ]
    assert leaves(datum(OMS, oms=rows), "oms") == ("1",)
    assert leaves(datum(OMS, as_of=date(2026, 9, 15), oms=rows), "oms") == ("2",)


def test_an_expired_row_leaves_the_item_open_with_its_date() -> None:
    """The dictionary says three months; the day after it is open."""
    row = {"valeur": 1, "date": "2026-08-20"}
    assert leaves(datum(OMS, as_of=date(2026, 11, 20), oms=row), "oms") == ("1",)
    late = datum(OMS, as_of=date(2026, 11, 21), oms=row)
    assert (late.worlds, late.reason) == (None, "datée du 2026-08-20")


def test_an_expired_row_does_not_call_back_an_older_one() -> None:
    """What was true before is no better than what was true last."""
    rows = [{"valeur": 0, "date": "2020-01-01"}, {"valeur": 1, "date": "2026-01-01"}]
    assert datum(OMS, oms=rows).worlds is None


def test_two_rows_that_may_each_be_the_latest_leave_both() -> None:
    """« octobre » and the 15th of October: nobody knows which came last."""
    rows = [{"valeur": 0, "date": "2026-10"}, {"valeur": 2, "date": "2026-10-15"}]
    found = datum(OMS, oms=rows)
    assert leaves(found, "oms") == ("0", "2")
    assert not found.contradictory


def test_an_undated_value_has_the_date_of_its_document() -> None:
    """It is as old as the RCP that states it."""
    found = datum(OMS, as_of=date(2027, 3, 1), oms=1, date_rcp="2026-11-20")
    assert (found.worlds, found.reason) == (None, "datée du 2026-11-20")


def test_of_a_fixed_item_every_source_counts() -> None:
    """An older source of what never changes is still a source."""
    two = datum(Key("cT"), cT=[{"valeur": "T4", "date": "2020"}, {"valeur": "T4b", "date": "2026"}])
    assert leaves(two, "cT") == ("T4b",)


def test_sources_that_disagree_are_named_with_their_groups() -> None:
    """Both stay possible, and the contradiction knows who said what."""
    found = datum(Key("cT"), cT=["T2", {"valeur": "T3"}])
    assert found.contradictory
    assert leaves(found, "cT") == ("T2", "T3")
    assert [[s.text for s in group] for group, _ in found.groups] == [["T2"], ["T3"]]


def test_another_method_is_not_compared() -> None:
    """Two methods that differ are no contradiction: the worlds of both."""
    found = datum(Key("re_pct"), re_pct=[{"valeur": 5, "methode": "A"}, {"valeur": 50, "methode": "B"}])
    assert not found.contradictory
    assert found.worlds == between(Decimal(5), Decimal(5)) | between(Decimal(50), Decimal(50))


def test_a_condition_may_ask_for_a_fresher_row() -> None:
    """Less than 14 days: the day itself is in, the day before is not."""
    fresh = Key("creatinine", Selector("moins de", Decimal(14), "jours"))
    assert datum(fresh, creatinine={"valeur": 80, "date": "2026-11-06"}).worlds == between(Decimal(80), Decimal(80))
    assert datum(fresh, creatinine={"valeur": 80, "date": "2026-11-05"}).worlds is None


def test_before_treatment_reads_the_row_before_the_first_one() -> None:
    """A value under treatment is not the value before it."""
    key = Key("creatinine", Selector("avant traitement"))
    rows = [{"valeur": 80, "date": "2026-01-01"}, {"valeur": 50, "date": "2026-11-01"}]
    treated = {"lignes": [{"concept": "folfox", "debut": "2026-03-01"}], "complet": True}
    assert datum(key, creatinine=rows, traitements=treated).worlds == between(Decimal(80), Decimal(80))
    unknown = datum(key, creatinine=rows, traitements={"lignes": [{"concept": "folfox"}]})
    assert (unknown.worlds, unknown.reason) == (None, "date du premier traitement inconnue")


def test_the_lowest_is_at_most_the_lowest_stated() -> None:
    """One that nobody wrote down may be lower still."""
    key = Key("creatinine", Selector("le plus bas"))
    rows = [{"valeur": 80, "date": "2020-01-01"}, {"valeur": 50, "date": "2021-01-01"}]
    found = datum(key, creatinine=rows).worlds
    assert found is not None
    assert found.high == 50  # type: ignore[union-attr]  # a quantity is ranges


def test_times_the_upper_limit_needs_the_limit_of_the_same_row() -> None:
    """Without it the answer is unknown, and says why."""
    key = Key("creatinine", limit="lsn")
    assert datum(key, creatinine={"valeur": 150, "lsn": 100, "date": "2026-11-20"}).worlds == between(
        Decimal("1.5"), Decimal("1.5")
    )
    without = datum(key, creatinine={"valeur": 150, "date": "2026-11-20"})
    assert (without.worlds, without.reason) == (None, "limite du laboratoire inconnue")


def test_a_category_is_held_to_the_scale_of_its_site() -> None:
    """T1 of the colon is the one leaf it has there; T4d is set aside."""
    assert leaves(datum(Key("cT"), topographie="colon", cT="T4"), "cT") == ("T4a", "T4b")
    aside = facts(Key("cT"), topographie="colon", cT="T4d")
    assert aside.data[Key("cT")].worlds is None
    assert [s.text for s in aside.impossible] == ["T4d"]


def test_nothing_said_has_no_datum() -> None:
    """What was not said is not even open: it is not there."""
    assert Key("oms") not in facts(Key("oms")).data


def test_a_value_and_a_threshold_of_one_unit_that_are_equal_stay_equal() -> None:
    """3 mg/dL of bilirubin is no short decimal in µmol/L: it is still at most 3 mg/dL, and not below."""
    said = {"topographie": "sein", "bilirubine": {"valeur": 3, "unite": "mg/dL"}}
    found = [truth(f"bilirubine {operator} 3 mg/dL", **said) for operator in ("<=", ">=", "<", ">")]
    assert found == ["true", "true", "false", "false"]


def test_contradictions_come_in_one_order_whatever_the_order_of_the_sheet() -> None:
    """What is impossible for a site is told in an order of its own, not of the sheet or of a set."""
    said = {"topographie": "sein", "stade_p_tnm9": "IA2", "mrN": "N1a", "mrT": "T3c", "stade_prostate_uicc_c": "II"}
    found = [
        [each["item"] for each in answer(shipped(), flat(**dict(items)))["contradictions"]]
        for items in (said.items(), reversed(said.items()))
    ]
    assert found[0] == found[1]
    assert len(found[0]) > 1


@pytest.mark.parametrize("length", ["1 an", "1 year", "12 mois", "365 jours", "52 semaines"])
def test_how_recent_a_value_must_be_is_read_in_any_spelling(length: str) -> None:
    """« moins de 1 an » is a year: eleven months ago counts, thirteen do not."""
    found = [
        truth(f"fevg (moins de {length}) >= 50 %", topographie="sein", fevg={"valeur": 60, "date": day})
        for day in ("2025-12-20", "2025-10-20")
    ]
    assert found == ["true", "unknown"]


@pytest.mark.parametrize("length", ["3 mm", "14", "50 %"])
def test_how_recent_is_a_time(length: str) -> None:
    """Anything else is refused where it stands."""
    with pytest.raises(AssertionError, match="une durée attendue"):
        truth(f"fevg (moins de {length}) >= 50 %", topographie="sein")
