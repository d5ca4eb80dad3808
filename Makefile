# Everything runs in virtual environments of the project's own; nothing has to be set up first.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PEERS := .venv-peers
BIN := $(VENV)/bin
# The peers' JAX and torch are large; the CPU build of torch is enough.
TORCH ?= torch==2.13.0

.PHONY: demo test sweep bench docs serve clean
.DEFAULT_GOAL := test

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[examples]" --group test --group docs
	touch $@

demo: $(VENV)/.installed  ## The main job: moons, digits, lecture
	$(BIN)/python -m tapegrad.examples.moons
	$(BIN)/python -m tapegrad.examples.digits
	$(BIN)/python -m tapegrad.examples.lecture

test: $(VENV)/.installed  ## Lint, types and every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto

sweep: $(VENV)/.installed  ## Every function with many drawn calls: minutes, where test samples
	$(BIN)/pytest -n auto -m exhaustive tests/sweep tests/test_composition.py --sweep-seed $$(date +%s)

docs: $(VENV)/.installed  ## The site, into site/
	$(BIN)/python -m mkdocs build --strict

serve: $(VENV)/.installed  ## The site, to read while writing
	$(BIN)/python -m mkdocs serve

$(PEERS)/.installed: pyproject.toml
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(PEERS)/bin/python -m pip install --quiet "$(TORCH)"
	$(PEERS)/bin/python -m pip install --quiet --editable . --group peers
	touch $@

bench: $(PEERS)/.installed  ## Benchmarks beside the peers, as ratios
	$(PEERS)/bin/python -m tests.benchmarks --write docs/benchmarks.md

clean:
	rm -rf $(VENV) $(PEERS) site output .mypy_cache .pytest_cache .ruff_cache .hypothesis
