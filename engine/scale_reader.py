"""YAML → scales: leaves in order, categories as named sets of them, the leaves that each site has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.domains import UNREADABLE, Leaves, leaves
from engine.names import did_you_mean
from engine.reading import Reader
from engine.source import Fields, Text, texts

_SCALE = ("feuilles", "categories", "libelles", "sans_ordre", "sites", "alias", "note")

Labels = Mapping[str, Mapping[str, str]]


class ScaleReader(Reader):
    """Reads the scales of the dictionary."""

    def scales(self, fields: Fields) -> Mapping[str, Leaves]:
        """Return every scale by its name."""
        named = self.below(fields, "echelles")
        return {str(name): self.scale(body) for name, body in named.items()}

    def scale_labels(self, fields: Fields) -> Mapping[str, Labels]:
        """Return, by scale, the labels of the leaves and categories whose names do not speak for themselves."""
        return {str(name): self.labels_of(body) for name, body in self.below(fields, "echelles").items()}

    def labels_of(self, body: Any) -> Labels:
        """Return the labels that one scale gives; what they are for must be a name of it."""
        if not isinstance(body, Fields):
            return {}
        labels = self.below(body, "libelles")
        known = [str(name) for name in (*texts(body.get("feuilles")), *self.below(body, "categories"))]
        for name in labels:
            if name not in known:
                message = f"`{name}` de `libelles` n'est ni une feuille ni une catégorie"
                self.wrong(labels.keys_at[name].span(), "feuille-inconnue", message, did_you_mean(name, known))
        return {str(name): {str(k): str(v) for k, v in self.mapping(node).items()} for name, node in labels.items()}

    def scale(self, body: Any) -> Leaves:
        """Read one scale."""
        fields = self.fields(body, _SCALE, ("feuilles",))
        order = self.texts(fields, "feuilles")
        categories = self.below(fields, "categories")
        sites = self.below(fields, "sites")
        aliases = self.mapping(fields["alias"]) if "alias" in fields else {}
        if not order:
            return UNREADABLE
        names = (*order, *categories)
        groups = tuple(self.members(group, names, "un groupe") for group in self.entries(fields.get("sans_ordre")))
        named = {name: self.members(node, order, f"la catégorie `{name}`") for name, node in categories.items()}
        return leaves(
            order,
            {name: members for name, members in named.items() if members},
            {alias: str(name) for alias, name in aliases.items() if self.members(name, names, f"l'alias `{alias}`")},
            True,
            groups,
            {site: self.members(node, order, f"`{site}`") for site, node in sites.items()},
        )

    def below(self, fields: Fields, name: str) -> Fields:
        """Return the keys and values below a key, none where it is absent."""
        node = fields.get(name)
        return node if isinstance(node, Fields) else self.no_fields(node) if node is not None else Fields()

    def members(self, node: Any, known: Iterable[str], of: str) -> tuple[str, ...]:
        """Return the leaves that a category, a group or a site names; one that is none is a problem."""
        listed = list(known)
        if not isinstance(node, Text):
            self.entries(node)
        found = tuple(texts(node))
        if node in ([], ""):
            self.wrong(node.span, "forme", f"{of} ne nomme aucune feuille")
        for text in found:
            if text not in listed:
                message = f"`{text}` de {of} n'est pas une feuille"
                self.wrong(text.span, "feuille-inconnue", message, did_you_mean(text, listed))
        return tuple(str(text) for text in found if text in listed)
