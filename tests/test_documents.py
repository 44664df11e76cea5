"""Several documents of one patient: one sheet that says what each says, and no patient taken for another."""

from __future__ import annotations

import io
import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from api.app import create_app
from api.decide import Services
from api.documents import FHIR, NATIVE, Document
from api.library import texts
from api.store import Store
from engine.compact import compact
from engine.problems import Refused
from engine.sheet import TUMOURS
from tests.small import DAY, rules, service, shipped

BREAST = {"id": "t1", "topographie": "quadrant_supero_externe_du_sein", "lateralite": "gauche"}
FICHES = sorted(Path("knowledge/cases").rglob("*.json"))


def document(body: dict[str, Any], ipp: str = "1") -> Document:
    patient = {"ipp": ipp} if ipp else {}
    return Document({"schema": "fiche-rcp/1", **body, "patient": {**patient, **body.get("patient", {})}}, NATIVE)


def answer(*documents: Document, **query: Any) -> dict[str, Any]:
    return shipped().evaluate(documents, today=DAY, **query)


def converted(*documents: Document, **query: Any) -> dict[str, Any]:
    return shipped().convert(documents, **query)


def codes(said: dict[str, Any]) -> list[str]:
    problems = said["sheet"]["problems"] if "decision_id" in said else said["problems"]
    return [problem["code"] for problem in problems]


