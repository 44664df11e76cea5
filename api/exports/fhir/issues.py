"""What stands against a plan as DetectedIssue: safety, contradictions of the sheet, plans that can't stand together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.exports.fhir.parts import Entries, Json, concept, extension, extensions, part, told, wanted
from api.exports.fhir.plan import Alert, PlanWriter

SAFETY = {
    "to_check": ("à vérifier avant", "to check before"),
    "required": ("exigé avant", "required before"),
    "to_adapt": ("à adapter", "to adapt"),
    "restricted": ("restreint", "restricted"),
    "discouraged": ("déconseillé", "discouraged"),
    "contraindicated": ("contre-indiqué", "contraindicated"),
}
_SEVERITY = {
    "contraindicated": "high", "required": "moderate", "discouraged": "moderate", "to_adapt": "moderate",
    "restricted": "moderate", "to_check": "moderate",
}  # fmt: skip
CONFLICTS = {
    "exclusion": ("deux conduites qui s'excluent", "plans that exclude each other"),
    "exceptions": ("deux exceptions qui ne s'accordent pas", "exceptions that disagree"),
    "shared_treatment": ("un même traitement pour deux tumeurs", "one treatment for two tumours"),
}
_OR = {"fr": " ou ", "en": " or "}


class IssueWriter:
    """Keeps the issues of one decision, all dated from the day that the facts were read at."""

    def __init__(self, entries: Entries, patient: Json, as_of: str, lang: str) -> None:
        """Keep what every issue names."""
        self.entries, self.patient, self.as_of, self.lang = entries, patient, as_of, lang

    def add(self, body: Mapping[str, Any]) -> Json:
        """Keep one issue, of this patient and day."""
        return self.entries.add("DetectedIssue", {"patient": self.patient, "identifiedDateTime": self.as_of, **body})

    def of_tumour(self, tumour: Mapping[str, Any], writer: PlanWriter) -> list[Json]:
        """Keep every issue of one tumour and return the references."""
        found = [self.safety(alert, tumour["id"]) for alert in writer.alerts.values()]
        found += [self.contradiction(each, tumour["id"], writer) for each in tumour["contradictions"]]
        return found + [self.conflict(each, writer.requests, tumour["id"]) for each in tumour["conflicts"]]

    def safety(self, alert: Alert, tumour: str) -> Json:
        """Keep what one safety rule says, to the actions that it reaches, with what it still wants to know."""
        entry = alert.entry
        word = SAFETY[entry["status"]][self.lang == "en"]
        blocking = entry["status"] == "required" and entry.get("blocking")
        said = (entry["title"], entry.get("text"), entry.get("requires"))
        return self.add(
            {
                "extension": [
                    *_safety_parts(entry),
                    extension("tumour", string=tumour),
                ],
                "status": "preliminary" if entry["status"] == "to_check" else "final",
                "code": concept("safety-status", entry["status"], word),
                "severity": "high" if blocking else _SEVERITY[entry["status"]],
                "implicated": alert.requests,
                "evidence": _evidence(told(entry.get("why"), self.lang)),
                "detail": f"{word.capitalize()} : {' – '.join(str(each) for each in said if each)}",
            }
        )

    def contradiction(self, said: Mapping[str, Any], tumour: str, writer: PlanWriter) -> Json:
        """Keep a contradiction of the sheet, each source with the value it gives, and the rules it touches."""
        values = [_of_source(each) for each in said["sources"]]
        touched = [request for rule in said["touches"] for request in writer.requests.get(rule, ())]
        return self.add(
            {
                "extension": [
                    extension("item", code=said["item"]),
                    extension("tumour", string=tumour),
                    *(extension("touches", code=rule) for rule in said["touches"]),
                    *map(_source, said["sources"]),
                ],
                "status": "final",
                "code": concept("issue", "contradiction"),
                "severity": "moderate",
                "implicated": _once(touched),
                "evidence": [{"code": [{"text": value}]} for value in values if value],
                "detail": f"{said['label']} : {_OR[self.lang].join(values)}",
            }
        )

    def conflict(self, said: Mapping[str, Any], requests: Mapping[str, list[Json]], tumour: str = "") -> Json:
        """Keep two plans that can't stand together, or that share a treatment, with the requests on both sides."""
        rules = [*said.get("rules", ()), *(side["rule"] for side in said.get("sides", ()))]
        names = [*said.get("actions", ()), *([said["concept"]["label"]] if "concept" in said else ())]
        word = CONFLICTS.get(said["kind"], (said["kind"], said["kind"]))[self.lang == "en"]
        return self.add(
            {
                "extension": [
                    extension("tumour", string=tumour),
                    *(extension("recommendation", code=rule) for rule in rules),
                    extension("excepted", code=said.get("of")),
                    *(_side(side) for side in said.get("sides", ())),
                ],
                "status": "final",
                "code": concept("conflict", said["kind"], word),
                "severity": "high",
                "implicated": _once(request for rule in rules for request in requests.get(rule, ())),
                "detail": f"{word.capitalize()} : {', '.join([*names, *rules])}",
            }
        )


def _safety_parts(entry: Mapping[str, Any]) -> Iterator[Json]:
    yield extension("rule", code=entry["id"])
    yield extension("sure", boolean=entry["sure"])
    yield extension("blocking", boolean=True) if entry.get("blocking") else {}
    yield extension("requires", string=entry.get("requires"))
    yield from (extension("missing", codeableConcept=wanted(each)) for each in entry.get("missing", ()))


def _of_source(source: Mapping[str, Any]) -> str:
    places = [source["origin"]] if source.get("origin") else source.get("origins", [])
    names = ", ".join(dict.fromkeys(str(each.get("document") or each.get("pointer") or "") for each in places))
    value = str(source.get("value") or source.get("text") or "")
    return f"{value} ({names})" if names else value


def _source(source: Mapping[str, Any]) -> Json:
    places = [source["origin"]] if source.get("origin") else source.get("origins", [])
    return extensions(
        "source",
        [
            part("value", string=source.get("value")),
            part("text", string=source.get("text")),
            *(part("document", string=each.get("document")) for each in places),
            *(part("pointer", string=each.get("pointer")) for each in places),
            *(part("calculated-from", string=each) for each in source.get("calculated_from", ())),
        ],
    )


def _side(side: Mapping[str, Any]) -> Json:
    return extensions("side", [part("tumour", string=side["tumour"]), part("rule", code=side["rule"])])


def _evidence(text: str) -> list[Json]:
    return [{"code": [{"text": text}]}] if text else []


def _once(references: Iterable[Json]) -> list[Json]:
    return list({reference["reference"]: reference for reference in references}.values())
