"""FHIR bundles become sheets: what they say is there with its origin, the rest is named, and nothing else comes out."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.adapters.conversion import Converted, Unreadable
from api.adapters.fhir import read_bundle
from api.adapters.fhir_maps import MAPS, read_maps
from engine.dictionary import Dictionary
from engine.dictionary_reader import read_dictionary
from engine.facts import facts_of
from engine.logic import Key
from engine.ontology import Ontology
from engine.sheet import Sheet, read_sheet

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = Path(__file__).parent / "fixtures" / "fhir"
OURS = ("sein", "poumon", "deux_tumeurs")
ONTOLOGY = Ontology.read((FIXTURES / "ontology.json").read_text(encoding="utf-8"))


def dictionary() -> Dictionary:
    text = (ROOT / "knowledge" / "dictionary.yaml").read_text(encoding="utf-8")
    return read_dictionary("dictionary.yaml", text, ONTOLOGY)[0]


DICTIONARY = dictionary()


def bundle(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def converted(body: Mapping[str, Any]) -> Converted:
    return read_bundle(body, ONTOLOGY, DICTIONARY, "lot")


def sheet_of(body: Mapping[str, Any]) -> Sheet:
    return read_sheet(converted(body).sheet, DICTIONARY, ONTOLOGY)


def values(leaf: Any) -> Any:
    """Return what leaves say, without what goes with it."""
    if isinstance(leaf, list):
        return [values(one) for one in leaf]
    return leaf.get("valeur", leaf.get("raison")) if isinstance(leaf, Mapping) else leaf


def rows(result: Converted, records: str) -> list[dict[str, Any]]:
    lines = result.sheet.get(records, {}).get("lignes", [])
    return [{name: values(leaf) for name, leaf in row.items()} for row in lines]


def at(body: Any, pointer: str) -> Any:
    """Return what an RFC 6901 pointer points to."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        body = body[int(key)] if isinstance(body, list) else body[key]
    return body


def leaves(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("origine"), Mapping) and "pointeur" in value["origine"]:
            return [dict(value)]
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    return [leaf for inner in value for leaf in leaves(inner)] if isinstance(value, list) else []


def reasons(result: Converted, code: str) -> list[str]:
    return [loss["reason"] for loss in result.losses if loss["code"] and loss["code"]["code"] == code]


def lost_at(result: Converted, body: Any, identifier: str) -> list[str]:
    entries = [f"/entry/{n}/" for n, e in enumerate(body["entry"]) if e["resource"].get("id") == identifier]
    return [loss["reason"] for loss in result.losses if (loss["pointer"] + "/").startswith(entries[0])]


# --- our bundles ---


@pytest.fixture(scope="module")
def breast() -> Converted:
    return converted(bundle("sein"))


@pytest.fixture(scope="module")
def lung() -> Converted:
    return converted(bundle("poumon"))


def test_a_tumour_has_site_type_side_and_partial_date(breast: Converted) -> None:
    tumour = breast.sheet["tumeurs"][0]
    assert values(tumour["topographie"]) == ["sein", "sein"]
    assert values(tumour["morphologie"]) == "carcinome_lobulaire_infiltrant"
    assert values(tumour["lateralite"]) == "droite"
    assert values(tumour["date_diagnostic"]) == "2026-01"


def test_tnm_is_read_in_each_form_of_code_with_context_and_edition(breast: Converted) -> None:
    tumour = breast.sheet["tumeurs"][0]
    assert [(v["valeur"], v["edition"]) for v in tumour["cT"]] == [("T2", "8"), ("T2", "7")]
    assert values(tumour["cN"]) == "N1"
    assert values(tumour["pT"]) == "T1c"
    assert (values(tumour["ypT"]), values(tumour["pN"][0])) == ("T1", "N1mi")
    assert "edition" not in tumour["pN"][0]
    assert reasons(breast, "C188404") == ["classification dont l'édition n'est pas dite"]


def test_nx_is_a_reason_and_never_a_value(breast: Converted) -> None:
    assert breast.sheet["tumeurs"][0]["pN"][1]["raison"] == "indetermine"


def test_m0_said_pathological_is_clinical(breast: Converted) -> None:
    assert values(breast.sheet["tumeurs"][0]["cM"]) == "M0"
    assert "pM" not in breast.sheet["tumeurs"][0]


