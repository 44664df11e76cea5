"""The why of an answer: each criterion as written, its truth, the value used, and the way up the hierarchy."""

from __future__ import annotations

from typing import Any

from tests.small import answer, flat, little_answer, named, rules, service


def why(condition: str, language: str = "fr", more: tuple[str, ...] = (), **said: Any) -> dict[str, Any]:
    """Return the explanation of one rule with one condition."""
    text = rules(f'- {{id: R, titre: t, si: "{condition}", alors: FOLFOX}}')
    found: dict[str, Any] = named(little_answer(said, text, *more, lang=language)["recommendations"], "R")["why"]
    return found


def leaves(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the criteria at the bottom."""
    return [leaf for part in node["nodes"] for leaf in leaves(part)] if node.get("nodes") else [node]


def test_each_criterion_has_its_truth_text_and_value() -> None:
    """As the editor wrote it, with what the sheet says."""
    found = why("re_pct >= 10 % et (cT >= T3 ou oms <= 1)", re_pct=90, cT="T2")
    assert [(leaf["text"], leaf["truth"], leaf["value"]) for leaf in leaves(found)] == [
        ("re_pct >= 10 %", "true", "90 %"), ("cT >= T3", "false", "T2"), ("oms <= 1", "unknown", "inconnu"),
    ]  # fmt: skip
    assert found["truth"] == "unknown"


def test_a_value_has_its_origin() -> None:
    """Document, pointer and date."""
    (leaf,) = leaves(
        why("oms <= 1", oms={"valeur": 0, "date": "2026-11-10", "origine": {"document": "d", "pointeur": "/x"}})
    )
    assert {key: leaf["origin"][key] for key in ("document", "pointer", "date")} == {
        "document": "d",
        "pointer": "/x",
        "date": "2026-11-10",
    }


def test_a_concept_that_matched_shows_the_way_up() -> None:
    """From what is stated to what is asked."""
    (leaf,) = leaves(
        why("morphologie est « carcinome infiltrant »", morphologie={"systeme": "CIM-O-3", "code": "8520/3"})
    )
    assert (leaf["truth"], leaf["path"]) == ("true", ["carcinome lobulaire", "carcinome infiltrant"])


def test_a_defined_item_refers_to_its_definition() -> None:
    """Explained once, in the data."""
    (leaf,) = leaves(
        why("menopause = oui", more=('definitions:\n  - {definit: menopause, vrai_si: "age >= 60 ans"}\n',), age=72)
    )
    assert (leaf["truth"], leaf["value"], leaf["ref"]) == ("true", "oui", "menopause")


def test_a_list_shows_its_rows_and_whether_one_may_be_missing() -> None:
    """An open list says so."""
    said: dict[str, Any] = {"traitements": {"lignes": [{"concept": "folfiri"}]}}
    (leaf,) = leaves(why("au moins un traitement où (contient « oxaliplatine »)", **said))
    assert (leaf["truth"], leaf["open"]) == ("unknown", True)
    assert "folfiri" in leaf["value"].lower()
    (closed,) = leaves(
        why(
            "au moins un traitement où (contient « oxaliplatine »)", traitements=said["traitements"] | {"complet": True}
        )
    )
    assert (closed["truth"], closed["open"]) == ("false", False)


def test_a_suspected_row_is_marked() -> None:
    """So that nobody takes it for certain."""
    (leaf,) = leaves(
        why(
            "au moins une comorbidité où (concept est « thrombose »)",
            comorbidites=[{"concept": "thrombose", "certitude": "suspecte"}],
        )
    )
    assert leaf["truth"] == "unknown"
    assert "(?)" in leaf["value"]


def test_the_explanation_speaks_english_too() -> None:
    """Values and notes; the criterion stays as the editor wrote it."""
    (leaf,) = leaves(why("oms <= 1", "en"))
    assert (leaf["text"], leaf["value"]) == ("oms <= 1", "unknown")


def test_a_judgement_is_explained_like_an_item() -> None:
    """By its id, with the answer given."""
    text = "à apprécier benefice-incertain"
    assert leaves(why(text))[0]["truth"] == "unknown"
    (leaf,) = leaves(why(text, jugements={"benefice-incertain": {"valeur": True, "date": "2026-11-20"}}))
    assert (leaf["truth"], leaf["value"]) == ("true", "oui")


def test_what_is_missing_of_a_limit_is_not_said_to_be_known() -> None:
    """« Infinity » is no value; a bound that is known is shown with the limit it is a multiple of."""
    base = service(rules('- {id: E1, titre: Essai, si: "bilirubine <= 1,5 × LSN", alors: surveillance}'))

    def known(**items: Any) -> list[Any]:
        return [m["known"] for m in named(answer(base, flat(**items))["recommendations"], "E1")["missing"]]

    assert known(topographie="sein") == [None]
    assert known(topographie="sein", bilirubine={"valeur": "< 40", "unite": "µmol/L", "lsn": 20}) == ["0 – 2 × LSN"]
