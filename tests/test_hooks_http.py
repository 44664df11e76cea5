"""The hooks over HTTP: real servers, a FHIR server and key sets over TLS of another party, clients that sign."""

from __future__ import annotations

import copy
import http.client
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import create_app, library
from api.assembly import shipped
from api.decide import Services
from api.hooks.failures import FetchFailed
from api.hooks.fetching import Asked, HttpsFetcher
from api.hooks.names import KEYS
from api.hooks.services import NEEDED, PREFETCH
from api.settings import Settings
from api.store import Store
from api.strict_json import MOST_PROBLEMS
from engine.problems import Refused
from tests.benchmarks.server import Running, running
from tests.hook_world import (
    PATIENT,
    PATIENT_VIEW,
    RCP_REVIEW,
    TYPES,
    Other,
    Signer,
    call,
    certificates,
    fixture,
    other_server,
    prefetch,
    rsa_signer,
    searchset,
)

PUBLIC = "https://rcp.example.fr"
ORIGIN = "https://sandbox.example.org"
DISCOVERY = "/api/v1/cds-services"
TOKEN = "the-access-token"
SIGNER, RSA = Signer("https://client.example.fr", "k1"), rsa_signer("https://rsa.example.fr", "r1")
AUTHORISED = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "s"}
EXAMPLES = {name: json.loads(text) for name, text in library.examples().items()}


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Other]:
    made = certificates(tmp_path_factory.mktemp("tls"))
    patch = pytest.MonkeyPatch()
    patch.setenv("SSL_CERT_FILE", str(made.authority))
    with other_server(made) as other:
        other.answers["GET", "/jwks.json"] = {"keys": [SIGNER.jwk()]}
        yield other
    patch.undo()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("closed")


@pytest.fixture(scope="module")
def closed(other: Other, folder: Path) -> Iterator[Running]:
    """Run two workers that know two clients, one by address and one by key."""
    clients = folder / "clients.json"
    known = [
        {"iss": SIGNER.issuer, "jku": f"{other.address}/jwks.json"},
        {"iss": RSA.issuer, "jwks": {"keys": [RSA.jwk()]}},
    ]
    clients.write_text(json.dumps({"clients": known}))
    chosen = {
        "ONCORULES_CDS_CLIENTS": str(clients),
        "ONCORULES_CDS_URL": f"{PUBLIC}/api/v1",
        "ONCORULES_CDS_ORIGINS": f"https://else.example.org {ORIGIN}",
        "ONCORULES_CDS_FHIR_SERVERS": other.fhir,
    }
    with running(str(folder), workers=2, settings=chosen) as server:
        yield server


