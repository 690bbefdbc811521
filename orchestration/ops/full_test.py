"""The job `full_test`: every data test on every row, once a week and apart from the nights.

A night tests the rows that it has made. What has been spoilt among older ones since, by whatever else may write to the
file, nobody would find. It takes the longer the history is: a night must not wait for it or fail with it.
"""

from pathlib import Path

from dagster import OpExecutionContext, ResourceParam, job, op
from dagster_dbt import DbtCliResource

from orchestration.dbt.at_hand import graph_folder
from orchestration.dbt.failures import told_by_dbt
from orchestration.pools import WAREHOUSE
from orchestration.runs.failures import notify_step_failure
from settings import Settings
from warehouse.connection import open_warehouse
from warehouse.tables import relations

LAST_MADE = "main.fleet_risk_today"  # by the first night, when there are all tables to test
# Unit tests speak of the code: `make test` runs them.
COMMAND = ("test", "--exclude-resource-type", "unit_test", "--log-level-file", "none")


def run_full_test(settings: Settings, dbt: DbtCliResource) -> bool:
    """Run them; False before the first night. Raises DbtFailed with each test that failed, its rows and the cure."""
    if not _is_built(settings):
        return False
    target = settings.paths.dbt_target
    with told_by_dbt(target, Path(graph_folder(settings)) / "manifest.json"):
        dbt.cli(COMMAND, target_path=target).wait()
    return True


def _is_built(settings: Settings) -> bool:
    if not settings.paths.warehouse.exists():
        return False
    with open_warehouse(settings, read_only=True) as con:
        return LAST_MADE in relations(con)


@op(pool=WAREHOUSE)
def full_test_op(context: OpExecutionContext, workspace: ResourceParam[Settings], dbt: DbtCliResource) -> None:
    """Log what `run_full_test` found, or fail with it."""
    context.log.info("Every row is well." if run_full_test(workspace, dbt) else "No night has been built yet.")


@job(hooks={notify_step_failure})
def full_test() -> None:
    """Run every data test on every row; nothing is changed."""
    full_test_op()
