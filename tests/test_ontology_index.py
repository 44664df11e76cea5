"""The committed index is what its sources give, whole, and in the form that the server reads."""

from __future__ import annotations

from itertools import product

from ontologies.build import source_hash, stale
from ontologies.source import fold
from ontologies.terms import ROOTS, SYSTEMS
from tests.ontology_index import FOLDER, below, concepts, read_index
from tests.small import shipped

BRANCHES = set(ROOTS.values())
OPTIONAL = {"alt", "closed", "parts", "excludes", "unfolds", "codes"}


def test_index_is_fresh() -> None:
    """With Java the index is built again and the bytes compared; without, the hash of the sources tells."""
    assert stale(FOLDER) == ""
    assert read_index()["sources"] == source_hash(FOLDER)


def test_every_concept_has_a_branch_two_labels_and_known_parents() -> None:
    known = concepts()
    for concept, entry in known.items():
        assert entry["branch"] in BRANCHES, concept
        assert entry["fr"], concept
        assert entry["en"], concept
        assert set(entry) <= OPTIONAL | {"branch", "fr", "en", "parents"}, concept
        assert {known[parent]["branch"] for parent in entry["parents"]} <= {entry["branch"]}, concept


def test_only_the_roots_have_no_parent() -> None:
    assert {concept for concept, entry in concepts().items() if not entry["parents"]} == set(ROOTS)


def test_parents_are_the_nearest_ones() -> None:
    for concept, entry in concepts().items():
        for one, other in product(entry["parents"], repeat=2):
            assert one == other or not below(one, other), concept


def test_there_are_at_least_900_concepts_600_of_them_on_the_two_axes() -> None:
    axes = [entry for entry in concepts().values() if entry["branch"] in {"topographie", "morphologie"}]
    assert len(concepts()) >= 900
    assert len(axes) >= 600


def test_a_name_means_one_concept_over_topography_morphology_and_entities() -> None:
    bearers: dict[str, set[str]] = {}
    for concept, entry in concepts().items():
        if entry["branch"] in {"topographie", "morphologie", "entite"}:
            for name in (concept, entry["fr"], *entry.get("alt", ())):
                bearers.setdefault(fold(name), set()).add(concept)
    assert {name: ids for name, ids in bearers.items() if len(ids) > 1} == {}


def test_every_entity_unfolds_to_concepts_of_its_axes() -> None:
    known = concepts()
    for concept, entry in known.items():
        if entry["branch"] == "entite" and concept != "toute_entite":
            assert entry["unfolds"], concept
            for axis, named in entry["unfolds"].items():
                assert {known[name]["branch"] for name in named} == {axis}, concept


def test_an_entity_lies_below_another_exactly_when_both_axes_do() -> None:
    """The reasoner and the unfolding that conditions use say the same, for every pair."""
    entities = {concept: entry["unfolds"] for concept, entry in concepts().items() if "unfolds" in entry}
    for (one, narrow), (other, wide) in product(entities.items(), repeat=2):
        on_axes = all(axis in narrow and below(narrow[axis][0], named[0]) for axis, named in wide.items())
        assert below(one, other) == on_axes, (one, other)


def test_parts_and_exclusions_are_concepts_and_no_part_lies_above_its_whole() -> None:
    known = concepts()
    for concept, entry in known.items():
        assert set(entry.get("parts", ())) | set(entry.get("excludes", ())) <= set(known), concept
        assert not any(below(concept, part) for part in entry.get("parts", ()) if entry["branch"] != "morphologie")


def test_codes_are_of_known_systems_and_mean_known_concepts() -> None:
    index = read_index()
    assert set(index["codes"]) <= SYSTEMS
    for system, codes in index["codes"].items():
        for code, named in codes.items():
            assert named, (system, code)
            assert set(named) <= set(concepts()), (system, code)
            assert not {concepts()[name]["branch"] for name in named} & {"entite"}, (system, code)


def test_a_code_that_names_a_side_names_a_site_too() -> None:
    for system, codes in read_index()["laterality"].items():
        for code, side in codes.items():
            assert side in {"droit", "gauche", "bilateral"}
            assert read_index()["codes"][system][code]


def test_a_mixed_tumour_is_no_treatment_that_may_contain_one() -> None:
    """Leaves are numbered branch by branch: the mixed carcinomas lend theirs to no drug."""
    ontology = shipped().base.ontology
    branches = {concept.id: concept.branch for concept in ontology.concepts.values()}
    treatments = [name for name, branch in branches.items() if branch == "traitement"]
    holders = [name for name in ontology.components if branches[name] == "traitement"]
    for name in treatments:
        may = ontology.containing(name).possible
        own = ontology.masks[name]
        for holder in holders:
            own |= ontology.own[holder]
        assert may & own == may, name