@pytest.mark.parametrize("identifier", ["discord", "autre", "stade-sans", "t-inconnu"])
def test_a_category_without_a_sure_place_is_a_loss(breast: Converted, identifier: str) -> None:
    assert lost_at(breast, bundle("sein"), identifier)


def test_the_stage_of_the_condition_stands_beside_that_of_the_observation(breast: Converted) -> None:
    stages = breast.sheet["tumeurs"][0]["stade_p"]
    assert values(stages) == ["IIIA", "IIA"]
    assert len({stage["origine"]["pointeur"] for stage in stages}) == 2
    assert "stade_c" not in breast.sheet["tumeurs"][0]


def test_markers_keep_bounds_reasons_and_doubt(breast: Converted) -> None:
    tumour = breast.sheet["tumeurs"][0]
    assert (values(tumour["re_pct"]), tumour["re_pct"]["unite"]) == (90, "%")
    assert values(tumour["rp_pct"]) == "< 1"
    assert values(tumour["ki67"]) == {"min": 15, "max": 20}
    assert (values(tumour["her2_ihc"]), values(tumour["statut_her2"])) == ("2+", "negatif")
    assert tumour["ish_resultat"]["certitude"] == "suspecte"
    assert tumour["ish_ratio"] == {"raison": "non_fait"} | {
        key: tumour["ish_ratio"][key] for key in ("date", "origine")
    }
    assert values(tumour["grade_sbr"]) == "2"
    assert (values(tumour["gs_statut"]), values(tumour["gleason_a"])) == ("negatif", 3)


def test_sizes_are_told_apart_by_their_source(breast: Converted) -> None:
    tumour = breast.sheet["tumeurs"][0]
    assert (values(tumour["taille_c"]), values(tumour["taille_p"])) == (2.4, 18)
    assert lost_at(breast, bundle("sein"), "taille-q")


def test_the_patient_is_read(breast: Converted) -> None:
    patient = breast.sheet["patient"]
    assert (values(patient["sexe"]), values(patient["date_naissance"])) == ("F", "1961-07")
    assert (values(patient["oms"]), values(patient["karnofsky"])) == ("1", "90")
    assert (values(patient["menopause"]), values(patient["tabac_statut"])) == (True, "sevre")
    assert patient["poids"]["unite"] == "[lb_av]"
    assert "unite" not in patient["tabac_pa"]


def test_laboratory_limits_go_with_the_value(breast: Converted) -> None:
    alat = breast.sheet["biologie"]["alat"]
    assert (alat["valeur"], alat["unite"], alat["lin"], alat["lsn"]) == (70, "U/L", 5, 40)


def test_a_wrong_unit_is_left_to_the_reader_of_sheets() -> None:
    assert [p.pointer for p in sheet_of(bundle("sein")).problems if p.code == "unite"] == ["/biologie/asat"]


def test_treatments_received_are_rows_and_projects_are_proposals(breast: Converted) -> None:
    assert rows(breast, "traitements") == [
        {
            "concept": "doxorubicine", "tumeur": "t1", "intention": "neoadjuvant",
            "debut": "2026-02-01", "fin": "2026-03-15", "en_cours": False,
        },
        {"concept": "abemaciclib"},
        {
            "concept": "tumorectomie", "tumeur": "t1", "debut": "2026-04-02", "fin": "2026-04-02",
            "en_cours": False, "site": "sein",
        },
        {"concept": "radiotherapie", "debut": "2026-05-04", "fin": "2026-06-12", "en_cours": False, "dose_gy": 5000},
    ]  # fmt: skip
    assert rows(breast, "allergies") == [{"concept": "paclitaxel", "date": "2019-05"}]
    assert rows(breast, "proposition_traitements") == [{"concept": "paclitaxel"}]
    for identifier in ("non", "annule"):
        assert lost_at(breast, bundle("sein"), identifier)
    assert rows(breast, "comedications") == [{"concept": "metformine", "debut": "2020", "en_cours": True}]


