# make help lists what there is. Nothing is done twice: each step leaves a mark, and is
# repeated only when something that it was made from has changed since.

# Which Python makes the environment; empty: the first on the PATH that will do.
PYTHON ?=
PORT ?= 8000
# One notebook, stored run or test file, say; empty: all.
ONLY ?=

# Where it is set, each of some sixty processes would compile anew whatever it imports, for twice the time of the rest.
unexport PYTHONDONTWRITEBYTECODE

RUN := .venv/bin/python
ENVIRONMENT := .venv/.made$(if $(PYTHON),-$(subst /,_,$(PYTHON)))
BOOK := _build/.made
WHERE := build/where
LOG := build/book.log
SOURCES := _config.yml _toc.yml \
	$(shell find book nnlib tools -type f -not -name '*.pyc' -not -path '*/.*' -not -path 'tools/paper/*' -not -name readme.png)
PAPER := _build/paper/neural-network-by-hand
PAPER_SOURCES := $(wildcard tools/paper/*.*)
PYTEST := $(RUN) -m pytest
SHORT := -m "not long"
# One more than there are cores, four at most: each worker waits now and then, for a kernel or a browser.
WORKERS := -n $(shell getconf _NPROCESSORS_ONLN | awk '{ print $$1 < 4 ? $$1 + 1 : 4 }')
LAB = $(RUN) -m jupyterlab --ip=127.0.0.1 $(if $(filter 0,$(shell id -u)),--allow-root)
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=300

.PHONY: help serve book pdf epub lab lab-book notebooks experiments widgets test test-code test-nnlib test-widgets \
	test-notebooks test-site test-all test-long test-cpu test-oldest test-newest test-positions test-readers test-lite \
	test-live test-paper test-contributing mutants picture lint weigh bench lock clean distclean always
.DELETE_ON_ERROR:

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##/  make \1	/p' Makefile | expand -t 24

serve: $(BOOK)  ## build the book and serve it on localhost (PORT=8000)
	@exec $(RUN) tools/serve.py $(PORT)

book: $(BOOK)  ## build the book into _build/html

pdf: $(PAPER).pdf  ## make one PDF of the built pages, with bookmarks, in _build/paper, and offer it on the first page

epub: $(PAPER).epub  ## make an EPUB of the built pages, in _build/paper, and offer it on the first page

# In notebooks/, which is the reader's: nothing is built from it, and nothing there is overwritten that was changed.
lab: $(BOOK)  ## open JupyterLab on notebooks of your own, made from the book
	@$(RUN) tools/lab.py
	cd notebooks && exec ../$(LAB)

lab-book: $(ENVIRONMENT)  ## open JupyterLab on the chapters' sources, to change the book
	cd book && exec ../$(LAB)

notebooks: $(ENVIRONMENT)  ## execute the notebooks in place (ONLY=book/06-training-on-moons.ipynb for one)
	$(RUN) tools/notebooks.py execute $(ONLY)

experiments: $(ENVIRONMENT)  ## make the stored runs anew that the present code did not make (ONLY=digits_well for one)
	cd book && ../$(RUN) -m experiments $(ONLY)

widgets: $(ENVIRONMENT)  ## write a page that shows every widget in every state that needs no Python in the page
	cd book && ../$(RUN) -m widgets.examples

# The book is built, on one core, while on the other lint runs, and then the tests that do not read it; why it failed is
# said again at the end.
test: $(ENVIRONMENT)  ## run every test: style, code, notebooks, pages in a browser
	@$(MAKE) --no-print-directory -j2 lint book test-code || { [ -e $(BOOK) ] || cat $(LOG); exit 1; }
	@$(MAKE) --no-print-directory test-site

test-code: $(ENVIRONMENT)
	@echo "== code and notebooks"
	$(PYTEST) $(NBVAL) $(WORKERS) $(SHORT) --cov --ignore=tests/site --ignore=tests/paper tests book

test-nnlib: $(ENVIRONMENT)  ## nnlib's unit tests alone
	$(PYTEST) tests/nnlib --cov

test-widgets: $(ENVIRONMENT)  ## the widgets' tests alone
	$(PYTEST) $(WORKERS) tests/widgets

test-notebooks: $(ENVIRONMENT)  ## the chapters alone (ONLY=book/06-training-on-moons.ipynb for one)
	$(PYTEST) $(NBVAL) $(WORKERS) $(or $(ONLY),tests/notebooks book)

test-site: $(BOOK)  ## the built book alone, in a browser
	@echo "== pages"
	$(PYTEST) $(WORKERS) $(SHORT) tests/site

# What takes too long for every change.
test-all: test-long test-oldest test-newest test-positions test-readers test-lite test-live test-paper test-contributing mutants test-cpu  ## the long tests

test-long: $(BOOK)  ## of the tests in tests/ those that take long
	$(PYTEST) $(WORKERS) -m long --ignore=tests/paper tests

test-cpu: $(ENVIRONMENT)  ## unit tests and notebooks as other processors would run them (ONLY=Haswell, ONLY=noise3)
	$(RUN) tools/processors.py $(addprefix --only ,$(ONLY))

test-oldest: $(ENVIRONMENT)  ## nnlib's unit tests with the oldest releases that pyproject.toml allows
	$(call releases,3.11,--resolution lowest-direct)

test-newest: $(ENVIRONMENT)  ## nnlib's unit tests with the newest releases
	$(call releases,3.14,--upgrade)

test-positions: $(ENVIRONMENT)  ## the chapters with every position of every slider
	NNLIB_EXPLORER=static $(PYTEST) $(NBVAL) $(WORKERS) book

test-readers: $(BOOK)  ## the notebooks for readers, each run whole in a folder of its own (ONLY=06-training-on-moons)
	$(RUN) tests/readers/run_all.py $(ONLY)

test-lite: $(BOOK)  ## the notebooks in the built JupyterLite, each run whole in a browser (ONLY=06-training-on-moons)
	$(RUN) tests/readers/run_lite.py $(ONLY)

test-live: $(BOOK)  ## Python in the page: every explorer's numbers, and how soon it answers (ONLY=06-training-on-moons)
	$(RUN) -m tests.in_page.same_numbers $(ONLY)
	$(RUN) -m tests.in_page.budgets

test-paper: $(PAPER).pdf $(PAPER).epub  ## the book on paper: the PDF and the EPUB
	$(PYTEST) tests/paper

test-contributing: $(ENVIRONMENT)  ## follow CONTRIBUTING's examples word for word, in a copy
	$(RUN) tests/contributing.py

mutants: $(ENVIRONMENT)  ## break nnlib and the widgets in many ways and see that their tests notice
	$(RUN) tests/mutants.py
	$(RUN) tests/widgets/mutants.py

lint: $(ENVIRONMENT)  ## style and types alone
	@echo "== style and types"
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	.venv/bin/oxlint --deny-warnings -D suspicious -A unicorn/consistent-function-scoping .
	.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv/bin/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	.venv/bin/zizmor --offline --quiet --persona=pedantic .github

weigh: $(BOOK)  ## how much each page weighs, and how soon it is there (RUNS=5: times are medians of five)
	$(RUN) -m tools.weigh $(RUNS)

picture: $(BOOK)  ## take README's picture anew, from the built book
	$(RUN) -m tools.picture

bench: $(ENVIRONMENT)  ## measure nnlib beside its peers
	$(RUN) -m pip install -qq --disable-pip-version-check --no-build-isolation --editable '.[bench]'
	$(RUN) -m benchmarks

lock: $(ENVIRONMENT)  ## compile requirements.txt anew from pyproject.toml (UPGRADE=1: with newer releases)
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--extra book --extra paper --extra test --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) \
		--output-file requirements.txt pyproject.toml

clean:  ## remove what was built
	rm -rf _build build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis nnlib.egg-info
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean  ## and the environment
	rm -rf .venv

$(ENVIRONMENT): requirements.txt pyproject.toml tools/environment.sh
	@tools/environment.sh $(PYTHON)
	@touch .venv/.made $@

# Where the pages will lie and the project is, which they name. Written only when it has changed: then they are old.
$(WHERE): always
	@mkdir -p $(dir $@)
	@printf '%s\n' "$$BOOK_URL" "$$BOOK_REPOSITORY" | cmp -s - $@ || printf '%s\n' "$$BOOK_URL" "$$BOOK_REPOSITORY" >$@

# From nothing each time: Sphinx repeats no warning for a page that it has read before.
$(BOOK): $(ENVIRONMENT) $(SOURCES) $(WHERE)
	@echo "== book"
	@rm -rf _build
	@mkdir -p $(dir $(LOG))
	.venv/bin/jupyter-book build -W -n --keep-going -q --path-output . . >$(LOG) 2>&1 || { cat $(LOG); exit 1; }
	@sed -n '/^No .* in this build/p' $(LOG)
	@touch $@

$(PAPER).pdf $(PAPER).epub: $(PAPER).%: $(BOOK) $(PAPER_SOURCES)
	@echo "== $*"
	$(RUN) -m tools.paper.$* $@
	$(RUN) -m tools.paper.offer

# nnlib's unit tests in an environment of their own: with this Python if it is there, and with these releases.
define releases
	@echo "== nnlib, $@"
	@rm -rf build/$@
	@.venv/bin/uv venv -q --no-python-downloads --python $(1) build/$@ 2>/dev/null || \
		.venv/bin/uv venv -q --no-python-downloads --python .venv/bin/python build/$@
	.venv/bin/uv pip install -q --python build/$@ --no-build $(2) --requirements pyproject.toml --extra unit
	@.venv/bin/uv pip list -q --python build/$@
	build/$@/bin/python -m pytest tests/nnlib
endef
