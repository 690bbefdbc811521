# Two commands matter: `make run` does the main job, `make test` passes the tests; both set themselves up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OLD_DUCKDB := 1.1.3 1.2.2 1.3.2 1.4.5 1.5.6
READERS := .readers
BENCH_STAMP := $(VENV)/.bench
BROWSER_STAMP := $(VENV)/.browser
SPARK_STAMP := $(VENV)/.spark
TEAM_STAMP := $(VENV)/.team
TEAM_TEST_STAMP := $(VENV)/.team-test

.DEFAULT_GOAL := help
export DO_NOT_TRACK := 1
export MLFLOW_DISABLE_TELEMETRY := true
export DAGSTER_DISABLE_TELEMETRY := 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup run demo intake land serve night train retrain evaluate rollback reproduce doctor version test test-slow test-readers test-spark test-cluster test-team setup-team test-prometheus dashboards test-browser setup-browser setup-spark spark-cluster bench bench-quick bench-model check format lock dev clean

help:  ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

setup: $(STAMP)  ## Make .venv from the hash-locked requirements

# --no-deps: the lock is complete, so nothing is left to resolve; every file is checked against its hash.
$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Nightshift needs Python 3.11 to 3.13, and $(PYTHON) is %d.%d: run make PYTHON=python3.11" % sys.version_info[:2])'
	@echo "==> installing the locked requirements into $(VENV) (a few minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $@

setup-spark: $(SPARK_STAMP)  ## Add what the Spark targets need (500 MB); Java 17 or 21 must be there

# pyspark comes as source: pip builds it with its own setuptools.
$(SPARK_STAMP): $(STAMP) requirements-spark.lock
	@java -version >/dev/null 2>&1 || { echo "Spark needs Java 17 or 21: install a JRE, so that \`java -version\` works"; exit 1; }
	@echo "==> installing Spark into $(VENV) (about a minute, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

setup-team: $(TEAM_STAMP)  ## Add what speaks with a team's servers, PostgreSQL and S3 (docs/team.md)

$(TEAM_STAMP): $(STAMP) requirements-team.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-team.lock
	@touch $@

$(TEAM_TEST_STAMP): $(TEAM_STAMP) requirements-team-test.lock
	@echo "==> installing servers to test against into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-team-test.lock
	@touch $@

spark-cluster: $(SPARK_STAMP)  ## A Spark cluster of two workers on this machine, until Ctrl-C; says what to export
	@$(BIN)/python -m warehouse.spark.cluster

run: setup  ## Land, build, train, score the last nights, show the morning, then judge all contenders
	@$(BIN)/python -m orchestration.commands.replay

demo: setup  ## Only write the demo fleet's raw files
	@$(BIN)/python -m orchestration.commands.demo

# FOLDER (or DROPS, or NIGHTSHIFT_DROPS) names the folder, FLEET that of the fleet file.
intake: setup  ## Look at a folder of unknown files, and propose its fleet: make intake FOLDER=/path/to/files
	@$(BIN)/python -m intake $(if $(FOLDER)$(DROPS),"$(or $(FOLDER),$(DROPS))") $(if $(FLEET),--fleet "$(FLEET)")

land: setup  ## Only land the raw files of the drops folder
	@$(BIN)/python -m ingestion

test: setup  ## Run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

test-slow: setup  ## Run the long proofs too: many random fleets, and mutations that must turn the tests red
	@$(BIN)/python -m pytest -m slow

test-readers: $(READERS)/.installed  ## Read the published copy with older versions of DuckDB, and with Polars
	@$(BIN)/python -m pytest -m readers

$(READERS)/.installed: $(STAMP) requirements-bench.lock $(OLD_DUCKDB:%=tests/delivery/publishing/older/duckdb-%.lock)
	@echo "==> installing $(words $(OLD_DUCKDB)) older versions of DuckDB, and Polars, into $(READERS) (a minute, once)"
	@rm -rf $(READERS)
	@for lock in $(filter-out $(STAMP),$^); do $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--require-hashes --target $(READERS)/$$(basename $$lock .lock) -r $$lock || exit 1; done
	@touch $@

test-spark: $(SPARK_STAMP)  ## Run the tests of the Spark targets: parity, nights, kills
	@$(BIN)/python -m pytest -m "spark and not cluster and not slow"

test-cluster: $(SPARK_STAMP)  ## Run the tests of a Spark cluster: a life on it, and a worker that it loses
	@$(BIN)/python -m pytest -m cluster

test-browser: $(BROWSER_STAMP)  ## Look at `make serve` in a browser, as people do; Chromium must be there
	@$(BIN)/python -m pytest -m browser

