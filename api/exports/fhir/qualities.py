"""What qualifies a recommendation or an action in FHIR: strength, source, access layers, safety, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.exports.fhir.parts import Json, extension, extensions, part, told, wanted, whole

LAYERS = ("recommendation", "amm", "has", "early")


def qualities(rule: Mapping[str, Any], lang: str) -> Iterator[Json]:
    """Yield what qualifies a recommendation: its verdict, its strength, where and since when it holds, what it lacks."""
    yield extension("verdict", code=rule["verdict"])
    yield extension("kind", code=rule["kind"])
    yield extension("grade", string=rule["grade"])
    yield extension("level-of-evidence", string=rule["level"])
    yield extension("confidence", string=rule["confidence"])
    yield extension("content-status", string=rule["status"])
    yield extension("legal", boolean=True) if rule["legal"] else {}
    yield extension("in-force-since", string=rule["in_force"]["since"])
    yield extension("in-force-mark", string=rule["in_force"]["mark"])
    yield from (extension("valid-in", string=place) for place in rule["valid_in"])
    yield extension("until", string=rule["until"])
    yield extension("note", string=rule["note"])
    yield extension("why", string=told(rule["why"], lang))
    yield from (extension("missing", codeableConcept=wanted(each)) for each in rule["missing"])
    yield from (extension("to-judge", codeableConcept=wanted(each)) for each in rule["to_judge"])
    yield from (_unless(each) for each in rule["unless"])


def source_of(source: Mapping[str, Any], issuer: str = "") -> Json:
    """Return where a statement comes from, as a RelatedArtifact."""
    names = (issuer, source.get("title"), source.get("edition"), source.get("section"))
    return {
        "type": "documentation",
        "display": source.get("title"),
        "citation": ", ".join(str(each) for each in names if each),
        "url": source.get("url"),
    }


def access(layer: str, entry: Mapping[str, Any], lang: str) -> Json:
    """Return one value of one access layer, with its date and source; one that hangs on something says on what."""
    told_apart = {"condition": told(entry.get("condition"), lang)}
    said = {name: value for name, value in entry.items() if name != "condition"} | told_apart
    return extensions(
        "access", [part("layer", code=layer), *(part(name, string=value) for name, value in said.items())]
    )


def safety(act: Mapping[str, Any]) -> Json:
    """Return what safety says of a treatment: the status it comes to, and each rule behind it."""
    found = act.get("safety")
    if not found:
        return {}
    return extensions("safety", [part("status", code=found["status"]), *map(_behind, found["by"])])


def _behind(entry: Mapping[str, Any]) -> Json:
    return whole("by", [part("rule", code=entry["id"]), part("status", code=entry["status"]), part("sure", boolean=entry["sure"])])  # fmt: skip


def safety_status(act: Mapping[str, Any]) -> Json:
    """Return the status alone that safety comes to for an action."""
    return extension("safety-status", code=act.get("safety", {}).get("status"))


def _unless(exception: Mapping[str, Any]) -> Json:
    items: Iterable[Json] = (part("missing", codeableConcept=wanted(each)) for each in exception["missing"])
    return extensions("unless", [part("rule", code=exception["id"]), part("title", string=exception["title"]), *items])


def layers(act: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every value of the four access layers of an action, with its layer."""
    found = act.get("access", {})
    for layer in LAYERS:
        yield from ((layer, entry) for entry in found.get(layer, ()))
