"""The cards of an answer keep to CDS Hooks, say what the answer says, and suggest drafts that FHIR accepts."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B import get_fhir_model_class

from api import library
from api.assembly import evaluator
from api.documents import from_bytes
from api.evaluate import Service
from api.hooks.card import Card, Suggestion, lean, suggestion_id
from api.hooks.cards import MOST_QUESTIONS, cards_of
from api.hooks.markdown import plain, short
from api.hooks.names import KEYS, OVERRIDES, REASONS
from api.hooks.plans import alternatives
from api.hooks.tumour import Asked

BASE = "https://rcp.example.fr/api/v1"
NAMES = sorted(library.examples())
CODES = {
    "MedicationRequest": {"status": {"draft"}, "intent": {"proposal"}},
    "ServiceRequest": {"status": {"draft"}, "intent": {"proposal"}},
    "CarePlan": {"status": {"draft"}, "intent": {"proposal"}},
}


@pytest.fixture(scope="module")
def service() -> Service:
    return evaluator(library.texts())


@pytest.fixture(scope="module")
def answers(service: Service) -> dict[str, dict[str, Any]]:
    """Return the answer of each shipped example, as the hooks ask for it."""
    documents = {name: from_bytes(text.encode(), "application/json") for name, text in library.examples().items()}
    query: dict[str, Any] = {"today": date(2026, 11, 25), "region": "FR-GES", "explain": "none"}
    return {name: service.evaluate([document], **query) for name, document in documents.items()}


def made(answer: dict[str, Any], service: Service, language: str = "fr", **more: Any) -> list[Card]:
    return cards_of(answer, Asked("p1", BASE, language, more.pop("gaps", {}), **more), service.base.ontology)


def told(answer: dict[str, Any], service: Service, language: str = "fr", **more: Any) -> list[dict[str, Any]]:
    return [card.told(answer["decision_id"], language) for card in made(answer, service, language, **more)]


@pytest.fixture(scope="module")
def cards(answers: dict[str, dict[str, Any]], service: Service) -> dict[str, list[dict[str, Any]]]:
    return {name: told(answer, service) for name, answer in answers.items()}


def every(cards: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [card for listed in cards.values() for card in listed]


def of_rule(cards: list[dict[str, Any]], rule: str) -> dict[str, Any]:
    """Return the card that speaks of a rule."""
    (found,) = [card for card in cards if rule in [each["rule"] for each in card["extension"].get(f"{KEYS}rules", ())]]
    return found


def test_every_card_has_what_the_specification_asks(cards: dict[str, list[dict[str, Any]]]) -> None:
    for card in every(cards):
        assert 0 < len(card["summary"]) < 140
        assert card["indicator"] in ("info", "warning", "critical")
        assert card["source"]["label"]
        assert set(card["source"]["topic"]) == {"system", "code", "display"}
        assert set(card) <= {"uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior", "overrideReasons", "links", "extension"}  # fmt: skip
    assert len(every(cards)) > 20


def test_the_most_serious_cards_come_first(cards: dict[str, list[dict[str, Any]]]) -> None:
    for listed in cards.values():
        order = [("critical", "warning", "info").index(card["indicator"]) for card in listed]
        assert order == sorted(order)


def _empty(value: Any, path: str = "") -> Iterator[str]:
    if value is None or value in ("", [], {}):
        yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _empty(value[key], f"{path}/{key}")


def test_nothing_empty_is_ever_sent(cards: dict[str, list[dict[str, Any]]]) -> None:
    assert not list(_empty(cards))
    assert lean({"a": None, "b": [{}, ""], "c": {"d": [], "e": 0, "f": False}}) == {"c": {"e": 0, "f": False}}


def test_every_link_is_absolute_and_leads_to_a_rule_or_a_source(cards: dict[str, list[dict[str, Any]]]) -> None:
    links = [link for card in every(cards) for link in card.get("links", ())]
    assert links
    for link in links:
        assert set(link) == {"label", "url", "type"}
        assert link["type"] == "absolute"
        assert re.match(r"https?://[^/ ]+", link["url"])
    card = of_rule(cards["sein-b"], "S09")
    assert f"{BASE}/recommendations/S09" in [link["url"] for link in card["links"]]


def test_every_card_offers_the_four_reasons_of_the_literature(cards: dict[str, list[dict[str, Any]]]) -> None:
    assert list(OVERRIDES) == ["choix-rcp", "cas-particulier", "evolution-pratiques", "choix-patient"]
    for card in every(cards):
        assert [each["code"] for each in card["overrideReasons"]] == list(OVERRIDES)
        assert all(each["system"] == REASONS and each["display"] for each in card["overrideReasons"])


def test_suggestions_imply_a_selection_behaviour(cards: dict[str, list[dict[str, Any]]]) -> None:
    seen = set()
    for card in every(cards):
        suggestions = card.get("suggestions", [])
        seen.add(card.get("selectionBehavior"))
        assert ("selectionBehavior" in card) == bool(suggestions)
        assert card.get("selectionBehavior", "any") in ("any", "at-most-one")
        recommended = [each for each in suggestions if each.get("isRecommended")]
        assert not recommended or (card["selectionBehavior"] == "at-most-one" and len(recommended) == 1)
    assert seen == {None, "any", "at-most-one"}


def test_a_long_summary_is_cut_below_the_limit(answers: dict[str, dict[str, Any]], service: Service) -> None:
    """No shipped example has a summary as long as that."""
    answer = copy.deepcopy(answers["sein-b"])
    answer["tumours"][0]["label"] = "sein " * 100
    cards = told(answer, service)
    assert cards
    assert {len(card["summary"]) < 140 and card["summary"].endswith("…") for card in cards} == {True}


def test_one_way_at_most_is_recommended_and_none_where_several_may_be_chosen(answers: dict[str, dict[str, Any]], service: Service) -> None:  # fmt: skip
    answer = copy.deepcopy(answers["sein-b"])
    tumour = answer["tumours"][0]
    rule = next(each for each in tumour["recommendations"] if each["id"] == "S09")
    drug = {"modality": "propose", "concept": {"id": "fulvestrant", "label": "fulvestrant"}}
    rule["plan"] = {"choice": [drug, drug, drug]}
    question = next(each for each in tumour["questions"] if each["id"] == rule["question"])
    question["recommendations"] = ["S09"]
    card = of_rule(told(answer, service), "S09")
    assert card["selectionBehavior"] == "at-most-one"
    assert [each.get("isRecommended") for each in card["suggestions"]] == [True, None, None]
    tumour["recommendations"].append({**rule, "id": "R2"})
    question["recommendations"] = ["S09", "R2"]
    card = of_rule(told(answer, service), "R2")
    assert card["selectionBehavior"] == "any"
    assert [each.get("isRecommended") for each in card["suggestions"]] == [None] * 6


def test_a_suggestion_has_a_label_an_id_and_whole_resources_to_create(cards: dict[str, list[dict[str, Any]]]) -> None:
    suggestions = [each for card in every(cards) for each in card.get("suggestions", ())]
    kinds = set()
    for each in suggestions:
        assert each["label"]
        assert UUID(each["uuid"])
        assert each["actions"]
        for action in each["actions"]:
            assert action["type"] == "create"
            assert action["description"]
            assert "resourceId" not in action
            kinds.add(_accepted(action["resource"]))
    assert kinds == {"MedicationRequest", "ServiceRequest"}


def _accepted(resource: dict[str, Any]) -> str:
    """Return the type of a resource that FHIR R4 accepts, required bindings included."""
    kind = str(resource["resourceType"])
    get_fhir_model_class(kind).model_validate(resource)
    assert resource["subject"] == {"reference": "Patient/p1"}
    assert all(resource[key] in allowed for key, allowed in CODES[kind].items())
    assert resource["note"][0]["text"] == "contenu à valider, aide à la RCP"
    return kind


def test_a_plan_with_too_many_ways_is_a_care_plan(answers: dict[str, dict[str, Any]], service: Service) -> None:
    answer = copy.deepcopy(answers["sein-b"])
    rule = next(each for each in answer["tumours"][0]["recommendations"] if each["id"] == "S09")
    drug = {"modality": "propose", "concept": {"id": "fulvestrant", "label": "fulvestrant"}}
    rule["plan"] = {"together": [{"choice": [drug] * 3}, {"choice": [drug] * 3}]}
    assert alternatives(rule["plan"]) is None
    (suggestion,) = of_rule(told(answer, service), "S09")["suggestions"]
    assert _accepted(suggestion["actions"][0]["resource"]) == "CarePlan"


def test_no_card_asks_for_an_action_selection_the_client_did_not_declare(
    cards: dict[str, list[dict[str, Any]]],
) -> None:
    assert "actionSelectionBehavior" not in json.dumps(cards)
    assert "systemActions" not in json.dumps(cards)


def test_the_same_decision_gives_the_same_ids_whoever_the_patient_is(answers: dict[str, dict[str, Any]], service: Service) -> None:  # fmt: skip
    answer = answers["sein-a"]
    one = made(answer, service)
    other = cards_of(answer, Asked("someone-else", BASE, "fr", {}), service.base.ontology)
    assert [c.uuid(answer["decision_id"]) for c in one] == [c.uuid(answer["decision_id"]) for c in other]
    identifiers = [card["uuid"] for card in told(answer, service)]
    assert len(set(identifiers)) == len(identifiers)
    assert [card.uuid("another decision") for card in one] != [card.uuid(answer["decision_id"]) for card in one]
    assert told(answer, service) == told(copy.deepcopy(answer), service)


def test_a_card_is_remembered_with_its_rules_and_those_of_each_suggestion(answers: dict[str, dict[str, Any]], service: Service) -> None:  # fmt: skip
    answer = answers["sein-b"]
    for card in made(answer, service):
        sent = card.sent(answer["decision_id"], "s")
        shown = card.told(answer["decision_id"], "fr")
        assert sent.id == shown["uuid"]
        assert set(sent.suggestions) == {each["uuid"] for each in shown.get("suggestions", ())}
        assert all(sent.suggestions.values())
        assert sent.rules == tuple(each["rule"] for each in shown["extension"].get(f"{KEYS}rules", ()))


def test_the_extension_has_grade_verdict_rule_decision_and_missing(cards: dict[str, list[dict[str, Any]]], answers: dict[str, dict[str, Any]]) -> None:  # fmt: skip
    extension = of_rule(cards["sein-b"], "S09")["extension"]
    assert extension[f"{KEYS}rule"] == "S09"
    assert (extension[f"{KEYS}verdict"], extension[f"{KEYS}grade"]) == ("applies", "A")
    assert extension[f"{KEYS}decision"] == answers["sein-b"]["decision_id"]
    assert "crise_viscerale" in of_rule(cards["sein-metastatique"], "S16-crise")["extension"][f"{KEYS}missing"]
    assert all(key.startswith("fr.oncorules.") for card in every(cards) for key in card["extension"])


def test_the_detail_says_verdict_grade_source_and_notice(cards: dict[str, list[dict[str, Any]]]) -> None:
    detail = of_rule(cards["sein-b"], "S09")["detail"]
    for words in ("S'applique", "grade A", "niveau de preuve", "édition 2025", "à valider", "aide à la RCP"):
        assert words in detail
    assert all("aide à la RCP" in card["detail"] for card in every(cards))


def test_what_is_undetermined_stays_with_what_would_decide_it(answers: dict[str, dict[str, Any]], cards: dict[str, list[dict[str, Any]]]) -> None:  # fmt: skip
    for name, answer in answers.items():
        for tumour in answer["tumours"]:
            open_ones = [each for each in tumour["recommendations"] if each["verdict"] == "undetermined"]
            for rule in open_ones:
                card = of_rule(cards[name], rule["id"])
                assert card["indicator"] in ("warning", "critical")
                words = [each["label"] for each in rule["missing"]] + [each["question"] for each in rule["to_judge"]]
                assert not words or any(plain(each) in card["detail"] for each in words)


def test_every_rule_that_counts_and_every_trial_that_may_be_open_has_a_card(answers: dict[str, dict[str, Any]], cards: dict[str, list[dict[str, Any]]]) -> None:  # fmt: skip
    counted = ("applies", "applies_unless", "undetermined", "contraindicated", "eligible", "possible")
    for name, answer in answers.items():
        spoken = {r["rule"] for card in cards[name] for r in card["extension"].get(f"{KEYS}rules", ())}
        for tumour in answer["tumours"]:
            entries = [*tumour["recommendations"], *tumour["trials"]]
            assert {each["id"] for each in entries if each["verdict"] in counted} <= spoken


def test_a_question_has_one_card_and_too_many_share_one(answers: dict[str, dict[str, Any]], service: Service) -> None:
    answer = copy.deepcopy(answers["sein-b"])
    tumour = answer["tumours"][0]
    rule = next(each for each in tumour["recommendations"] if each["id"] == "S09")
    question = next(each for each in tumour["questions"] if each["id"] == rule["question"])
    for number in range(MOST_QUESTIONS + 3):
        tumour["recommendations"].append({**rule, "id": f"R{number}"})
        tumour["questions"].append({**question, "id": f"q{number}", "recommendations": [f"R{number}"]})
    listed = told(answer, service)
    topics = [card["source"]["topic"]["code"] for card in listed]
    assert len(topics) == len(set(topics))
    (shared,) = [card for card in listed if card["source"]["topic"]["code"] == "more"]
    assert len(shared["extension"][f"{KEYS}rules"]) == 4
    assert len([t for t in topics if re.fullmatch(r"q\d+", t)]) == MOST_QUESTIONS - 1


def test_contradictions_conflicts_and_what_was_not_obtained_are_told(answers: dict[str, dict[str, Any]], service: Service) -> None:  # fmt: skip
    listed = told(answers["deux-tumeurs"], service, gaps={"procedures": "non fourni"})
    contradiction = next(card for card in listed if card["source"]["topic"]["code"] == "contradictions")
    assert contradiction["indicator"] == "warning"
    assert "compte-rendu-acp" in contradiction["detail"]
    limits = [card for card in listed if card["source"]["topic"]["code"] == "limits"]
    assert "procedures" in limits[0]["detail"]
    answer = copy.deepcopy(answers["sein-b"])
    answer["tumours"][0]["conflicts"] = [{"kind": "exclusion", "rules": ["A", "B"], "actions": ["x", "y"]}]
    assert "A et B" in json.dumps(told(answer, service), ensure_ascii=False)


def _with_status(answer: dict[str, Any], status: str) -> dict[str, Any]:
    changed = copy.deepcopy(answer)
    rule = next(each for each in changed["tumours"][0]["recommendations"] if each["id"] == "S09")
    drug = {"modality": "propose", "concept": {"id": "fulvestrant", "label": "fulvestrant"}}
    sure = {"status": "clear", "by": []}
    by = [{"id": "X", "title": "règle X", "status": status, "requires": "", "missing": []}]
    rule["plan"] = {"choice": [drug | {"safety": sure}, drug | {"safety": {"status": status, "by": by}}]}
    return changed


@pytest.mark.parametrize(
    ("status", "indicator", "suggested"),
    [
        ("clear", "info", 2),
        ("to_check", "warning", 2),
        ("discouraged", "warning", 1),
        ("contraindicated", "critical", 1),
    ],
)
def test_what_is_contraindicated_is_critical_and_never_suggested(
    answers: dict[str, dict[str, Any]], service: Service, status: str, indicator: str, suggested: int
) -> None:
    answer = _with_status(answers["sein-b"], status)
    rule = next(each for each in answer["tumours"][0]["recommendations"] if each["id"] == "S09")
    answer["tumours"][0]["questions"] = [
        each | {"recommendations": ["S09"] if each["id"] == rule["question"] else []}
        for each in answer["tumours"][0]["questions"]
    ]
    card = of_rule(told(answer, service), "S09")
    assert (card["indicator"], len(card["suggestions"])) == (indicator, suggested)
    assert [each.get("isRecommended") for each in card["suggestions"]] in ([True], [True, None]) or suggested == 1


def test_a_contraindicated_rule_is_critical(answers: dict[str, dict[str, Any]], service: Service) -> None:
    answer = copy.deepcopy(answers["sein-b"])
    next(each for each in answer["tumours"][0]["recommendations"] if each["id"] == "S09")["verdict"] = "contraindicated"
    card = of_rule(told(answer, service), "S09")
    assert card["indicator"] == "critical"
    assert all(action["resource"]["resourceType"] == "ServiceRequest" for each in card.get("suggestions", ()) for action in each["actions"])  # fmt: skip


def test_the_proposal_of_the_board_is_held_against_what_applies(service: Service) -> None:
    sheet = json.loads(library.examples()["sein-b"])
    sheet["proposition_traitements"] = {"lignes": [{"concept": "fulvestrant"}]}
    document = from_bytes(json.dumps(sheet).encode(), "application/json")
    answer = service.evaluate([document], today=date(2026, 11, 25), explain="none")

    def card() -> dict[str, Any]:
        return next(each for each in told(answer, service) if each["source"]["topic"]["code"] == "proposal")

    assert card()["indicator"] == "warning"
    assert "hors de ce qui s'applique" in card()["detail"]
    assert "Non proposé" in card()["detail"]
    (treatment,) = answer["tumours"][0]["proposal"]["treatments"]
    treatment["safety"] = {
        "status": "contraindicated",
        "by": [{"id": "X", "title": "règle X", "status": "contraindicated"}],
    }
    assert card()["indicator"] == "critical"
    assert "contre-indiqué" in card()["summary"]
    treatment |= {"status": "recommended", "safety": {"status": "clear", "by": []}}
    answer["tumours"][0]["proposal"]["left_out"] = []
    assert card()["indicator"] == "info"


def test_a_trial_that_recruits_is_suggested(answers: dict[str, dict[str, Any]], service: Service) -> None:
    answer = copy.deepcopy(answers["sein-metastatique"])
    answer["tumours"][0]["trials"][0]["recruitment"] = {"status": "open", "source": "x", "date": "2026-01-01"}
    card = next(each for each in told(answer, service) if each["source"]["topic"]["code"] == "trials")
    (suggestion,) = card["suggestions"]
    assert _accepted(suggestion["actions"][0]["resource"]) == "ServiceRequest"
    assert answer["tumours"][0]["trials"][0]["id"] in json.dumps(suggestion)


def test_a_tumour_that_no_question_concerns_is_said_to_be_outside(answers: dict[str, dict[str, Any]], service: Service) -> None:  # fmt: skip
    answer = copy.deepcopy(answers["sein-b"])
    answer["tumours"] = [{**answer["tumours"][0], "outside": True, "questions": [], "recommendations": [], "checklist": [], "trials": []}]  # fmt: skip
    answer["sheet"]["problems"] = []
    (card,) = told(answer, service)
    assert "Hors champ" in card["detail"]


def test_english_is_spoken_where_it_is_asked(service: Service) -> None:
    document = from_bytes(library.examples()["sein-b"].encode(), "application/json")
    answer = service.evaluate([document], today=date(2026, 11, 25), region="", lang="en", explain="none")
    card = of_rule(told(answer, service, "en"), "S09")
    assert "Applies" in card["detail"]
    assert "national rules only" in card["detail"]
    assert card["overrideReasons"][3]["display"] == "choice of the patient"


def test_a_text_of_the_answer_is_never_markup() -> None:
    assert (
        plain("< 10 % [x](javascript:y) <b> *a*\nb |c| `d`") == r"\< 10 % \[x\](javascript:y) \<b\> \*a\* b \|c\| \`d\`"
    )
    assert len(short("mot " * 100, 140)) < 140
    assert short("court", 140) == "court"


@pytest.mark.parametrize("text", ["https://evil.example", "HTTP://evil.example", "ftp://e.example", "www.evil.example", "WWW.evil.example", "a@evil.example", "mailto:a@evil.example", "xmpp:a@evil.example"])  # fmt: skip
def test_an_address_in_a_text_is_no_link(service: Service, text: str) -> None:
    """GFM makes links of bare addresses: a fiche could send a reader elsewhere."""
    autolinks = r"(?i)(?:https?|ftp)://|www\.|(?:mailto|xmpp):|[\w.+-]+@[\w-]+\.\w"
    assert re.search(autolinks, text)
    assert not re.search(autolinks, plain(text))
    assert plain(text).replace("\u200b", "") == text
    sheet = library.examples()["deux-tumeurs"].replace("compte-rendu-acp", f"voir {text} ici")
    answer = service.evaluate([from_bytes(sheet.encode(), "application/json")], today=date(2026, 11, 25))
    card = next(each for each in told(answer, service) if each["source"]["topic"]["code"] == "contradictions")
    assert f"voir {plain(text)} ici" in card["detail"]
    assert not re.search(autolinks, re.sub(r"\(<[^>]*>\)", "", card["detail"]))


def test_suggestions_of_one_label_have_ids_of_their_own() -> None:
    same = Suggestion("x", (), ("R",))
    card = UUID("00000000-0000-0000-0000-000000000001")
    assert suggestion_id(card, 0, same) != suggestion_id(card, 1, same)
