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

.PHONY: help demo test power-loss faults faults-opcua invariants nist-live honesty lint ways docs pictures bench-board bench-twin bench-forecast bench-start bench-recover bench-live bench-measure bench-nc beside-rs274 fuzz python clean
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

power-loss: $(VENV)/develop.stamp  ## lose the power N times (10000) while a journal is written
	PYTHONPATH=tests/journal $(BIN)/python tests/journal/power_loss.py --states $(or $(N),10000) --seed $(or $(SEED),1)

N ?= 1000
SEED ?= 1

faults: $(VENV)/develop.stamp  ## disturb a running line N times (1000) with seed SEED (1): what is lost, what is doubled?
	@$(BIN)/python tests/faults/campaign.py --faults $(N) --seed $(SEED)

faults-opcua: $(VENV)/develop.stamp  ## the same with machines behind OPC UA, encrypted, through a proxy that cuts and stalls
	@$(BIN)/python tests/faults/campaign.py --opcua --orders 12 --faults $(N) --seed $(SEED)

ASSEMBLIES ?= 20
nist-live: $(VENV)/develop.stamp  ## ASSEMBLIES (20) boxes on machines behind OPC UA at SPEED (60x), the line killed once
	@$(BIN)/python tests/live/nist_live.py --assemblies $(ASSEMBLIES) --speed $(SPEED)
nist-live: SPEED = 60x

invariants: $(VENV)/develop.stamp  ## draw N plants (1000) of each kind with seed SEED (1): what must be true of any line?
	@$(BIN)/python tests/control/campaign.py --plants $(N) --seed $(SEED)

honesty: $(VENV)/develop.stamp  ## how often do 80% forecast intervals hold what then happens, on 200 drawn plants?
	@$(BIN)/python tests/honesty/campaign.py

lint: $(VENV)/develop.stamp  ## import contracts, ruff, mypy
	$(BIN)/lint-imports
	$(BIN)/ruff check --output-format concise .
	$(BIN)/mypy

ways: $(VENV)/run.stamp  ## count which way the branches of compiled code go (after changes of control/ or twin/)
	$(BIN)/python benchmarks/count_ways.py

docs: $(VENV)/run.stamp  ## make the documents that are made from the code
	@mkdir -p $(OUT)
	$(BIN)/python -m linewright.plant.document > $(OUT)/plant-file.md
	mv $(OUT)/plant-file.md docs/plant-file.md

pictures: $(VENV)/develop.stamp  ## take the pictures of the board in docs/ (needs Chromium)
	$(BIN)/python docs/make_pictures.py

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

bench-board: $(VENV)/run.stamp  ## CPU of the server for 50 stations and eight browsers
	$(BIN)/python benchmarks/bench_board.py

bench-recover: $(VENV)/run.stamp  ## seconds to bring a line back from the journal of a week, and to go on with it
	$(BIN)/python benchmarks/bench_recover.py

bench-live: $(VENV)/run.stamp  ## a decision alone, and from a machine's event to the command on its way, all on disk
	$(BIN)/python benchmarks/bench_live.py

.PHONY: bench-connect bench-machines
bench-connect: $(VENV)/run.stamp  ## MTConnect, Sparkplug and telemetry: observations, payloads, rows and messages in a second
	$(BIN)/python benchmarks/bench_connect.py

MACHINES ?= 500
bench-machines: $(VENV)/bench.stamp  ## MACHINES (500) virtual machines behind one OPC UA server: memory, latency of calls, CPU
	$(BIN)/python benchmarks/bench_machines.py $(MACHINES)

bench-measure: $(VENV)/bench.stamp  ## charts and rules beside pccpy and pandas
	$(BIN)/python benchmarks/bench_measure.py

bench-nc: $(VENV)/bench.stamp  ## machine-tool programs beside other readers
	-@sh benchmarks/peers/fetch_rs274.sh $(VENV)/rs274 >/dev/null 2>&1 || echo "rs274 (Debian 12, linuxcnc-uspace) cannot be had here: left out" >&2
	RS274=$${RS274:-$$(ls $(CURDIR)/$(VENV)/rs274/rs274 2>/dev/null)} $(BIN)/python tests/nc/bench_nc.py

PROGRAMS ?= 1000
beside-rs274: $(VENV)/develop.stamp  ## compare PROGRAMS (1000) programs drawn with SEED (1) with LinuxCNC's rs274
	@sh benchmarks/peers/fetch_rs274.sh $(VENV)/rs274 >/dev/null 2>&1 || true
	@RS274=$${RS274:-$$(ls $(CURDIR)/$(VENV)/rs274/rs274 2>/dev/null)} $(BIN)/python tests/nc/beside/campaign.py \
		--programs $(PROGRAMS) --seed $(SEED)

FUZZ_S ?= 60
fuzz: $(VENV)/develop.stamp  ## coverage-guided fuzzing of the program reader for FUZZ_S seconds (60)
	@$(BIN)/python -c "import atheris" 2>/dev/null || $(BIN)/python $(PIP_INSTALL) 'atheris>=2.3,<4' \
		|| { echo "atheris cannot be installed here: nothing was fuzzed" >&2; exit 0; }
	@! $(BIN)/python -c "import atheris" 2>/dev/null || $(BIN)/python tests/nc/fuzz_reader.py -max_total_time=$(FUZZ_S)

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
