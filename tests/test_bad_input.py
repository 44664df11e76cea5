"""Wrong sheets over the shipped base: every problem with its place, the right status, never a 500, nothing of the patient.

What is wrong with the bytes and the form alone is tested in `test_http_form`; here the engine looks at what they mean.
"""

from __future__ import annotations

import copy
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.assembly import evaluator
from api.decide import Services
from api.errors import MEDIA_TYPE
from api.library import examples, texts
from api.store import Store
from tests.small import shipped

URL = "/api/v1/evaluations"
CONVERT = "/api/v1/sheets/convert"
FHIR = "application/fhir+json"
BUNDLE: dict[str, Any] = json.loads((Path(__file__).parent / "fixtures/fhir/sein.json").read_text(encoding="utf-8"))
SHEET: dict[str, Any] = json.loads(examples()["sein-a"])
DIGITS = "9" * 5000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the database, searched by the tests of identity."""
    return tmp_path_factory.mktemp("database")


@pytest.fixture(scope="module")
def client(folder: Path) -> FlaskClient:
    services = Services(shipped(), texts(), Store(f"sqlite:///{folder}/d.sqlite3"), evaluator)
    return create_app({"SERVICES": services}).test_client()


def post(client: FlaskClient, body: Any, media_type: str = "application/json", path: str = URL) -> Any:
    """Post a JSON value, or bytes as they are."""
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(path, data=data, content_type=media_type)


def sheet(**sections: Any) -> dict[str, Any]:
    """Return a small sheet with other sections beside its tumour."""
    return {"schema": "fiche-rcp/1", "tumeurs": [{"id": "t1", "topographie": "sein"}], **sections}


def tumour(**items: Any) -> dict[str, Any]:
    """Return a small sheet whose tumour has more items."""
    return {"schema": "fiche-rcp/1", "tumeurs": [{"id": "t1", "topographie": "sein", **items}]}


def refused(response: Any, status: int = 422) -> dict[str, str]:
    """Return the code at each pointer of a refusal, which must be whole and in the one form."""
    assert response.status_code == status, response.text[:2000]
    assert response.content_type == MEDIA_TYPE
    assert response.json["status"] == status
    assert "tumours" not in response.json, "a refusal is no partial answer"
    problems = response.json["problems"]
    assert problems
    assert all(each["message"] and "pointer" in each for each in problems)
    return {each["pointer"]: each["code"] for each in problems}


# --- a native sheet: one thing wrong -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"schema": "fiche-rcp/1"}, "/tumeurs", "sans-tumeur"),
        (sheet(tumeurs=[]), "/tumeurs", "sans-tumeur"),
        (sheet(schema="fiche-rcp/2"), "/schema", "schema"),
        (sheet(inconnu=1), "/inconnu", "champ-inconnu"),
        (sheet(patient={"omz": 1}), "/patient/omz", "champ-inconnu"),
        (tumour(re_pc=90), "/tumeurs/0/re_pc", "champ-inconnu"),
        (tumour(re_pct={"valeurs": 90}), "/tumeurs/0/re_pct/valeurs", "champ-inconnu"),
        (sheet(traitements={"ligne": []}), "/traitements/ligne", "champ-inconnu"),
        (sheet(traitements={"lignes": [{"medecin": "x"}]}), "/traitements/lignes/0/medecin", "champ-inconnu"),
        (sheet(jugements={"inconnu": True}), "/jugements/inconnu", "champ-inconnu"),
        (tumour(re_pct={"valeur": 90, "unite": "mm"}), "/tumeurs/0/re_pct", "unite"),
        (sheet(biologie={"hb": {"valeur": 10, "unite": "mmHg"}}), "/biologie/hb", "unite"),
        (sheet(biologie={"alat": {"valeur": 10, "unite": "UI/L", "lsn": "x"}}), "/biologie/alat/lsn", "nombre"),
        (tumour(topographie={"systeme": "CIM-10", "code": "C99.9"}), "/tumeurs/0/topographie", "code-inconnu"),
        (tumour(topographie={"systeme": "CIM-99", "code": "C50.4"}), "/tumeurs/0/topographie", "code-inconnu"),
        (tumour(morphologie="carcinome imaginaire"), "/tumeurs/0/morphologie", "concept-inconnu"),
        (sheet(traitements={"absents": ["rien du tout"]}), "/traitements/absents/0", "concept-inconnu"),
        (tumour(cT="T9"), "/tumeurs/0/cT", "valeur-inconnue"),
        (sheet(patient={"oms": 7}), "/patient/oms", "valeur-inconnue"),
        (tumour(re_pct=101), "/tumeurs/0/re_pct", "hors-plage"),
        (tumour(re_pct=-1), "/tumeurs/0/re_pct", "hors-plage"),
        (tumour(re_pct={"min": 90, "max": 10}), "/tumeurs/0/re_pct", "hors-plage"),
        (tumour(ganglions_envahis=2.5), "/tumeurs/0/ganglions_envahis", "hors-plage"),
        (sheet(biologie={"fevg": {"valeur": 165, "unite": "%"}}), "/biologie/fevg", "hors-plage"),
        (tumour(re_pct="environ dix"), "/tumeurs/0/re_pct", "nombre"),
        (sheet(patient={"date_naissance": "12/04/1968"}), "/patient/date_naissance", "date"),
        (sheet(rcp={"date_rcp": "2026-02-30"}), "/rcp/date_rcp", "date"),
        (tumour(pT={"valeur": "T2", "date": "demain"}), "/tumeurs/0/pT/date", "date"),
        (sheet(patient={"menopause": "oui"}), "/patient/menopause", "booleen"),
        (tumour(pT={"valeur": "T2", "raison": "oubli"}), "/tumeurs/0/pT/raison", "raison-inconnue"),
        (sheet(traitements={"lignes": [3]}), "/traitements/lignes/0", "forme"),
        (sheet(patient=3), "/patient", "forme"),
        (sheet(tumeurs=[3]), "/tumeurs/0", "forme"),
        (sheet(tumeurs=[{"id": "t1"}, {"id": "t1"}]), "/tumeurs/1/id", "tumeur-double"),
    ],
)
def test_one_thing_wrong_is_refused_at_its_place(
    client: FlaskClient, body: dict[str, Any], pointer: str, code: str
) -> None:
    """Each kind of mistake has its own code and points to the very value."""
    assert refused(post(client, body)) == {pointer: code}


@pytest.mark.parametrize("certainty", ["suspectee", "suspected", "probable", "", 3])
def test_a_misspelt_certainty_is_refused_rather_than_read_as_certain(client: FlaskClient, certainty: Any) -> None:
    """« suspectee » must not turn a suspected metastasis into a certain one."""
    response = post(client, tumour(cM={"valeur": "M1", "certitude": certainty}))
    assert set(refused(response)) == {"/tumeurs/0/cM/certitude"}


def test_a_misspelt_certainty_of_a_row_is_refused(client: FlaskClient) -> None:
    """A row that is only suspected must not become a certain one for a slip of the pen."""
    response = post(client, sheet(metastases={"lignes": [{"site": "os", "certitude": "suspectee"}]}))
    assert set(refused(response)) == {"/metastases/lignes/0/certitude"}


def test_an_edition_without_a_number_is_refused(client: FlaskClient) -> None:
    """« huitième » must not read as no edition at all."""
    assert set(refused(post(client, tumour(pT={"valeur": "T2", "edition": "huitième"})))) == {"/tumeurs/0/pT/edition"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (
            sheet(traitements={"lignes": [{"tumeur": "t9", "concept": "chimiothérapie"}]}),
            "/traitements/lignes/0/tumeur",
        ),
        (sheet(metastases={"lignes": [{"tumeur": "t9", "site": "os"}]}), "/metastases/lignes/0/tumeur"),
    ],
    ids=["treatment", "metastasis"],
)
def test_a_row_of_a_tumour_that_is_not_there_is_refused_rather_than_lost(
    client: FlaskClient, body: dict[str, Any], pointer: str
) -> None:
    """A metastasis of « t9 » would silently belong to nobody."""
    assert set(refused(post(client, body))) == {pointer}


def test_every_problem_of_a_sheet_comes_at_once(client: FlaskClient) -> None:
    """Form, names, units, codes, ranges and dates in one refusal, each with its place."""
    body = {
        "schema": "fiche-rcp/2",
        "inconnu": 1,
        "rcp": {"date_rcp": "2026-13-01", "date_rc": "x"},
        "patient": {"sexe": "X", "oms": 7, "poids": {"valeur": 64, "unite": "cm"}, "menopause": "oui", "age": -3},
        "biologie": {
            "fevg": {"valeur": 165, "unite": "%"},
            "pnn": {"valeur": "beaucoup"},
            "creatinine": {"valeur": 80, "date": "hier", "raison": "oubli", "valeurs": 3},
        },
        "tumeurs": [
            {
                "id": "t1",
                "topographie": {"systeme": "CIM-10", "code": "C99.9"},
                "cT": "T9",
                "re_pct": {"valeur": 90, "unite": "mm"},
            },
            {"id": "t1"},
            "x",
        ],
        "traitements": {"lignes": [{"concept": "chimio-thérapi", "debut": "demain", "xx": 1}, 3], "absents": ["rien"]},
        "jugements": {"inconnu-jugement": True, "benefice-chimio-incertain": "peut-être"},
    }
    assert refused(post(client, body)) == {
        "/schema": "schema", "/inconnu": "champ-inconnu", "/rcp/date_rcp": "date", "/rcp/date_rc": "champ-inconnu",
        "/patient/sexe": "valeur-inconnue", "/patient/oms": "valeur-inconnue", "/patient/poids": "unite",
        "/patient/menopause": "booleen", "/patient/age": "hors-plage", "/biologie/fevg": "hors-plage", "/biologie/pnn": "nombre",
        "/biologie/creatinine/date": "date", "/biologie/creatinine/raison": "raison-inconnue",
        "/biologie/creatinine/valeurs": "champ-inconnu", "/tumeurs/0/topographie": "code-inconnu", "/tumeurs/0/cT": "valeur-inconnue",
        "/tumeurs/0/re_pct": "unite", "/tumeurs/1/id": "tumeur-double", "/tumeurs/2": "forme",
        "/traitements/lignes/0/concept": "concept-inconnu", "/traitements/lignes/0/debut": "date",
        "/traitements/lignes/0/xx": "champ-inconnu", "/traitements/lignes/1": "forme", "/traitements/absents/0": "concept-inconnu",
        "/jugements/inconnu-jugement": "champ-inconnu", "/jugements/benefice-chimio-incertain": "booleen",
    }  # fmt: skip


def test_a_pointer_escapes_what_json_pointers_escape(client: FlaskClient) -> None:
    """A key with `/` and `~` is pointed to as RFC 6901 has it."""
    assert set(refused(post(client, sheet(patient={"a/b~c": 1})))) == {"/patient/a~1b~0c"}


def test_a_message_holds_no_trace_of_the_language_it_was_written_in(client: FlaskClient) -> None:
    """A physician never reads a Python value: no quoted keys, no `None`, no doubled space."""
    bodies = [
        tumour(re_pct={"min": 90, "max": 10}),
        sheet(patient={"age": -3}),
        tumour(re_pct=True),
        sheet(patient={"menopause": [1, {}]}),
    ]
    for body in bodies:
        response = post(client, body)
        refused(response)
        told = " ".join(each["message"] for each in response.json["problems"])
        assert not [sign for sign in ("{'", "None", "True", "Decimal(", "  ") if sign in told], told


# --- what no document may do -------------------------------------------------------------------------

LIMIT = 10 * 1024 * 1024
FIFTY = 50 * 1024 * 1024


@pytest.mark.parametrize("piece", [b" ", b"[", b'{"a":', b"9", b"\xff", b'"a",', b"<x/>"], ids=repr)
@pytest.mark.parametrize("media_type", ["application/json", FHIR])
def test_fifty_megabytes_of_anything_are_too_many(client: FlaskClient, piece: bytes, media_type: str) -> None:
    """The bound comes before any reading."""
    body = piece * (FIFTY // len(piece) + 1)
    assert set(refused(post(client, body, media_type), 413)) == {""}


@pytest.mark.parametrize(
    "body",
    [b"[" * (LIMIT - 1), b'{"a":' * (LIMIT // 6), b"9" * (LIMIT - 1), b'"' + b"a" * (LIMIT - 3) + b'"', b'{"a": [' + b"1," * (LIMIT // 3)],
    ids=["brackets", "objects", "digits", "text", "cut short"],
)  # fmt: skip
def test_a_body_that_just_fits_is_refused_at_once(client: FlaskClient, body: bytes) -> None:
    """Nesting, length and depth cost no recursion and no second pass."""
    start = time.process_time()
    refused(post(client, body), 400)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (tumour(**{f"champ_{n}": 1 for n in range(20_000)}), 5),
        (sheet(traitements={"lignes": [{"concept": "chimiothérapie", "debut": "2020"}] * 20_000}), 10),
        (tumour(re_pct=[{"valeur": n / 100} for n in range(1000)]), 5),
        (tumour(morphologie=[{"valeur": "carcinome infiltrant du sein"}] * 5000), 5),
        (sheet(traitements={"absents": ["chimio thérapi"] * 5000}), 5),
        (sheet(tumeurs=[{"id": f"t{n}", "topographie": "sein"} for n in range(500)]), 10),
    ],
    ids=["fields", "rows", "leaves that disagree", "leaves that agree", "concepts misspelt", "tumours"],
)
def test_a_large_sheet_is_answered_or_refused_in_time(
    client: FlaskClient, body: dict[str, Any], seconds: float
) -> None:
    """A megabyte of one thing does not hold a worker for minutes."""
    start = time.process_time()
    response = post(client, body)
    spent = time.process_time() - start
    assert response.status_code in (200, 413, 422), response.text[:500]
    assert spent < seconds, f"{spent:.0f} s for {len(json.dumps(body)) / 1e6:.1f} MB"


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ('"re_pct": NaN', "json-nombre"),
        ('"re_pct": -Infinity', "json-nombre"),
        (f'"re_pct": {DIGITS}', "json-nombre"),
        (f'"re_pct": 0.{DIGITS}', "json-nombre"),
        ('"re_pct": 1e400', "json-nombre"),
        ('"re_pct": 90, "re_pct": 10', "json-cle-double"),
        ('"libelle": "\\ud83d"', "json-texte"),
        ('"\\udc00": 1', "json-texte"),
        ('"re_pct": ' + "[" * 80 + "]" * 80, "json-profondeur"),
    ],
    ids=["NaN", "infinity", "digits", "decimals", "exponent", "double key", "surrogate", "surrogate key", "depth"],
)
@pytest.mark.parametrize("media_type", ["application/json", FHIR])
def test_what_json_allows_and_a_sheet_cannot_hold_is_refused_inside_a_sheet(
    client: FlaskClient, inside: str, code: str, media_type: str
) -> None:
    """Deep inside an otherwise good sheet, in either form, with a pointer to the place."""
    frame = '{"resourceType": "Bundle", "tumeurs": [{%s}]}' if media_type == FHIR else '{"tumeurs": [{"id": "t1", %s}]}'
    found = refused(post(client, frame % inside, media_type), 400)
    assert set(found.values()) == {code}
    assert all(pointer.startswith("/tumeurs/0") for pointer in found)


def test_what_if_refuses_what_an_evaluation_refuses(client: FlaskClient) -> None:
    """A change is held to the dictionary like a sheet, and leads somewhere."""
    wrong = [
        {"pointer": "/tumeurs/0/re_pct", "value": 900},
        {"pointer": "/tumeurs/9/re_pct", "value": 9},
        {"pointer": "/tumeurs/²/re_pct", "value": 9},
        {"pointer": f"/tumeurs/{'1' * 5000}/re_pct", "value": 9},
        {"pointer": "", "value": 1},
    ]
    for change in wrong:
        assert refused(post(client, {"sheet": SHEET, "changes": [change]}, path=f"{URL}/what-if"))


def test_convert_refuses_what_an_evaluation_refuses(client: FlaskClient) -> None:
    """The two routes read a sheet alike."""
    body = tumour(re_pct=101)
    assert refused(post(client, body, path=CONVERT)) == refused(post(client, body))


# --- a contradiction is no mistake -------------------------------------------------------------------


def test_a_contradiction_inside_a_sheet_is_answered_around(client: FlaskClient) -> None:
    """HER2 3+ and 0 in one sheet: 200, the contradiction named with what hangs on it; what does not hang on it applies."""
    body = copy.deepcopy(SHEET)
    body["tumeurs"][0]["her2_ihc"] = [{"valeur": "3+"}, {"valeur": "0"}]
    response = post(client, body)
    assert response.status_code == 200, response.text
    (found,) = response.json["tumours"]
    (contradiction,) = [each for each in found["contradictions"] if each["item"] == "her2_ihc"]
    assert [source["text"] for source in contradiction["sources"]] == ["3+", "0"]
    assert "S05" in contradiction["touches"]
    verdicts = {each["id"]: each["verdict"] for each in found["recommendations"]}
    assert (verdicts["S04"], verdicts["S05"]) == ("applies", "undetermined")


def test_a_stage_that_its_tnm_contradicts_is_answered_around(client: FlaskClient) -> None:
    """« IIIC » said, IIB by its TNM: both are shown."""
    body = copy.deepcopy(SHEET)
    body["tumeurs"][0]["stade_p"] = "IIIC"
    response = post(client, body)
    assert response.status_code == 200, response.text
    (contradiction,) = response.json["tumours"][0]["contradictions"]
    assert contradiction["item"] == "stade_p"
    assert [source["value"] for source in contradiction["sources"]] == ["IIIC", "IIB"]


@pytest.mark.parametrize(
    ("said", "item", "sides"),
    [
        ({"patient": {"date_naissance": "2030-01-01"}, "rcp": {"date_rcp": "2026-11-20"}}, "age", None),
        ({"patient": {"date_naissance": "1950", "age": 30}, "rcp": {"date_rcp": "2026-11-20"}}, "age", None),
        ({"patient": {"oms": 4, "karnofsky": 100}}, "oms", {"4", "0"}),
        ({"patient": {"sexe": "M", "grossesse": True}}, "grossesse", {"oui", "non"}),
        ({"metastases": {"lignes": [{"site": "os"}]}, "cM": "M0"}, "M_retenu", {"M0", "M1"}),
        ({"pN": "N0", "ganglions_envahis": 5}, "ganglions_envahis", {"5", "0"}),
        ({"statut_her2": "positif", "her2_ihc": "0"}, "her2_ihc", {"0", "2+ ou 3+"}),
        ({"re_pct": 0, "re_statut": "positif"}, "re_pct", {"0 %", "1 – 100 %"}),
    ],
    ids=["born after the day", "another age", "two scales", "sex", "metastasis of M0", "nodes of N0", "HER2", "receptors"],
)  # fmt: skip
def test_what_cannot_hold_together_is_answered_around(
    client: FlaskClient, said: dict[str, Any], item: str, sides: set[str] | None
) -> None:
    """An everyday slip is a contradiction with its two sides, never an exception and never a refusal."""
    mine = {key: value for key, value in said.items() if key not in ("patient", "rcp", "metastases")}
    body = tumour(**mine) | {key: value for key, value in said.items() if key not in mine}
    response = post(client, body)
    assert response.status_code == 200, response.text
    found = [each for each in response.json["tumours"][0]["contradictions"] if each["item"] == item]
    assert len(found) == 1, response.json["tumours"][0]["contradictions"]
    if sides is not None:
        assert {source["value"] for source in found[0]["sources"]} == sides


def test_an_end_before_its_start_is_told(client: FlaskClient) -> None:
    """A treatment that ended before it began leaves its dates open, and is named."""
    rows = {"lignes": [{"concept": "chimiothérapie", "debut": "2026-05", "fin": "2026-01"}]}
    response = post(client, sheet(traitements=rows))
    assert response.status_code == 200, response.text
    assert [each["item"] for each in response.json["tumours"][0]["contradictions"]] == ["traitements"]


def test_a_category_that_the_site_does_not_have_is_answered_around(client: FlaskClient) -> None:
    """T4d exists in the breast, not in the colon: set aside, named, and the rest is answered."""
    response = post(client, {"tumeurs": [{"id": "t1", "topographie": "colon", "cT": "T4d", "cM": "M0"}]})
    assert response.status_code == 200, response.text
    (contradiction,) = response.json["tumours"][0]["contradictions"]
    assert contradiction["item"] == "cT"
    assert "T4d" in str(contradiction["sources"])


# --- FHIR: only what makes it unreadable refuses -----------------------------------------------------


def bundle(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Return the bundle with its resources by id changed."""
    body = copy.deepcopy(BUNDLE)
    change({each["resource"]["id"]: each["resource"] for each in body["entry"]})
    return body


