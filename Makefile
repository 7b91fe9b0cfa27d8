# Jackfield. `make` alone lists the commands; each sets up what it needs, once, in .venv.
# Needed: Python 3.11 or later, make, and the package index of your pip.

PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP := PIP_USER=0 $(BIN)/python -I -m pip --disable-pip-version-check --no-input -qq
ARGS ?=
# Two for each processor: many tests wait for a process to start or to end.
WORKERS ?= $(shell expr $$($(PYTHON) -c "import os; print(os.cpu_count() or 1)") "*" 2)

.DEFAULT_GOAL := help
.PHONY: help run test check format snapshots film bench peers conformance docs lock clean

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

run: $(VENV)/.run ## open the session on the built-in demo server (ARGS="…" for anything else)
	@echo "Opening jackfield $(or $(ARGS),demo); Ctrl+Q leaves it."
	@$(BIN)/jackfield $(or $(ARGS),demo)

# Hundreds of children would compile the program each, where the environment has Python keep no bytecode.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.test ## run the tests (ARGS="…" goes to pytest)
	@echo "Running the tests; those that need other people's servers are skipped until 'make peers'."
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(VENV)/.test ## lint, format, types, layer contracts, licences and known vulnerabilities of the locked packages
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m checks.dependencies

format: $(VENV)/.test ## let ruff put the code in order
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

snapshots: $(VENV)/.test ## draw the pictures in snapshots/ again; look at the difference before you commit it
	$(BIN)/python -m pytest --snapshot-update $(or $(ARGS),tests/widgets tests/app)

film: $(VENV)/.test ## play the demo and draw docs/demo.svg again
	@echo "Playing the demo; it takes about twenty seconds."
	@$(BIN)/python -m tests.film

bench: $(VENV)/.test ## print the measurements (ARGS="--only NAME" for one of them)
	@$(BIN)/python -m benchmarks $(ARGS)

peers: $(VENV)/.test ## install the servers of others that some tests talk to, in .peers
	@$(BIN)/python -m tests.peers.install

conformance: $(VENV)/.test peers ## run the client scenarios of the MCP project's conformance suite (ARGS="NAME…" for some)
	@$(BIN)/python -m tests.conformance $(ARGS)

# The locks name every package of every platform with its hashes, and no index.
COMPILE = .lock/$(notdir $(BIN))/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(ARGS)

docs: ## build the documentation as a site into site/
	@test -x .docs/$(notdir $(BIN))/mkdocs || $(PYTHON) -m venv .docs
	@.docs/$(notdir $(BIN))/python -I -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/docs.txt
	@NO_MKDOCS_2_WARNING=1 .docs/$(notdir $(BIN))/mkdocs build --quiet --strict
	@echo "The site is in site/; open site/index.html."

lock: ## write requirements/*.txt again from pyproject.toml (ARGS=--upgrade for newer versions)
	@echo "Resolving the dependencies of pyproject.toml into requirements/."
	@test -x .lock/$(notdir $(BIN))/uv || $(PYTHON) -m venv .lock
	@.lock/$(notdir $(BIN))/python -I -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/lock.txt
	$(COMPILE) pyproject.toml --extra acp --extra chat --extra scale --extra socks --group build -o requirements/run.txt >/dev/null
	$(COMPILE) pyproject.toml --extra acp --extra chat --extra scale --extra socks --group build --group test --group check -c requirements/run.txt \
		-o requirements/test.txt >/dev/null
	$(COMPILE) --no-strip-extras --group peers -o requirements/peers.txt >/dev/null
	$(COMPILE) --group lock -o requirements/lock.txt >/dev/null
	$(COMPILE) --group docs -o requirements/docs.txt >/dev/null

clean: ## remove everything that make set up
	rm -rf $(VENV) .lock .docs site .peers build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f snapshot_report.html

# $(VENV)/.run: what `jackfield` needs; $(VENV)/.test: that, and the tools of `make test` and `make check`.
$(VENV)/.run $(VENV)/.test: $(VENV)/.%: requirements/%.txt pyproject.toml
	@if ! $(BIN)/python -I -m pip --version >/dev/null 2>&1; then \
		test -n "$(PYTHON)" || { echo "No Python 3.11 or later found; name one with PYTHON=…" >&2; exit 1; }; \
		echo "Making a virtual environment in $(VENV) with $$($(PYTHON) --version)."; \
		rm -rf $(VENV); \
		$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
			echo "This Python cannot make virtual environments; on Debian: apt install python3-venv." >&2; exit 1; }; \
	fi
	@echo "Installing the locked packages of requirements/$*.txt; the first time takes about a minute."
	@$(PIP) install --require-hashes -r requirements/$*.txt
	@$(PIP) install --no-deps --no-index --no-build-isolation --editable .
	@touch $@
