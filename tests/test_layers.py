"""Who may import whom: left to right only, late imports included; the engine never touches the world."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Invariant: a module imports from the lines above its own or from its own line, never from below; no cycles.
LAYERS = [
    line.split()
    for line in """
engine engine.problems engine.truth engine.names engine.values engine.canonical engine.verdicts
engine.units engine.dates engine.domains engine.source
engine.ontology engine.dictionary engine.syntax engine.logic engine.wording
engine.lexer engine.phrases engine.terms engine.formulas engine.text engine.printing engine.model engine.reading
engine.scale_reader engine.dictionary_reader engine.dictionary_page engine.tables engine.actions engine.documents engine.statements engine.show
engine.quantities engine.systems engine.leaf engine.sheet engine.fusion engine.boxes engine.rowset engine.closing engine.rows engine.rowcount
engine.inverse engine.check_names engine.check_values engine.check_concepts engine.check_cases engine.check
engine.check_rules engine.check_links engine.check_barred engine.check_definitions engine.check_trials engine.check_documents engine.facts engine.doses
engine.access
engine.view engine.lower engine.meaning
engine.program
engine.state engine.steps engine.machine engine.snapshot engine.lanes
engine.outcome engine.trace engine.inquiry
engine.until
engine.cases engine.readying engine.explain
engine.derivation engine.coverage engine.inventory
engine.asking engine.dataview engine.plan engine.matching
engine.proposed
engine.worked engine.ranking
engine.conflicts engine.proposal engine.checklist engine.search engine.patient engine.regions engine.lint_words
engine.lint_tables engine.lint_rules engine.lint_conditions engine.lint
engine.answer engine.compact
ontologies
api.failures api.collector api.strict_json api.render api.settings api.documents api.words
api.adapters api.exports api.library api.store api.identity api.tumours api.same_patient
api.merging
api.reading
api.evaluate api.forms
api.schemas api.coverage api.fiches
api.decide api.checking api.catalogue api.published_rules api.telling api.progress api.refusals
api.assembly api.body
api.hooks
api.errors
api.routes
api.web
api.app
api.server api.cli
api
""".strip().splitlines()
]
WORLD = {
    "os",
    "pathlib",
    "logging",
    "random",
    "time",
    "socket",
    "subprocess",
    "sys",
    "io",
    "secrets",
    "uuid",
    "tempfile",
}
CLOCK = {"today", "now", "utcnow", "fromtimestamp"}
OWNERS = {
    "yaml": {"engine.source"},
    "whoosh": {"engine.search"},
    "sqlalchemy": {"api.store"},
    "marshmallow": {"api.schemas"},
    "gunicorn": {"api.server"},
    "orjson": {"api.render"},
    "reportlab": {"api.exports"},
    "jwt": {"api.hooks"},
    "lxml": {"api.adapters"},
    "rdflib": {"ontologies"},
    "owlready2": {"ontologies"},
}
FRAMEWORK = {"flask", "flask_smorest", "werkzeug", "apispec"}
FRAMEWORK_OWNERS = {"api", "api.app", "api.errors", "api.body", "api.routes", "api.web", "api.server"}
BUILDING = {"rdflib", "owlready2"}


def _modules() -> dict[str, ast.Module]:
    paths = [path for package in ("engine", "api", "ontologies") for path in sorted((ROOT / package).rglob("*.py"))]
    return {_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = _modules()


def _imports(name: str) -> Iterator[str]:
    """Yield every module that a module imports, wherever in it."""
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ([module for module in inner if module in MODULES] or [node.module or ""])


def _layer(module: str) -> int:
    """Return the layer of a module, or that of the package it belongs to."""
    places = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    inner = module
    while inner not in places:
        inner = inner.rpartition(".")[0]
        assert inner not in ("", "engine", "api"), f"no layer for {module}: place it in LAYERS"
    return places[inner]


def _owner(module: str) -> str:
    return ".".join(module.split(".")[:2])


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_one_way(name: str) -> None:
    wrong = [other for other in _imports(name) if other in MODULES and _layer(other) > _layer(name)]
    assert not wrong


def test_there_is_no_cycle() -> None:
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " → ".join((*way, name))
        if name not in done:
            for other in set(_imports(name)) & set(MODULES) - {name, "engine", "api", "ontologies"}:
                visit(other, (*way, name))
            done.add(name)

    for name in MODULES:
        visit(name, ())


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("engine")])
def test_the_engine_touches_nothing_of_the_world(name: str) -> None:
    assert not {module.split(".")[0] for module in _imports(name)} & WORLD
    asked = {node.attr for node in ast.walk(MODULES[name]) if isinstance(node, ast.Attribute)}
    assert not asked & CLOCK
    called = {
        node.func.id
        for node in ast.walk(MODULES[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "exec", "eval"}


@pytest.mark.parametrize("name", MODULES)
def test_each_library_has_one_owner(name: str) -> None:
    for module in {module.split(".")[0] for module in _imports(name)}:
        if module in OWNERS:
            assert {name, _owner(name), name.split(".")[0] if module in BUILDING else ""} & OWNERS[module], module
        if module in FRAMEWORK:
            assert _owner(name) in FRAMEWORK_OWNERS, module


def test_no_reasoner_in_the_request() -> None:
    seen: set[str] = set()
    waiting = ["api.app", "api.cli", "api.evaluate"]
    while waiting:
        name = waiting.pop()
        if name in MODULES and name not in seen:
            seen.add(name)
            waiting += list(_imports(name))
        assert name.split(".")[0] not in BUILDING