def _range(resources: dict[str, Any]) -> None:
    resources["re"]["valueQuantity"]["value"] = 900


def _unit(resources: dict[str, Any]) -> None:
    resources["re"]["valueQuantity"] |= {"unit": "mm", "code": "mm"}


def _code(resources: dict[str, Any]) -> None:
    resources["cn"]["valueCodeableConcept"]["coding"] = [{"system": "http://cancerstaging.org", "code": "N9"}]


def _date(resources: dict[str, Any]) -> None:
    resources["re"]["effectiveDateTime"] = "2026-02-31"


def _site(resources: dict[str, Any]) -> None:
    resources["sein"]["code"]["coding"] = [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "C99.9"}]


@pytest.mark.parametrize(
    ("change", "resource"),
    [(_range, "re"), (_unit, "re"), (_code, "cn"), (_date, "re")],
    ids=["range", "unit", "code", "date"],
)
def test_a_leaf_of_a_bundle_that_cannot_be_is_set_aside_and_listed(
    client: FlaskClient, change: Callable[[dict[str, Any]], None], resource: str
) -> None:
    """The rest is answered, and `sheet.problems` points into the bundle that was posted."""
    whole = post(client, BUNDLE, FHIR)
    response = post(client, bundle(change), FHIR)
    assert response.status_code == 200, response.text
    before = {(each["code"], each["message"], each["pointer"]) for each in whole.json["sheet"]["problems"]}
    added = [e for e in response.json["sheet"]["problems"] if (e["code"], e["message"], e["pointer"]) not in before]
    number = next(n for n, each in enumerate(BUNDLE["entry"]) if each["resource"]["id"] == resource)
    assert [each for each in added if each["pointer"].startswith(f"/entry/{number}/resource")]
    assert response.json["tumours"]


