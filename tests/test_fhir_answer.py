"""The answer as a FHIR bundle: valid, whole, without identity, the same bytes for the same answer."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from api import library
from api.adapters.fhir import read_bundle
from api.documents import from_bytes
from api.exports import CANONICAL
from api.exports.fhir.answer import answer_bundle
from api.exports.fhir.plan import SHOWN, acts_of
from api.reading import read_documents
from api.render import to_json
from tests.fhir_bindings import problems, references, strings, unresolved
from tests.small import rules, service, shipped

DAY = date(2026, 11, 25)
SHEETS = dict(library.examples()) | {
    path.removeprefix("knowledge/cases/"): text for path, text in library.fiches().items() if path.endswith(".json")
}
SITES = sorted({name.partition("/")[0] if "/" in name else "exemples" for name in SHEETS})


def _of_site(site: str) -> list[str]:
    return [name for name in SHEETS if (name.partition("/")[0] if "/" in name else "exemples") == site]


@cache
def _answered(name: str, include: str = "", lang: str = "fr") -> tuple[dict[str, Any], dict[str, Any]]:
    document = from_bytes(SHEETS[name].encode(), "application/json")
    answer = shipped().evaluate([document], today=DAY, region="FR-GES", include=include, lang=lang)
    return answer, dict(read_documents([document], shipped().base).body)


@cache
def _bundled(name: str, include: str = "", lang: str = "fr") -> dict[str, Any]:
    answer, sheet = _answered(name, include, lang)
    sent: dict[str, Any] = json.loads(to_json(answer_bundle(answer, sheet, lang)))
    return sent


def _resources(bundle: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def _validated(bundle: Mapping[str, Any]) -> None:
    """Parse the bundle, and so every resource in it, with the models of FHIR R4B; look at what they don't."""
    assert not problems(bundle)
    assert not unresolved(bundle)
    get_fhir_model_class("Bundle").model_validate(bundle)


# --- valid ---


@pytest.mark.parametrize("site", SITES)
def test_every_resource_is_valid(site: str) -> None:
    for name in _of_site(site):
        _validated(_bundled(name))


@pytest.mark.parametrize("name", sorted(library.examples()))
def test_every_view_is_valid(name: str) -> None:
    """Everything included, in English; without explanations."""
    _validated(_bundled(name, "all", "en"))
    document = from_bytes(SHEETS[name].encode(), "application/json")
    answer = shipped().evaluate([document], today=DAY, explain="none")
    _validated(json.loads(to_json(answer_bundle(answer, _answered(name)[1]))))


def test_the_check_of_bindings_sees_what_the_models_let_pass() -> None:
    bundle = copy.deepcopy(_bundled("sein-a"))
    (patient,) = _resources(bundle, "Patient")
    patient["gender"] = "xx"
    (group,) = _resources(bundle, "RequestGroup")
    group["action"][0]["action"][0].pop("action")
    get_fhir_model_class("Patient").model_validate(patient)
    assert problems(patient) == ["Patient.gender: 'xx' is not in its required list"]
    assert [each for each in problems(group) if "rqg-1" in each]
    bundle["entry"] = [entry for entry in bundle["entry"] if entry["resource"] is not patient]
    assert unresolved(bundle)
    group["unheard"] = "of"
    with pytest.raises(ValueError, match="unheard"):
        get_fhir_model_class("Bundle").model_validate(bundle)


# --- whole ---


def _codes(value: Any, system: str) -> Iterator[str]:
    """Yield every code of one of our tables."""
    if isinstance(value, Mapping):
        if value.get("system") == f"{CANONICAL}/CodeSystem/{system}":
            yield value["code"]
        for inner in value.values():
            yield from _codes(inner, system)
    elif isinstance(value, list):
        for inner in value:
            yield from _codes(inner, system)


def _extended(value: Any, name: str) -> Iterator[dict[str, Any]]:
    """Yield every extension of one name, or part of an extension."""
    if isinstance(value, Mapping):
        for each in (*value.get("extension", ()), *value.get("modifierExtension", ())):
            if each["url"] in (name, f"{CANONICAL}/StructureDefinition/{name}"):
                yield each
        for inner in value.values():
            yield from _extended(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _extended(inner, name)


def _missing(tumour: Mapping[str, Any]) -> Iterator[str]:
    """Yield every item that anything of a tumour's answer says is missing."""

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, Mapping):
            if {"item", "effort", "reason"} <= set(value):
                yield value["item"]
            for inner in value.values():
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    return walk({**tumour, "trials": [{**t, "why": None} for t in tumour["trials"]]})


