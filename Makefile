# Everything a person runs here; `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench load faults fuzz screenshots clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# the tests are shared out over the cores; one process with PYTEST_ARGS=
PYTEST_ARGS ?= -n auto --dist worksteal
# of the fault harness: kills for each kind of deed, and where results go
KILLS ?= 200
OUT ?= /tmp/portal-results
# requests of the fuzzer on each database; FUZZ_SEED= repeats a run
FUZZ ?= 10000
# the tests start many processes: each would compile the portal anew where this is set
unexport PYTHONDONTWRITEBYTECODE
# of the load: seconds of the longest scenarios, the others in proportion; names of those to run, all when none
LOAD_SECONDS ?= 600
SCENARIO ?=
# sign of a finished installation, renewed when the dependencies change
INSTALLED := $(VENV)/.installed
EXTRAS := postgres,workers,test,lint

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(INSTALLED): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(EXTRAS)]'
	touch $(INSTALLED)

demo: $(INSTALLED) ## build a demo campus and serve it on http://127.0.0.1:8000
	$(BIN)/portal demo --port $(PORT)

test: $(INSTALLED) ## run all tests
	$(BIN)/pytest $(PYTEST_ARGS)

lint: $(INSTALLED) ## check code and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --check --lint --quiet portal/templates

bench: $(INSTALLED) ## measure, as ratios in one run
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

load: $(INSTALLED) ## let 50 and 200 people work at a real server (half an hour; LOAD_SECONDS=30 in short)
	$(BIN)/python benchmarks/load/run.py --seconds $(LOAD_SECONDS) $(addprefix --scenario ,$(SCENARIO)) --out $(OUT)/load

faults: $(INSTALLED) ## kill real servers while people work, compare what was promised (an hour or more)
	$(BIN)/python tests/faults/run.py --kills $(KILLS) --out $(OUT)/faults

fuzz: $(INSTALLED) ## send 10,000 requests nobody well-meaning sends (FUZZ=, FUZZ_SEED=)
	FUZZ=$(FUZZ) $(BIN)/pytest -n 0 -q tests/fuzz/test_fuzz.py -k no_request

screenshots: $(INSTALLED) ## take the pictures of the README anew
	$(BIN)/python docs/screenshots.py

clean: ## throw the environment and caches away
	rm -rf $(VENV) .pytest_cache .hypothesis .mypy_cache .ruff_cache build dist *.egg-info