def test_what_is_set_aside_says_nothing(client: FlaskClient) -> None:
    """An impossible percentage leaves the item open: it is read neither as high nor as low."""
    response = post(client, bundle(_range), FHIR)
    assert not [
        each for each in response.json["tumours"][0]["data"] if each["item"] == "re_pct" and each["state"] == "stated"
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Bundle", "type": "collection"},
        {"resourceType": "Bundle", "type": "collection", "entry": []},
        {"resourceType": "Bundle", "type": "collection", "entry": "x"},
        {"resourceType": "Patient"},
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "p"}}]},
        {
            "resourceType": "Bundle",
            "entry": [*BUNDLE["entry"], {"resource": {"resourceType": "Patient", "id": "another"}}],
        },
    ],
    ids=["no entry", "empty", "entry of another form", "no bundle", "no tumour", "two patients"],
)
def test_a_bundle_that_cannot_be_read_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    """Form, two patients, no tumour: a refusal with its reason."""
    assert refused(post(client, body, FHIR))


def test_a_cancer_of_an_unknown_site_is_no_silent_answer(client: FlaskClient) -> None:
    """A code that no table has either refuses the bundle for want of a tumour or is listed."""
    response = post(client, bundle(_site), FHIR)
    listed = response.json["problems"] if response.status_code == 422 else response.json["sheet"]["problems"]
    assert response.status_code in (200, 422)
    assert [each for each in listed if "C99.9" in json.dumps(each)]


