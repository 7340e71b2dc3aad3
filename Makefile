# Two commands do all the set-up: `make run` (the demo) and `make test` (everything).
PYTHON ?= $(shell command -v python3.13 || command -v python3.12 || command -v python3)
PORT ?= 8000
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run ocr test coverage bench bench-rosters faults audit check lint browser front words clean help

help:
	@echo "make run    set up and serve the demo    make test   run every test"
	@echo "make ocr    add what reads scans and photos"
	@echo "make bench  measure                      make check  lint, types, storeys"
	@echo "make bench-rosters  the public rostering instances, 60 s each"
	@echo "make audit  ask the registries for known holes in the libraries, before a release"
	@echo "make faults kill it piece by piece during 1,000 recordings"

run: .venv/.base front words
	$(BIN)/anyuan run --demo --port $(PORT)

# Reads scans and photos of plans: an extra of 400 MB, without network once it is installed.
ocr: .venv/.ocr

test: .venv/.dev front words browser check
	$(BIN)/python -m pytest -n auto --dist loadfile

# Which branches no test takes; the browser's journeys are left out.
coverage: .venv/.dev front words
	$(BIN)/coverage run --branch --source anyuan -m pytest --ignore tests/journeys --ignore tests/faults
	$(BIN)/coverage report --skip-covered --sort cover

bench: .venv/.dev words
	$(BIN)/python -m bench
	$(BIN)/python -m bench.recognition

bench-rosters: .venv/.dev
	$(BIN)/python -m bench.rosters 60

faults: .venv/.dev front words
	FAULTS=1000 $(BIN)/python -m pytest tests/faults tests/journeys/test_on_duty.py

# Asks the registries which libraries have known holes; the only step that asks anything outside but for installing.
audit: .venv/.audit frontend/node_modules/.ready
	$(BIN)/pip-audit --strict --disable-pip -r requirements/base.txt
	cd frontend && npm audit --omit=dev

check: .venv/.dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/djlint anyuan --lint --quiet
	$(BIN)/python -m pytest -q -p no:xdist tests/architecture/test_house.py -k template
	cd frontend && npx --no-install tsc --noEmit && npx --no-install prettier --check --log-level warn src *.ts

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || { echo "Anyuan needs Python 3.12 or later; 3.13 is best. Set PYTHON=/path/to/python3.13"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.base: requirements/base.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --require-hashes -r requirements/base.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.base .venv/.ocr
	$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.ocr: requirements/ocr.txt .venv/.base
	$(BIN)/python -m pip install -q --require-hashes -r requirements/ocr.txt
	@touch $@

.venv/.audit: requirements/audit.txt .venv/.base
	$(BIN)/python -m pip install -q --require-hashes -r requirements/audit.txt
	@touch $@

front: frontend/dist/anyuan/app.js

frontend/node_modules/.ready: frontend/package-lock.json
	@command -v npm >/dev/null || { echo "Node 20 or later with npm is needed to build the pages: apt-get install nodejs npm"; exit 1; }
	cd frontend && npm ci --silent
	@touch $@

frontend/dist/anyuan/app.js: frontend/node_modules/.ready $(wildcard frontend/src/* frontend/src/*/* frontend/public/*) frontend/vite.config.ts
	cd frontend && npm run --silent build

WORDS := anyuan/config/locale/zh_Hans/LC_MESSAGES
words: $(WORDS)/django.mo

$(WORDS)/django.mo: $(WORDS)/django.po | .venv/.base
	$(BIN)/python tools/compile_words.py $< $@

browser:
	@sh tools/need_browser.sh

clean:
	rm -rf .venv var frontend/node_modules frontend/dist $(WORDS)/django.mo
