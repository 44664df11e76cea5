"""The answer in another form, and the sheet: asked by `form` or by what the client accepts; the same decision, the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.decide import Services
from api.documents import NATIVE
from api.library import examples, texts
from api.store import Store
from tests.small import shipped

URL = "/api/v1/evaluations"
SHEET = examples()["sein-a"]
BEGINS = {
    "fhir": (b'{"resourceType":"Bundle"', "application/fhir+json"),
    "frcp": (b"<?xml", "application/xml"),
    "pps": (b"<?xml", "application/xml"),
    "html": (b"<!doctype html>", "text/html; charset=utf-8"),
    "pdf": (b"%PDF-", "application/pdf"),
}


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    services = Services(shipped(), texts(), Store(f"sqlite:///{tmp_path}/d.sqlite3"), lambda _: shipped())
    return create_app({"SERVICES": services}).test_client()


def post(client: FlaskClient, query: str = "", url: str = URL, **headers: str) -> Any:
    return client.post(f"{url}{query}", data=SHEET.encode(), content_type=NATIVE, headers=headers)


@pytest.mark.parametrize("form", BEGINS)
def test_a_form_is_the_same_decision_and_the_same_bytes(client: FlaskClient, form: str) -> None:
    plain = post(client, "?region=FR-GES")
    first, second = (post(client, f"?region=FR-GES&form={form}") for _ in range(2))
    assert first.status_code == 200, first.text
    begins, media_type = BEGINS[form]
    assert first.data.startswith(begins)
    assert first.content_type == media_type
    assert first.data == second.data
    assert first.headers["Oncorules-Decision"] == plain.headers["Oncorules-Decision"] == plain.json["decision_id"]


@pytest.mark.parametrize(
    ("accepts", "media_type"),
    [
        ("application/fhir+json", "application/fhir+json"),
        ("application/pdf", "application/pdf"),
        ("text/html", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
    ],
)
def test_a_client_may_say_what_it_accepts(client: FlaskClient, accepts: str, media_type: str) -> None:
    """Whoever accepts anything gets JSON."""
    assert post(client, Accept=accepts).content_type == media_type


def test_what_the_board_accepts_is_written_back(client: FlaskClient) -> None:
    """Only what it names; what the answer hasn't is refused by name, all at once."""
    body = post(client, "?region=FR-GES&form=frcp&accept=S04").text
    assert "S04" in body
    assert "S03" not in body
    refused = post(client, "?form=frcp&accept=S04&accept=S99&accept=NCT1")
    assert refused.status_code == 422
    assert [problem["code"] for problem in refused.json["problems"]] == ["accept-inconnu"] * 2


@pytest.mark.parametrize("query", ["?accept=S04", "?form=pdf&accept=S04"])
def test_what_is_accepted_is_never_without_effect(client: FlaskClient, query: str) -> None:
    refused = post(client, query)
    assert (refused.status_code, refused.json["problems"][0]["pointer"]) == (422, "?accept")


def test_an_unknown_form_is_refused(client: FlaskClient) -> None:
    assert post(client, "?form=docx").status_code == 422


@pytest.mark.parametrize("form", ["fhir", "frcp"])
def test_a_sheet_in_another_form_tells_what_has_no_place_and_reads_back(client: FlaskClient, form: str) -> None:
    found = post(client, f"?form={form}", "/api/v1/sheets/convert").json
    told = {problem["code"] for problem in found["problems"]}
    assert told <= {"sans-place"}
    sent = json.dumps(found["sheet"]) if form == "fhir" else found["sheet"]
    kind = "application/fhir+json" if form == "fhir" else "application/xml"
    again = client.post("/api/v1/sheets/convert", data=sent.encode(), content_type=kind)
    assert again.status_code == 200, again.text
    assert again.json["sheet"]["patient"]["sexe"]["valeur"] == json.loads(SHEET)["patient"]["sexe"]
    if form == "frcp":
        assert "sans-place" in told
        assert found["sheet"].startswith("<?xml")
