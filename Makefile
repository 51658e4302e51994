# Everything goes through .venv, which is made from requirements.lock when that is newer.
V := .venv
PYTHON ?= python3
export PATH := $(CURDIR)/$(V)/bin:$(PATH)
export APE_DATA_FOLDER := $(CURDIR)/.ape
# Empty is off. Where it is set, each process would parse all of ape again, and what pytest has rewritten.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help campaign coverage test prove gas spec lint types format lock clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' Makefile

campaign: $(V)/.ok ## a differential campaign: one minute, or what ARGS="--minutes 10 --seed 7" says
	megatao campaign $(ARGS)

# A process for each core; what a file's tests share is made in one of them, the longest first (conftest.py).
test: $(V)/.ok ## the whole suite, through ape on its own local chain; ARGS="-k ema" selects, ARGS="-n 0" is one process
	ape test --network ethereum:local:test -q -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

prove: $(V)/.ok ## prove the bytecode of every pure function equal to the reference
	megatao prove $(ARGS)

gas: $(V)/.ok ## hold the gas of every operation against the snapshot, on anvil; a change that moves it renews it: megatao gas --renew
	megatao gas --check --no-scale $(ARGS)

spec: $(V)/.ok ## build the specification as a book into book/; ARGS="--output DIR" puts it elsewhere
	megatao spec build $(ARGS)

# What runs the reference, in this process; without ape's plugin, which coverage does not need.
coverage: $(V)/.ok ## lines and branches of reference/ that the suite reaches, and those that it does not
	coverage run --branch --source=reference --data-file=.build/coverage -m pytest -p no:ape_test -q \
		differential_tests/golden differential_tests/machines differential_tests/scenarios \
		differential_tests/attacks/test_proxy.py \
		-k "not anvil and not ape"
	coverage report --data-file=.build/coverage --show-missing --skip-covered --fail-under=100

lint: $(V)/.ok ## linters and formatters, changing nothing
	ruff check .
	ruff format --check .
	mamushi --quiet --line-length 120 --check vyper_contracts
	@# natrix compiles each file by itself, and a library that `uses:` another does not compile so: the mathematics and
	@# what is deployed is linted, CamelCase by name. NTX11 wants an underscore before every argument of an internal
	@# function; the reference's names have none. NTX4 takes a delegatecall, or a call with value, for a view; NTX5 takes
	@# the chain's id and the contract's address, which a permit's domain has, for no state. An action
	@# holds two copies of a market and of the vault in memory, which is more than the frame that natrix allows.
	natrix lint --disable NTX4 NTX5 NTX11 --rule-config MemoryExpansion.max_frame_size=24000 --path . -- \
		vyper_contracts/math vyper_contracts/testing vyper_contracts/[A-Z]*.vy vyper_contracts/*/[A-Z]*.vy

types: $(V)/.ok ## the types
	mypy

format: $(V)/.ok ## format all sources
	ruff format .
	mamushi --quiet --line-length 120 vyper_contracts

lock: ## renew requirements.lock (needs uv)
	uv pip compile --system-certs --universal --generate-hashes --python-version 3.11 --no-header --quiet \
		--override requirements.override requirements.in -o requirements.lock

clean: ## remove what was made
	rm -rf $(V) .ape .build .mypy_cache .ruff_cache .pytest_cache .hypothesis report book

PIP = $(V)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps

# A folder that was moved or copied has an environment that runs the one that it was: it is made anew.
ifeq ($(shell grep -sF '$(CURDIR)/$(V)/bin/' $(V)/bin/megatao),)
.PHONY: moved
$(V)/.ok: moved
endif

# uv installs the lock in seconds; where it can't, pip does, in minutes.
$(V)/.ok: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "python 3.11, 3.12 or 3.13 is needed")'
	$(PYTHON) -m venv --clear $(V)
	@awk '/^uv==/ {inside = 1; print; next} inside && /^    / {print; next} {inside = 0}' requirements.lock > $(V)/uv.txt
	{ $(PIP) --require-hashes -r $(V)/uv.txt \
		&& $(V)/bin/uv pip install --quiet --compile-bytecode --system-certs --python $(V)/bin/python --no-deps --require-hashes -r requirements.lock; } \
		|| $(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-build-isolation --editable .
	@touch $@
