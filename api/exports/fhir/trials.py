"""Trials as ResearchStudy: what the answer says of each, with the status of every criterion for this patient.

FHIR R4 has no "unknown" among the states of a study: where sources disagree or none speaks, `status` is absent and says why,
and each source's own word stands in an extension.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.exports import CANONICAL
from api.exports.fhir.parts import Json, absent, extension, extensions, narrative, part, told, wanted, whole
from api.exports.fhir.qualities import source_of

STATUSES = {
    "open": "active",
    "closed": "closed-to-accrual",
    "suspended": "temporarily-closed-to-accrual",
    "completed": "completed",
    "pending": "approved",
}
REGISTRY = "http://clinicaltrials.gov"
EUROPE = "https://euclinicaltrials.eu"


def study_of(arms: Sequence[tuple[str, Mapping[str, Any]]], notice: str | None, lang: str) -> Json:
    """Return one trial of an answer as a ResearchStudy; its arms come with the tumour that each was asked for."""
    trial = arms[0][1]
    names = list(dict.fromkeys(arm["arm"] for _, arm in arms if arm["arm"]))
    return {
        "text": narrative([trial["title"], trial["long_title"], *(_line(t, arm) for t, arm in arms), notice or ""]),
        "contained": places(trial["sites"]),
        "extension": [
            extension("acronym", string=trial["title"]),
            extension("content-status", string=trial["status"]),
            *recruitments(trial["recruitments"]),
            *(eligibility(tumour, arm, lang) for tumour, arm in arms),
        ],
        "identifier": [identifier(trial["id"])],
        "title": trial["long_title"],
        **state(trial["recruitments"]),
        "relatedArtifact": [source_of(trial["source"])],
        "description": trial["note"],
        "site": sites(trial["sites"]),
        "arm": [{"name": name} for name in names],
    }


def eligibility(tumour: str, arm: Mapping[str, Any], lang: str) -> Json:
    """Return what one arm comes to for one tumour: its verdict, its steps, and every criterion with its status and why."""
    return extensions(
        "eligibility",
        [
            part("tumour", string=tumour),
            part("arm", string=arm["arm"]),
            part("verdict", code=arm["verdict"]),
            part("until", string=arm["until"]),
            *(whole("step", [part("step", string=s["step"]), part("verdict", code=s["verdict"])]) for s in arm["steps"]),
            *criteria(arm, lang),
            *(part("missing", codeableConcept=wanted(each)) for each in arm["missing"]),
            *(part("to-judge", codeableConcept=wanted(each)) for each in arm["to_judge"]),
            part("encoded", integer=arm["coverage"]["encoded"]),
            part("total", integer=arm["coverage"]["total"]),
            part("complete", boolean=bool(arm["coverage"].get("complete"))),
        ],
    )  # fmt: skip


def criteria(arm: Mapping[str, Any], lang: str) -> Iterator[Json]:
    """Yield each criterion with its status; an answer without explanations tells those that fail or were not encoded."""
    failing, reviewed = iter(arm["failing"]), iter(arm["to_review"])  # both in the order of the criteria
    nodes = (arm["why"] or {}).get("nodes")
    unexplained = [{"text": each["criterion"], "truth": "false"} for each in arm["failing"]]
    unexplained += [{"text": each["criterion"], "truth": "unknown", "note": each["state"]} for each in arm["to_review"]]
    for node in unexplained if nodes is None else nodes:
        fails: Mapping[str, Any] = next(failing, {}) if node["truth"] == "false" else {}
        unread: Mapping[str, Any] = next(reviewed, {}) if node.get("note") else {}
        yield _criterion(node, fails, unread, lang)


def _criterion(node: Mapping[str, Any], fails: Mapping[str, Any], reviewed: Mapping[str, Any], lang: str) -> Json:
    return whole(
        "criterion",
        [
            part("id", string=node.get("id")),
            part("text", string=node["text"]),
            part("kind", code=node.get("kind")),
            part("step", string=node.get("step")),
            part("truth", code=node["truth"]),
            part("why", string=told({**node, "text": ""}, lang) or told(fails.get("why"), lang)),
            *(part("missing", code=item) for item in node.get("missing", ())),
            part("value", string=fails.get("value")),
            part("recoverable", boolean=fails.get("recoverable")),
            part("state", string=reviewed.get("state")),
            part("reason", string=reviewed.get("reason")),
        ],
    )


def state(said: Iterable[Mapping[str, Any]]) -> Json:
    """Return the state of a study where all sources agree; else its absence, with the reason."""
    found = {STATUSES.get(str(each["status"]), "") for each in said}
    agreed = found.pop() if len(found) == 1 else ""
    return {"status": agreed} if agreed else {"_status": absent("unknown")}


def recruitments(said: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    """Yield the recruitment as each source says it."""
    for each in said:
        yield extensions("recruitment", [part(name, string=each[name]) for name in ("status", "source", "date")])


def identifier(trial: str) -> Json:
    """Return the number of a trial with the registry that gave it; ours where there is none."""
    if trial.startswith("NCT"):
        return {"system": REGISTRY, "value": trial}
    return {"system": EUROPE if trial.startswith("EUCT") else f"{CANONICAL}/trial", "value": trial}


def places(said: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Return the sites as contained Locations: name, town and who says so."""
    return [
        {
            "resourceType": "Location",
            "id": f"site-{number}",
            "extension": [extension("source", string=site.get("source"))],
            "name": site.get("nom") or site.get("etablissement"),
            "address": {"city": site.get("ville")},
        }
        for number, site in enumerate(said, 1)
    ]


def sites(said: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Return the references to the contained Locations."""
    return [{"reference": f"#site-{number}"} for number, _ in enumerate(said, 1)]


def _line(tumour: str, arm: Mapping[str, Any]) -> str:
    return " – ".join(each for each in (tumour, arm["arm"], arm["text"]) if each)
