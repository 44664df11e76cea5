"""YAML → guidelines, definitions and trials, every problem with its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.actions import ActionReader
from engine.model import (
    NATION,
    Arm,
    Criterion,
    Definition,
    FormulaRow,
    Guideline,
    Question,
    Rule,
    Source,
    Trial,
)
from engine.names import fold
from engine.problems import Problem
from engine.source import Fields, Node, Text
from engine.tables import read_table
from engine.text import read_formula

KINDS = {"recommandation": "recommendation", "securite": "safety", "processus": "process"}
KIND_NAMES = {"recommendation": "recommandation", "safety": "sécurité", "process": "processus"}
STEPS = ("sélection", "inclusion", "randomisation")

_GUIDELINE = "referentiel titre emetteur valable source statut questions note".split()
_QUESTION = "id titre posee_si encodage transversale recommandations note".split()
_RULE = (
    "id titre genre en_vigueur si alors sauf exception_a complete remplace restreint satisfait_si bloquant obligation"
    " grade niveau confiance acces extrait source note motif cas table"
).split()
_LINKS = ("exception_a", "complete", "remplace", "restreint")
_DEFINITION = (
    "definit ferme ou titre source statut confiance si table vrai_si faux_si formules choisit inverse note cas"
).split()
_BODIES = ("table", "vrai_si", "faux_si", "formules", "choisit")
_TRIAL = (
    "essai acronyme titre promoteur phase source statut population criteres bras recrutement sites criteres_complets"
    " note cas confiance"
).split()
_CRITERION = "id genre etape texte si juger etat motif note source confiance".split()


def read_guideline(root: Node, problems: list[Problem]) -> Guideline:
    """Read a référentiel."""
    reader = DocumentReader(problems)
    fields = reader.fields(root, _GUIDELINE, ("referentiel", "titre", "emetteur", "source", "statut", "questions"))
    source = reader.source(fields.get("source"))
    identifier = reader.text(fields, "referentiel")
    questions = reader.many(fields.get("questions"), lambda node: reader.question(node, identifier, source))
    return Guideline(
        identifier,
        reader.text(fields, "titre"),
        reader.text(fields, "emetteur"),
        _places(reader.texts(fields, "valable")),
        source,
        reader.text(fields, "statut"),
        questions,
        fields.span,
    )


def read_definitions(root: Node, problems: list[Problem]) -> tuple[Definition, ...]:
    """Read a document of definitions."""
    reader = DocumentReader(problems)
    fields = reader.fields(root, ("definitions", "titre", "note"), ("definitions",))
    return reader.many(fields.get("definitions"), reader.definition)


def read_trial(root: Node, problems: list[Problem]) -> Trial:
    """Read a trial."""
    reader = DocumentReader(problems)
    fields = reader.fields(root, _TRIAL, ("essai", "titre", "source", "statut", "population", "criteres"))
    return Trial(
        reader.text(fields, "essai"), reader.text(fields, "acronyme"), reader.text(fields, "titre"),
        reader.text(fields, "promoteur"), reader.text(fields, "phase"), reader.conditions(fields, "population"),
        reader.many(fields.get("criteres"), reader.criterion), reader.many(fields.get("bras"), reader.arm),
        reader.source(fields.get("source")), reader.text(fields, "statut"), reader.yes(fields, "criteres_complets"),
        reader.mappings(fields.get("recrutement")), reader.mappings(fields.get("sites")), reader.text(fields, "note"),
        reader.many(fields.get("cas"), reader.case), fields.span,
    )  # fmt: skip


def _places(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(NATION if fold(name) in ("france", "fr") else name for name in names) or (NATION,)


class DocumentReader(ActionReader):
    """Reads questions, rules, definitions and criteria."""

    def question(self, node: Any, document: str, source: Source) -> Question:
        """Read a clinical question with its rules."""
        fields = self.fields(node, _QUESTION, ("id", "titre", "posee_si", "recommandations"))
        identifier = self.text(fields, "id")
        rules: list[Rule] = []
        for entry in self.entries(fields.get("recommandations")):
            rules += self.rule(entry, document, identifier, source)
        return Question(
            identifier, self.text(fields, "titre"), self.conditions(fields, "posee_si"),
            fold(self.text(fields, "encodage")) == "complet", self.yes(fields, "transversale"), document, tuple(rules),
            fields.span,
        )  # fmt: skip

    def rule(self, node: Any, document: str, question: str, source: Source, parent: str = "") -> list[Rule]:
        """Read a rule and the exceptions nested in it."""
        fields = self.fields(node, _RULE, ("id", "titre"))
        force = self.part(fields, "en_vigueur", ("depuis", "marque", "jusqua"))
        rule = Rule(
            id=self.text(fields, "id"),
            title=self.text(fields, "titre"),
            kind=self.kind(fields),
            conditions=self.conditions(fields, "si"),
            action=self.rows_of(fields["table"]) if "table" in fields else self.conclusion(fields.get("alors")),
            document=document,
            question=question,
            excepts=(*((parent,) if parent else ()), *self.texts(fields, "exception_a")),
            completes=self.text(fields, "complete"),
            replaces=self.text(fields, "remplace"),
            restricts=self.text(fields, "restreint"),
            satisfied_if=self.maybe(fields, "satisfait_si"),
            blocking=self.yes(fields, "bloquant"),
            legal=fold(self.text(fields, "obligation")) == "legale",
            grade=self.text(fields, "grade"),
            level=self.text(fields, "niveau"),
            confidence=self.text(fields, "confiance"),
            access=self.access(fields),
            source=self.cited(fields, source),
            since=self.day(force, "depuis"),
            since_mark=self.text(force, "marque"),
            until=self.day(force, "jusqua"),
            reason=self.text(fields, "motif"),
            note=self.text(fields, "note"),
            cases=self.many(fields.get("cas"), self.case),
            span=fields.span,
            at=self.places(fields, ("id", *_LINKS)),
        )
        rules = [rule] if rule.id else []
        for entry in self.entries(fields.get("sauf")):
            rules += self.rule(entry, document, question, source, rule.id)
        return rules

    def kind(self, fields: Fields) -> str:
        """Return the kind of a rule."""
        written = self.text(fields, "genre")
        kind = KINDS.get(fold(written) or "recommandation")
        if kind is None:
            hint = "recommandation, sécurité ou processus"
            self.wrong(fields["genre"].span, "genre-inconnu", f"genre `{written}` inconnu", hint)
        return kind or "recommendation"

    def part(self, fields: Fields, name: str, known: Iterable[str]) -> Fields:
        """Return the keys and values below a key, none where it is absent."""
        return self.fields(fields[name], known) if name in fields else Fields()

    def cited(self, fields: Fields, source: Source) -> Source:
        """Return the source of a rule: its own or the document's, at the section it quotes."""
        own = self.source(fields["source"]) if "source" in fields else source
        excerpt = self.part(fields, "extrait", ("section", "url", "page"))
        section, url = self.text(excerpt, "section"), self.text(excerpt, "url")
        return Source(own.title, own.edition, section or own.section, url or own.url)

    def definition(self, node: Any) -> Definition | None:
        """Read a definition; one that says nothing of an item is left out."""
        if not isinstance(node, Fields):
            self.no_fields(node)
            return None
        fields = self.fields(node, _DEFINITION)
        if ("definit" in fields) == ("ferme" in fields):
            message = "une définition dit `definit: <item>` ou `ferme: <lignes>`"
            self.wrong(fields.span, "definition", message, "l'un des deux")
            return None
        subject = "ferme" if "ferme" in fields else "definit"
        if subject == "definit" and not any(name in fields for name in _BODIES):
            message = f"la définition de `{self.text(fields, subject)}` ne dit rien"
            self.wrong(fields.span, "definition", message, "table, vrai_si, formules ou choisit")
            return None
        return Definition(
            item=self.text(fields, subject),
            title=self.text(fields, "titre"),
            condition=self.conditions(fields, "si"),
            table=read_table(self, fields["table"], None) if "table" in fields else None,
            true_if=self.maybe(fields, "vrai_si"),
            false_if=self.maybe(fields, "faux_si"),
            formulas=self.many(fields.get("formules"), self.formula),
            chooses=self.texts(fields, "choisit"),
            closes="ferme" in fields,
            where=self.maybe(fields, "ou"),
            inverse=self.yes(fields, "inverse"),
            source=self.source(fields.get("source")),
            status=self.text(fields, "statut"),
            note=self.text(fields, "note"),
            cases=self.many(fields.get("cas"), self.case),
            span=fields.span,
            at=self.places(fields, (subject, "choisit")),
        )

    def formula(self, node: Any) -> FormulaRow | None:
        """Read one formula with its condition."""
        fields = self.fields(node, ("formule", "si"), ("formule",))
        if "formule" not in fields:
            return None
        text = fields["formule"]
        if not isinstance(text, Text):
            self.wrong(text.span, "forme", "`formule` est un texte")
            return None
        formula = self.parsed(text, lambda: read_formula(str(text)))
        return FormulaRow(formula, self.maybe(fields, "si"), text.span) if formula is not None else None

    def criterion(self, node: Any) -> Criterion:
        """Read one criterion of a trial."""
        fields = self.fields(node, _CRITERION, ("id", "genre", "texte"))
        step = self.text(fields, "etape") or "inclusion"
        known = {fold(name): name for name in STEPS}
        if fold(step) not in known:
            self.wrong(fields["etape"].span, "etape", f"étape `{step}` inconnue", ", ".join(STEPS))
        kind = fold(self.text(fields, "genre"))
        if kind not in ("inclusion", "exclusion"):
            span = fields["genre"].span if "genre" in fields else fields.span
            self.wrong(span, "genre-inconnu", "un critère est `inclusion` ou `exclusion`")
        state = self.text(fields, "etat")
        if not any(name in fields for name in ("si", "juger", "etat")):
            hint = 'si: "…", juger: <jugement> ou etat: non encodé'
            self.wrong(fields.span, "critere", "un critère a une condition, un jugement ou un état", hint)
        return Criterion(
            self.text(fields, "id"), kind, known.get(fold(step), step), self.text(fields, "texte"),
            self.maybe(fields, "si"), self.text(fields, "juger"), state, self.text(fields, "motif"), fields.span,
        )  # fmt: skip

    def arm(self, node: Any) -> Arm:
        """Read an arm of a trial."""
        fields = self.fields(node, ("id", "titre", "criteres"), ("id", "titre"))
        return Arm(
            self.text(fields, "id"), self.text(fields, "titre"), self.many(fields.get("criteres"), self.criterion)
        )
