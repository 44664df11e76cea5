"""The body of a call and of a feedback is validated with every problem at once; what was sent ahead is read as it is."""

from __future__ import annotations

from typing import Any

import pytest

from api.hooks.call import Call, read_call
from api.hooks.failures import Malformed
from api.hooks.feedback import MOST_ACCEPTED, read_feedback
from api.hooks.names import REASONS
from api.hooks.prefetch import ABSENT, PARTIAL, REFUSED, Part, part_of, read_part
from api.hooks.services import SERVICES
from tests.hook_world import call, searchset

VIEW, REVIEW = SERVICES["oncorules-patient-view"], SERVICES["oncorules-rcp-review"]
AUTHORISED = {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "s"}
CARD = "0b5d6a3e-0f0e-4a4c-8d0e-111111111111"


def refused(body: dict[str, Any], service: Any = VIEW) -> dict[str, str]:
    """Return the problems of a body: pointer → code."""
    with pytest.raises(Malformed) as caught:
        read_call(body, service)
    return {each.pointer: each.code for each in caught.value.problems}


def test_a_valid_call_is_read() -> None:
    read = read_call(call(fhirServer="https://h/fhir/", fhirAuthorization=AUTHORISED, prefetch={"patient": None}), VIEW)
    assert (read.patient, read.server and read.server.base, dict(read.prefetch)) == (
        "p",
        "https://h/fhir",
        {"patient": None},
    )


def test_a_token_is_never_shown() -> None:
    secret = {**AUTHORISED, "access_token": "top-secret"}
    assert "top-secret" not in repr(read_call(call(fhirServer="https://h/fhir", fhirAuthorization=secret), VIEW))


def test_every_problem_of_a_body_is_told_at_once() -> None:
    body = {
        "hook": "order-select",
        "hookInstance": "1",
        "context": {"patientId": "a/b?c", "encounterId": 3},
        "fhirAuthorization": {"token_type": "MAC", "expires_in": "300"},
        "prefetch": {"conditions": [], "patient": {"resourceType": "Practitioner"}, "observations": 3},
    }
    assert refused(body) == {
        "/hook": "hook-autre",
        "/hookInstance": "forme",
        "/context/userId": "requis",
        "/context/patientId": "forme",
        "/context/encounterId": "forme",
        "/fhirServer": "requis",
        "/fhirAuthorization/access_token": "requis",
        "/fhirAuthorization/token_type": "forme",
        "/fhirAuthorization/expires_in": "forme",
        "/fhirAuthorization/scope": "requis",
        "/fhirAuthorization/subject": "requis",
        "/prefetch/conditions": "forme",
        "/prefetch/patient": "forme",
        "/prefetch/observations": "forme",
    }
    assert refused({}) == {"/hook": "requis", "/hookInstance": "requis", "/context": "requis", "/context/userId": "requis", "/context/patientId": "requis"}  # fmt: skip


@pytest.mark.parametrize("missing", ["userId", "patientId"])
def test_patient_view_needs_user_and_patient_and_no_encounter(missing: str) -> None:
    body = call()
    del body["context"][missing]
    assert refused(body) == {f"/context/{missing}": "requis"}
    assert read_call(call(context={"encounterId": None}), VIEW).patient == "p"


@pytest.mark.parametrize("instance", ["", "1", 3, "d1577c69-dfbe-44ad-ba6d-3e05e953b2e", "{d1577c69-dfbe-44ad-ba6d-3e05e953b2ea}"])  # fmt: skip
def test_the_instance_is_a_uuid(instance: object) -> None:
    assert refused({**call(), "hookInstance": instance}) == {"/hookInstance": "forme"}


@pytest.mark.parametrize("server", ["ftp://h/fhir", "//h/fhir", "https://u:p@h/fhir", "https://h/fhir?x=1", "h", 3, ""])
def test_a_server_is_an_absolute_address(server: object) -> None:
    assert refused(call(fhirServer=server)) == {"/fhirServer": "forme"}


