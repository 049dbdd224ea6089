# Every command sets up what it needs; the second time that costs nothing.
PYTHON ?= $(shell .ci/python 3.13 3.12 3.11)
VENV := .venv
RUNTIME := .venv-runtime
BIN := $(VENV)/bin
AZURITE := local/azurite/node_modules
PAPER ?= samples/paper.pdf

.PHONY: help setup demo up test runtime lint format bench lock clean
.DEFAULT_GOAL := help

help: ## Show the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(VENV)/.ready $(AZURITE)/.ready ## Make .venv, and install everything

$(VENV)/.ready: requirements-dev.txt
	@test -x $(BIN)/python || { python="$(PYTHON)"; $${python:-false} -c "" 2>/dev/null || { \
	  echo "Event Hub needs Python 3.11, 3.12 or 3.13$${python:+, and $$python does not answer}: install one, or name it with make PYTHON=…"; exit 1; }; \
	  $$python -m venv $(VENV); }
	@echo "Installing Python packages…"
	@test -x $(BIN)/uv || $(BIN)/python -m pip install -q --disable-pip-version-check "$$(grep "^uv==" requirements-dev.txt)"
	@$(BIN)/uv pip sync -q --python $(BIN)/python requirements-dev.txt
	@$(BIN)/python -m local.node > /dev/null
	@touch $@

$(AZURITE)/.ready: local/azurite/package-lock.json | $(VENV)/.ready
	@echo "Installing Azurite, the storage emulator…"
	@PATH="$$($(BIN)/python -m local.node):$$PATH" npm ci --prefix local/azurite --no-audit --no-fund --loglevel=error
	@touch $@

demo: setup ## Play the journey, from a PDF to its published summary (PAPER=my.pdf)
	@$(BIN)/python -m local demo --paper "$(PAPER)"

up: setup ## Serve on port 7071 with an event and accounts to try
	@$(BIN)/python -m local serve --seed

test: setup ## Run every test (TESTS=tests/blueprints; STORE=cosmos for the other store)
	@$(BIN)/python -m pytest $(TESTS)

runtime: setup ## Run every function under Microsoft's worker library, where a Python 3.13 is found
	@python="$$(.ci/python 3.13)"; if [ -z "$$python" ]; then \
	  echo "SKIPPED: the tests under Microsoft's worker library (tests/runtime) need Python 3.13, and none answers here."; exit 0; fi; \
	  $(MAKE) -s RUNTIME_PYTHON="$$python" $(RUNTIME)/.ready && $(RUNTIME)/bin/python -m pytest -n 0 tests/runtime

$(RUNTIME)/.ready: requirements-runtime.txt
	@test -x $(RUNTIME)/bin/python || $(BIN)/uv venv -q --python "$(RUNTIME_PYTHON)" $(RUNTIME)
	@echo "Installing Microsoft's worker library…"
	@$(BIN)/uv pip sync -q --python $(RUNTIME)/bin/python requirements-runtime.txt
	@$(RUNTIME)/bin/python -m local.node > /dev/null
	@touch $@

lint: setup ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup ## Format the code
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

bench: setup ## Measure speed (bench/)
	@for file in bench/[a-z]*.py; do echo "== $$file"; $(BIN)/python -m bench.$$(basename $$file .py) || exit 1; done

lock: setup ## Pin requirements anew, after a change of requirements.in
	@$(BIN)/uv pip compile -q --no-header --universal --python-version 3.11 requirements.in -o requirements.txt
	@$(BIN)/uv pip compile -q --no-header --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv pip compile -q --no-header --universal --python-version 3.13 requirements-runtime.in -o requirements-runtime.txt

clean: ## Remove what was installed, and the data
	rm -rf $(VENV) $(RUNTIME) $(AZURITE) .data