def send(server: Running, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
    """Send one request over a connection of its own; return status, headers and body."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    content = None if body is None else json.dumps(body).encode()
    try:
        connection.request(method, path, content, ({"Content-Type": "application/json"} if content else {}) | sent)
        response = connection.getresponse()
        told = response.read()
    finally:
        connection.close()
    return response.status, dict(response.headers), json.loads(told) if told else None


def signed(
    server: Running, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, str], Any]:
    return send(server, method, path, body, Authorization=f"Bearer {SIGNER.token(PUBLIC + path)}", **headers)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return shipped(Settings(f"sqlite:///{tmp_path_factory.mktemp('base')}/d.sqlite3"))


def application(base: Services, url: str) -> FlaskClient:
    """Return an application over a database of its own, with the settings of the environment."""
    return create_app({"SERVICES": Services(base.current, base.texts, Store(url), base.make)}).test_client()


@pytest.fixture
def client(base: Services, other: Other, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return an application without clients: loopback only, one FHIR server allowed, the page of one origin."""
    monkeypatch.setenv("ONCORULES_CDS_FHIR_SERVERS", other.fhir)
    monkeypatch.setenv("ONCORULES_CDS_ORIGINS", ORIGIN)
    return application(base, f"sqlite:///{tmp_path}/d.sqlite3")


def issues(body: Any) -> dict[str, str]:
    """Return the issues of an OperationOutcome that FHIR accepts: code of the problem → issue code."""
    OperationOutcome.model_validate(body)
    return {each["details"]["coding"][0]["code"]: each["code"] for each in body["issue"]}


def told(body: Any) -> str:
    OperationOutcome.model_validate(body)
    return json.dumps(body, ensure_ascii=False)


# --- discovery ---


def test_discovery_lists_two_services_with_their_templates(client: FlaskClient) -> None:
    body = client.get(DISCOVERY).json
    assert client.get(DISCOVERY).status_code == 200
    assert [(each["id"], each["hook"]) for each in body["services"]] == [
        ("oncorules-patient-view", "patient-view"),
        ("oncorules-rcp-review", "fr.oncorules.rcp-review"),
    ]
    for each in body["services"]:
        assert each["description"]
        assert each["title"]
        assert each["version"] == "3.0.0-ballot"
        assert each["prefetch"] == dict(PREFETCH)
        assert "boucle locale" in each["usageRequirements"]
    assert "hookVersion" not in body["services"][0]
    assert (
        "loopback"
        in client.get(DISCOVERY, headers={"Accept-Language": "en-GB"}).json["services"][0]["usageRequirements"]
    )


def test_templates_ask_for_every_type_that_is_read_by_patient_alone(client: FlaskClient) -> None:
    assert {key: template.partition("?")[0].partition("/")[0] for key, template in PREFETCH.items()} == TYPES
    for key, template in PREFETCH.items():
        assert template.replace("{{context.patientId}}", "p") == (
            "Patient/p" if key == "patient" else f"{TYPES[key]}?patient=p"
        )
    assert set(PREFETCH) >= NEEDED


def test_every_service_has_an_id_of_its_own(client: FlaskClient) -> None:
    """An id with several hooks would mean "update stale guidance", which is not done."""
    identifiers = [each["id"] for each in client.get(DISCOVERY).json["services"]]
    assert len(identifiers) == len(set(identifiers)) == 2


def test_our_hook_is_named_by_reverse_dns_and_has_its_own_version(client: FlaskClient) -> None:
    review = client.get(DISCOVERY).json["services"][1]
    assert review["hook"] == "fr.oncorules.rcp-review"
    assert review["hookVersion"] == "1.0.0"
    for key in ("sheetId", "rcpDate", "region", "centre", "sheet"):
        assert key in review["usageRequirements"]


# --- a call ---


def test_what_was_sent_ahead_is_answered_by_cards(client: FlaskClient) -> None:
    response = client.post(PATIENT_VIEW, json=call(prefetch=prefetch()))
    assert response.status_code == 200, response.text
    assert response.content_type == "application/json"
    assert response.json["cards"]
    decision = response.headers["Oncorules-Decision"]
    assert all(card["extension"][f"{KEYS}decision"] == decision for card in response.json["cards"])
    assert client.get(f"/api/v1/decisions/{decision}").status_code == 200
    assert client.post(PATIENT_VIEW, json=call(prefetch=prefetch())).data == response.data


def test_a_native_sheet_goes_the_same_way_with_day_and_region_of_the_context(client: FlaskClient) -> None:
    context = {"sheet": EXAMPLES["sein-a"], "region": "FR-GES", "rcpDate": "2026-11-20", "sheetId": "fiche-7"}
    response = client.post(RCP_REVIEW, json=call("fr.oncorules.rcp-review", context=context))
    assert response.status_code == 200, response.text
    evaluated = client.post("/api/v1/evaluations?region=FR-GES&as_of=2026-11-20", json=EXAMPLES["sein-a"])
    assert response.headers["Oncorules-Decision"] == evaluated.headers["Oncorules-Decision"]
    rules = [each["rule"] for card in response.json["cards"] for each in card["extension"].get(f"{KEYS}rules", ())]
    assert "NEON-g8" in rules, "the rule of the region"
    assert {card["extension"][f"{KEYS}sheet-id"] for card in response.json["cards"]} == {"fiche-7"}


def test_a_call_for_another_hook_or_with_a_wrong_body_is_400(client: FlaskClient) -> None:
    response = client.post(PATIENT_VIEW, json=call("order-sign"))
    assert (response.status_code, issues(response.json)) == (400, {"hook-autre": "invalid"})
    response = client.post(PATIENT_VIEW, json={"hook": 3})
    assert response.status_code == 400
    assert len(response.json["issue"]) == 5
    assert issues(client.post(PATIENT_VIEW, data=b"{", content_type="application/json").json) == {"json": "invalid"}


@pytest.mark.parametrize("key", sorted(NEEDED))
def test_data_that_are_needed_and_can_not_be_had_are_412_by_name(client: FlaskClient, key: str) -> None:
    response = client.post(PATIENT_VIEW, json=call(prefetch=prefetch(key)))
    assert response.status_code == 412
    assert issues(response.json) == {"donnees-manquantes": "incomplete"}
    (issue,) = response.json["issue"]
    assert f"/prefetch/{key}" in issue["diagnostics"]


def test_a_call_without_data_names_all_that_is_missing(client: FlaskClient) -> None:
    response = client.post(PATIENT_VIEW, json=call())
    assert response.status_code == 412
    assert len(response.json["issue"]) == len(NEEDED)


def test_a_page_of_needed_data_is_412_where_the_rest_can_not_be_had(client: FlaskClient) -> None:
    sent = prefetch()
    sent["observations"]["link"] = [{"relation": "next", "url": "https://h/fhir?page=2"}]
    response = client.post(PATIENT_VIEW, json=call(prefetch=sent))
    assert response.status_code == 412
    assert "fourni en partie" in told(response.json)


def test_an_outcome_in_the_place_of_needed_data_is_412(client: FlaskClient) -> None:
    held_back = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}
    fine = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    for value in (held_back, searchset([held_back]), fine):
        response = client.post(PATIENT_VIEW, json=call(prefetch={**prefetch(), "conditions": value}))
        assert response.status_code == 412
        assert "refusé au client" in told(response.json)