def test_comorbidities_present_and_absent_leave_the_list_open(breast: Converted) -> None:
    assert rows(breast, "comorbidites") == [{"concept": "hypertension_arterielle", "debut": "2012", "actif": True}]
    assert values(breast.sheet["comorbidites"]["absents"]) == ["insuffisance_cardiaque"]
    assert "complet" not in breast.sheet["comorbidites"]
    assert reasons(breast, "X99.9") == ["affection que l'ontologie ne connaît pas"]
    assert any("pas dans le lot" in loss["reason"] for loss in breast.losses)


def test_family_history_keeps_site_degree_and_age(breast: Converted) -> None:
    assert rows(breast, "antecedents_familiaux") == [{"topographie": "sein", "lien": "premier_degre", "age": 44}]


def test_what_was_entered_in_error_says_nothing(breast: Converted) -> None:
    assert lost_at(breast, bundle("sein"), "faux")
    assert 99 not in [leaf.get("valeur") for leaf in leaves(breast.sheet)]


def test_an_american_code_is_read_at_its_international_characters(lung: Converted) -> None:
    site = lung.sheet["tumeurs"][0]["topographie"]
    assert values(site) == "poumon"
    assert site["origine"]["code"] == {"systeme": "ICD-10-CM", "code": "C34.11"}
    assert site["certitude"] == "suspecte"


def test_a_refuted_cancer_is_no_tumour(lung: Converted) -> None:
    assert len(lung.sheet["tumeurs"]) == 1
    assert reasons(lung, "C18.9")[0] == "tumeur écartée par le document"


def test_a_metastasis_names_its_tumour_and_lends_its_place_to_a_marker(lung: Converted) -> None:
    assert rows(lung, "metastases") == [{"site": "os", "tumeur": "t1", "date": "2026-02-14"}]
    tumour = lung.sheet["tumeurs"][0]
    assert (tumour["pdl1_tps"]["prelevement"], values(tumour["pdl1_clone"])) == ("metastase", "22C3")


def test_the_ninth_edition_and_ajcc_spellings_are_kept(lung: Converted) -> None:
    tumour = lung.sheet["tumeurs"][0]
    assert (values(tumour["cM"]), tumour["cM"]["edition"]) == ("M1c", "9")
    assert values(tumour["stade_c"]) == "IVB"


def test_variants_carry_gene_change_origin_and_class(lung: Converted) -> None:
    found = {row["gene"]: row for row in rows(lung, "variants")}
    assert found["KRAS"]["alteration"] == "kras_g12c"
    assert (found["KRAS"]["origine"], found["KRAS"]["statut"], found["KRAS"]["vaf"]) == ("somatique", "presente", 23.5)
    assert (found["PALB2"]["origine"], found["PALB2"]["classe"]) == ("constitutionnelle", "pathogene")
    assert "tumeur" not in found["PALB2"]
    assert found["TP53"]["statut"] == "non_interpretable"


def test_genes_said_free_of_variants_are_complete_but_the_germline_stays_open(lung: Converted) -> None:
    assert values(lung.sheet["variants"]["complet"]) == ["EGFR", "ALK"]
    assert any("constitutionnel" in reason for reason in reasons(lung, "LA9634-2"))


def test_a_gene_only_studied_is_not_said_negative(lung: Converted) -> None:
    assert "BRAF" not in values(lung.sheet["variants"]["complet"])
    assert len(reasons(lung, "HGNC:1097")) == 1


def test_a_drug_stopped_keeps_its_reason(lung: Converted) -> None:
    assert rows(lung, "traitements")[0] == {
        "concept": "pembrolizumab", "intention": "palliatif", "motif_arret": "toxicite",
        "debut": "2026-03-01", "fin": "2026-05-20", "en_cours": False,
    }  # fmt: skip


def test_with_two_tumours_each_gets_its_own_and_the_unnamed_is_a_loss() -> None:
    result = converted(bundle("deux_tumeurs"))
    sein, colon = result.sheet["tumeurs"]
    assert (values(sein["re_pct"]), values(colon["msi_pcr"])) == (80, "MSI-H")
    assert "ki67" not in sein
    assert "ki67" not in colon
    assert "plusieurs tumeurs" in reasons(result, "85330-9")[0]
    assert values(result.sheet["biologie"]["hb"]) == 11.2
    assert "sexe" not in result.sheet["patient"]


