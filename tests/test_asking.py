"""What to ask: one question for one thing to find out, and all that each answer changes."""

from __future__ import annotations

from typing import Any

from tests.small import answer, flat, rules, service

ASKED = rules("""
- {id: T1, titre: Zéro, si: vrai, alors: FOLFOX}
- {id: F1, titre: Une, si: "fevg < 50 %", alors: surveillance}
- {id: F2, titre: Deux, si: "fevg (moins de 1 mois) < 50 %", alors: surveillance}
- {id: P1, titre: Trois, si: "psa (avant traitement) < 10 ng/mL", alors: surveillance}
- {id: P2, titre: Quatre, si: "psa < 10 ng/mL", alors: surveillance}
- {id: A1, titre: Avis, si: "sexe = F", alors: {exiger avant: traitement antitumoral, quoi: FEVG}, satisfait_si: "documenté(ldh)", genre: sécurité}
- {id: A2, titre: Avis aussi, si: "sexe = F", alors: {exiger avant: traitement antitumoral, quoi: FEVG}, satisfait_si: "documenté(ldh)", genre: sécurité}
""")


def asked(language: str = "fr", **items: Any) -> dict[str, dict[str, Any]]:
    """Return what is asked of a tumour of which little is known: question → entry."""
    found = answer(service(ASKED), flat(topographie="sein", **items), lang=language)["to_ask"]
    assert len({entry["question"] for entry in found}) == len(found), "nothing is asked twice"
    return {entry["question"]: entry for entry in found}


def changes(entry: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return what each value of a question changes."""
    return {e["answer"]: {c["id"]: c["verdict"] for c in e["becomes"]} for e in entry["effect"]}


def test_one_answer_fills_what_is_asked_of_any_day_and_of_the_last_months() -> None:
    """A FEVG measured now answers both."""
    (entry,) = (entry for entry in asked().values() if entry["item"] == "fevg")
    assert changes(entry) == {
        "≥ 0 et < 50 %": {"F1": "applies", "F2": "applies"},
        "50 – 100 %": {"F1": "does_not_apply", "F2": "does_not_apply"},
    }


def test_a_value_known_but_old_is_asked_for_where_it_must_be_fresh() -> None:
    """The old one decides what takes any day, and only that."""
    (entry,) = (entry for entry in asked(fevg={"valeur": 61, "date": "2026-10-01"}).values() if entry["item"] == "fevg")
    assert {rule for becomes in changes(entry).values() for rule in becomes} == {"F2"}


def test_a_new_measure_is_not_bound_by_an_older_one() -> None:
    """« au moins 45 » two months ago says nothing of a fresh value: both are asked, and told apart."""
    old = {"valeur": ">= 45", "unite": "%", "date": "2026-10-01"}
    fresh, bare = (entry for _, entry in sorted(asked(fevg=old).items(), reverse=True) if entry["item"] == "fevg")
    assert fresh["question"] == f"{bare['question']} (moins de 1 mois)"
    assert set(changes(fresh)) == {"≥ 0 et < 50 %", "50 – 100 %"}
    assert set(changes(bare)) == {"≥ 45 et < 50 %", "50 – 100 %"}
    english = [question for question, entry in asked("en", fevg=old).items() if entry["item"] == "fevg"]
    assert sum(question.endswith("(less than 1 month old)") for question in english) == 1


def test_another_day_is_another_question() -> None:
    """The PSA of today says nothing of the PSA before treatment, and the question says which is meant."""
    said = [question for question, entry in asked().items() if entry["item"] == "psa"]
    assert len(said) == 2
    assert [question.endswith("(avant traitement)") for question in sorted(said, key=len)] == [False, True]
    english = [question for question, entry in asked("en").items() if entry["item"] == "psa"]
    assert sum(question.endswith("(before treatment)") for question in english) == 1


def test_rules_that_share_a_condition_all_change() -> None:
    """Two requirements that one test fulfils."""
    (entry,) = (entry for entry in asked().values() if entry["item"] == "ldh")
    assert {rule for becomes in changes(entry).values() for rule in becomes} == {"A1", "A2"}
