# Every target makes the virtual environment it needs from the lock; when that is up to date, silently.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
RIVALS := .venv-rivals/.run
PIP := $(PY) -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps
MAKEFLAGS += --no-print-directory
# One more than there are cores: many tests wait for a bot in a process of its own.
WORKERS = $(shell $(PY) -c 'import os; print((os.cpu_count() or 1) + 1)')

$(RUN): requirements.lock
	@echo "Setting up $(VENV) (once, about a minute)…" >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements.lock
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@echo "Adding what the tests need…" >&2
	@$(PIP) -r requirements-dev.lock
	@touch $@

$(RIVALS): requirements-rivals.lock
	@echo "Setting up .venv-rivals, for what the bot is measured beside…" >&2
	@test -x .venv-rivals/bin/python || $(PYTHON) -m venv .venv-rivals
	@.venv-rivals/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps -r requirements-rivals.lock
	@touch $@

.PHONY: help
help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: chat
chat: $(RUN) ## talk to the bot in this terminal: no token, no network
	@$(PY) -m bot chat $(ARGS)

.PHONY: run
run: $(RUN) ## run the Telegram bot (BOT_TOKEN in the environment or in .env)
	@$(PY) -m bot run

.PHONY: test
test: $(DEV) ## all tests
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: check
check: $(DEV) ## lint, types, flows and data
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m bot check

.PHONY: coverage
coverage: $(DEV) ## engine and clinic: 100% of branches by their own tests
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal tests/unit tests/property --cov=bot/engine --cov=bot/clinic --cov-branch --cov-fail-under=100 --cov-report=term-missing:skip-covered

.PHONY: bench
bench: $(DEV) $(RIVALS) ## the measurements that the docs quote
	@$(PY) -m benchmarks
	@$(PY) -m benchmarks.rivals

.PHONY: rivals
rivals: $(RIVALS) ## the environment of what the bot is measured beside

.PHONY: chaos
chaos: $(DEV) ## 200 patients and 50 kills of the process; several processes on PostgreSQL, killed and restarted for two minutes; 10,000 histories of faults and 10,000 recoveries of 90 days with 500 kills, in virtual time; every bent edge
	@$(PY) -m tests.chaos
	@$(PY) -m tests.chaos.several
	@$(PY) -m tests.chaos.histories
	@BACKLOG=5000 $(PY) -m pytest -q tests/chaos/test_backlog.py
	@$(PY) -m tests.explore
	@QUEUED=5000 $(PY) -m pytest -q tests/explore/test_rush.py
	@MUTANTS=all $(PY) -m pytest -q tests/property/test_recovery_mutations.py
	@SEVERAL=1 $(PY) -m pytest -q tests/postgres/test_procfile.py tests/chaos/test_several.py

.PHONY: lock
lock: ## new locks from pyproject.toml (needs uv)
	@uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.lock --upgrade
	@uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --extra dev pyproject.toml -o requirements-dev.lock --upgrade
	@uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group rivals -o requirements-rivals.lock --upgrade
