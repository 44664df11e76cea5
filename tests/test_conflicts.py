"""Plans that can't stand together."""

from __future__ import annotations

from typing import Any

from tests.small import answer, flat, named, rules, service


def conflicts(text: str, **said: Any) -> list[dict[str, Any]]:
    """Return the conflicts of the answer over some rules."""
    found: list[dict[str, Any]] = answer(service(rules(text)), flat(topographie="colon", **said))["conflicts"]
    return found


def test_surveillance_and_a_treatment_of_the_same_question_are_a_conflict() -> None:
    """What the ontology says excludes the other, proposed together."""
    (found,) = conflicts(
        "- {id: A, titre: t, si: vrai, alors: FOLFOX}\n- {id: B, titre: t, si: vrai, alors: surveillance}"
    )
    assert (found["kind"], found["rules"], found["actions"]) == ("exclusion", ["A", "B"], ["folfox", "surveillance"])


def test_another_intent_is_no_conflict() -> None:
    """Surveillance after treatment for cure does not exclude palliative care of something else."""
    text = "- {id: A, titre: t, si: vrai, alors: {proposer: FOLFOX, intention: palliatif}}\n- {id: B, titre: t, si: vrai, alors: {proposer: surveillance, intention: adjuvant}}"
    assert conflicts(text) == []


def test_an_alternative_that_drops_is_no_conflict() -> None:
    """Only what is left of a plan counts."""
    text = '- {id: A, titre: t, si: vrai, alors: {au choix: [{proposer: FOLFOX, si: "age >= 90 ans"}, radiothérapie]}}\n- {id: B, titre: t, si: "age >= 90 ans", alors: surveillance}'
    assert conflicts(text, age=70) == []


def test_two_rules_that_do_not_both_apply_are_no_conflict() -> None:
    """An undetermined rule proposes nothing yet."""
    assert (
        conflicts(
            '- {id: A, titre: t, si: vrai, alors: FOLFOX}\n- {id: B, titre: t, si: "oms >= 2", alors: surveillance}'
        )
        == []
    )


LINKED = """
- {id: BASE, titre: Base, si: vrai, alors: FOLFOX}
- {id: E1, titre: Une, exception_a: BASE, si: "age >= 70 ans", alors: FOLFIRI}
- {id: E2, titre: Autre, exception_a: [BASE, E1], si: "oms >= 2", alors: radiothérapie}
"""


def test_two_exceptions_of_which_one_excepts_the_other_are_no_conflict() -> None:
    """The author said which wins: E2 stands, and the base is set aside by it."""
    tumour = answer(service(rules(LINKED)), flat(topographie="colon", age=75, oms=2))
    assert {entry["id"]: entry["verdict"] for entry in tumour["recommendations"]} == {
        "BASE": "overridden",
        "E1": "overridden",
        "E2": "applies",
    }
    assert tumour["conflicts"] == []
    assert named(tumour["recommendations"], "BASE")["overridden_by"]["id"] == "E2"


def test_one_exception_alone_is_no_conflict() -> None:
    """At 75 and performance status 1 only the first is met."""
    assert conflicts(LINKED, age=75, oms=1) == []
