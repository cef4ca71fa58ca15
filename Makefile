# Every target sets up what it needs; nothing has to be installed by hand but Python 3.11+.
PYTHON ?= python3
BIN := .venv/bin
NBCODER := $(BIN)/nbcoder
SMALL := qwen2.5-coder-0.5b-instruct
STARTED := $(shell date +%s)

# The machine's Node, else the one in .venv.
NPM = cd labextension && PATH="$$PATH:$(CURDIR)/$(BIN)" npm
MODULES := labextension/node_modules/.package-lock.json
TYPESCRIPT := $(shell find labextension/src labextension/schema labextension/style -type f) $(wildcard labextension/*.*)

.PHONY: setup engine demo test families check chromium pictures lab locks clean

setup: .venv/.ready

.venv/.ready: pyproject.toml
	@echo "── setting up .venv (a minute the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nbcoder needs Python 3.11 or newer; call make with PYTHON=python3.x")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25"
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@mkdir -p .cache && touch $@ .cache/labextension

.cache/labextension: $(TYPESCRIPT) | setup
	@$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

engine: setup ## vLLM's environment and the small model
	@$(NBCODER) engine install
	@$(NBCODER) model pull $(SMALL)

demo: setup ## the main job with a real model
	@$(BIN)/python scripts/demo.py --since $(STARTED)

test: setup .cache/labextension engine chromium ## everything
	@$(BIN)/python -m pytest --numprocesses auto -m "not (engine or browser)"
	@$(BIN)/python -m pytest -m "(engine or browser) and not families"

families: setup engine ## every architecture and the 1.5B in the real vLLM: ten minutes
	@$(BIN)/python -m pytest -m families

check: setup .cache/typescript ## what CI checks besides the tests
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

.cache/typescript: $(MODULES) $(TYPESCRIPT)
	@$(NPM) run --silent check
	@mkdir -p .cache && touch $@

$(MODULES): labextension/package-lock.json | setup
	@$(NPM) ci --silent --no-audit --no-fund
	@touch $@

chromium: ## the browser of the browser tests
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get -qq update && apt-get -qq install -y chromium >/dev/null; } || \
	{ echo "The browser tests need Chromium: install the package 'chromium' with your system's package manager."; exit 1; }

pictures: setup .cache/labextension engine chromium ## the pictures in docs/images, from real runs
	@$(BIN)/python -m tests.pictures

lab: setup .cache/labextension ## JupyterLab with everything ready
	@$(NBCODER) engine install
	@$(NBCODER) engine start
	@$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) examples/quickstart.ipynb

locks: setup ## write the engine's lock files anew
	@$(BIN)/python scripts/lock_engine.py

clean:
	rm -rf .venv build dist
