"""The rules exported as CQL mean, in another engine, what they mean here: every definition, in three truth values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from api.exports.cql.libraries import export, sources
from api.exports.cql.text import library_name, quoted, short, string
from engine.logic import Key
from tests.agreement import other_engine
from tests.agreement.every_site import sheets
from tests.agreement.other_engine import compared, fiches, installed, of_bodies, place
from tests.agreement.shipped import DAY, base
from tests.conftest import ROOT

REGION = "FR-GES"
SHEETS = 200
COMPUTED = {
    "bilirubine <= 3 mg/dL",
    "clairance_cg selon : Clairance de la créatinine selon Cockcroft et Gault",
    "clairance_mdrd selon : Débit de filtration glomérulaire selon MDRD (créatinine étalonnée IDMS)",
    "dfg_ckdepi_2009 selon : Débit de filtration glomérulaire selon CKD-EPI 2009, sans origine ethnique",
    "dfg_ckdepi_2021 selon : Débit de filtration glomérulaire selon CKD-EPI 2021",
    "imc selon : Indice de masse corporelle",
    "surface_corporelle selon : Surface corporelle selon Mosteller",
    "surface_corporelle_dubois selon : Surface corporelle selon Du Bois",
    "testosterone < 50 ng/dL",
}
needs_node = pytest.mark.skipif(
    not installed(), reason="cql-execution is not installed in tests/cql (`make test` does)"
)


def drawn(number: int) -> list[dict[str, Any]]:
    """Return random sheets, the same ones in every run."""
    found: list[dict[str, Any]] = []

    @settings(
        max_examples=number, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(sheets())
    def draw(sheet: dict[str, Any]) -> None:
        found.append(sheet)

    draw()
    return found


@pytest.mark.node
@needs_node
def test_another_engine_gives_every_definition_the_same_truth() -> None:
    """Random sheets and the whole fiches, in one batch; each truth, each verdict."""
    bodies: list[Mapping[str, Any]] = [*drawn(SHEETS), *fiches()]
    assert len(bodies) >= SHEETS + 64
    differences, seen = compared(REGION, of_bodies(bodies, REGION))
    assert not differences, "\n".join(map(str, differences[:20]))
    assert min(seen[True], seen[False], seen[None]) > 10_000


def test_every_rule_and_every_criterion_is_exported() -> None:
    """None is left out: each condition, each criterion, each question and each population has its definition."""
    where = place(REGION)
    names = {name.partition(" ")[0] for wanted in where.wanted.values() for name in wanted}
    assert set(where.compiled.view.rules) <= names
    defined = {one.subject: {d.name for d in one.defines} for one in where.exported.libraries.values()}
    for rule, checked in where.compiled.view.rules.items():
        assert {f"{rule} {kind}" for kind in ("condition", "holds", "applies", "verdict")} <= defined[
            checked.guideline.id
        ]
    for question in where.compiled.view.questions:
        assert f"{question.question.id} posed" in defined[question.guideline.id]
    for trial in where.compiled.view.trials:
        wanted = {f"{c.arm} {c.criterion.id}".strip() for c in trial.criteria}
        assert {*wanted, "population"} <= defined[trial.trial.id]


def test_what_cql_cannot_say_is_a_parameter_that_we_compute_and_no_more() -> None:
    """Rounded formulas, and two thresholds that a conversion leaves without end."""
    assert {parameter.name for parameter in place(REGION).exported.computed} == COMPUTED
    assert all(parameter.reason for parameter in place(REGION).exported.computed)


def test_a_rule_tells_what_it_reads_of_what_we_compute() -> None:
    """In its library, above the definition that a plan asks for."""
    exported = place(REGION).exported
    reads = exported.reads_computed
    assert reads["X10-ega"]
    assert reads["S06"] == ()
    for rule, names in reads.items():
        library = exported.libraries[library_name(base().knowledge.rules[rule].guideline.id)]
        note = next(d.note for d in library.defines if d.name == f"{rule} applies")
        assert ("Non exporté" in note) == bool(names)
        assert all(name in note for name in names)


def test_the_same_base_is_exported_to_the_same_bytes() -> None:
    """Twice, and in the text of every library."""
    compiled = base().at(DAY, REGION)
    assert sources(export(base(), compiled)) == sources(place(REGION).exported)


def test_a_place_has_texts_and_a_version_of_its_own() -> None:
    """A rule replaced in Grand Est applies in France."""
    france, east = place("").exported, place("FR-GES").exported
    assert france.version != east.version
    assert france.version.startswith(base().hash[:12])
    (replaced,) = {target for target in base().at(DAY, "FR-GES").view.replaced if target == "X10-g8"}
    name = library_name(base().knowledge.rules[replaced].guideline.id)
    assert _text(east, name, f"{replaced} verdict") == "'replaced'"
    assert _text(france, name, f"{replaced} verdict") != "'replaced'"


def _text(exported: other_engine.Export, library: str, name: str) -> str:
    return next(d.text for d in exported.libraries[library].defines if d.name == name)


def test_a_library_includes_only_what_stands_before_it() -> None:
    """No circle, and one version throughout."""
    before: set[str] = set()
    for name, one in place(REGION).exported.libraries.items():
        assert set(one.includes) <= before
        assert re.findall(r"^include (\w+) version '([^']+)'", one.text, re.M) == [
            (n, one.version) for n in one.includes
        ]
        assert one.text.count(f"library {name} version '{one.version}'") == 1
        before.add(name)


def test_every_parameter_is_what_the_program_loads_or_a_list() -> None:
    """An item that a condition reads can be given."""
    given_keys = {p.key for p in place(REGION).exported.parameters}
    assert {load.key for load in place(REGION).compiled.program.loads} <= given_keys
    assert Key("as_of") in given_keys


def test_names_hold_any_character() -> None:
    """Quotes of both sorts, backslashes, and what is too long."""
    assert quoted('a "b" \\ l\'c') == '"a \\"b\\" \\\\ l\'c"'
    assert string("l'« x »") == "'l\\'« x »'"
    long = "x" * 400
    assert len(short(long)) == 160
    assert short(long) != short(long + "y")
    assert library_name("tncd-côlon-3") == "TncdColon3"
    assert library_name("3e-ligne") == "L3eLigne"


def test_the_lock_of_the_other_engine_holds_no_address() -> None:
    """And every package has its hash."""
    text = (ROOT / "tests" / "cql" / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = {name: body for name, body in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(body["integrity"].startswith("sha512-") for body in packages.values())
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "tests" / "cql" / ".npmrc").read_text(encoding="utf-8")
