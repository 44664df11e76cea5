"""The words of a card in French and English."""

from __future__ import annotations

from collections.abc import Mapping

from api.words.labels import known, say_in
from engine.wording import MODALITIES

_WORDS: Mapping[str, tuple[str, str]] = {
    "and": (" et ", " and "),
    "or": (" ou ", " or "),
    "then": (" puis ", " then "),
    "if": ("si", "if"),
    "grade": ("grade {}", "grade {}"),
    "no_grade": ("grade non donné par la source", "no grade given by the source"),
    "level": ("niveau de preuve {}", "level of evidence {}"),
    "no_level": ("niveau de preuve non donné", "no level of evidence given"),
    "plan": ("Conduite", "Plan"),
    "missing": ("Pour décider, il manque", "To decide, missing"),
    "judge": ("À apprécier", "To be judged"),
    "unless": ("Sauf si", "Unless"),
    "replaced": ("Remplacée par", "Replaced by"),
    "overridden": ("Écartée par", "Set aside by"),
    "source": ("Source", "Source"),
    "edition": ("édition {}", "edition {}"),
    "undated": ("édition non datée", "undated edition"),
    "national": ("règles nationales seules : aucune région demandée", "national rules only: no region asked"),
    "as_of": ("Lu au {}, {}", "Read as of {}, {}"),
    "open": ("Questions qui se posent peut-être", "Questions that may arise"),
    "more": ("Autres questions posées", "Further questions"),
    "safety": ("Avant traitement : sécurité", "Before treatment: safety"),
    "safety_short": ("avant traitement, {} à faire, dont {} obligatoires", "before treatment, {} to do, {} mandatory"),
    "process": ("Parcours et examens", "Pathway and tests"),
    "to_do": ("à faire", "to do"),
    "pending": ("en attente", "pending"),
    "blocking": ("obligatoire", "mandatory"),
    "before": ("avant {}", "before {}"),
    "trials": ("Essais", "Trials"),
    "trials_short": ("{} essais éligibles, {} possibles", "{} trials eligible, {} possible"),
    "recruitment": ("recrutement : {}", "recruitment: {}"),
    "criteria": ("{} critères encodés sur {}", "{} criteria encoded of {}"),
    "contradictions": ("Données contradictoires", "Contradicting data"),
    "contradictions_short": ("{} données contradictoires", "{} contradicting data"),
    "touches": ("{} règles ou essais en dépendent", "{} rules or trials depend on it"),
    "computed": ("calculé", "computed"),
    "conflict": ("Conflit entre {}", "Conflict between {}"),
    "shared": ("{} dans les plans de deux tumeurs", "{} in the plans of two tumours"),
    "proposal": ("Proposition de la RCP", "The board's proposal"),
    "proposal_short": ("proposition de la RCP, {}", "the board's proposal, {}"),
    "left_out": ("Non proposé : {}", "Not proposed: {}"),
    "limits": ("Limites de cette réponse", "Limits of this answer"),
    "outside": ("Hors champ : aucune question de la base ne concerne cette tumeur", "Outside: no question of the base concerns this tumour"),
    "silent": ("Muet : aucun des cas du référentiel", "Silent: none of the cases of the guideline"),
    "not_encoded": ("Non encodé", "Not encoded"),
    "gap": ("Données non obtenues : {} ({})", "Data not obtained: {} ({})"),
    "losses": ("{} éléments du dossier non lus ou mis de côté", "{} elements of the record not read or set aside"),
    "no_tumour": ("Aucune tumeur n'est décrite dans le dossier", "No tumour is described in the record"),
    "ask": ("Demander : {}", "Request: {}"),
    "propose": ("Proposer : {}", "Propose: {}"),
    "trial": ("Proposer l'essai {}", "Propose trial {}"),
    "draft": ("Ébauche à relire : {}", "Draft to review: {}"),
    "to_check": ("à vérifier avant : {}", "to check before: {}"),
    "rule": ("Règle {}", "Rule {}"),
    "trial_link": ("Essai {}", "Trial {}"),
    "etc": ("et {} autres", "and {} more"),
}  # fmt: skip
_SAFETY: Mapping[str, tuple[str, str]] = {
    "clear": ("sans réserve de sécurité", "no safety reservation"),
    "to_check": ("à vérifier avant", "to check before"),
    "required": ("exigé avant", "required before"),
    "to_adapt": ("à adapter", "to adapt"),
    "restricted": ("restreint", "restricted"),
    "discouraged": ("déconseillé", "discouraged"),
    "contraindicated": ("contre-indiqué", "contraindicated"),
}


_RECRUITMENT: Mapping[str, tuple[str, str]] = {
    "open": ("ouvert", "open"),
    "closed": ("fermé", "closed"),
    "suspended": ("suspendu", "suspended"),
    "completed": ("terminé", "completed"),
    "pending": ("en attente", "pending"),
    "": ("inconnu", "unknown"),
}


class Words:
    """Says the parts of a card in one language."""

    def __init__(self, language: str) -> None:
        """Speak French, or English where that is asked."""
        self.language = "en" if language == "en" else "fr"

    def __call__(self, key: str, *values: object) -> str:
        """Say a phrase."""
        return _WORDS[key][self.language == "en"].format(*values)

    def safety(self, status: str) -> str:
        """Say the safety of an action."""
        return _SAFETY[status][self.language == "en"] if status in _SAFETY else status

    def recruitment(self, status: str) -> str:
        """Say whether a trial recruits."""
        return self("recruitment", _RECRUITMENT.get(status, (status, status))[self.language == "en"])

    def proposed(self, status: str) -> str:
        """Say what the recommendations make of a treatment that the board proposes."""
        return known(say_in(self.language), "proposal", status)

    def modality(self, modality: str) -> str:
        """Say what a plan does with a treatment."""
        return MODALITIES[self.language].get(modality, modality)

    def some(self, names: list[str], most: int = 5) -> str:
        """List names, the first of them and how many more."""
        listed = list(dict.fromkeys(names))
        more = [self("etc", len(listed) - most)] if len(listed) > most else []
        return ", ".join([*listed[:most], *more])
