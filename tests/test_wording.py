"""Answers as sentences."""

from __future__ import annotations

from engine.verdicts import ENGLISH, FRENCH, Verdict
from engine.wording import leaves, sentence, verdict_word

WHY = {
    "truth": "true",
    "text": "",
    "nodes": [
        {"truth": "true", "text": "re_pct >= 10 %", "value": "90 %"},
        {
            "truth": "true",
            "text": "oms <= 1",
            "nodes": [
                {"truth": "true", "text": "oms <= 1", "value": "1"},
                {"truth": "false", "text": "age < 70 ans", "value": "72 ans"},
            ],
        },
        {"truth": "true", "text": "vrai"},
    ],
}


def test_a_rule_that_applies_says_why() -> None:
    """With the reasons that are true, and the value where the text does not hold it."""
    assert (
        sentence("applies", "Tamoxifène", WHY, [], [], "fr")
        == "S'applique : Tamoxifène ; parce que re_pct >= 10 % (90 %) et oms <= 1."
    )


def test_a_rule_that_is_undetermined_says_what_is_missing() -> None:
    """By label, each once, five at most."""
    missing = [{"label": name} for name in ("OMS", "Âge", "OMS", "cT", "cN", "cM", "pT")]
    assert (
        sentence("undetermined", "T", WHY, missing, [], "fr") == "Indéterminée : T ; il manque : OMS, Âge, cT, cN, cM."
    )


def test_a_reservation_is_named() -> None:
    """In either language."""
    assert (
        sentence("applies_unless", "T", {"truth": "true", "text": "vrai"}, [], ["thrombose"], "fr")
        == "S'applique sauf réserve : T ; sauf si thrombose."
    )
    assert (
        sentence("applies_unless", "T", {"truth": "true", "text": "vrai"}, [], ["thrombosis"], "en")
        == "Applies unless : T ; unless thrombosis."
    )


def test_a_rule_that_does_not_apply_says_what_is_false() -> None:
    """And not what is true."""
    false = {
        "truth": "false",
        "text": "",
        "nodes": [
            {"truth": "true", "text": "a", "value": "1"},
            {"truth": "false", "text": "age < 70 ans", "value": "72 ans"},
        ],
    }
    assert (
        sentence("does_not_apply", "T", false, [], [], "fr")
        == "Ne s'applique pas : T ; parce que age < 70 ans (72 ans)."
    )


def test_leaves_are_the_criteria_of_one_truth() -> None:
    """Each once, constants left out."""
    assert leaves(WHY, "true") == ["re_pct >= 10 % (90 %)", "oms <= 1"]


def test_every_verdict_has_a_word_in_both_languages() -> None:
    """Seven of a rule, four of a trial."""
    assert len(Verdict) == 7
    assert (
        set(FRENCH)
        == set(ENGLISH)
        == {v.value for v in Verdict} | {"eligible", "possible", "not_eligible", "off_topic"}
    )
    assert verdict_word("applies", "fr") == "s'applique"
    assert all(Verdict(v.value).french == FRENCH[v.value] for v in Verdict)
