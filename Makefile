# Needs Python 3.11 or later and make; everything else goes into .venv.
PYTHON ?= python3
COHORT ?= quzhou-2025
BIN := .venv/bin
LOCKED := --quiet --universal --fork-strategy fewest --python-version 3.11 --extra test --no-annotate --no-header

# Where it is set, every program that a test or a report starts compiles the library anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: report test test-fast test-thorough docs lab bench bench-large bench-coverage lock audit-deps sbom licences validation clean

report: .venv/ready
	@$(BIN)/rechallenge report $(COHORT)

test: .venv/ready
	@$(BIN)/ruff check lib tests data
	@$(BIN)/ruff format --check -q lib tests
	@$(BIN)/pytest -n 2 --dist worksteal

# What a developer runs while working: without whole reports, reconstructions, compiling and browsers.
test-fast: .venv/ready
	@$(BIN)/ruff check lib tests data docs
	@$(BIN)/pytest -n 2 --dist worksteal -m "not slow" tests/unit tests/contract tests/property

# Everything at its full size: more examples, longer searches, whole sets of simulated papers.
test-thorough: .venv/ready
	@$(BIN)/pytest -n 2 --dist worksteal --thorough

# The pages of docs/ and of the docstrings as a site: site/index.html.
docs: .venv/docs/ready
	@.venv/docs/bin/zensical build --clean -f mkdocs.yml

lab: .venv/ready
	@$(BIN)/jupyter lab notebooks/explore.ipynb

bench: .venv/ready
	@$(BIN)/python tests/bench/bench_report.py
	@$(BIN)/python tests/bench/bench_reconstruct.py
	@$(BIN)/python tests/bench/table.py --write

bench-large: .venv/ready
	@$(BIN)/python tests/bench/bench_large.py
	@$(BIN)/python tests/bench/table.py --write

# Coverage of every interval and type I error of every test, by simulation: tests/bench/coverage.md (some minutes).
bench-coverage: .venv/ready
	@$(BIN)/python tests/bench/bench_coverage.py

# Everything pinned: requirements.lock holds direct and transitive versions, requirements.hashes the SHA-256 of their files too:
# a file that is another one is not installed.
.venv/ready: requirements.hashes pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; set PYTHON=... to another one" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv
	@echo "Installing the pinned packages into .venv (once, about a minute) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.hashes
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/ready

.venv/docs/ready: pyproject.toml
	@$(PYTHON) -m venv .venv/docs
	@$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"], sep="\n")' > .venv/docs/wanted.txt
	@.venv/docs/bin/pip install --quiet --disable-pip-version-check -r .venv/docs/wanted.txt
	@touch .venv/docs/ready

# Resolve again after a change of pyproject.toml (needs uv).
lock:
	uv pip compile $(LOCKED) pyproject.toml -o requirements.lock
	uv pip compile $(LOCKED) --generate-hashes pyproject.toml -c requirements.lock -o requirements.hashes

# Known holes of what the lock pins, by the advisory database of PyPI (needs the network).
audit-deps: .venv/audit/ready
	@.venv/audit/bin/pip-audit --no-deps --disable-pip -r requirements.lock

# The software bill of materials of the lock (CycloneDX): sbom.json.
sbom: .venv/audit/ready
	@.venv/audit/bin/pip-audit --no-deps --disable-pip -r requirements.lock -f cyclonedx-json -o sbom.json

# The licence of every installed package.
licences: .venv/ready
	@$(BIN)/python docs/make_licences.py

# docs/validation.md: every known answer beside what is computed here.
validation: .venv/ready
	@$(BIN)/python docs/make_validation.py

.venv/audit/ready:
	@$(PYTHON) -m venv .venv/audit
	@.venv/audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	@touch .venv/audit/ready

clean:
	rm -rf .venv site
	find outputs -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
