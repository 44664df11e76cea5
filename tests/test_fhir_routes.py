"""FHIR over HTTP: what is served is what is said, searches page, records match, every error is an OperationOutcome."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from api import create_app, library
from api.exports.fhir.match import GRADE, GRADES
from api.routes.fhir import BASE
from tests.fhir_bindings import problems

MEDIA_TYPE = "application/fhir+json"
STUDIES = f"{BASE}/ResearchStudy"
MATCHES = (f"{BASE}/$match", f"{STUDIES}/$match")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("database")
    return create_app({"DATABASE": f"sqlite:///{folder}/d.sqlite3"}).test_client()


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    """Return the bundle of a woman with a breast cancer, as mCODE has it, a name and an identifier included."""
    who = {"reference": "Patient/p"}
    confirmed = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]
    }
    resources: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1966-05-01",
         "name": [{"family": "Identifiable"}], "identifier": [{"value": "164057512345678"}]},
        {"resourceType": "Condition", "id": "c", "subject": who, "verificationStatus": confirmed,
         "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "C50.4"}]}},
    ]  # fmt: skip
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


def _read(response: TestResponse, status: int = 200) -> dict[str, Any]:
    """Return a resource that was sent, checked."""
    assert response.status_code == status, response.text
    assert response.content_type == MEDIA_TYPE
    body: dict[str, Any] = response.json
    get_fhir_model_class(body["resourceType"]).model_validate(body)
    assert not problems(body)
    return body


def _post(client: FlaskClient, body: Any, url: str = MATCHES[0]) -> TestResponse:
    return client.post(url, data=json.dumps(body), content_type=MEDIA_TYPE)


def _parameters(record: Any, **more: Any) -> dict[str, Any]:
    said = [{"name": "trialMatchClinicalData", "resource": record}]
    for name, value in more.items():
        kind = "Boolean" if isinstance(value, bool) else "Integer" if isinstance(value, int) else "Date" if name == "asOf" else "String"  # fmt: skip
        said.append({"name": name, f"value{kind}": value})
    return {"resourceType": "Parameters", "parameter": said}


def _ids(bundle: dict[str, Any]) -> list[str]:
    return [each["resource"]["id"] for each in bundle.get("entry", ()) if each["search"]["mode"] == "match"]


def _told(bundle: dict[str, Any]) -> list[str]:
    """Return our own names of what a searchset tells about the search."""
    outcomes = [each["resource"] for each in bundle.get("entry", ()) if each["search"]["mode"] == "outcome"]
    return [issue["details"]["coding"][0]["code"] for each in outcomes for issue in each["issue"]]


# --- what is served ---


def test_the_capability_statement_names_every_route_and_no_other(client: FlaskClient) -> None:
    body = _read(client.get(f"{BASE}/metadata"))
    (rest,) = body["rest"]
    said = {("POST", f"/${each['name']}") for each in rest["operation"]}
    for resource in rest["resource"]:
        name = resource["type"]
        codes = [each["code"] for each in resource["interaction"]]
        said |= {("GET", f"/{name}")} if "search-type" in codes else set()
        said |= {("GET", f"/{name}/*")} if "read" in codes else set()
        said |= {("POST", f"/{name}/${each['name']}") for each in resource.get("operation", ())}
    served = set()
    for rule in client.application.url_map.iter_rules():
        if rule.rule.startswith(f"{BASE}/") and not rule.rule.endswith("/metadata"):
            first, *rest = rule.rule.removeprefix(f"{BASE}/").split("/")
            path = f"/{first}" + "".join(f"/{each if each.startswith('$') else '*'}" for each in rest)
            served |= {(method, path) for method in rule.methods or () if method in ("GET", "POST")}
    assert said == served
    assert {each["name"] for each in rest_of(body, "ResearchStudy")["searchParam"]} == {"_id", "condition", "status"}


def rest_of(capability: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what a CapabilityStatement says of one type."""
    (found,) = [each for each in capability["rest"][0]["resource"] if each["type"] == name]
    return dict(found)


def test_the_operation_is_defined(client: FlaskClient) -> None:
    body = _read(client.get(f"{BASE}/OperationDefinition/match"))
    names = {each["name"] for each in body["parameter"] if each["use"] == "in"}
    assert {"zipCode", "travelRadius", "phase", "recruitmentStatus", "trialMatchClinicalData"} <= names


# --- ResearchStudy ---


