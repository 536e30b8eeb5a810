# `make` lists the targets. Each is one or two plain commands; the README gives them for shells without make.

PYTHON ?= python3
NOISE  ?= 1
PY     := .venv/bin/python
# The name holds the interpreter, so that `make PYTHON=python3.12` makes a fresh environment.
VENV   := .venv/installed-with-$(notdir $(PYTHON))

.DEFAULT_GOAL := help
.PHONY: help environment book book-without-answers test test-code test-notebooks test-noise test-smoke \
	test-browser check bench lab refresh lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

$(VENV): requirements.txt pyproject.toml
	@command -v $(PYTHON) > /dev/null || { echo "There is no $(PYTHON) on the PATH: install Python 3.11 \
	or newer, or name one, for example with \`make PYTHON=/path/to/python3\`."; exit 1; }
	@$(PYTHON) -m tools.environment $(if $(filter-out file,$(origin PYTHON)),--only)
	@touch $@

environment: $(VENV) ## Install the locked environment into .venv

book: $(VENV) ## Build the book into _build/html from the stored outputs
	.venv/bin/jupyter-book build . -W -n --keep-going
	@echo "Open _build/html/index.html"

book-without-answers: $(VENV) ## Build the book without solutions into _build/without-answers
	COURSE_WITHOUT_ANSWERS=1 .venv/bin/jupyter-book build . -W -n --keep-going --path-output _build/without-answers
	@echo "Open _build/without-answers/_build/html/index.html"

test: $(VENV) ## Run all tests: the package, the book, every notebook again
	@$(PY) -m tools.test

test-code: $(VENV) ## Run the tests of the package and of the book's files, with coverage
	$(PY) -m pytest tests course_lib --cov

test-notebooks: $(VENV) ## Run every notebook again and compare its outputs with the stored ones
	$(PY) -m pytest book

test-noise: $(VENV) ## Run what compares with stored figures while last bits are moved (NOISE=2: another way; PART=1/2: half of the notebooks)
	@$(PY) -m tools.test --noise $(NOISE) $(if $(PART),--part $(PART))

test-smoke: $(VENV) ## Look at a handful of pages of the built book in a browser (needs chromium)
	$(PY) -m pytest tests/test_browser.py -m smoke

test-browser: $(VENV) ## Look at every page of the built book, and at JupyterLab, in a browser (needs chromium)
	$(PY) -m pytest tests/test_browser.py tests/test_lab.py -m browser

check: $(VENV) ## Format, lint, types and the quick tests, without notebooks
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest tests course_lib

bench: $(VENV) ## Time a training step against other libraries (PyTorch only where it is installed)
	$(PY) -m benchmarks

lab: $(VENV) ## Open copies of the notebooks in JupyterLab, in the folder work
	@$(PY) -m tools.work
	$(PY) -m jupyterlab --LabApp.default_url=/lab/tree/work

refresh: $(VENV) ## Run the notebooks whose code changed and store their outputs
	$(PY) -m tools.refresh

lock: ## Make requirements.txt again from pyproject.toml (needs uv; UV_FLAGS=--upgrade takes newer versions)
	echo '-e .[book,test,dask,grading,fast]' | UV_CUSTOM_COMPILE_COMMAND='make lock' uv pip compile - \
		--universal --python-version 3.11 --fork-strategy fewest --quiet \
		--no-emit-index-url --no-emit-find-links $(UV_FLAGS) --output-file requirements.txt

clean: ## Remove what was built and cached; the environment stays
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
