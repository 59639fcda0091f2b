# `make course` and `make test` are all that a newcomer needs. `make help` lists the rest.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export PYTHONHASHSEED := 0

.PHONY: help course test lint notebooks book serve demo clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else f"Python 3.11 to 3.13 is needed; {sys.executable} is {v[0]}.{v[1]}. Run: make PYTHON=python3.12 course")'
	$(PYTHON) -m venv .venv
	pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[all]'
	touch $@

course: notebooks book demo  ## set everything up, build the site, grade a demo class, say where to look
	@echo
	@echo "Read:      open $(CURDIR)/_build/html/index.html, or run: make serve"
	@echo "Practise:  exercises/*/*.ipynb, for example: .venv/bin/jupyter lab exercises/ffnn/ffnn.ipynb"
	@echo "Teach:     .venv/bin/rnn-course scores ffnn, and book/instructors.md"

test: node_modules/ready  ## run every test
	pytest

lint: .venv/ready  ## ruff, pyright, import contracts
	ruff check . && ruff format --check . && pyright && lint-imports

notebooks: .venv/ready  ## build exercises/ from solutions/
	rnn-course notebooks && rnn-course release

node_modules/ready: package-lock.json .venv/ready
	npm ci --silent --no-audit --no-fund && touch $@ || echo "npm could not fetch KaTeX's fonts and Pyodide: maths will use the reader's own font, and cells will have no Run button"

book: node_modules/ready  ## build the website into _build/html
	jupyter-book build . -W -n --keep-going

demo: .venv/ready  ## make a class of 12 submissions, and grade it
	rnn-course demo --if-empty

serve: book  ## build the website and serve it at http://localhost:8000
	python -m http.server --directory _build/html 8000

clean:  ## delete what was built; grading/, which may hold a class's work, stays
	rm -rf _build .venv node_modules solutions/*/*.ipynb
