"""YAML → dictionary: every declaration checked, every problem reported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.dictionary import KINDS, RECORDS, Dictionary, Item, find_column, judgement_item
from engine.domains import BOOLEAN, UNREADABLE, Domain, Leaves, Line, leaves
from engine.names import did_you_mean, fold
from engine.ontology import Ontology
from engine.problems import Problem, Span
from engine.reading import Reader
from engine.scale_reader import Labels, ScaleReader
from engine.source import Fields, Text, read_yaml, texts
from engine.text import read_cell
from engine.units import find_unit
from engine.values import between, everything

_ROOT = ("echelles", "items", "jugements", "note")
_ITEM = (
    "id libelle genre unite plage pas echelle edition branche valeurs porteur contexte evolution validite change alias"
    " question effort partition codes chemin sources identite calcule axe cle reponse colonnes masse_molaire note"
    " auteur restreint"
).split()
_WORDS = {
    "porteur": ("patient", "rcp", "tumeur", "prelevement", "ligne"),
    "evolution": ("fixe", "evolutif"),
    "change": ("libre", "jamais", "croit"),
    "effort": ("demander", "dossier", "examen", "juger"),
}
_DURATION = re.compile(r"([1-9]\d{0,3}) (jour|semaine|mois|an)s?")
_PLURALS = {"jour": "jours", "semaine": "semaines", "mois": "mois", "an": "ans"}
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def read_dictionary(file: str, text: str, ontology: Ontology) -> tuple[Dictionary, list[Problem]]:
    """Return the dictionary and what is wrong with its text."""
    root, problems = read_yaml(file, text)
    if root is None:
        return Dictionary.of((), ()), problems
    reader = _Reader(ontology, problems)
    fields = reader.fields(root, _ROOT, ("items",))
    scales = ScaleReader(problems)
    reader.scales, reader.scale_labels = scales.scales(fields), scales.scale_labels(fields)
    items = reader.many(fields.get("items"), reader.item)
    judgements = reader.many(fields.get("jugements"), reader.judgement)
    return Dictionary.of(items, judgements), problems


class _Reader(Reader):
    def __init__(self, ontology: Ontology, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.ontology = ontology
        self.scales: Mapping[str, Leaves] = {}
        self.scale_labels: Mapping[str, Labels] = {}
        self.seen: set[str] = set()

    def judgement(self, body: Any) -> Item | None:
        """Read a judgement: a yes-or-no item that a person answers."""
        item = self.item(body, "booleen")
        return judgement_item(item.id, item) if item is not None else None

    def item(self, body: Any, kind: str = "") -> Item | None:
        """Read an item of the sheet; one without a name of its own is left out."""
        fields = self.fields(body, _ITEM, ("id",))
        name = self.text(fields, "id")
        if not self.names_well(fields, name):
            return None
        if name in self.seen:
            self.wrong(fields["id"].span, "item-double", f"l'item `{name}` est déclaré deux fois")
            return None
        self.seen.add(name)
        return self.declared(fields, name, kind or self.kind(fields))

    def column(self, body: Any) -> Item | None:
        """Read a column of a list."""
        fields = self.fields(body, _ITEM, ("id",))
        name = self.text(fields, "id")
        return self.declared(fields, name, self.kind(fields)) if self.names_well(fields, name) else None

    def names_well(self, fields: Fields, name: str) -> bool:
        """Say whether an id is one; refuse it else."""
        if name and not _IDENTIFIER.fullmatch(name):
            message = f"`{name}` n'est pas un identifiant (lettres, chiffres, _)"
            self.wrong(fields["id"].span, "identifiant", message)
        return _IDENTIFIER.fullmatch(name) is not None

    def declared(self, fields: Fields, name: str, kind: str) -> Item:
        """Read what is said of an item."""
        columns = {column.id: column for column in self.many(fields.get("colonnes"), self.column)}
        item = Item(
            id=name,
            labels=self.labels(fields, "libelle"),
            kind=kind,
            domain=self.domain(fields, kind),
            branch=self.text(fields, "branche"),
            edition=self.text(fields, "edition"),
            molar_mass=self.molar_mass(fields),
            owner=self.word(fields, "porteur"),
            context=self.text(fields, "contexte"),
            evolving=self.word(fields, "evolution") == "evolutif",
            validity=self.duration(fields),
            change=self.word(fields, "change"),
            aliases=self.texts(fields, "alias"),
            question=self.labels(fields, "question"),
            effort=self.word(fields, "effort"),
            partition=tuple(self.many(fields.get("partition"), self.cell)),
            codes=self.codes(fields),
            path=self.text(fields, "chemin"),
            sources=self.labels(fields, "sources"),
            identity=self.yes(fields, "identite"),
            computed=self.yes(fields, "calcule"),
            axis=self.text(fields, "axe"),
            key=self.texts(fields, "cle"),
            answer=self.text(fields, "reponse"),
            columns=columns,
            value_labels=self.value_labels(fields),
        )
        if kind == RECORDS:
            self.refuse_columns(fields, item)
        return item

    # --- what an item may be ---

    def kind(self, fields: Fields) -> str:
        """Return the kind of an item."""
        written = self.text(fields, "genre")
        if written not in KINDS:
            hint = did_you_mean(written, KINDS) or "genres : " + ", ".join(KINDS)
            self.wrong(_at(fields, "genre"), "genre-inconnu", f"genre `{written}` inconnu", hint)
            return ""
        return written

    def domain(self, fields: Fields, kind: str) -> Domain | None:
        """Return the values that an item of this kind may have."""
        match kind:
            case "booleen":
                return BOOLEAN
            case "concept":
                return self.known(fields, "branche", self.ontology.domains)
            case "echelle":
                return self.known(fields, "echelle", self.scales)
            case "enumeration":
                return self.values(fields)
            case "quantite" | "entier" | "date":
                return self.numbers(fields, kind)
            case "":
                return UNREADABLE
        return None

    def known(self, fields: Fields, name: str, domains: Mapping[str, Leaves]) -> Leaves:
        """Return a branch or a scale by its name."""
        written = self.text(fields, name)
        if written not in domains:
            hint = did_you_mean(written, domains)
            if name == "branche":
                self.wrong(_at(fields, name), "branche-inconnue", f"branche `{written}` inconnue", hint)
            else:
                self.wrong(_at(fields, name), "echelle-inconnue", f"échelle `{written}` inconnue", hint)
            return UNREADABLE
        return domains[written]

    def values(self, fields: Fields) -> Leaves:
        """Return the values of an enumeration, each a name or a name with labels and aliases."""
        names: list[str] = []
        aliases: dict[str, str] = {}
        for value, body in self.named_values(fields):
            names.append(value)
            labels = (self.text(body, language) for language in ("fr", "en"))
            aliases |= {alias: value for alias in (*labels, *self.texts(body, "alias")) if alias}
        if not names:
            self.wrong(
                _at(fields, "valeurs"), "cle-absente", "`valeurs` n'en donne aucune", "valeurs: [positif, negatif]"
            )
            return UNREADABLE
        return leaves(names, aliases=aliases)

    def named_values(self, fields: Fields) -> Iterable[tuple[str, Fields]]:
        """Yield the id of each value with what is said of it."""
        for entry in self.entries(fields.get("valeurs")):
            body = Fields() if isinstance(entry, Text) else self.fields(entry, ("id", "fr", "en", "alias"), ("id",))
            value = str(entry) if isinstance(entry, Text) else self.text(body, "id")
            if value:
                yield value, body

    def numbers(self, fields: Fields, kind: str) -> Line:
        """Return a line of numbers or days with its unit and its possible range."""
        spelling, whole = self.text(fields, "unite"), kind != "quantite"
        unit = find_unit(spelling)
        if unit is None:
            self.wrong(_at(fields, "unite"), "unite-inconnue", f"unité `{spelling}` inconnue")
        ends = self.ends(fields)
        if ends is None:
            return Line(unit, everything(whole), kind == "date")
        return Line(unit, between(*ends, whole=whole), kind == "date")

    def ends(self, fields: Fields) -> tuple[Decimal, Decimal] | None:
        """Return the ends of the possible range, None where all numbers are possible."""
        if "plage" not in fields:
            return None
        found = [number_of(str(text)) for text in texts(fields["plage"])]
        match found:
            case [Decimal() as low, Decimal() as high] if low <= high:
                return low, high
        self.wrong(fields["plage"].span, "plage", "la plage est faite de deux nombres")
        return None

    # --- what else is said of it ---

    def word(self, fields: Fields, name: str) -> str:
        """Return one of the words that a key takes, the first where it is absent."""
        known = {fold(word): word for word in _WORDS[name]}
        written = self.text(fields, name)
        if written and fold(written) not in known:
            message = f"`{written}` n'est pas une valeur de `{name}`"
            self.wrong(fields[name].span, "valeur-inconnue", message, "valeurs : " + ", ".join(_WORDS[name]))
        return known.get(fold(written), _WORDS[name][0])

    def labels(self, fields: Fields, name: str) -> Mapping[str, str]:
        """Return a text by language (or by source), French where it is a bare text."""
        node = fields.get(name)
        if isinstance(node, Text):
            return {"fr": str(node)}
        return {key: str(value) for key, value in self.mapping(node).items()} if node is not None else {}

    def value_labels(self, fields: Fields) -> Mapping[str, Mapping[str, str]]:
        """Return the labels of the values of an enumeration or a scale."""
        if "echelle" in fields:
            return self.scale_labels.get(self.text(fields, "echelle"), {})
        bodies = (entry for entry in fields.get("valeurs", ()) if isinstance(entry, Fields) and "id" in entry)
        return {
            str(body["id"]): {language: str(body[language]) for language in ("fr", "en") if language in body}
            for body in bodies
        }

    def codes(self, fields: Fields) -> Mapping[str, tuple[str, ...]]:
        """Return codes by system."""
        node = fields.get("codes")
        systems = node if isinstance(node, Fields) else self.no_fields(node) if node is not None else Fields()
        return {str(system): self.texts(systems, system) for system in systems}

    def molar_mass(self, fields: Fields) -> Decimal | None:
        """Return the molar mass, in g/mol."""
        text = self.text(fields, "masse_molaire")
        mass = number_of(text)
        if text and (mass is None or mass <= 0):
            self.wrong(fields["masse_molaire"].span, "nombre", f"un nombre est attendu, pas `{text}`", "en g/mol")
            return None
        return mass

    def duration(self, fields: Fields) -> str:
        """Return how long a value holds: a number and a unit."""
        text = self.text(fields, "validite")
        match = _DURATION.fullmatch(text)
        if text and match is None:
            self.wrong(fields["validite"].span, "duree", f"`{text}` n'est pas une durée", "14 jours, 3 mois, 2 ans")
        return f"{match[1]} {_PLURALS[match[2]]}" if match else ""

    def cell(self, text: Any) -> Text | None:
        """Read one class of the partition for `documenté`: a comparison without the item's name."""
        if not isinstance(text, Text):
            self.wrong(text.span, "forme", "une classe est un texte", '"< 1 %"')
            return None
        return text if self.parsed(text, lambda: read_cell(str(text))) is not None else None

    def refuse_columns(self, fields: Fields, item: Item) -> None:
        """Refuse an axis, a key or an answer that is no column of the list."""
        for name in ("axe", "cle", "reponse"):
            for text in texts(fields.get(name)):
                if text and find_column(item, text) is None:
                    message, hint = f"`{text}` n'est pas une colonne de `{item.id}`", did_you_mean(text, item.columns)
                    self.wrong(text.span, "colonne-inconnue", message, hint)


def number_of(text: str) -> Decimal | None:
    """Return a number written with a point or a comma."""
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _at(fields: Fields, name: str) -> Span:
    """Return where a key's value stands, else the whole entry."""
    return fields[name].span if name in fields else fields.span
