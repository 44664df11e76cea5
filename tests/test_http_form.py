"""HTTP for itself: bodies read safely, every error one form, nothing of the patient where it should not be."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from api import create_app
from api.decide import Services
from api.errors import MEDIA_TYPE
from api.store import Store
from tests.stub_service import StubService

URL = "/api/v1/evaluations"
SHEET: dict[str, Any] = {
    "schema": "fiche-rcp/1",
    "patient": {"nom": "KERVOALEN", "ins": "269075612345678", "lieu_naissance": "Landivisiau", "oms": 1},
    "tumeurs": [{"id": "t1", "topographie": {"systeme": "CIM-10", "code": "C50.4"}, "re_pct": 90}],
}
IDENTITY = ("KERVOALEN", "269075612345678", "Landivisiau")


@pytest.fixture
def service() -> StubService:
    return StubService()


@pytest.fixture
def client(service: StubService, tmp_path: Path) -> FlaskClient:
    return make_client(service, tmp_path)


def make_client(service: StubService, folder: Path, **config: Any) -> FlaskClient:
    store = Store(config.pop("DATABASE", f"sqlite:///{folder}/d.sqlite3"))
    services = Services(service, {"knowledge/a.yaml": "a: 1"}, store, lambda _: service)
    return create_app({"SERVICES": services, **config}).test_client()


def problems(response: Any, status: int) -> list[dict[str, Any]]:
    assert response.status_code == status, response.text
    assert response.content_type == MEDIA_TYPE
    assert response.json["status"] == status
    assert response.json["title"]
    listed = response.json["problems"]
    assert all(each["code"] and each["message"] for each in listed)
    return list(listed)


def pointers(response: Any, status: int) -> set[str]:
    return {each["pointer"] for each in problems(response, status)}


def test_an_answer_names_its_snapshot_and_decision(client: FlaskClient) -> None:
    response = client.post(URL, json=SHEET)
    assert response.status_code == 200
    assert response.headers["Oncorules-Snapshot"] == response.json["snapshot"]
    assert response.headers["Oncorules-Decision"] == response.json["decision_id"]


def test_every_response_names_the_snapshot(client: FlaskClient) -> None:
    for url in ("/api/v1/health/live", "/api/v1/trials", "/api/v1/nowhere"):
        assert client.get(url).headers["Oncorules-Snapshot"] == "5" * 64


def test_query_arguments_reach_the_engine(client: FlaskClient, service: StubService) -> None:
    client.post(f"{URL}?as_of=2026-11-20&region=FR-GES&centre=540000001&lang=en&include=all&explain=none", json=SHEET)
    asked = service.asked[0]
    assert (str(asked["as_of"]), asked["region"], asked["centre"]) == ("2026-11-20", "FR-GES", "540000001")
    assert (asked["lang"], asked["include"], asked["explain"]) == ("en", "all", "none")


@pytest.mark.parametrize(
    "query", ["as_of=demain", "lang=de", "include=some", "langue=fr", "explain=", "as_of=2026-02-30"]
)
def test_a_wrong_argument_is_a_problem(client: FlaskClient, query: str) -> None:
    assert pointers(client.post(f"{URL}?{query}", json=SHEET), 422) == {"?" + query.split("=")[0]}


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (b"", {"json"}),
        (b"{", {"json"}),
        (b"[]", {"json-objet"}),
        (b"3", {"json-objet"}),
        (b"\xff\xfe{", {"json-utf8"}),
        (b'{"tumeurs": NaN, "a": Infinity}', {"json-nombre"}),
        (b'{"tumeurs": 1, "tumeurs": 2}', {"json-cle-double"}),
        (b'{"a": "\\ud800"}', {"json-texte"}),
        (b'{"\\ud800": 1}', {"json-texte"}),
        (b'{"a": ' + b"9" * 5000 + b"}", {"json-nombre"}),
        (b'{"a": 1e999999999}', {"json-nombre"}),
        (b'{"a": 1e99999999999999999999999999}', {"json-nombre"}),
        (b"[" * 100_000, {"json-profondeur"}),
        (b'{"a":' * 100_000, {"json-profondeur"}),
        (b'{"a":' * 200 + b"1" + b"}" * 200, {"json-profondeur"}),
    ],
)
def test_json_that_is_none_is_refused(client: FlaskClient, body: bytes, codes: set[str]) -> None:
    response = client.post(URL, data=body, content_type="application/json")
    assert {each["code"] for each in problems(response, 400)} == codes


def test_every_problem_of_the_form_is_told_at_once(client: FlaskClient) -> None:
    sheet = {
        "patients": {},
        "patient": {"oms": [{"valeur": 1, "dat": "2026"}], "menopause": "on"},
        "tumeurs": [{"re_pct": True, "re_pc": 3}, 5],
        "traitements": {"lignes": {}, "complet": "oui", "absent": []},
        "jugements": {"benefice-incertain": 1, "autre": True},
    }
    assert pointers(client.post(URL, json=sheet), 422) == {
        "/patients",
        "/patient/oms/0/dat",
        "/patient/menopause",
        "/tumeurs/0/re_pct",
        "/tumeurs/0/re_pc",
        "/tumeurs/1",
        "/traitements/lignes",
        "/traitements/complet",
        "/traitements/absent",
        "/jugements/benefice-incertain",
        "/jugements/autre",
    }


def test_a_misspelt_field_is_answered_with_the_nearest(client: FlaskClient) -> None:
    (problem,) = problems(client.post(URL, json={"tumeurs": [{"id": "t1", "re_pc": 3}]}), 422)
    assert "re_pct" in problem["hint"]


def test_the_form_and_the_engine_refuse_together(client: FlaskClient) -> None:
    assert pointers(client.post(URL, json={"patient": {"omz": 1}}), 422) == {"/patient/omz", "/tumeurs"}


@pytest.mark.parametrize(
    "media_type", ["text/html", "application/pdf", "", "application/x-www-form-urlencoded", "image/png"]
)
def test_a_form_that_nothing_reads_is_415(client: FlaskClient, media_type: str) -> None:
    problems(client.post(URL, data=b"<x/>", content_type=media_type), 415)


def test_a_compressed_body_is_415(client: FlaskClient) -> None:
    problems(client.post(URL, json=SHEET, headers={"Content-Encoding": "gzip"}), 415)


def test_a_body_beyond_the_bound_is_413(service: StubService, tmp_path: Path) -> None:
    small = make_client(service, tmp_path, MAX_CONTENT_LENGTH=1000)
    problems(small.post(URL, data=b" " * 1001, content_type="application/json"), 413)
    file = {"document": (io.BytesIO(b" " * 2000), "fiche.json")}
    problems(small.post(URL, data=file, content_type="multipart/form-data"), 413)


def test_ten_megabytes_is_the_bound_out_of_the_box(client: FlaskClient) -> None:
    problems(client.post(URL, data=b" " * (10 * 1024 * 1024 + 1), content_type="application/json"), 413)


def test_what_is_not_there_is_404(client: FlaskClient) -> None:
    for path in ("/nowhere", "/api/v1/nowhere", "/api/v1/trials/NCT1", "/api/v1/concepts/x", "/api/v1/recommendations/x",
                 "/api/v1/decisions/x", "/api/v1/snapshots/x"):  # fmt: skip
        problems(client.get(path), 404)


def test_a_wrong_method_is_405_and_says_which_are_right(client: FlaskClient) -> None:
    response = client.delete(URL)
    problems(response, 405)
    assert "POST" in response.headers["Allow"]


def test_several_documents_come_as_parts(client: FlaskClient) -> None:
    parts = [
        (io.BytesIO(json.dumps(SHEET).encode()), "KERVOALEN.json"),
        (io.BytesIO(b"{}"), "b.json", "application/json"),
    ]
    response = client.post("/api/v1/sheets/convert", data={"document": parts}, content_type="multipart/form-data")
    assert response.status_code == 200, response.text
    assert response.json["origins"] == ["document-1", "document-2"]


def test_a_problem_in_a_part_says_which(client: FlaskClient) -> None:
    parts = [(io.BytesIO(b"{}"), "a.json"), (io.BytesIO(b'{"a": NaN}'), "b.json")]
    response = client.post(URL, data={"document": parts, "note": "x"}, content_type="multipart/form-data")
    assert pointers(response, 422) == {"/1/a", ""}


@pytest.mark.parametrize("name", ["KERVOALEN", "fiche de M.KERVOALEN"])
def test_the_name_of_a_file_is_never_told(client: FlaskClient, name: str) -> None:
    """It may be the patient's."""
    file = {"document": (io.BytesIO(b"{}"), name, "application/octet-stream")}
    refusal = client.post(URL, data=file, content_type="multipart/form-data")
    assert refusal.status_code == 415
    assert "kervoalen" not in refusal.text.lower()