def test_every_trial_is_found_and_read(client: FlaskClient) -> None:
    """Following `next` gives each trial once."""
    url, found = f"{STUDIES}?_count=7", []
    while url:
        parts = urlsplit(url)
        page = _read(client.get(f"{parts.path}?{parts.query}"))
        assert len(_ids(page)) <= 7
        found += _ids(page)
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    known = [each["id"] for each in client.get("/api/v1/trials?limit=1000").json["items"]]
    assert found == known
    assert page["total"] == len(known)
    for each in known:
        study = _read(client.get(f"{STUDIES}/{each}"))
        assert study["id"] == each
        assert "à valider" in study["meta"]["tag"][0]["display"]


def test_a_study_has_its_criteria_its_sites_and_all_that_sources_say(client: FlaskClient) -> None:
    for trial in client.get("/api/v1/trials?limit=1000").json["items"]:
        study = _read(client.get(f"{STUDIES}/{trial['id']}"))
        criteria = [*trial["criteria"], *(c for arm in trial["arms"] for c in arm["criteria"])]
        (group,) = [each for each in study["contained"] if each["resourceType"] == "Group"]
        assert [(each["code"]["text"], each["exclude"]) for each in group["characteristic"]] == [
            (each["text"], each["kind"] == "exclusion") for each in criteria
        ]
        assert len(study.get("site", ())) == len(trial["sites"])
        said = {each["statut"] for each in trial["recruitment"]}
        assert ("status" in study) == (len(said) == 1)
        assert sum(each["url"].endswith("/recruitment") for each in study["extension"]) == len(trial["recruitment"])


@pytest.mark.parametrize(
    "query", ["condition=sein", "condition=C50.4", "condition=http://hl7.org/fhir/sid/icd-10|C50", "condition=C61,C50"]
)
def test_a_condition_finds_what_lies_above_and_below_it(client: FlaskClient, query: str) -> None:
    found = _ids(_read(client.get(f"{STUDIES}?{query}")))
    assert "NCT04675827" in found
    assert ("PEACE-8" in found) == ("C61" in query)
    assert "PRODIGE-88" not in found


def test_states_and_ids_narrow_and_alternatives_widen(client: FlaskClient) -> None:
    everything = _read(client.get(f"{STUDIES}?_count=100"))
    states = {each["resource"]["id"]: each["resource"].get("status") for each in everything["entry"]}
    active = [name for name, state in states.items() if state == "active"]
    assert active
    assert _ids(_read(client.get(f"{STUDIES}?status=active"))) == active
    assert _ids(_read(client.get(f"{STUDIES}?_id={active[0]},{active[1]}"))) == active[:2]
    assert _ids(_read(client.get(f"{STUDIES}?_id={active[0]}&_id={active[1]}"))) == []
    assert None in states.values()


def test_a_count_of_zero_gives_the_total_alone(client: FlaskClient) -> None:
    page = _read(client.get(f"{STUDIES}?_count=0"))
    assert page["total"] > 0
    assert "entry" not in page


def test_what_is_not_known_is_told_or_refused_as_the_client_wants(client: FlaskClient) -> None:
    lenient = _read(client.get(f"{STUDIES}?keyword=x&_count=1"))
    assert _told(lenient) == ["parametre-inconnu"]
    strict = client.get(f"{STUDIES}?keyword=x&location=y", headers={"Prefer": "handling=strict"})
    assert len(_read(strict, 400)["issue"]) == 2
    assert _told(_read(client.get(f"{STUDIES}?condition=Z99999"))) == ["code-inconnu"]


@pytest.mark.parametrize(
    ("query", "number"),
    [("_count=x&_offset=-1", 2), ("condition:text=sein", 1), ("_format=xml", 1), ("_count=99999999999999999999", 1)],
)
def test_a_wrong_value_is_refused_with_all_that_is_wrong(client: FlaskClient, query: str, number: int) -> None:
    body = _read(client.get(f"{STUDIES}?{query}"), 400)
    assert len(body["issue"]) == number


