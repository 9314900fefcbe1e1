# The environment: .venv, made once from the lock and again only when it changes.
PYTHON ?= python3

.venv/.made: requirements.txt pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --no-deps -r requirements.txt
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