def refused(*documents: Document, **query: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        converted(*documents, **query)
    return [f"{p.code} {p.pointer} {p.message}" for p in caught.value.problems]


# --- one patient ---


def test_documents_of_two_patients_are_refused_and_no_identifier_is_told() -> None:
    """The documents are named; what they say of who the patient is never is."""
    one, other = document({TUMOURS: [BREAST]}, "8100012345"), document({TUMOURS: [BREAST]}, "8100099999")
    (told,) = refused(one, other)
    assert told.startswith("patients-differents")
    assert "document-1" in told
    assert "document-2" in told
    assert "81000" not in told


def test_documents_that_share_no_identifier_are_refused() -> None:
    """Nothing says that they are one patient's: not the same as being another's, and said so."""
    (told,) = refused(document({TUMOURS: [BREAST]}), document({TUMOURS: [BREAST]}, ""))
    assert told.startswith("patient-non-etabli")
    assert "document-2" in told


@pytest.mark.parametrize("filler", ["inconnu", "-", "0", "0000000", "999999999999999"])
def test_what_stands_where_an_identifier_is_missing_is_none(filler: str) -> None:
    """Two patients without a number are not one patient."""
    one, other = document({TUMOURS: [BREAST]}, filler), document({TUMOURS: [BREAST]}, filler)
    assert refused(one, other)[0].startswith("patient-non-etabli")


def test_a_person_may_state_that_the_patient_is_the_same_and_the_answer_says_so() -> None:
    one, other = document({TUMOURS: [BREAST]}, "8100012345"), document({TUMOURS: [BREAST]}, "8100099999")
    stated = answer(one, other, same_patient=True)
    assert stated["sheet"]["same_patient"] == "stated"
    assert codes(stated) == ["meme-patient-declare"]
    assert "81000" not in json.dumps(stated)
    assert answer(one, one)["sheet"]["same_patient"] == "identifiers"
    assert answer(one)["sheet"]["same_patient"] is None


def test_a_chain_of_shared_identifiers_is_enough() -> None:
    """The national number joins one to the second, the hospital's the second to the third."""

    def one(**patient: str) -> Document:
        return document({TUMOURS: [BREAST], "patient": patient}, "")

    national, both, local = one(ins_matricule="2 79"), one(ins_matricule="279", ipp="1"), one(ipp="1")
    assert converted(national, both, local)["same_patient"] == "identifiers"
    assert refused(national, local)[0].startswith("patient-non-etabli")


def test_two_centres_number_their_patients_each_for_itself() -> None:
    """One number in two centres joins nobody, two numbers in two centres tell nobody apart."""

    def of(centre: str, ipp: str, **patient: str) -> Document:
        return document({TUMOURS: [BREAST], "rcp": {"centre": centre}, "patient": {"ipp": ipp, **patient}})

    assert refused(of("670000001", "12"), of("540000001", "12"))[0].startswith("patient-non-etabli")
    assert refused(of("670000001", "12"), of("670000001", "13"))[0].startswith("patients-differents")
    assert converted(of("670000001", "12"), document({TUMOURS: [BREAST]}, "12"))["same_patient"] == "identifiers"
    national = {"ins_matricule": "279035121518989"}
    both = (of("670000001", "12", **national), of("540000001", "13", **national))
    assert converted(*both)["same_patient"] == "identifiers"


# --- what each says ---


def test_what_two_documents_say_otherwise_is_a_contradiction_that_names_both() -> None:
    said = answer(document({TUMOURS: [{**BREAST, "grade_sbr": 2}]}), document({TUMOURS: [{**BREAST, "grade_sbr": 3}]}))
    (found,) = said["tumours"][0]["contradictions"]
    assert found["item"] == "grade_sbr"
    assert [side["origins"][0]["document"] for side in found["sources"]] == ["document-1", "document-2"]


def test_a_value_says_in_which_document_it_stood_and_where() -> None:
    said = answer(document({TUMOURS: [BREAST]}), document({TUMOURS: [{**BREAST, "re_pct": 90}]}))
    (datum,) = [each for each in said["tumours"][0]["data"] if each["item"] == "re_pct"]
    assert (datum["origin"]["document"], datum["origin"]["pointer"]) == ("document-2", "/tumeurs/0/re_pct")


@pytest.mark.parametrize("path", FICHES, ids=lambda path: path.stem)
def test_a_fiche_told_by_two_documents_in_any_order_is_answered_as_by_one(path: Path) -> None:
    """Each item to one of them in turn: the same outcome of every question, rule and trial."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    parts = [document(part) for part in split(whole)]
    expected = compact(answer(document(whole)))
    for order in permutations(parts):
        assert compact(answer(*order)) == expected


def split(whole: dict[str, Any]) -> list[dict[str, Any]]:
    """Deal the items of a sheet to two; a list of rows stays whole, and so does what an evaluation needs one of."""
    parts: list[dict[str, Any]] = [{}, {}]
    turn = 0
    for key, value in whole.items():
        if key == TUMOURS:
            for part in parts:
                part[TUMOURS] = [{n: v for n, v in t.items() if n in SITE} for t in value]
            for number, tumour in enumerate(value):
                for name in sorted(set(tumour) - set(SITE)):
                    turn = 1 - turn
                    parts[turn][TUMOURS][number][name] = tumour[name]
        elif key == "patient":
            for name in sorted(value):
                turn = 1 - turn
                parts[turn].setdefault(key, {})[name] = value[name]
        else:
            parts[turn if key != "rcp" else 0][key] = value
    return parts


SITE = ("id", "libelle", "topographie", "morphologie", "lateralite")


def test_the_undated_values_of_an_older_board_are_of_its_day() -> None:
    """Two boards: the later one's day is that of the answer, and an older performance status is older."""
    said = converted(
        document({"rcp": {"date_rcp": "2026-10-01"}, TUMOURS: [BREAST], "patient": {"oms": 0}}),
        document({"rcp": {"date_rcp": "2026-11-01"}, TUMOURS: [BREAST], "patient": {"oms": 2}}),
    )
    assert said["sheet"]["rcp"]["date_rcp"] == "2026-11-01"
    assert [leaf.get("date") for leaf in said["sheet"]["patient"]["oms"]] == ["2026-10-01", None]


def test_a_place_said_twice_is_none() -> None:
    """Neither region is taken for the other's; the call may say it."""
    said = answer(
        document({"rcp": {"region": "FR-GES"}, TUMOURS: [BREAST]}),
        document({"rcp": {"region": "FR-BFC"}, TUMOURS: [BREAST]}),
    )
    assert said["place"]["region"] is None
    assert codes(said) == ["texte-different"]


@pytest.mark.parametrize("said", [{"region": "Grand Est, Mme X"}, {"centre": "x" * 41}])
def test_no_free_text_passes_for_a_place(said: dict[str, str]) -> None:
    """A place is kept with the decision."""
    (told,) = refused(document({"rcp": said, TUMOURS: [BREAST]}))
    assert told.startswith("lieu-illisible")
    assert "Mme" not in told


def test_problems_of_all_documents_come_at_once_each_with_its_number() -> None:
    wrong = document({TUMOURS: [{**BREAST, "re_pct": "beaucoup"}]})
    told = refused(wrong, document({TUMOURS: [BREAST]}), wrong)
    assert [each.split()[1] for each in told] == ["/0/tumeurs/0/re_pct", "/2/tumeurs/0/re_pct"]


def test_a_document_without_a_tumour_adds_to_one_that_has_one() -> None:
    """A summary of comorbidities, say."""
    said = converted(document({TUMOURS: [BREAST]}), document({"patient": {"oms": 1}}))
    assert said["sheet"]["patient"]["oms"][0]["valeur"] == 1
    assert refused(document({"patient": {"oms": 1}}), document({"patient": {"oms": 1}}))[0].startswith("sans-tumeur")


def test_a_variant_that_one_document_has_and_another_has_not_is_a_contradiction() -> None:
    """Its origin, somatic, is a column: the row keeps its document."""
    row = {"gene": "EGFR", "alteration": "egfr_l858r", "origine": "somatique"}
    one, other = (
        document({TUMOURS: [LUNG], "variants": {"lignes": [row | {"statut": status}]}})
        for status in ("presente", "absente")
    )
    (tumour,) = answer(one, other)["tumours"]
    assert any("document-1" in json.dumps(said) for said in tumour["contradictions"])
    assert "egfr_classique" not in [entry["item"] for entry in tumour["data"]]


# --- what one document says of all of a list ---

DATED = {"rcp": {"date_rcp": "2025-01-10"}}
LATER = {"rcp": {"date_rcp": "2026-11-01"}}


def test_what_a_document_closes_of_its_tumour_is_not_closed_of_another_s() -> None:
    """The breast has no metastasis and no EGFR: nothing is said of the lung, whose own list stays open."""
    closed = {"metastases": {"complet": True}, "variants": {"absents": ["EGFR"], "lignes": [{"gene": "KRAS"}]}}
    breast, lung = document({TUMOURS: [BREAST], **closed}), document({TUMOURS: [LUNG]})
    for order in permutations((breast, lung)):
        said = converted(*order)
        assert codes(said) == ["autre-tumeur"]
        sheet = said["sheet"]
        named = next(t["id"] for t in sheet[TUMOURS] if t["topographie"][0]["valeur"] == BREAST["topographie"])
        assert [(c["valeur"], c["tumeur"]) for c in sheet["metastases"]["complet"]] == [(True, named)]
        assert [(c["valeur"], c["tumeur"]) for c in sheet["variants"]["absents"]] == [("EGFR", named)]
        assert [row["tumeur"] for row in sheet["variants"]["lignes"]] == [named]
    both = converted(breast, document({TUMOURS: [BREAST]}))
    assert both["sheet"]["metastases"]["complet"][0]["valeur"] is True


def test_what_an_older_board_closed_is_open_today() -> None:
    """No treatment in January is not « no treatment » in November; nor is one that went on then going on now."""
    treated = {"traitements": {"lignes": [{"concept": "folfox", "debut": "2025-01-02", "en_cours": True}]}}
    treated["traitements"]["complet"] = True  # type: ignore[assignment]  # JSON
    said = converted(document({TUMOURS: [BREAST], **DATED, **treated}), document({TUMOURS: [BREAST], **LATER}))
    assert codes(said) == ["en-cours-ancien", "liste-ouverte"]
    assert "complet" not in said["sheet"]["traitements"]
    assert "en_cours" not in said["sheet"]["traitements"]["lignes"][0]
    today = converted(document({TUMOURS: [BREAST], **LATER, **treated}), document({TUMOURS: [BREAST], **DATED}))
    assert codes(today) == []
    assert today["sheet"]["traitements"]["lignes"][0]["en_cours"]["valeur"] is True


def test_another_tumour_is_what_all_its_sources_leave_possible() -> None:
    """Its day of diagnosis, said otherwise by two, is neither's: whichever comes last."""
    breast = [document({TUMOURS: [{**BREAST, "date_diagnostic": day}]}) for day in ("2019-02", "2025-03")]
    lung = document({TUMOURS: [LUNG]})
    condition = "au moins un autre_cancer où (délai(date_diagnostic, as_of) < 5 ans)"
    over = service(rules(f'- {{id: A, titre: t, si: "{condition}", alors: chirurgie}}'))
    for order in permutations((*breast, lung)):
        lungs = [t for t in over.evaluate(order, today=DAY, include="all")["tumours"] if "poumon" in t["label"]]
        assert [each["verdict"] for each in lungs[0]["recommendations"]] == ["undetermined"]


def test_an_empty_date_is_none() -> None:
    said = converted(
        document({TUMOURS: [BREAST], **DATED, "patient": {"oms": {"valeur": 0, "date": None}}}),
        document({TUMOURS: [BREAST], **LATER}),
    )
    assert said["sheet"]["patient"]["oms"][0]["date"] == "2025-01-10"


@pytest.mark.parametrize(
    ("rows", "listed"),
    [
        ("metastases", [{"site": "os"}]),
        ("traitements", [{"concept": "chimiotherapie"}]),
        ("traitements", [{"concept": "folfox"}]),
    ],
    ids=["the same", "coarser", "undated"],
)
def test_a_row_that_may_be_a_listed_one_contradicts_no_complete_list(rows: str, listed: list[dict[str, Any]]) -> None:
    """A coarser source contradicts nothing; the tumour in a row's key is the one that is asked."""
    whole = {"metastases": [{"site": "os"}], "traitements": [{"concept": "folfox", "debut": "2026-03-01"}]}[rows]
    complete = document({TUMOURS: [BREAST], rows: {"lignes": whole, "complet": True}})
    for order in permutations((complete, document({TUMOURS: [BREAST], rows: {"lignes": listed}}))):
        assert answer(*order)["tumours"][0]["contradictions"] == []
    other = document(
        {TUMOURS: [BREAST], rows: {"lignes": [{"site": "cerveau"} if rows == "metastases" else {"concept": "folfiri"}]}}
    )
    assert answer(complete, other)["tumours"][0]["contradictions"]


def test_what_is_too_much_to_be_read_together_is_refused() -> None:
    """A row left out of a complete list would be a row that is not there."""
    lines = [{"concept": "diabete", "debut": f"{1900 + n}"} for n in range(100)]
    each = [document({TUMOURS: [BREAST], "comorbidites": {"lignes": lines, "complet": True}}) for _ in range(6)]
    assert refused(*each) == ["liste-trop-longue /comorbidites/lignes/500 600 entrées, 500 au plus sont lues"]
    assert converted(*each[:5])["problems"] == []


def bundle(*resources: dict[str, Any]) -> Document:
    patient = {
        "resourceType": "Patient", "id": "p", "name": [{"family": "KERVOALEN"}],
        "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "279035121518989"}],
    }  # fmt: skip
    breast = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "C50.4"}]}
    subject = {"subject": {"reference": "Patient/p"}}
    condition = {"resourceType": "Condition", "id": "c", "code": breast}
    said = [patient, *({**one, **subject} for one in (condition, *resources))]
    return Document({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in said]}, FHIR)


