"""Dictionary → one Markdown page for people: what each item may be, how it ages, what to ask, where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.dictionary import Dictionary, Item
from engine.domains import Leaves
from engine.printing import show_number

# the parts of a sheet, in the order in which a person reads it
PARTS = ("rcp", "patient", "biologie", "tumeurs[]", "")

_WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "title": "Dictionnaire des données",
        "intro": "Page écrite à partir du dictionnaire de la base : {items} données, {lists} listes, {judgements} jugements.\n"
        "Une donnée absente d'une fiche reste ouverte : elle peut valoir tout ce qui est écrit ici.",
        "rcp": "La réunion", "patient": "Le patient", "biologie": "La biologie", "tumeurs[]": "Chaque tumeur",
        "": "Données calculées", "lists": "Listes", "judgements": "Jugements",
        "head": "donnée | valeurs possibles | ce qu'elle devient | question | place et codes",
        "concept": "concept de la branche", "echelle": "échelle", "quantite": "nombre", "entier": "nombre entier",
        "date": "date, entière ou partielle", "booleen": "oui, non", "enumeration": "l'une de", "texte": "texte, qu'aucune règle ne lit",
        "identifiant": "identifiant, qu'aucune règle ne lit", "lignes": "liste", "fixed": "fixe", "evolving": "évolutif",
        "valid": "valable", "never": "ne change plus", "grows": "ne fait que croître", "context": "contexte", "edition": "édition TNM",
        "classes": "connue par classes", "also": "aussi", "identity": "identité : écartée dès l'entrée",
        "computed": "calculée seulement", "key": "deux lignes n'en font qu'une si", "axis": "absence et fin de liste se disent de",
        "answer": "répond si l'on connaît", "agree": "s'accordent", "dossier": "au dossier", "demander": "à demander",
        "examen": "examen", "juger": "à juger en réunion",
    },
    "en": {
        "title": "Dictionary of items",
        "intro": "Page written from the base's dictionary: {items} items, {lists} lists, {judgements} judgements.\n"
        "An item that a sheet leaves out stays open: it may be anything written here.",
        "rcp": "The meeting", "patient": "The patient", "biologie": "Laboratory", "tumeurs[]": "Each tumour",
        "": "Computed items", "lists": "Lists", "judgements": "Judgements",
        "head": "item | possible values | what becomes of it | question | place and codes",
        "concept": "concept of the branch", "echelle": "scale", "quantite": "number", "entier": "whole number",
        "date": "date, full or partial", "booleen": "oui, non", "enumeration": "one of", "texte": "text, which no rule reads",
        "identifiant": "identifier, which no rule reads", "lignes": "list", "fixed": "fixed", "evolving": "evolving",
        "valid": "valid", "never": "changes no more", "grows": "only grows", "context": "context", "edition": "TNM edition",
        "classes": "known by classes", "also": "also", "identity": "identity: dropped on entry",
        "computed": "computed only", "key": "two rows are one if", "axis": "absence and completeness are said of",
        "answer": "answers if known is", "agree": "agree", "dossier": "on file", "demander": "to ask",
        "examen": "test", "juger": "to be judged",
    },
}  # fmt: skip


def dictionary_page(dictionary: Dictionary, language: str = "fr") -> str:
    """Write the dictionary as Markdown, in French or in English."""
    return _Page(language).text(dictionary)


class _Page:
    def __init__(self, language: str) -> None:
        self.language, self.words = language, _WORDS[language]

    def text(self, dictionary: Dictionary) -> str:
        lists = dictionary.records()
        items = [item for item in dictionary.items.values() if not item.is_records]
        counts = {"items": len(items), "lists": len(lists), "judgements": len(dictionary.judgements)}
        blocks = [f"# {self.words['title']}", self.words["intro"].format(**counts)]
        for part in PARTS:
            blocks += self.section(self.words[part], [item for item in items if _part(item) == part])
        blocks.append(f"## {self.words['lists']}")
        for records in lists:
            blocks += self.records(records)
        blocks += self.section(self.words["judgements"], dictionary.judgements.values())
        return "\n\n".join(blocks) + "\n"

    def section(self, title: str, items: Iterable[Item]) -> list[str]:
        rows = [self.row(item) for item in items]
        return [f"## {title}", self.table(rows)] if rows else []

    def records(self, records: Item) -> list[str]:
        """Write a list: what makes two rows one, what can be said absent, and its columns."""
        keys = ", ".join(f"`{key}`" for key in records.key)
        said = [
            self.said("key", keys, f"{keys} {self.words['agree']}"),
            self.said("axis", records.axis, f"`{records.axis}`"),
        ]
        said.append(self.said("answer", records.answer, f"`{records.answer}`"))
        heading = f"### `{records.id}` — {records.label(self.language)}"
        note = " ; ".join(filter(None, (*said, self.place(records))))
        return [heading, *([note] if note else []), self.columns(records)]

    def said(self, word: str, is_there: object, text: str) -> str:
        return f"{self.words[word]} {text}" if is_there else ""

    def columns(self, records: Item) -> str:
        """Write the columns of a list: what each is called and may be."""
        return self.table([self.row(column)[:2] for column in records.columns.values()])

    def table(self, rows: Sequence[Sequence[str]]) -> str:
        head = f"| {' | '.join(self.words['head'].split(' | ')[: len(rows[0])])} |"
        lines = [head, "|---" * (head.count("|") - 1) + "|"]
        return "\n".join(
            [*lines, *("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)]
        )

    # --- one item ---

    def row(self, item: Item) -> tuple[str, ...]:
        others = f" ({self.words['also']} {', '.join(item.aliases)})" if item.aliases else ""
        asked = item.question.get(self.language) or item.question.get("fr", "")
        question = f"{asked} ({self.words.get(item.effort, item.effort)})" if asked else ""
        return (
            f"`{item.id}` {item.label(self.language)}{others}",
            self.values(item),
            self.life(item),
            question,
            self.place(item),
        )

    def values(self, item: Item) -> str:
        """Say what an item may be, and which classes count as known."""
        kind = self.words[item.kind]
        classes = f" ; {self.words['classes']} : {', '.join(item.partition)}" if item.partition else ""
        match item.kind:
            case "concept":
                return f"{kind} {item.branch}{classes}"
            case "enumeration":
                return f"{kind} : {', '.join(self.value(item, name) for name in item.leaves().names)}{classes}"
            case "echelle":
                return f"{kind} : {_scale(item.leaves())}{classes}"
            case "quantite" | "entier":
                return f"{kind}{self.numbers(item)}{classes}"
        return kind + classes

    def value(self, item: Item, name: str) -> str:
        labels = item.value_labels.get(name, {})
        label = labels.get(self.language) or labels.get("fr") or name
        return name if label == name else f"{name} ({label})"

    def numbers(self, item: Item) -> str:
        line = item.line()
        ends = [show_number(end) if end.is_finite() else "…" for end in (line.full.low, line.full.high)]
        extent = "" if ends == ["…", "…"] else " – ".join(ends)
        unit = line.unit.name if line.unit else ""
        return "".join(f", {text}" for text in (" ".join(filter(None, (extent, unit))),) if text)

    def life(self, item: Item) -> str:
        """Say how an item ages and changes, and in which context and edition it speaks."""
        valid = self.said("valid", item.validity, item.validity)
        evolving = ", ".join(filter(None, (self.words["evolving"], valid)))
        change = {"jamais": self.words["never"], "croit": self.words["grows"]}.get(item.change, "")
        marks = [
            evolving if item.evolving else self.words["fixed"], change if item.evolving or item.change == "croit" else "",
            self.said("context", item.context, item.context), self.said("edition", item.edition, item.edition),
            self.words["identity"] if item.identity else "", self.words["computed"] if item.computed else "",
        ]  # fmt: skip
        return ", ".join(filter(None, marks))

    def place(self, item: Item) -> str:
        """Say where an item stands in the native sheet, and its codes."""
        codes = [f"{system} {', '.join(found)}" for system, found in item.codes.items() if found]
        return " ; ".join(filter(None, (f"`{item.path}`" if item.path else "", *codes)))


def _part(item: Item) -> str:
    part = item.path.partition(".")[0]
    return part if part in PARTS else ""


def _scale(domain: Leaves) -> str:
    """Write the leaves in order; a category is written once, with its leaves."""
    groups = [(name, mask) for name, mask in domain.sets.items() if mask.bit_count() > 1]
    texts = [
        (1 << number, name) for number, name in enumerate(domain.names) if not any(m >> number & 1 for _, m in groups)
    ]
    texts += [
        (mask & -mask, f"{name} ({', '.join(n for n in domain.leaves_of(mask) if n != name)})") for name, mask in groups
    ]
    return ", ".join(text for _, text in sorted(texts, key=lambda pair: pair[0]))
