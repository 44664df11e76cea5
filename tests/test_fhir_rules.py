"""The rules as FHIR: PlanDefinition and Library valid by structure and by required codes, searched, paged, refused in kind."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.library import Library
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.plandefinition import PlanDefinition
from flask.testing import FlaskClient

from api import create_app
from api.assembly import evaluator
from api.decide import Services
from api.exports.fhir.libraries import libraries
from api.exports.fhir.plans import plans
from api.library import texts
from api.published_rules import SEARCHED
from api.store import Store
from tests.agreement.other_engine import PLACES, place
from tests.agreement.shipped import base
from tests.small import shipped

# FHIR R4 (4.0.1): the codes of each required binding of the elements used
REQUIRED = {
    "status": {"draft", "active", "retired", "unknown"},
    "kind": {"applicability", "start", "stop"},
    "groupingBehavior": {"visual-group", "logical-group", "sentence-group"},
    "selectionBehavior": {"any", "all", "all-or-none", "exactly-one", "at-most-one", "one-or-more"},
    "relationship": {
        "before-start", "before", "before-end", "concurrent-with-start", "concurrent", "concurrent-with-end",
        "after-start", "after", "after-end",
    },
    "use": {"in", "out"},
}  # fmt: skip
ARTIFACTS = {
    "documentation", "justification", "citation", "predecessor", "successor", "derived-from", "depends-on", "composed-of",
}  # fmt: skip
PARAMETERS = {"boolean", "string", "Range", "Period", "date", "BackboneElement"}
BASE = "/api/v1/fhir"


@pytest.fixture(scope="module", params=PLACES, ids=lambda region: region or "France")
def region(request: pytest.FixtureRequest) -> str:
    """Give each place."""
    return str(request.param)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Give a client of the shipped base."""
    folder: Path = tmp_path_factory.mktemp("rules")
    services = Services(shipped(), texts(), Store(f"sqlite:///{folder}/d.sqlite3"), evaluator)
    return create_app({"SERVICES": services}).test_client()


def _plans(region: str) -> Mapping[str, Mapping[str, Any]]:
    where = place(region)
    return plans(base(), where.compiled, where.exported)


def _libraries(region: str) -> Mapping[str, Mapping[str, Any]]:
    where = place(region)
    return libraries(base(), where.compiled, where.exported)