def variant_of(body: Mapping[str, Any], gene: str) -> dict[str, Any]:
    """Return the variant of a gene, by its HGNC identifier."""
    found = (e["resource"] for e in body["entry"] if "69548-6" in json.dumps(e["resource"].get("code")))
    return next(resource for resource in found if f'"{gene}"' in json.dumps(resource))


def test_a_bound_on_an_allele_fraction_stays_a_bound() -> None:
    body = bundle("poumon")
    quantity = next(c for c in variant_of(body, "HGNC:6407")["component"] if "valueQuantity" in c)["valueQuantity"]
    quantity["comparator"] = "<"
    found = {row["gene"]: row for row in rows(converted(body), "variants")}
    assert found["KRAS"]["vaf"] == "< 23.5"


@pytest.mark.parametrize("code", ["48005-3", "48019-4", "81252-9"])
def test_one_variant_that_is_absent_leaves_the_rest_of_its_gene_open(code: str) -> None:
    """By its protein change, its kind, or in words that are not known here; a transcript is no variant."""
    body = bundle("poumon")
    finer = {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueCodeableConcept": {"text": "x"}}
    variant_of(body, "HGNC:3236").setdefault("component", []).append(finer)
    result = converted(body)
    row = next(row for row in result.sheet["variants"]["lignes"] if values(row["gene"]) == "EGFR")
    assert row["alteration"]["raison"] == "indetermine"
    assert "complet" not in result.sheet["variants"]
    assert any("variant précis" in loss["reason"] for loss in result.losses)
    finer["code"]["coding"][0]["code"] = "51958-7"  # type: ignore[index]  # JSON
    assert values(converted(body).sheet["variants"]["complet"]) == ["EGFR", "ALK"]


def test_what_is_absent_by_a_finer_code_is_not_all_of_its_family(shipped: tuple[Ontology, Dictionary]) -> None:
    """N18.5, or its American neighbour, denied: other stages stay possible; N18 denied is all of it."""
    for code, known in (("N18.5", []), ("N18.30", []), ("N18", ["insuffisance_renale_chronique"])):
        body = bundle("sein")
        text = json.dumps(body)
        absent = next(
            part["valueCodeableConcept"]
            for entry in body["entry"]
            for part in entry["resource"].get("extension", ())
            if part["url"].endswith("mcode-related-condition-absent")
        )
        absent["coding"] = [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}]
        assert json.dumps(body) != text
        held = read_bundle(body, *shipped, "lot").sheet["comorbidites"]
        assert values(held.get("absents", [])) == known


def test_a_variant_looked_for_in_blood_says_nothing_of_the_tumour() -> None:
    """Circulating DNA: what is not found there may be in the tissue."""
    body = bundle("poumon")
    blood = {
        "resourceType": "Specimen",
        "id": "plasma",
        "subject": variant_of(body, "HGNC:3236")["subject"],
        "type": {"coding": [{"system": "http://snomed.info/sct", "code": "119361006"}]},
    }
    body["entry"].append({"fullUrl": "urn:uuid:plasma", "resource": blood})
    variant_of(body, "HGNC:3236")["specimen"] = {"reference": "urn:uuid:plasma"}
    result = converted(body)
    row = next(row for row in result.sheet["variants"]["lignes"] if values(row["gene"]) == "EGFR")
    assert row["prelevement"]["valeur"] == "adntc"
    assert "complet" not in result.sheet["variants"]
    assert any("dans le sang" in loss["reason"] for loss in result.losses)


def test_a_preliminary_variant_is_suspected_and_a_preliminary_absence_closes_nothing() -> None:
    body = bundle("poumon")
    variant_of(body, "HGNC:6407")["status"] = variant_of(body, "HGNC:3236")["status"] = "preliminary"
    result = converted(body)
    doubts = {values(row["gene"]): row.get("certitude") for row in result.sheet["variants"]["lignes"]}
    assert (doubts["KRAS"], doubts["PALB2"]) == ("suspecte", None)
    assert "complet" not in result.sheet["variants"]


def test_a_resource_with_a_modifier_extension_that_is_not_known_is_not_read() -> None:
    body = bundle("sein")
    modifier = [{"url": "http://example.org/not-really", "valueBoolean": True}]
    numbers = [n for n, e in enumerate(body["entry"]) if e["resource"]["resourceType"] != "Patient"]
    for number in numbers[1:]:
        body["entry"][number]["resource"]["modifierExtension"] = modifier
    result = converted(body)
    assert set(result.sheet) == {"schema", "patient", "tumeurs"}
    refused = [loss["pointer"] for loss in result.losses if "change le sens" in loss["reason"]]
    assert len(refused) > 10


