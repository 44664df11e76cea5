"""CDA documents become sheets: coded data with their origin, reasons for what is absent, the rest named, nothing of the identity."""

from __future__ import annotations

import contextlib
import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree

from api import create_app
from api.adapters.cda_xml import LARGEST
from api.adapters.conversion import Converted, Unreadable
from api.assembly import evaluator
from api.cli import main
from api.decide import Services
from api.library import texts
from api.store import Store
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
from tests.small import shipped

NS = {"c": "urn:hl7-org:v3"}
TA = "1.2.250.1.213.1.1.4.322"
IDENTITY = ("SYLVESTRE", "ODILE", "260017512345678", "VILLEFICTIVE", "99999", "98765", "PRATICIEN")
URL, CONVERT = "/api/v1/evaluations", "/api/v1/sheets/convert"


# --- every document ---


def test_an_identifier_that_is_only_a_reason_is_none() -> None:
    """What stands beside a nullFlavor is no number of the patient."""
    known = '<id extension="260017512345678"'
    assert converted(text("frcp")).identifiers == {("1.2.250.1.213.1.4.8", "260017512345678")}
    assert not changed("frcp", (known, known.replace("<id", '<id nullFlavor="UNK"'))).identifiers


@pytest.mark.parametrize("name", ["frcp", "crgm", "cracp"])
def test_what_is_read_is_a_sheet_without_a_problem(name: str) -> None:
    sheet = sheet_of(converted(text(name)))
    assert sheet.problems == ()
    assert len(sheet.tumours) == 1


@pytest.mark.parametrize("name", ["frcp", "crgm", "cracp"])
def test_every_leaf_names_its_document_and_an_element_that_is_there(name: str) -> None:
    root = etree.fromstring(text(name).encode())
    for leaf in leaves(converted(text(name)).sheet):
        assert leaf["origine"]["document"] == "document-1"
        path = "/".join(f"c:{step}" if step else "" for step in leaf["origine"]["pointeur"].split("/"))
        (element,) = root.xpath(path, namespaces=NS)
        code = leaf["origine"].get("code")
        if code:
            around = {e.get("code") for e in (*element.iter(), *element.itersiblings(preceding=True))}
            around |= {e.get("nullFlavor") for e in element.iter()} | {e.get("code") for e in element.iterancestors()}
            for ancestor in element.iterancestors():
                around |= {e.get("code") for e in ancestor.iter()}
            assert code["code"] in around


@pytest.mark.parametrize("name", ["frcp", "crgm", "cracp"])
def test_every_coded_element_is_used_or_named_as_lost(name: str) -> None:
    result = converted(text(name))
    told = {json.dumps(loss["code"]) for loss in result.losses}
    used = {json.dumps(leaf["origine"].get("code")) for leaf in leaves(result.sheet)}
    structure = {
        "34794-8", "51969-4", "11526-1", "282291009", "75620-5", "21909-7", "21917-0", "8", "20228-3", "7771000", "G-171",
        "75326-9", "MED-152", "MED-550", "33882-2", "48018-6", "48012-9", "69548-6", "53045-1", "51959-5", "MED-299",
        "20506-2", "33731-1", "EGFR", "21", "421", "430", "428", "21905-5", "21906-3", "21907-1", "431", "432",
    }  # fmt: skip
    items = {
        "GEN-098",
        "ORG-185",
        "ORG-127",
        "MED-235",
        "ORG-114",
        "MED-239",
        "MED-243",
        "ORG-125",
        "LA9623-5",
        "MED-542",
    }
    codes = {json.loads(each)["code"] for each in told | used if each != "null"}
    for element in etree.fromstring(text(name).encode()).iter():
        if element.get("codeSystem") and not element.tag.endswith("translation"):
            assert element.get("code") in codes | structure | items, element.get("code")


