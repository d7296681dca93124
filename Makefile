# Short names for everything one does with Goby. `make` alone lists them.
# Variables: HOST, PORT, PROFILE (for serve), BENCH_ARGS (each bench), PYTHON (an interpreter of your choice).

HOST ?= 127.0.0.1
PORT ?= 8000
PROFILE ?= production
export HOST PORT

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -qq
ADDRESS := $(if $(findstring :,$(HOST)),[$(HOST)],$(HOST)):$(PORT)
# Every address is no address that one can open.
SHOWN := $(if $(filter 0.0.0.0 ::,$(HOST)),localhost:$(PORT),$(ADDRESS))
PREFLIGHT := realtime/management/preflight.py
DATABASE = $${GOBY_DATABASE:-$${GOBY_VAR:-var}/goby.sqlite3}
WRITES = . $(wildcard $(VENV)) "$${GOBY_VAR:-var}" "$(DATABASE)" "$$(dirname "$(DATABASE)")"
MANAGE_PROFILE = DJANGO_SETTINGS_MODULE=goby_project.settings.$(PROFILE) $(PY) manage.py

# The first Python that really starts (shims may exist without one) and can make environments.
SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHONS := $(or $(PYTHON),$(PY) python3.14 python3.13 python3.12 python3.11 python3 python)
FIND_PYTHON = for python in $(PYTHONS) ""; do \
		[ -z "$$python" ] || "$$python" -c '$(SUITABLE)' 2>/dev/null && break; \
	done; \
	[ -n "$$python" ] || { echo "Goby cannot start: it needs Python 3.11 or newer with venv\
 (Debian: apt-get install python3 python3-venv)." >&2; exit 1; }

# Make the environment unless a working one is there.
MAKE_VENV = $(PY) -c 'import pip' 2>/dev/null || "$$python" -m venv --clear $(VENV) \
	|| { echo "Goby cannot start: $$python could not make $(VENV)." >&2; exit 1; }

# $(call installed,LIST,COPIES): install LIST unless its copy in the environment is the same.
installed = cmp -s $(1) $(VENV)/$(1) || { \
		echo "Installing $(1) (only after it changes; this takes a minute) ..."; \
		$(PIP) install --requirement $(1) && cp $(2) $(VENV)/ \
		|| { echo "Goby cannot start: $(1) could not be installed." >&2; exit 1; }; }

.NOTPARALLEL:
.PHONY: help run serve test lint types imports unit bench microbench bench-peers bench-profile \
	requirements protobuf clean runtime development sdk peers free-address

help:
	@echo "make run           start the development server on http://$(SHOWN)/"
	@echo "make serve         start the production server there (PROFILE=production|high_scale)"
	@echo "make test          run every check: lint, types, imports, unit"
	@echo "make lint          ruff: lint and format"
	@echo "make types         mypy, strict"
	@echo "make imports       import-linter: the layers"
	@echo "make unit          pytest with branch coverage"
	@echo "make bench         measure the fan-out and the targets (BENCH_ARGS="--only targets")"
	@echo "make microbench    measure single parts of the engine (BENCH_ARGS=...)"
	@echo "make bench-peers   measure other servers as well, write docs/performance.md (BENCH_ARGS=...)"
	@echo "make bench-profile look into the loaded server, write where its time goes (BENCH_ARGS=...)"
	@echo "make requirements  pin requirements*.in anew"
	@echo "make protobuf      make Python of the schema of the Data socket's binary form"
	@echo "make clean         remove the environment and what tools left (keeps var/, your data)"

run: free-address runtime
	@$(PY) manage.py migrate --no-input --verbosity 0
	@echo "Goby is at http://$(SHOWN)/ (Ctrl-C stops it)"
	@exec $(PY) manage.py runserver "$(ADDRESS)"

serve: free-address runtime
	@$(MANAGE_PROFILE) migrate --no-input --verbosity 0
	@$(MANAGE_PROFILE) collectstatic --no-input --verbosity 0
	@exec $(PY) manage.py serve --profile "$(PROFILE)" --host "$(HOST)" --port "$(PORT)"

