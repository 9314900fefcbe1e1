# make help lists what there is. Nothing is done twice: each step leaves a mark, and is
# repeated only when something that it was made from has changed since.

# Which Python makes the environment; empty: the first on the PATH that will do.
PYTHON ?=
PORT ?= 8000

RUN := .venv/bin/python
ENVIRONMENT := .venv/.made$(if $(PYTHON),-$(subst /,_,$(PYTHON)))
BOOK := _build/.made
SOURCES := _config.yml _toc.yml \
	$(shell find book nnlib -type f -not -name '*.pyc' -not -path '*/.*')
PYTEST := $(RUN) -m pytest --nbval --nbval-current-env --nbval-cell-timeout=300

.PHONY: help serve book lab notebooks test test-cpu lint bench mutants lock clean distclean
.DELETE_ON_ERROR:

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##/  make \1	/p' Makefile | expand -t 18

serve: $(ENVIRONMENT)  ## build the book and serve it on localhost (PORT=8000)
	@$(RUN) tools/serve.py --probe $(PORT)
	@$(MAKE) --no-print-directory $(BOOK)
	@exec $(RUN) tools/serve.py $(PORT)

book: $(BOOK)  ## build the book into _build/html

lab: $(ENVIRONMENT)  ## open JupyterLab on the notebooks
	cd book && exec ../$(RUN) -m jupyterlab --ip=127.0.0.1 $(if $(filter 0,$(shell id -u)),--allow-root)

notebooks: $(ENVIRONMENT)  ## execute the notebooks in place (ONLY=book/06-training-on-moons.ipynb for one)
	$(RUN) tools/notebooks.py execute $(ONLY)

test: lint $(BOOK)  ## run every test: code, notebooks, pages in a browser
	@echo "== tests"
	$(PYTEST) --cov -n logical --maxprocesses=4 --dist=loadfile tests book

test-cpu: $(ENVIRONMENT)  ## unit tests and notebooks as other processors would run them (ONLY=Haswell, ONLY=noise3)
	$(RUN) tools/processors.py $(addprefix --only ,$(ONLY))

lint: $(ENVIRONMENT)  ## style and types alone
	@echo "== style and types"
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

bench: $(ENVIRONMENT)  ## measure nnlib beside its peers
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[bench]' --no-build-isolation
	$(RUN) -m benchmarks

mutants: $(ENVIRONMENT)  ## break nnlib in many ways and see that the unit tests notice
	$(RUN) tests/mutants.py

lock:  ## compile requirements.txt anew from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "uv is needed to compile the lock: pip install uv" >&2; exit 1; }
	$$(sed -n 's/^#    //p' requirements.txt)

clean:  ## remove what was built
	rm -rf _build build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis nnlib.egg-info
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean  ## and the environment
	rm -rf .venv

$(ENVIRONMENT): requirements.txt pyproject.toml tools/environment.sh
	@tools/environment.sh $(PYTHON)
	@touch .venv/.made $@

# From nothing each time: Sphinx repeats no warning for a page that it has read before.
$(BOOK): $(ENVIRONMENT) $(SOURCES)
	@echo "== book"
	@rm -rf _build
	.venv/bin/jupyter-book build -W -n --keep-going --path-output . .
	@touch $@
