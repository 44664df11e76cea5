"""The concept index: labels, ancestors, codes, and the leaves that each concept stands for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.domains import Leaves
from engine.names import fold

BRANCHES = ("topographie", "morphologie", "gene", "alteration", "traitement", "examen", "affection")


@dataclass(frozen=True, slots=True)
class Concept:
    """One class of the ontology as the engine reads it."""

    id: str
    branch: str
    labels: Mapping[str, str]
    other_names: tuple[str, ...]
    parents: tuple[str, ...]
    parts: tuple[str, ...]
    excludes: tuple[str, ...]
    unfolds: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, tuple[str, ...]]
    closed: bool

    def label(self, language: str = "fr") -> str:
        """Return the preferred label."""
        return self.labels.get(language) or self.labels.get("fr") or self.id


@dataclass(frozen=True, slots=True)
class Accepted:
    """The leaves a condition surely accepts, and those it may accept (a part coarser than what is asked)."""

    sure: int
    possible: int


@dataclass(frozen=True, slots=True)
class Ontology:
    """All concepts, with the leaves of each branch numbered once."""

    concepts: Mapping[str, Concept]
    domains: Mapping[str, Leaves]
    own: Mapping[str, int] = field(repr=False)
    masks: Mapping[str, int] = field(repr=False)
    components: Mapping[str, frozenset[str]] = field(repr=False)
    ancestors: Mapping[str, frozenset[str]] = field(repr=False)
    children: Mapping[str, tuple[str, ...]] = field(repr=False)
    names: Mapping[str, str] = field(repr=False)
    codes: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False)
    holders: dict[str, Accepted] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, text: str) -> Ontology:
        """Read the inferred index (JSON)."""
        data = json.loads(text)
        concepts = {i: _concept(i, body) for i, body in data["concepts"].items()}
        children = _children(concepts)
        ancestors = _ancestors(concepts)
        domains, own, masks = _number_leaves(concepts, children)
        codes = {system: {c: tuple(ids) for c, ids in table.items()} for system, table in data.get("codes", {}).items()}
        return cls(
            concepts,
            domains,
            own,
            masks,
            _components(concepts, ancestors),
            ancestors,
            children,
            _names(concepts),
            codes,
        )

    def find(self, name: str, branches: Iterable[str] = ()) -> Concept | None:
        """Return the concept so named (id, label, other name), within some branches if given."""
        for key in (f"{branch}/{fold(name)}" for branch in branches):
            if key in self.names:
                return self.concepts[self.names[key]]
        if branches:
            return None
        found = self.names.get(fold(name))
        return self.concepts[found] if found else None

    def labels_of(self, branches: Iterable[str] = ()) -> list[str]:
        """Return preferred labels, for hints."""
        wanted = set(branches)
        return [c.label() for c in self.concepts.values() if not wanted or c.branch in wanted]

    def resolve(self, system: str, code: str) -> tuple[str, ...]:
        """Return the concepts a code stands for; none if the code is unknown, several of one branch if ambiguous."""
        found = self.exactly(system, code)
        return found or (self.family(self.codes.get(system, {}), _bare(code)) if system in ("CIM-10", "ATC") else ())

    def exactly(self, system: str, code: str) -> tuple[str, ...]:
        """Return the concepts that have a code, however it is spelled."""
        table, bare = self.codes.get(system, {}), _bare(code)
        for spelling in (code, bare, bare.replace(".", ""), f"{bare[:3]}.{bare[3:]}", f"{bare[:-1]}/{bare[-1:]}"):
            if spelling in table:
                return table[spelling]
        return ()

    def family(self, table: Mapping[str, tuple[str, ...]], code: str) -> tuple[str, ...]:
        """Return what a finer code's family stands for: a wider concept, of a disease or a treatment only."""
        for length in range(len(code) - 1, 2, -1):
            found = table.get(code[:length].rstrip("."), ())
            if found:
                return found if all(self.concepts[c].branch in ("affection", "traitement") for c in found) else ()
        return ()

    def is_a(self, concept: str, other: str) -> bool:
        """Say whether `concept` is or lies below `other`."""
        return concept == other or other in self.ancestors.get(concept, frozenset())

    def containing(self, concept: str) -> Accepted:
        """Return the treatments that are, lie below or contain a concept (and those that may)."""
        if concept not in self.holders:
            self.holders[concept] = self._containing(concept)
        return self.holders[concept]

    def _containing(self, concept: str) -> Accepted:
        wanted, branch = self.masks[concept], self.concepts[concept].branch
        sure = possible = wanted
        for holder, parts in self.components.items():
            if self.concepts[holder].branch != branch:
                continue  # a bit is a leaf of one branch
            if any(self.is_a(part, concept) for part in parts):
                sure |= self.own[holder]
            elif any(self.masks.get(part, 0) & wanted for part in parts):
                possible |= self.own[holder]
        return Accepted(sure, sure | possible)

    def with_component(self, concept: str) -> int:
        """Return what is or lies below a concept, and the mixed forms that have it among their components."""
        return self.containing(concept).sure

    def path(self, concept: str, other: str) -> tuple[str, ...]:
        """Return the shortest way up from `concept` to `other`, both included; empty if there is none."""
        ways: list[tuple[str, ...]] = [(concept,)]
        for way in ways:
            if way[-1] == other:
                return way
            ways += [(*way, parent) for parent in self.concepts[way[-1]].parents if self.is_a(parent, other)]
        return ()


