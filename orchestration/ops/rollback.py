"""The job `rollback`: the model that the champion replaced scores again."""

from dagster import OpExecutionContext, ResourceParam, job, op

from orchestration.pools import WAREHOUSE
from settings import Settings


@op(pool=WAREHOUSE)
def restore_earlier_champion(context: OpExecutionContext, workspace: ResourceParam[Settings]) -> None:
    """Move the alias and log both versions. Raises NoChampion as `roll_back`."""
    from steps.train import roll_back  # noqa: PLC0415 - what trains, which no night loads

    restored, removed = roll_back(workspace)
    context.log.info(f"Version {restored.version} is champion again; version {removed.version} is not.")


@job
def rollback() -> None:
    """Give the alias back to the model that the champion replaced."""
    restore_earlier_champion()
