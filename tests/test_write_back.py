"""Write-back: the entries for a fiche RCP, against the national form node by node, and what a board accepts."""

from __future__ import annotations

import copy
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from api.adapters.cda import read_document
from api.exports.cda.elements import NCIT, SNOMED, TERMS
from api.exports.cda.frcp import frcp_entries
from api.exports.cda.plans import accept, lines_of
from api.exports.cda.treatment_types import BOARD, PLAN, types_of
from engine.problems import Refused
from tests.agreement.shipped import base
from tests.conftest import ROOT
from tests.exported import (
    EXAMPLES,
    FRAME,
    HL7,
    PROPOSAL,
    answer,
    check_references,
    entries,
    parsed,
    sections,
    skeleton,
)

NATIONAL = "data/fiches/cda/CANCER-FRCP_2022.01_Appareil.xml"
OURS = ROOT / "tests/fixtures/cda/frcp_proposition.xml"


def act(concept: str, modality: str = "propose", **more: Any) -> dict[str, Any]:
    """Return one action of a plan."""
    label = base().ontology.concepts[concept].label()
    return {"modality": modality, "concept": {"id": concept, "label": label}, **more}


def rule(identifier: str, plan: Any, verdict: str = "applies", **more: Any) -> dict[str, Any]:
    """Return one recommendation of an answer."""
    source = {"title": "Référentiel", "edition": "2026-03-01", "section": "p. 12", "url": ""}
    return {
        "id": identifier, "title": f"Titre de {identifier}", "kind": "recommendation", "verdict": verdict, "plan": plan,
        "issuer": "Réseau", "source": source, "grade": "A", "level": None, "status": "à valider", "unless": [],
        "missing": [], **more,
    }  # fmt: skip


def trial(identifier: str, verdict: str = "eligible") -> dict[str, Any]:
    """Return one trial of an answer."""
    recruitments = [{"status": "open", "source": "registre", "date": "2026-10-01"}]
    sites = [{"centre": "CHU de Ville", "ville": "Ville"}]
    return {
        "id": identifier, "title": "ESSAI", "long_title": "Essai de phase III", "arm": "", "verdict": verdict,
        "recruitments": recruitments, "sites": sites,
    }  # fmt: skip


def small(*rules: Any, trials: Any = (), checklist: Any = (), **more: Any) -> dict[str, Any]:
    """Return an answer about one tumour."""
    tumour = {
        "id": "t1", "label": "Sein gauche", "recommendations": list(rules), "trials": list(trials),
        "checklist": list(checklist),
    }  # fmt: skip
    return {
        "decision_id": "d" * 64, "snapshot": "s" * 64, "engine": "0", "as_of": "2026-11-20", "notice": "contenu à valider",
        "tumours": [tumour], **more,
    }  # fmt: skip


def written(body: Any, ids: Any = None) -> Element:
    return parsed(frcp_entries(body, ids, base()))


def whole() -> Element:
    """Return entries of every kind that the form has."""
    plan = {"then": [act("tumorectomie"), act("chimiotherapie", intent="adjuvant")]}
    rules = (
        rule("A", plan),
        rule("B", act("rcp_de_recours", "refer")),
        rule("C", act("irm_mammaire" if "irm_mammaire" in base().ontology.concepts else "irm", "request")),
        rule("D", act("surveillance", intent="adjuvant")),
    )
    return written(small(*rules, trials=[trial("NCT00000001")]), ["A", "B", "C", "D", "NCT00000001"])


# --- the national form ---


def compared(theirs: Element, ours: Element) -> Iterator[tuple[str, Any, Any]]:
    """Yield each kind of entry of a document beside the same kind of ours."""
    for template in (PROPOSAL, FRAME):
        known = {kind: skeleton(body) for kind, body in entries(sections(ours)[template])}
        for kind, body in entries(sections(theirs)[template]):
            yield kind, skeleton(body), known[kind]


def heads(section: Element) -> list[Any]:
    """Return what a section declares before its entries; the title and the narrative are content."""
    return [skeleton(each) for each in section if each.tag not in (f"{HL7}entry", f"{HL7}text")]


