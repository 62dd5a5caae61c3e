# Two commands matter: `make demo` and `make test`. Each makes what it needs.

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
PYTEST  = $(PY) -m pytest -n auto --maxprocesses 8

.NOTPARALLEL:
.PHONY: help demo test test-small test-engines test-long lint engines workbooks pictures bench clean

help:            ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.installed                    ## write a workbook, recalculate it, compare it with NumPy
	@$(VENV)/bin/sheetnet demo

test: $(VENV)/.installed-test engines lint test-small test-engines   ## everything but the tests that take minutes
	@sh tools/engines.sh report
	@echo "make test: ruff, mypy, the small tests and the engine tests that this machine can run: all passed."

test-small: $(VENV)/.installed-test         ## the tests that need nothing but Python
	$(PYTEST) -m "not engine and not picture and not long"

test-engines: $(VENV)/.installed-test       ## the tests that run LibreOffice, Gnumeric, chromium and pdftoppm
	$(PYTEST) -m "(engine or picture) and not long"

test-long: test                             ## make test, then the tests that take minutes
	SHEETNET_LONG=1 $(PYTEST) -m long

lint: $(VENV)/.installed-test               ## ruff, and mypy in its strict mode
	$(PY) -m ruff check .
	$(PY) -m mypy --strict sheetnet

engines:         ## install LibreOffice, Gnumeric, chromium and pdftoppm with apt-get, where allowed
	@sh tools/engines.sh install

workbooks: $(VENV)/.installed               ## write the gallery's workbooks into workbooks/ again
	$(PY) -m sheetnet.gallery workbooks

pictures: workbooks             ## draw the pictures of workbooks/README.md again
	$(PY) tools/pictures.py

bench: $(VENV)/.installed-test              ## measure the speed of writing, reading and checking
	$(PY) -m benchmarks

clean:           ## remove the environment and every cache
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment, made once and again whenever pyproject.toml changes. The tests' tools come
# with the tests, so that the demo need not wait for them.
$(VENV)/.installed: pyproject.toml
	@echo "Installing sheetnet into $(VENV) (once; it may take a minute)"
	@sh tools/venv.sh $(PYTHON) $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "Installing the tests' tools into $(VENV) (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@
