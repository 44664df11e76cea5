"""What a posed question comes to, and which rules an answer shows."""

from __future__ import annotations

from typing import Any

from api.documents import Document
from tests.small import DAY, answer, flat, rules, service

GERIATRIC = '- {id: R, titre: t, si: "age >= 75 ans", genre: processus, alors: {exiger avant: traitement antitumoral, quoi: RCP}, satisfait_si: "ega_faite = oui"}'


def outcome(text: str, **items: Any) -> str:
    """Return the outcome of the one question."""
    (question,) = answer(service(rules(text)), flat(topographie="sein", **items))["questions"]
    return str(question["outcome"])


def test_an_exception_that_only_takes_away_answers_nothing() -> None:
    """The rule is set aside and nothing stands in its place."""
    text = '- {id: R, titre: t, si: "sexe = F", alors: FOLFOX, sauf: [{id: E, titre: e, si: "grossesse = oui"}]}'
    assert outcome(text, sexe="F", grossesse=True) == "not_encoded"
    assert outcome(text, sexe="F", grossesse=False) == "answered"
    assert outcome(text, sexe="F") == "answered", "it applies unless she is pregnant"


def test_what_is_required_and_done_is_an_answer() -> None:
    """Nothing is left to do; the guideline is not silent."""
    assert outcome(GERIATRIC, age=80, ega_faite=True) == "answered"
    assert outcome(GERIATRIC, age=60, ega_faite=True) == "not_encoded"


def test_what_may_apply_and_is_contraindicated_is_no_answer_yet() -> None:
    """Its condition is open: so is the question."""
    text = """
- {id: R, titre: t, si: "sexe = F", alors: FOLFOX}
- {id: S, titre: s, si: "grossesse = oui", genre: sécurité, alors: {contre-indiquer: chimiothérapie}}
"""
    assert outcome(text, grossesse=True) == "undetermined"
    assert outcome(text, sexe="F", grossesse=True) == "answered"


def test_a_tumour_that_no_question_is_about_is_outside_though_a_trial_is_listed() -> None:
    """Trials are another answer."""
    trial = """
essai: E1
titre: t
source: {titre: t, vu: "2026-11-20"}
statut: à valider
population: "topographie est « sein »"
criteres: [{id: I1, genre: inclusion, etape: inclusion, texte: t, si: "sexe = F"}]
criteres_complets: non
"""
    text = rules("- {id: R, titre: t, si: vrai, alors: FOLFOX}").replace(
        "posee_si: vrai", 'posee_si: "topographie est « colon »"'
    )
    found = answer(service(text, trial), flat(topographie="sein"))
    assert (found["outside"], [each["id"] for each in found["trials"]]) == (True, ["E1"])


def shown(text: str, **items: Any) -> dict[str, str]:
    """Return the rules that an answer to a tumour shows, of a question put to all tumours."""
    common = rules(text).replace("    posee_si: vrai", "    posee_si: vrai\n    transversale: oui")
    plan = rules('- {id: P, titre: t, si: "sexe = F", alors: FOLFOX}', document="plan")
    body = flat(topographie="sein", **items)
    (tumour,) = service(common, plan).evaluate([Document(body, "application/json")], as_of=DAY, today=DAY)["tumours"]
    return {r["id"]: r["verdict"] for r in tumour["recommendations"]}


def test_a_duty_that_is_undetermined_is_shown_and_a_requirement_only_before_a_treatment() -> None:
    """A test that may be owed is told; what guards treatments is told where there is one."""
    test = '- {id: T, titre: t, si: "mmr = dMMR", genre: processus, alors: {demander: RCP}}'
    assert shown(test)["T"] == "undetermined"
    assert shown(GERIATRIC, age=80, sexe="F")["R"] == "applies"
    assert "R" not in shown(GERIATRIC, age=80, sexe="M")
