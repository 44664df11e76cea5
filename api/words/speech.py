"""Conditions of the rule language → words of the clinic, with the labels of items, values and concepts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from engine.dictionary import Dictionary, Item, find_column
from engine.lexer import TextError, Token, tokens_of
from engine.names import fold
from engine.ontology import Ontology

_SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠", "*": "×", "/": "÷"}
_ACCENTS = {
    "comorbidite": "comorbidité",
    "metastase": "métastase",
    "comedication": "comédication",
    "lesion": "lésion",
    "antecedent_familial": "antécédent familial",
    "autre_cancer": "autre cancer",
    "as_of": "jour de l'évaluation",
    "delai": "délai",
    "documente": "documenté",
    "contre_indique": "contre-indiqué",
    "negatif": "négatif",
}
_FEMININE = re.compile(r"\b(?:un|aucun)(?= (?:comorbidité|métastase|comédication|lésion|molécule)\b)")
_ENGLISH = {
    "et": "and", "ou": "or", "non": "not", "parmi": "one of", "aucun": "no", "tous": "all", "est": "is",
    "contient": "contains", "comporte": "contain", "ne": "", "que": "only", "entre": "between", "si": "if",
    "alors": "then", "sinon": "else", "vrai": "true", "faux": "false", "documente": "documented", "oui": "yes",
    "contre_indique": "contraindicated", "delai": "time", "nombre": "number", "somme": "sum", "au": "at", "un": "one",
    "de": "than", "moins": "less", "avant": "before", "sur": "on", "metastase": "metastasis", "traitement": "treatment",
    "comorbidite": "comorbidity", "comedication": "other medicine", "autre_cancer": "other cancer", "lesion": "lesion",
    "antecedent_familial": "family history", "as_of": "day of evaluation", "composante": "component", "pour": "as",
    "le": "the", "plus": "", "bas": "lowest", "diagnostic": "diagnosis", "positif": "positive", "negatif": "negative",
}  # fmt: skip
_UNITS = {"ans": "years", "an": "year", "mois": "months", "jours": "days", "jour": "day", "semaines": "weeks"}
_JOINS = {"et": "all", "ou": "any"}
_NAMES = {"Oncotype", "Nottingham", "Breslow", "Gleason", "Karnofsky", "Cockcroft", "Clark", "Child", "Mostofi"}


class Speech:
    """Says conditions in one language."""

    def __init__(self, dictionary: Dictionary, ontology: Ontology, language: str) -> None:
        """Keep what the words come from."""
        self.dictionary, self.ontology, self.language = dictionary, ontology, language
        self.short = _short_labels(dictionary, language)
        self.said: dict[str, str] = {}

    def condition(self, text: str) -> str:
        """Say one condition; a text that is not one stays as it is."""
        if text not in self.said:
            self.said[text] = self._condition(text)
        return self.said[text]

    def label(self, identifier: str) -> str:
        """Return the short label of an item or a judgement."""
        if identifier in self.short:
            return self.short[identifier]
        judged = self.dictionary.judgement(identifier)
        return judged.label(self.language) if judged else identifier

    def quoted(self, name: str) -> str:
        """Return a name between the language's quotation marks."""
        return f"« {name} »" if self.language == "fr" else f"“{name}”"

    def _condition(self, text: str) -> str:
        try:
            tokens = tokens_of(text)
        except TextError:
            return text
        said = _Sentence(self).say(text, tokens)
        return _FEMININE.sub(lambda match: match[0] + "e", " ".join(said.split()))