def test_an_empty_multipart_is_refused(client: FlaskClient) -> None:
    problems(client.post(URL, data={}, content_type="multipart/form-data"), 422)


def test_a_decision_is_found_again_and_replayed_byte_for_byte(client: FlaskClient) -> None:
    first = client.post(f"{URL}?region=FR-GES&tumour=t1", json=SHEET)
    found = client.get(f"/api/v1/decisions/{first.json['decision_id']}").json
    assert found["place"] == {"region": "FR-GES", "centre": None}
    assert set(found) == {"id", "decided_at", "snapshot", "engine", "as_of", "place", "sheet"}
    again = client.post(f"/api/v1/decisions/{first.json['decision_id']}/replay", json=SHEET)
    assert again.data == first.data
    assert again.headers["Oncorules-Decision"] == first.headers["Oncorules-Decision"]


def test_a_replay_with_another_sheet_shows_the_difference(client: FlaskClient) -> None:
    first = client.post(URL, json=SHEET).json
    other = client.post(f"/api/v1/decisions/{first['decision_id']}/replay", json={"tumeurs": [{"id": "t1"}]})
    problems(other, 409)
    assert other.json["difference"]["pointer"] == "/sheet/hash"


def test_a_replay_with_another_engine_shows_both(client: FlaskClient, tmp_path: Path) -> None:
    first = client.post(URL, json=SHEET).json
    other = make_client(StubService("0.0.1+other"), tmp_path)
    response = other.post(f"/api/v1/decisions/{first['decision_id']}/replay", json=SHEET)
    problems(response, 409)
    assert response.json["difference"]["engine"] == {"then": "0.0.0+stub", "now": "0.0.1+other"}


