# By hand nothing else is needed: `make run`, `make test`, `make bench`.
# A stamp file in .venv remembers each step, so that a second call is quick.

PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,\
	$(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q install

.PHONY: run test bench fuzz lock clean

run: .venv/.run
	$(BIN)/oncorules serve

# Counting lines triples the time of a test: those of the engine alone are counted, by the tests named after its modules and
# by the documents, traps and fiches that hold it to its meaning. The laws and these leave nothing out; the rest may.
ENGINE := $(filter $(patsubst engine/%.py,tests/test_%.py,$(wildcard engine/*.py)),$(wildcard tests/test_*.py)) \
	tests/test_conformance.py tests/test_traps.py tests/test_whole_fiches.py
test: .venv/.dev .venv/.node
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict engine api ontologies
	$(BIN)/pytest -n 2 --dist worksteal tests/test_laws_*.py
	$(BIN)/pytest -n 2 --dist worksteal --cov=engine --cov-branch $(ENGINE)
	$(BIN)/pytest -n 2 --dist worksteal --ignore-glob='*/test_laws_*.py' $(addprefix --ignore=,$(ENGINE))

bench: .venv/.run
	$(BIN)/python -m tests.benchmarks

# Documents changed at random through the application; inputs that fail are kept in .fuzz.
INPUTS ?= 20000
SEED ?= 1
fuzz: .venv/.dev
	$(BIN)/python -m tests.fuzz --inputs $(INPUTS) --seed $(SEED)

# Needs uv; the locks hold hashes and no address.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt
	printf 'editables\nhatchling\n' | uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate -c requirements-dev.txt - -o requirements-build.txt

clean:
	rm -rf .venv tests/cql/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

.venv/.made:
	@test -n "$(PYTHON)" || { echo "oncorules needs Python 3.11 or later: make PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv .venv
	touch $@

.venv/.run: .venv/.made pyproject.toml requirements.txt requirements-build.txt
	$(PIP) --require-hashes -r requirements-build.txt
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

# The engine that the exported rules are run in; where npm is missing its tests are left out, and named.
.venv/.node: .venv/.made tests/cql/package.json tests/cql/package-lock.json
	if command -v npm >/dev/null; then (cd tests/cql && npm ci --silent --no-audit --no-fund) && touch $@; fi

.venv/.dev: .venv/.made pyproject.toml requirements-dev.txt requirements-build.txt
	$(PIP) --require-hashes -r requirements-build.txt
	$(PIP) --require-hashes -r requirements-dev.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@