@pytest.mark.parametrize("where", ["national", "fixture"])
def test_entries_are_those_of_the_national_form_node_by_node(where: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue("shared") / NATIONAL if where == "national" else OURS
    theirs, ours = parsed(path.read_bytes()), whole()
    kinds = set()
    for kind, expected, found in compared(theirs, ours):
        assert found == expected
        kinds.add(kind)
    assert kinds == {
        "encounter ORG-120", "observation ORG-064", "encounter MED-226", "procedure", "act 48767-8",
        "observation MED-249", "observation MED-250",
    }  # fmt: skip
    for template in (PROPOSAL, FRAME):
        assert heads(sections(ours)[template]) == heads(sections(theirs)[template])


def test_order_of_entries_is_that_of_the_form(shared: Path) -> None:
    theirs, ours = parsed((shared / NATIONAL).read_bytes()), whole()
    for template in (PROPOSAL, FRAME):
        order = [list(dict.fromkeys(kind for kind, _ in entries(sections(root)[template]))) for root in (theirs, ours)]
        assert order[0] == order[1]


def test_types_are_in_the_national_lists(shared: Path) -> None:
    text = (shared / "data/terminologies/jdv_cancer_flat.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    for table, oid in (
        (BOARD, "1.2.250.1.213.1.1.5.595"),
        (PLAN, "1.2.250.1.213.1.1.5.478"),
    ):
        current = [row for row in rows if row["jdv_oid"] == oid and row["release"].startswith("2022.01")]
        listed = {(row["code"], row["codeSystem_oid"]) for row in current}
        assert {(each.code, each.system) for each in table.codes} == listed


# --- types of treatment ---


@pytest.mark.parametrize(
    ("concept", "codes"),
    [
        ("pembrolizumab", ["C15262"]),
        ("trastuzumab", ["C93352"]),
        ("letrozole", ["C547"]),
        ("folfox", ["C15632"]),
        ("folfox_bevacizumab", ["C15632", "C93352"]),
        ("radiochimiotherapie", ["C15313", "C15632"]),
        ("curietherapie", ["C15195"]),
        ("iratherapie", ["MED-232"]),
        ("tumorectomie", ["387713003"]),
        ("soins_palliatifs", ["C15252"]),
        ("g_csf", ["C15747"]),
        ("surveillance", ["MED-226"]),
        ("surveillance_active", ["MED-227"]),
        ("fenetre_therapeutique", ["MED-556"]),
        ("traitement_systemique", ["GEN-092.03.02"]),
        ("therapie_photodynamique", ["GEN-092.03.01"]),
    ],
)
def test_the_ontology_gives_the_types(concept: str, codes: list[str]) -> None:
    assert [each.code for each in types_of(concept, base().ontology)] == codes


def test_every_treatment_has_a_type_of_the_list() -> None:
    ontology = base().ontology
    for table in (BOARD, PLAN):
        for concept in ontology.concepts.values():
            if concept.branch == "traitement":
                found = types_of(concept.id, ontology, table)
                assert found
                assert set(found) <= table.codes


# --- plans ---


def placed(plan: Any) -> list[tuple[str, int, int, str]]:
    return [(line.concept, line.intention, line.step, line.choice) for line in lines_of(rule("A", plan))]


def test_what_comes_after_is_the_next_step_and_what_comes_together_the_same() -> None:
    plan = {"then": [{"together": [act("cisplatine"), act("pembrolizumab")]}, act("mastectomie")]}
    assert placed(plan) == [("cisplatine", 1, 1, ""), ("pembrolizumab", 1, 1, ""), ("mastectomie", 1, 2, "")]


def test_ranked_alternatives_are_the_next_intentions_and_unranked_ones_are_equals() -> None:
    ranked = {"choice": [act("mastectomie", rank=1), act("tumorectomie", rank=2)]}
    assert placed(ranked) == [("mastectomie", 1, 1, ""), ("tumorectomie", 2, 1, "alternative")]
    equals = {"choice": [act("mastectomie"), act("tumorectomie")]}
    assert placed(equals) == [("mastectomie", 1, 1, "choice"), ("tumorectomie", 1, 1, "choice")]


def test_a_contraindicated_alternative_goes_with_all_its_parts_and_is_named() -> None:
    barred = act(
        "cisplatine",
        safety={"status": "contraindicated", "by": [{"id": "X", "title": "Rein", "status": "contraindicated"}]},
    )
    plan = {"choice": [{"together": [barred, act("pembrolizumab")]}, act("carboplatine")]}
    root = written(small(rule("A", plan)))
    codes = [each.find(f"{HL7}code").get("code") for each in root.iter(f"{HL7}procedure")]  # type: ignore[union-attr]
    assert codes == ["C15632"]
    told = "".join(root.itertext())
    assert "pembrolizumab" not in told
    assert "Écarté, contre-indiqué : cisplatine" in told


def test_a_condition_still_open_is_said_with_its_line() -> None:
    open_ = {"truth": "unknown", "text": "oms <= 2"}
    told = "".join(written(small(rule("A", act("mastectomie", condition=open_)))).itertext())
    assert "si Indice de performance OMS ≤ 2 (encore ouvert)" in told


# --- what the board accepts ---


def test_what_applies_is_accepted_unless_ids_are_given_and_trials_only_by_id() -> None:
    body = small(
        rule("A", act("mastectomie")), rule("B", act("tumorectomie"), "undetermined"), trials=[trial("NCT00000001")]
    )
    assert [each["id"] for each in accept(body, None)[0].rules] == ["A"]
    assert not accept(body, None)[0].trials
    chosen = accept(body, ["B", "NCT00000001"])[0]
    assert ([each["id"] for each in chosen.rules], len(chosen.trials)) == (["B"], 1)
    assert accept(body, [])[0].rules == ()


def test_an_id_that_the_answer_has_not_or_sets_aside_is_refused_with_all_others() -> None:
    body = small(
        rule("ABC", act("mastectomie")),
        rule("DEF", act("tumorectomie"), "contraindicated"),
        trials=[trial("NCT00000001", "not_eligible")],
    )
    with pytest.raises(Refused) as refused:
        frcp_entries(body, ["ABC", "ABD", "DEF", "NCT00000001"], base())
    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        ("/accept/1", "accept-inconnu"),
        ("/accept/2", "accept-ecarte"),
        ("/accept/3", "accept-ecarte"),
    ]
    assert "`ABC`" in refused.value.problems[0].hint


