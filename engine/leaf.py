"""One leaf of a sheet → a statement: what it leaves possible, when, and where it was said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from engine.dates import days_of
from engine.dictionary import Item
from engine.domains import NO, YES, Leaves, Line
from engine.names import did_you_mean, fold
from engine.ontology import Ontology
from engine.problems import Problem, in_sheet
from engine.quantities import bounds_of_text, decimal_of, number_text, show_possible, show_quantity, written
from engine.systems import system_name
from engine.units import convertible, find_unit, scaled
from engine.values import INFINITY, Ranges, Worlds, between

LEAF_KEYS = frozenset(
    "valeur unite date origine certitude raison lsn lin min max min_exclu max_exclu systeme code edition methode"
    " prelevement auteur libelle".split()
)
REASONS = ("non_fait", "en_attente", "non_applicable", "indetermine", "inconnu")
SUSPECTED = "suspecte"
CERTAINTIES = {"confirme": False, "confirmee": False, SUSPECTED: True}  # word → is it only suspected
MOST_HINTS = 100


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a leaf came from."""

    document: str = ""
    pointer: str = ""
    code: Mapping[str, str] = field(default_factory=dict)
    format: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the origin as the answer gives it."""
        return {"document": self.document, "format": self.format, "pointer": self.pointer, "code": dict(self.code)}


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source says of one item; `worlds` is None where it leaves everything possible, for `reason`."""

    item: str
    worlds: Worlds | None
    text: str
    origin: Origin
    pointer: str
    days: Ranges | None = None
    reason: str = ""
    edition: str = ""
    method: str = ""
    specimen: str = ""
    upper: Ranges | None = None
    lower: Ranges | None = None
    also: Mapping[str, int] = field(default_factory=dict)


