"""The draft of a care plan: its structure against the national example, what goes where, and nothing invented."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from api.exports.cda.pps import TO_COMPLETE, pps_draft
from tests.agreement.shipped import base
from tests.exported import EXAMPLES, HL7, answer, check_references, name, parsed, skeleton
from tests.test_write_back import act, rule, small

NATIONAL = "data/fiches/cda/CANCER-PPS_2022.01_Autopresentable.xml"
# What the RCP software alone knows: left out of the draft, so out of the comparison.
LEFT_OUT = {
    "MED-565": "side effects are a text of the plan",
    "ORG-006": "how a drug is given",
    "29463-7": "a weight beside a diet",
    "74011-8": "a tobacco status beside its care",
}


def draft(body: Any, ids: Any = None) -> Element:
    return parsed(pps_draft(body, ids, base()))


def parts(root: Element) -> list[Element]:
    """Return the sections of a draft in their order: programme, support, status."""
    found = list(root.iter(f"{HL7}section"))
    assert len(found) == 3
    return found


def steps(section: Element) -> Iterator[tuple[str, str]]:
    """Yield the kind and the type of each step."""
    for each in section.iter(f"{HL7}procedure"):
        code = each.find(f"{HL7}code")
        value = each.find(f"{HL7}code/{HL7}qualifier/{HL7}value")
        assert code is not None
        assert value is not None
        yield code.attrib["code"], value.attrib["code"]


def shape(node: Element) -> Any:
    """Return what a step declares, without its values, performers' details and what only the software knows."""
    told, inner = skeleton(node)[1], []
    if name(node) in ("value", "translation", "statusCode"):
        told = {}
    for child in node:
        codes = {each.attrib.get("code") for each in child.findall(f"./*/{HL7}code")}
        if name(child) == "assignedEntity" or codes & LEFT_OUT.keys():
            continue
        inner.append((name(child), {}, []) if name(child) == "effectiveTime" else shape(child))
    return name(node), told, inner


def test_steps_have_the_structure_of_the_national_example(shared: Any) -> None:
    theirs = parsed((shared / NATIONAL).read_bytes())
    known: dict[str, list[Any]] = {}
    for each in theirs.iter(f"{HL7}procedure"):
        if each.attrib["moodCode"] == "INT":
            code = each.find(f"{HL7}code")
            assert code is not None
            known.setdefault(code.attrib["code"], []).append(shape(each))
    ours = draft(small(rule("A", {"together": [act("mastectomie"), act("prise_en_charge_nutritionnelle")]})))
    found = {code.attrib["code"]: shape(each) for each in ours.iter(f"{HL7}procedure") for code in [each[4]]}
    assert found["MED-568"] in known["MED-568"]
    assert found["MED-572"] in known["MED-572"]


def test_sections_are_those_of_the_national_example(shared: Any) -> None:
    theirs = parsed((shared / NATIONAL).read_bytes())
    heads = [
        (sorted(t.attrib["root"] for t in each.findall(f"{HL7}templateId")),
         [each.find(f"{HL7}code").attrib["code"]], [t.attrib.get("code") for t in each.findall(f"{HL7}code/{HL7}translation")])
        for root in (theirs, draft(small(rule("A", act("mastectomie")))))
        for each in root.iter(f"{HL7}section")
    ]  # fmt: skip
    ours = heads[-3:]
    assert all(each in heads[:-3] for each in ours)


@pytest.mark.parametrize(
    ("concept", "section", "step"),
    [
        ("letrozole", 0, ("MED-568", "C15445")),
        ("pembrolizumab", 0, ("MED-568", "C15262")),
        ("surveillance", 0, ("MED-568", "MED-226")),
        ("traitement_systemique", 0, ("MED-568", "GEN-092.03.01")),
        ("pegfilgrastim", 0, ("MED-569", "C20427")),
        ("prise_en_charge_oncogeriatrique", 0, ("MED-570", "ORG-001")),
        ("contraception_efficace", 0, ("MED-570", "MED-555")),
        ("prise_en_charge_nutritionnelle", 1, ("MED-572", "ORG-036")),
        ("sevrage_tabagique", 1, ("MED-572", "MED-562")),
        ("soins_palliatifs", 1, ("MED-572", "GEN-092.04.07")),
    ],
)
def test_each_treatment_goes_where_it_belongs(concept: str, section: int, step: tuple[str, str]) -> None:
    found = [list(steps(each)) for each in parts(draft(small(rule("A", act(concept)))))]
    assert found[section] == [step]
    assert sum(map(len, found)) == 1


@pytest.mark.parametrize(
    ("concept", "step"),
    [
        ("ega", ("MED-570", "ORG-001")),
        ("irm", ("MED-571", "MED-092")),
        ("uracilemie", ("MED-571", "MED-091")),
        ("consultation", ("MED-571", "11429006")),
        ("test_brca", ("MED-571", "GEN-092.04.06")),
    ],
)
def test_what_is_to_be_done_is_a_follow_up_or_a_geriatric_measure(concept: str, step: tuple[str, str]) -> None:
    assert list(steps(parts(draft(small(rule("A", act(concept, "request")))))[0])) == [step]


def test_a_checklist_that_waits_is_in_the_plan_and_what_is_done_is_not() -> None:
    def entry(item: str, status: str) -> dict[str, Any]:
        return {
            "item": item,
            "items": [],
            "status": status,
            "for": ["mastectomie"],
            "by": ["X"],
            "why": "",
            "blocking": True,
        }

    checklist = [entry("uracilémie", "pending"), entry("IRM", "to_do"), entry("TEP", "done")]
    root = draft(small(rule("A", act("mastectomie")), checklist=checklist))
    assert [kind for kind, _ in steps(parts(root)[0])] == ["MED-568", "MED-571", "MED-571"]
    told = "".join(root.itertext())
    assert "uracilémie (bloquant), déjà demandé" in told
    assert "TEP" not in told


def test_nothing_is_invented_and_what_is_missing_is_listed() -> None:
    root = draft(small(rule("A", act("mastectomie"))))
    (entry,) = root.iter(f"{HL7}procedure")
    dated = [each for each in entry.iter() if name(each) in ("low", "high", "effectiveTime") and "value" in each.attrib]
    assert not dated
    (performer,) = entry.iter(f"{HL7}assignedEntity")
    assert [(name(each), each.attrib) for each in performer] == [("id", {"nullFlavor": "UNK"})]
    told = "".join(parts(root)[2].itertext())
    assert all(each in told for each in TO_COMPLETE)
    assert "Contenu à valider" in told


def test_the_status_is_in_progress() -> None:
    (state,) = parts(draft(small()))[2].iter(f"{HL7}observation")
    value = state.find(f"{HL7}value")
    assert value is not None
    assert value.attrib["code"] == "385651009"


@pytest.mark.parametrize("example", EXAMPLES)
def test_drafts_of_shipped_answers_hold_together_and_are_the_same_each_time(example: str) -> None:
    body = pps_draft(answer(example), None, base())
    assert body == pps_draft(copy.deepcopy(answer(example)), None, base())
    check_references(parsed(body))
