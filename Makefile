# Everything runs in .venv, which any target makes first.  make help: the targets.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Commands that tests start would be compiled anew each time.
unexport PYTHONDONTWRITEBYTECODE
REACHED_BY_STORIES := kbroker/handlers/*,kbroker/coordinator/*,kbroker/replicas/*,storage/log.py,storage/segment*.py,storage/recovery.py

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $(READY)

serve: $(READY) ## set up, and start a broker on port 9092 that keeps its data in .data/
	$(BIN)/kbroker serve --data-dir .data

test: $(READY) ## set up, and run the tests
	$(BIN)/python -m pytest -n auto tests

coverage: $(READY) ## the lines that the tests reach, in subprocesses too
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n auto tests
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered

story-coverage: $(READY) ## the lines of the broker that no story of the comparison with Kafka reaches
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n auto tests/test_recorded_answers.py
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --show-missing --skip-covered --include='$(REACHED_BY_STORIES)'

check: $(READY) ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(READY) ## format, and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

compat: $(READY) ## unmodified clients and the wire comparison against kbroker and a real Kafka
	$(BIN)/python -m pytest -n 2 compat_tests --broker both

bench: $(READY) ## kbroker beside a real Kafka and other stand-ins (docker, go, java)
	$(BIN)/python -m tools.bench

fast: $(READY) ## compile the hot path, from the same sources (a C compiler)
	$(BIN)/python -m tools.accelerate

soak: $(READY) ## ten thousand schedules of each simulation of faults, and a kill at each write of short ones
	$(BIN)/python -m tools.soak_simulations

demo: $(READY) ## a text through four clients and a group whose members are killed
	$(BIN)/python -m tools.demo

.PHONY: help serve test coverage story-coverage check fix compat bench fast soak demo
