"""Small documents against a small base: good ones check clean, bad ones say what is wrong, where, and what to do.

A file of `bad` is named after the code of its problem and tells what must be told: message, hint, and the words underlined
(or, for a sheet, the pointer). A folder holds two documents that are only wrong together.
"""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cases import run_cases
from engine.lint import lint
from engine.problems import Problem, Refused
from engine.sheet import read_sheet
from engine.snapshot import DICTIONARY, INDEX, Base

HERE = Path(__file__).parent / "conformance"
ENGINE = Path(__file__).parent.parent / "engine"
BAD = sorted((HERE / "bad").iterdir())
GOOD = sorted((HERE / "good").glob("*.yaml"))
SHEET, SCALES = ".sheet.json", ".dictionary.yaml"
LINTS = "lint*.py"  # these speak of documents in which nothing else is wrong
NOTERS = ("wrong", "problem", "in_text", "in_sheet")
FIXED = {
    INDEX: (HERE / "base/index.json").read_text(encoding="utf-8"),
    DICTIONARY: (HERE / "base/dictionary.yaml").read_text(encoding="utf-8"),
}


@cache
def base() -> Base:
    """Return the small base that documents are read against."""
    found = Base.read(FIXED)
    assert not found.problems, "\n".join(map(str, found.problems))
    return found


def code_of(place: Path) -> str:
    """Return the code that a file of `bad` is an example of."""
    return place.name.partition(".")[0]


def problems_of(place: Path) -> tuple[Problem, ...]:
    """Return what is wrong with a file, or with a folder of files together."""
    if place.name.endswith(SHEET):
        body = json.loads(place.read_text(encoding="utf-8"))["sheet"]
        return read_sheet(body, base().dictionary, base().ontology).problems
    if place.name.endswith(SCALES):
        return Base.read(FIXED | {DICTIONARY: place.read_text(encoding="utf-8")}).problems
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    found = Base.read(FIXED | {f"knowledge/{file.name}": file.read_text(encoding="utf-8") for file in files})
    return found.problems + looked_over(found) if code_of(place) in codes(LINTS) else found.problems


def looked_over(found: Base) -> tuple[Problem, ...]:
    """Return what an author is told of documents that read well: problems, then warnings."""
    looked = lint(found)
    return looked.problems + looked.warnings


def wanted(place: Path) -> dict[str, str]:
    """Return what must be told of a file."""
    if place.name.endswith(SHEET):
        body = json.loads(place.read_text(encoding="utf-8"))
        return {key: body[key] for key in ("message", "hint", "pointer")}
    last = sorted(place.iterdir())[-1] if place.is_dir() else place
    lines = last.read_text(encoding="utf-8").splitlines()[:3]
    return {key: line.partition(":")[2].strip() for key, line in zip(("message", "hint", "under"), lines, strict=True)}


def told(problem: Problem) -> dict[str, str]:
    """Return what a problem tells."""
    said = {"message": problem.message, "hint": problem.hint}
    if problem.pointer or not problem.span.file:
        return said | {"pointer": problem.pointer}
    return said | {"under": problem.span.text[problem.span.column - 1 :][: problem.span.length].strip()}


@pytest.mark.parametrize("place", BAD, ids=lambda place: place.name)
def test_a_bad_document_has_its_one_problem(place: Path) -> None:
    """One mistake is one problem: nothing follows from it that is not so."""
    assert [problem.code for problem in problems_of(place)] == [code_of(place)]


@pytest.mark.parametrize("place", BAD, ids=lambda place: place.name)
def test_a_bad_document_is_told_what_is_wrong_where_and_what_to_do(place: Path) -> None:
    """Message, hint and the words underlined are those that its file asks for."""
    found = [told(problem) for problem in problems_of(place) if problem.code == code_of(place)]
    assert found == [wanted(place)]


@pytest.mark.parametrize(
    "place", [place for place in BAD if not place.name.endswith(SHEET)], ids=lambda place: place.name
)
def test_a_problem_of_a_document_is_printed_with_its_line_and_a_caret(place: Path) -> None:
    """File, line and column lead to the words, and the caret stands below them."""
    for problem in problems_of(place):
        first, *rest = str(problem).splitlines()
        assert first.startswith(f"{problem.span.file}:{problem.span.line}:{problem.span.column}: ")
        if problem.span.text:
            assert rest[1].index("^") - 4 == problem.span.column - 1
            assert rest[1].count("^") == problem.span.length
            assert problem.span.column - 1 + problem.span.length <= len(problem.span.text)


def codes(pattern: str = "*.py") -> set[str]:
    """Return every code that the engine writes, read from its source."""
    found = set()
    for path in sorted(ENGINE.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and len(node.args) > 1
                and _called(node) in NOTERS
                and isinstance(node.args[1], ast.Constant)
            ):
                found.add(str(node.args[1].value))
    return found


def _called(node: ast.Call) -> str:
    return (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )


ELSEWHERE = {"fichier-absent", "liste-trop-longue", "autres-problemes"}  # no small document has them: tested below