def test_a_count_has_no_unit() -> None:
    body = bundle("sein")
    count = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "21894-1"}]},
        "valueQuantity": {"value": 12, "system": "http://unitsofmeasure.org", "code": "1"},
    }
    body["entry"].append({"resource": count})
    assert "unite" not in converted(body).sheet["tumeurs"][0]["ganglions_examines"]


# --- the shipped knowledge ---


@pytest.fixture(scope="module")
def shipped() -> tuple[Ontology, Dictionary]:
    ontology = Ontology.read((ROOT / "ontologies" / "index.json").read_text(encoding="utf-8"))
    text = (ROOT / "knowledge" / "dictionary.yaml").read_text(encoding="utf-8")
    return ontology, read_dictionary("dictionary.yaml", text, ontology)[0]


@pytest.mark.parametrize("name", OURS)
def test_the_shipped_ontology_takes_the_codes_of_our_bundles(name: str, shipped: tuple[Ontology, Dictionary]) -> None:
    ontology, words = shipped
    result = read_bundle(bundle(name), ontology, words, "lot")
    allowed = {"unite"} if name == "sein" else set()
    assert {problem.code for problem in read_sheet(result.sheet, words, ontology).problems} <= allowed
    unknown = {
        loss["code"]["code"] for loss in result.losses if loss["code"] and "ontologie ne connaît pas" in loss["reason"]
    }
    assert unknown <= {"X99.9", "999999999"}


def test_every_code_that_stands_for_another_stands_for_one_the_ontology_knows(
    shipped: tuple[Ontology, Dictionary],
) -> None:
    ontology, _ = shipped
    maps = read_maps(p.read_text(encoding="utf-8") for p in MAPS.glob("*.tsv"))
    for (_, code), meanings in maps.tables["pivot"].items():
        assert all(ontology.resolve(*meaning.split(" ")) for meaning in meanings), code


# --- laws ---


@pytest.mark.parametrize("name", OURS)
def test_every_leaf_has_its_origin_in_the_bundle(name: str) -> None:
    body = bundle(name)
    for leaf in leaves(converted(body).sheet):
        assert leaf["origine"]["document"] == "lot"
        at(body, leaf["origine"]["pointeur"])


@pytest.mark.parametrize("name", OURS)
def test_every_concept_is_a_leaf_or_a_loss_or_says_how_to_read_another(name: str) -> None:
    body = bundle(name)
    result = converted(body)
    read = [leaf["origine"]["pointeur"] for leaf in leaves(result.sheet)]
    lost = [loss["pointer"] for loss in result.losses]
    for pointer in concepts(body):
        entry, key = "/".join(pointer.split("/")[:4]), re.sub(r"/\d+$", "", pointer).rsplit("/", 1)[-1]
        if body["entry"][int(pointer.split("/")[2])]["resource"]["resourceType"] == "Practitioner":
            continue
        reads_another = key in READS_ANOTHER and any(p.startswith(f"{entry}/") for p in (*read, *lost))
        named = any(p == entry or f"{p}/".startswith(f"{pointer}/") for p in (*read, *lost))
        assert named or reads_another, pointer


READS_ANOTHER = ("code", "method", "type", "verificationStatus", "category", "relationship", "interpretation")


def concepts(value: Any, pointer: str = "") -> list[str]:
    """Return where CodeableConcepts stand."""
    if isinstance(value, Mapping):
        own = [pointer] if isinstance(value.get("coding"), list) else []
        return own + [place for key, inner in value.items() for place in concepts(inner, f"{pointer}/{key}")]
    if isinstance(value, list):
        return [place for number, inner in enumerate(value) for place in concepts(inner, f"{pointer}/{number}")]
    return []


@pytest.mark.parametrize("name", OURS)
def test_no_identity_comes_out(name: str) -> None:
    result = converted(bundle(name))
    out = json.dumps([result.sheet, list(result.losses)], ensure_ascii=False)
    for secret in ("FICTIVE", "CAMILLE", "STRASBOURG", "COLMAR", "67000", "0300000000", "SECRET", "Exemple"):
        assert secret not in out