test: development sdk lint types imports unit

lint: development
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: development
	@$(PY) -m mypy

imports: development
	@$(VENV)/bin/lint-imports

unit: development sdk
	@$(PY) -m pytest --cov --cov-report=term:skip-covered
	@$(PY) -m coverage report --include='realtime/*' --fail-under=100 --format=total >/dev/null \
	|| { echo "The engine's coverage fell below 100 %: test the lines that the table names." >&2; exit 1; }

bench: development
	@$(PY) -m benchmarks.fanout $(BENCH_ARGS)

microbench: development
	@$(PY) -m pytest tests/benchmarks/micro -q --benchmark-enable --benchmark-only -p no:randomly \
	--benchmark-sort=name --benchmark-columns=median,iqr,ops,rounds $(BENCH_ARGS)

bench-peers: development peers
	@$(PY) -m benchmarks.peers $(BENCH_ARGS)

bench-profile: development
	@$(PY) -m benchmarks.profile $(BENCH_ARGS)

PIN = CUSTOM_COMPILE_COMMAND="make requirements" $(PY) -m piptools compile --quiet --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
requirements: development
	@$(PIN) --output-file requirements.txt requirements.in
	@$(PIN) --output-file requirements-dev.txt requirements-dev.in

# The compiler is of the 6th version of the library, so that sites may use the 6th or the 7th.
protobuf: development
	@$(VENV)/bin/python -m venv $(VENV)/protobuf && $(VENV)/protobuf/bin/pip install -qq 'grpcio-tools==1.76.*'
	@$(VENV)/protobuf/bin/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. \
		realtime/codecs/client.proto

clean:
	@rm -rf $(VENV) .coverage .coverage.* htmlcov .hypothesis .import_linter_cache .mypy_cache \
		.nox .pytest_cache .ruff_cache tests/sdk/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What the targets above stand on

free-address:
	@$(FIND_PYTHON); "$$python" $(PREFLIGHT) --host "$(HOST)" --port "$(PORT)" --writable $(WRITES)

runtime:
	@$(FIND_PYTHON); $(MAKE_VENV)
	@$(call installed,requirements.txt,requirements.txt)

development:
	@$(FIND_PYTHON); "$$python" $(PREFLIGHT) --writable $(WRITES) || exit 1; $(MAKE_VENV)
	@$(call installed,requirements-dev.txt,requirements.txt requirements-dev.txt)

sdk:
	@cd tests/sdk 2>/dev/null && [ -f package.json ] \
	|| { echo "Skipped: the JavaScript SDK (there is no tests/sdk/package.json)."; exit 0; }; \
	command -v npm >/dev/null \
	|| { echo "Skipped: the JavaScript SDK (npm is not installed)."; exit 0; }; \
	cmp -s package.json node_modules/package.json \
	|| { npm install --no-audit --no-fund --loglevel=error && cp package.json node_modules/; }

# Other people's servers stand beside the environment, never in it; what cannot be had is left out.
PEERS := $(VENV)/peers
PEER_LISTS := benchmarks/peers/requirements.txt benchmarks/peers/package.json
peers: development
	@cat $(PEER_LISTS) | cmp -s - $(PEERS)/installed && exit 0; \
	echo "Installing other servers (only after their lists change) ..."; \
	rm -rf $(PEERS); mkdir -p $(PEERS)/python; cp benchmarks/peers/package.json $(PEERS)/; \
	left=; for each in $$(grep -v '^#' benchmarks/peers/requirements.txt); do \
		$(PIP) install --no-deps --target $(PEERS)/python "$$each" \
		|| { left=yes; echo "Left out: $$each."; }; \
	done; \
	npm install --prefix $(PEERS) --no-audit --no-fund --loglevel=error \
	|| { left=yes; echo "Left out: the servers in JavaScript (npm is needed)."; }; \
	[ -n "$$left" ] || cat $(PEER_LISTS) > $(PEERS)/installed  # else the next run tries again