def test_every_code_of_the_engine_has_a_bad_example() -> None:
    """A message without an example is one that nobody has read."""
    assert codes() >= {"item-inconnu", "hors-plage", "yaml", "cycle"}, "the codes are found in the source"
    assert codes() - ELSEWHERE - set(map(code_of, BAD)) == set()


def test_every_bad_example_is_of_a_code_that_exists() -> None:
    """An example whose code is gone tests nothing."""
    assert set(map(code_of, BAD)) - codes() == set()


@pytest.mark.parametrize("missing", [INDEX, DICTIONARY])
def test_a_base_without_its_dictionary_or_ontology_is_refused(missing: str) -> None:
    """Without them no document can be read at all."""
    with pytest.raises(Refused) as refused:
        Base.read({path: text for path, text in FIXED.items() if path != missing})
    (problem,) = refused.value.problems
    assert (problem.code, problem.message) == ("fichier-absent", f"`{missing}` manque")


def test_a_list_longer_than_any_patient_has_is_told_once() -> None:
    """A thousand values of one item are one problem, at the first that is too many, and the others are read."""
    body = {
        "tumeurs": [{"id": "t1", "re_pct": [{"valeur": 90}] * 1000}],
        "traitements": {"lignes": [{"concept": "folfox"}] * 5000},
    }
    sheet = read_sheet(body, base().dictionary, base().ontology)
    assert [problem.code for problem in sheet.problems] == ["liste-trop-longue"] * 2
    leaves, rows = len(sheet.tumours[0].statements), len(sheet.records["traitements"].rows)
    assert 0 < leaves < 1000
    assert 0 < rows < 5000
    assert {problem.pointer for problem in sheet.problems} == {
        f"/tumeurs/0/re_pct/{leaves}",
        f"/traitements/lignes/{rows}",
    }


def test_problems_without_end_are_cut_and_the_rest_is_counted() -> None:
    """Nothing is dropped silently: what is not listed is counted."""
    body = {"tumeurs": [{"id": "t1", **{f"champ_{number}": 1 for number in range(1500)}}]}
    found = read_sheet(body, base().dictionary, base().ontology).problems
    codes_found = [problem.code for problem in found]
    assert codes_found.count("autres-problemes") == 1
    listed = codes_found.count("champ-inconnu")
    (rest,) = [problem for problem in found if problem.code == "autres-problemes"]
    assert rest.message.startswith(f"{1500 - listed} ")


# --- good documents ----------------------------------------------------------------------------------


def test_good_documents_check_clean_together() -> None:
    """Guideline, region, definitions and trial use every construct, and nothing is wrong with them."""
    found = Base.read(FIXED | {f"knowledge/{place.name}": place.read_text(encoding="utf-8") for place in GOOD})
    assert len(GOOD) >= 4
    assert not found.problems, "\n".join(map(str, found.problems))
    ran = list(run_cases(found))
    assert ran
    assert [case for case in ran if isinstance(case, Problem) or not case.right] == []


def test_a_good_sheet_reads_clean() -> None:
    """Every form of a leaf that the contract gives is read without a problem."""
    sheet = read_sheet(
        json.loads((HERE / "good/sheet.json").read_text(encoding="utf-8")), base().dictionary, base().ontology
    )
    assert not sheet.problems, "\n".join(map(str, sheet.problems))
    assert [tumour.id for tumour in sheet.tumours] == ["t1", "t2"]
    assert (sheet.date, "nom" in sheet.texts, sheet.texts["synthese"]) == (date(2026, 11, 20), False, "texte libre")


def test_the_order_of_documents_never_matters() -> None:
    """The hash of a base and its problems are those of its texts, in whatever order they come."""
    files = FIXED | {
        f"knowledge/{place.name}": place.read_text(encoding="utf-8")
        for place in (*GOOD, *(p for p in BAD if p.suffix == ".yaml"))
    }
    turned = dict(reversed(files.items()))
    one, other = Base.read(files), Base.read(turned)
    assert (one.hash, one.problems) == (other.hash, other.problems)
    assert one.problems


def test_all_problems_of_a_document_come_at_once() -> None:
    """Three mistakes in one document are three problems, in the order of the text."""
    text = (
        "definitions:\n"
        '  - {definit: menopause, vrai_si: "re_pc >= 10 %", faux_si: "cT >= T4b"}\n'
        "  - {definit: M_retenu, choisi: [pM], choisit: [cM, pM]}\n"
    )
    assert [problem.code for problem in Base.read(FIXED | {"knowledge/d.yaml": text}).problems] == [
        "item-inconnu",
        "sans-ordre",
        "cle-inconnue",
    ]


def test_a_case_that_cannot_be_read_is_a_problem_at_its_place() -> None:
    """The sheet of an example is held to the dictionary like any other."""
    text = 'definitions:\n  - definit: menopause\n    vrai_si: "age >= 60 ans"\n    cas:\n      - {fiche: {cT: T5}, attendu: oui}\n'
    (problem,) = run_cases(Base.read(FIXED | {"knowledge/d.yaml": text}))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.span.line) == ("cas-valeur-inconnue", 5)
    assert problem.message == "`T5` n'est pas une valeur de `cT` (/tumeurs/0/cT)"