@pytest.mark.parametrize("name", ["frcp", "crgm", "cracp"])
def test_identity_is_dropped_and_narrative_never_read(name: str) -> None:
    result = converted(text(name))
    everything = json.dumps([result.sheet, result.losses], ensure_ascii=False, default=str)
    assert not [secret for secret in IDENTITY if secret in everything]
    assert "texte libre" not in json.dumps(result.sheet, ensure_ascii=False, default=str)
    assert said(result.sheet["patient"]["date_naissance"]) == "1960-02-14"
    assert said(result.sheet["patient"]["sexe"]) == "F"


def test_a_code_that_is_a_name_of_the_patient_is_not_told() -> None:
    result = changed("frcp", ('code="76752008"', 'code="SYLVESTRE"'))
    assert "SYLVESTRE" not in json.dumps(result.losses, default=str)


# --- the fiche RCP ---


@pytest.fixture(scope="module")
def board() -> Converted:
    return converted(text("frcp"))


def test_the_board_has_its_day_place_and_status(board: Converted) -> None:
    rcp = {key: said(leaf) for key, leaf in board.sheet["rcp"].items()}
    assert rcp == {
        "date_rcp": "2026-09-18", "rrc_id": "4401", "centre": "670000012", "nature": "appareil", "pediatrique": False,
        "statut_cas": "discute", "quorum": "inconnu", "motif": "proposition",
    }  # fmt: skip


def test_a_tumour_has_site_type_side_and_partial_date(board: Converted) -> None:
    found = tumour(board)
    assert said(found["topographie"]) == ["quadrant_supero_externe_du_sein"] * 2
    assert said(found["morphologie"]) == "carcinome_infiltrant_type_non_specifique"
    assert said(found["lateralite"]) == "gauche"
    assert said(found["date_diagnostic"]) == "2026-08"


def test_the_code_as_written_stands_beside_the_concept(board: Converted) -> None:
    assert tumour(board)["morphologie"]["origine"]["code"] == {"systeme": "CIM-O-3", "code": "M8500/3"}
    assert tumour(board)["topographie"][1]["origine"]["code"] == {"systeme": "CIM-10", "code": "C504"}


def test_tnm_keeps_the_edition_that_is_said_nearest(board: Converted) -> None:
    found = tumour(board)
    assert (said(found["cT"]), found["cT"]["edition"]) == ("T2", "8")
    assert (found["cN"]["raison"], found["cN"]["edition"]) == ("indetermine", "7")
    assert (said(found["stade_c"]), found["stade_c"]["edition"]) == ("IIA", "8")
    assert [loss for loss in board.losses if loss["reason"].startswith("édition 7")]


def test_a_year_is_not_an_edition() -> None:
    found = tumour(changed("frcp", ('codeSystemVersion="8"', 'codeSystemVersion="2017"')))
    assert found["cT"]["edition"] == "8"  # of the stage
    assert "7" not in found["cT"]["edition"]


def test_a_null_flavour_is_unknown_with_its_reason(board: Converted) -> None:
    leaf = tumour(board)["cM"]
    assert leaf["raison"] == "en_attente"
    assert leaf["origine"]["code"] == {"systeme": "HL7 NullFlavor", "code": "NAV"}


@pytest.mark.parametrize(
    ("flavor", "reason"), [("UNK", "inconnu"), ("NA", "non_applicable"), ("MSK", "inconnu"), ("OTH", "inconnu")]
)
def test_each_null_flavour_has_a_reason(flavor: str, reason: str) -> None:
    kind = '<value xsi:type="CD" code="M8500/3" codeSystem="2.16.840.1.113883.6.43.1"/>'
    result = changed("frcp", (kind, f'<value xsi:type="CD" nullFlavor="{flavor}"/>'))
    assert tumour(result)["morphologie"]["raison"] == reason
    assert bool(reasons(result, "OTH")) is (flavor == "OTH")


