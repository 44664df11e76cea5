"""What definitions say: combinations that no row covers, rows that disagree, `vrai_si` and `faux_si` that meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from engine.boxes import Box, outside
from engine.lint_words import Vocabulary
from engine.logic import AnyKey, Key, Logic
from engine.model import Table
from engine.problems import Problem, Span, in_text
from engine.regions import MOST, Region, meeting
from engine.statements import CheckedDefinition, ConditionDefinition, TableDefinition
from engine.values import Worlds

TOPOGRAPHY = "topographie"


def overlaps(words: Vocabulary, definition: CheckedDefinition) -> Iterator[Problem]:
    """Yield the pairs of rows that can be true together and give different outputs, where only one may."""
    table, body = definition.definition.table, definition.body
    if table is None or not isinstance(body, TableDefinition) or body.collect_max:
        return
    rows = list(zip(table.rows, body.rows, strict=False))
    for (_, (one, first)), (row, (two, second)) in combinations(rows, 2):
        if first == second:
            continue
        shared = _possible(words, definition, meeting((definition.condition, one, two), words.full_of))
        if shared is not None:
            yield rows_conflict(row.span, definition.item, words.example(shared.box))


def gaps(words: Vocabulary, definition: CheckedDefinition, siblings: Iterable[CheckedDefinition]) -> Iterator[Problem]:
    """Yield one combination that no row of a table covers, and no other definition of the item either."""
    table, body = definition.definition.table, definition.body
    if table is None or not isinstance(body, TableDefinition):
        return
    elsewhere = [box for other in siblings if other is not definition for box in _boxes(words, other)]
    for gap, _ in body.rows[len(table.rows) :]:
        found = _possible(words, definition, _left(words, (definition.condition, gap), elsewhere))
        if found is not None:
            place = definition.definition.place_of(definition.definition.item)
            yield no_row(place, definition.item, words.example(_of_columns(found.box, table)))
            return


def true_and_false(words: Vocabulary, definition: CheckedDefinition) -> Iterator[Problem]:
    """Yield that a definition may say yes and no of one patient."""
    body = definition.body
    if isinstance(body, ConditionDefinition):
        met = meeting((definition.condition, body.true_if, body.false_if), words.full_of)
        for region in met[:1]:
            place = definition.definition.place_of(definition.definition.item)
            yield yes_and_no(place, definition.item, words.example(region.box))


def _left(words: Vocabulary, conditions: tuple[Logic, ...], elsewhere: list[Box]) -> Iterator[Region]:
    """Yield what some conditions leave outside the boxes of other definitions."""
    for region in meeting(conditions, words.full_of):
        left: list[Mapping[AnyKey, Worlds]] = [region.box]
        for box in elsewhere:
            left = [part for one in left for part in outside(one, box, words.full_of)]
            if len(left) > MOST:
                return
        yield from (Region(box, region.others) for box in left)


def _boxes(words: Vocabulary, definition: CheckedDefinition) -> Iterator[Box]:
    """Yield the rows of another table as boxes, with the condition of its definition."""
    table, body = definition.definition.table, definition.body
    if table is None or not isinstance(body, TableDefinition):
        return
    for logic, _ in body.rows[: len(table.rows)]:
        both = meeting((definition.condition, logic), words.full_of)
        yield from (region.box for region in both if not region.others)


def _possible(words: Vocabulary, definition: CheckedDefinition, regions: Iterable[Region]) -> Region | None:
    """Return a region that some site can have: its scales hold what the region asks."""
    return next((r for r in regions if any(_at_site(words, r, site) for site in _sites(words, definition, r))), None)


def _sites(words: Vocabulary, definition: CheckedDefinition, region: Region) -> Iterator[str]:
    """Yield the sites that have scales of their own and that a region allows; none in particular where no scale has."""
    scaled = {site for key in region.box for site in words.scale_of(key)}
    asked = region.box.get(Key(TOPOGRAPHY), region.box.get(Key(TOPOGRAPHY, stated=True)))
    for site in scaled or {""}:
        mask = words.ontology.masks.get(site)
        if not site or mask is None or asked is None or (isinstance(asked, int) and asked & mask):
            yield site


def _at_site(words: Vocabulary, region: Region, site: str) -> bool:
    return all(
        not isinstance(worlds, int) or not words.scale_of(key) or worlds & words.scale_of(key).get(site, 0)
        for key, worlds in region.box.items()
    )


def _of_columns(box: Mapping[AnyKey, Worlds], table: Table) -> Mapping[AnyKey, Worlds]:
    """Keep what a reader needs to find the missing row: columns first, all of them if they are few."""
    return {key: worlds for key, worlds in box.items() if not isinstance(key, Key) or key.item in table.columns} or box


def rows_conflict(span: Span, item: str, example: str) -> Problem:
    """Say that two rows of a table can be true together and disagree."""
    message = f"deux lignes de la table de `{item}` valent ensemble et ne concluent pas pareil ({example})"
    return in_text(span, "lignes-en-conflit", message, "séparez-les, ou dites `politique: collect max`")


def yes_and_no(span: Span, item: str, example: str) -> Problem:
    """Say that the two conditions of a definition can be true together."""
    message = f"`vrai_si` et `faux_si` de `{item}` peuvent valoir ensemble ({example})"
    return in_text(span, "vrai-et-faux", message, "faites qu'ils s'excluent : ensemble, ils se contredisent")


def no_row(span: Span, item: str, example: str) -> Problem:
    """Say that a table has no row for a combination."""
    hint = "ajoutez une ligne (`impossible` si cela ne peut être) ; sans elle, la donnée reste ouverte"
    return in_text(span, "combinaison-sans-ligne", f"aucune ligne de la table de `{item}` ne dit : {example}", hint)