def test_nothing_accepted_gives_no_entry_but_the_two_comments() -> None:
    root = written(small(rule("A", act("mastectomie"))), [])
    kinds = [kind for template in (PROPOSAL, FRAME) for kind, _ in entries(sections(root)[template])]
    assert kinds == ["act 48767-8", "act 48767-8"]


# --- content ---


@pytest.mark.parametrize(
    ("edition", "expected"),
    [
        ("2026-03-01", "20260301"),
        ("2026-03", "202603"),
        ("2026", "2026"),
        ("2020-2022", None),
        ("non datée", None),
        ("2026-13", None),
    ],
)
def test_the_date_of_a_guideline_is_that_of_its_edition_where_it_is_one(edition: str, expected: str | None) -> None:
    source = {"title": "Référentiel", "edition": edition, "section": "", "url": ""}
    root = written(small(rule("A", act("mastectomie"), source=source)))
    body = dict(entries(sections(root)[FRAME]))["observation MED-249"]
    time = body.find(f"{HL7}effectiveTime")
    assert time is not None
    assert (time.get("value"), time.get("nullFlavor")) == (expected, None if expected else "UNK")


def test_one_entry_for_each_guideline_with_name_edition_section_and_ids() -> None:
    other = {"title": "Autre", "edition": "2025", "section": "", "url": ""}
    root = written(
        small(rule("A", act("mastectomie")), rule("B", act("tumorectomie")), rule("C", act("folfox"), source=other))
    )
    frame = sections(root)[FRAME]
    assert [kind for kind, _ in entries(frame)].count("observation MED-249") == 2
    told = "".join(frame.itertext())
    for text in (
        "Référentiel, édition 01/03/2026 (Réseau)",
        "A (Titre de A), p. 12, grade A",
        "B (Titre de B)",
        "Autre, édition 2025",
    ):
        assert text in told


def test_the_comment_names_the_trial_its_title_and_centre_and_the_notice() -> None:
    root = written(small(rule("A", act("mastectomie")), trials=[trial("NCT00000001")]), ["A", "NCT00000001"])
    told = "".join(sections(root)[FRAME].itertext())
    for text in (
        "NCT00000001",
        "Essai de phase III",
        "CHU de Ville, Ville",
        "ouvert (01/10/2026)",
        "Contenu à valider",
    ):
        assert text in told