@pytest.mark.parametrize(
    ("code", "system", "site"),
    [
        ("C50.4", "2.16.840.1.113883.6.3", "quadrant_supero_externe_du_sein"),
        ("C504", "2.16.840.1.113883.6.3", "quadrant_supero_externe_du_sein"),
        ("C50.4", "2.16.840.1.113883.6.43.1", "quadrant_supero_externe_du_sein"),
    ],
)
def test_the_site_is_read_in_either_system_with_or_without_its_dot(code: str, system: str, site: str) -> None:
    old = '<targetSiteCode code="C50.4" codeSystem="2.16.840.1.113883.6.3">'
    result = changed("frcp", (old, f'<targetSiteCode code="{code}" codeSystem="{system}">'))
    assert said(tumour(result)["topographie"])[0] == site


@pytest.mark.parametrize(
    ("code", "system", "side"),
    [
        ("24028007", "2.16.840.1.113883.6.96", "droite"),
        ("51440002", "2.16.840.1.113883.6.96", "bilaterale"),
        ("C25228", "2.16.840.1.113883.3.26.1.1", "droite"),
        ("C25229", "2.16.840.1.113883.3.26.1.1", "gauche"),
        ("C13332", "2.16.840.1.113883.3.26.1.1", "bilaterale"),
    ],
)
def test_the_side_is_read_in_new_and_old_codes(code: str, system: str, side: str) -> None:
    old = 'code="7771000" codeSystem="2.16.840.1.113883.6.96"'
    assert said(tumour(changed("frcp", (old, f'code="{code}" codeSystem="{system}"')))["lateralite"]) == side


def test_display_names_are_not_read(board: Converted) -> None:
    assert "muqueuse" not in json.dumps([board.sheet, board.losses], ensure_ascii=False, default=str)


@pytest.mark.parametrize(
    ("written", "item"), [("pT2", "pT"), ("cT2", "cT"), ("ypT2", "ypT"), ("T2", "cT"), ("T2(m)", "cT")]
)
def test_a_category_is_clinical_unless_its_prefix_says_otherwise(written: str, item: str) -> None:
    found = tumour(changed("frcp", ('<value xsi:type="CD" code="T2"', f'<value xsi:type="CD" code="{written}"')))
    assert said(found[item]) == "T2"


def test_performance_status_is_read_once_from_value_and_interpretation(board: Converted) -> None:
    assert said(board.sheet["patient"]["oms"]) == "1"


def test_an_interpretation_that_differs_stands_beside_the_value() -> None:
    assert said(changed("frcp", ("LA9623-5", "LA9624-3")).sheet["patient"]["oms"]) == ["1", "2"]


def test_a_geriatric_score_without_a_coded_tool_is_not_g8(board: Converted) -> None:
    assert "g8" not in board.sheet["patient"]
    assert "laissé ouvert" in reasons(board, "48544-1")[0]


def test_a_denied_statement_says_nothing(board: Converted) -> None:
    assert "depistage" not in board.sheet["rcp"]
    assert "nié" in reasons(board, "63921-1")[0]


def test_one_ticked_reason_is_the_reason_and_two_are_none(board: Converted) -> None:
    assert said(board.sheet["rcp"]["motif"]) == "proposition"
    ticked = text("frcp").replace('<value xsi:type="BL" value="false"/>', '<value xsi:type="BL" value="true"/>')
    both = converted(ticked)
    assert "motif" not in both.sheet["rcp"]
    assert "plusieurs motifs" in reasons(both, "MED-235")[0]


def test_only_treatments_received_are_treatments(board: Converted) -> None:
    assert rows(board, "traitements") == [
        {"concept": "chirurgie", "tumeur": "t1", "debut": "2026-08-20", "en_cours": False},
        {"concept": "hormonotherapie", "tumeur": "t1", "debut": "2026-09", "en_cours": True},
    ]
    assert rows(board, "proposition_traitements") == [
        {"concept": "radiotherapie", "tumeur": "t1", "prevu": "2026-10-01"}
    ]
    assert reasons(board, "C15313") == []
    assert "cancelled" in reasons(board, "C15632")[0]
    assert "ne précise pas" in reasons(board, "GEN-092.03.01")[0]


