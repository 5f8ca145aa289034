# Alô. `make help` lists the targets.
SHELL := /bin/sh
VENV  ?= .venv
BIN   := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
ARGS  ?=

.DEFAULT_GOAL := help
.PHONY: help demo test models lint notebook clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(VENV)/.installed ## call 24 synthetic customers and open the console (ARGS="--once --seed 7")
	@$(BIN)/alo demo $(ARGS)

test: $(VENV)/.installed-test lint ## everything CI checks: style, types, layers, tests (ARGS="-k demo")
	@$(BIN)/python -m pytest $(ARGS)

models: $(VENV)/.installed-models ## install torch, transformers, faster-whisper and coqui-tts, so that tests with local models run too

lint: $(VENV)/.installed-test ## style, types and import layers only
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

notebook: $(VENV)/.installed-test ## execute the notebooks again
	@$(BIN)/python notebooks/build.py

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# uv installs the set in seconds; it is bootstrapped into the virtual environment itself.
$(VENV)/bin/uv:
	@test -n "$(PYTHON)" || { echo "Cần Python 3.11-3.13 có mô-đun venv (Debian/Ubuntu: apt install python3-venv). / Python 3.11-3.13 with venv is needed." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.installed: $(VENV)/bin/uv pyproject.toml constraints.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[test]'
	@touch $@

# pip, not uv: it takes the CPU build of torch where the index offers one.
$(VENV)/.installed-models: $(VENV)/.installed-test
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[models]'
	@touch $@
