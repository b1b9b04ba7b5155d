# The daily commands. `make demo` and `make test` set up whatever they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types bench lock clean browser screenshots docs

demo: $(VENV)/demo-ready
	$(BIN)/csbot demo

# Bytecode is kept also where it is usually not: csbot starts many times, and three at once read it.
test: $(VENV)/test-ready browser
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist worksteal

lint: $(VENV)/test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell *.md docs messages csbot handlers schedules

types: $(VENV)/test-ready
	$(BIN)/mypy

bench: $(VENV)/test-ready
	$(BIN)/python -m tests.bench

docs: $(VENV)/demo-ready
	$(BIN)/csbot playbook diagram --out docs/playbooks

screenshots: $(VENV)/test-ready browser
	$(BIN)/python -m tests.browser.screenshots docs/pictures
	$(BIN)/python -m tests.browser.moving_picture docs/pictures/csbot.webp

browser: $(VENV)/test-ready
	@$(BIN)/python -m tests.browser.find || sh tests/browser/install.sh

$(VENV)/demo-ready: requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'csbot needs Python 3.11 or newer')"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/test-ready: requirements-dev.lock $(VENV)/demo-ready
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@

COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-options
lock: $(VENV)/test-ready
	$(BIN)/python -m pip install --quiet pip-tools
	$(COMPILE) --extra build -o requirements.lock pyproject.toml
	$(COMPILE) --extra build --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) csbot-demo .pytest_cache .mypy_cache .ruff_cache
