PYTHON ?= python3
PORT ?= 8000
LAB = chapters
# JupyterLab does not look for news and newer versions: no network is needed.
QUIET_LAB = --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate
export KERAS_HOME := $(CURDIR)/assets/keras
# Jupyter, IPython, Matplotlib and pip keep what they remember inside the clone.
export JUPYTER_CONFIG_DIR := $(CURDIR)/.venv/jupyter/config
export JUPYTER_DATA_DIR := $(CURDIR)/.venv/jupyter/data
export JUPYTER_RUNTIME_DIR := $(CURDIR)/.venv/jupyter/runtime
export IPYTHONDIR := $(CURDIR)/.venv/ipython
export XDG_CACHE_HOME := $(CURDIR)/.venv/cache
export PIP_NO_CACHE_DIR := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /make \1|/p' Makefile | column -t -s '|'

book: .venv/installed  ## build the site into _build/html
	@.venv/bin/python -m tools.preflight
	@$(MAKE) --no-print-directory --jobs english other-languages

english:
	@.venv/bin/jupyter-book build . -W -n --keep-going --quiet

other-languages:
	@.venv/bin/python -m tools.translate build

translate: .venv/installed  ## refresh the other languages' catalogues; list what is new or changed
	@.venv/bin/python -m tools.translate

keep: book  ## build the site, and of it a zip, a PDF and an ePub
	@.venv/bin/python -m tools.keep

test: book tests/node_modules/.package-lock.json  ## run every notebook and every rule as a test
	@.venv/bin/python -m tools.browser
	@.venv/bin/ruff check --quiet . && .venv/bin/ruff format --check --quiet .
	@.venv/bin/codespell
	@.venv/bin/pytest --nbval --numprocesses 3 --dist loadscope --no-loadscope-reorder -m "not alone"
	@.venv/bin/pytest tests -m alone

lab: .venv/installed  ## open the chapters in JupyterLab
	@.venv/bin/python -m tools.preflight
	@.venv/bin/jupyter lab $(QUIET_LAB) $(LAB)

outputs: .venv/installed  ## execute the notebooks in place (CHAPTER=05 for one)
	@.venv/bin/python -m tools.preflight
	@.venv/bin/python -m tools.outputs $(CHAPTER)

bounds: .venv/installed  ## show how far the numbers of CHAPTER=05 move with seed and threads
	@.venv/bin/python -m tools.preflight
	@.venv/bin/python -m tools.bounds $(CHAPTER)

lighthouse: book tests/node_modules/.package-lock.json  ## audit every page of the site for phones, three times
	@.venv/bin/python -m tests.test_lighthouse

benchmark: .venv/installed  ## train every recipe of chapter 10 to its end (SEED=0 for one seed)
	@.venv/bin/python -m tools.preflight
	@.venv/bin/python -m tools.benchmark $(SEED)

weights: .venv/installed  ## train the network of chapter 7 again for the digit reader
	@.venv/bin/python -m tools.preflight
	@.venv/bin/python -m tools.weights

picture: .venv/installed  ## draw on the built page and keep a picture of the digit reader
	@.venv/bin/python -m tools.reader_picture

portability: .venv/installed  ## run every chapter in JupyterLab, and with old and new Keras
	@LAB_CHAPTERS=all .venv/bin/pytest tests/test_lab.py
	@.venv/bin/python -m tools.portability $(CHAPTER)

audit: .venv/installed  ## look for known vulnerabilities in what requirements.lock installs
	@test -x _build/audit/bin/pip-audit || { .venv/bin/python -m venv _build/audit && \
		_build/audit/bin/pip install --quiet pip-audit==2.10.1; }
	@.venv/bin/python -m tools.audit

licences: .venv/installed  ## list the licence of everything that is shipped
	@.venv/bin/python -m sphinx_extensions.licences

serve:  ## serve the built site at http://localhost:8000 (PORT=… for another port)
	@test -f _build/html/index.html || { echo "There is no book yet: type make book first."; exit 1; }
	@echo "http://localhost:$(PORT) (Ctrl-C ends it)"
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

lock: .venv/installed  ## pin in requirements.lock what requirements.txt brings along
	@.venv/bin/python -m pip install --quiet uv==0.13.9
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --no-strip-extras \
		requirements.txt --output-file requirements.lock

clean:  ## remove everything that was made here
	@rm -rf _build .venv tests/node_modules .pytest_cache .ruff_cache tests/__pycache__ tools/__pycache__

.venv/installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2> /dev/null || { \
		echo "This course needs Python 3.10 to 3.13, and $(PYTHON) is not one of them."; \
		echo "If you have one under another name, say which: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Installing the course into .venv (about 2 GB; a minute or two) …"
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@touch $@

tests/node_modules/.package-lock.json: tests/package-lock.json .venv/installed
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/npm ci --silent --ignore-scripts --prefix tests
	@touch $@

.PHONY: help book english other-languages translate keep test lab portability audit licences outputs bounds lighthouse benchmark weights picture serve lock clean
