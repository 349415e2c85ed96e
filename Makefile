# The words a person needs: demo, test, check. Everything installs itself into .venv from the hashed lock.
VENV  := .venv
PY    := $(VENV)/bin/python
STAMP := $(VENV)/.installed
CODE  := dispatch routing partners maps tests benchmarks wsgi.py
ARGS  ?=
# the routing bench has its own environment: the solvers it compares with are never installed beside the product
BENCH_VENV  := .venv-bench
BENCH_PY    := $(BENCH_VENV)/bin/python
BENCH_STAMP := $(BENCH_VENV)/.installed

# Tries each by running it: a pyenv shim may exist and still fail.
FIND_PY = for py in "$$PYTHON" python3.12 python3.13 python3.14 python3 "$$HOME"/.pyenv/versions/3.1[2-9]*/bin/python; do \
	[ -n "$$py" ] && "$$py" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && { echo "$$py"; exit 0; }; done; \
	echo "Antar needs Python 3.12 or newer; set PYTHON to one." >&2; exit 1

.PHONY: demo serve test test-fast check format words lock bench bench-lock screenshots clean
.DEFAULT_GOAL := help

help:
	@grep -E '^## ' $(MAKEFILE_LIST) | sed 's/^## //'

$(STAMP): requirements.lock pyproject.toml
	@py=$$($(FIND_PY)) && "$$py" -m venv --clear $(VENV)
	@# uv itself comes hashed from the same lock; pip alone installs the rest where uv cannot
	@awk '/^[a-z]/ {take = /^uv==/} take' requirements.lock > $(VENV)/uv.txt
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: --no-deps -r $(VENV)/uv.txt
	@$(VENV)/bin/uv pip sync -q --python $(PY) --require-hashes --only-binary :all: requirements.lock \
	  || $(PY) -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@echo "Compiling the route search, once …" && $(PY) -m routing.search.warm
	@touch $@

## make demo          a whole day at the Blitar office, then keeps serving (ARGS=--once ends after the day)
demo: $(STAMP)
	@$(VENV)/bin/antar demo --scenario day $(ARGS)

## make serve         web, workers and a bundled Redis on this machine
serve: $(STAMP)
	@$(VENV)/bin/antar serve $(ARGS)

## make test          everything, on SQLite and on PostgreSQL, with a real browser where there is one
test: $(STAMP)
	@$(PY) -m pytest -n 2 --dist loadgroup $(ARGS)

## make check         format, lint, types, imports
check: $(STAMP)
	@$(VENV)/bin/ruff format --check $(CODE)
	@$(VENV)/bin/ruff check $(CODE)
	@$(VENV)/bin/mypy dispatch routing partners maps benchmarks wsgi.py

## make format        what make check would ask for
format: $(STAMP)
	@$(VENV)/bin/ruff format $(CODE)
	@$(VENV)/bin/ruff check --fix $(CODE)

## make words         read every text again into the catalogue and name what has no English yet
words: $(STAMP)
	@$(PY) -m dispatch.translations

## make lock          resolve the dependencies again, with hashes and without addresses
lock: $(STAMP)
	@$(VENV)/bin/uv pip compile pyproject.toml --group dev --extra roads --universal --python-version 3.12 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" -o requirements.lock -q

$(BENCH_STAMP): $(STAMP) benchmarks/requirements.lock
	@$(PY) -m venv --clear $(BENCH_VENV)
	@$(VENV)/bin/uv pip sync -q --python $(BENCH_PY) --require-hashes --only-binary :all: benchmarks/requirements.lock
	@touch $@

## make bench         Antar against PyVRP, VROOM and OR-Tools, under 15 minutes (BENCH=full: everything, about an hour)
bench: $(BENCH_STAMP)
	@$(BENCH_PY) -m benchmarks.routing $(if $(filter full,$(BENCH)),--full) $(ARGS)

## make bench-lock    the same lock with the bench's solvers on top
bench-lock: $(STAMP)
	@$(VENV)/bin/uv pip compile pyproject.toml --group bench --universal --python-version 3.12 --generate-hashes \
	  --constraint requirements.lock --no-emit-index-url --custom-compile-command "make bench-lock" \
	  -o benchmarks/requirements.lock -q

## make screenshots   take the pictures of the docs again, from the running product
screenshots: $(STAMP)
	@$(PY) -m tests.e2e.screenshots

clean:
	rm -rf $(VENV) $(BENCH_VENV) .mypy_cache .ruff_cache .pytest_cache var
