"""What of an outside document is neither in its sheet nor among its losses: judged from the document, not by the reader's notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from api.adapters.cda_elements import Node, node_of
from api.adapters.cda_xml import document_in, local
from api.adapters.conversion import Converted

# The name and state of a statement go with what it states, and so does the question of a qualifier.
_LABELS = ("code", "name", "statusCode", "languageCode", "realmCode", "signatureCode")
_NARRATIVE = ("text", "title", "observationMedia")


@dataclass(frozen=True, slots=True)
class Account:
    """Where leaves came from and what losses name, with every place above one of those."""

    told: frozenset[str]
    around: frozenset[str]
    codes: frozenset[tuple[str, str]]
    beside: frozenset[tuple[str, str]]
    read: frozenset[str]

    @classmethod
    def of(cls, result: Converted) -> Account:
        """Open the account of a conversion."""
        leaves = list(leaves_of(result.sheet))
        read = {str(leaf["origine"]["pointeur"]) for leaf in leaves}
        told = read | {str(loss["pointer"]) for loss in result.losses}
        codes = {(str(loss["pointer"]), loss["code"]["code"]) for loss in result.losses if loss["code"]}
        beside = {
            (above, key) for leaf in leaves for above in _above(leaf["origine"]["pointeur"]) for key in _kept(leaf)
        }
        around = frozenset(above for place in told for above in _above(place))
        return cls(frozenset(told), around, frozenset(codes), frozenset(beside), frozenset(read))


def leaves_of(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield each leaf of a sheet that has an origin."""
    if isinstance(value, Mapping):
        if isinstance(value.get("origine"), Mapping) and "pointeur" in value["origine"]:
            yield value
        for inner in value.values():
            yield from leaves_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves_of(inner)


def _above(place: str) -> Iterator[str]:
    return (place[:end] for end, letter in enumerate(place) if letter == "/")


def _kept(leaf: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a leaf keeps beside its value: the edition by its number, the laboratory's limits by their presence."""
    yield from ("limites" for key in ("lin", "lsn") if key in leaf)
    if leaf.get("edition"):
        yield f"édition {leaf['edition']}"


def untold_of_cda(body: bytes, result: Converted) -> list[str]:
    """Return the place of every code and value of a CDA that is in no leaf and in no loss."""
    whole = node_of(etree.fromstring(body, etree.XMLParser(remove_comments=True, remove_pis=True)))
    account = Account.of(result)
    root = document_in(whole.element)
    nodes = [Node(element, whole.places) for element in root.iter()]
    return [node.pointer for node in nodes if _states(node) and not _is_told(node, account)]


def _states(node: Node) -> bool:
    """Say whether an element holds a code, or is a value with something in it."""
    if any(local(each) in _NARRATIVE for each in (node.element, *node.element.iterancestors())):
        return False
    return bool(node.attribute("code") or (node.name == "value" and (node.attribute("value") or node.text())))


def _is_told(node: Node, account: Account) -> bool:
    above = Node(node.element.getparent(), node.places)
    if node.pointer in account.told or any(
        (place, node.attribute("code")) in account.codes for place in _above(node.pointer)
    ):
        return True
    if node.name == "translation":
        return _is_told(above, account)
    if node.above("recordTarget"):
        return node.above("recordTarget").pointer in account.told
    if node.name in _LABELS and (above.pointer in account.told or above.pointer in account.around):
        return True
    return _is_beside(node, account)


def _is_beside(node: Node, account: Account) -> bool:
    """Say whether a leaf of the same statement keeps what the element says, as its edition or as its limits."""
    statement = node.above("observation").pointer
    if node.above("referenceRange"):
        return (statement, "limites") in account.beside
    qualifier = node.above("qualifier")
    return bool(qualifier) and (statement, f"édition {qualifier['value'].attribute('code')}") in account.beside


def untold_of_fhir(bundle: Mapping[str, Any], result: Converted) -> list[str]:
    """Return the place of every coding, quantity and value of a bundle that is in no leaf and in no loss."""
    account = Account.of(result)
    return [place for place in _statements(bundle, "") if not _is_in_account(place, account)]


def _statements(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        if value.get("system") and value.get("code"):
            yield place
            return
        for key, inner in value.items():
            if key.startswith("value") and len(key) > 5 and not isinstance(inner, Mapping | list):
                yield f"{place}/{key}"
            elif key not in ("text", "meta", "identifier"):
                yield from _statements(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _statements(inner, f"{place}/{number}")


def _is_in_account(place: str, account: Account) -> bool:
    """Say whether a place is told, or what it is a translation of, or the statement that it names."""
    concept = place[: place.index("/coding/")] if "/coding/" in place else place
    if {place, concept} & account.told or concept in account.around:
        return True
    resource = "/".join(place.split("/")[:4])
    if resource in account.told:
        return True
    parts = place.split("/")
    if "referenceRange" in parts:
        return (resource, "limites") in account.beside
    # These say how surely or by which scale another statement of the resource is made.
    if {"method", "type", "verificationStatus", "category", "interpretation", "relationship"} & set(parts):
        return any(origin.startswith(f"{resource}/") for origin in account.read)
    above, _, key = concept.rpartition("/")
    return key == "code" and (above in account.told or above in account.around)