$(BROWSER_STAMP): $(STAMP) requirements-browser.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-browser.lock
	@touch $@

setup-browser: $(BROWSER_STAMP)  ## Add what `make test-browser` needs but Chromium (50 MB)

test-prometheus: setup  ## Run the alert rules and a real Prometheus on a real night; needs Debian's prometheus
	@command -v promtool >/dev/null && command -v prometheus-node-exporter >/dev/null || { echo "Install them first: apt-get install prometheus prometheus-node-exporter"; exit 1; }
	@$(BIN)/python -m pytest -m prometheus

test-team: $(TEAM_TEST_STAMP)  ## Run the tests of a team's set-up against a PostgreSQL and an S3 store of their own
	@$(BIN)/python -m pytest -m team

bench: $(BENCH_STAMP)  ## Measure against pandas, Polars and plain scripts, 50 minutes; reports/benchmarks.md
	@$(BIN)/python -m tests.benchmarks

bench-quick: $(BENCH_STAMP)  ## The same on small fleets, once each, under 5 minutes
	@$(BIN)/python -m tests.benchmarks --quick

bench-model: setup  ## Measure the model against the demo's truth, and how often drift alarms falsely
	@$(BIN)/python -m tests.benchmarks.oracle
	@$(BIN)/python -m tests.benchmarks.drift_alarms

$(BENCH_STAMP): $(STAMP) requirements-bench.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

# HOST, PORT and WORKERS stand for what [serving] in workspace.toml says, and for one process.
serve: setup  ## Pages and JSON over the published copy, at http://127.0.0.1:8000 until Ctrl-C: make serve PORT=8001
	@$(BIN)/python -m serving $(if $(HOST),--host "$(HOST)") $(if $(PORT),--port "$(PORT)") $(if $(WORKERS),--workers "$(WORKERS)")

night: setup  ## One night through the whole nightly job: make night NIGHT=2025-12-31 (today by default)
	@$(BIN)/python -m orchestration.commands.night $(NIGHT)

train: setup  ## Train a challenger on what has landed; the gate decides whether it becomes champion
	@$(BIN)/python -m orchestration.commands.train

retrain: setup  ## Train only if drift or fallen quality calls for it
	@$(BIN)/python -m orchestration.commands.retrain

evaluate: setup  ## Judge every contender in every scenario again, and write the evaluation report
	@$(BIN)/python -m orchestration.commands.evaluate

rollback: setup  ## Give the champion's place back to the model before it
	@$(BIN)/python -m orchestration.commands.rollback

reproduce: setup  ## Train a run's model again and compare: make reproduce RUN=<id of the MLflow run>
	@$(BIN)/python -m orchestration.commands.reproduce $(RUN)

doctor: setup  ## Look at the whole set-up, and say what to do where something is not well
	@$(BIN)/python -m orchestration.commands.doctor

version: setup  ## Print the version
	@$(BIN)/python -m orchestration.commands.version

check: setup  ## Lint and type-check: ruff, mypy, sqlfluff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/sqlfluff lint dbt_project/models dbt_project/tests

format: setup  ## Put the code in shape
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

dashboards: setup  ## Write Grafana's dashboards anew: delivery/metrics/dashboards/
	@$(BIN)/python -m delivery.metrics.dashboards.build

dev: setup  ## Open the asset graph in the browser
	@$(BIN)/dagster dev

# Needs uv. The lock names no index and serves every supported Python.
lock:  ## Resolve pyproject.toml into requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--group dev pyproject.toml --output-file requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--group bench --constraint requirements.lock --output-file requirements-bench.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--group browser --constraint requirements.lock --output-file requirements-browser.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--group spark --constraint requirements.lock --output-file requirements-spark.lock
	for version in $(OLD_DUCKDB); do echo "duckdb==$$version" | uv pip compile --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header - \
		--output-file tests/delivery/publishing/older/duckdb-$$version.lock; done
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--group team --constraint requirements.lock --output-file requirements-team.lock
		--group team-test --constraint requirements.lock --constraint requirements-team.lock \
		--output-file requirements-team-test.lock

clean:  ## Remove what was generated in the repository; raw drops stay
	for home in data fleets/*/data; do (cd $$home 2>/dev/null && rm -rf warehouse.duckdb* published mlflow.db* mlruns dagster dbt scenarios lake metastore reports .landing.duckdb* .*.partial*); done; true
	rm -rf target logs fleets/*/target fleets/*/logs fleets/*/dbt_packages fleets/*/package-lock.yml
	find reports -type f ! -name README.md -delete