def test_a_token_of_another_patient_is_refused() -> None:
    wrong = {**AUTHORISED, "patient": "someone-else"}
    assert refused(call(fhirServer="https://h/fhir", fhirAuthorization=wrong)) == {
        "/fhirAuthorization/patient": "forme"
    }


def test_a_token_can_not_carry_another_header() -> None:
    wrong = {**AUTHORISED, "access_token": "a\r\nX-Other: b"}
    assert refused(call(fhirServer="https://h/fhir", fhirAuthorization=wrong)) == {
        "/fhirAuthorization/access_token": "forme"
    }


def test_the_review_has_a_day_a_region_and_a_sheet_of_its_own() -> None:
    context = {
        "sheetId": "f-1",
        "rcpDate": "2026-11-20",
        "region": "FR-GES",
        "centre": "540000000",
        "sheet": {"tumeurs": []},
    }
    read = read_call(call("fr.oncorules.rcp-review", context=context), REVIEW)
    assert (str(read.as_of), read.region, read.centre, read.sheet_id) == ("2026-11-20", "FR-GES", "540000000", "f-1")
    assert read.sheet == {"tumeurs": []}


def test_every_field_of_the_review_but_user_and_patient_may_be_missing() -> None:
    assert read_call(call("fr.oncorules.rcp-review"), REVIEW) == Call("p", {})


def test_the_fields_of_the_review_are_checked() -> None:
    context = {"rcpDate": "2026-02-30", "region": "Grand Est", "centre": 5, "sheet": "x", "sheetId": ""}
    told = refused(call("fr.oncorules.rcp-review", context=context), REVIEW)
    assert told == {f"/context/{key}": "forme" for key in context}


@pytest.mark.parametrize("centre", ["Mme Dupont, née le 3 mars", "5" * 41, "5\n4"])
def test_a_centre_is_an_identifier_never_a_free_text(centre: str) -> None:
    """It is kept with the decision, of which nothing of the patient is."""
    assert refused(call("fr.oncorules.rcp-review", context={"centre": centre}), REVIEW) == {"/context/centre": "forme"}


def test_a_sheet_and_a_prefetch_are_not_two_sources_of_one_call() -> None:
    body = call("fr.oncorules.rcp-review", context={"sheet": {}}, prefetch={"patient": None})
    assert refused(body, REVIEW) == {"/prefetch": "deux-sources"}


# --- what was sent ahead ---


def test_a_missing_key_is_not_provided_and_null_is_no_data() -> None:
    assert read_part("conditions", {}).gap == ABSENT
    assert (read_part("conditions", {"conditions": None}).gap, read_part("conditions", {"conditions": None}).found) == (
        "",
        (),
    )


def test_a_page_is_never_taken_for_the_whole() -> None:
    one = {"resourceType": "Condition", "id": "c"}
    linked = searchset([one], link=[{"relation": "self", "url": "x"}, {"relation": "next", "url": "https://h/2"}])
    assert (part_of("conditions", linked, "").gap, part_of("conditions", linked, "").next) == (PARTIAL, "https://h/2")
    assert part_of("conditions", searchset([one], total=2), "").gap == PARTIAL
    assert part_of("conditions", searchset([one, None]), "").gap == PARTIAL
    assert part_of("conditions", searchset([one], total=1), "").gap == ""


@pytest.mark.parametrize(
    ("issue", "gap"),
    [
        ([{"severity": "error", "code": "processing"}], REFUSED),
        ([{"severity": "warning", "code": "suppressed"}], REFUSED),
        ([{"severity": "information", "code": "informational"}], ""),
        ([], REFUSED),
        (None, REFUSED),
    ],
)
def test_an_operation_outcome_is_data_that_could_not_be_had(issue: object, gap: str) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": issue}
    assert part_of("conditions", searchset([outcome]), "").gap == gap
    assert not part_of("conditions", searchset([outcome]), "").found


def test_an_outcome_alone_is_never_the_data_whatever_it_says() -> None:
    fine = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    assert part_of("conditions", fine, "") == Part("conditions", gap=REFUSED)