@pytest.mark.parametrize("code", ["C547", "C15445"])
def test_endocrine_therapy_has_two_codes(code: str) -> None:
    result = changed("frcp", ('code="C15445"', f'code="{code}"'))
    assert "hormonotherapie" in [row["concept"] for row in rows(result, "traitements")]


def test_a_treatment_before_birth_is_set_aside(board: Converted) -> None:
    assert "avant la naissance" in " ".join(reasons(board, "387713003"))


def test_a_treatment_before_the_diagnosis_is_kept_and_told() -> None:
    result = changed("frcp", ('<low value="20260820"/>', '<low value="20260501"/>'))
    assert rows(result, "traitements")[0]["debut"] == "2026-05-01"
    assert "avant la date du diagnostic" in " ".join(reasons(result, "387713003"))


def test_a_treatment_active_and_ended_is_left_open() -> None:
    result = changed("frcp", ('<low value="202609"/>', '<low value="20260801"/><high value="20260901"/>'))
    assert "en_cours" not in rows(result, "traitements")[1]
    assert "laissé ouvert" in " ".join(reasons(result, "C15445"))


def test_codes_of_version_2_are_read() -> None:
    old = [("ORG-127", "RCP_087"), ("MED-239", "RCP_082"), ("MED-243", "RCP_051")]
    swaps = [
        (f'code="{new}" codeSystem="{TA}"', f'code="{was}" codeSystem="1.2.250.1.213.1.1.4.2.281"') for new, was in old
    ]
    result = changed("frcp", *swaps)
    assert said(result.sheet["rcp"]["statut_cas"]) == "discute"
    assert said(result.sheet["patient"]["oms"]) == "1"
    assert said(tumour(result)["phase"]) == "initiale"


def test_a_relapse_has_its_date() -> None:
    found = tumour(changed("frcp", ("MED-268", "MED-244")))
    assert (said(found["phase"]), said(found["date_rechute"])) == ("rechute", "2026-09-15")


def test_a_side_of_the_header_that_differs_is_a_contradiction_seen() -> None:
    found = tumour(changed("frcp", ('code="C504"', 'code="C502"')))
    assert said(found["topographie"]) == ["quadrant_supero_externe_du_sein", "quadrant_supero_interne_du_sein"]


def test_the_header_alone_gives_the_tumour() -> None:
    result = changed("frcp", ("1.2.250.1.213.1.1.3.113", "1.2.3"), ("282291009", "1"))
    assert said(tumour(result)["topographie"]) == "quadrant_supero_externe_du_sein"


def test_two_tumours_share_nothing_that_names_neither() -> None:
    document = text("frcp")
    start, end = document.index('<act classCode="ACT"'), document.index("</act>") + len("</act>")
    two = converted(document[:end] + f"</entry><entry>{document[start:end]}" + document[end:])
    assert [t["id"] for t in two.sheet["tumeurs"]] == ["t1", "t2"]
    assert all("phase" not in t for t in two.sheet["tumeurs"])
    assert "plusieurs tumeurs" in " ".join(reasons(two, "MED-268"))


def test_a_code_without_a_system_is_named() -> None:
    result = changed("frcp", (f'code="ORG-134" codeSystem="{TA}"', 'code="ORG-134"'))
    assert "statut_cas" not in result.sheet["rcp"]
    assert any("inconnue des tables" in loss["reason"] for loss in result.losses)


# --- molecular genetics ---


@pytest.fixture(scope="module")
def genetics() -> Converted:
    return converted(text("crgm"))


def gene(result: Converted, name: str) -> dict[str, Any]:
    (row,) = [row for row in rows(result, "variants") if row["gene"] == name]
    return row


def test_a_variant_has_its_change_in_hgvs_and_its_date_is_the_specimens(genetics: Converted) -> None:
    assert gene(genetics, "EGFR") == {
        "gene": "EGFR", "alteration": "egfr_l858r", "statut": "presente", "tumeur": "t1", "transcrit": "NM_005228.3",
        "hgvs_c": "c.2573T>G", "hgvs_p": "p.Leu858Arg", "date": "2026-08-15", "impact": "sensibilite",
    }  # fmt: skip


