"""The definitions hold what the published tables say, cell by cell, and every example beside them comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.cases import sheet_of
from engine.check import Checker
from engine.domains import Leaves
from engine.facts import facts_of
from engine.logic import Key
from engine.meaning import Meaning
from engine.model import Case, Cell
from engine.sheet import read_sheet
from engine.snapshot import Base
from engine.source import plain, read_yaml
from engine.statements import CheckedDefinition
from engine.tables import cell_condition
from engine.text import read_cell
from engine.values import Worlds
from tests.conftest import ROOT

FOLDER = ROOT / "knowledge" / "definitions"
DAY = date(2026, 11, 20)


def read(path: Path) -> Any:
    """Read YAML with every scalar as text."""
    root, problems = read_yaml(path.name, path.read_text(encoding="utf-8"))
    assert not problems, problems
    return plain(root)


SCALES: Mapping[str, Any] = read(ROOT / "knowledge" / "dictionary.yaml")["echelles"]
WRITTEN = [(path.name, entry) for path in sorted(FOLDER.glob("*.yaml")) for entry in read(path)["definitions"]]

# --- a matcher of its own: rows of texts, leaves and numbers ----------------------------------------


def members(scale: str, name: str) -> list[str]:
    """Return the leaves a name stands for; a category of a leaf's name hides it."""
    return list(SCALES[scale].get("categories", {}).get(name, [name]))


def accepts(cell: str, scale: str, value: str) -> bool:
    """Say whether a cell accepts a leaf of a scale, or a number where there is no scale."""
    if cell == "-":
        return True
    if inside := re.fullmatch(r"parmi \((.*)\)", cell):
        return any(accepts(part.strip(), scale, value) for part in inside[1].split(","))
    if ends := re.fullmatch(r"entre (\S+) et (\S+)", cell):
        return accepts(f">= {ends[1]}", scale, value) and accepts(f"<= {ends[2]}", scale, value)
    operator, _, name = cell.rpartition(" ")
    return compares(operator or "=", name, scale, value)


def compares(operator: str, name: str, scale: str, value: str) -> bool:
    """Compare a leaf with the whole extent of a name, or a number with a number."""
    if not scale:
        low = high = Decimal(name)
        found = Decimal(value)
    else:
        order = SCALES[scale]["feuilles"]
        places = [Decimal(order.index(leaf)) for leaf in members(scale, name)]
        if operator in ("=", "!="):
            return (value in members(scale, name)) == (operator == "=")
        low, high, found = min(places), max(places), Decimal(order.index(value))
    return {"=": found == low, "<": found < low, "<=": found <= high, ">": found > high, ">=": found >= low}[operator]


def outputs(rows: list[list[str]], scales: list[str], values: list[str]) -> set[str]:
    """Return the outputs of the rows that accept all values."""
    matching = (row for row in rows if all(map(accepts, row[:-1], scales, values)))
    return {row[-1] for row in matching}


def leaves_of(scale: str, site: str, key: str) -> list[str]:
    """Return the leaves of a site that a key of a published table stands for."""
    there = SCALES[scale].get("sites", {}).get(site, SCALES[scale]["feuilles"])
    return [leaf for leaf in members(scale, key) if leaf in there and (leaf != "N1mi" or key == "N1mi")]


# --- the published tables -----------------------------------------------------------------------------