def test_no_trial_accepted_says_nothing_of_trials() -> None:
    kinds = [kind for kind, _ in entries(sections(written(small(rule("A", act("mastectomie")))))[FRAME])]
    assert "observation MED-250" not in kinds


def test_what_must_be_done_before_a_treatment_is_asked_and_what_is_to_be_read_is_told() -> None:
    def entry(item: str, items: list[str], status: str = "to_do", **more: Any) -> dict[str, Any]:
        return {"item": item, "items": items, "status": status, "for": ["mastectomie"], "by": ["X"], "why": "parce que",
                "blocking": False, **more}  # fmt: skip

    checklist = [
        entry("FEVG", ["fevg"]),
        entry("Traitements reçus", ["traitements"]),
        entry("uracilémie", ["uracilemie"], "done"),
        entry("scanner", ["hba1c"], **{"for": ["folfox"]}),
    ]
    root = written(small(rule("A", act("mastectomie")), checklist=checklist))
    rows = [each.text for each in root.iter(f"{HL7}content") if "examen" in each.attrib["ID"]]
    assert rows == ["FEVG : parce que"]
    assert "À vérifier avant traitement : Traitements reçus" in "".join(root.itertext())


def test_two_tumours_are_told_apart() -> None:
    body = small(rule("A", act("mastectomie")))
    body["tumours"].append({**copy.deepcopy(body["tumours"][0]), "id": "t2", "label": "Sein droit"})
    root = written(body)
    check_references(root)
    told = "".join(sections(root)[PROPOSAL].itertext())
    assert "Titre de A) – Sein gauche" in told
    assert "Titre de A) – Sein droit" in told


def test_characters_that_xml_cannot_carry_do_not_break_it() -> None:
    root = written(small(rule("A", act("mastectomie", text="a\x00b \ud800 < & é"))))
    assert "a\ufffdb \ufffd < & é" in "".join(root.itertext())


# --- real answers ---


@pytest.mark.parametrize("name", EXAMPLES)
def test_entries_of_shipped_answers_hold_together_and_are_the_same_each_time(name: str) -> None:
    body = frcp_entries(answer(name), None, base())
    assert body == frcp_entries(copy.deepcopy(answer(name)), None, base())
    root = parsed(body)
    check_references(root)
    for each in root.iter(f"{HL7}procedure"):
        code = each.find(f"{HL7}code")
        assert code is not None
        assert code.get("codeSystem") in (SNOMED, NCIT, TERMS)


def test_the_reader_takes_a_proposal_for_what_it_is() -> None:
    body = small(
        rule("A", act("mastectomie")), rule("B", act("rcp_de_recours", "refer")), rule("D", act("surveillance")),
        trials=[trial("NCT00000001")],
    )  # fmt: skip
    inner = frcp_entries(body, ["A", "B", "D", "NCT00000001"], base()).split(b"?>", 1)[1].decode()
    tumour = (
        '<component><section><entry><observation classCode="OBS" moodCode="EVN"><templateId root="1.2.250.1.213.1.1.3.113"/>'
        '<code code="282291009" codeSystem="2.16.840.1.113883.6.96"/><value nullFlavor="UNK"/>'
        '<targetSiteCode code="C50.4" codeSystem="2.16.840.1.113883.6.3"/></observation></entry></section></component>'
    )
    document = (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId root="1.2.250.1.213.1.1.1.8"/><component>'
        + inner.replace("</structuredBody>", f"{tumour}</structuredBody>")
        + "</component></ClinicalDocument>"
    )
    sheet = read_document(document.encode(), base().ontology, base().dictionary, "frcp").sheet
    read = {
        key: sheet["rcp"][key]["valeur"]
        for key in ("proposition_recours", "proposition_surveillance", "cadre_essai_propose")
    }
    assert read == {"proposition_recours": True, "proposition_surveillance": True, "cadre_essai_propose": True}
    assert "traitements" not in sheet
    assert [row["concept"]["valeur"] for row in sheet["proposition_traitements"]["lignes"]] == ["chirurgie"]