def test_wild_type_not_interpretable_and_not_tested_differ(genetics: Converted) -> None:
    assert gene(genetics, "KRAS")["statut"] == "absente"
    assert gene(genetics, "KIT")["statut"] == "non_interpretable"
    named = {row["gene"] for row in rows(genetics, "variants")}
    assert not named & {"AKT1", "ALK", "MET", "ROS1"}
    assert "testé" in reasons(genetics, "AKT1")[0]
    assert [said(each) for each in [genetics.sheet["variants"]["complet"]][0]] == ["KRAS"]


def test_wild_type_on_some_exons_or_of_a_predisposition_gene_closes_nothing(genetics: Converted) -> None:
    assert gene(genetics, "BRAF")["exon"] == "15"
    assert any("seuls exons" in reason for reason in reasons(genetics, "MED-539"))
    assert any("constitutionnel" in reason for reason in reasons(genetics, "MED-539"))


def test_the_impact_class_is_no_class_of_pathogenicity(genetics: Converted) -> None:
    assert not [row for row in rows(genetics, "variants") if "classe" in row]


def test_free_text_in_the_place_of_a_variant_is_not_read(genetics: Converted) -> None:
    assert set(gene(genetics, "NRAS")) == {"gene", "statut", "tumeur", "date"}


def test_a_gene_is_read_by_symbol_or_number_and_an_unknown_one_is_named(genetics: Converted) -> None:
    assert gene(genetics, "EGFR")
    assert gene(genetics, "NRAS")
    assert "ne connaît pas" in reasons(genetics, "PI3KCA")[0]


def test_a_suspicion_stays_open(genetics: Converted) -> None:
    assert "suspectée" in reasons(genetics, "MET")[0]


def test_the_organ_of_the_specimen_is_to_be_confirmed(genetics: Converted) -> None:
    assert tumour(genetics)["topographie"]["certitude"] == "suspecte"
    assert said(tumour(genetics)["morphologie"]) == "adenocarcinome_lepidique"


def test_a_conclusion_against_the_result_is_told_and_the_result_kept() -> None:
    result = changed("crgm", ("p.L858R", "p.T790M"))
    assert gene(result, "EGFR")["hgvs_p"] == "p.Leu858Arg"
    assert "impact" not in gene(result, "EGFR")
    assert "ne dit pas" in " ".join(reasons(result, "MED-542"))


def test_two_variants_of_a_gene_are_two_rows() -> None:
    result = changed("crgm", ('code="NRAS"', 'code="EGFR"'))
    assert [row["gene"] for row in rows(result, "variants")].count("EGFR") == 2


def test_a_gene_free_and_not_free_is_not_complete() -> None:
    result = changed("crgm", ('code="NRAS"', 'code="KRAS"'))
    assert "complet" not in result.sheet["variants"]


def test_one_variant_that_is_absent_leaves_the_rest_of_its_gene_open() -> None:
    """« p.Gly12Cys absent » is no « KRAS wild type »."""
    value = '<value xsi:type="CD" code="KRAS" codeSystem="2.16.840.1.113883.6.281"/>'
    below = (
        '<entryRelationship><observation classCode="OBS" moodCode="EVN"><code code="{}"'
        ' codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="ST">{}</value></observation></entryRelationship>'
    )
    for code, change in (
        ("53045-1", "p.Gly12Cys"),
        ("53045-1", "G12C"),
        ("69548-6", "c.34G>T (p.G12C)"),
        ("48005-3", "G12C"),
    ):
        result = changed("crgm", (value, value + below.format(code, change)))
        assert gene(result, "KRAS")["alteration"] in ("kras_g12c", "indetermine")
        assert "complet" not in result.sheet["variants"]
        assert "absence d'un variant précis : le reste du gène est ouvert" in reasons(result, "KRAS")
    result = changed("crgm", (value, value + below.format("48012-9", "NM_004985.5")))
    assert [said(each) for each in result.sheet["variants"]["complet"]] == ["KRAS"]


