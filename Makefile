# Every target sets up what it needs; nothing has to be installed by hand but Python 3.11+.
PYTHON ?= python3
BIN := .venv/bin
NBCODER := $(BIN)/nbcoder
SMALL := qwen2.5-coder-0.5b-instruct

.PHONY: setup engine demo test check lab locks clean

setup: .venv/.ready

.venv/.ready: pyproject.toml
	@echo "── setting up .venv (a minute the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nbcoder needs Python 3.11 or newer; call make with PYTHON=python3.x")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25"
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

engine: setup ## vLLM's environment and the small model
	@$(NBCODER) engine install
	@$(NBCODER) model pull $(SMALL)

demo: setup ## the main job with a real model
	@$(BIN)/python -m nbcoder.demo

test: setup engine ## everything
	@$(BIN)/python -m pytest

check: setup ## what CI checks besides the tests
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

lab: setup ## JupyterLab with everything ready
	@$(BIN)/jupyter lab examples/quickstart.ipynb

locks: setup ## write the engine's lock files anew
	@$(BIN)/python scripts/lock_engine.py

clean:
	rm -rf .venv build dist