PSA = {"psa<10": ["9.99", "0"], "psa10-20": ["10", "19.99"], "psa>=20": ["20", "20.01"]}
# published table, site, item defined, scale of each column (empty for a number), columns that repeat a key
TABLES = [
    ("colorectal_TNM8", "colon_et_rectum", "stade_c", ["N", "T", "M"], (0, 1, 2)),
    ("colorectal_TNM8", "colon_et_rectum", "stade_p", ["pN", "T", "M"], (0, 1, 2)),
    ("lung_TNM8", "poumon", "stade_c", ["N", "T", "M"], (0, 1, 2)),
    ("lung_TNM8", "poumon", "stade_p", ["pN", "T", "M"], (0, 1, 2)),
    ("lung_TNM9_memory", "poumon", "stade_c_tnm9", ["N_tnm9", "T", "M_tnm9"], (0, 1, 2)),
    ("lung_TNM9_memory", "poumon", "stade_p_tnm9", ["N_tnm9", "T", "M_tnm9"], (0, 1, 2)),
    ("breast_anatomic_TNM8", "sein", "stade_c", ["N", "T", "M"], (0, 1, 1, 2)),
    ("breast_anatomic_TNM8", "sein", "stade_p", ["pN", "T", "M"], (0, 1, 1, 2)),
    ("melanoma_clin_AJCC8", "peau", "stade_c", ["N", "T", "M"], (0, 1, 2)),
    ("melanoma_path_AJCC8", "peau", "stade_p", ["pN", "T", "M"], (0, 1, 2)),
    ("prostate_AJCC8", "prostate", "stade_prostate_ajcc_c", ["N", "T", "M", "", "ISUP"], (0, 1, 2, 3, 3, 4)),
]
FILES = {
    "colon_et_rectum": "stade_colorectal.yaml",
    "poumon": "stade_poumon.yaml",
    "sein": "stade_sein.yaml",
    "peau": "stade_melanome.yaml",
    "prostate": "stade_prostate.yaml",
}


def rows_of(site: str, item: str) -> list[list[str]]:
    """Return the rows of the stage table of an item at a site, as written."""
    return next(e["table"]["lignes"] for e in read(FOLDER / FILES[site])["definitions"] if e["definit"] == item)


def readings(key: str, site: str, scales: list[str]) -> list[list[str]]:
    """Return, column by column, the values that a cell's key stands for."""
    nodes, tumour, metastases, *rest = scales
    t, n, m, *others = key.split("|")
    found = [leaves_of(tumour, site, t), leaves_of(nodes, site, n), leaves_of(metastases, site, m)]
    if rest:
        found += [PSA[others[0]], [others[1].removeprefix("gg")]]
    return found


def combinations(parts: list[list[str]]) -> Iterator[list[str]]:
    """Yield every way to take one value of each part."""
    if not parts:
        yield []
        return
    for value in parts[0]:
        for others in combinations(parts[1:]):
            yield [value, *others]


@pytest.fixture(scope="session")
def published(shared: Path) -> Mapping[str, Mapping[str, str | None]]:
    """Return the published stage tables."""
    tables: Mapping[str, Mapping[str, str | None]] = json.loads((shared / "content" / "stage_tables.json").read_text())
    return tables


@pytest.mark.parametrize(("table", "site", "item", "scales", "repeats"), TABLES)
def test_every_cell_of_a_stage_table(
    table: str, site: str, item: str, scales: list[str], repeats: tuple[int, ...],
    published: Mapping[str, Mapping[str, str | None]],
) -> None:  # fmt: skip
    """Each cell comes out of exactly one output; a cell without stage is impossible."""
    rows = rows_of(site, item)
    kinds = [scales[1], scales[0], *scales[2:]]
    for key, stage in published[table].items():
        parts = readings(key, site, scales)
        assert all(parts), key
        for values in combinations(parts):
            found = outputs(rows, [kinds[i] for i in repeats], [values[i] for i in repeats])
            assert found == {stage or "impossible"}, (key, values)


def test_all_2713_cells_are_asked(published: Mapping[str, Mapping[str, str | None]]) -> None:
    """No published table is left aside."""
    asked = {table for table, *_ in TABLES}
    assert sum(len(cells) for name, cells in published.items() if name in asked) == 2713