@pytest.mark.parametrize("name", OURS)
def test_the_sheet_reads_without_problems_but_those_of_the_document(name: str) -> None:
    allowed = {"unite"} if name == "sein" else set()
    assert {problem.code for problem in sheet_of(bundle(name)).problems} <= allowed


@pytest.mark.parametrize("name", OURS)
def test_the_order_of_resources_never_matters(name: str) -> None:
    body = bundle(name)
    turned = {**body, "entry": [body["entry"][0], *reversed(body["entry"][1:])]}
    said = sorted(
        str((k, values(v)))
        for t in converted(body).sheet["tumeurs"][:1]
        for k, v in t.items()
        if not isinstance(v, list)
    )
    if name == "deux_tumeurs":
        return
    again = sorted(
        str((k, values(v))) for t in converted(turned).sheet["tumeurs"] for k, v in t.items() if not isinstance(v, list)
    )
    assert said == again


def test_snomed_ct_can_be_left_out() -> None:
    maps = read_maps(p.read_text(encoding="utf-8") for p in sorted(MAPS.glob("*.tsv")) if "snomed" not in p.name)
    result = read_bundle(bundle("sein"), ONTOLOGY, DICTIONARY, "lot", maps)
    assert values(result.sheet["tumeurs"][0]["re_pct"]) == 90
    assert reasons(result, "1228929004")


def test_every_map_points_to_an_item_and_value_of_the_dictionary() -> None:
    maps = read_maps(p.read_text(encoding="utf-8") for p in MAPS.glob("*.tsv"))
    for coding, meanings in maps.tables["item"].items():
        for meaning in meanings:
            name, _, how = meaning.partition(":")
            item = DICTIONARY.items[name]
            for said in [(how[1:],)] if how.startswith("=") else maps.tables.get(how, {}).values():
                for value in said:
                    assert item.kind in ("quantite", "entier") or item.leaves().find(value) is not None, (coding, value)


# --- what can't be read at all ---


