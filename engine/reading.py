"""What the readers of all documents share: fields with their problems, conditions, sources, cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from engine.dates import days_of
from engine.lexer import TextError
from engine.model import Case, Source, Written
from engine.names import did_you_mean, fold
from engine.problems import NOWHERE, Problem, Span, in_text
from engine.source import ELSEWHERE, Fields, Items, Place, Text, plain, texts
from engine.text import read_condition

T = TypeVar("T")

LAYERS = ("recommandation", "amm", "has", "precoce")


class Reader:
    """Reads nodes into frozen values and collects every problem on the way."""

    def __init__(self, problems: list[Problem]) -> None:
        """Share the list that problems go to."""
        self.problems = problems

    def wrong(self, span: Span, code: str, message: str, hint: str = "") -> None:
        """Note a problem."""
        self.problems.append(in_text(span, code, message, hint))

    def fields(self, node: Any, known: Iterable[str], required: Iterable[str] = ()) -> Fields:
        """Return a mapping with folded keys; unknown and missing keys are problems."""
        if not isinstance(node, Fields):
            return self.no_fields(node)
        names = {fold(name): name for name in known}
        result = _empty(node.at)
        for key, value in node.items():
            name = names.get(fold(key).replace(" ", "_")) or names.get(fold(key))
            if name is None:
                self.wrong(
                    node.keys_at[key].span(), "cle-inconnue", f"clé `{key}` inconnue", did_you_mean(key, names.values())
                )
            else:
                result[name], result.keys_at[name] = value, node.keys_at[key]
        for name in required:
            if result.get(name, "") == "":
                self.wrong(node.span, "cle-absente", f"la clé `{name}` manque", "ajoutez-la")
                result.pop(name, None)
        return result

    def no_fields(self, node: Any) -> Fields:
        """Note that keys and values were expected, and go on with none."""
        at = getattr(node, "at", ELSEWHERE)
        self.wrong(at.span(), "forme", "des clés et des valeurs sont attendues ici")
        return _empty(at)

    def text(self, fields: Fields, name: str) -> str:
        """Return a text, empty if the key is absent."""
        value = fields.get(name, "")
        if not isinstance(value, str):
            self.wrong(value.span, "forme", f"`{name}` est un texte")
            return ""
        return str(value)

    def day(self, fields: Fields, name: str) -> str:
        """Return a date as it is written, full or not; empty if the key is absent or no date."""
        text = self.text(fields, name)
        if text and days_of(text) is None:
            self.wrong(fields[name].span, "date", f"`{text}` n'est pas une date", "AAAA-MM-JJ")
            return ""
        return text

    def yes(self, fields: Fields, name: str, default: bool = False) -> bool:
        """Return a `oui` or `non`."""
        if name not in fields:
            return default
        value = fold(self.text(fields, name))
        if value not in ("oui", "non"):
            self.wrong(fields[name].span, "oui-non", f"`{name}` est `oui` ou `non`")
        return value == "oui"

    def texts(self, fields: Fields, name: str) -> tuple[str, ...]:
        """Return one text or a list of them."""
        node = fields.get(name)
        odd = [] if isinstance(node, str) else [each for each in self.entries(node) if not isinstance(each, str)]
        for each in odd:
            self.wrong(each.span, "forme", f"`{name}` est fait de textes")
        return tuple(str(text) for text in texts(node) if text)

    def entries(self, node: Any) -> tuple[Any, ...]:
        """Return the entries of a list; what is no list is a problem."""
        if node is None or node == "":
            return ()
        if not isinstance(node, Items):
            span = getattr(node, "span", NOWHERE)
            self.wrong(span, "forme", "une liste est attendue ici (lignes qui commencent par -)")
            return ()
        return tuple(node)

    def many(self, node: Any, read: Callable[[Any], T | None]) -> tuple[T, ...]:
        """Read each entry of a list."""
        return tuple(found for found in map(read, self.entries(node)) if found is not None)

    def places(self, fields: Fields, names: Iterable[str]) -> dict[str, Span]:
        """Return where each text of some keys stands."""
        return {str(text): text.span for name in names for text in texts(fields.get(name))}

    def condition(self, node: Any) -> Written | None:
        """Read one condition."""
        if not isinstance(node, Text):
            hint = "écrivez la condition entre guillemets droits"
            self.wrong(getattr(node, "span", NOWHERE), "condition", "une condition est un texte d'une ligne", hint)
            return None
        return self.parsed(node, lambda: Written(read_condition(str(node)), node.span))

    def conditions(self, fields: Fields, name: str) -> tuple[Written, ...]:
        """Read a condition, or a list of them that must all hold."""
        node = fields.get(name)
        if isinstance(node, Items):
            return self.many(node, self.condition)
        found = self.condition(node) if node is not None else None
        return (found,) if found else ()

    def maybe(self, fields: Fields, name: str) -> Written | None:
        """Read a condition if it is there."""
        return self.condition(fields[name]) if name in fields else None

    def parsed(self, node: Text, read: Callable[[], T]) -> T | None:
        """Run a parser over a text; its error becomes a problem that underlines the words."""
        try:
            return read()
        except TextError as error:
            self.wrong(node.span.part(error.start, error.length), "condition", error.message, error.hint)
            return None

    def source(self, node: Any, section: str = "", url: str = "") -> Source:
        """Read where a statement comes from."""
        if isinstance(node, Text):
            return Source(str(node), "", section, url)
        if node is None:
            return Source("", "", section, url)
        fields = self.fields(node, ("titre", "edition", "url", "section", "vu", "date"))
        edition, day, seen = (self.text(fields, name) for name in ("edition", "date", "vu"))
        return Source(
            self.text(fields, "titre"),
            edition or day or seen,
            section or self.text(fields, "section"),
            url or self.text(fields, "url"),
        )

    def case(self, node: Any) -> Case | None:
        """Read an example."""
        fields = self.fields(node, ("nom", "fiche", "attendu", "au", "region", "centre", "note"), ("fiche", "attendu"))
        if "fiche" not in fields or "attendu" not in fields:
            return None
        if not isinstance(fields["fiche"], Fields):
            self.wrong(fields["fiche"].span, "forme", "`fiche` est faite de données et de valeurs", "fiche: {oms: 1}")
            return None
        return Case(
            self.text(fields, "nom"),
            typed(fields["fiche"]),
            plain(fields["attendu"]),
            self.day(fields, "au"),
            self.text(fields, "region"),
            self.text(fields, "centre"),
            fields.span,
            fields["attendu"].span,
        )

    def mappings(self, node: Any) -> tuple[Mapping[str, str], ...]:
        """Return a list of plain mappings of texts."""
        return self.many(node, self.mapping)

    def mapping(self, node: Any) -> Mapping[str, str]:
        """Return a mapping of texts, each with its place."""
        fields = node if isinstance(node, Fields) else self.no_fields(node)
        for name, value in fields.items():
            if not isinstance(value, str):
                self.wrong(value.span, "forme", f"`{name}` est un texte")
        return {str(name): value for name, value in fields.items() if isinstance(value, str)}

    def access(self, fields: Fields) -> Mapping[str, Any]:
        """Return the access layers as written: each a list of values, their conditions with their place."""
        layers = self.fields(fields["acces"], LAYERS) if "acces" in fields else {}
        return {name: list(self.many(layer, self.mapping)) for name, layer in layers.items()}


def typed(node: Any) -> Any:
    """Return the texts of a case's sheet as a native sheet would type them (numbers, true, false, null)."""
    if isinstance(node, dict):
        return {str(key): typed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [typed(value) for value in node]
    return str(node)


def _empty(at: Place) -> Fields:
    fields = Fields()
    fields.at, fields.keys_at = at, {}
    return fields