def test_other_data_that_are_missing_stay_unknown_and_are_told(client: FlaskClient) -> None:
    response = client.post(PATIENT_VIEW, json=call(prefetch=prefetch("procedures", "allergies")))
    assert response.status_code == 200
    limits = next(card for card in response.json["cards"] if card["source"]["topic"]["code"] == "limits")
    assert "procedures (non fourni" in limits["detail"].replace("\\", "")
    assert "allergies (non fourni" in limits["detail"].replace("\\", "")
    whole = client.post(PATIENT_VIEW, json=call(prefetch=prefetch())).json["cards"]
    assert not [card for card in whole if "non fourni" in card["detail"]]


def test_null_is_no_data_and_a_record_without_tumour_has_no_card(client: FlaskClient) -> None:
    empty = dict.fromkeys(PREFETCH)
    response = client.post(PATIENT_VIEW, json=call(prefetch=empty))
    assert (response.status_code, response.json) == (200, {"cards": []})
    (card,) = client.post(RCP_REVIEW, json=call("fr.oncorules.rcp-review", prefetch=empty)).json["cards"]
    assert "Aucune tumeur" in card["summary"]


def test_data_of_another_patient_are_refused(client: FlaskClient) -> None:
    sent = json.loads(json.dumps(prefetch()).replace("Patient/p", "Patient/q"))
    response = client.post(PATIENT_VIEW, json=call(prefetch=sent))
    assert (response.status_code, issues(response.json)) == (400, {"autre-patient": "invalid"})
    sent = prefetch()
    sent["patient"]["id"] = "q"
    allergy = {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/q"}}
    sent = {**prefetch(), "allergies": searchset([allergy])}
    assert client.post(PATIENT_VIEW, json=call(prefetch=sent)).status_code == 400
    many = [{"resourceType": "Observation", "subject": {"reference": "Patient/q"}}] * (MOST_PROBLEMS + 1)
    response = client.post(PATIENT_VIEW, json=call(prefetch={**prefetch(), "observations": searchset(many)}))
    assert len(response.json["issue"]) == MOST_PROBLEMS
    assert client.post(PATIENT_VIEW, json=call(prefetch=sent)).status_code == 400


def test_a_sheet_that_is_refused_is_422_with_its_place(client: FlaskClient) -> None:
    sheet = {**EXAMPLES["sein-a"], "tumeurs": [{"id": "t1", "re_pct": "beaucoup"}]}
    response = client.post(RCP_REVIEW, json=call("fr.oncorules.rcp-review", context={"sheet": sheet}))
    assert response.status_code == 422
    assert "/context/sheet/tumeurs/0/re_pct" in told(response.json)


# --- fetching ---


def fetched_call(other: Other, *left_out: str, **more: Any) -> dict[str, Any]:
    return call(fhirServer=other.fhir, fhirAuthorization=AUTHORISED, prefetch=prefetch(*left_out), **more)


def test_what_is_missing_is_fetched_by_post_with_the_token(client: FlaskClient, other: Other) -> None:
    other.serve(fixture())
    response = client.post(PATIENT_VIEW, json=call(fhirServer=other.fhir, fhirAuthorization=AUTHORISED))
    assert response.status_code == 200, response.text
    assert response.data == client.post(PATIENT_VIEW, json=call(prefetch=prefetch())).data
    posted = [each for each in other.asked if each["method"] == "POST"]
    assert {each["path"] for each in posted} == {
        f"/fhir/{kind}/_search" for kind in TYPES.values() if kind != "Patient"
    }
    assert all(each["form"] == {"patient": [PATIENT]} and not each["query"] for each in posted)
    assert ("GET", f"/fhir/Patient/{PATIENT}") in other.paths()
    for each in other.asked:
        assert each["headers"]["Authorization"] == f"Bearer {TOKEN}"
        assert each["headers"]["Accept"].startswith("application/fhir+json")


def test_only_what_is_missing_is_fetched_and_by_get_where_post_is_not_served(client: FlaskClient, other: Other) -> None:
    other.serve(fixture(), by_post=False)
    response = client.post(PATIENT_VIEW, json=fetched_call(other, "observations"))
    assert response.status_code == 200, response.text
    assert other.paths() == [("POST", "/fhir/Observation/_search"), ("GET", "/fhir/Observation")]
    assert other.asked[1]["query"] == {"patient": [PATIENT]}


def test_pages_are_followed_to_the_end(client: FlaskClient, other: Other) -> None:
    whole = client.post(PATIENT_VIEW, json=call(prefetch=prefetch()))
    other.serve(fixture())
    observations = [each for each in fixture() if each["resourceType"] == "Observation"]
    other.answers["GET", "/fhir/page2"] = searchset(observations[10:], total=len(observations))
    sent = fetched_call(other)
    link = [{"relation": "next", "url": f"{other.fhir}/page2?token=x"}]
    sent["prefetch"]["observations"] = searchset(observations[:10], link=link, total=len(observations))
    response = client.post(PATIENT_VIEW, json=sent)
    assert response.data == whole.data
    assert other.paths() == [("GET", "/fhir/page2")]


@pytest.mark.parametrize(
    ("last", "word"),
    [
        (searchset([{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "security"}]}]), "refusé"),
        (searchset([], total=10**6), "en partie"),
        ({"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "throttled"}]}, "refusé"),
    ],
    ids=["refused", "fewer than said", "no page"],
)  # fmt: skip
def test_a_last_page_that_is_refused_or_leaves_some_out_is_412(client: FlaskClient, other: Other, last: Any, word: str) -> None:  # fmt: skip
    other.serve(fixture())
    other.answers["GET", "/fhir/page2"] = last
    sent = fetched_call(other)
    sent["prefetch"]["observations"] |= {"link": [{"relation": "next", "url": f"{other.fhir}/page2"}]}
    response = client.post(PATIENT_VIEW, json=sent)
    assert response.status_code == 412
    assert word in told(response.json)


def test_data_past_the_largest_body_are_412(client: FlaskClient, other: Other) -> None:
    other.serve(fixture())
    desk = client.application.extensions["oncorules-hooks"]
    desk.chosen = replace(desk.chosen, largest_body=3_000)
    response = client.post(PATIENT_VIEW, json=call(fhirServer=other.fhir, fhirAuthorization=AUTHORISED))
    assert response.status_code == 412
    assert "3000 octets" in told(response.json)


def test_a_page_elsewhere_is_never_followed(client: FlaskClient, other: Other) -> None:
    other.serve(fixture())
    for url in (
        f"{other.address}/other",
        "https://evil.example.org/fhir",
        f"{other.fhir}-other/x",
        f"{other.fhir}/../x",
        f"{other.fhir}/%2e%2e/x",
        f"{other.fhir}/%252E./x",
        f"{other.fhir}/..;a=b/x",
        f"{other.fhir}/..%5Cx",
        other.fhir.replace("https://", "https://user@"),
        "//evil/fhir",
        "http://[x",
    ):
        sent = fetched_call(other)
        sent["prefetch"]["observations"]["link"] = [{"relation": "next", "url": url}]
        response = client.post(PATIENT_VIEW, json=sent)
        assert response.status_code == 412, url
        assert TOKEN not in response.text
    assert other.asked == []


def test_pages_that_never_end_are_412(client: FlaskClient, other: Other) -> None:
    other.serve(fixture())
    other.answers["GET", "/fhir/loop"] = searchset([], link=[{"relation": "next", "url": f"{other.fhir}/loop"}])
    other.answers["POST", "/fhir/Observation/_search"] = other.answers["GET", "/fhir/loop"]
    response = client.post(PATIENT_VIEW, json=fetched_call(other, "observations"))
    assert response.status_code == 412
    assert "ne finissent pas" in told(response.json)


def test_a_server_that_is_not_allowed_not_https_or_not_authorised_is_never_asked(client: FlaskClient, other: Other) -> None:  # fmt: skip
    other.serve(fixture())
    plain = other.fhir.replace("https", "http")
    elsewhere = (f"{other.address}/other", f"{other.fhir}/below", f"{other.fhir}-beside", other.fhir[:-1], plain)
    for server, authorisation in (*((each, AUTHORISED) for each in elsewhere), (other.fhir, None)):
        body = call(fhirServer=server, prefetch=prefetch("observations"))
        body |= {"fhirAuthorization": authorisation} if authorisation else {}
        assert client.post(PATIENT_VIEW, json=body).status_code == 412
    assert other.asked == []


@pytest.mark.parametrize(
    "answer",
    [(401, {}), (500, {}), b"<html>", {"resourceType": "Observation"}, {"resourceType": "Bundle", "entry": [3]}, [1]],
    ids=str,
)
def test_a_server_that_fails_is_412_and_no_second_token_is_sent_after_401(client: FlaskClient, other: Other, answer: Any) -> None:  # fmt: skip
    other.serve(fixture())
    other.answers["POST", "/fhir/Observation/_search"] = answer
    response = client.post(PATIENT_VIEW, json=fetched_call(other, "observations"))
    assert response.status_code == 412
    assert TOKEN not in told(response.json)
    assert other.paths().count(("GET", "/fhir/Observation")) == (answer == (500, {}))


def test_a_redirection_is_not_followed(client: FlaskClient, other: Other) -> None:
    other.serve(fixture())
    to = {"headers": {"Location": f"{other.address}/elsewhere"}}
    for method, path in (("POST", "/fhir/Observation/_search"), ("GET", "/fhir/Observation")):
        other.answers[method, path] = lambda: (302, json.loads(json.dumps(to)))
    assert client.post(PATIENT_VIEW, json=fetched_call(other, "observations")).status_code == 412
    assert ("GET", "/elsewhere") not in other.paths()


def test_a_slow_server_does_not_hold_the_answer(
    base: Services, other: Other, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client waits for cards: past the patience that is set, what is missing is named."""
    monkeypatch.setenv("ONCORULES_CDS_FHIR_SERVERS", other.fhir)
    monkeypatch.setenv("ONCORULES_CDS_PATIENCE", "0.3")
    slow = application(base, f"sqlite:///{tmp_path}/d.sqlite3")
    other.serve(fixture())
    answered = threading.Event()
    other.answers["POST", "/fhir/Observation/_search"] = lambda: (answered.wait(30), searchset([]))[1]
    response = slow.post(PATIENT_VIEW, json=fetched_call(other, "observations"))
    answered.set()
    assert response.status_code == 412


def test_what_is_missing_is_asked_for_side_by_side(client: FlaskClient, other: Other) -> None:
    """Each of three answers waits for the two others."""
    other.serve(fixture())
    together = threading.Barrier(3)
    for kind in ("Condition", "Observation", "Procedure"):
        found = other.answers["POST", f"/fhir/{kind}/_search"]
        other.answers["POST", f"/fhir/{kind}/_search"] = lambda found=found: (together.wait(3), found)[1]
    response = client.post(PATIENT_VIEW, json=fetched_call(other, "conditions", "observations", "procedures"))
    assert response.status_code == 200, response.text
    assert not together.broken


def test_a_body_that_is_too_large_is_not_read_to_its_end(other: Other) -> None:
    other.answers["GET", "/large"] = b"x" * 200_000
    with pytest.raises(FetchFailed, match="100000"):
        HttpsFetcher(100_000)(Asked(f"{other.address}/large"), 10)
    assert len(HttpsFetcher(300_000)(Asked(f"{other.address}/large"), 10).body) == 200_000
    with pytest.raises(FetchFailed, match="https"):
        HttpsFetcher(300_000)(Asked("http://127.0.0.1/"), 10)


def test_medications_that_are_cited_are_fetched(client: FlaskClient, other: Other) -> None:
    other.serve(fixture())
    request = {"resourceType": "MedicationRequest", "id": "m", "status": "completed", "intent": "order",
               "subject": {"reference": f"Patient/{PATIENT}"}, "medicationReference": {"reference": "Medication/tam"}}  # fmt: skip
    coded = {"coding": [{"system": "http://www.whocc.no/atc", "code": "L02BA01"}]}
    other.answers["GET", "/fhir/Medication/tam"] = {"resourceType": "Medication", "id": "tam", "code": coded}
    sent = fetched_call(other)
    sent["prefetch"]["medicationRequests"] = searchset([request])
    with_drug = client.post(PATIENT_VIEW, json=sent)
    assert with_drug.status_code == 200, with_drug.text
    assert other.paths() == [("GET", "/fhir/Medication/tam")]
    del other.answers["GET", "/fhir/Medication/tam"]
    without = client.post(PATIENT_VIEW, json=sent)
    assert without.status_code == 200
    assert without.headers["Oncorules-Decision"] != with_drug.headers["Oncorules-Decision"]


def test_the_token_and_the_patient_are_nowhere_afterwards(
    client: FlaskClient,
    other: Other,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    other.serve([{**each, "name": [{"family": "Zweistein"}]} if each["resourceType"] == "Patient" else each for each in fixture()])  # fmt: skip
    body = call(fhirServer=other.fhir, fhirAuthorization=AUTHORISED, context={"userId": "Practitioner/qui-appelle"})
    response = client.post(PATIENT_VIEW, json=body)
    assert response.status_code == 200
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir()).decode("latin-1")
    shown = "".join(capfd.readouterr())
    for secret in (TOKEN, "Zweistein", "qui-appelle"):
        assert secret not in written + caplog.text + shown + response.text
    assert "Patient/p" not in written + caplog.text + shown


# --- errors ---


def test_every_error_is_an_operation_outcome_in_json(client: FlaskClient) -> None:
    tries = [
        client.post(f"{DISCOVERY}/oncorules-patient-vue", json=call()),
        client.get(PATIENT_VIEW),
        client.post(PATIENT_VIEW, data=b"<x/>", content_type="application/xml"),
        client.post(PATIENT_VIEW, data=b"{}", content_type="application/fhir+json"),
        client.post(PATIENT_VIEW, data=b"\xff", content_type="application/json"),
        client.post(f"{DISCOVERY}/a/b/c", json={}),
        client.post(f"{DISCOVERY}/nobody/feedback", json={}),
        client.post(PATIENT_VIEW, data=b"{}", content_type="application/json", headers={"Content-Encoding": "gzip"}),
    ]
    assert [each.status_code for each in tries] == [404, 405, 415, 415, 400, 404, 404, 415]
    for each in tries:
        assert each.content_type == "application/json"
        assert issues(each.json)
    assert "oncorules-patient-view" in tries[0].text
    assert "POST" in tries[1].headers["Allow"]


def test_what_is_too_large_is_413_and_what_is_unforeseen_500(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.application.config["MAX_CONTENT_LENGTH"] = 1000
    response = client.post(PATIENT_VIEW, json=call(prefetch=prefetch()))
    assert (response.status_code, issues(response.json)) == (413, {"http-413": "too-long"})
    desk = client.application.extensions["oncorules-hooks"]
    monkeypatch.setattr(desk, "services", None)
    response = client.post(RCP_REVIEW, json=call("fr.oncorules.rcp-review", context={"sheet": {}}))
    assert (response.status_code, issues(response.json)) == (500, {"http-500": "exception"})


_JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 3.5, 10**30, "", "x", "\0", "é" * 600, [], [1], {}, {"a": 1}, [[]], {"reference": 3}, "Patient/q",
    {"resourceType": "Bundle"}, {"resourceType": "OperationOutcome"}, "https://[bad", "2026-13-45T99:99:99Z", "0000-01-01",
)  # fmt: skip


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _places(value[key], (*place, key))


def _spoilt(body: Any, place: tuple[Any, ...], junk: Any) -> Any:
    if not place:
        return junk
    key, spoilt = place[0], copy.copy(body)
    spoilt[key] = _spoilt(body[key], place[1:], junk)
    return spoilt


def _small() -> list[tuple[str, Any]]:
    """Return a call of each service and a feedback, each with everything that it may have."""
    few = {kind: [each for each in fixture() if each["resourceType"] == kind][:2] for kind in TYPES.values()}
    fine = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "informational"}]}
    sent = {
        "patient": few["Patient"][0],
        "conditions": searchset(few["Condition"], total=2, link=[{"relation": "self"}]),
    }
    sent |= {"observations": searchset(few["Observation"]), "procedures": fine}
    review = {"rcpDate": "2026-11-20", "region": "FR-GES", "centre": "1", "sheetId": "x", "encounterId": "e"}
    entry = {"card": "00000000-0000-4000-8000-000000000000", "outcome": "accepted", "outcomeTimestamp": AT}
    reason = {"reason": {"code": "a", "system": "b"}, "userComment": "x"}
    entries = [{**entry, "acceptedSuggestions": [{"id": entry["card"]}]}, {**entry, "outcome": "overridden", "overrideReason": reason}]  # fmt: skip
    server = {"fhirServer": "https://h.example.fr/fhir", "fhirAuthorization": AUTHORISED}
    return [
        (PATIENT_VIEW, call(prefetch=sent, **server)),
        (RCP_REVIEW, call("fr.oncorules.rcp-review", context=review, prefetch=sent)),
        (f"{RCP_REVIEW}/feedback", {"feedback": entries}),
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_body_makes_a_500(client: FlaskClient, data: st.DataObject) -> None:
    path, body = data.draw(st.sampled_from(_small()))
    for _ in range(data.draw(st.integers(1, 2))):
        body = _spoilt(body, data.draw(st.sampled_from(list(_places(body)))), data.draw(st.sampled_from(_JUNK)))
    response = client.post(path, data=json.dumps(body), content_type="application/json")
    assert response.status_code in (200, 400, 412, 422), response.text
    if response.status_code != 200:
        assert issues(response.json)


# --- feedback ---

AT = "2026-11-25T10:00:00Z"


def cards_of(client: FlaskClient) -> list[dict[str, Any]]:
    context = {"sheet": EXAMPLES["sein-b"], "region": "FR-GES"}
    cards: list[dict[str, Any]] = client.post(RCP_REVIEW, json=call("fr.oncorules.rcp-review", context=context)).json["cards"]  # fmt: skip
    return cards


def test_feedback_is_kept_by_rule_once(client: FlaskClient) -> None:
    card = next(each for each in cards_of(client) if each["extension"].get(f"{KEYS}rule") == "S09")
    suggestion = card["suggestions"][0]["uuid"]
    reason = {
        "reason": {"code": "choix-patient", "system": card["overrideReasons"][3]["system"]},
        "userComment": "Mme X",
    }
    entries = [
        {"card": card["uuid"], "outcome": "accepted", "outcomeTimestamp": AT, "acceptedSuggestions": [{"id": suggestion}]},
        {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-11-25T11:00:00Z", "overrideReason": reason},
    ]  # fmt: skip
    first = client.post(f"{RCP_REVIEW}/feedback", json={"feedback": [*entries, entries[0]]})
    assert (first.status_code, first.json) == (200, {"received": 3, "new": 2, "comments": "dropped"})
    again = client.post(f"{RCP_REVIEW}/feedback", json={"feedback": entries})
    assert (again.status_code, again.json["new"]) == (200, 0)
    assert client.get("/api/v1/recommendations/S09").json["feedback"] == {
        "accepted": 1,
        "overridden": {"choix-patient": 1},
    }
    assert "feedback" not in client.get("/api/v1/recommendations/S06").json


def test_feedback_on_what_was_never_sent_is_refused_whole(client: FlaskClient) -> None:
    card = next(each for each in cards_of(client) if each["extension"].get(f"{KEYS}rule") == "S09")
    unknown = "00000000-0000-4000-8000-000000000000"
    entries = [
        {"card": unknown, "outcome": "overridden", "outcomeTimestamp": AT},
        {"card": card["uuid"], "outcome": "accepted", "outcomeTimestamp": AT, "acceptedSuggestions": [{"id": unknown}]},
        {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": AT},
    ]
    response = client.post(f"{RCP_REVIEW}/feedback", json={"feedback": entries})
    assert response.status_code == 400
    assert issues(response.json) == {"carte-inconnue": "not-found", "suggestion-inconnue": "not-found"}
    assert "feedback" not in client.get("/api/v1/recommendations/S09").json
    elsewhere = client.post(f"{PATIENT_VIEW}/feedback", json={"feedback": entries[2:]})
    assert elsewhere.status_code == 400, "the card is another service's"


def test_a_wrong_feedback_is_400_with_every_problem(client: FlaskClient) -> None:
    response = client.post(f"{RCP_REVIEW}/feedback", json={"feedback": [{}, {"outcome": "x"}]})
    assert response.status_code == 400
    assert len(response.json["issue"]) == 6


# --- security, between real processes ---


def test_a_signed_call_is_answered_from_discovery_to_feedback(closed: Running, other: Other) -> None:
    status, _, body = signed(closed, "GET", DISCOVERY)
    assert status == 200
    assert "JWT" in body["services"][0]["usageRequirements"]
    other.serve(fixture())
    other.answers["GET", "/jwks.json"] = {"keys": [SIGNER.jwk()]}
    status, headers, body = signed(
        closed, "POST", PATIENT_VIEW, call(fhirServer=other.fhir, fhirAuthorization=AUTHORISED)
    )
    assert status == 200, body
    assert headers["Oncorules-Decision"]
    assert all(link["url"].startswith(("https://rcp.example.fr/api/v1/", "http")) for link in body["cards"][0]["links"])
    assert body["cards"][0]["links"][0]["url"].startswith(f"{PUBLIC}/api/v1/")
    entry = {"card": body["cards"][0]["uuid"], "outcome": "overridden", "outcomeTimestamp": AT}
    status, _, body = signed(closed, "POST", f"{PATIENT_VIEW}/feedback", {"feedback": [entry]})
    assert (status, body["received"]) == (200, 1)
    token = RSA.token(PUBLIC + DISCOVERY)
    assert send(closed, "GET", DISCOVERY, Authorization=f"Bearer {token}")[0] == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", DISCOVERY), ("POST", PATIENT_VIEW), ("POST", f"{PATIENT_VIEW}/feedback"), ("POST", f"{DISCOVERY}/nobody")],
)
def test_every_call_without_a_token_is_401(closed: Running, method: str, path: str) -> None:
    body = {} if method == "POST" else None
    status, headers, told_of = send(closed, method, path, body, Origin=ORIGIN)
    assert status == 401
    assert headers["WWW-Authenticate"].startswith("Bearer")
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert issues(told_of) == {"non-autorise": "login"}
    wrong = SIGNER.token(PUBLIC + path + "x")
    assert send(closed, method, path, body, Authorization=f"Bearer {wrong}")[0] == 401


def test_the_address_in_a_token_is_the_public_one_whatever_the_host_header_says(closed: Running) -> None:
    for host in ("evil.example.org", "rcp.example.fr"):
        token = SIGNER.token(f"https://evil.example.org{DISCOVERY}")
        assert send(closed, "GET", DISCOVERY, Authorization=f"Bearer {token}", Host=host)[0] == 401
        assert (
            send(closed, "GET", DISCOVERY, Authorization=f"Bearer {SIGNER.token(PUBLIC + DISCOVERY)}", Host=host)[0]
            == 200
        )


def test_a_token_serves_once_across_workers_and_restarts(other: Other, folder: Path, closed: Running) -> None:
    """Many connections, so that both workers are asked; then other processes over the same database."""
    token = SIGNER.token(PUBLIC + DISCOVERY)
    statuses = [send(closed, "GET", DISCOVERY, Authorization=f"Bearer {token}")[0] for _ in range(20)]
    assert statuses == [200, *[401] * 19]
    chosen = {
        "ONCORULES_CDS_CLIENTS": str(folder / "clients.json"),
        "ONCORULES_CDS_URL": f"{PUBLIC}/api/v1",
        "SSL_CERT_FILE": os.environ["SSL_CERT_FILE"],
    }
    other.answers["GET", "/jwks.json"] = {"keys": [SIGNER.jwk()]}
    with running(str(folder), workers=1, settings=chosen) as again:
        assert send(again, "GET", DISCOVERY, Authorization=f"Bearer {token}")[0] == 401
        fresh = SIGNER.token(PUBLIC + DISCOVERY)
        assert send(again, "GET", DISCOVERY, Authorization=f"Bearer {fresh}")[0] == 200


def test_a_key_that_is_rotated_is_fetched(closed: Running, other: Other) -> None:
    new = Signer(SIGNER.issuer, "k-new")
    other.answers["GET", "/jwks.json"] = {"keys": [SIGNER.jwk(), new.jwk()]}
    assert send(closed, "GET", DISCOVERY, Authorization=f"Bearer {new.token(PUBLIC + DISCOVERY)}")[0] == 200
    stranger = Signer("https://stranger.example.fr", "k1")
    before = len(other.asked)
    told_jku = stranger.token(PUBLIC + DISCOVERY, {"jku": f"{other.address}/stranger.json"})
    assert send(closed, "GET", DISCOVERY, Authorization=f"Bearer {told_jku}")[0] == 401
    assert len(other.asked) == before, "no key set of a stranger is fetched"


def test_without_a_database_no_token_can_be_believed(
    base: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay could not be seen: 503, not an open door."""
    clients = tmp_path / "clients.json"
    clients.write_text(json.dumps({"clients": [{"iss": RSA.issuer, "jwks": {"keys": [RSA.jwk()]}}]}))
    monkeypatch.setenv("ONCORULES_CDS_CLIENTS", str(clients))
    monkeypatch.setenv("ONCORULES_CDS_URL", f"{PUBLIC}/api/v1")
    (tmp_path / "file").write_text("not a folder")
    broken = application(base, f"sqlite:///{tmp_path}/file/d.sqlite3")
    response = broken.get(DISCOVERY, headers={"Authorization": f"Bearer {RSA.token(PUBLIC + DISCOVERY)}"})
    assert (response.status_code, issues(response.json)) == (503, {"http-503": "transient"})


def test_without_clients_only_the_loopback_is_served(client: FlaskClient) -> None:
    assert client.get(DISCOVERY).status_code == 200
    assert client.get(DISCOVERY, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
    behind = client.get(DISCOVERY, headers={"X-Forwarded-For": "192.0.2.7"})
    assert (behind.status_code, issues(behind.json)) == (403, {"boucle-locale": "forbidden"})
    assert client.get(DISCOVERY, headers={"Forwarded": "for=192.0.2.7"}).status_code == 403


@pytest.mark.parametrize(
    "chosen",
    [
        {"ONCORULES_CDS_CLIENTS": "clients.json"},
        {"ONCORULES_CDS_CLIENTS": "none.json", "ONCORULES_CDS_URL": f"{PUBLIC}/api/v1"},
        {"ONCORULES_CDS_URL": "rcp.example.fr"},
        {"ONCORULES_CDS_ORIGINS": "*"},
        {"ONCORULES_CDS_FHIR_SERVERS": "http://plain.example.fr/fhir"},
    ],
)
def test_settings_that_can_not_hold_together_stop_the_start(
    base: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str]
) -> None:
    (tmp_path / "clients.json").write_text(
        json.dumps({"clients": [{"iss": RSA.issuer, "jwks": {"keys": [RSA.jwk()]}}]})
    )
    monkeypatch.chdir(tmp_path)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Refused):
        application(base, f"sqlite:///{tmp_path}/d.sqlite3")


# --- pages of other origins ---


def test_a_browser_may_ask_first_and_read_answers_and_errors(client: FlaskClient) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    for path in (DISCOVERY, PATIENT_VIEW, f"{PATIENT_VIEW}/feedback"):
        allowed = client.options(path, headers=asked)
        assert allowed.status_code in (200, 204)
        assert allowed.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert {"Authorization", "Content-Type"} <= set(allowed.headers["Access-Control-Allow-Headers"].split(", "))
        assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    for response in (client.get(DISCOVERY, headers=asked), client.post(PATIENT_VIEW, json={}, headers=asked),
                     client.get(f"{DISCOVERY}/x/y/z", headers=asked), client.get(PATIENT_VIEW, headers=asked)):  # fmt: skip
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Origin" in response.headers["Vary"]


def test_a_page_of_another_origin_may_not(client: FlaskClient) -> None:
    for origin in ("https://evil.example.org", "null", ORIGIN.upper(), f"{ORIGIN}.evil.org"):
        response = client.options(PATIENT_VIEW, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in response.headers
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/snapshots", headers={"Origin": ORIGIN}).headers


def test_a_preflight_needs_no_token(closed: Running) -> None:
    status, headers, _ = send(closed, "OPTIONS", PATIENT_VIEW, Origin=ORIGIN)
    assert status in (200, 204)
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