def observation(code: str, **said: Any) -> dict[str, Any]:
    coding = {"coding": [{"system": "http://loinc.org", "code": code}]}
    return {"resourceType": "Observation", "id": "o", "status": "final", "code": coding, **said}


def test_no_document_tells_an_identity_that_it_or_another_quotes() -> None:
    """Neither a leaf that is set aside, nor a loss, nor a refusal."""
    quoted = bundle(observation("718-7", valueQuantity={"value": 12, "unit": "KERVOALEN"}), observation("KERVOALEN"))
    native = document({TUMOURS: [BREAST], "patient": {"ins_matricule": "279035121518989"}}, "")
    for documents in ((quoted,), (quoted, native), (native, quoted)):
        said = answer(*documents)
        assert {"unite", "perte"} <= set(codes(said))
        assert "KERVOALEN" not in json.dumps(said)
    wrong = document({TUMOURS: [{**BREAST, "re_pct": "KERVOALEN"}]}, "")
    (told,) = refused(quoted, wrong)
    assert "KERVOALEN" not in told


# --- which tumour ---


def tumours(*each: dict[str, Any]) -> Document:
    return document({TUMOURS: [{"id": f"x{number}", **tumour} for number, tumour in enumerate(each)]})


LEFT, RIGHT = (
    {"topographie": "quadrant_supero_externe_du_sein", "lateralite": "gauche"},
    {"topographie": "quadrant_supero_interne_du_sein", "lateralite": "droite"},
)
LUNG: dict[str, Any] = {"topographie": "poumon"}


