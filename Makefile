# Everything starts here; `make` alone says what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# What creates .venv; everything else runs in it.
PYTHON ?= python3
# Processes of `make test`: one more than cores, because a journey mostly waits for its workers.
JOBS ?= $(shell expr $$(nproc) + 1)
# What `make bench` measures.
BENCH ?= export erase queue receipts may_send

RUN := .venv/bin/python
PYTEST := $(RUN) -m pytest
# Few at a time and in order: what commits comes last, and leaves tables empty of what migrations put.
SHARED = --numprocesses=$(JOBS) --maxschedchunk=4
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard compliance/locale/*/LC_MESSAGES/*.po))

# Each step stands on the one before.
.NOTPARALLEL:
.PHONY: help install prerequisites demo serve openapi test lint bench screenshots pins

help:
	@sed -n 's/^\([a-z]*\):.* ## /make \1\t/p' Makefile | expand -t 16

install: prerequisites .venv/installed var/env $(CATALOGUES) ## from a bare checkout, everything the demo and the tests need

prerequisites:
	@.ci/prerequisites $(PYTHON)

# The stamp is written last: an installation cut short is taken up again.
.venv/installed: pyproject.toml .ci/constraints.txt .ci/requirements.py
	$(RUN) -c "" 2>/dev/null || { rm -rf .venv && $(PYTHON) -m venv .venv; }
	$(RUN) .ci/requirements.py > .venv/requirements.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check \
		--requirement .venv/requirements.txt --constraint .ci/constraints.txt
	$(RUN) -c 'import pathlib, sysconfig; \
		pathlib.Path(sysconfig.get_path("purelib"), "rightsdesk.pth").write_text("$(CURDIR)\n")'
	touch $@

var/env: | .venv/installed
	$(RUN) -m config.first_run $@

%.mo: %.po
	msgfmt --check-format --output-file=$@ $<

demo: install ## an export and a deletion carried through on a sample product, then served
	$(RUN) manage.py demo

serve: install ## web and worker on 127.0.0.1:8000, on what is there
	$(RUN) manage.py serve

openapi: install ## after a change of the API: its description, which is committed and compared
	$(RUN) manage.py export_openapi_schema --api config.api.api --indent 2 --output compliance/api/openapi.json

lint: install ## style, types, floors, migrations, deployment checks, translations
	.ci/lint

# Playwright's event loop shares Django's thread in the browser tests, and nowhere else.
test: lint ## all tests: on SQLite, on PostgreSQL, in a browser
	$(PYTEST) $(SHARED) --ignore=tests/browser
	$(RUN) -m tests.cluster -- $(PYTEST) $(SHARED) --ignore=tests/browser
	[[ ! -d tests/browser ]] || DJANGO_ALLOW_ASYNC_UNSAFE=1 $(PYTEST) $(SHARED) tests/browser

bench: install ## measurements against their baselines; one of them: make bench BENCH=export
	$(RUN) -m tests.cluster --durable -- bash -c 'for name in $(BENCH); do $(RUN) -m tests.bench $$name; done'

screenshots: install ## every page as the browser tests see it, in tests/browser/screenshots
	mkdir -p tests/browser/screenshots
	SCREENSHOTS=tests/browser/screenshots DJANGO_ALLOW_ASYNC_UNSAFE=1 $(PYTEST) tests/browser

pins: install ## after a change of pyproject.toml: the versions that fit together
	rm -rf var/pins
	$(PYTHON) -m venv var/pins
	$(RUN) .ci/requirements.py > var/pins/requirements.txt
	var/pins/bin/pip install --quiet --disable-pip-version-check --requirement var/pins/requirements.txt
	var/pins/bin/pip freeze > .ci/constraints.txt
	rm -rf var/pins
