# Everything a newcomer needs: `make run` and `make test`; the rest is for those who change the code.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
GUOTU_HOME ?= $(CURDIR)/.guotu
export GUOTU_HOME

.PHONY: run setup test check trials trials-short lock clean

run: setup
	@# The second core compiles kernels meanwhile, so that the first site dropped finds them ready.
	@$(BIN)/python -m guotu.site.warming & \
	    $(BIN)/guotu demo --parcels 20000 --if-empty; made=$$?; wait; exit $$made
	$(BIN)/guotu serve

setup: $(VENV)/.ready node_modules/.ready

$(VENV)/.ready: locks/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "需要 Python 3.11 或更新的版本 (PYTHON=... make run)"; exit 2; }
	@echo "[1/2] 安装 Python 依赖（首次约需一两分钟）"
	$(PYTHON) -m venv $(VENV)
	@# The lock is complete. Left to resolve it, pip 23 asks for `coverage[toml]` anew and refuses it.
	$(BIN)/python -m pip install -q --no-deps --require-hashes -r locks/dev.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

node_modules/.ready: package-lock.json $(VENV)/.ready
	@echo "[2/2] 安装页面所用的程序包"
	@PYTHON=$(BIN)/python tools/npm_ci.sh
	@touch $@

# One file's tests stay together: what they make for themselves is made once.
test: setup
	$(BIN)/python -m pytest -n auto --dist loadfile

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/tidy

$(VENV)/.trials: locks/trials.txt $(VENV)/.ready
	$(BIN)/python -m pip install -q --no-deps --require-hashes -r locks/trials.txt
	@touch $@

trials: setup $(VENV)/.trials
	$(BIN)/python -m trials

trials-short: setup $(VENV)/.trials
	$(BIN)/python -m trials --short --lanes 2

lock:
	tools/lock.sh --upgrade

clean:
	rm -rf $(VENV) node_modules