# --- pathology ---


@pytest.fixture(scope="module")
def pathology() -> Converted:
    return converted(text("cracp"))


def test_the_invasive_type_is_the_tumours_and_the_in_situ_part_is_told(pathology: Converted) -> None:
    found = tumour(pathology)
    assert said(found["morphologie"]) == "carcinome_lobulaire_infiltrant"
    assert said(found["topographie"]) == ["sein", "quadrant_supero_externe_du_sein"]
    assert said(found["lateralite"]) == "droite"
    assert "in situ" in reasons(pathology, "748")[0]


def test_an_in_situ_tumour_alone_is_in_situ() -> None:
    result = changed("cracp", ('code="689"', 'code="2307"'), ("M-85203", "M-85002"), ('code="748"', 'code="2307"'))
    assert set(said(tumour(result)["morphologie"])) == {"carcinome_canalaire_in_situ"}


def test_a_node_is_neither_the_site_nor_the_type(pathology: Converted) -> None:
    assert "métastase" in reasons(pathology, "AMA0")[0]
    assert "primitive" in reasons(pathology, "673")[0]


def test_categories_of_the_older_lists_are_of_the_seventh_edition(pathology: Converted) -> None:
    found = tumour(pathology)
    assert [(said(found[i]), found[i]["edition"]) for i in ("pT", "pN")] == [("T1c", "7"), ("N1a", "7")]


def test_grade_receptors_size_and_nodes_are_read(pathology: Converted) -> None:
    found = tumour(pathology)
    assert [said(found[i]) for i in ("grade_sbr", "re_statut", "rp_statut")] == ["2", "positif", "negatif"]
    assert said(found["ganglions_envahis"]) == 2
    assert (float(said(found["taille_p"])), found["taille_p"]["unite"]) == (1.4, "cm")


def test_her2_in_two_classes_is_no_score(pathology: Converted) -> None:
    assert "her2_ihc" not in tumour(pathology)
    assert "deux classes" in reasons(pathology, "434")[0]


def test_the_operation_is_a_treatment_received(pathology: Converted) -> None:
    assert rows(pathology, "traitements") == [{"concept": "tumorectomie", "tumeur": "t1", "debut": "2026-08-20"}]


@pytest.mark.parametrize(
    ("system", "code"),
    [("1.2.250.1.213.2.12", "M-85203"), ("1.2.250.1.213.2.11", "OHGSA7B1"), ("2.16.840.1.113883.6.43.1", "8520/3")],
)
def test_the_type_is_read_in_snomed_35_adicap_and_icdo(system: str, code: str) -> None:
    result = changed(
        "cracp",
        ('code="689"', 'code="0"'),
        ('code="M-85203" codeSystem="1.2.250.1.213.2.12"', f'code="{code}" codeSystem="{system}"'),
    )
    assert said(tumour(result)["morphologie"]) == "carcinome_lobulaire_infiltrant"


# --- what must be refused ---

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))
HOSTILE = {
    "xxe": (_HEAD + '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>', "xml-dtd"),
    "dtd": (_HEAD + '<!DOCTYPE d SYSTEM "http://192.0.2.1/d.dtd"><d/>', "xml-dtd"),
    "bomb": (_HEAD + f"<!DOCTYPE d [{_BOMB}]><d>&e9;</d>", "xml-dtd"),
    "deep": ("<a>" * 5_000 + "</a>" * 5_000, "xml-illisible"),
    "rather deep": ("<a>" * 150 + "</a>" * 150, "xml-trop-profond"),
    "json": ('{"schema": "fiche-rcp/1"}', "xml-illisible"),
    "empty": ("", "xml-illisible"),
    "unknown entity": ("<a>&nope;</a>", "xml-illisible"),
    "cut": ("", "xml-illisible"),
    "html": ("<html><body/></html>", "cda-pas-un-document"),
    "other document": ('<ClinicalDocument xmlns="urn:hl7-org:v3"><code code="34133-9"/></ClinicalDocument>', "cda-type-inconnu"),
    "no tumour": (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId root="1.2.250.1.213.1.1.1.8"/></ClinicalDocument>',
        "cda-sans-tumeur",
    ),
}  # fmt: skip


