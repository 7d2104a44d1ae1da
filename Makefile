# Everything goes through here, the same on a laptop and in CI. Needs only make, git and Python 3.11 with venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.11 python3 python /usr/bin/python3.11 /usr/local/bin/python3.11; do \
	"$$p" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
# The certificates the system trusts, as pip does: uv brings its own list, which a company network may not be in.
UV := $(BIN)/uv --system-certs
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode
HOST ?= 127.0.0.1
PORT ?= 8000
PYTEST_ARGS ?=
TORTURE ?=
AGAINST ?= HEAD~1
export PYTHONUTF8 := 1
# Every process of the tests and of the product would compile the modules it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve test check format lock bench-accuracy bench-engine bench-generation bench-own bench-realisation bench-speed bench-tracking leaderboard hindcast nightly torture \
	hindcast-chain clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort

# A stamp and not $(BIN)/python: an interrupted venv has a python but no pip.
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 with the venv module found: install python3.11 and python3.11-venv, or run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "creating $(VENV)"
	@"$(PYTHON)" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.build: requirements/build.txt | $(VENV)/.made
	@echo "bootstrapping uv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@touch $@

$(VENV)/.train: requirements/train.txt pyproject.toml $(VENV)/.build
	@echo "installing the product (hashed lock, bytecode compiled)"
	@$(INSTALL) -r requirements/train.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.train
	@echo "installing the development tools"
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

serve: $(VENV)/.train ## install everything and answer on http://127.0.0.1:8000
	@exec $(BIN)/headroom up --host $(HOST) --port $(PORT)

# The tests of a file run in one worker, so that what they share is computed once. tests/conftest.py puts long files first.
test: $(VENV)/.dev ## install and run the tests, on every core
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

# Hypothesis marks its own tests: at night each tries many more examples.
nightly: $(VENV)/.dev ## run what takes hours: the long tests, many examples of every property, then the faults (TORTURE=...)
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --hypothesis-profile nightly -m "nightly or hypothesis" $(PYTEST_ARGS)
	@$(BIN)/python -m benchmarks.torture --no-page $(TORTURE)

check: $(VENV)/.dev ## format, lint, types, import order, unused dependencies, locks
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/python tools/lock.py --check

format: $(VENV)/.dev ## rewrite the code in the project's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/.build ## recompile the hashed requirements locks
	@$(BIN)/python tools/lock.py

bench-accuracy: $(VENV)/.dev ## forecast accuracy on public series against its goals, with bootstrap intervals
	@$(BIN)/python -m benchmarks.accuracy

bench-engine: $(VENV)/.dev ## speed and memory of the projection, compared with the commit before or AGAINST=commit
	@$(BIN)/python -m benchmarks.engine_speed --against $(AGAINST)

bench-own: $(VENV)/.dev ## forecast accuracy on our own series, against its goals
	@$(BIN)/python -m benchmarks.own_series

bench-generation: $(VENV)/.dev ## planned power plants against those built; writes docs/generation.md
	@$(BIN)/python -m benchmarks.generation

bench-realisation: $(VENV)/.dev ## planned sites against later editions of the site tracker; writes docs/realisation.md
	@$(BIN)/python -m benchmarks.realisation

bench-speed: $(VENV)/.dev ## time and memory of a fit, against its goals
	@$(BIN)/python -m benchmarks.speed --retrain

bench-tracking: $(VENV)/.dev ## time that recording a training in MLflow takes, against its goal
	@$(BIN)/python -m benchmarks.tracking

torture: $(VENV)/.dev ## cause real faults for hours and count broken promises; writes the table of docs/reliability.md (TORTURE="--tries 3 --only kills:")
	@$(BIN)/python -m benchmarks.torture $(TORTURE)

leaderboard: $(VENV)/.dev ## write docs/leaderboard.md from the results of the benchmarks
	@$(BIN)/python -m benchmarks.leaderboard

hindcast: $(VENV)/.dev ## forecasts made as of past year-ends, beside third parties' projections; writes docs/hindcast.md
	@$(BIN)/python -m benchmarks.hindcast.domain

hindcast-chain: $(VENV)/.dev ## whole projections as of past year-ends, against what came; writes docs/chain-hindcast.md
	@$(BIN)/python -m benchmarks.hindcast.chain

clean: ## remove tools and caches; figures, models and editions in var/ and mlruns/ stay
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
