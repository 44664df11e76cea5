"""A small world for the laws: an ontology of forty concepts and a dictionary with an item of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from engine.dictionary import Dictionary
from engine.dictionary_reader import read_dictionary
from engine.ontology import Ontology

# branch → concept → parent; order matters to nobody
_TREES: Mapping[str, Mapping[str, str]] = {
    "topographie": {"toute_topographie": "", "sein": "toute_topographie", "sein_interne": "sein", "sein_externe": "sein",
                    "poumon": "toute_topographie", "os": "toute_topographie"},
    "morphologie": {"toute_morphologie": "", "carcinome": "toute_morphologie", "lobulaire": "carcinome", "canalaire": "carcinome",
                    "mixte": "carcinome", "sarcome": "toute_morphologie", "fibreux": "sarcome", "lipomateux": "sarcome"},
    "gene": {"tout_gene": "", "BRCA1": "tout_gene", "BRCA2": "tout_gene", "EGFR": "tout_gene"},
    "alteration": {"toute_alteration": "", "mutation": "toute_alteration", "v600e": "mutation", "l858r": "mutation",
                   "fusion": "toute_alteration"},
    "traitement": {"tout_traitement": "", "antitumoral": "tout_traitement", "chirurgie": "antitumoral", "chimiotherapie": "antitumoral",
                   "platine": "chimiotherapie", "cisplatine": "platine", "carboplatine": "platine", "taxane": "chimiotherapie",
                   "paclitaxel": "taxane", "docetaxel": "taxane", "anthracycline": "chimiotherapie",
                   "carboplatine_paclitaxel": "chimiotherapie", "doublet_de_platine": "chimiotherapie",
                   "hormonotherapie": "antitumoral", "tamoxifene": "hormonotherapie", "surveillance": "tout_traitement"},
    "examen": {"tout_examen": "", "irm": "tout_examen", "echographie": "tout_examen"},
    "affection": {"toute_affection": "", "cardiopathie": "toute_affection", "infarctus": "cardiopathie", "diabete": "toute_affection"},
}  # fmt: skip
_CLOSED = ("sarcome", "taxane")
_PARTS = {
    "mixte": ["lobulaire", "canalaire"],
    "carboplatine_paclitaxel": ["carboplatine", "paclitaxel"],
    "doublet_de_platine": ["platine"],
}
_EXCLUDES = {"surveillance": ["antitumoral"]}
_ENTITIES: Mapping[str, Mapping[str, list[str]]] = {
    "cancer_du_sein": {"topographie": ["sein"], "morphologie": ["carcinome"]},
    "lobulaire_du_sein": {"topographie": ["sein"], "morphologie": ["lobulaire"]},
}

_SCALES: Mapping[str, Any] = {
    "T": {
        "feuilles": ["T0", "T1a", "T1b", "T1", "T2", "T3", "T4a", "T4b"],
        "categories": {"T1": ["T1a", "T1b", "T1"], "T4": ["T4a", "T4b"]},
        "sans_ordre": [["T4a", "T4b"]],
        "sites": {"sein": ["T0", "T1a", "T1b", "T2", "T3", "T4a", "T4b"], "poumon": ["T0", "T1", "T2", "T3", "T4a"]},
    },
    "N": {"feuilles": ["N0", "N1a", "N1b", "N2"], "categories": {"N1": ["N1a", "N1b"]}},
    "M": {"feuilles": ["M0", "M1a", "M1b"], "categories": {"M1": ["M1a", "M1b"]}},
    "stade": {
        "feuilles": ["I", "IIA", "IIB", "IIIA", "IIIB", "IV"],
        "categories": {"II": ["IIA", "IIB"], "III": ["IIIA", "IIIB"]},
    },
    "OMS": {"feuilles": ["0", "1", "2", "3"]},
    "IHC": {"feuilles": ["0", "1+", "2+", "3+"]},
    "risque": {"feuilles": ["faible", "moyen", "eleve"]},
}
_DATED = {"evolution": "evolutif", "validite": "3 mois"}


def _item(identifier: str, kind: str, place: str, **rest: Any) -> dict[str, Any]:
    return {"id": identifier, "libelle": {"fr": identifier}, "genre": kind, "chemin": f"{place}.{identifier}", **rest}


def _column(identifier: str, kind: str, **rest: Any) -> dict[str, Any]:
    return {"id": identifier, "genre": kind, "libelle": {"fr": identifier}, **rest}


def _values(*names: str) -> list[dict[str, str]]:
    return [{"id": name, "fr": name} for name in names]


def _items() -> Iterable[dict[str, Any]]:
    tumour, patient, biology = "tumeurs[]", "patient", "biologie"
    of_tumour = {"porteur": "tumeur"}
    yield _item("date_rcp", "date", "rcp")
    yield _item("region", "texte", "rcp")
    yield _item("topographie", "concept", tumour, branche="topographie", **of_tumour)
    yield _item("morphologie", "concept", tumour, branche="morphologie", **of_tumour)
    for name, scale in (
        ("cT", "T"),
        ("pT", "T"),
        ("pN", "N"),
        ("cM", "M"),
        ("stade", "stade"),
        ("her2", "IHC"),
        ("risque", "risque"),
    ):
        yield _item(name, "echelle", tumour, echelle=scale, **of_tumour)
    yield _item("T_retenu", "echelle", tumour, echelle="T", calcule="oui", **of_tumour)
    yield _item("ganglions", "entier", tumour, plage=["0", "50"], **of_tumour)
    yield _item("taille", "quantite", tumour, unite="mm", plage=["0", "500"], **of_tumour)
    yield _item(
        "re_pct",
        "quantite",
        tumour,
        unite="%",
        plage=["0", "100"],
        partition=["< 1 %", "entre 1 et 9 %", "> 9 %"],
        **of_tumour,
    )
    yield _item("re_statut", "enumeration", tumour, valeurs=_values("positif", "negatif"), **of_tumour)
    yield _item("date_diagnostic", "date", tumour, **of_tumour)
    yield _item("sexe", "enumeration", patient, valeurs=_values("F", "M"))
    yield _item("date_naissance", "date", patient)
    yield _item("age", "entier", patient, unite="ans", plage=["0", "125"])
    yield _item("menopause", "booleen", patient)
    yield _item("grossesse", "booleen", patient)
    yield _item("fragile", "booleen", patient)
    yield _item("oms", "echelle", patient, echelle="OMS", **_DATED)
    yield _item("poids", "quantite", patient, unite="kg", plage=["1", "400"], **_DATED)
    yield _item(
        "creatinine", "quantite", biology, unite="µmol/L", plage=["1", "5000"], masse_molaire="113.12", **_DATED
    )
    yield _item("hb", "quantite", biology, unite="g/dL", plage=["1", "30"], **_DATED)
    yield _item("clairance", "quantite", biology, unite="mL/min", plage=["0", "1000"], calcule="oui")
    yield {
        "id": "traitements", "libelle": {"fr": "traitements"}, "genre": "lignes", "porteur": "patient", "chemin": "traitements",
        "axe": "concept", "cle": ["concept", "debut"],
        "colonnes": [
            _column("concept", "concept", branche="traitement"), _column("tumeur", "identifiant"),
            _column("intention", "enumeration", valeurs=_values("adjuvant", "palliatif")), _column("ligne", "entier", plage=["0", "30"]),
            _column("debut", "date"), _column("fin", "date"), _column("en_cours", "booleen"),
            _column("dose", "quantite", unite="mg/m²", plage=["0", "1000"]), _column("cette_tumeur", "booleen"),
        ],
    }  # fmt: skip
    yield {
        "id": "variants", "libelle": {"fr": "variants"}, "genre": "lignes", "porteur": "patient", "chemin": "variants", "axe": "gene",
        "cle": ["gene", "alteration", "origine"], "reponse": "statut",
        "colonnes": [
            _column("gene", "concept", branche="gene"), _column("alteration", "concept", branche="alteration"),
            _column("origine", "enumeration", valeurs=_values("constitutionnelle", "somatique")),
            _column("statut", "enumeration", valeurs=_values("presente", "absente")), _column("date", "date"),
        ],
    }  # fmt: skip
    yield {
        "id": "metastases", "libelle": {"fr": "metastases"}, "genre": "lignes", "porteur": "tumeur", "chemin": "metastases", "axe": "site",
        "cle": ["site", "tumeur"],
        "colonnes": [
            _column("site", "concept", branche="topographie"), _column("tumeur", "identifiant"),
            _column("nombre", "entier", plage=["0", "1000"]), _column("taille", "quantite", unite="mm", plage=["0", "1000"]),
        ],
    }  # fmt: skip


JUDGEMENTS = ("chimio-utile", "operable")
DICTIONARY_FILE, INDEX_FILE = "knowledge/dictionary.yaml", "ontologies/index.json"


def dictionary_text() -> str:
    """Return the dictionary as a document (JSON is YAML)."""
    judgements = [
        {"id": name, "libelle": {"fr": name}, "porteur": "tumeur", "validite": "3 mois"} for name in JUDGEMENTS
    ]
    return json.dumps({"echelles": _SCALES, "items": list(_items()), "jugements": judgements}, ensure_ascii=False)


def index_text() -> str:
    """Return the concept index."""
    concepts: dict[str, Any] = {}
    for branch, tree in _TREES.items():
        for name, parent in tree.items():
            concepts[name] = {
                "branch": branch, "fr": name.replace("_", " "), "parents": [parent] if parent else [], "closed": name in _CLOSED,
                "parts": _PARTS.get(name, []), "excludes": _EXCLUDES.get(name, []),
            }  # fmt: skip
    for name, axes in _ENTITIES.items():
        concepts[name] = {"branch": "entite", "fr": name.replace("_", " "), "parents": [], "unfolds": axes}
    return json.dumps({"version": "1", "concepts": concepts, "codes": {}}, ensure_ascii=False)


@cache
def ontology() -> Ontology:
    """Return the small ontology."""
    return Ontology.read(index_text())


@cache
def dictionary() -> Dictionary:
    """Return the small dictionary."""
    found, problems = read_dictionary(DICTIONARY_FILE, dictionary_text(), ontology())
    assert not problems, problems
    return found


def concepts(branch: str) -> tuple[str, ...]:
    """Return the concepts of a branch."""
    return tuple(_TREES[branch]) if branch in _TREES else tuple(_ENTITIES)


def children(concept: str) -> tuple[str, ...]:
    """Return the concepts just below one."""
    return ontology().children.get(concept, ())