def hostile() -> dict[str, tuple[bytes, str]]:
    found = {name: (body.encode(), code) for name, (body, code) in HOSTILE.items()}
    found["cut"] = (text("frcp")[:5_000].encode(), "xml-illisible")
    found["bytes not of the encoding"] = (text("frcp").replace("ODILE", "É").encode("latin-1"), "xml-illisible")
    found["utf-16"] = (text("frcp").replace("utf-8", "utf-16").encode("utf-16"), "xml-codage")
    found["utf-7"] = (text("frcp").replace("utf-8", "utf-7").encode(), "xml-codage")
    found["50 MB"] = (b"<a>" + b" " * 50 * 1024 * 1024 + b"</a>", "xml-trop-grand")
    found["many elements"] = (b"<a>" + b"<b/>" * 300_000 + b"</a>", "xml-trop-grand")
    return found


@pytest.mark.parametrize("name", [*HOSTILE, "bytes not of the encoding", "utf-16", "utf-7", "50 MB", "many elements"])
def test_hostile_xml_is_a_problem_quickly(name: str) -> None:
    body, code = hostile()[name]
    begun = time.monotonic()
    assert refused(body) == code
    assert time.monotonic() - begun < 5


def test_more_tumours_than_any_patient_has_are_refused_at_once() -> None:
    document = text("frcp")
    start = document.index("<entry>\n", document.index("72135-7"))
    one = document[start : document.index("</act>")] + "</act></entry>"
    begun = time.monotonic()
    assert refused(document[:start] + one * 400 + document[start:]) == "cda-trop-de-tumeurs"
    assert time.monotonic() - begun < 5


def test_latin_1_said_and_meant_is_read() -> None:
    assert converted(text("frcp").replace("utf-8", "iso-8859-1").encode("latin-1")).sheet["tumeurs"]


def test_a_message_never_quotes_the_document() -> None:
    with pytest.raises(Unreadable) as caught:
        converted("<SYLVESTRE><a></SYLVESTRE>")
    assert "SYLVESTRE" not in str(caught.value)


@pytest.mark.parametrize("name", ["frcp", "crgm", "cracp"])
def test_any_element_may_be_missing_or_emptied(name: str) -> None:
    root = etree.fromstring(text(name).encode())
    count = len(list(root.iter()))
    for number in range(1, count):
        for emptied in (False, True):
            other = copy.deepcopy(root)
            element = list(other.iter())[number]
            if emptied:
                element.attrib.clear()
                element.text = None
            else:
                element.getparent().remove(element)
            with contextlib.suppress(Unreadable):
                converted(etree.tostring(other))


# --- over HTTP and from the command line ---


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('database')}/d.sqlite3")
    return create_app({"SERVICES": Services(shipped(), texts(), store, evaluator)}).test_client()


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml", "application/cda+xml; charset=utf-8"])
def test_a_document_is_evaluated_by_its_media_type(client: FlaskClient, media_type: str) -> None:
    answer = client.post(f"{URL}?as_of=2026-11-20", data=text("frcp"), content_type=media_type)
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["sheet"]["origins"] == [{"document": "document-1", "format": "cda"}]
    assert {problem["code"] for problem in body["sheet"]["problems"]} == {"perte"}
    assert not [secret for secret in IDENTITY if secret in answer.text]


def test_a_document_is_converted_and_its_sheet_read_again_says_the_same(client: FlaskClient) -> None:
    sheet = client.post(CONVERT, data=text("frcp"), content_type="application/xml").get_json()["sheet"]
    assert sheet["tumeurs"][0]["cT"]["valeur"] == "T2"
    assert client.post(URL, json=sheet).status_code == 200


def test_a_document_is_sent_as_a_file(client: FlaskClient) -> None:
    files = {"document": (FIXTURES / "frcp.xml").open("rb")}
    answer = client.post(CONVERT, data=files, content_type="multipart/form-data")
    assert answer.get_json()["origins"][0]["format"] == "cda"


