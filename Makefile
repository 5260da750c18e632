# Reentry Ledger. Every target sets up its own virtual environment in .venv when needed.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
SOAK ?= 600
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
RUN := .venv/.run
DEV := .venv/.dev

.PHONY: help demo test check format bench soak soak-tests lock dev clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

$(RUN): requirements.lock pyproject.toml
	@echo "Setting up .venv (downloads its packages once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): $(RUN) requirements-dev.lock
	@echo "Adding the development tools ..."
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

demo: $(RUN) ## Run the whole line over a synthetic county, into demo-home/
	@$(BIN)/reentry demo demo-home

test: $(DEV) ## Run the tests
	@POLARS_MAX_THREADS=1 $(BIN)/python -m pytest  # its workers have a core each

check: $(DEV) ## Format, lint, types, import directions
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@REENTRY_HOME=demo-home $(BIN)/dg check defs

format: $(DEV) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(DEV) ## Measure each stage: seconds, rows a second, peak memory
	@$(BIN)/python tests/benchmarks/run.py $(BENCH)

soak: $(DEV) ## Fuzz intake, then try mutants: ten minutes each, or SOAK=seconds (Linux on x86-64)
	@$(BIN)/python tests/soak/fuzz_intake.py --seconds $(SOAK)
	@$(BIN)/python tests/soak/mutate.py --seconds $(SOAK)

soak-tests: $(DEV) ## Run the tests with thousands of examples: hours, not minutes
	@$(BIN)/python -m pytest --hypothesis-profile=soak

lock: $(DEV) ## Pin all packages again, with hashes
	@$(BIN)/uv pip compile --quiet pyproject.toml --group build --generate-hashes --universal --no-header --no-emit-index-url -o requirements.lock
	@$(BIN)/uv pip compile --quiet pyproject.toml --group build --group dev --generate-hashes --universal --no-header --no-emit-index-url -o requirements-dev.lock

dev: $(DEV) demo ## Open Dagster's pages on the demonstration's home
	@DAGSTER_HOME=$(CURDIR)/demo-home/dagster REENTRY_HOME=$(CURDIR)/demo-home $(BIN)/dg dev

clean: ## Remove .venv, caches and the demonstration's home
	@rm -rf .venv demo-home .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
