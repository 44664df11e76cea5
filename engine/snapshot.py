"""A knowledge base and its content hash; its view at a date and place, compiled once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from engine.access import access_conditions
from engine.canonical import canonical
from engine.check import Checker
from engine.check_documents import check_all
from engine.dictionary import Dictionary
from engine.dictionary_reader import read_dictionary
from engine.documents import read_definitions, read_guideline, read_trial
from engine.logic import Key
from engine.model import Definition, Guideline, Trial
from engine.ontology import Ontology
from engine.problems import Problem, Refused, Span, in_text
from engine.program import Instruction, Program, compile_view
from engine.source import Fields, read_yaml
from engine.statements import Knowledge
from engine.values import Worlds
from engine.view import View, candidates, view_of

INDEX = "ontologies/index.json"
DICTIONARY = "knowledge/dictionary.yaml"
VALIDATED = "validé"
MOST_VIEWS = 500


@dataclass(frozen=True, slots=True)
class Compiled:
    """A view and its program; `parts` are the pieces of its code that one rule, trial or item needs."""

    view: View
    program: Program
    parts: dict[str, tuple[Instruction, ...]] = field(default_factory=dict, repr=False, compare=False)

    def part(self, subject: str) -> tuple[Instruction, ...]:
        """Return the code that one rule, trial or item needs."""
        if subject not in self.parts:
            program = self.program
            named = (r for name, r in program.names.items() if name.split(":")[1] == subject)
            held = (r for key, r in program.keys.items() if isinstance(key, Key) and key.item == subject)
            definitions = (d.condition for d in self.view.definitions if d.item == subject)
            closing = (program.nodes[condition] for condition in definitions if condition in program.nodes)
            needed = program.below((*named, *held, *closing))
            self.parts[subject] = tuple(one for one in program.code if one[1] in needed)
        return self.parts[subject]


@dataclass(frozen=True, slots=True)
class Base:
    """Everything that can change an answer, checked, and named by its hash."""

    hash: str
    files: Mapping[str, str] = field(repr=False)
    dictionary: Dictionary = field(repr=False)
    ontology: Ontology = field(repr=False)
    knowledge: Knowledge = field(repr=False)
    problems: tuple[Problem, ...] = ()
    compiled: dict[object, Compiled] = field(default_factory=dict, repr=False, compare=False)
    chosen: dict[object, Compiled] = field(default_factory=dict, repr=False, compare=False)
    views: dict[tuple[date, str, str], View] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, files: Mapping[str, str]) -> Base:
        """Read a base from its files (path → text); what is wrong stands in `problems`."""
        for needed in (INDEX, DICTIONARY):
            if needed not in files:
                raise Refused([in_text(Span(needed, 1, 1), "fichier-absent", f"`{needed}` manque")])
        ontology = Ontology.read(files[INDEX])
        dictionary, problems = read_dictionary(DICTIONARY, files[DICTIONARY], ontology)
        guidelines, definitions, trials = _documents(files, problems)
        knowledge, found = check_all(guidelines, definitions, trials, dictionary, ontology)
        access, wrong = access_conditions(knowledge.rules.values(), Checker(dictionary, ontology, []))
        knowledge, found = replace(knowledge, access=access), [*found, *wrong]
        return cls(hash_of(files), files, dictionary, ontology, knowledge, tuple(sorted({*problems, *found})))

    def at(self, as_of: date, region: str = "", centre: str = "", said: Mapping[str, Worlds] | None = None) -> Compiled:
        """Return what is in force on a day at a place, compiled; `said` of the axes leaves other sites out."""
        view = self.view(as_of, region, centre)
        key = (as_of, region, centre, tuple(sorted((said or {}).items())))
        if key not in self.chosen:
            if len(self.chosen) > MOST_VIEWS:
                self.chosen.clear()
            self.chosen[key] = self._compiled(candidates(view, said) if said else view)
        return self.chosen[key]

    def _compiled(self, view: View) -> Compiled:
        """Return a view compiled; views that hold the same are compiled once."""
        key = (
            frozenset(view.rules), frozenset(view.replaced.items()), tuple(q.question.id for q in view.questions),
            tuple(map(id, view.definitions)), tuple(t.trial.id for t in view.trials),
        )  # fmt: skip
        if key not in self.compiled:
            self.compiled[key] = Compiled(view, compile_view(view, self.dictionary, self.ontology))
        return self.compiled[key]

    def view(self, as_of: date, region: str, centre: str) -> View:
        """Return what is in force, chosen once a day and place."""
        key = (as_of, region, centre)
        if key not in self.views:
            if len(self.views) > MOST_VIEWS:
                self.views.clear()
            self.views[key] = view_of(self.knowledge, as_of, region, centre)
        return self.views[key]

    def validated(self) -> Base:
        """Return the base with validated content only."""
        guidelines = tuple(g for g in self.knowledge.guidelines if g.status == VALIDATED)
        kept = {g.id for g in guidelines}
        knowledge = Knowledge(
            guidelines,
            tuple(q for q in self.knowledge.questions if q.guideline.id in kept),
            {i: r for i, r in self.knowledge.rules.items() if r.guideline.id in kept},
            self.knowledge.definitions,
            tuple(t for t in self.knowledge.trials if t.trial.status == VALIDATED),
            self.knowledge.access,
        )
        return Base(self.hash + "-valide", self.files, self.dictionary, self.ontology, knowledge, self.problems)


def hash_of(files: Mapping[str, str]) -> str:
    """Return the hash of all texts, whatever their order."""
    return hashlib.sha256(canonical(dict(files)).encode()).hexdigest()


def _documents(
    files: Mapping[str, str], problems: list[Problem]
) -> tuple[list[Guideline], list[Definition], list[Trial]]:
    """Read every document; its first key says what it is."""
    guidelines: list[Guideline] = []
    definitions: list[Definition] = []
    trials: list[Trial] = []
    for path in sorted(files):
        if not path.startswith("knowledge/") or not path.endswith(".yaml") or path == DICTIONARY:
            continue
        root, found = read_yaml(path, files[path])
        problems += found
        if not isinstance(root, Fields):
            continue
        if "referentiel" in root:
            guidelines.append(read_guideline(root, problems))
        elif "definitions" in root:
            definitions += read_definitions(root, problems)
        elif "essai" in root:
            trials.append(read_trial(root, problems))
        elif "exclus" not in root:
            hint = "referentiel: …, definitions: …, essai: … ou exclus: …"
            problems.append(in_text(root.span, "document-inconnu", "on ne sait pas ce qu'est ce document", hint))
    return guidelines, definitions, trials