@pytest.mark.parametrize(
    ("documents", "known", "said"),
    [
        ((tumours(LEFT), tumours({"topographie": "quadrant_supero_interne_du_sein"})), 1, []),
        ((tumours(LEFT), tumours({})), 1, []),
        ((tumours(LEFT), tumours(RIGHT)), 2, ["autre-tumeur"]),
        ((tumours(LEFT), tumours(LUNG)), 2, ["autre-tumeur"]),
        ((tumours(LEFT, RIGHT), tumours(RIGHT)), 2, []),
        ((tumours(LEFT, RIGHT), tumours({"topographie": "sein"})), 2, ["tumeur-ambigue"]),
        ((tumours(LEFT, LUNG), tumours({"topographie": "sein"}), tumours(LUNG, LEFT)), 2, []),
        (
            (tumours({"lateralite": "gauche"}), tumours({"topographie": "sein"}), tumours(LUNG)),
            2,
            ["autre-tumeur", "tumeur-ambigue"],
        ),
    ],
    ids=[
        "one organ",
        "no site",
        "other side",
        "other organ",
        "one of two",
        "either of two",
        "three documents",
        "a side alone",
    ],
)
def test_tumours_of_one_organ_and_side_are_one(documents: tuple[Document, ...], known: int, said: list[str]) -> None:
    """Whatever the order of the documents; what can be either of two is neither, and told."""
    for order in permutations(documents):
        found = converted(*order)
        assert len(found["sheet"][TUMOURS]) == known
        assert codes(found) == said