def _concept(identifier: str, body: Mapping[str, Any]) -> Concept:
    return Concept(
        identifier,
        body["branch"],
        {language: body[language] for language in ("fr", "en") if body.get(language)},
        tuple(body.get("alt", ())),
        tuple(body.get("parents", ())),
        tuple(body.get("parts", ())),
        tuple(body.get("excludes", ())),
        {axis: tuple(ids) for axis, ids in body.get("unfolds", {}).items()},
        {system: tuple(codes) for system, codes in body.get("codes", {}).items()},
        bool(body.get("closed")),
    )


def _children(concepts: Mapping[str, Concept]) -> dict[str, tuple[str, ...]]:
    below: dict[str, list[str]] = {identifier: [] for identifier in concepts}
    for concept in concepts.values():
        for parent in concept.parents:
            below[parent].append(concept.id)
    return {identifier: tuple(ids) for identifier, ids in below.items()}


def _ancestors(concepts: Mapping[str, Concept]) -> dict[str, frozenset[str]]:
    known: dict[str, frozenset[str]] = {}

    def above(identifier: str) -> frozenset[str]:
        if identifier not in known:
            parents = concepts[identifier].parents
            known[identifier] = frozenset(parents).union(*(above(parent) for parent in parents))
        return known[identifier]

    for identifier in concepts:
        above(identifier)
    return known


def _components(concepts: Mapping[str, Concept], ancestors: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return what each concept is made of: its parts, those of its parts, and those of its parents it doesn't refine."""
    known: dict[str, frozenset[str]] = {}

    def refined(part: str, own: Iterable[str]) -> bool:
        return any(part == other or part in ancestors[other] for other in own)

    def parts_of(identifier: str) -> frozenset[str]:
        if identifier not in known:
            concept = concepts[identifier]
            inherited = {p for parent in concept.parents for p in parts_of(parent) if not refined(p, concept.parts)}
            nested = {p for part in concept.parts for p in parts_of(part)}
            known[identifier] = frozenset(concept.parts).union(inherited, nested)
        return known[identifier]

    return {identifier: parts for identifier in concepts if (parts := parts_of(identifier))}


def _number_leaves(
    concepts: Mapping[str, Concept], children: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, Leaves], dict[str, int], dict[str, int]]:
    """Number the leaves of each branch; an inner concept that is not closed has an unnamed one of its own."""
    own: dict[str, int] = {}
    names: dict[str, list[str]] = {}
    for identifier in sorted(concepts):
        concept = concepts[identifier]
        if concept.branch == "entite":
            continue
        leaves = names.setdefault(concept.branch, [])
        if children[identifier] and concept.closed:
            own[identifier] = 0
        else:
            own[identifier] = 1 << len(leaves)
            leaves.append(f"autre:{identifier}" if children[identifier] else identifier)
    masks: dict[str, int] = {}

    def mask(identifier: str) -> int:
        if identifier not in masks:
            total = own[identifier]
            for child in children[identifier]:
                total |= mask(child) if child in own else 0
            masks[identifier] = total
        return masks[identifier]

    for identifier in own:
        mask(identifier)
    domains = {}
    for branch, leaves in names.items():
        sets = {identifier: masks[identifier] for identifier in own if concepts[identifier].branch == branch}
        domains[branch] = Leaves(tuple(leaves), sets, {})
    return domains, own, masks


def _names(concepts: Mapping[str, Concept]) -> dict[str, str]:
    """Map folded names, with and without their branch, to ids: an id before a label, a label before another name."""
    names: dict[str, str] = {}
    ids = [(c, [c.id, c.id.replace("_", " ")]) for c in concepts.values()]
    labels = [(c, list(c.labels.values())) for c in concepts.values()]
    others = [(c, list(c.other_names)) for c in concepts.values()]
    for concept, written in (*ids, *labels, *others):
        for name in written:
            names.setdefault(fold(name), concept.id)
            names.setdefault(f"{concept.branch}/{fold(name)}", concept.id)
    return names


def _bare(code: str) -> str:
    return code.strip().upper().removeprefix("M-")