# --- what may not pass -------------------------------------------------------------------------------

GUIDELINE = (HERE / "good/guideline.yaml").read_text(encoding="utf-8").partition("    recommandations:\n")[
    0
] + "    recommandations:\n"
PAIR = """
      - id: BASE
        titre: Base
        si: vrai
        alors: FOLFOX
        sauf:
          - {{id: E1, titre: Une, si: "age >= 70 ans", alors: FOLFIRI}}
          - {{id: E2, titre: Autre, {link}si: "oms >= 2", alors: surveillance}}
"""


def test_two_exceptions_that_can_meet_must_be_linked() -> None:
    """At 75 with performance status 2 both displace the base with different outcomes: the author must say which wins."""
    found = looked_over(Base.read(FIXED | {"knowledge/g.yaml": GUIDELINE + PAIR.format(link="")}))
    clashing = [problem for problem in found if problem.code == "exceptions-en-conflit"]
    assert [problem.span.text.strip().startswith("- {id: E") for problem in clashing] == [True]


def test_two_exceptions_of_which_one_excepts_the_other_are_right() -> None:
    """Linked, the poorest state wins, and nothing is wrong."""
    text = GUIDELINE + PAIR.format(link="").replace(
        'si: "age >= 70 ans", alors: FOLFIRI}', 'si: "age >= 70 ans", alors: FOLFIRI}'
    )
    linked = text.replace("{id: E2, titre: Autre, ", "{id: E2, titre: Autre, exception_a: E1, ")
    found = Base.read(FIXED | {"knowledge/g.yaml": linked})
    assert not found.problems
    assert not [problem for problem in looked_over(found) if problem.code == "exceptions-en-conflit"]


BARRED = """
      - {id: R1, titre: t, genre: sécurité, si: "contre_indiqué(« oxaliplatine »)", alors: {contre-indiquer: FOLFIRI}}
      - {id: R2, titre: t, genre: sécurité, si: "CONDITION", alors: {contre-indiquer: oxaliplatine}}
"""


@pytest.mark.parametrize(("condition", "circle"), [("oms >= 3", []), ("contre_indiqué(« FOLFIRI »)", ["cycle"] * 2)])
def test_a_contraindication_may_not_hang_on_itself(condition: str, circle: list[str]) -> None:
    """Each of two rules that ask for what the other contraindicates is told; one alone may ask."""
    found = Base.read(FIXED | {"knowledge/g.yaml": GUIDELINE + BARRED.replace("CONDITION", condition)})
    assert [problem.code for problem in found.problems] == circle


@pytest.mark.parametrize("link", ["exception_a", "remplace", "restreint"])
def test_no_link_from_outside_reaches_a_safety_rule(link: str) -> None:
    """Publishing a region that excepts, replaces or restricts a safety rule is an error, whatever the region says."""
    safety = (HERE / "bad/securite-intouchable/1.yaml").read_text(encoding="utf-8")
    region = (HERE / "bad/securite-intouchable/2.yaml").read_text(encoding="utf-8").replace("exception_a", link)
    found = Base.read(FIXED | {"knowledge/a.yaml": safety, "knowledge/b.yaml": region}).problems
    assert [problem.code for problem in found] == ["securite-intouchable"]


# --- a wrong document gives problems, never an exception ---------------------------------------------

JUNK: tuple[Any, ...] = (
    "", "x", "3", "-1", "1,5", [], {}, [[]], ["x"], {"x": "y"}, {"id": "R1"}, "vrai", "et", "« x", "re_pct >= ", "oui", "2026", "sein",
    {"proposer": "x"}, {"proposer": []}, [["oui", "x"]], "délai(", "re_pct", "menopause", "pN = N0", "1e999",
)  # fmt: skip


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _paths(value[key], (*path, key))


def _changed(tree: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    copied: Any = json.loads(json.dumps(tree))
    place = copied
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    return copied


@pytest.mark.parametrize("place", [*GOOD, HERE / "base/dictionary.yaml"], ids=lambda place: place.name)
def test_no_document_makes_the_reader_fail(place: Path) -> None:
    """Whatever stands in the place of any part of a document, there are problems to read and nothing is raised."""
    choose = random.Random(place.name)
    files = FIXED | {f"knowledge/{each.name}": each.read_text(encoding="utf-8") for each in GOOD}
    name = DICTIONARY if place.name == "dictionary.yaml" else f"knowledge/{place.name}"
    tree = yaml.load(place.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    failed: dict[str, str] = {}
    for path in _paths(tree):
        junk = choose.choice(JUNK)
        text = yaml.safe_dump(_changed(tree, path, junk), allow_unicode=True, default_style='"')
        try:
            found = Base.read(files | {name: text})
            assert [str(problem) for problem in found.problems] or list(run_cases(found)) is not None
        except Exception as error:  # noqa: BLE001  # whatever is raised is what is looked for
            failed.setdefault(f"{type(error).__name__}: {error}", f"{'/'.join(map(str, path))} = {junk!r}")
    assert failed == {}
