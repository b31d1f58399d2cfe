# make report, make test: all set-up included, nothing asked. Needs Python 3.11 or later and make.
# make test TESTS=tests/test_run.py: only these
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps
STUDY ?= data/uusi-alku
LANGUAGE ?= fi
EDITION ?= public

.DEFAULT_GOAL := report
.PHONY: report test collected coverage unmeasured setup lint types examples docs release again floors lock clean

# every kernel imports the same packages: what is imported is compiled once, also where Python is told to write no
# bytecode. Compiling all that is installed takes longer than installing it
unexport PYTHONDONTWRITEBYTECODE

# uv takes a fifth of pip's time; where it finds no packages, or is not to be had, pip does it. It must not read the
# project file, whose constraint has no version with a hash: it would refuse the lock.
# The mark is newer than the lock and the project file once everything in them is installed
$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear $(VENV) || python3 -m venv --clear $(VENV)
	sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	$(PIP) --require-hashes -r $(VENV)/uv.lock \
	  && $(BIN)/uv pip install --no-config --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements.lock \
	  || $(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-build-isolation --editable .
	touch $@

setup: $(VENV)/.ready

report: setup
	$(BIN)/evaltools run $(STUDY) --language $(LANGUAGE) --edition $(EDITION)

test: setup
	$(BIN)/python -m pytest $(TESTS)

# every process that runs tests imports all of them: they are compiled once, before
collected: setup
	$(BIN)/python -m pytest --collect-only --numprocesses 0 -qq > /dev/null

# line coverage of statistics by the quick tests of them; FLOOR is what a run printed (96.02) less one. `unmeasured` runs the
# other tests: measuring is a cost, and kernels would not be measured; tests marked no_cover run here without it. Two
# processes: each imports all packages anew, and other checks run beside
MEASURED := $(patsubst %,tests/test_%.py,entropy_balance fair_comparison methods multiplicity net_change nonresponse paired people planning ranges \
  rates results scales taking_part watch)
FLOOR := 95

coverage:
	$(MAKE) test TESTS="$(MEASURED) --numprocesses 2 --cov --cov-report=term:skip-covered --cov-fail-under=$(FLOOR)"

unmeasured:
	$(MAKE) test TESTS="$(MEASURED:%=--ignore=%)"

lint: setup
	$(BIN)/ruff check src tests benchmarks data
	$(BIN)/ruff format --check src tests benchmarks data

types: setup
	$(BIN)/mypy

# raw exports of the two real studies, from the packages that carry the data sets
examples: setup
	$(BIN)/python data/write_examples.py

# the demo's last report by the real command; its term and all before it are published for the first time
release: setup
	$(BIN)/evaltools run data/uusi-alku --language en

# the documentation as a site, in site/, with that report inside; a broken link is an error
docs: release
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet docs site

# that report made anew, to the byte, and what its gate proved
again: release
	$(BIN)/evaltools verify outputs/uusi-alku/2023K/public-en --language en

# with the lowest versions that pyproject.toml allows
floors: setup
	.ci/floors

# the pinned versions anew: hashes for every platform, no addresses
lock:
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/python -m pip install --quiet uv
	.lock-venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links --allow-unsafe --no-strip-extras --upgrade pyproject.toml -o requirements.lock
	rm -rf .lock-venv

clean:
	rm -rf $(VENV) build src/*.egg-info
