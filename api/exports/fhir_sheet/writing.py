"""One sheet being written as FHIR: its resources so far, and what FHIR or the importer can't hold."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.exports import CANONICAL
from engine.canonical import canonical
from engine.dictionary import Dictionary, Item
from engine.leaf import LeafReader, Statement
from engine.ontology import Ontology

JSON = dict[str, Any]

TEXT = "texte libre : pour les personnes, jamais lu comme donnée"
IDENTITY = "identité : n'est jamais émise"
UNREAD = "la fiche ne se lit pas ici"
OPEN_ENDS = "intervalle dont une borne est exclue : FHIR n'a que des bornes incluses"
BESIDE_REASON = "valeur dite à côté d'une raison : FHIR a l'une ou l'autre"
DIGITS = "nombre dont JSON ne garde pas tous les chiffres"
LIMIT = "limite du laboratoire qui n'est pas un nombre simple"
WORD = "mot trop long ou mal formé pour un code"
AUTHOR = "auteur ou libellé : pour les personnes"
FRAME = "cadre d'une colonne (édition, méthode, prélèvement, limites)"
ROW_DATE = "date d'une ligne sans colonne de date"
SEVERAL_DOCUMENTS = "les lignes viennent de plusieurs documents : le lot FHIR en est un seul"
PERHAPS_WHOLE = "liste complète sous réserve (doute, raison ou date) : elle sort ouverte"
NOT_HELD = (
    TEXT, IDENTITY, UNREAD, OPEN_ENDS, BESIDE_REASON, DIGITS, LIMIT, WORD, AUTHOR, FRAME, ROW_DATE, SEVERAL_DOCUMENTS,
    PERHAPS_WHOLE,
)  # fmt: skip
DOUBT = "/certitude"  # a word unknown there is a problem of the sheet, reads as suspected and goes out so


@dataclass(frozen=True, slots=True)
class FhirSheet:
    """A collection Bundle, and what of the sheet is not in it: item, JSON pointer into the sheet, reason (`NOT_HELD`)."""

    bundle: Mapping[str, Any]
    not_held: tuple[Mapping[str, str], ...]


@dataclass(slots=True)
class Writing:
    """The work on one sheet; nothing of it outlives the export."""

    sheet: Mapping[str, Any]
    ontology: Ontology
    dictionary: Dictionary
    seed: str = ""
    entries: list[JSON] = field(default_factory=list)
    tumours: dict[str, str] = field(default_factory=dict)
    specimens: dict[str, str] = field(default_factory=dict)
    not_held: list[dict[str, str]] = field(default_factory=list)
    readable: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Seed the identifiers with the content of the sheet: the same sheet, the same bundle."""
        self.seed = hashlib.sha256(canonical(self.sheet).encode("utf-8", "surrogatepass")).hexdigest()

    def lose(self, item: str, pointer: str, reason: str) -> None:
        """Note what is not in the bundle, once."""
        lost = {"item": item, "pointer": pointer, "reason": reason}
        if lost not in self.not_held:
            self.not_held.append(lost)

    def read(self, item: Item, leaf: Any, pointer: str) -> Statement | None:
        """Read a leaf as the engine will; what it can't read is not held."""
        reader = LeafReader(self.ontology)
        statement = reader.statement(item, leaf, pointer)
        for problem in reader.problems:
            if not problem.pointer.endswith(DOUBT):
                self.lose(item.id, problem.pointer, UNREAD)
        if statement is not None:
            self.readable.add(pointer)
        elif not reader.problems and says_something(leaf):
            self.lose(item.id, pointer, UNREAD)
        return statement

    def reference(self, kind: str, number: int) -> JSON:
        """Return a reference to a resource of the bundle, known by its kind and number before it is written."""
        return {"reference": f"urn:uuid:{self.identifier(kind, number)}"}

    def identifier(self, kind: str, number: int) -> str:
        """Return the identifier of a resource: of its sheet, kind and number."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{CANONICAL}/{self.seed}/{kind}/{number}"))

    def patient(self) -> JSON:
        """Return the reference to the patient."""
        return self.reference("Patient", 0)

    def add(self, resource: JSON, kind: str = "", number: int = -1) -> JSON:
        """Add a resource and return the reference to it; without a number it takes the next."""
        known = (kind, number) if kind else ("resource", len(self.entries))
        identifier = self.identifier(*known)
        whole = {"resourceType": resource["resourceType"], "id": identifier, **resource}
        self.entries.append({"fullUrl": f"urn:uuid:{identifier}", "resource": whole})
        return {"reference": f"urn:uuid:{identifier}"}


def says_something(leaf: Any) -> bool:
    """Say whether a leaf carries a value or a reason."""
    if not isinstance(leaf, Mapping):
        return leaf is not None and leaf != []
    value = leaf.get("valeur")
    return (value is not None and value != []) or any(
        leaf.get(key) is not None for key in ("code", "min", "max", "raison")
    )


def token(key: object) -> str:
    """Return a key as JSON Pointer writes it."""
    return str(key).replace("~", "~0").replace("/", "~1")
