"""The names that the Turtle sources are written with: namespaces, properties, code systems, roots."""

from rdflib import Namespace, URIRef

ONCO = Namespace("urn:oncorules:ontologie#")
SYSTEM = Namespace("urn:oncorules:systeme#")

SITE = ONCO["siege"]
HISTOLOGY = ONCO["histologie"]
PART = ONCO["a_pour_composante"]
EXCLUDES = ONCO["exclut"]
CLOSED = ONCO["ferme"]

SYSTEMS = frozenset(
    {"ADICAP", "ATC", "CCAM", "CIM-10", "CIM-O-3", "HGNC", "LOINC", "NCIt", "OncoTree", "PathLex"}
    | {"RxNorm", "SNOMED CT", "TA_ASIP"}
)

ROOTS = {
    "toute_topographie": "topographie",
    "toute_morphologie": "morphologie",
    "toute_entite": "entite",
    "tout_gene": "gene",
    "toute_alteration": "alteration",
    "tout_traitement": "traitement",
    "tout_examen": "examen",
    "toute_affection": "affection",
}
ENTITY_ROOT = "toute_entite"
AXES = {SITE: "topographie", HISTOLOGY: "morphologie"}


class BuildError(Exception):
    """The sources don't make an ontology; `problems` says all that is wrong with them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def local_name(iri: object) -> str:
    """The id of a concept or property: what follows `#` in its IRI."""
    return str(iri).rsplit("#", 1)[-1]


def concept_iri(concept: str) -> URIRef:
    """The IRI of a concept, from its id."""
    return ONCO[concept]