@pytest.mark.parametrize("site", SITES)
def test_nothing_of_the_answer_is_dropped(site: str) -> None:
    """Recommendations with their verdict, trials, criteria with their truth, missing items, contradictions."""
    for name in _of_site(site):
        answer, bundle = _answered(name, "all")[0], _bundled(name, "all")
        for tumour, guidance in zip(answer["tumours"], _resources(bundle, "GuidanceResponse"), strict=True):
            _is_whole(tumour, guidance, bundle)


def _is_whole(tumour: Mapping[str, Any], guidance: Mapping[str, Any], bundle: Mapping[str, Any]) -> None:
    known = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    parts = known[guidance["outputParameters"]["reference"]]["parameter"]
    told = [
        {p["name"]: p.get("valueString") for p in each["part"]} for each in parts if each["name"] == "recommendation"
    ]
    assert [(each["id"], each["verdict"]) for each in told] == [
        (rule["id"], rule["verdict"]) for rule in tumour["recommendations"]
    ]
    assert set(_codes(guidance.get("dataRequirement", []), "item")) == set(_missing(tumour))
    assert (guidance["status"] == "data-required") == bool(set(_missing(tumour)))
    issues = [each for each in _resources(bundle, "DetectedIssue") if _of(each, "tumour") == [tumour["id"]]]
    said = [_of(each, "item")[0] for each in issues if _of(each, "item")]
    assert sorted(said) == sorted(each["item"] for each in tumour["contradictions"])
    assert {(_of(each, "rule")[0], each["code"]["coding"][0]["code"]) for each in issues if _of(each, "rule")} == {
        (entry["id"], entry["status"]) for entry in _safety(tumour)
    }
    _has_trials(tumour, bundle)


def _of(resource: Mapping[str, Any], name: str) -> list[Any]:
    """Return the values of the extensions of one name at the top of a resource."""
    return [
        next(value for key, value in each.items() if key.startswith("value"))
        for each in resource.get("extension", ())
        if each["url"] == f"{CANONICAL}/StructureDefinition/{name}"
    ]


