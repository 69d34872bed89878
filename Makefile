# The one list of commands: people, pre-commit and CI call these.
# Needs Python >= 3.11, git and make; brings the rest itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
UV_VERSION := 0.13.9
# Two, whatever the machine: each process of the integration tests has a stack of its own, some 3 GiB.
WORKERS ?= 2
AXE := build/axe-core-4.14.1.tgz
AXE_SHA512 := 1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5
SHIM := build/iframe-worker-1.0.4.tgz
SHIM_SHA512 := ae879a688f8b8352c935f8290a3a117bff96cc48f2f7e674f0ba04beef393023db063c26faa5f3f00839534e651dae95d42cac6721b313448e900b52500e6aed
export UV_PYTHON_DOWNLOADS := never
# A dozen Python processes start in a release: compiled modules are a third of their start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-faults check unit integration compiled lowest docs pages browser pictures reference format lock wheel clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: $(VENV)/.ready  ## make .venv with everything in it, `.venv/bin/bluegreen` too

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet uv==$(UV_VERSION)

$(VENV)/.ready: requirements.lock pyproject.toml | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is too old: Python >= 3.11 is needed (set PYTHON=…)"; exit 1; }
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: setup  ## play a whole release through real Airflow on a real Kafka, Flink, Connect and registry
	$(BIN)/bluegreen demo

test: check unit compiled lowest docs pages integration  ## every check and every test, the real-stack ones included

check: setup  ## format, lint, types, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: setup  ## the tests that need no server
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not stack and not airflow and not packaging and not faults and not browser and not site"

integration: setup  ## the tests on the local stack, in a real Airflow, and of the wheel
	$(BIN)/pytest -n $(WORKERS) --dist loadfile -m "(stack or airflow or packaging) and not faults"

reference: setup  ## write the parts of docs/reference anew that come from the code
	$(BIN)/python -m tests.docs.reference
	$(BIN)/python -m tests.docs.sql_reference

docs: setup build/docs/.ready $(SHIM)  ## build the site of docs/ into build/site, and look that it asks nothing of the network
	NO_MKDOCS_2_WARNING=1 build/docs/bin/mkdocs build --quiet --strict
	tar --extract --gzip --to-stdout --file $(SHIM) package/shim/index.js > build/site/assets/javascripts/iframe-worker.js
	$(BIN)/pytest --quiet tests/docs/test_site.py

build/docs/.ready: requirements-docs.lock | $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) build/docs
	$(UV) pip sync --quiet --python build/docs/bin/python --require-hashes requirements-docs.lock
	@touch $@

pages: setup browser docs  ## look at the report and the site in headless Chromium, the report with axe-core
	$(BIN)/pytest -m browser

pictures: setup browser  ## take the pictures of the report in the documentation anew
	$(BIN)/python -m tests.report.pictures

# Debian's packages where we may install them; elsewhere a Chromium or Chrome of any make on the PATH does.
browser: $(AXE)
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	    && apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null \
	  || { echo "Chromium or Chrome is needed on the PATH to look at pages"; exit 1; }

# Not dependencies of the product: never in the wheel.
$(AXE): SHA512 = $(AXE_SHA512)
$(SHIM): SHA512 = $(SHIM_SHA512)
$(AXE) $(SHIM):
	@command -v npm >/dev/null || { echo "npm is needed to fetch $(@F), for looking at pages"; exit 1; }
	@mkdir -p build
	npm pack --silent --pack-destination build $$(echo $(@F) | sed -E 's/-([0-9.]+)\.tgz$$/@\1/') >/dev/null
	@echo "$(SHA512)  $@" | sha512sum --check --quiet || { rm -f $@; exit 1; }

# In one process: every suite breaks the one stack that it runs on. Airflow's own faults need no stack.
test-faults: setup  ## kill releases everywhere, break every server under them, and Airflow; takes long, not part of `make test`
	rm -f build/reliability/*.json
	$(BIN)/pytest -s -m faults tests/reliability
	$(BIN)/python -m tests.reliability.report
	$(BIN)/pytest -m faults tests/airflow

compiled: setup  ## the tests of the SQL front-end on the compiled build of sqlglot, which whoever has it gets
	$(UV) venv --quiet --allow-existing --python $(PYTHON) build/compiled
	$(UV) pip install --quiet --python build/compiled/bin/python "sqlglot[c]==$$($(BIN)/python -c 'import sqlglot; print(sqlglot.__version__)')" \
	  --constraint requirements.lock hypothesis pydantic pytest pytest-timeout
	build/compiled/bin/python -c 'import sqlglot.parser as p; assert p.__file__.endswith(".so"), p.__file__'
	build/compiled/bin/python -m pytest --quiet tests/core/sql

# The SQL front-end depends on sqlglot alone, whose lower bound is the version that is locked.
lowest: $(UV)  ## the tests that need no server, with the oldest dependencies we allow
	$(UV) venv --quiet --allow-existing --python $(PYTHON) build/lowest
	$(UV) pip sync --quiet --compile-bytecode --python build/lowest/bin/python --require-hashes requirements-lowest.lock
	$(UV) pip install --quiet --python build/lowest/bin/python --no-deps --editable .
	build/lowest/bin/pytest -n $(WORKERS) --dist worksteal -m "not stack and not airflow and not packaging and not faults and not browser and not site" --ignore tests/core/sql

format: setup  ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-annotate --no-header
OURS = --group dev pyproject.toml

lock: $(UV)  ## resolve the dependencies anew: the newest into requirements.lock, and the oldest that we allow
	$(COMPILE) $(OURS) --extra local --extra git --extra gx --extra openlineage --extra protobuf --output-file requirements.lock
	$(COMPILE) --group docs --output-file requirements-docs.lock
	$(COMPILE) $(OURS) --extra local --extra git --extra openlineage --extra protobuf --resolution lowest-direct --output-file requirements-lowest.lock

wheel: $(UV)  ## build the wheel into dist/
	$(UV) build --quiet --wheel --out-dir dist .

clean:  ## remove what was built; caches of the user stay
	rm -rf $(VENV) .uv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
