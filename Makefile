# Needs make and Python 3.11 or newer, nothing else. Choose a Python with: make demo PYTHON=python3.12
.POSIX:

BOOTSTRAP = PYTHON="$(PYTHON)" sh scripts/bootstrap
BIN = .venv/bin
PYTEST = $(BIN)/python -m pytest
# Options for pytest, as in: make test TESTS="-k archive -x"
TESTS =

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1: /p' Makefile

demo: runtime ## watch a drifted production being reconciled, on throwaway databases
	@$(BIN)/reconcile demo

dev: runtime ## open the Dagster UI on the story's world, not yet reconciled
	@$(BIN)/reconcile dev

test: tools ## run the tests
	@$(PYTEST) -n 2 --dist loadgroup $(TESTS)

browser: tools ## look at Dagster's web page in a real browser, from the first scan to green checks
	@$(PYTEST) -m browser $(TESTS)

soak: tools ## run the long fault and scale suites, printing what they do
	@$(PYTEST) -m soak -s $(TESTS)

bench: tools ## run the benchmarks and print their figures
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

lint: tools ## check the style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: tools ## rewrite files to the style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: tools ## check the types
	@$(BIN)/mypy

imports: tools ## check who imports whom
	@$(BIN)/lint-imports

lock: tools ## bring both lock files up to date; UPGRADE=--upgrade takes newer versions
	@sh scripts/lock $(UPGRADE)

clean: ## delete what the targets above made
	rm -rf .venv .venv.lock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache \
		.hypothesis node_modules

runtime:
	@$(BOOTSTRAP) runtime

tools:
	@$(BOOTSTRAP) dev

.PHONY: help demo dev test browser soak bench lint format types imports lock clean runtime tools