def entries(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def nested(depth: int) -> dict[str, Any]:
    body: Any = "x"
    for _ in range(depth):
        body = {"extension": body}
    return entries({"resourceType": "Observation", "extension": body})


CANCER = {
    "resourceType": "Condition",
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "C50.9"}]},
}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"resourceType": "Patient"}, "fhir-pas-un-lot"),
        ({"resourceType": "Bundle"}, "fhir-lot-vide"),
        (entries({"resourceType": "Patient", "id": "a"}, {"resourceType": "Patient", "id": "b"}), "fhir-deux-patients"),
        (entries({**CANCER, "subject": {"reference": "Patient/a"}}, {"resourceType": "Observation", "subject": {"reference": "Patient/b"}}), "fhir-deux-patients"),
        (entries({"resourceType": "Patient", "id": "a"}), "fhir-sans-tumeur"),
        (nested(100), "fhir-trop-profond"),
        (entries(*[CANCER] * 5001), "fhir-trop-grand"),
    ],
)  # fmt: skip
def test_a_document_that_says_nothing_of_one_patient_is_refused(body: dict[str, Any], code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        converted(body)
    assert code in {problem.code for problem in refused.value.problems}


def test_a_bundle_without_patient_resource_is_read() -> None:
    assert values(converted(entries(CANCER)).sheet["tumeurs"][0]["topographie"]) == "sein"


def test_a_resource_that_stands_twice_is_read_once() -> None:
    twice = {**CANCER, "id": "c"}
    result = converted(entries(twice, twice))
    assert len(result.sheet["tumeurs"]) == 1
    assert [loss["pointer"] for loss in result.losses if "répétée" in loss["reason"]] == ["/entry/1/resource"]


def test_a_cancer_said_recurrent_is_in_relapse() -> None:
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    status = {"coding": [{"system": system, "code": "recurrence"}]}
    body = entries({**CANCER, "clinicalStatus": status, "recordedDate": "2026-05"})
    phase = converted(body).sheet["tumeurs"][0]["phase"]
    assert (phase["valeur"], phase["date"]) == ("rechute", "2026-05")


# --- robustness ---

JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([]), st.just({}),
    st.just([None, {}, [[]], "x"]), st.just({"coding": [{"system": "http://loinc.org", "code": "LA6576-8"}]}),
    st.just({"value": 10**4000, "code": "%"}), st.just({"reference": "Condition/sein"}),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        found += [place for key, inner in value.items() for place in places(inner, (*path, key))]
    elif isinstance(value, list):
        found += [place for number, inner in enumerate(value) for place in places(inner, (*path, number))]
    return found


PLACES = {name: places(bundle(name))[1:] for name in OURS}


@given(st.sampled_from(OURS), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_broken_bundle_is_read_or_refused_but_never_fails(name: str, data: st.DataObject) -> None:
    body = bundle(name)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.sampled_from(PLACES[name]))
        inner: Any = body
        for step in place[:-1]:
            inner = (
                inner[step]
                if (isinstance(inner, dict) and step in inner)
                or (isinstance(inner, list) and isinstance(step, int) and step < len(inner))
                else None
            )
            if not isinstance(inner, dict | list):
                break
        if isinstance(inner, dict) or (
            isinstance(inner, list) and isinstance(place[-1], int) and place[-1] < len(inner)
        ):
            inner[place[-1]] = copy.deepcopy(data.draw(JUNK))
    try:
        result = converted(body)
    except Unreadable:
        return
    read_sheet(result.sheet, DICTIONARY, ONTOLOGY)


# --- the published examples ---


@pytest.fixture(scope="module")
def jenny(shared: Path) -> Converted:
    path = shared / "data" / "fiches" / "mcode" / "Bundle-mcode-patient-bundle-jenny-m.json"
    return converted(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def adam(shared: Path) -> Converted:
    path = shared / "data" / "fiches" / "mcode" / "Bundle-gx-genomic-bundle-adam-anyperson.json"
    return converted(json.loads(path.read_text(encoding="utf-8")))


def test_jenny_has_a_ductal_carcinoma_of_the_left_breast(jenny: Converted) -> None:
    (tumour,) = jenny.sheet["tumeurs"]
    said = [values(tumour[item]) for item in ("topographie", "morphologie", "lateralite", "date_diagnostic")]
    assert said == ["sein", "carcinome_canalaire_infiltrant", "gauche", "2018-03-16"]


def test_jenny_has_two_stages_that_contradict_each_other(jenny: Converted) -> None:
    stages = jenny.sheet["tumeurs"][0]["stade_c"]
    assert [(stage["valeur"], stage["edition"]) for stage in stages] == [("IIIC", "8"), ("IIB", "8")]
    assert stages[0]["origine"]["pointeur"].startswith("/entry/1/")
    assert stages[1]["origine"]["pointeur"].startswith("/entry/12/")


def test_the_engine_reports_the_contradiction_of_jenny(jenny: Converted) -> None:
    read = read_sheet(jenny.sheet, DICTIONARY, ONTOLOGY)
    facts = facts_of(read, read.tumours[0], date(2018, 5, 1), (), DICTIONARY, ONTOLOGY)
    datum = facts.data[Key("stade_c")]
    assert datum.contradictory
    assert {statement.text for group, _ in datum.groups for statement in group} == {"IIIC", "IIB"}
    assert not any(d.contradictory for key, d in facts.data.items() if key.item != "stade_c")


def test_jenny_has_her_tnm_markers_and_nodes(jenny: Converted) -> None:
    (tumour,) = jenny.sheet["tumeurs"]
    said = {item: values(leaf) for item, leaf in tumour.items()}
    assert (said["cT"], said["cN"], said["cM"]) == ("T3", "N0", "M0")
    assert (said["re_statut"], said["rp_statut"], said["statut_her2"]) == ("positif", "negatif", "negatif")
    assert (said["oncotype_rs"], said["ganglions_examines"], said["progression"]) == (47, 3, False)
    assert (tumour["taille_p"]["valeur"], tumour["taille_p"]["unite"]) == (2.5, "cm")


def test_jenny_has_her_treatments_in_order(jenny: Converted) -> None:
    found = [
        (row["concept"], row.get("debut"), row.get("intention"), row.get("tumeur"))
        for row in rows(jenny, "traitements")
    ]
    assert found == [
        ("cyclophosphamide", "2018-04-01", "curatif", "t1"),
        ("doxorubicine", "2018-04-01", "curatif", "t1"),
        ("paclitaxel", "2018-04-12", "curatif", "t1"),
        ("anastrozole", "2018-09-30", "curatif", "t1"),
        ("tumorectomie", "2018-04-01", "curatif", "t1"),
        ("radiotherapie", "2018-08-15", "curatif", None),
    ]
    assert rows(jenny, "examens") == [{"concept": "mammographie", "statut": "fait", "date": "2018-02-01"}]


def test_jenny_has_no_obesity_and_no_lung_disease_and_the_list_stays_open(jenny: Converted) -> None:
    held = jenny.sheet["comorbidites"]
    assert values(held["absents"]) == ["obesite", "affection_pulmonaire"]
    assert (held["lignes"], "complet" in held) == ([], False)
    assert sum("pas dans le lot" in loss["reason"] for loss in jenny.losses) == 3


def test_jenny_has_a_somatic_palb2_variant_and_nothing_said_of_the_germline(jenny: Converted) -> None:
    (row,) = rows(jenny, "variants")
    assert (row["gene"], row["origine"], row["statut"]) == ("PALB2", "somatique", "presente")
    assert "complet" not in jenny.sheet["variants"]
    assert "gbrca" not in jenny.sheet["patient"]


def test_the_impossible_neutrophils_of_jenny_are_set_aside_by_the_reader(jenny: Converted) -> None:
    read = read_sheet(jenny.sheet, DICTIONARY, ONTOLOGY)
    assert {(p.pointer, p.code) for p in read.problems if p.pointer == "/biologie/pnn"} == {
        ("/biologie/pnn", "hors-plage")
    }
    assert "pnn" not in {statement.item for statement in read.patient}
    assert {p.pointer.split("/")[2] for p in read.problems} == {"pnn"}


def test_jenny_keeps_habits_and_family(jenny: Converted) -> None:
    patient = jenny.sheet["patient"]
    assert [values(patient[item]) for item in ("oms", "tabac_pa", "tabac_statut", "sexe")] == ["0", 20, "actif", "F"]
    assert (patient["poids"]["valeur"], patient["poids"]["unite"]) == (155, "[lb_av]")
    assert [row["topographie"] for row in rows(jenny, "antecedents_familiaux")] == ["ovaire", "pancreas"]
    out = json.dumps([jenny.sheet, list(jenny.losses)])
    assert not any(secret in out for secret in ("Jenny", "Anytown", "MRN1234", "Owen", "2106-3"))


def test_the_tumour_of_adam_is_that_of_the_request(adam: Converted) -> None:
    (tumour,) = adam.sheet["tumeurs"]
    assert (values(tumour["topographie"]), values(tumour["morphologie"])) == ("poumon", "adenocarcinome")
    assert tumour["topographie"]["origine"]["code"]["systeme"] == "ICD-10-CM"
    assert values(tumour["tmb"]) == 57.1


def test_the_shipped_ontology_leaves_little_of_the_published_examples(
    shared: Path, shipped: tuple[Ontology, Dictionary]
) -> None:
    ontology, words = shipped
    for path in sorted((shared / "data" / "fiches" / "mcode").glob("Bundle-*.json")):
        result = read_bundle(json.loads(path.read_text(encoding="utf-8")), ontology, words, "lot")
        problems = read_sheet(result.sheet, words, ontology).problems
        assert {p.pointer.split("/")[2] for p in problems} <= {"pnn"}
        assert not [loss for loss in result.losses if "ontologie ne connaît pas" in loss["reason"]]


def test_adam_has_his_variants_and_his_pertinent_negatives(adam: Converted) -> None:
    present = [row["gene"] for row in rows(adam, "variants") if row["statut"] == "presente"]
    assert present == ["BAP1", "CDKN2A", "CDKN2B", "MTAP", "MYCN", "MET", "ALK"]
    assert values(adam.sheet["variants"]["complet"]) == ["KIT", "NRAS", "BRAF"]
    assert reasons(adam, "5442") == ["gène que l'ontologie ne connaît pas"]
    assert reasons(adam, "HGNC:11115") == ["gène que l'ontologie ne connaît pas"]
    assert read_sheet(adam.sheet, DICTIONARY, ONTOLOGY).problems == ()