def test_rows_of_a_tumour_that_cannot_be_told_stay_open() -> None:
    """A variant found in one of two tumours reaches neither for certain, and is not lost."""
    genes = {**document({TUMOURS: [{"id": "g", "topographie": "sein"}]}).content}
    genes["variants"] = {"lignes": [{"gene": "PIK3CA", "statut": "presente", "tumeur": "g"}]}
    said = converted(tumours(LEFT, RIGHT), Document(genes, NATIVE))
    (row,) = said["sheet"]["variants"]["lignes"]
    assert "tumeur" not in row
    assert row["origine"] == {"pointeur": "/variants/lignes/0", "document": "document-2"}


# --- the shared documents ---

FRCP, GENES, PATHOLOGY = (
    "CANCER-FRCP_2022.01_Appareil.xml",
    "CANCER-CR-GM_2022.01_AnalyseRealisee.xml",
    "CR_ACP_sein_DCC_v1.5.xml",
)


def post(shared: Path, tmp_path: Path, names: tuple[str, ...], query: str = "") -> Any:
    files = [
        FileStorage(io.BytesIO((shared / "data/fiches/cda" / name).read_bytes()), name, content_type="application/xml")
        for name in names
    ]
    boundary, body = encode_multipart(MultiDict(("document", file) for file in files))
    services = Services(shipped(), texts(), Store(f"sqlite:///{tmp_path}/d.sqlite3"), lambda _: shipped())
    client = create_app({"SERVICES": services}).test_client()
    return client.post(
        f"/api/v1/evaluations{query}", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def test_a_fiche_and_its_genetics_are_one_answer(shared: Path, tmp_path: Path) -> None:
    response = post(shared, tmp_path, (FRCP, GENES))
    assert response.status_code == 200, response.text
    assert [origin["document"] for origin in response.json["sheet"]["origins"]] == ["document-1", "document-2"]
    assert {each["document"] for each in response.json["sheet"]["problems"]} <= {"document-1", "document-2"}


def test_another_patient_s_pathology_is_refused_unless_stated(shared: Path, tmp_path: Path) -> None:
    """Neither file names nor identifiers are told; stated, it is one answer that says so."""
    response = post(shared, tmp_path, (FRCP, GENES, PATHOLOGY))
    assert response.status_code == 422
    assert [problem["code"] for problem in response.json["problems"]] == ["patient-non-etabli"]
    assert "document-3" in response.text
    assert "2790351" not in response.text
    stated = post(shared, tmp_path, (FRCP, GENES, PATHOLOGY), "?same_patient=true")
    assert stated.status_code == 200, stated.text
    assert stated.json["sheet"]["same_patient"] == "stated"
