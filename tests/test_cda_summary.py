"""Summaries, laboratory reports and care plans become the patient's items: no tumour is invented, and what is planned is not received."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.adapters.conversion import Converted
from tests.cda_documents import (
    FIXTURES,
    changed,
    converted,
    leaves,
    reasons,
    refused,
    rows,
    said,
    sheet_of,
    text,
    tumour,
)
from tests.fuzz.judge import application

CIM, SCT, ATC = "2.16.840.1.113883.6.3", "2.16.840.1.113883.6.96", "2.16.840.1.113883.6.73"
NAMES = ("ips", "crbio", "pps")
IDENTITY = ("SYLVESTRE", "ODILE", "260017512345678", "VILLEFICTIVE", "99999", "PRATICIEN")


@pytest.fixture(scope="module")
def summary() -> Converted:
    return converted(text("ips"))


@pytest.fixture(scope="module")
def laboratory() -> Converted:
    return converted(text("crbio"))


@pytest.fixture(scope="module")
def plan() -> Converted:
    return converted(text("pps"))


def lab(result: Converted, item: str) -> dict[str, Any]:
    leaf = result.sheet["biologie"][item]
    assert isinstance(leaf, dict)
    return {key: float(v) if key in ("valeur", "lin", "lsn") and isinstance(v, int) else v for key, v in leaf.items()}


@pytest.mark.parametrize("name", NAMES)
def test_identity_is_dropped_and_narrative_never_read(name: str) -> None:
    result = converted(text(name))
    everything = json.dumps([result.sheet, result.losses], ensure_ascii=False, default=str)
    assert not [secret for secret in IDENTITY if secret in everything]
    assert said(result.sheet["patient"]["date_naissance"]) == "1960-02-14"


@pytest.mark.parametrize("name", ["ips", "crbio"])
def test_a_document_of_the_patient_is_a_sheet_without_a_tumour(name: str) -> None:
    result = converted(text(name))
    assert "tumeurs" not in result.sheet
    assert leaves(result.sheet)
    assert [problem.code for problem in sheet_of(result).problems if problem.code != "sans-tumeur"] == []


@pytest.mark.parametrize(
    ("name", "template", "other", "code"),
    [("ips", "1.51", "1.13", "60591-5"), ("crbio", "1.55", "1.9999", "11502-2")],
)
def test_a_document_is_known_by_its_template_or_its_type(name: str, template: str, other: str, code: str) -> None:
    assert changed(name, (f"1.2.250.1.213.1.1.{template}", f"1.2.250.1.213.1.1.{other}")).sheet == {
        **converted(text(name)).sheet
    }
    by_template = changed(name, (f'<code code="{code}"', '<code code="SYNTH"'))
    assert by_template.sheet == converted(text(name)).sheet


def test_a_plan_without_a_tumour_is_refused() -> None:
    start, end = text("pps").index("<act"), text("pps").index("</act>") + len("</act>")
    assert refused(text("pps")[:start] + text("pps")[end:]) == "cda-sans-tumeur"


# --- problems ---


def test_problems_are_comorbidities_with_dates_and_activity(summary: Converted) -> None:
    assert rows(summary, "comorbidites") == [
        {"concept": "diabete_de_type_2", "debut": "2015", "actif": True},
        {"concept": "fibrillation_atriale", "debut": "2018-03", "actif": False},
        {"concept": "asthme", "debut": "1999", "fin": "2005", "actif": False},
        {"concept": "pneumopathie_interstitielle_diffuse", "debut": "2026", "actif": True},
    ]


def test_a_problem_observed_not_to_have_occurred_is_absent_and_the_list_stays_open(summary: Converted) -> None:
    held = summary.sheet["comorbidites"]
    assert [(said(leaf), leaf["date"]) for leaf in held["absents"]] == [("insuffisance_cardiaque", "2020-01-01")]
    assert "complet" not in held


def test_a_refuted_problem_says_nothing_and_a_doubtful_one_is_suspected(summary: Converted) -> None:
    assert "écartée" in reasons(summary, "G35")[0]
    assert summary.sheet["comorbidites"]["lignes"][3]["concept"]["certitude"] == "suspecte"


def test_a_problem_of_a_relative_is_not_the_patients(summary: Converted) -> None:
    assert "proche" in reasons(summary, "I50.9")[0]


def test_a_cancer_among_the_problems_makes_no_tumour(summary: Converted) -> None:
    assert "aucune n'est créée" in reasons(summary, "C50.4")[0]
    assert "autres_cancers" not in summary.sheet


def test_a_distant_metastasis_is_a_row_whose_tumour_is_open(summary: Converted) -> None:
    assert rows(summary, "metastases") == [{"site": "foie", "date": "2026-09"}]
    assert "régionale ou à distance" in reasons(summary, "C77.3")[0]
    assert "résolue" in reasons(summary, "C79.3")[0]


def test_a_denied_metastasis_is_nothing() -> None:
    document = text("ips")
    start = document.rindex("<observation", 0, document.index('"C78.7"'))
    denied = document[:start] + document[start:].replace('moodCode="EVN"', 'moodCode="EVN" negationInd="true"', 1)
    assert rows(converted(denied), "metastases") == []


@pytest.mark.parametrize(("code", "system"), [("44054006", SCT), ("E11", CIM), ("E119", CIM)])
def test_a_problem_is_read_in_either_system(code: str, system: str) -> None:
    result = changed("ips", (f'code="E11.9" codeSystem="{CIM}"', f'code="{code}" codeSystem="{system}"'))
    assert rows(result, "comorbidites")[0]["concept"] == "diabete_de_type_2"


def test_a_state_of_the_patient_is_an_item() -> None:
    result = changed("ips", (f'code="E11.9" codeSystem="{CIM}"', f'code="77386006" codeSystem="{SCT}"'))
    assert said(result.sheet["patient"]["grossesse"]) is True


def test_no_problem_at_all_closes_no_list() -> None:
    result = changed("ips", (f'code="E11.9" codeSystem="{CIM}"', f'code="160245001" codeSystem="{SCT}"'))
    assert "complet" not in result.sheet["comorbidites"]
    assert "160245001" in str(result.losses)


# --- drugs and allergies ---


def test_drugs_are_read_by_atc_wherever_it_stands(summary: Converted) -> None:
    assert rows(summary, "comedications") == [
        {"concept": "metformine", "debut": "2016-01-01"},
        {"concept": "apixaban", "debut": "2020-01-01", "fin": "2021-01-01"},
        {"concept": "metformine", "debut": "2024-01"},
        {"concept": "apixaban", "debut": "2024-01"},
    ]


def test_a_drug_of_the_cancer_is_a_treatment_whose_tumour_is_open(summary: Converted) -> None:
    assert rows(summary, "traitements") == [{"concept": "tamoxifene", "debut": "2026-09-01", "en_cours": True}]


def test_a_drug_unknown_or_only_prescribed_is_told(summary: Converted) -> None:
    assert "ne connaît pas" in reasons(summary, "8888888")[0]
    assert not [row for row in rows(summary, "comedications") if row["concept"] == "bisoprolol"]
    assert any("proposé" in loss["reason"] for loss in summary.losses)
    assert reasons(summary, "C07AB07")


def test_a_drug_not_taken_is_no_row() -> None:
    old = '<substanceAdministration classCode="SBADM" moodCode="EVN">'
    result = changed("ips", (old, old.replace(">", ' negationInd="true">')))
    assert "comedications" not in result.sheet
    assert "traitements" not in result.sheet


def test_allergies_present_and_absent(summary: Converted) -> None:
    assert rows(summary, "allergies") == [{"concept": "paclitaxel", "date": "2024-05-10"}]
    assert said(summary.sheet["allergies"]["absents"]) == ["cisplatine"]
    assert "complet" not in summary.sheet["allergies"]
    assert reasons(summary, "227037002")


def test_vital_signs_and_habits_are_read(summary: Converted) -> None:
    patient = summary.sheet["patient"]
    assert (float(said(patient["poids"])), patient["poids"]["unite"], patient["poids"]["date"]) == (
        61.5,
        "kg",
        "2026-09-10",
    )
    assert (float(said(patient["taille"])), patient["taille"]["unite"]) == (1.64, "m")
    assert said(patient["tabac_statut"]) == "sevre"


# --- the laboratory ---


def test_a_result_has_unit_limits_and_date(laboratory: Converted) -> None:
    found = lab(laboratory, "creatinine")
    assert (found["valeur"], found["unite"], found["lin"], found["lsn"], found["date"]) == (
        88,
        "umol/L",
        45,
        84,
        "2026-09-12",
    )
    assert lab(laboratory, "alat")["lsn"] == 35
    assert "lin" not in lab(laboratory, "alat")


def test_a_result_without_a_date_has_that_of_its_battery(laboratory: Converted) -> None:
    assert lab(laboratory, "alat")["date"] == "2026-09-11"


def test_a_range_that_is_not_the_normal_one_is_no_limit(laboratory: Converted) -> None:
    assert not {"lin", "lsn"} & set(lab(laboratory, "ldh"))


def test_limits_in_another_unit_are_left_out() -> None:
    result = changed(
        "crbio", ('<low value="12" unit="g/dL"/><high value="16" unit="g/dL"/>', '<low value="120" unit="g/L"/>')
    )
    assert "lin" not in lab(result, "hb")


def test_units_are_those_of_ucum_and_the_engine_converts_them(laboratory: Converted) -> None:
    assert lab(laboratory, "plaquettes")["unite"] == "10*9/L"
    assert lab(laboratory, "bilirubine")["unite"] == "mg/dL"
    assert not [p for p in sheet_of(laboratory).problems if p.code != "sans-tumeur"]


def test_a_wrong_unit_is_left_to_the_reader_of_sheets() -> None:
    result = changed("crbio", ('value="11.2" unit="g/dL"', 'value="11.2" unit="mm"'))
    assert lab(result, "hb")["unite"] == "mm"
    assert [p for p in sheet_of(result).problems if p.code != "sans-tumeur"]


def test_a_bound_is_a_bound_and_a_category_a_category(laboratory: Converted) -> None:
    assert said(laboratory.sheet["biologie"]["psa"])["max_exclu"] is True
    assert [said(laboratory.sheet["biologie"][item]) for item in ("aghbs", "anti_hbc")] == ["negatif", "positif"]


def test_a_preliminary_result_is_suspected_and_others_are_told(laboratory: Converted) -> None:
    assert lab(laboratory, "potassium")["certitude"] == "suspecte"
    assert said(laboratory.sheet["biologie"]["albumine"]) == "inconnu"
    assert "calcium" not in laboratory.sheet["biologie"]
    assert ["aborted" in r for r in reasons(laboratory, "17861-6")] == [True]
    assert ["demandé" in r for r in reasons(laboratory, "2000-8")] == [True]
    assert "magnesium" not in laboratory.sheet["biologie"]  # free text


def test_a_result_of_the_tumour_has_no_place_here(laboratory: Converted) -> None:
    assert "n'en décrit aucune" in reasons(laboratory, "LA6576-8")[0]


# --- the care plan ---


def test_a_planned_treatment_is_not_received(plan: Converted) -> None:
    assert rows(plan, "traitements") == [
        {"concept": "chirurgie", "tumeur": "t1", "debut": "2026-09-01", "fin": "2026-10-01", "en_cours": False},
        {"concept": "radiotherapie", "tumeur": "t1", "debut": "2026-09-15", "en_cours": True},
    ]
    assert reasons(plan, "C15632")
    assert "prévues" in reasons(plan, "GEN-177")[0]
    assert reasons(plan, "C20427"), "what manages side effects is no treatment of the cancer"


def test_a_plan_has_its_tumour_and_phase_and_keeps_its_own_state(plan: Converted) -> None:
    assert said(tumour(plan)["cT"]) == "T2"
    assert said(tumour(plan)["phase"]) == "initiale"
    assert said(plan.sheet["rcp"]["depistage"]) is True
    assert "statut_document" not in plan.sheet["rcp"]
    assert "date_rcp" not in plan.sheet["rcp"]
    assert "non de la fiche RCP" in reasons(plan, "GEN-065")[0]


def test_a_plan_in_a_style_sheet_is_read_and_the_style_is_not() -> None:
    document = text("pps").partition("?>")[2]
    style = '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">{}<xsl:template match="/"/></xsl:stylesheet>'
    result = converted(style.format(document))
    assert said(tumour(result)["cT"]) == "T2"
    assert result.losses[0]["pointer"] == "/stylesheet"
    assert refused(style.format(document * 2)) == "cda-pas-un-document"
    assert refused(style.format("")) == "cda-pas-un-document"


# --- with a fiche RCP of the same patient ---


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return application(tmp_path_factory.mktemp("database"))


def together(client: FlaskClient, *names: str) -> Any:
    files = [(io.BytesIO((FIXTURES / f"{name}.xml").read_bytes()), f"{name}.xml") for name in names]
    return client.post("/api/v1/sheets/convert", data={"document": files}, content_type="multipart/form-data")


def test_the_patients_documents_join_the_fiche(client: FlaskClient) -> None:
    """What is the patient's reaches the sheet; the tumour is that of the fiche."""
    answer = together(client, "frcp", "ips", "crbio", "pps")
    assert answer.status_code == 200
    sheet = answer.json["sheet"]
    assert len(sheet["tumeurs"]) == 1
    assert said(sheet["biologie"]["creatinine"]) in (88, [88])
    assert {said(row["concept"]) for row in sheet["comorbidites"]["lignes"]} >= {"diabete_de_type_2", "asthme"}
    assert {each["document"] for each in answer.json["problems"]} == {f"document-{n}" for n in range(1, 5)}


def test_alone_a_document_of_the_patient_is_refused_with_its_reason(client: FlaskClient) -> None:
    answer = together(client, "ips")
    assert answer.status_code == 422
    assert answer.json["problems"][0]["code"] == "sans-tumeur"
