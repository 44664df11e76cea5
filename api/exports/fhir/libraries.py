"""CQL libraries → FHIR R4 Library (`logic-library`): the text, what must be given, what comes out, what cannot be said."""

from __future__ import annotations

import base64
from typing import Any

from api.exports import CANONICAL
from api.exports.cql.libraries import NOTICE, Export, Library, not_encoded
from api.exports.cql.parts import Parameter
from api.exports.cql.values import BOOLEAN, DAYS, LEAVES, NUMBERS
from api.exports.fhir.metadata import Resource, canonical, filled
from engine.snapshot import VALIDATED, Base, Compiled
from engine.view import View

LIBRARY_TYPE = "http://terminology.hl7.org/CodeSystem/library-type"
_TYPES = {BOOLEAN: "boolean", LEAVES: "string", NUMBERS: "Range", DAYS: "Period", "Date": "date"}


def libraries(base: Base, compiled: Compiled, exported: Export) -> dict[str, Resource]:
    """Return the Libraries of a view, by id; what they cannot say is told in them."""
    return {name: _library(base, compiled.view, exported, one) for name, one in exported.libraries.items()}


def _library(base: Base, view: View, exported: Export, library: Library) -> Resource:
    guideline = next((g for g in base.knowledge.guidelines if g.id == library.subject), None)
    trial = next((t for t in view.trials if t.trial.id == library.subject), None)
    valid = (guideline.status if guideline else trial.trial.status if trial else "") == VALIDATED
    body: Resource = {
        "resourceType": "Library",
        "id": library.name,
        "extension": [_not_exported(p.name, p.reason) for p in library.parameters if p.register is not None]
        + [_not_exported(name, "critère gardé en texte") for name in (not_encoded(trial) if trial else ())],
        "url": f"{CANONICAL}/Library/{library.name}",
        "version": library.version,
        "name": library.name,
        "title": library.title,
        "status": "active" if valid else "draft",
        "experimental": not valid,
        "type": {"coding": [{"system": LIBRARY_TYPE, "code": "logic-library"}]},
        "publisher": guideline.issuer if guideline else "",
        "description": library.title if valid else f"{library.title} — {NOTICE}",
        "relatedArtifact": [
            {"type": "depends-on", "resource": canonical(exported.libraries[name])} for name in library.includes
        ],
        "parameter": [_parameter(p) for p in library.parameters] + [_output(d.name) for d in _outputs(library)],
        "content": [{"contentType": "text/cql", "data": base64.b64encode(library.text.encode()).decode()}],
    }
    return filled(body)


def _outputs(library: Library) -> list[Any]:
    return [] if library.parameters else [d for d in library.defines if not d.name.endswith(" verdict")]


def _output(name: str) -> Resource:
    return {"name": name, "use": "out", "min": 0, "max": "1", "type": "boolean"}


def _parameter(parameter: Parameter) -> Resource:
    """Describe what must be given; a list of rows has no type of FHIR's own."""
    listed = parameter.type.startswith("List")
    return {
        "name": parameter.name,
        "use": "in",
        "min": 0,
        "max": "*" if listed else "1",
        "documentation": f"{parameter.label} : {parameter.type}",
        "type": _TYPES.get(parameter.type, "BackboneElement"),
    }


def _not_exported(name: str, reason: str) -> Resource:
    return {"url": f"{CANONICAL}/StructureDefinition/not-exported", "valueString": f"{name} : {reason}"}
