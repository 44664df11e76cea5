"""Pathology reports of each organ: PathLex lists and the drafts of 2021, each code as the national value sets define it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.adapters.conversion import Converted, Unreadable
from api.adapters.fhir_maps import MAPS, read_maps
from tests.cda_documents import converted, reasons, rows, said, sheet_of, text, tumour
from tests.small import shipped

PLX, TA, NCIT, LOINC = (
    "1.3.6.1.4.1.19376.1.8.2.1",
    "1.2.250.1.213.1.1.4.322",
    "2.16.840.1.113883.3.26.1.1",
    "2.16.840.1.113883.6.1",
)
CIMO, TNM, ADICAP = "2.16.840.1.113883.6.43.1", "2.16.840.1.113883.15.6", "1.2.250.1.213.2.11"
ORGANS = {"sein": 1, "colon": 2, "prostate": 3, "poumon": 5, "peau": 6}
TYPES = {
    "sein": ("437", "689"),
    "colon": ("160", "858"),
    "prostate": ("397", "1006"),
    "poumon": ("376", "966"),
    "peau": ("333", "1157"),
}
Coded = tuple[str, str]


def value(said: Coded | str | bool | int) -> str:
    if isinstance(said, bool):
        return f'<value xsi:type="BL" value="{str(said).lower()}"/>'
    if isinstance(said, int):
        return f'<value xsi:type="INT" value="{said}"/>'
    if isinstance(said, tuple):
        return f'<value xsi:type="CD" code="{said[1]}" codeSystem="{said[0]}"/>'
    number, _, unit = said.partition(" ")
    return f'<value xsi:type="PQ" value="{number}" unit="{unit}"/>'


def observation(code: Coded, said: Any) -> str:
    return (
        f'<component><observation classCode="OBS" moodCode="EVN"><code code="{code[1]}" codeSystem="{code[0]}"/>'
        f'<statusCode code="completed"/><effectiveTime value="20260820"/>{value(said)}</observation></component>'
    )


def report(organ: str, *findings: tuple[str | Coded, Any], type_of: Coded | None = None, more: str = "") -> Converted:
    """Convert a report of an organ: its histological type, then findings (a PathLex code or a coded one, and what is said)."""
    question, answer = TYPES.get(organ, ("21", "0"))
    told = [((PLX, question), type_of or (PLX, answer)), *findings]
    entries = "".join(observation(c if isinstance(c, tuple) else (PLX, c), said) for c, said in told)
    document = text("cracp")
    template = f"1.3.6.1.4.1.19376.1.8.1.1.2.{ORGANS[organ]}" if organ in ORGANS else "1.2.250.1.213.1.1.1.57"
    head = document[: document.index("<entry>")].replace("1.3.6.1.4.1.19376.1.8.1.1.2.1", template)
    organizer = f'<organizer classCode="BATTERY" moodCode="EVN">{entries}</organizer>'
    tail = "</section></component></structuredBody></component></ClinicalDocument>"
    return converted(f"{head}<entry>{organizer}</entry>{more}{tail}")


def specimen(code: str, site: str = "", qualifier: str = "") -> str:
    target = f'<targetSiteCode code="{site}" codeSystem="{PLX}">{qualifier}</targetSiteCode>' if site else ""
    procedure = (
        f'<procedure classCode="PROC" moodCode="EVN"><code code="{code}" codeSystem="{PLX}"/>{target}</procedure>'
    )
    return (
        f'<entry><organizer classCode="CLUSTER" moodCode="EVN"><component>{procedure}</component></organizer></entry>'
    )


def found(result: Converted, *items: str) -> list[Any]:
    assert not sheet_of(result).problems
    return [said(tumour(result).get(item)) for item in items]


def edition(result: Converted, item: str) -> str:
    return str(tumour(result)[item]["edition"])


# --- prostate ---


def test_gleason_is_read_where_the_total_proves_the_second_grade() -> None:
    result = report("prostate", ("384", (PLX, "1014")), ("383", (PLX, "1020")), ("385", (PLX, "1030")))
    assert found(result, "gleason_a", "gleason_b", "gleason_score") == [3, 4, 7]


@pytest.mark.parametrize("total", ["1030", None])
def test_the_worst_grade_of_four_plus_three_is_not_the_second(total: str | None) -> None:
    findings = [("384", (PLX, "1015")), ("383", (PLX, "1020")), *([("385", (PLX, total))] if total else [])]
    result = report("prostate", *findings)
    assert found(result, "gleason_a", "gleason_b") == [4, None]
    assert "secondaire" in reasons(result, "1020")[0]


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("1036", "T2"),
        ("1037", "T2a"),
        ("1038", "T2b"),
        ("1039", "T2c"),
        ("1040", "T3"),
        ("1041", "T3a"),
        ("1042", "T3b"),
        ("1043", "T4"),
    ],
)
def test_prostate_categories(code: str, category: str) -> None:
    result = report("prostate", ("394", (PLX, code)), ("391", (PLX, "1045")))
    assert found(result, "pT", "pN") == [category, "N1"]
    assert edition(result, "pT") == "7"


def test_prostate_margins_nerves_vessels_and_nodes() -> None:
    result = report("prostate", ("377", True), ("386", True), ("379", False), ("388", 1), ("389", 12))
    assert found(result, "marge_mm", "engainement", "embols", "ganglions_envahis", "ganglions_examines") == [
        0,
        True,
        False,
        1,
        12,
    ]
    assert tumour(result)["marge_mm"]["unite"] == "mm"
    assert "r_status" not in tumour(result)
    assert said(tumour(report("prostate", ("377", False)))["marge_mm"]) == "> 0"


def test_a_prostatectomy_is_a_treatment_and_biopsies_are_none() -> None:
    assert [r["concept"] for r in rows(report("prostate", more=specimen("996")), "traitements")] == [
        "prostatectomie_totale"
    ]
    biopsies = report("prostate", more=specimen("995"))
    assert rows(biopsies, "traitements") == []
    assert reasons(biopsies, "995")


# --- lung, colon and rectum ---


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("965", "carcinome_epidermoide"), ("966", "adenocarcinome"), ("967", "carcinome_a_grandes_cellules"),
        ("968", "carcinome_a_petites_cellules"), ("969", "carcinome_adenosquameux"), ("970", "carcinome_sarcomatoide"),
    ],
)  # fmt: skip
def test_lung_types(code: str, kind: str) -> None:
    assert found(report("poumon", type_of=(PLX, code)), "morphologie", "topographie") == [kind, "poumon"]


def test_lung_categories_size_and_operation() -> None:
    side = '<qualifier><name code="G-171" codeSystem="1.2.250.1.213.2.12"/><value code="G-A100" codeSystem="1.2.250.1.213.2.12"/></qualifier>'
    result = report(
        "poumon", ("373", (PLX, "985")), ("371", (PLX, "992")), ("375", "3.4 cm"), more=specimen("959", "956", side)
    )
    assert found(result, "pT", "pN") == ["T2a", "N2"]
    assert (float(said(tumour(result)["taille_p"])), tumour(result)["taille_p"]["unite"]) == (3.4, "cm")
    assert [r["concept"] for r in rows(result, "traitements")] == ["lobectomie_pulmonaire"]


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("867", "T0"),
        ("868", "Tis"),
        ("869", "Tis"),
        ("870", "T1"),
        ("871", "T2"),
        ("872", "T3"),
        ("873", "T4a"),
        ("874", "T4b"),
    ],
)
def test_colon_categories(code: str, category: str) -> None:
    result = report("colon", ("157", (PLX, code)), ("155", (PLX, "878")))
    assert found(result, "pT", "pN") == [category, "N1c"]


@pytest.mark.parametrize(("said_of", "truth"), [(True, True), (False, False), (2, True), (0, False)])
def test_tumour_deposits_are_a_truth_or_a_count(said_of: Any, truth: bool) -> None:
    assert found(report("colon", ("35", said_of)), "depots_tumoraux") == [truth]


def test_colon_place_nodes_and_margin() -> None:
    result = report("colon", ("150", (PLX, "856")), ("152", 3), ("153", 18), ("144", True))
    assert "sigmoide" in str(found(result, "topographie"))
    assert found(result, "ganglions_envahis", "ganglions_examines", "marge_mm") == [3, 18, "<= 1"]


# --- breast, melanoma, generic ---


def test_breast_parts_of_the_grade_and_deposits_in_nodes() -> None:
    result = report(
        "sein",
        ("418", (PLX, "751")),
        ("419", (PLX, "755")),
        ("420", (PLX, "753")),
        ("40", 1),
        ("42", 2),
        ("41", 3),
        ("413", True),
    )
    items = ("sbr_architecture", "sbr_mitoses", "sbr_noyaux", "nb_cellules_isolees", "nb_micrometastases", "marge_mm")
    assert found(result, *items) == [3, 1, 2, 1, 2, 0]
    assert "macrométastase" in " ".join(
        loss["reason"] for loss in result.losses if loss["code"] and loss["code"]["code"] == "41"
    )


def test_counts_of_the_sentinel_node_are_its_own() -> None:
    result = report("sein", ("423", (PLX, "708")), ("425", 1), ("426", 2))
    assert found(result, "gs_envahis", "gs_examines", "ganglions_envahis", "ganglions_examines") == [1, 2, None, None]


def test_melanoma_in_pathlex() -> None:
    result = report(
        "peau", ("16", "2.3 mm"), ("334", True), ("329", (PLX, "1177")), ("327", (PLX, "1188")), ("72", (PLX, "1163"))
    )
    assert found(result, "ulceration", "pT", "pN") == [True, "T3b", "N2c"]
    assert float(said(tumour(result)["breslow"])) == 2.3
    assert edition(result, "pN") == "7"
    assert "Clark" in reasons(result, "72")[0]


def test_the_generic_list_reads_grade_vessels_and_free_categories() -> None:
    result = report("", ("31", (PLX, "571")), ("62", True), ("65", (TNM, "pT3")), ("801", 1), type_of=(CIMO, "8140/3"))
    assert found(result, "grade_histologique", "embols", "pT") == ["3", True, "T3"]
    assert found(report("", ("210", (PLX, "623")), type_of=(CIMO, "8140/3")), "grade_histologique") == ["haut_grade"]


def test_a_response_in_three_classes_is_neither_mandard_nor_complete() -> None:
    result = report("sein", ("68", (PLX, "734")))
    assert found(result, "pcr", "regression_trg") == [None, None]
    assert "Mandard" in reasons(result, "68")[0]


def test_a_specimen_after_treatment_feeds_no_category_of_a_first_operation() -> None:
    result = report(
        "sein",
        ("430", (PLX, "717")),
        ("428", (PLX, "731")),
        ("435", "9 mm"),
        ("425", 1),
        ("426", 8),
        ("211", (PLX, "1599")),
    )
    assert found(result, "ypT", "ypN", "pT", "pN") == ["T1c", "N1a", None, None]
    assert found(
        result, "taille_yp", "ganglions_envahis_yp", "taille_p", "ganglions_envahis", "ganglions_examines"
    ) == [9, 1, None, None, None]
    assert any("suit un traitement" in loss["reason"] for loss in result.losses)


# --- the drafts of 2021 ---

COLON_T = {
    "MED-788": "T0",
    "MED-789": "Tis",
    "MED-790": "T1",
    "MED-791": "T2",
    "MED-792": "T3",
    "MED-793": "T4a",
    "MED-794": "T4b",
}
COLON_N = {"MED-796": "N0", "MED-797": "N1a", "MED-798": "N1b", "MED-799": "N1c", "MED-800": "N2a", "MED-801": "N2b"}
SKIN_T = {
    "MED-943": "T0", "MED-945": "T1", "MED-946": "T1a", "MED-947": "T1b", "MED-948": "T2", "MED-949": "T2a", "MED-950": "T2b",
    "MED-951": "T3", "MED-952": "T3a", "MED-953": "T3b", "MED-954": "T4", "MED-955": "T4a", "MED-956": "T4b",
}  # fmt: skip
SKIN_N = {"MED-958": "N0", "MED-959": "N1a", "MED-960": "N1b", "MED-961": "N2a", "MED-962": "N2b", "MED-963": "N1c"}
DRAFTS = {
    **COLON_T,
    **COLON_N,
    **SKIN_T,
    **SKIN_N,
    "MED-802": "M1a",
    "MED-804": "M1c",
    "MED-966": "M1b",
    "MED-968": "M1d",
}
QUESTIONS = {"T": "21899-0", "N": "21900-6", "M": "21901-4"}


@pytest.mark.parametrize("question", [True, False], ids=["with a LOINC code", "by the value alone"])
@pytest.mark.parametrize(("code", "category"), DRAFTS.items())
def test_categories_of_the_drafts_are_of_the_eighth_edition(code: str, category: str, question: bool) -> None:
    asked = (LOINC, QUESTIONS[category[0]]) if question else (TA, "MED-0")
    result = report("", (asked, (TA, code)), type_of=(NCIT, "C2852"))
    item = f"p{category[0]}"
    assert (found(result, item), edition(result, item)) == ([category], "8")


def test_what_a_draft_cannot_tell_is_open_or_told() -> None:
    unknown = report(
        "", ((LOINC, "21899-0"), (TA, "MED-787")), ((LOINC, "21900-6"), (TA, "MED-957")), type_of=(NCIT, "C2852")
    )
    assert found(unknown, "pT", "pN") == ["indetermine", "indetermine"]
    several = report("", ((LOINC, "21900-6"), (TA, "MED-964")), type_of=(PLX, "1157"))
    assert "pN" not in tumour(several)
    assert reasons(several, "MED-964")


def test_serosa_is_t4a_of_a_carcinoma_only() -> None:
    stromal = report("", ((LOINC, "21899-0"), (TA, "MED-793")), type_of=(NCIT, "C3868"))
    assert "pT" not in tumour(stromal)
    assert reasons(stromal, "MED-793")


def test_values_that_say_what_they_are_of() -> None:
    asked = [(TA, f"MED-{n}") for n in range(4)]
    answers = [(TA, "MED-826"), (TA, "MED-730"), (NCIT, "C14158"), (TA, "MED-734")]
    result = report("", *zip(asked, answers, strict=True), type_of=(NCIT, "C2852"))
    assert found(result, "r_status", "budding", "grade_histologique", "embols") == ["R0", "Bd2", "haut_grade", True]
    assert found(report("", ((TA, "MED-1"), (TA, "MED-829")), type_of=(NCIT, "C2852")), "r_status") == ["indetermine"]


def test_a_regression_after_ryan_is_not_that_of_mandard() -> None:
    result = report("", ((TA, "MED-1"), (TA, "MED-740")), type_of=(NCIT, "C2852"))
    assert found(result, "regression_trg") == [None]
    assert "Ryan" in reasons(result, "MED-740")[0]


def test_a_metastasis_alone_names_no_primary() -> None:
    with pytest.raises(Unreadable) as caught:
        report("", type_of=(NCIT, "C19151"))
    assert caught.value.problems[0].code == "cda-sans-tumeur"


# --- the tables themselves ---


def national(shared: Path) -> dict[Coded, str]:
    """Return the French label of each code of the pathology value sets."""
    lines = (shared / "data" / "terminologies" / "jdv_cancer_flat.csv").read_text(encoding="utf-8").splitlines()[1:]
    names = {PLX: "PathLex", TA: "TA_ASIP"}
    return {
        (names[row[4]], row[5]): row[6]
        for row in (line.split(";") for line in lines)
        if len(row) > 6 and row[4] in names
    }


def mapped(*usages: str) -> Iterator[tuple[str, Coded, str]]:
    tables = read_maps([(MAPS / "cr_acp.tsv").read_text(encoding="utf-8")]).tables
    for usage in usages:
        for coding, meanings in tables[usage].items():
            for meaning in meanings:
                yield usage, coding, meaning


def test_every_code_of_the_tables_is_a_national_one(shared: Path) -> None:
    known = national(shared)
    usages = (
        "cda-item",
        "cda-tnm",
        "cda-gleason",
        "cda-gleason-score",
        "cda-sbr-partie",
        "cda-grade",
        "cda-valeur",
        "cda-geste",
        "tnm",
    )
    unknown = [
        (usage, code) for usage, code, _ in mapped(*usages) if code[0] in ("PathLex", "TA_ASIP") and code not in known
    ]
    assert unknown == []


def test_categories_are_those_that_the_national_labels_begin_with(shared: Path) -> None:
    known = national(shared)
    said_of = {code: meaning for _, code, meaning in mapped("cda-tnm") if re.match(r"p[TN]", known.get(code, ""))}
    assert len(said_of) > 50
    for code, meaning in said_of.items():
        assert re.match(re.escape(meaning) + r"\b", known[code]), (code, meaning, known[code])


def test_every_table_gives_an_item_and_a_value_of_the_dictionary() -> None:
    maps = read_maps(path.read_text(encoding="utf-8") for path in sorted(MAPS.glob("*.tsv")))
    items = shipped().base.dictionary.items
    for _, coding, meaning in mapped("cda-item"):
        name, _, how = meaning.partition(":")
        for values in maps.tables.get(how, {}).values():
            for each in values:
                assert items[name].kind == "entier" or items[name].leaves().find(each) is not None, (coding, each)
    for _, coding, meaning in mapped("cda-valeur"):
        name, _, each = meaning.partition("=")
        assert not each or items[name].leaves().find(each) is not None, (coding, meaning)
    for _, coding, meaning in mapped("cda-geste"):
        assert shipped().base.ontology.concepts[meaning].branch == "traitement", coding