@pytest.mark.parametrize("name", [*HOSTILE, "bytes not of the encoding", "utf-16", "utf-7", "50 MB", "many elements"])
def test_hostile_xml_is_never_a_500(client: FlaskClient, name: str) -> None:
    body, code = hostile()[name]
    answer = client.post(URL, data=body, content_type="application/xml")
    assert answer.status_code in (400, 413, 422)
    if len(body) < LARGEST:
        assert answer.get_json()["problems"][0]["code"] == code
        assert answer.status_code == (400 if code.startswith("xml") else 422)


def test_a_changed_decision_is_replayed(client: FlaskClient) -> None:
    decision = client.post(URL, data=text("cracp"), content_type="application/xml").get_json()["decision_id"]
    again = client.post(f"/api/v1/decisions/{decision}/replay", data=text("cracp"), content_type="application/xml")
    assert again.get_json()["decision_id"] == decision


def test_the_command_converts_and_evaluates_a_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ONCORULES_DATABASE", f"sqlite:///{tmp_path}/d.sqlite3")
    assert main(["convert", str(FIXTURES / "crgm.xml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sheet"]["variants"]["lignes"]
    assert main(["evaluate", str(FIXTURES / "frcp.xml"), "--as-of", "2026-11-20", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tumours"][0]["id"] == "t1"


# --- the national examples ---


def national(shared: Path, name: str) -> Converted:
    path = shared / "data" / "fiches" / "cda" / name
    if not path.is_file():
        pytest.skip(f"the shared material has no {name}")
    return converted(path.read_bytes())


def test_the_national_fiche_is_read(shared: Path) -> None:
    result = national(shared, "CANCER-FRCP_2022.01_Appareil.xml")
    found = tumour(result)
    assert said(found["topographie"]) == ["quadrant_supero_interne_du_sein"] * 2
    assert [(said(found[i]), found[i]["edition"]) for i in ("cT", "cN", "cM", "stade_c")] == [
        ("T1b", "7"), ("N1", "7"), ("M0", "7"), ("IB", "7")
    ]  # fmt: skip
    assert said(result.sheet["rcp"]["pediatrique"]) is True  # the narrative says no: what is coded is read
    assert "en_cours" not in rows(result, "traitements")[0]
    assert sheet_of(result).problems == ()


def test_the_national_genetics_report_is_read(shared: Path) -> None:
    result = national(shared, "CANCER-CR-GM_2022.01_AnalyseRealisee.xml")
    assert gene(result, "EGFR")["hgvs_c"] == "c.2573T>G"
    assert [gene(result, name)["statut"] for name in ("KRAS", "KIT", "HRAS")] == [
        "absente",
        "non_interpretable",
        "absente",
    ]
    assert sheet_of(result).problems == ()


def test_the_national_pathology_report_is_read(shared: Path) -> None:
    result = national(shared, "CR_ACP_sein_DCC_v1.5.xml")
    assert said(tumour(result)["morphologie"]) == "carcinome_infiltrant_type_non_specifique"
    assert said(tumour(result)["pN"]) == "N1a"
    assert sheet_of(result).problems == ()


def test_the_national_plan_is_read_out_of_its_style_sheet(shared: Path) -> None:
    result = national(shared, "CANCER-PPS_2022.01_Autopresentable.xml")
    found = tumour(result)
    assert said(found["topographie"]) == "quadrant_supero_interne_du_sein"
    assert (said(found["phase"]), said(found["date_rechute"])) == ("rechute", "2021-01-10")
    assert rows(result, "traitements") == [
        {"concept": "radiotherapie", "tumeur": "t1", "debut": "2019-05-01", "fin": "2019-07-01", "en_cours": False}
    ]
    assert "proposé" in reasons(result, "MED-568")[1]
    assert "date_rcp" not in result.sheet["rcp"]
    assert sheet_of(result).problems == ()