def _safety(tumour: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for rule in tumour["recommendations"]:
        for act in acts_of(rule["plan"]) if rule["verdict"] in SHOWN else ():
            yield from act.get("safety", {}).get("by", ())
    for treatment in (tumour["proposal"] or {}).get("treatments", ()):
        yield from treatment["safety"]["by"]


def _has_trials(tumour: Mapping[str, Any], bundle: Mapping[str, Any]) -> None:
    studies = {each["identifier"][0]["value"]: each for each in _resources(bundle, "ResearchStudy")}
    for trial in tumour["trials"]:
        arms = [
            {part["url"]: part for part in each["extension"]} | {"all": each["extension"]}
            for each in _extended(studies[trial["id"]], "eligibility")
        ]
        (arm,) = [
            each
            for each in arms
            if each["tumour"]["valueString"] == tumour["id"] and each.get("arm", {}).get("valueString") == trial["arm"]
        ]
        assert arm["verdict"]["valueCode"] == trial["verdict"]
        criteria = [
            {p["url"]: next(v for k, v in p.items() if k.startswith("value")) for p in part["extension"]}
            for part in arm["all"]
            if part["url"] == "criterion"
        ]
        wanted = [(node["id"], node["text"], node["truth"]) for node in trial["why"]["nodes"]]
        assert [(each["id"], each["text"], each["truth"]) for each in criteria] == wanted
        assert all("why" in each or "state" in each for each in criteria)
        items = {each["item"] for each in (*trial["missing"], *trial["to_judge"])}
        asked = [each for each in criteria if "missing" in each]
        assert {each["missing"] for each in asked} <= items
        assert all(each["truth"] == "unknown" and "state" not in each for each in asked)
        assert bool(asked) or not [node for node in trial["why"]["nodes"] if node.get("missing")]


@pytest.mark.parametrize("site", SITES)
def test_what_does_not_apply_is_no_action(site: str) -> None:
    for name in _of_site(site):
        answer, bundle = _answered(name, "all")[0], _bundled(name, "all")
        verdicts = {(t["id"], r["id"]): r for t in answer["tumours"] for r in t["recommendations"]}
        shown = {code for group in _resources(bundle, "RequestGroup") for code in _codes(group, "recommendation")}
        assert shown == {
            identifier for (_, identifier), rule in verdicts.items() if rule["verdict"] in SHOWN and rule["plan"]
        }


# --- what a reader must not misread ---


def _leaves(action: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "resource" in action:
        yield action
    for each in action.get("action", ()):
        yield from _leaves(each)


@pytest.mark.parametrize("site", SITES)
def test_what_is_advised_against_says_so_where_it_cannot_be_missed(site: str) -> None:
    """The request has `doNotPerform`, the action a modifier extension: who doesn't know them may not go on."""
    seen = 0
    for name in _of_site(site):
        bundle = _bundled(name)
        known = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
        for group in _resources(bundle, "RequestGroup"):
            for leaf in (leaf for action in group["action"] for leaf in _leaves(action)):
                request = known[leaf["resource"]["reference"]]
                against = (
                    _of(leaf, "modality")[0] in ("avoid", "contraindicate")
                    or _of(request, "verdict") == ["contraindicated"]
                    or _of(leaf, "safety-status") == ["contraindicated"]
                )
                assert request.get("doNotPerform", False) is against
                assert ("modifierExtension" in leaf) is against
                assert request["intent"] == "option"
                seen += against
    assert seen


@pytest.mark.parametrize("site", SITES)
def test_what_is_only_required_or_adapted_asks_for_no_treatment(site: str) -> None:
    """« Exiger la FEVG avant une anthracycline » proposes no anthracycline."""
    found = [
        each
        for name in _of_site(site)
        for each in _resources(_bundled(name), "ServiceRequest")
        if set(_of(each, "modality")) & {"require", "adapt"}
    ]
    assert found
    assert not [each for each in found if "coding" in each["code"]]
    assert all(_of(each, "concerns") for each in found)


def test_the_tree_of_actions_mirrors_the_plan() -> None:
    over = service(
        rules("""
- id: R
  titre: Plan
  si: topographie est « sein »
  alors:
    au choix:
      - {proposer: trastuzumab, rang: 1}
      - puis: [{proposer: mastectomie}, {proposer: radiothérapie du sein, si: pN = N1}]
""")
    )
    sheet = {"schema": "fiche-rcp/1", "tumeurs": [{"id": "t1", "topographie": "sein"}]}
    answer = over.evaluate([from_bytes(json.dumps(sheet).encode(), "application/json")], today=DAY)
    bundle = json.loads(to_json(answer_bundle(answer, sheet)))
    _validated(bundle)
    (group,) = _resources(bundle, "RequestGroup")
    (rule,) = group["action"][0]["action"]
    (choice,) = rule["action"]
    assert (rule["requiredBehavior"], choice["selectionBehavior"]) == ("must-unless-documented", "exactly-one")
    drug, sequence = choice["action"]
    assert (sequence["selectionBehavior"], _of(drug, "rank")) == ("all", [1])
    first, second = sequence["action"]
    assert second["relatedAction"] == [{"actionId": first["id"], "relationship": "after-end"}]
    assert "condition" not in first
    assert second["condition"][0]["expression"]["expression"] == "pN = N1"
    assert _of(second["condition"][0], "truth") == ["unknown"]


def test_a_conflict_and_a_shared_treatment_are_issues() -> None:
    over = service(
        rules("""
- {id: A, titre: Rien, si: vrai, alors: surveillance}
- {id: B, titre: Tout, si: vrai, alors: trastuzumab}
""")
    )
    tumours = [{"id": "g", "topographie": "sein"}, {"id": "d", "topographie": "sein"}]
    sheet = {"schema": "fiche-rcp/1", "tumeurs": tumours}
    answer = over.evaluate([from_bytes(json.dumps(sheet).encode(), "application/json")], today=DAY)
    assert answer["patient"]["conflicts"]
    assert answer["tumours"][0]["conflicts"]
    bundle = json.loads(to_json(answer_bundle(answer, sheet)))
    _validated(bundle)
    kinds = [code for each in _resources(bundle, "DetectedIssue") for code in _codes(each, "conflict")]
    assert sorted(kinds) == sorted(
        each["kind"] for side in (answer["patient"], *answer["tumours"]) for each in side["conflicts"]
    )
    assert all(each["implicated"] for each in _resources(bundle, "DetectedIssue"))


def test_the_proposal_of_the_board_is_no_plan_of_ours_and_shows_where_it_departs() -> None:
    over = service(
        rules("""
- {id: A, titre: Trastuzumab, si: vrai, alors: trastuzumab}
- {id: B, titre: Mastectomie, si: vrai, alors: mastectomie}
- {id: C, titre: Pas de cisplatine, genre: sécurité, si: vrai, alors: {contre-indiquer: cisplatine}}
""")
    )
    proposed = {"lignes": [{"concept": "trastuzumab"}, {"concept": "cisplatine"}]}
    tumours = [{"id": "t1", "topographie": "sein"}]
    sheet = {"schema": "fiche-rcp/1", "tumeurs": tumours, "proposition_traitements": proposed}
    answer = over.evaluate([from_bytes(json.dumps(sheet).encode(), "application/json")], today=DAY)
    (tumour,) = answer["tumours"]
    bundle = json.loads(to_json(answer_bundle(answer, sheet)))
    _validated(bundle)
    board = [each for each in _resources(bundle, "ServiceRequest") if _of(each, "board-proposal")]
    assert [(each["code"]["text"], _of(each, "board-proposal"), each["intent"]) for each in board] == [
        (each["text"], [each["status"]], "proposal") for each in tumour["proposal"]["treatments"]
    ]
    issues = _resources(bundle, "DetectedIssue")
    assert [code for each in issues for code in _codes(each, "proposal")] == ["departs", "left_out"]
    barred = [each for each in issues if _of(each, "rule") == ["C"]]
    known = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    assert any(known[each["reference"]] in board for issue in barred for each in issue["implicated"])
    actions = {
        each["resource"]["reference"]
        for group in _resources(bundle, "RequestGroup")
        for top in group["action"]
        for each in _leaves(top)
    }
    assert not [each for each in board if f"urn:uuid:{each['id']}" in actions]


def test_what_we_advise_never_comes_back_as_what_was_done_or_proposed() -> None:
    """A bundle that is read again says of the patient the sex and the tumours, and nothing that we said."""
    base = shipped().base
    for name in library.examples():
        again = read_bundle(_bundled(name), base.ontology, base.dictionary, "réponse")
        said = {key for key, value in again.sheet.items() if value not in ([], {}, None)}
        assert said <= {"schema", "patient", "tumeurs"}
        assert len(again.sheet["tumeurs"]) == len(_answered(name)[0]["tumours"])


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_resource_says_that_content_is_to_be_validated(lang: str) -> None:
    answer, bundle = _answered("sein-a", "", lang)[0], _bundled("sein-a", "", lang)
    assert answer["notice"]
    for each in (bundle, *(entry["resource"] for entry in bundle["entry"])):
        assert [tag["display"] for tag in each["meta"]["tag"]] == [answer["notice"]]
    for kind in ("GuidanceResponse", "RequestGroup", "CarePlan", "ResearchStudy"):
        assert all(answer["notice"] in each["text"]["div"] for each in _resources(bundle, kind))
    validated = answer_bundle({**answer, "notice": None}, _answered("sein-a")[1], lang)
    assert answer["notice"] not in set(strings(validated))


def test_provenance_names_the_base_the_engine_the_day_and_the_guidelines() -> None:
    answer, bundle = _answered("sein-a")[0], _bundled("sein-a")
    (provenance,) = _resources(bundle, "Provenance")
    (engine,) = _resources(bundle, "Device")
    assert provenance["occurredDateTime"] == answer["as_of"]
    assert engine["version"][0]["value"] == answer["engine"]
    values = [each["what"]["identifier"]["value"] for each in provenance["entity"]]
    assert values == [answer["snapshot"], answer["sheet"]["hash"], *(g["referentiel"] for g in answer["coverage"])]
    reached = set(references(provenance["target"]))
    kinds = ("GuidanceResponse", "CarePlan", "RequestGroup", "DetectedIssue", "ResearchStudy")
    assert reached == {entry["fullUrl"] for entry in bundle["entry"] if entry["resource"]["resourceType"] in kinds}


# --- the patient ---


def test_the_tumour_has_its_codes_and_the_patient_a_sex() -> None:
    bundle = _bundled("sein-a")
    assert [each["gender"] for each in _resources(bundle, "Patient")] == ["female"]
    (condition,) = _resources(bundle, "Condition")
    assert condition["bodySite"][0]["coding"] == [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "C50.4"}]
    morphology = condition["extension"][0]["valueCodeableConcept"]["coding"]
    assert morphology == [{"system": "http://terminology.hl7.org/CodeSystem/icd-o-3", "code": "8500/3"}]


@pytest.mark.parametrize(
    "leaf",
    [
        {"systeme": "CIM-10", "code": "C50.4", "certitude": "suspecte"},
        [{"systeme": "CIM-10", "code": "C50.4"}, {"systeme": "CIM-10", "code": "C50.1"}],
        {"raison": "en_attente"},
        None,
    ],
)
def test_a_site_that_is_not_sure_is_no_code(leaf: Any) -> None:
    answer, sheet = _answered("sein-a")
    unsure = {**sheet, "tumeurs": [{**sheet["tumeurs"][0], "topographie": leaf}]}
    bundle = answer_bundle(answer, unsure)
    _validated(json.loads(to_json(bundle)))
    assert "bodySite" not in _resources(bundle, "Condition")[0]


@pytest.mark.parametrize("name", sorted(library.examples()))
def test_nothing_in_the_bundle_tells_who_the_patient_is(name: str) -> None:
    """Every item that the dictionary marks as identity is given a value, which no text of the bundle holds."""
    dictionary = shipped().base.dictionary
    identity = [item for item in dictionary.items.values() if item.identity and item.path and "[" not in item.path]
    sheet = json.loads(SHEETS[name])
    for number, item in enumerate(identity):
        *way, last = item.path.split(".")
        place = sheet
        for step in way:
            place = place.setdefault(step, {})
        place[last] = "1890-02-03" if item.kind == "date" else f"Identite{number}"
    document = from_bytes(json.dumps(sheet).encode(), "application/json")
    answer = shipped().evaluate([document], today=DAY)
    bundle = answer_bundle(answer, read_documents([document], shipped().base).body)
    assert len(identity) > 5
    assert not [text for text in strings(bundle) if "Identite" in text or "1890-02-03" in text]
    for patient in _resources(bundle, "Patient"):
        assert set(patient) == {"resourceType", "id", "meta", "gender"}


# --- the same bytes ---


def test_the_same_answer_gives_the_same_bytes_and_another_other_ids() -> None:
    answer, sheet = _answered("sein-a")
    assert to_json(answer_bundle(answer, sheet)) == to_json(answer_bundle(copy.deepcopy(answer), copy.deepcopy(sheet)))
    ids = {entry["fullUrl"] for entry in answer_bundle(answer, sheet)["entry"]}
    others = {entry["fullUrl"] for entry in answer_bundle({**answer, "decision_id": "0" * 64}, sheet)["entry"]}
    assert not ids & others


def test_a_control_character_of_a_sheet_does_not_go_out() -> None:
    answer, sheet = _answered("sein-a")
    tumour = {**answer["tumours"][0], "label": "Sein\x00 <b>gauche</b> & \x1f"}
    bundle = json.loads(to_json(answer_bundle({**answer, "tumours": [tumour]}, sheet)))
    _validated(bundle)
    assert not [text for text in strings(bundle) if "\x00" in text or "\x1f" in text]


def test_what_this_version_of_the_answer_does_not_know_is_told_as_it_is() -> None:
    answer, sheet = _answered("sein-a")
    more = {**answer, "tumours": [{**answer["tumours"][0], "nouveau": {"clef": "valeur"}}]}
    (parameters,) = _resources(answer_bundle(more, sheet), "Parameters")
    (found,) = [each for each in parameters["parameter"] if each["name"] == "nouveau"]
    assert json.loads(found["valueString"]) == {"clef": "valeur"}