def test_a_pathological_t2_of_the_prostate_reads_as_the_t2a_row(
    published: Mapping[str, Mapping[str, str | None]],
) -> None:
    """pT2 is no longer divided."""
    rows = rows_of("prostate", "stade_prostate_ajcc_p")
    for key, stage in published["prostate_AJCC8"].items():
        t, n, m, psa, grade = key.split("|")
        if t in ("T2b", "T2c"):
            continue
        for value in PSA[psa]:
            for tumour in ["T2", "T2a", "T2b", "T2c"] if t == "T2a" else [t]:
                values = [tumour, n, m, value, value, grade.removeprefix("gg")]
                assert outputs(rows, ["T", "pN", "M", "", "", "ISUP"], values) == {stage}, values


@pytest.mark.parametrize("context", ["c", "p"])
@pytest.mark.parametrize(
    ("t", "stage"),
    [
        ("T1a", "I"),
        ("T1b", "I"),
        ("T1c", "I"),
        ("T2a", "I"),
        ("T2b", "II"),
        ("T2c", "II"),
        ("T3a", "III"),
        ("T3b", "III"),
        ("T4", "III"),
    ],
)
def test_uicc_stage_of_the_prostate(context: str, t: str, stage: str) -> None:
    """UICC groups T alone; any N1 or M1 is IV."""
    rows = rows_of("prostate", f"stade_prostate_uicc_{context}")
    scales = ["T", "pN" if context == "p" else "N", "M"]
    assert outputs(rows, scales, [t, "N0", "M0"]) == {stage}
    assert outputs(rows, scales, [t, "N1", "M0"]) == {"IV"}
    assert outputs(rows, scales, [t, "N0", "M1b"]) == {"IV"}


def test_tnm9_of_the_lung_becomes_tnm8_from_t_n_and_m(published: Mapping[str, Mapping[str, str | None]]) -> None:
    """T3 N2a is IIIA in TNM 9 and IIIB in TNM 8: the parts are converted, never the stage."""
    written = {
        e["definit"]: e["table"]["lignes"]
        for e in read(FOLDER / "stade_poumon.yaml")["definitions"]
        if "inverse" not in e and "table" in e
    }
    for key in published["lung_TNM9_memory"]:
        t, n, m = key.split("|")
        eighth = [t, re.sub("N2[ab]", "N2", n), re.sub("M1c[12]", "M1c", m)]
        for context in ("c", "p"):
            converted = [
                outputs(written[f"{context}{axis}"], [scale], [value])
                for axis, scale, value in zip("TNM", ("T", "N_tnm9", "M_tnm9"), (t, n, m), strict=True)
            ]
            assert converted == [{part} for part in eighth]
        assert "|".join(eighth) in published["lung_TNM8"]


# --- each definition, and the examples beside it --------------------------------------------------------


@pytest.mark.parametrize(("file", "entry"), WRITTEN, ids=[f"{f}:{e.get('titre')}" for f, e in WRITTEN])
def test_a_definition_says_where_it_comes_from(file: str, entry: Mapping[str, Any]) -> None:
    """Title, source, status, confidence and three examples at least."""
    assert entry["titre"], file
    assert entry["source"]["titre"], file
    assert entry["statut"] == "à valider"
    assert entry["confiance"] in ("lue", "forte", "moyenne")
    assert len(entry["cas"]) >= 3


@pytest.fixture(scope="session")
def base() -> Base:
    """Return the definitions alone, with the dictionary and the ontology."""
    paths = [ROOT / "ontologies" / "index.json", ROOT / "knowledge" / "dictionary.yaml", *FOLDER.glob("*.yaml")]
    return Base.read({str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths})


def test_the_definitions_have_no_problem(base: Base) -> None:
    """Every name, unit, category and concept is known, and no definition follows from itself."""
    assert not base.problems


def worlds_of(base: Base, definition: CheckedDefinition, case: Case) -> tuple[Meaning, Worlds]:
    """Return the worlds of a defined item in an example."""
    body = sheet_of(case.sheet, base.dictionary)
    sheet = read_sheet(body, base.dictionary, base.ontology, texts=True)
    assert not sheet.problems, (case.span.line, sheet.problems)
    as_of = date.fromisoformat(case.as_of) if case.as_of else DAY
    keys = {key for one in base.knowledge.definitions for key in one.reads}
    facts = facts_of(sheet, sheet.tumours[0], as_of, keys, base.dictionary, base.ontology)
    meaning = Meaning(base.at(as_of).view, facts, base.dictionary, base.ontology)
    return meaning, meaning.worlds(Key(definition.item))