class _Sentence:
    """One condition being said: the item last named gives the values their labels, the records their columns."""

    def __init__(self, speech: Speech) -> None:
        self.speech = speech
        self.english = speech.language == "en"
        self.item: Item | None = None
        self.records: Item | None = None
        self.before = ""

    def say(self, text: str, tokens: list[Token]) -> str:
        parts, position = [], 0
        for token in tokens:
            written = text[token.start : token.start + token.length]
            parts += [text[position : token.start], self.token(token, written)]
            position, self.before = token.start + token.length, token.text
        return "".join([*parts, text[position:]])

    def token(self, token: Token, written: str) -> str:
        match token.kind:
            case "concept":
                return self.concept(token.text)
            case "symbol":
                return _SIGNS.get(token.text, written)
            case "number":
                return self.number(token, written)
            case "word":
                return self.word(token, written)
        return written

    def concept(self, name: str) -> str:
        found = self.speech.ontology.find(name) if self.english else None
        if found is not None and found.branch != "gene":
            name = found.label("en")
        return self.speech.quoted(name)

    def number(self, token: Token, written: str) -> str:
        if not self.english:
            return written
        unit = f" {_UNITS.get(token.unit, token.unit)}" if token.unit else ""
        return token.text.replace(",", ".") + unit

    def word(self, token: Token, written: str) -> str:
        value = self.value(token)
        if value is not None and self.before in ("=", "!=", "(", ",", ";", "<", "<=", ">", ">=", "entre", "et"):
            return value
        return self.named(token) or self.keyword(token, written)

    def value(self, token: Token) -> str | None:
        """Return the label of a value of the item last named."""
        if self.item is None:
            return None
        if self.item.kind == "booleen" and token.word in ("oui", "non"):
            return {"oui": "yes", "non": "no"}[token.word] if self.english else token.word
        for name, labels in self.item.value_labels.items():
            if fold(name) == token.word:
                return labels.get(self.speech.language) or labels.get("fr") or name
        return None

    def named(self, token: Token) -> str | None:
        """Return the label of the item, column or judgement that a word names."""
        name = token.text.removeprefix("fiche.")
        column = find_column(self.records, name) if self.records and name == token.text else None
        item = column or self.speech.dictionary.find(name)
        if item is None or token.word in _JOINS:
            judged = self.speech.dictionary.judgement(token.text)
            return self.speech.quoted(judged.label(self.speech.language)) if judged else None
        if item.is_records:
            self.records = item
            return None
        self.item = item
        label = item.label(self.speech.language) if column else self.speech.label(item.id)
        return label if token.start == 0 else _lowered(label)

    def keyword(self, token: Token, written: str) -> str:
        if token.text == "où":
            return "where" if self.english else "où"
        if token.text == "à":
            return "to" if self.english else "à"
        if token.word == "apprecier":
            return "judge" if self.english else "apprécier :"
        if self.english and token.word == "moins" and self.before == "au":
            return "least"
        table: Mapping[str, str] = _ENGLISH if self.english else _ACCENTS
        return table.get(token.word, written.replace("_", " "))


def joined(text: str) -> str:
    """Return how the parts of a condition are joined: `all`, `any`, or nothing where it is something else."""
    try:
        tokens = tokens_of(text)
    except TextError:
        return ""
    depth, between = 0, False
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "symbol" else 0
        if depth or token.kind != "word":
            continue
        if token.word == "si":
            return ""
        if token.word == "entre":
            between = True
        elif token.word in _JOINS and token.text != "où":
            if not (between and token.word == "et"):
                return _JOINS[token.word]
            between = False
    return ""


def _short_labels(dictionary: Dictionary, language: str) -> dict[str, str]:
    """Return labels without the bracket at their end, where they stay different from each other."""
    full = {item.id: item.label(language) for item in dictionary.items.values()}
    cut = {name: re.sub(r"\s*\([^()]*\)$", "", label) for name, label in full.items()}
    times = Counter(cut.values())
    own = {name for name in full if cut[name].replace(" ", "_") == name}
    return {name: cut[name] if times[cut[name]] == 1 or name in own else label for name, label in full.items()}


def _lowered(label: str) -> str:
    """Write a label inside a sentence: `Âge` → `âge`, `HER2` and `pT` as they are."""
    first = label.split(" ", 1)[0].strip(",:")
    common = first[1:].isalpha() and first[1:].islower() and first not in _NAMES
    return label[:1].lower() + label[1:] if common else label