@pytest.mark.parametrize("kind", ["ResearchStudy", "PlanDefinition"])
def test_addresses_are_those_of_the_settings_whatever_the_host_header_says(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A link that follows a forged `Host` would take a client, and its token, elsewhere."""
    monkeypatch.setitem(client.application.config, "PUBLIC_URL", "https://rcp.example.fr/api/v1")
    for host in ("evil.example.org", "a b"):
        body = client.get(f"{BASE}/{kind}?_count=1", headers={"Host": host}).json
        urls = [link["url"] for link in body["link"]] + [body["entry"][0]["fullUrl"]]
        assert all(url.startswith(f"https://rcp.example.fr/api/v1/fhir/{kind}") for url in urls)


@pytest.mark.parametrize("host", ["a b", "evil.example.org/x?", "user@evil.example.org"])
def test_a_host_that_is_none_is_refused_where_no_address_is_set(client: FlaskClient, host: str) -> None:
    for path in ("/metadata", "/ResearchStudy", "/Library?_count=0"):
        _read(client.get(f"{BASE}{path}", headers={"Host": host}), 400)


# --- errors ---


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/ResearchStudy/NCT0467582", 404, "not-found"),
        ("GET", "/ResearchStudy/$match", 404, "not-found"),
        ("GET", "/Nothing", 404, "not-found"),
        ("GET", "", 404, "not-found"),
        ("DELETE", "/ResearchStudy", 405, "not-supported"),
    ],
)
def test_every_error_is_an_outcome(client: FlaskClient, method: str, path: str, status: int, code: str) -> None:
    body = _read(client.open(f"{BASE}{path}", method=method), status)
    assert body["resourceType"] == "OperationOutcome"
    assert [each["code"] for each in body["issue"]] == [code]


def test_an_error_elsewhere_stays_what_it_is(client: FlaskClient) -> None:
    assert client.get("/api/v1/fhirx").content_type == "application/problem+json"
    assert client.get("/api/v1/trials/x").content_type == "application/problem+json"


def test_an_unforeseen_error_is_an_outcome_too(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Identifiable")

    monkeypatch.setattr("api.routes.fhir.search", fail)
    body = _read(client.get(STUDIES), 500)
    assert [each["severity"] for each in body["issue"]] == ["fatal"]
    assert "Identifiable" not in json.dumps(body)


@pytest.mark.parametrize("media_type", ["text/plain", "application/dicom"])
def test_a_form_that_nothing_reads_is_an_outcome(client: FlaskClient, media_type: str) -> None:
    body = _read(client.post(MATCHES[0], data=b"x", content_type=media_type), 415)
    assert body["issue"][0]["code"] == "not-supported"


# --- $match ---


@pytest.mark.parametrize("url", MATCHES)
def test_a_record_is_matched(client: FlaskClient, record: dict[str, Any], url: str) -> None:
    response = _post(client, _parameters(record, region="FR-GES", asOf="2026-11-20"), url)
    body = _read(response)
    assert body["type"] == "searchset"
    assert body["total"] == len(_ids(body)) > 0
    answer = client.get(f"/api/v1/decisions/{response.headers['Oncorules-Decision']}").json
    assert (answer["as_of"], answer["place"]["region"]) == ("2026-11-20", "FR-GES")
    grades = []
    for each in body["entry"]:
        if each["search"]["mode"] == "match":
            (grade,) = [e["valueCode"] for e in each["search"]["extension"] if e["url"] == GRADE]
            assert 0 <= each["search"]["score"] <= 1
            assert (each["search"]["score"] == 0) or grade != "certainly-not"
            assert [e for e in each["resource"]["extension"] if e["url"].endswith("/eligibility")]
            grades.append(GRADES.index(grade))
    assert grades == sorted(grades)
    assert {"Identifiable", "164057512345678"}.isdisjoint(response.text.split('"'))


def test_a_bundle_alone_or_with_its_parameters_inside_says_the_same(
    client: FlaskClient, record: dict[str, Any]
) -> None:
    """The reference service of the draft takes its parameters from inside the bundle."""
    alone, named = _read(_post(client, record)), _read(_post(client, _parameters(record)))
    assert alone == named
    inside = {"resource": {"resourceType": "Parameters", "parameter": [{"name": "phase", "valueString": "II"}]}}
    within = _read(_post(client, {**record, "entry": [*record["entry"], inside]}))
    assert _ids(within) == _ids(_read(_post(client, _parameters(record, phase="phase-2"))))
    assert 0 < len(_ids(within)) < len(_ids(alone))


def test_filters_leave_out_what_is_surely_otherwise(client: FlaskClient, record: dict[str, Any]) -> None:
    everything = _ids(_read(_post(client, _parameters(record))))
    studies = {each: client.get(f"{STUDIES}/{each}").json for each in everything}
    recruiting = _ids(_read(_post(client, _parameters(record, recruitmentStatus="Recruiting"))))
    certain = {each for each, study in studies.items() if "status" in study}
    assert {each for each in certain if studies[each]["status"] == "active"} == certain & set(recruiting)
    assert _ids(_read(_post(client, _parameters(record, recruitmentStatus="all")))) == everything
    assert len(_ids(_read(_post(client, _parameters(record, count=1))))) == 1
    assert _read(_post(client, _parameters(record, count=1)))["total"] == len(everything)
    assert _ids(_read(_post(client, _parameters(record, onlyCertainMatches=True)))) == []


def test_what_is_not_used_is_told(client: FlaskClient, record: dict[str, Any]) -> None:
    body = _read(_post(client, _parameters(record, zipCode="57000", travelRadius="100", keyword="x")))
    assert _told(body).count("parametre-non-employe") == 3


def test_every_wrong_parameter_is_told_with_its_place(client: FlaskClient, record: dict[str, Any]) -> None:
    wrong = _parameters(record, phase="neuf", recruitmentStatus="peut-être", asOf="hier", region="Metz")
    wrong["parameter"].append({"name": "resource", "resource": {"resourceType": "Patient"}})
    wrong["parameter"].append("x")
    body = _read(_post(client, wrong), 422)
    places = [each["extension"][0]["valueString"] for each in body["issue"]]
    assert sorted(places) == sorted([*(f"/parameter/{n}" for n in (1, 2, 3, 4, 6)), "/parameter/5/resource"])
    assert _read(_post(client, {"resourceType": "Parameters"}), 422)["issue"]
    for again in ({"asOf": "2026-W48-3"}, {"asOf": "20261125"}):
        assert len(_read(_post(client, _parameters(record, **again)), 422)["issue"]) == 1
    twice = _parameters(record, region="FR-GES")
    twice["parameter"].append({"name": "region", "valueString": "FR-IDF"})
    (issue,) = _read(_post(client, twice), 422)["issue"]
    assert issue["extension"][0]["valueString"] == "/parameter/2"


def test_a_record_that_is_refused_is_told_where_it_stands(client: FlaskClient, record: dict[str, Any]) -> None:
    empty = {**record, "entry": record["entry"][:1]}
    body = _read(_post(client, _parameters(empty)), 422)
    assert body["issue"][0]["extension"][0]["valueString"] == "/parameter/0/resource/entry"


def test_a_real_bundle_is_matched(client: FlaskClient, shared: Path) -> None:
    bundle = json.loads((shared / "data/fiches/mcode/Bundle-mcode-patient-bundle-jenny-m.json").read_bytes())
    body = _read(_post(client, _parameters(bundle)))
    assert body["total"] > 0
    assert _told(body), "what the reader lost of the record"


def test_a_native_sheet_is_matched(client: FlaskClient) -> None:
    body = _read(client.post(MATCHES[0], json=json.loads(library.examples()["sein-a"])))
    assert {"NCT05297617"} <= set(_ids(body))


def test_the_same_record_gives_the_same_bytes(client: FlaskClient, record: dict[str, Any]) -> None:
    first, again = (_post(client, _parameters(copy.deepcopy(record), asOf="2026-11-20")) for _ in range(2))
    assert first.data == again.data


_JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "x", "phase", "count", "II", "2026", "Bundle"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "resource", "resourceType", "valueString", "valueInteger", "entry"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=_JUNK, place=st.sampled_from(["parameter", "value", "bundle", "entry", "inner", "count"]))
def test_no_body_makes_a_500(client: FlaskClient, record: dict[str, Any], junk: Any, place: str) -> None:
    inner = {"resource": {"resourceType": "Parameters", "parameter": junk}}
    bodies = {
        "parameter": {"resourceType": "Parameters", "parameter": junk},
        "value": {"resourceType": "Parameters", "parameter": [{"name": "phase", "valueString": junk}, junk]},
        "bundle": _parameters(junk),
        "entry": {**record, "entry": junk},
        "inner": {**record, "entry": [*record["entry"], inner]},
        "count": _parameters(record, count=3) | {"id": junk},
    }
    response = _post(client, bodies[place])
    assert response.status_code in (200, 400, 422), response.text
    assert response.content_type == MEDIA_TYPE
    assert response.json["resourceType"] == ("Bundle" if response.status_code == 200 else "OperationOutcome")