# --- identity ---------------------------------------------------------------------------------------

NAMES = (
    "KERVOALEN",
    "Maëlle-Gwenn",
    "269075612345678",
    "Landivisiau",
    "12 venelle du Puits",
    "0699887766",
    "Dr Quéméneur",
)
IDENTITY: dict[str, Any] = {
    "nom_naissance": NAMES[0], "nom_utilise": NAMES[0], "prenoms": NAMES[1], "ins_matricule": NAMES[2], "ipp": NAMES[2],
    "lieu_naissance": NAMES[3], "adresse": NAMES[4], "telecom": NAMES[5], "medecin_traitant": NAMES[6],
}  # fmt: skip


def with_identity(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a sheet whose patient has a name, a number and a birth place, and perhaps more."""
    return {**body, "patient": {**body.get("patient", {}), **IDENTITY}, **more}


def test_identity_in_its_place_is_no_mistake_and_does_not_come_out(
    client: FlaskClient, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The sheet is answered, and neither answer, converted sheet, log nor database holds a word of it."""
    with caplog.at_level(logging.DEBUG):
        told = [post(client, with_identity(SHEET), path=path) for path in (URL, CONVERT)]
    assert [response.status_code for response in told] == [200, 200]
    assert leaked(told, folder, caplog) == []


def test_identity_is_no_part_of_a_decision(client: FlaskClient) -> None:
    """The same facts of another name are the same decision."""
    other = with_identity(SHEET)
    other["patient"]["nom_naissance"] = "AUTRE"
    bodies = (SHEET, with_identity(SHEET), other)
    assert len({post(client, body).json["decision_id"] for body in bodies}) == 1


@pytest.mark.parametrize(
    "body",
    [
        with_identity(tumour(re_pct=101)),
        with_identity(SHEET, tumeurs=[]),
        with_identity(SHEET, inconnu=NAMES[0]),
        with_identity(SHEET, rcp={"nom_naissance": NAMES[0], "lieu": NAMES[3]}),
        with_identity(SHEET, identite={"nom": NAMES[0], "prenom": NAMES[1]}, ins=NAMES[2]),
        with_identity(tumour(nom=NAMES[0], topographie={"nom": NAMES[0]})),
        with_identity(tumour(cT={"valeur": "T2", "nom": NAMES[0]})),
        {**SHEET, "patient": NAMES[0]},
        {**SHEET, "patient": {"nom_naissance": {"nom": NAMES[0]}, "prenoms": [NAMES[1], {"x": NAMES[1]}], "ins_matricule": 269075612345678, "omz": 1}},
        {**SHEET, "patient": [IDENTITY]},
        {**SHEET, "nom": NAMES[0], "ins": NAMES[2], "adresse": {"rue": NAMES[4]}},
        {**SHEET, "traitements": {"lignes": [{"concept": "chimiothérapie", "medecin": NAMES[6]}]}},
    ],
    ids=["right place", "no tumour", "unknown field", "wrong section", "own section", "tumour", "leaf", "text for patient", "wrong types",
         "list for patient", "root", "row"],
)  # fmt: skip
def test_no_identity_value_comes_back_from_a_wrong_sheet(
    client: FlaskClient, folder: Path, caplog: pytest.LogCaptureFixture, body: dict[str, Any]
) -> None:
    """A field's name is told, its value is not; nor is it logged or kept."""
    with caplog.at_level(logging.DEBUG):
        told = [post(client, body, path=path) for path in (URL, CONVERT)]
    for response in told:
        refused(response)
    assert leaked(told, folder, caplog) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"patient": {**IDENTITY, "oms": NAMES[0]}},
        {"patient": {**IDENTITY, "sexe": NAMES[1], "date_naissance": NAMES[2]}},
        {"patient": {**IDENTITY, "poids": {"valeur": NAMES[2]}, "menopause": NAMES[0]}},
        {"patient": {**IDENTITY, "poids": {"valeur": 60, "unite": NAMES[0]}}},
        {
            "patient": IDENTITY,
            "tumeurs": [{"id": "t1", "topographie": NAMES[3], "morphologie": {"systeme": NAMES[0], "code": NAMES[2]}}],
        },
        {
            "patient": IDENTITY,
            "traitements": {"lignes": [{"concept": NAMES[6], "debut": NAMES[0]}], "absents": [NAMES[0]]},
        },
        {"patient": IDENTITY, "schema": NAMES[0]},
        {"patient": {**IDENTITY, NAMES[0]: 1}},
        {"patient": IDENTITY, "tumeurs": [{"id": NAMES[0]}, {"id": NAMES[0]}]},
    ],
    ids=["category", "dates", "numbers", "unit", "concepts", "row", "schema", "key", "tumour id"],
)
def test_a_name_written_where_a_value_belongs_is_not_told_again(
    client: FlaskClient, folder: Path, caplog: pytest.LogCaptureFixture, wrong: dict[str, Any]
) -> None:
    """A message that quotes what was written must not quote what the sheet itself gives as identity."""
    with caplog.at_level(logging.DEBUG):
        told = [post(client, {**SHEET, **wrong}, path=path) for path in (URL, CONVERT)]
    for response in told:
        refused(response)
    assert leaked(told, folder, caplog) == []


