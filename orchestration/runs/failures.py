"""Telling of failed runs, from wherever the failure can be seen.

A hook on every step, and not a sensor alone, tells of failures: it speaks from inside the failing run and needs no
daemon. Our own entry points raise the error before Dagster comes to its hooks, so they tell of it themselves
(`failing_aloud`). What neither can see, a run whose process was killed or never started, the sensor `failed_runs` tells
as soon as a daemon is there. All name a failure by its run, so that it is sent once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from dagster import (
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    HookContext,
    failure_hook,
)
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from delivery.notifications.notices import night_failed
from delivery.notifications.outbox import notify
from orchestration.dbt.failures import dbt_failures
from settings import Settings
from warehouse.disk import DiskFull


@failure_hook(required_resource_keys={"workspace"})
def tell_of_failure(context: HookContext) -> None:
    """Tell that a step failed, of a run the first one only."""
    run = context.instance.get_run_by_id(context.run_id)
    error = (
        "" if context.op_exception is None else _words(context.op_exception.__class__.__name__, context.op_exception)
    )
    notice = night_failed(context.job_name, context.run_id, _night(run), context.step_key, error)
    try:
        problem = notify([notice], context.resources.workspace).problem
    except DiskFull as full:  # which may be why the step failed: told all the same, only not kept
        problem = str(full)
    if problem:
        context.log.warning(problem)


@contextmanager
def failing_aloud(settings: Settings, instance: DagsterInstance, run_id: str) -> Iterator[None]:
    """Tell of the run inside the block when it raises: there Dagster raises before it comes to its hooks."""
    try:
        yield
    except Exception as error:
        run = instance.get_run_by_id(run_id)
        if run is not None:
            with suppress(OSError, DiskFull):  # a log that cannot be written must not hide the error
                tell_of_run(settings, instance, run, _words(type(error).__name__, error))
        raise


def tell_of_run(settings: Settings, instance: DagsterInstance, run: DagsterRun, message: str) -> str:
    """Tell of a failed run with its first failed step, or `message` where there is none; returns what went wrong."""
    step, error = "", message
    for record in instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_FAILURE)[:1]:
        info = getattr(record.get_dagster_event().event_specific_data, "error", None)
        cause = getattr(info, "cause", None) or info
        step, error = record.step_key or "", _words(cause.cls_name or "", cause.message) if cause else message
    return notify([night_failed(run.job_name, run.run_id, _night(run), step, error)], settings).problem


def _words(kind: str, error: object) -> str:
    """What went wrong, without the name of the exception; dbt's own words where it was dbt."""
    text = str(error).strip()
    head, _, rest = text.partition(": ")
    if rest and head.rpartition(".")[2] == kind:
        text = rest
    return dbt_failures(text) if kind.startswith("DagsterDbt") else text or kind


def _night(run: DagsterRun | None) -> str:
    """The night, or first and last of a range, that a run was for; empty for a run that has none."""
    tags: Mapping[str, str] = run.tags if run else {}
    first, last = (tags.get(name, "") for name in (ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG))
    if first and first != last:
        return f"{first} to {last}"
    return tags.get(PARTITION_NAME_TAG, "") or first