def test_without_a_database_the_answer_is_given_and_says_so(service: StubService, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    broken = make_client(service, tmp_path, DATABASE=f"sqlite:///{tmp_path}/file/d.sqlite3")
    response = broken.post(URL, json=SHEET)
    assert response.status_code == 200
    assert [each["code"] for each in response.json["sheet"]["problems"]] == ["decision-non-ecrite"]
    assert broken.get("/api/v1/health/ready").json["store"] == "unavailable"
    problems(broken.get("/api/v1/snapshots"), 503)


def test_one_tumour_can_be_asked_for(client: FlaskClient) -> None:
    sheet = {**SHEET, "tumeurs": [{"id": "t1"}, {"id": "t2"}]}
    assert [each["id"] for each in client.post(f"{URL}?tumour=t2", json=sheet).json["tumours"]] == ["t2"]
    assert "t1" in problems(client.post(f"{URL}?tumour=t3", json=sheet), 422)[0]["hint"]


def test_what_if_takes_a_sheet_and_changes(client: FlaskClient) -> None:
    changes = [{"pointer": "/tumeurs/0/re_pct", "value": 5}]
    assert client.post(f"{URL}/what-if", json={"sheet": SHEET, "changes": changes}).json == {"changes": changes}
    assert pointers(client.post(f"{URL}/what-if", json={"sheet": 3, "changes": [3]}), 422) == {"/sheet", "/changes"}


def test_an_unforeseen_error_tells_nothing_of_the_patient(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = client.post(URL, json={**SHEET, "boom": True})
    problems(response, 500)
    assert "RuntimeError" in caplog.text
    assert not [value for value in IDENTITY if value in caplog.text + response.text]


def test_no_identity_in_log_database_or_error(
    client: FlaskClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        told = [
            client.post(URL, json=SHEET).text.replace(SHEET["patient"]["nom"], "") and "",
            client.post(URL, json={**SHEET, "tumeurs": []}).text,
            client.post(URL, json={**SHEET, "patientes": 1}).text,
            client.post(URL, data=json.dumps(SHEET)[:-1], content_type="application/json").text,
            client.post(URL, json=SHEET, content_type="text/plain").text,
        ]
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert written
    for value in IDENTITY:
        assert value not in "".join(told) + caplog.text
        assert value.encode() not in written


def test_the_openapi_document_is_valid(client: FlaskClient) -> None:
    spec = client.get("/api/v1/openapi.json").json
    assert spec["openapi"].startswith("3.1")
    validate(spec)
    assert "application/fhir+json" in spec["paths"]["/api/v1/evaluations"]["post"]["requestBody"]["content"]


def test_the_documentation_page_lists_every_route_and_fetches_nothing(client: FlaskClient) -> None:
    page = client.get("/api/v1/docs").text
    for path in client.get("/api/v1/openapi.json").json["paths"]:
        assert path in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page


def test_reading_routes(client: FlaskClient) -> None:
    assert client.get("/api/v1/concepts/sein").json["label"] == "sein"
    assert client.get("/api/v1/concepts?q=chimio").json["total"] == 1
    items = {each["id"]: each for each in client.get("/api/v1/dictionary?lang=en").json["items"]}
    assert items["re_pct"]["label"] == "ER"
    page = client.get("/api/v1/dictionary?format=markdown")
    assert page.content_type == "text/markdown; charset=utf-8"
    assert "re_pct" in page.text
    assert client.get("/api/v1/search?q=abemaciclib").json == {"total": 0, "items": []}
    assert client.get("/api/v1/health/live").json == {"status": "live"}
    assert client.get("/api/v1/health/ready").json["store"] == "ready"
