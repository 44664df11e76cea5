"""A service without an engine, so that HTTP is tested for itself: it echoes what it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from api.documents import Document
from engine.problems import Refused, in_sheet
from engine.snapshot import DICTIONARY, INDEX, Base

ONTOLOGY = {
    "version": "1",
    "concepts": {
        "toute_topographie": {"branch": "topographie", "fr": "topographie"},
        "sein": {"branch": "topographie", "fr": "sein", "en": "breast", "parents": ["toute_topographie"]},
        "tout_traitement": {"branch": "traitement", "fr": "traitement"},
        "chimiotherapie": {"branch": "traitement", "fr": "chimiothérapie", "parents": ["tout_traitement"]},
    },
    "codes": {"CIM-10": {"C50.4": ["sein"]}},
}
ITEMS = """
items:
  - {id: date_rcp, genre: date, chemin: rcp.date_rcp, libelle: {fr: date de la RCP}}
  - {id: nom, genre: texte, chemin: patient.nom, libelle: {fr: nom}, identite: oui}
  - {id: ins, genre: identifiant, chemin: patient.ins, libelle: {fr: INS}, identite: oui}
  - {id: lieu_naissance, genre: texte, chemin: patient.lieu_naissance, libelle: {fr: lieu}, identite: oui}
  - {id: oms, genre: enumeration, chemin: patient.oms, libelle: {fr: OMS}, valeurs: [{id: "0"}, {id: "1"}, {id: "2"}]}
  - {id: menopause, genre: booleen, chemin: patient.menopause, libelle: {fr: ménopause}}
  - {id: re_pct, genre: quantite, unite: "%", chemin: "tumeurs[].re_pct", libelle: {fr: RE, en: ER}, plage: [0, 100]}
  - {id: topographie, genre: concept, branche: topographie, chemin: "tumeurs[].topographie", libelle: {fr: siège}}
  - id: traitements
    genre: lignes
    chemin: traitements
    axe: concept
    libelle: {fr: traitements}
    colonnes:
      - {id: concept, genre: concept, branche: traitement, libelle: {fr: traitement}}
      - {id: debut, genre: date, libelle: {fr: début}}
      - {id: tumeur, genre: identifiant, libelle: {fr: tumeur}}
jugements:
  - {id: benefice-incertain, libelle: {fr: bénéfice incertain}}
"""


class StubService:
    """Answers every sheet with the same few lines."""

    def __init__(self, engine: str = "0.0.0+stub") -> None:
        self.engine = engine
        self.snapshot = "5" * 64
        self.base = Base.read({INDEX: json.dumps(ONTOLOGY), DICTIONARY: ITEMS})
        assert not self.base.problems
        self.asked: list[dict[str, Any]] = []

    def evaluate(self, documents: Sequence[Document], **query: Any) -> dict[str, Any]:
        self.asked.append(query)
        content = documents[0].content
        if content.get("boom"):
            raise RuntimeError(f"boom at {content}")
        if not content.get("tumeurs") and documents[0].media_type == "application/json":
            raise Refused([in_sheet("/tumeurs", "sans-tumeur", "la fiche ne décrit aucune tumeur")])
        tumours: Any = content.get("tumeurs") or [{"id": "t1"}]
        return {
            "decision_id": "d" * 64,
            "snapshot": self.snapshot,
            "engine": self.engine,
            "as_of": str(query["as_of"] or query["today"]),
            "place": {"region": query["region"], "centre": query["centre"]},
            "sheet": {"hash": str(hash(str(content))), "origins": [], "items": 1, "problems": []},
            "tumours": [
                {"id": each.get("id", "t1"), "recommendations": [], "re": each.get("re_pct")}
                for each in tumours
                if isinstance(each, dict)
            ],
        }

    def convert(self, documents: Sequence[Document], **query: Any) -> dict[str, Any]:
        return {"sheet": documents[0].content, "problems": [], "origins": [each.name for each in documents]}

    def what_if(
        self, documents: Sequence[Document], changes: Sequence[Mapping[str, Any]], **query: Any
    ) -> dict[str, Any]:
        return {"changes": list(changes)}
