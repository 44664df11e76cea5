"""HTTP over the shipped base: real sheets in, explained answers out, replayed, never a 500."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from api import create_app, library
from api.assembly import evaluator
from api.decide import Services
from api.store import Store

URL = "/api/v1/evaluations"
EXAMPLES = {name: json.loads(text) for name, text in library.examples().items()}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("database")
    return create_app({"DATABASE": f"sqlite:///{folder}/d.sqlite3"}).test_client()


@pytest.fixture
def bundle(shared: Path) -> bytes:
    return (shared / "data/fiches/mcode/Bundle-mcode-patient-bundle-jenny-m.json").read_bytes()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_shipped_example_is_answered(client: FlaskClient, name: str) -> None:
    answer = client.post(f"{URL}?region=FR-GES", json=EXAMPLES[name])
    assert answer.status_code == 200, answer.text
    body = answer.json
    assert body["sheet"]["problems"] == []
    assert body["tumours"]
    assert answer.headers["Oncorules-Decision"] == body["decision_id"]
    assert answer.headers["Oncorules-Snapshot"] == body["snapshot"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_shipped_example_keeps_to_the_published_schema(client: FlaskClient, name: str) -> None:
    schema = client.get("/api/v1/dictionary/sheet.schema.json").json
    assert schema["$id"]
    assert schema["version"] == "1"
    Draft202012Validator.check_schema(schema)
    assert not list(Draft202012Validator(schema).iter_errors(EXAMPLES[name]))


@pytest.mark.parametrize("query", ["", "?lang=en", "?include=all&region=FR-GES", "?explain=none", "?as_of=2026-11-20"])
def test_a_decision_replays_to_the_same_bytes(client: FlaskClient, tmp_path: Path, query: str) -> None:
    fresh = create_app(
        {"DATABASE": f"sqlite:///{tmp_path}/d.sqlite3", "SERVICES": _services(client, tmp_path)}
    ).test_client()
    first = fresh.post(URL + query, json=EXAMPLES["sein-a"])
    replayed = fresh.post(f"/api/v1/decisions/{first.json['decision_id']}/replay", json=EXAMPLES["sein-a"])
    assert replayed.data == first.data


def _services(client: FlaskClient, folder: Path) -> Services:
    """Return services over the base that is read already, with a database of their own."""
    known: Services = client.application.extensions["oncorules"]
    return Services(known.current, known.texts, Store(f"sqlite:///{folder}/d.sqlite3"), evaluator)


def test_language_and_include_are_views_of_one_decision(client: FlaskClient) -> None:
    answers = [
        client.post(URL + query, json=EXAMPLES["sein-a"]).json
        for query in ("", "?lang=en", "?include=all", "?explain=none")
    ]
    assert len({answer["decision_id"] for answer in answers}) == 1


def test_another_place_or_day_is_another_decision(client: FlaskClient) -> None:
    answers = [
        client.post(URL + query, json=EXAMPLES["sein-a"]).json
        for query in ("?region=FR-GES", "?region=FR-PDL", "?as_of=2026-01-01")
    ]
    assert len({answer["decision_id"] for answer in answers}) == 3


def test_a_base_published_before_still_answers(client: FlaskClient, tmp_path: Path) -> None:
    services = _services(client, tmp_path)
    services.publish()
    older = {
        path: text + "\n# as it was\n" if path.endswith("sein.yaml") else text for path, text in services.texts.items()
    }
    before = evaluator(older)
    services.store.publish(before.snapshot, before.engine, older)
    both = create_app({"SERVICES": services}).test_client()
    answer = both.post(f"{URL}?snapshot={before.snapshot}", json=EXAMPLES["sein-a"])
    assert answer.json["snapshot"] == before.snapshot == answer.headers["Oncorules-Snapshot"]
    assert {each["hash"] for each in both.get("/api/v1/snapshots").json["items"]} == {
        before.snapshot,
        services.current.snapshot,
    }
    assert both.get(f"/api/v1/snapshots/{before.snapshot}").json["documents"] == older
    replayed = both.post(f"/api/v1/decisions/{answer.json['decision_id']}/replay", json=EXAMPLES["sein-a"])
    assert replayed.data == answer.data
    assert both.post(f"{URL}?snapshot={'0' * 64}", json=EXAMPLES["sein-a"]).status_code == 404


def test_a_real_bundle_is_answered(client: FlaskClient, bundle: bytes) -> None:
    answer = client.post(URL, data=bundle, content_type="application/fhir+json")
    assert answer.status_code == 200, answer.text
    (tumour,) = answer.json["tumours"]
    assert tumour["recommendations"]
    assert {each["item"] for each in tumour["contradictions"]} & {"stade_p", "stade_c", "stade"}, "IIIC against IIB"
    assert any("3000" in each["message"] or "pnn" in each["message"] for each in answer.json["sheet"]["problems"])


def test_a_real_bundle_leaves_no_identity(
    client: FlaskClient, bundle: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fresh = create_app({"SERVICES": _services(client, tmp_path)}).test_client()
    content = json.loads(bundle)
    patient = next(each["resource"] for each in content["entry"] if each["resource"]["resourceType"] == "Patient")
    values = [
        name
        for each in patient["name"]
        for name in (each.get("family"), *each.get("given", ()))
        if name and len(name) > 2
    ]
    values += [each["value"] for each in patient.get("identifier", ())]
    values += [each["value"] for each in patient.get("telecom", ())]
    values += [line for each in patient.get("address", ()) for line in each.get("line", ())]
    answer = fresh.post(URL, data=bundle, content_type="application/fhir+json").text
    content["entry"] = [each for each in content["entry"] if each["resource"]["resourceType"] != "Condition"]
    refused = fresh.post(URL, json=content, content_type="application/fhir+json")
    assert refused.status_code == 422
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir()).decode("latin-1")
    assert values
    assert not [value for value in values if value in answer + refused.text + caplog.text + written]


def test_what_if_says_what_changes(client: FlaskClient) -> None:
    changes = [{"pointer": "/tumeurs/0/re_pct", "value": 0}]
    response = client.post(f"{URL}/what-if", json={"sheet": EXAMPLES["sein-a"], "changes": changes})
    assert response.status_code == 200, response.text
    assert response.json["changes"]
    assert "Oncorules-Decision" not in response.headers


def test_reading_routes_show_the_shipped_base(client: FlaskClient) -> None:
    listed = client.get("/api/v1/recommendations?limit=1000").json
    assert listed["total"] == len(listed["items"])
    for each in listed["items"][:5]:
        assert client.get(f"/api/v1/recommendations/{each['id']}").json == each
    s06 = client.get("/api/v1/recommendations/s06").json
    assert s06["source"]["edition"]
    assert "ganglions_envahis >= 4" in " ".join(s06["condition"])
    assert client.get("/api/v1/recommendations?q=abemaciclib").json["total"] >= 1
    trials = client.get("/api/v1/trials").json["items"]
    assert {"PADA-1"} <= {each["acronym"] for each in trials}
    assert client.get("/api/v1/concepts/carcinome_lobulaire_infiltrant").json["codes"]["CIM-O-3"] == ["8520/3"]
    assert client.get("/api/v1/concepts/carcinome_lobulaire_infiltran").status_code == 404
    assert client.get("/api/v1/search?q=abemaciclib").json["items"][0]["id"] == "S06"


# --- nothing that is posted makes a 500 ---

_JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "2026", "< 3", "T2", "oui", "C50.4"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["valeur", "date", "lignes", "code", "systeme", "id", "min", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _paths(value[key], (*path, key))


def _replaced(sheet: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    changed = copy.deepcopy(sheet)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    return changed


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_native_sheet_makes_a_500(client: FlaskClient, data: st.DataObject) -> None:
    sheet = EXAMPLES[data.draw(st.sampled_from(sorted(EXAMPLES)))]
    wrong = _replaced(sheet, data.draw(st.sampled_from(sorted(_paths(sheet), key=str))), data.draw(_JUNK))
    response = client.post(URL, data=json.dumps(wrong), content_type="application/json")
    assert response.status_code in (200, 400, 422), response.text


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bundle_makes_a_500(client: FlaskClient, bundle: bytes, data: st.DataObject) -> None:
    content = json.loads(bundle)
    wrong = _replaced(content, data.draw(st.sampled_from(sorted(_paths(content), key=str))), data.draw(_JUNK))
    response = client.post(URL, data=json.dumps(wrong), content_type="application/fhir+json")
    assert response.status_code in (200, 400, 422), response.text


# --- what is answered is what is described ---


def _undescribed(value: Any, schema: Any, components: Any, pointer: str = "") -> Iterator[str]:
    """Yield the pointers of keys that the OpenAPI document does not have."""
    schema = components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if isinstance(value, dict) and "properties" in schema:
        for key, inner in value.items():
            if key in schema["properties"]:
                yield from _undescribed(inner, schema["properties"][key], components, f"{pointer}/{key}")
            else:
                yield f"{pointer}/{key}"
    elif isinstance(value, list) and "items" in schema:
        for number, inner in enumerate(value):
            yield from _undescribed(inner, schema["items"], components, f"{pointer}/{number}")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_key_of_an_answer_is_described(client: FlaskClient, name: str) -> None:
    components = client.get("/api/v1/openapi.json").json["components"]["schemas"]
    answer = client.post(f"{URL}?region=FR-GES&include=all", json=EXAMPLES[name]).json
    assert not list(_undescribed(answer, components["Answer"], components))