class LeafReader:
    """Reads leaves of one sheet; what is wrong goes to `problems` with its pointer."""

    def __init__(self, ontology: Ontology, texts: bool = False) -> None:
        """`texts`: numbers and booleans may be written as texts (examples beside rules)."""
        self.ontology, self.texts = ontology, texts
        self.problems: list[Problem] = []

    def statement(self, item: Item, leaf: Any, pointer: str) -> Statement | None:
        """Read one leaf; None says nothing, or was wrong (then a problem tells)."""
        body = leaf if isinstance(leaf, Mapping) else {"valeur": leaf}
        self.check_keys(body, pointer)
        base = self.frame(item, body, pointer)
        reason = body.get("raison")
        if reason is not None and reason not in REASONS:
            hint = did_you_mean(str(reason), REASONS) or ", ".join(REASONS)
            self.wrong(f"{pointer}/raison", "raison-inconnue", f"raison `{reason}` inconnue", hint=hint)
        value = body.get("valeur", _rest(body))
        if value is None or value == []:
            return replace(base, reason=str(reason)) if reason in REASONS else None
        read = self.value(item, value, body, pointer)
        if read is None:
            return None
        statement = replace(base, worlds=read[0], text=read[1], also=read[2], reason=read[3])
        if self.is_suspected(body.get("certitude"), f"{pointer}/certitude"):
            return replace(statement, worlds=None, reason="suspecte", also={})
        return replace(statement, worlds=None, reason=str(reason)) if reason in REASONS else statement

    def doubts(self, body: Mapping[str, Any], pointer: str) -> bool:
        """Say whether a leaf is suspected, or says why nothing is known, rather than what it says; report a wrong field."""
        self.check_keys(body, pointer)
        return self.is_suspected(body.get("certitude"), f"{pointer}/certitude") or body.get("raison") is not None

    def check_keys(self, body: Mapping[str, Any], pointer: str) -> None:
        """Report what is no field of a leaf."""
        for key in body:
            if key not in LEAF_KEYS:
                self.wrong(
                    f"{pointer}/{key}", "champ-inconnu", f"`{key}` n'est pas un champ d'une valeur", LEAF_KEYS, key
                )

    def is_suspected(self, word: Any, pointer: str) -> bool:
        """Read a certainty; a word that is none leaves the leaf suspected, with a problem."""
        if word is None:
            return False
        known = CERTAINTIES.get(fold(str(word)))
        if known is None:
            self.wrong(pointer, "certitude-inconnue", f"certitude `{word}` inconnue", hint="confirme ou suspecte")
        return known is not False

    def edition(self, value: Any, pointer: str) -> str:
        """Read the number of an edition (`8`, `TNM 8`)."""
        digits = re.sub(r"\D", "", str(value)) if value is not None else ""
        if value is not None and not digits:
            self.wrong(pointer, "edition-inconnue", f"`{value}` n'est pas une édition", hint="7, 8 ou 9")
        return digits

    def frame(self, item: Item, body: Mapping[str, Any], pointer: str) -> Statement:
        """Read what goes with a value: its date, origin, edition, method, laboratory limits."""
        origin = body.get("origine") or {}
        days = self.days(body.get("date"), f"{pointer}/date")
        return Statement(
            item.id, None, "", _origin(origin), pointer, days,
            edition=self.edition(body.get("edition"), f"{pointer}/edition"),
            method=str(body.get("methode", "")), specimen=fold(str(body.get("prelevement", ""))),
            upper=self.limit(item, body, "lsn", pointer), lower=self.limit(item, body, "lin", pointer),
        )  # fmt: skip

    def days(self, text: Any, pointer: str) -> Ranges | None:
        """Read a date, full or partial."""
        if text is None:
            return None
        found = days_of(str(text))
        if found is None:
            self.wrong(pointer, "date", f"`{written(text)}` n'est pas une date", (), "", "AAAA-MM-JJ, AAAA-MM ou AAAA")
        return found

    def limit(self, item: Item, body: Mapping[str, Any], key: str, pointer: str) -> Ranges | None:
        """Read a laboratory limit, in the unit of the value."""
        if body.get(key) is None or not isinstance(item.domain, Line):
            return None
        read = self.number(item, body[key], body, f"{pointer}/{key}")
        return read[0] if read else None

    def value(
        self, item: Item, value: Any, body: Mapping[str, Any], pointer: str
    ) -> tuple[Any, str, Mapping[str, int], str] | None:
        """Return the worlds, the text, what the code says of the other axis, and why it is open if it is."""
        match item.kind:
            case "concept":
                return self.concept(item, value, pointer)
            case "echelle" | "enumeration":
                return self.category(item, value, pointer)
            case "booleen":
                return self.boolean(item, value, pointer)
            case "date":
                found = self.days(value, pointer)
                return (found, str(value), {}, "") if found is not None else None
            case "quantite" | "entier":
                read = self.number(item, value, body, pointer)
                return (*read, {}, "") if read else None
        return None

    # --- finite kinds ---

    def concept(self, item: Item, value: Any, pointer: str) -> tuple[int, str, Mapping[str, int], str] | None:
        """Read a concept by name, or a code of a named system; a code that says two axes narrows both."""
        if isinstance(value, Mapping) and "code" in value:
            system, code = str(value.get("systeme", "")), str(value["code"])
            ids = self.resolved(value)
            text = str(value.get("libelle") or "") or code
            if not ids:
                self.wrong(
                    pointer,
                    "code-inconnu",
                    f"code `{code}` de `{system}` inconnu",
                    (),
                    "",
                    "donnez un code plus large, ou le nom du concept",
                )
                return None
        else:
            found = self.ontology.find(str(value), (item.branch, "entite"))
            if found is None:
                self.wrong(
                    pointer,
                    "concept-inconnu",
                    f"concept `{written(value)}` inconnu",
                    self.ontology.labels_of((item.branch,)),
                    str(value),
                )
                return None
            ids, text = (found.id,), found.label()
            if found.branch == "entite":
                ids = tuple(i for axis in found.unfolds.values() for i in axis)
        masks: dict[str, int] = {}
        for identifier in ids:
            branch = self.ontology.concepts[identifier].branch
            masks[branch] = masks.get(branch, 0) | self.ontology.masks.get(identifier, 0)
        own = masks.pop(item.branch, 0)
        if not own and not masks:
            return None
        if not own:
            own = item.leaves().full
        return own, text, masks, ""

    def resolved(self, value: Any) -> tuple[str, ...]:
        """Return the concepts that a code of a named system stands for."""
        if not isinstance(value, Mapping):
            return ()
        return self.ontology.resolve(system_name(str(value.get("systeme", ""))), str(value.get("code", "")))

    def category(self, item: Item, value: Any, pointer: str) -> tuple[int, str, Mapping[str, int], str] | None:
        """Read a category, or several joined by a dash or in a list."""
        domain = item.leaves()
        names = [number_text(v) for v in value] if isinstance(value, list) else [number_text(value)]
        found = [self.one_category(domain, name) for name in names]
        if any(f is None for f in found):
            if item.kind == "echelle" and all(re.fullmatch(r"[a-z]*[TNMRG]X", n.strip()) for n in names):
                return domain.full, names[0], {}, "indetermine"
            name = names[found.index(None)]
            hint = did_you_mean(name, domain.sets) or "valeurs : " + ", ".join(list(domain.sets)[:12])
            self.wrong(pointer, "valeur-inconnue", f"`{name}` n'est pas une valeur de `{item.id}`", hint=hint)
            return None
        union = 0
        for one in found:
            union |= one or 0
        return union, " ou ".join(names), {}, ""

    def one_category(self, domain: Leaves, name: str) -> int | None:
        """Find a category; a prefix (`cT2`) and a range (`T3-T4`) are read too."""
        found = domain.find(name.strip())
        if found is None and domain.ordered:
            found = domain.find(re.sub(r"^(?:yc|yp|mr|c|p|r)(?=[TNM])", "", name.strip()))
        if found is None and domain.ordered and len(parts := re.split(r"\s*(?:-|–|/)\s*", name.strip())) == 2:
            ends = [domain.find(part) for part in parts]
            if ends[0] and ends[1]:
                found = domain.compare(">=", ends[0]) & domain.compare("<=", ends[1])
        return found or None

    def boolean(self, item: Item, value: Any, pointer: str) -> tuple[int, str, Mapping[str, int], str] | None:
        """Read a boolean, strictly."""
        if isinstance(value, bool):
            return (YES if value else NO), ("oui" if value else "non"), {}, ""
        found = item.leaves().find(value) if self.texts and isinstance(value, str) else None
        if found is None:
            self.wrong(pointer, "booleen", f"`{written(value)}` n'est ni vrai ni faux", (), "", "true ou false")
            return None
        return found, item.leaves().describe(found), {}, ""

    # --- numbers ---

    def number(self, item: Item, value: Any, body: Mapping[str, Any], pointer: str) -> tuple[Ranges, str] | None:
        """Read a number, a bound, or two, in the item's unit."""
        read = self.bounds(value, body)
        if read is None:
            self.wrong(
                pointer,
                "nombre",
                f"`{written(value)}` n'est pas un nombre",
                (),
                "",
                '8, "< 10", "10–20" ou {"min", "max"}',
            )
            return None
        (low, high, low_open, high_open), spelling = read
        line = item.line()
        spelling = spelling or str(body.get("unite") or "")
        converted = self.converted(item, (low, high), spelling, pointer)
        if converted is None:
            return None
        worlds = between(*converted, low_open, high_open, line.full.whole)
        unit = line.unit.name if line.unit else ""
        if not worlds & line.full:
            shown = show_quantity(value, spelling or unit)
            self.wrong(
                pointer, "hors-plage", f"{shown} est impossible pour `{item.id}`", hint=show_possible(line, unit)
            )
            return None
        return worlds & line.full, show_quantity(value, spelling or unit)

    def bounds(self, value: Any, body: Mapping[str, Any]) -> tuple[tuple[Decimal, Decimal, bool, bool], str] | None:
        """Return low, high, which are left out, and a unit written with the number."""
        if isinstance(value, Mapping) or (value is None and ("min" in body or "max" in body)):
            source = value if isinstance(value, Mapping) else body
            low, high = decimal_of(source.get("min")), decimal_of(source.get("max"))
            if low is None and high is None:
                return None
            return (
                -INFINITY if low is None else low, INFINITY if high is None else high,
                low is None or bool(source.get("min_exclu")), high is None or bool(source.get("max_exclu")),
            ), str(source.get("unite") or "")  # fmt: skip
        if not isinstance(value, str):
            number = decimal_of(value)
            return None if number is None else ((number, number, False, False), "")
        return bounds_of_text(value, self.texts)

    def converted(
        self, item: Item, bounds: tuple[Decimal, Decimal], spelling: str, pointer: str
    ) -> tuple[Decimal, Decimal] | None:
        """Return the bounds in the item's unit; a unit that can't be converted is a problem."""
        target = item.line().unit
        if not spelling or target is None or spelling == target.name:
            return bounds
        source = find_unit(spelling)
        factor = convertible(source, target, item.molar_mass) if source else None
        if factor is None:
            hint = f"unité attendue : {target.name}" if target.name else "ce nombre n'a pas d'unité"
            self.wrong(pointer, "unite", f"l'unité `{spelling}` ne convient pas à `{item.id}`", (), "", hint)
            return None
        return scaled(bounds[0], factor), scaled(bounds[1], factor)

    def wrong(self, pointer: str, code: str, message: str, known: Any = (), name: str = "", hint: str = "") -> None:
        """Note a problem with the nearest known names, or a hint."""
        near = did_you_mean(name, known) if name and not hint and len(self.problems) < MOST_HINTS else ""
        self.problems.append(in_sheet(pointer, code, message, hint or near))


def _origin(body: Any) -> Origin:
    if not isinstance(body, Mapping):
        return Origin()
    code = body.get("code")
    return Origin(
        str(body.get("document", "")), str(body.get("pointeur", "")),
        {str(k): str(v) for k, v in code.items()} if isinstance(code, Mapping) else {}, str(body.get("format", "")),
    )  # fmt: skip


def _rest(body: Mapping[str, Any]) -> Any:
    """Return the value of a leaf that carries its code or bounds directly."""
    if "code" in body:
        return {key: body[key] for key in ("systeme", "code", "libelle") if key in body}
    return {key: body[key] for key in ("min", "max", "min_exclu", "max_exclu") if key in body} or None