# --- feedback ---


def wrong_feedback(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Malformed) as caught:
        read_feedback(body, True)
    return {each.pointer: each.code for each in caught.value.problems}


def test_every_problem_of_a_feedback_is_told_at_once() -> None:
    accepted = {"card": CARD, "outcome": "accepted", "outcomeTimestamp": "2026-11-20T09:30:00Z"}
    entries = [
        {},
        {**accepted, "acceptedSuggestions": [{"id": "x"}, 3]},
        {"card": "c", "outcome": "ignored", "outcomeTimestamp": "2026-11-20T09:30:00+01:00", "overrideReason": {"reason": {"code": ""}}},
        accepted,
        {**accepted, "outcome": "overridden", "overrideReason": {}},
        7,
    ]  # fmt: skip
    assert wrong_feedback({"feedback": entries}) == {
        "/feedback/0/card": "requis",
        "/feedback/0/outcome": "requis",
        "/feedback/0/outcomeTimestamp": "requis",
        "/feedback/1/acceptedSuggestions/0/id": "forme",
        "/feedback/1/acceptedSuggestions/1/id": "forme",
        "/feedback/2/card": "forme",
        "/feedback/2/outcome": "forme",
        "/feedback/2/outcomeTimestamp": "forme",
        "/feedback/2/overrideReason/reason/code": "forme",
        "/feedback/2/overrideReason/reason/system": "requis",
        "/feedback/3/acceptedSuggestions": "requis",
        "/feedback/4/overrideReason/reason": "requis",
        "/feedback/5": "forme",
    }
    assert wrong_feedback({}) == {"/feedback": "requis"}
    assert wrong_feedback({"feedback": []}) == {"/feedback": "forme"}


@pytest.mark.parametrize(
    "told", [{"code": "Mme Dupont refuse", "system": REASONS}, {"code": "choix-rcp", "system": "x"}]
)
def test_a_reason_that_no_card_offers_is_refused(told: dict[str, str]) -> None:
    """Its code would be kept and shown with the counts of a rule: a free text could hold identity."""
    entry = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-11-20T09:30:00Z"}
    (wrong,) = wrong_feedback({"feedback": [{**entry, "overrideReason": {"reason": told}}]})
    assert wrong.startswith("/feedback/0/overrideReason/reason/")
    offered = {"code": "choix-rcp", "system": REASONS}
    (read,) = read_feedback({"feedback": [{**entry, "overrideReason": {"reason": offered}}]}, False)
    assert (read.reason, read.reason_system) == ("choix-rcp", REASONS)


def test_too_many_accepted_suggestions_are_one_problem() -> None:
    entry = {"card": CARD, "outcome": "accepted", "outcomeTimestamp": "2026-11-20T09:30:00Z"}
    body = {"feedback": [{**entry, "acceptedSuggestions": [3] * (MOST_ACCEPTED + 1)}]}
    assert wrong_feedback(body) == {"/feedback/0/acceptedSuggestions": "forme"}


@pytest.mark.parametrize("at", ["2026-11-20T09:30:00Z", "2026-11-20T09:30:00.000+00:00", "2026-11-20t09:30:00z"])
def test_one_instant_is_one_however_it_is_written(at: str) -> None:
    body = {"feedback": [{"card": CARD.upper(), "outcome": "overridden", "outcomeTimestamp": at}]}
    (read,) = read_feedback(body, False)
    assert (read.card, read.at, read.overridden) == (CARD, "2026-11-20T09:30:00+00:00", True)


@pytest.mark.parametrize(("kept", "comment"), [(True, "Mme Dupont refuse"), (False, None)])
def test_a_free_comment_is_kept_only_where_that_is_chosen(kept: bool, comment: str | None) -> None:
    entry = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-11-20T09:30:00Z"}
    body = {"feedback": [{**entry, "overrideReason": {"userComment": "Mme Dupont refuse"}}]}
    assert read_feedback(body, kept)[0].comment == comment
