# Needs make and Python 3.11 or newer, and nothing else. deploy/local.py does the work.
PYTHON ?= python3
PORT ?= 8000
export PYTHON PORT PYTEST_ARGS UPGRADE FROM REPLACE

.DEFAULT_GOAL := help
.PHONY: help python run admin serve test test-postgresql lint format screenshots bench lighthouse backup restore audit sbom licences requirements clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' Makefile
	@echo 'PORT=8001 chooses another port, PYTHON=python3.12 another Python, PYTEST_ARGS="-k places" some tests.'

# Every Python since 2.7 can read this line; deploy/local.py cannot be read by one older than 3.11.
python:
	@command -v "$(PYTHON)" >/dev/null || { echo 'There is no $(PYTHON) on this machine: install Python 3.11 or newer (Debian, Ubuntu: apt install python3 python3-venv), or name one with PYTHON=/path/to/python3.' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("The site needs Python 3.11 or newer, and $(PYTHON) is %d.%d: install a newer one, or name one that is there with PYTHON=python3.12." % (v[0], v[1]))'

run: python ## the site on http://127.0.0.1:8000/, set up on the first run; restarts when the code changes
	@"$(PYTHON)" deploy/local.py run

admin: python ## a user who can edit at /admin/ (asks for a name and a password)
	@"$(PYTHON)" deploy/local.py admin

serve: python ## the site as production serves it: debug off, gunicorn, hashed and compressed static files
	@"$(PYTHON)" deploy/local.py serve

test: python ## every test, on SQLite
	@"$(PYTHON)" deploy/local.py test

test-postgresql: python ## every test but the browser's, on PostgreSQL: TEST_DATABASE_URL, or a server of its own
	@"$(PYTHON)" deploy/local.py test-postgresql

lint: python ## ruff, mypy, missing migrations, Django's deployment checks
	@"$(PYTHON)" deploy/local.py lint

format: python ## put the code into ruff's format
	@"$(PYTHON)" deploy/local.py format

screenshots: python ## the pictures in docs/, taken anew from the running site
	@"$(PYTHON)" deploy/local.py screenshots

bench: python ## benchmarks, as ratios against a baseline
	@"$(PYTHON)" deploy/local.py bench

backup: python ## the database and what editors uploaded, into a dated folder of BACKUP_FOLDER
	@"$(PYTHON)" deploy/local.py backup

restore: python ## back from a backup: FROM=its folder, and REPLACE=yes where there is something already
	@"$(PYTHON)" deploy/local.py restore

lighthouse: python ## Lighthouse on every kind of page (needs Node.js, npm and Chromium); fails below 98
	@"$(PYTHON)" deploy/local.py lighthouse

audit: python ## known holes in the pinned packages (needs the network)
	@"$(PYTHON)" deploy/local.py audit

sbom: python ## what the site is made of, as CycloneDX, into sbom.json
	@"$(PYTHON)" deploy/local.py sbom

licences: python ## docs/licences.md, from the pinned packages
	@"$(PYTHON)" deploy/local.py licences

requirements: python ## pin requirements*.txt anew (UPGRADE=yes: to the newest releases)
	@"$(PYTHON)" deploy/local.py requirements

clean: python ## remove .venv, caches and collected static files; keeps the database and .env
	@"$(PYTHON)" deploy/local.py clean