def expected_of(base: Base, definition: CheckedDefinition, case: Case) -> Worlds:
    """Return the worlds an example expects."""
    texts = case.expected if isinstance(case.expected, list) else [case.expected]
    checker = Checker(base.dictionary, base.ontology, [])
    cells = (checker.cell(cell_condition(definition.item, Cell(*read_cell(text))), case.span) for text in texts)
    union: Any = None
    for cell in cells:
        accepted = getattr(cell, "sure", None)
        union = accepted if union is None else union | accepted
    assert union is not None, case.span.line
    assert not checker.problems, (case.span.line, checker.problems)
    worlds: Worlds = union
    return worlds


def test_every_example_beside_a_definition(base: Base) -> None:
    """A finite item has exactly the values expected; a number lies within what is expected."""
    for definition in base.knowledge.definitions:
        if definition.body is None:
            continue
        for case in definition.definition.cases:
            meaning, found = worlds_of(base, definition, case)
            finite = isinstance(base.dictionary.items[definition.item].domain, Leaves)
            wanted: Any = expected_of(base, definition, case)
            wanted &= meaning.full(Key(definition.item))
            place = (Path(definition.definition.span.file).name, case.span.line, definition.item, case.name)
            assert found == wanted if finite else found & wanted == found, (*place, found)


def chain(base: Base, item: str, sheet: Mapping[str, Any], as_of: date = DAY) -> Callable[[str], bool]:
    """Return a question to the worlds of an item: are they all accepted by a comparison?"""
    definition = next(one for one in base.knowledge.definitions if one.item == item)
    case = Case("", sheet, "", as_of.isoformat())
    meaning, found = worlds_of(base, definition, case)

    def holds(cell: str) -> bool:
        wanted: Any = expected_of(base, definition, Case("", {}, cell)) & meaning.full(Key(item))  # type: ignore[operator]  # one sort
        same: bool = found & wanted == found
        return same

    return holds


def test_her2_negative_leaves_low_and_ultralow_open(base: Base) -> None:
    """A bare « négatif » is no class."""
    holds = chain(base, "classe_her2", {"statut_her2": "negatif"})
    assert holds("parmi (nul, ultra_faible, faible)")
    assert not any(holds(value) for value in ("nul", "ultra_faible", "faible"))


def test_an_amplified_tumour_without_staining_is_neither_negative_nor_low(base: Base) -> None:
    """IHC 1+ with ISH group 1 must be read again."""
    sheet = {"her2_ihc": "1+", "ish_ratio": "2.4", "ish_copies": "6.1"}
    assert not chain(base, "statut_her2", sheet)("negatif")
    assert not chain(base, "classe_her2", sheet)("faible")
    assert not chain(base, "triple_negatif", sheet | {"re_pct": "0", "rp_pct": "0"})("oui")


def test_a_tumour_test_says_nothing_of_the_germline(base: Base) -> None:
    """A complete list of a tumour panel is not a germline result."""
    rows = [{"gene": gene, "origine": "somatique", "statut": "absente"} for gene in ("BRCA1", "BRCA2")]
    sheet = {"variants": {"lignes": rows, "complet": ["BRCA1", "BRCA2"]}}
    holds = chain(base, "gbrca", sheet)
    assert not any(holds(value) for value in ("absent", "vus", "probable", "pathogene"))


def test_a_neoadjuvant_specimen_never_feeds_a_pathological_table(base: Base) -> None:
    """ypT0 ypN0 M0 has no stage group."""
    sheet = {"topographie": "rectum", "ypT": "T0", "ypN": "N0", "cM": "M0"}
    holds = chain(base, "stade_p", sheet)
    assert not holds("0")
    assert not holds("I")
