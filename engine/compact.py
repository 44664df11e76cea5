"""An answer in a few lines that a physician can review: verdicts, questions, safety of each plan, trials, what to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.verdicts import FRENCH

FIRST = 5
OUTCOMES = {
    "answered": "recommandation",
    "undetermined": "indéterminée",
    "silent": "muet",
    "not_encoded": "non encodée",
}
SAFETY = {
    "to_check": "à vérifier",
    "required": "exigé avant",
    "to_adapt": "à adapter",
    "restricted": "restreint",
    "discouraged": "déconseillé",
    "contraindicated": "contre-indiqué",
}
PROPOSAL = {
    "recommended": "recommandé",
    "may_be": "peut être ce qui est recommandé",
    "undetermined": "peut être recommandé",
    "contraindicated": "recommandé sinon, mais contre-indiqué",
    "departs": "hors de ce qui s'applique",
    "silent": "aucune recommandation ne le propose",
}
_PLANS = ("applies", "applies_unless", "undetermined", "contraindicated")
_KINDS = ("choice", "together", "then")

Json = Mapping[str, Any]
Compact = dict[str, Any]


def compact(answer: Json) -> Compact:
    """Return each tumour of an answer in its compact form, under its id."""
    return {tumour["id"]: _tumour(tumour) for tumour in answer["tumours"]}


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Yield where two compact forms differ, each in one line."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in dict.fromkeys((*expected, *found)):
            yield from differences(expected.get(key), found.get(key), f"{path} › {key}" if path else str(key))
    elif expected != found:
        yield f"{path} : attendu {_shown(expected)}, obtenu {_shown(found)}"


def _tumour(tumour: Json) -> Compact:
    rules = tumour["recommendations"]
    parts: Compact = {
        "hors champ": "oui" if tumour["outside"] else "",
        "contradictions": sorted(_contradiction(each) for each in tumour["contradictions"]),
        "questions": {q["id"]: OUTCOMES[q["outcome"]] for q in tumour["questions"] if not q["transversal"]},
        "verdicts": {word: sorted(r["id"] for r in rules if r["verdict"] == v) for v, word in FRENCH.items()},
        "sécurité": {rule["id"]: _safety(rule["plan"]) for rule in rules if rule["verdict"] in _PLANS},
        "conflits": sorted(" / ".join(sorted(each["rules"])) for each in tumour["conflicts"]),
        "à demander": [each["item"] for each in tumour["to_ask"][:FIRST]],
        "essais": {_trial(each): FRENCH[each["verdict"]] for each in tumour["trials"]},
    }
    if tumour["proposal"]:
        parts["proposition"] = _proposal(tumour["proposal"])
    parts["verdicts"] = {word: ids for word, ids in parts["verdicts"].items() if ids}
    parts["sécurité"] = {rule: found for rule, found in parts["sécurité"].items() if found}
    return {name: part for name, part in parts.items() if part}


def _proposal(proposal: Json) -> Compact:
    """Return what the recommendations make of each treatment proposed, its safety, and what was left out."""
    said = {
        each["text"]: f"{PROPOSAL[each['status']]}, {SAFETY.get(each['safety']['status'], 'libre')}"
        for each in proposal["treatments"]
    }
    left = {each["id"]: f"non proposé : {', '.join(each['missing'])}" for each in proposal["left_out"]}
    return said | left


def _contradiction(each: Json) -> str:
    return f"{each['item']} : {' / '.join(str(source['value']) for source in each['sources'])}"


def _trial(trial: Json) -> str:
    return " ".join(filter(None, (trial["id"], trial["arm"])))


def _safety(plan: Json | None) -> dict[str, str]:
    """Return, for each treatment of a plan that safety reaches, each status with the rules behind it, the worst first.

    What is only to be checked is told where nothing is worse.
    """
    found: dict[str, str] = {}
    for act in _acts(plan):
        by: dict[str, list[str]] = {}
        for entry in act.get("safety", {}).get("by", ()):
            by.setdefault(entry["status"], []).append(entry["id"])
        told = [f"{SAFETY[s]} : {', '.join(sorted(ids))}" for s, ids in by.items() if s != "to_check" or len(by) == 1]
        if told:
            found[act["concept"]["id"]] = " ; ".join(told)
    return found


def _acts(plan: Json | None) -> Iterable[Json]:
    if plan is None:
        return []
    parts = next((plan[kind] for kind in _KINDS if kind in plan), None)
    return [plan] if parts is None else [act for part in parts for act in _acts(part)]


def _shown(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return str(value or "rien")
    return f"« {value} »" if value else "rien"
