# Everything here works alone on a machine that has Python 3.11 to 3.13, make and a package registry.
# The first target that needs them makes `.venv` and installs what it lacks; later ones start at once.

VENV := .venv
BIN := $(VENV)/bin
OUT := out
WORKERS ?= 2
# Of the demo, to be watched: eight and a half days in 25 s. SPEED=max: as fast as it goes.
SPEED ?= 30000x

# The first Python of a fit version that can make a virtual environment. `make PYTHON=...` overrides.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 $(wildcard $(HOME)/.pyenv/versions/3.1[123].*/bin/python3); do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo "$$p" && break; done)

# Cimba, one of the peers in `bench-twin`, runs on Python 3.13 alone.
PYTHON313 ?= $(shell for p in python3.13 python3 $(wildcard $(HOME)/.pyenv/versions/3.13.*/bin/python3); do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null \
	&& echo "$$p" && break; done)

PIP_INSTALL = -m pip install --quiet --no-input --disable-pip-version-check

# Compiled functions are kept beside the environment, so that a fresh clone starts clean.
export LINEWRIGHT_CACHE := $(CURDIR)/$(VENV)/compiled

.PHONY: help demo test lint docs bench-twin bench-forecast bench-start bench-measure bench-nc python clean
.NOTPARALLEL:

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: $(VENV)/run.stamp  ## run 20 box assemblies on virtual machines, then forecast the line from its second day
	@mkdir -p $(OUT)
	$(BIN)/linewright run examples/nist-box/plant.yaml --orders examples/nist-box/orders.csv \
		--speed $(SPEED) --journal $(OUT)/demo.db --html $(OUT)/run.html
	$(BIN)/linewright forecast $(OUT)/demo.db --at "2 d" --html $(OUT)/forecast.html
	@echo
	@echo "Reports: $(OUT)/run.html (the run) and $(OUT)/forecast.html (the forecast of its second day); journal: $(OUT)/demo.db"

test: $(VENV)/develop.stamp  ## run the whole test suite on WORKERS cores (2)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

lint: $(VENV)/develop.stamp  ## import contracts, ruff, mypy
	$(BIN)/lint-imports
	$(BIN)/ruff check --output-format concise .
	$(BIN)/mypy

docs: $(VENV)/run.stamp  ## make the documents that are made from the code
	@mkdir -p $(OUT)
	$(BIN)/python -m linewright.plant.document > $(OUT)/plant-file.md
	mv $(OUT)/plant-file.md docs/plant-file.md

ifneq ($(PYTHON313),)
bench-twin: $(VENV)/cimba.stamp
bench-twin: CIMBA = --cimba-python $(VENV)/cimba/bin/python
endif
bench-twin: $(VENV)/bench.stamp  ## CPU seconds per part beside SimPy, salabim, Ciw and Cimba
	$(if $(CIMBA),,@echo "no Python 3.13 on PATH or under ~/.pyenv: Cimba is left out (make bench-twin PYTHON313=...)" >&2)
	$(BIN)/python benchmarks/bench_twin.py $(CIMBA)

bench-forecast: $(VENV)/run.stamp  ## seconds for 1,000 futures of a running line
	$(BIN)/python benchmarks/bench_forecast.py

bench-start: $(VENV)/run.stamp  ## seconds to the demo's forecast, cold and warm; to --help
	$(BIN)/python benchmarks/bench_start.py

bench-measure: $(VENV)/bench.stamp  ## charts and rules beside pccpy and pandas
	$(BIN)/python benchmarks/bench_measure.py

bench-nc: $(VENV)/bench.stamp  ## machine-tool programs beside other readers
	$(BIN)/python tests/nc/bench_nc.py

python:  ## say which Python would be used
	@test -n "$(PYTHON)" || { echo "no Python 3.11 to 3.13 with venv and pip found; install one" \
		"(Debian, Ubuntu: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo $(PYTHON)

clean:  ## remove the environment and everything made
	rm -rf $(VENV) $(OUT) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# ------------------------------------------------------------------ environments

$(BIN)/python:
	@$(MAKE) --silent python >/dev/null
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python $(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/develop.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python $(PIP_INSTALL) --editable '.[test,lint]'
	@touch $@ $(VENV)/run.stamp

$(VENV)/bench.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/python $(PIP_INSTALL) --editable '.[bench]'
	@touch $@

$(VENV)/cimba.stamp: benchmarks/peers/cimba-requirements.txt | $(BIN)/python
	$(PYTHON313) -m venv $(VENV)/cimba
	$(VENV)/cimba/bin/python $(PIP_INSTALL) --requirement $<
	@touch $@
