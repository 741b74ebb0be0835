# Two commands do everything on a fresh machine: `make demo` and `make test`. The rest is for those who work on Headway.
# The virtual environment is made once (uv where it is found, else venv and pip) and reused while the pins are the same.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready-$(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)
PYTEST_ARGS ?=
BENCH_ARGS ?=

.PHONY: demo test check bench bench-conflicts test-agents setup clean help

help:            ## What can be made here
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16

demo: setup      ## The main job on a repository that it makes itself: no key, no network
	@$(BIN)/headway demo

test: setup      ## All tests
	@$(BIN)/python -m pytest -n 4 --dist worksteal $(PYTEST_ARGS)

check: setup     ## Lint, types, the arrows of the house
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: setup     ## Measure against the naive baseline; writes benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks.run $(BENCH_ARGS)

bench-conflicts: setup ## How exactly conflicts are seen, and how fast; prints a JSON line for each part
	@$(BIN)/python -m benchmarks.edits
	@$(BIN)/python -m benchmarks.symbols
	@$(BIN)/python -m benchmarks.decisions
	@$(BIN)/python -m benchmarks.waiting

test-agents: setup ## The real command-line agents against a scripted model
	@$(BIN)/python -m pytest -m agents tests/agents $(PYTEST_ARGS)

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@echo "setting up $(VENV) (once)"
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --allow-existing --python $(PYTHON) $(VENV) && \
	  uv pip install -q --python $(BIN)/python -c constraints.txt -e . --group dev; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install -q --disable-pip-version-check --upgrade pip && \
	  PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install -q --disable-pip-version-check -e . --group dev; \
	fi
	@rm -f $(VENV)/.ready-*
	@touch $@

clean:           ## Remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache build dist
