"""Which tumours of several documents are one: those of one organ whose sides can be one, where that leaves no choice.

Histology and stage don't decide it: documents that disagree on them contradict each other about one tumour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.ontology import Ontology
from engine.problems import Problem, in_sheet
from engine.sheet import Sheet, Tumour

ORGAN = 3  # characters of a CIM-O-3 code that names an organ (C50, the breast)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a tumour may be, the whole organs that this lies in, and its sides; None leaves everything possible."""

    places: int | None
    organs: int | None
    sides: int | None

    def may_be(self, other: Site) -> bool:
        """Say whether two sites can be those of one tumour: documents often differ on the part of an organ."""
        return _met(self.organs, other.organs) != 0 and _met(self.sides, other.sides) != 0

    def agrees(self, other: Site) -> bool:
        """Say whether two sites can be one, to the part of the organ."""
        return self.may_be(other) and _met(self.places, other.places) != 0

    def meeting(self, other: Site) -> Site:
        """Return what two sites of one tumour leave possible together; the place that fits both, or the first's."""
        places = _met(self.places, other.places) or self.places
        return Site(places, _met(self.organs, other.organs), _met(self.sides, other.sides))


def _met(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one & other


def match_tumours(
    sheets: Sequence[tuple[str, Sheet]], ontology: Ontology
) -> tuple[list[Mapping[str, str]], list[Problem]]:
    """Return, by document, the tumour of the whole that each of its tumours is ("" if that can't be told), and why.

    The documents that describe most tumours come first, those that know their sites best among them, so that the order
    of the call decides nothing but names.
    """
    described = {(name, tumour.id): _site(tumour, ontology) for name, sheet in sheets for tumour in sheet.tumours}
    order = sorted(sheets, key=lambda each: (-len(each[1].tumours), _openness(each, described), sheets.index(each)))
    whole: dict[str, Site] = {}
    found: dict[str, dict[str, str]] = {}
    notes: list[Problem] = []
    for name, sheet in order:
        own = {tumour.id: described[name, tumour.id] for tumour in sheet.tumours}
        found[name], told = _matched(name, own, whole)
        notes += told
    return [found[name] for name, _ in sheets], notes


def _openness(each: tuple[str, Sheet], described: Mapping[tuple[str, str], Site]) -> tuple[int, int]:
    name, sheet = each
    sites = [described[name, tumour.id] for tumour in sheet.tumours]
    return sum(site.organs is None for site in sites), sum(site.sides is None for site in sites)


def _matched(name: str, own: Mapping[str, Site], whole: dict[str, Site]) -> tuple[dict[str, str], list[Problem]]:
    """Match one document's tumours with those known so far; what is none of them is one more."""
    names: dict[str, str] = {}
    notes: list[Problem] = []
    known = dict(whole)
    for identifier, site in own.items():
        candidates = [one for one, other in known.items() if site.may_be(other)]
        sure = _only(site, own, known, Site.agrees) or _only(site, own, known, Site.may_be)
        if sure:
            names[identifier] = sure
            whole[sure] = known[sure].meeting(site)
        elif candidates:
            names[identifier] = ""
            notes.append(_ambiguous(name, identifier, candidates))
        else:
            names[identifier] = _new_name(identifier, whole)
            whole[names[identifier]] = site
            notes += [_another(name, identifier, names[identifier])] if known else []
    return names, notes


def _only(site: Site, own: Mapping[str, Site], known: Mapping[str, Site], meets: Callable[[Site, Site], bool]) -> str:
    """Return the only tumour known that a site meets, if it is met by no other of the document; empty if there is none."""
    found = [name for name, other in known.items() if meets(site, other)]
    return found[0] if len(found) == 1 and sum(meets(one, known[found[0]]) for one in own.values()) == 1 else ""


def _new_name(identifier: str, whole: Mapping[str, Site]) -> str:
    """Return the document's own name for a tumour, or the next free one."""
    free = (f"t{number}" for number in range(1, len(whole) + 2))
    return identifier if identifier not in whole else next(name for name in free if name not in whole)


def _site(tumour: Tumour, ontology: Ontology) -> Site:
    """Return the organs and sides that the statements of a tumour leave possible between them."""
    said: dict[str, int] = {}
    for statement in tumour.statements:
        if isinstance(statement.worlds, int):
            said[statement.item] = said.get(statement.item, 0) | statement.worlds
    place = said.get("topographie")
    return Site(place, None if place is None else _whole_organs(place, ontology), said.get("lateralite"))


def _whole_organs(place: int, ontology: Ontology) -> int:
    """Widen sites to the organs they lie in."""
    widened = place
    for concept in ontology.concepts.values():
        codes = concept.codes.get("CIM-O-3", ()) if concept.branch == "topographie" else ()
        organ = ontology.masks[concept.id] if any(len(code) == ORGAN for code in codes) else 0
        widened |= organ if organ & place else 0
    return widened


def _ambiguous(name: str, identifier: str, candidates: Sequence[str]) -> Problem:
    message = f"{name} : la tumeur `{identifier}` peut être {' ou '.join(candidates)} : seules ses lignes sont reprises"
    return in_sheet("/tumeurs", "tumeur-ambigue", message, "précisez la topographie et le côté de chaque tumeur")


def _another(name: str, identifier: str, new: str) -> Problem:
    message = (
        f"{name} : la tumeur `{identifier}` n'est dans aucun autre document (autre organe ou autre côté) : `{new}`"
    )
    return in_sheet("/tumeurs", "autre-tumeur", message)