def _walk(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every element of a resource with its name."""
    yield name, node
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _walk(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value, name)


def _actions(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = list(plan["action"])
    while waiting:
        action = waiting.pop()
        waiting += action.get("action", [])
        yield action


def test_every_plan_and_library_is_valid(region: str) -> None:
    """By fhir.resources, and nothing of it is empty."""
    for plan in _plans(region).values():
        PlanDefinition.model_validate(plan)
    for library in _libraries(region).values():
        Library.model_validate(library)
    for resource in (*_plans(region).values(), *_libraries(region).values()):
        assert not [name for name, value in _walk(resource) if value in ("", [], {}, None)]


def test_every_code_of_a_required_binding_is_one_of_its_codes(region: str) -> None:
    """Of the elements used."""
    seen = set()
    for resource in (*_plans(region).values(), *_libraries(region).values()):
        for name, value in _walk(resource):
            if name in REQUIRED and isinstance(value, str):
                seen.add(name)
                assert value in REQUIRED[name], (resource["id"], name, value)
        assert {one["type"] for one in resource.get("relatedArtifact", [])} <= ARTIFACTS
        assert {one["type"] for one in resource.get("parameter", [])} <= PARAMETERS
    assert seen | {"relationship"} == set(REQUIRED)


def test_every_rule_and_question_in_force_has_its_plan(region: str) -> None:
    """And no other."""
    view = place(region).compiled.view
    assert set(_plans(region)) == {*view.rules, *(f"question-{q.question.id}" for q in view.questions)}


def test_every_condition_is_a_definition_of_the_plan_s_library(region: str) -> None:
    """By name, in the one library that the plan names."""
    written = {f"{one['url']}|{one['version']}": one["name"] for one in _libraries(region).values()}
    exported = place(region).exported.libraries
    for plan in _plans(region).values():
        (library,) = plan["library"]
        defined = {define.name for define in exported[written[library]].defines}
        for action in _actions(plan):
            for condition in action.get("condition", []):
                assert condition["expression"]["language"] == "text/cql-identifier"
                assert condition["expression"]["expression"] in defined


def test_a_rule_asks_for_its_final_truth() -> None:
    """Not for its bare condition: an exception that holds sets it aside."""
    plan = _plans("FR-GES")["S06"]
    assert plan["action"][0]["condition"][0]["expression"]["expression"] == "S06 applies"
    assert plan["meta"]["profile"] == ["http://hl7.org/fhir/uv/cpg/StructureDefinition/cpg-recommendationdefinition"]
    assert plan["experimental"] is True
    assert plan["status"] == "draft"
    assert "contenu à valider" in plan["description"]


def test_a_grade_stays_in_the_words_of_its_source() -> None:
    """As text, on the action, where the profile has it."""
    graded = next(rule for rule in base().knowledge.rules.values() if rule.rule.grade)
    (strength,) = _plans("FR-GES")[graded.id]["action"][0]["extension"]
    assert strength["url"] == "http://hl7.org/fhir/StructureDefinition/cqf-strengthOfRecommendation"
    assert strength["valueCodeableConcept"] == {"text": graded.rule.grade}


def test_a_regional_rule_names_what_it_replaces_and_where_it_holds() -> None:
    """Both ways, in its own place only."""
    assert "NEON-g8" not in _plans("")
    regional, national = _plans("FR-GES")["NEON-g8"], _plans("FR-GES")["X10-g8"]
    links = {one["url"].rpartition("/")[2]: one["valueCanonical"] for one in regional["extension"]}
    assert links["replaces"].endswith("/PlanDefinition/X10-g8")
    assert any(one["url"].endswith("/replaced-by") for one in national["extension"])
    places = [one["valueCodeableConcept"]["coding"][0]["code"] for one in regional["useContext"]]
    assert places == ["FR-GES", "FR-BFC"]


def test_a_library_holds_its_text_and_tells_what_it_cannot_say(region: str) -> None:
    """Byte for byte; each computed parameter and each criterion kept as text is named."""
    exported = place(region).exported
    for name, library in _libraries(region).items():
        assert base64.b64decode(library["content"][0]["data"]).decode() == exported.libraries[name].text
    told = [one["valueString"] for one in _libraries(region)["OncorulesFiche"]["extension"]]
    assert len(told) == len(exported.computed) > 0
    kept = {
        (trial.trial.id, criterion.criterion.id)
        for trial in place(region).compiled.view.trials
        for criterion in trial.criteria
        if criterion.logic is None
    }
    assert kept
    for trial, criterion in kept:
        library = next(one for name, one in _libraries(region).items() if exported.libraries[name].subject == trial)
        assert any(one["valueString"].startswith(f"{criterion} : ") for one in library["extension"])


def test_plans_are_searched_and_paged(client: FlaskClient) -> None:
    """Every page is a valid searchset; following `next` shows each once."""
    address, seen = f"{BASE}/PlanDefinition?region=FR-GES&_count=150", []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.content_type == "application/fhir+json"
        bundle = answer.get_json()
        Bundle.model_validate(bundle)
        seen += [entry["resource"]["id"] for entry in bundle["entry"]]
        following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
        address = following[0] if following else ""
    assert len(seen) == len(set(seen)) == bundle["total"] > 300


def test_a_search_narrows(client: FlaskClient) -> None:
    """By id, by status, by the beginning of a title or a name, accents and case aside."""
    one = client.get(f"{BASE}/PlanDefinition?_id=S06,S07").get_json()
    assert [entry["resource"]["id"] for entry in one["entry"]] == ["S06", "S07"]
    assert client.get(f"{BASE}/PlanDefinition?status=active").get_json()["total"] == 0
    titled = client.get(f"{BASE}/PlanDefinition?title=abemaciclib").get_json()
    assert titled["total"] >= 1
    assert all(entry["resource"]["title"].startswith("Abémaciclib") for entry in titled["entry"])
    assert client.get(f"{BASE}/Library?name=ESSAI&_count=3").get_json()["total"] >= 25


def test_one_plan_and_one_library_are_shown(client: FlaskClient) -> None:
    """And the same bytes each time."""
    for path in ("PlanDefinition/S06", "Library/OncorulesCommon", "Library/HasSeinLocalise"):
        first, second = client.get(f"{BASE}/{path}"), client.get(f"{BASE}/{path}")
        assert first.status_code == 200
        assert first.data == second.data
        assert first.get_json()["id"] == path.rpartition("/")[2]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("PlanDefinition/S0666", 404, "not-found"),
        ("Library/Rien", 404, "not-found"),
        ("PlanDefinition/NEON-g8?region=FR-IDF", 404, "not-found"),
        ("PlanDefinition?_count=beaucoup", 400, "invalid"),
        ("PlanDefinition?_offset=-1", 400, "invalid"),
        ("Library?as_of=hier", 400, "invalid"),
        ("Library?as_of=2026-W48-3", 400, "invalid"),
        ("Library?_format=xml", 400, "invalid"),
    ],
)
def test_a_refusal_is_an_operation_outcome(client: FlaskClient, path: str, status: int, code: str) -> None:
    """Valid, with the reason."""
    answer = client.get(f"{BASE}/{path}")
    assert answer.status_code == status
    outcome = answer.get_json()
    OperationOutcome.model_validate(outcome)
    assert [one["code"] for one in outcome["issue"]] == [code]
    assert outcome["issue"][0]["details"]["text"]


def test_the_capability_statement_names_what_is_searched(client: FlaskClient) -> None:
    """Each type with the parameters that the search knows."""
    (rest,) = client.get(f"{BASE}/metadata").get_json()["rest"]
    told = {one["type"]: {each["name"] for each in one.get("searchParam", ())} for one in rest["resource"]}
    assert told["PlanDefinition"] == told["Library"] == set(SEARCHED)


def test_an_unknown_parameter_is_refused_where_the_client_asks_to_be_told(client: FlaskClient) -> None:
    """Else it has no effect, and that is told; a modifier that is not served is refused."""
    told = client.get(f"{BASE}/PlanDefinition?couleur=bleu&_count=2").get_json()
    Bundle.model_validate(told)
    assert [entry["search"]["mode"] for entry in told["entry"]] == ["match", "match", "outcome"]
    assert client.get(f"{BASE}/PlanDefinition?title:exact=x").status_code == 400
    strict = client.get(f"{BASE}/PlanDefinition?couleur=bleu", headers={"Prefer": "handling=strict"})
    assert strict.status_code == 400
    assert "paramètre inconnu" in strict.get_json()["issue"][0]["details"]["text"]
