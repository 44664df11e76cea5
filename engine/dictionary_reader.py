"""YAML → dictionary: every declaration checked, every problem reported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.dictionary import KINDS, Dictionary, Item, judgement_item
from engine.domains import BOOLEAN, Domain, Leaves, Line, leaves
from engine.names import did_you_mean
from engine.ontology import Ontology
from engine.problems import Problem, Span, in_text
from engine.source import Fields, Items, Text, plain, read_yaml
from engine.units import find_unit
from engine.values import INFINITY, between, everything

_FIELDS = frozenset(
    "id libelle genre unite plage pas echelle edition branche valeurs porteur contexte evolution validite change alias"
    " question effort partition codes chemin sources identite calcule axe cle reponse colonnes masse_molaire note"
    " auteur restreint".split()
)


def read_dictionary(file: str, text: str, ontology: Ontology) -> tuple[Dictionary, list[Problem]]:
    """Return the dictionary and what is wrong with its text."""
    root, problems = read_yaml(file, text)
    if not isinstance(root, Fields):
        return Dictionary.of((), ()), problems
    reader = _Reader(ontology, problems)
    reader.scales = {name: reader.scale(body) for name, body in root.get("echelles", Fields()).items()}
    items = [reader.item(body) for body in root.get("items", ()) if isinstance(body, Fields)]
    judgements = [
        judgement_item(item.id, item)
        for item in (reader.item(body, "booleen") for body in root.get("jugements", ()) if isinstance(body, Fields))
    ]
    reader.refuse_doubles([*items, *judgements], root.span)
    return Dictionary.of(items, judgements), problems


class _Reader:
    def __init__(self, ontology: Ontology, problems: list[Problem]) -> None:
        self.ontology, self.problems = ontology, problems
        self.scales: dict[str, Leaves] = {}

    def wrong(self, span: Span, code: str, message: str, hint: str = "") -> None:
        self.problems.append(in_text(span, code, message, hint))

    def scale(self, body: Fields) -> Leaves:
        order = _list(body.get("feuilles"))
        categories = {name: _list(members) for name, members in body.get("categories", Fields()).items()}
        for name, members in categories.items():
            for member in members:
                if member not in order:
                    self.wrong(
                        body.span, "feuille-inconnue", f"`{member}` de la catégorie `{name}` n'est pas une feuille"
                    )
        groups = [_list(group) for group in body.get("sans_ordre", ())]
        sites = {site: _list(members) for site, members in body.get("sites", Fields()).items()}
        aliases = {str(k): str(v) for k, v in body.get("alias", Fields()).items()}
        return leaves(order, categories, aliases, True, groups, sites)

    def item(self, body: Fields, kind: str = "") -> Item:
        self.refuse_unknown(body)
        kind = kind or str(body.get("genre", ""))
        if kind not in KINDS:
            self.wrong(body.span, "genre-inconnu", f"genre `{kind}` inconnu", "genres : " + ", ".join(KINDS))
            kind = "texte"
        return Item(
            id=str(body.get("id", "")),
            labels=_pair(body.get("libelle")),
            kind=kind,
            domain=self.domain(body, kind),
            branch=str(body.get("branche", "")),
            edition=str(body.get("edition", "")),
            molar_mass=Decimal(str(body["masse_molaire"])) if "masse_molaire" in body else None,
            owner=str(body.get("porteur", "patient")),
            context=str(body.get("contexte", "")),
            evolving=str(body.get("evolution", "fixe")).startswith("evol") or body.get("evolution") == "évolutif",
            validity=str(body.get("validite", "")),
            change=str(body.get("change", "libre")),
            aliases=tuple(_list(body.get("alias"))),
            question=_pair(body.get("question")),
            effort=str(body.get("effort", "demander")),
            partition=tuple(_list(body.get("partition"))),
            codes={system: tuple(_list(codes)) for system, codes in body.get("codes", Fields()).items()},
            path=str(body.get("chemin", "")),
            sources=plain(body.get("sources", {})) or {},
            identity=_yes(body.get("identite")),
            computed=_yes(body.get("calcule")),
            axis=str(body.get("axe", "")),
            key=tuple(_list(body.get("cle"))),
            answer=str(body.get("reponse", "")),
            columns={c.id: c for c in (self.item(col) for col in body.get("colonnes", ()) if isinstance(col, Fields))},
            value_labels=_value_labels(body.get("valeurs")),
        )

    def domain(self, body: Fields, kind: str) -> Domain | None:
        match kind:
            case "booleen":
                return BOOLEAN
            case "concept":
                return self.branch(body)
            case "echelle":
                return self.named_scale(body)
            case "enumeration":
                values = [v if isinstance(v, Fields) else {"id": v} for v in body.get("valeurs", ())]
                aliases = {str(name): str(v["id"]) for v in values for name in (*_labels(v), *_list(v.get("alias")))}
                return leaves([str(v["id"]) for v in values], aliases=aliases)
            case "quantite" | "entier" | "date":
                return self.numbers(body, kind)
        return None

    def branch(self, body: Fields) -> Domain:
        branch = str(body.get("branche", ""))
        if branch not in self.ontology.domains:
            known = self.ontology.domains
            self.wrong(body.span, "branche-inconnue", f"branche `{branch}` inconnue", did_you_mean(branch, known))
            return leaves(())
        return self.ontology.domains[branch]

    def named_scale(self, body: Fields) -> Domain:
        name = str(body.get("echelle", ""))
        if name not in self.scales:
            self.wrong(body.span, "echelle-inconnue", f"échelle `{name}` inconnue", did_you_mean(name, self.scales))
            return leaves(())
        return self.scales[name]

    def numbers(self, body: Fields, kind: str) -> Line:
        whole = kind != "quantite"
        spelling = str(body.get("unite", ""))
        unit = find_unit(spelling)
        if unit is None:
            self.wrong(body["unite"].span, "unite-inconnue", f"unité `{spelling}` inconnue")
        bounds = _list(body.get("plage"))
        try:
            low, high = (Decimal(b.replace(",", ".")) for b in bounds) if bounds else (-INFINITY, INFINITY)
        except (InvalidOperation, ValueError):
            self.wrong(body.span, "plage", "la plage est faite de deux nombres")
            low, high = -INFINITY, INFINITY
        inside = between(low, high, not low.is_finite(), not high.is_finite(), whole)
        return Line(unit, inside if bounds else everything(whole), kind == "date")

    def refuse_unknown(self, body: Fields) -> None:
        for key in body:
            if key not in _FIELDS:
                self.wrong(body.keys_at[key], "cle-inconnue", f"clé `{key}` inconnue", did_you_mean(key, _FIELDS))
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", str(body.get("id", ""))):
            self.wrong(
                body.span, "identifiant", f"`{body.get('id', '')}` n'est pas un identifiant (lettres, chiffres, _)"
            )

    def refuse_doubles(self, items: list[Item], span: Span) -> None:
        seen: set[str] = set()
        for item in items:
            if item.id in seen:
                self.wrong(span, "item-double", f"l'item `{item.id}` est déclaré deux fois")
            seen.add(item.id)


def _list(node: Any) -> list[str]:
    if isinstance(node, Items | list | tuple):
        return [str(child) for child in node]
    return [str(node)] if isinstance(node, Text) and node else []


def _pair(node: Any) -> Mapping[str, str]:
    if isinstance(node, dict):
        return {str(k): str(v) for k, v in node.items()}
    return {"fr": str(node)} if node else {}


def _labels(value: Mapping[str, Any]) -> list[str]:
    return [str(value[language]) for language in ("fr", "en") if value.get(language)]


def _value_labels(node: Any) -> Mapping[str, Mapping[str, str]]:
    values = node if isinstance(node, list) else []
    return {str(v["id"]): _pair({k: v[k] for k in ("fr", "en") if k in v}) for v in values if isinstance(v, dict)}


def _yes(node: Any) -> bool:
    return str(node or "").lower() in ("oui", "true", "vrai", "yes")
