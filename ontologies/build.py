"""Build `index.json`, all that the server reads of the ontology, from the Turtle sources and the code tables.

`python -m ontologies.build` writes it, `python -m ontologies.build --check` says whether it is up to date.
"""

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from ontologies.mapping import Codes, join_codes, read_tables
from ontologies.reasoner import classify, java_present
from ontologies.source import Card, fold, read_cards, read_graph
from ontologies.terms import ROOTS, BuildError
from ontologies.unfold import Axes, find_parts, unfold_entities

FOLDER = Path(__file__).parent
INDEX = "index.json"
VERSION = "1"

Meanings: TypeAlias = Mapping[str, Mapping[str, tuple[str, ...]]]
Ancestors: TypeAlias = Mapping[str, frozenset[str]]
Json: TypeAlias = dict[str, object]


def turtle_files(folder: Path) -> list[Path]:
    """The ontology sources of a folder, in order."""
    return sorted(folder.glob("*.ttl"))


def table_files(folder: Path) -> list[Path]:
    """The mapping tables of a folder, in order; SNOMED CT's may be left out."""
    return sorted((folder / "mappings").glob("*.sssom.tsv"))


def source_hash(folder: Path) -> str:
    """SHA-256 over names and contents of all sources: proves an index fresh where there is no Java."""
    digest = hashlib.sha256()
    for path in (*turtle_files(folder), *table_files(folder)):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"


def build_index(folder: Path) -> str:
    """The text of the index, the same bytes for the same sources; raises BuildError with all that is wrong."""
    graph = read_graph(turtle_files(folder))
    cards = read_cards(graph)
    ancestors = classify(graph)
    branches = find_branches(ancestors)
    codes = join_codes(cards, read_tables(table_files(folder)))
    unfolded = unfold_entities(graph, ancestors)
    _refuse_homonyms(cards, branches)
    parts = find_parts(graph, ancestors)
    concepts = {
        concept: _entry(concept, cards, ancestors, branches, codes, unfolded.get(concept), parts.get(concept, ()))
        for concept in cards
    }
    return _text(
        {
            "version": VERSION,
            "sources": source_hash(folder),
            "concepts": concepts,
            "codes": unfold_meanings(codes.meanings, unfolded),
            "laterality": codes.sides,
        }
    )


def find_branches(ancestors: Ancestors) -> dict[str, str]:
    """The branch of every concept: that of the one root it is or lies under."""
    branches: dict[str, str] = {}
    problems: list[str] = []
    for concept, above in ancestors.items():
        roots = sorted(ROOTS.keys() & (above | {concept}))
        if len(roots) == 1:
            branches[concept] = ROOTS[roots[0]]
        else:
            problems.append(f"`{concept}` lies under {len(roots)} roots ({', '.join(roots) or 'none'}), it needs one")
    if problems:
        raise BuildError(sorted(problems))
    return branches


def unfold_meanings(meanings: Meanings, unfolded: Mapping[str, Axes]) -> Meanings:
    """Codes to concepts, a code that means an entity giving the entity's concepts on both axes."""
    return {
        system: {code: tuple(sorted(_on_axes(concepts, unfolded))) for code, concepts in found.items()}
        for system, found in meanings.items()
    }


def direct_parents(concept: str, ancestors: Ancestors) -> list[str]:
    """The nearest ancestors: those that no other ancestor lies below."""
    above = ancestors[concept]
    return sorted(above.difference(*(ancestors[parent] for parent in above)))


def stale(folder: Path) -> str:
    """Why the committed index differs from its sources; "" if it doesn't. Without Java, by the hash alone."""
    path = folder / INDEX
    if not path.exists():
        return f"{INDEX} is missing, run `python -m ontologies.build`"
    committed = path.read_text(encoding="utf-8")
    if json.loads(committed).get("sources") != source_hash(folder):
        return f"{INDEX} was built from other sources, run `python -m ontologies.build`"
    if java_present() and committed != build_index(folder):
        return f"{INDEX} is not what its sources give, run `python -m ontologies.build`"
    return ""


def _on_axes(concepts: Iterable[str], unfolded: Mapping[str, Axes]) -> set[str]:
    return {
        named
        for concept in concepts
        for named in (chain.from_iterable(unfolded[concept].values()) if concept in unfolded else (concept,))
    }


def _entry(
    concept: str,
    cards: Mapping[str, Card],
    ancestors: Ancestors,
    branches: Mapping[str, str],
    codes: Codes,
    unfolded: Axes | None,
    parts: tuple[str, ...],
) -> Json:
    card = cards[concept]
    excludes = set(card.excludes).union(*(cards[above].excludes for above in ancestors[concept]))
    entry: Json = {
        "branch": branches[concept],
        "fr": card.french,
        "en": card.english,
        "parents": direct_parents(concept, ancestors),
    }
    optional: Json = {
        "alt": card.alternatives,
        "closed": card.closed,
        "parts": parts,
        "excludes": sorted(excludes),
        "unfolds": unfolded,
        "codes": codes.exact.get(concept),
    }
    return entry | {key: value for key, value in optional.items() if value}


def _refuse_homonyms(cards: Mapping[str, Card], branches: Mapping[str, str]) -> None:
    bearers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for concept, card in cards.items():
        for name in (concept, card.french, *card.alternatives):
            bearers[branches[concept], fold(name)].add(concept)
    problems = [f"« {name} » names {', '.join(sorted(ids))}" for (_, name), ids in bearers.items() if len(ids) > 1]
    if problems:
        raise BuildError(sorted(problems))


def _text(index: Json) -> str:
    return json.dumps(index, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _say(lines: Iterator[str] | Sequence[str]) -> None:
    sys.stderr.writelines(f"{line}\n" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the index; 0 if all is well, 1 with the problems on the error output."""
    parser = argparse.ArgumentParser(prog="python -m ontologies.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the committed index is up to date")
    wanted = parser.parse_args(arguments)
    try:
        if wanted.check:
            reason = stale(FOLDER)
            _say([reason] if reason else [])
            return 1 if reason else 0
        (FOLDER / INDEX).write_text(build_index(FOLDER), encoding="utf-8")
    except BuildError as error:
        _say(error.problems)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