def test_no_identity_of_a_bundle_comes_out(client: FlaskClient, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Names, numbers, contacts and places of a bundle are dropped, in the answer, in a refusal, in the log and the database."""
    person = {
        "name": [{"family": NAMES[0], "given": [NAMES[1]], "text": NAMES[0]}], "identifier": [{"value": NAMES[2]}],
        "telecom": [{"value": NAMES[5]}], "address": [{"line": [NAMES[4]], "city": NAMES[3]}], "contact": [{"name": {"family": NAMES[0]}}],
        "generalPractitioner": [{"display": NAMES[6]}], "text": {"div": f"<div>{NAMES[0]}</div>"},
    }  # fmt: skip

    def named(resources: dict[str, Any]) -> None:
        resources["p"] |= person
        for resource in resources.values():
            if resource["resourceType"] != "Patient":
                resource["subject"] = {"reference": "Patient/p", "display": f"{NAMES[1]} {NAMES[0]}"}
                resource["text"] = {"div": f"<div>{NAMES[0]}</div>"}
        resources["re"]["performer"] = [{"display": NAMES[6]}]
        resources["re"]["note"] = [{"text": f"appeler {NAMES[5]}"}]

    body = bundle(named)
    no_tumour = {**body, "entry": [each for each in body["entry"] if each["resource"]["resourceType"] != "Condition"]}
    twice = {**body, "entry": [*body["entry"], {"resource": {"resourceType": "Patient", "id": "q", **person}}]}
    with caplog.at_level(logging.DEBUG):
        told = [post(client, each, FHIR, path) for each in (body, no_tumour, twice) for path in (URL, CONVERT)]
    assert [response.status_code for response in told] == [200, 200, 422, 422, 422, 422]
    assert leaked(told, folder, caplog) == []


def leaked(told: list[Any], folder: Path, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the identity values found in what was told, logged or written."""
    written = b"".join(path.read_bytes() for path in folder.iterdir()).decode("latin-1")
    assert written, "the database is there to be searched"
    everywhere = " ".join(
        [*(response.text for response in told), *(str(response.headers) for response in told), caplog.text]
    )
    escaped = json.dumps(everywhere)
    searched = (everywhere, escaped, written)
    return [name for name in NAMES if any(name in text or name.encode().decode("latin-1") in text for text in searched)]
