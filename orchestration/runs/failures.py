"""Failed run notifications, from wherever the failure can be seen.

A hook on every step, and not a sensor alone, sends them: it runs inside the failing run and needs no daemon. The
commands raise the error before Dagster calls its hooks, so they notify themselves (`notify_on_failure`). Neither sees a
run whose process was killed: whoever finds it dead notifies (`release_dead_runs`), and of what a daemon launched the
sensor `failed_runs`. All key the notice by its run, so that it is sent once.
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
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from delivery.notifications.notices import Notice, night_failed
from delivery.notifications.outbox import notify
from orchestration.dagster_private import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    MARKED_FROM_OUTSIDE,
    PARTITION_NAME_TAG,
)
from orchestration.dbt.failures import DbtFailed, dbt_failures
from orchestration.interrupts import Interrupted
from settings import Settings
from steps.clock import utc_now
from warehouse.disk import DiskFull

DBT_ERRORS = {DagsterDbtCliRuntimeError.__name__, DbtFailed.__name__}
CUT_OFF = "Its process is gone: killed, or lost with the machine. Run it again."
INTERRUPTS = {"DagsterExecutionInterruptedError", "KeyboardInterrupt"}


@failure_hook(required_resource_keys={"workspace"})
def notify_step_failure(context: HookContext) -> None:
    """Hook: send a notice for the first failed step of a run; a problem with sending is logged as a warning."""
    run = context.instance.get_run_by_id(context.run_id)
    raised = context.op_exception
    error = "" if raised is None else _message_of(type(raised).__name__, raised)
    night = _night(run.tags if run else {})
    notice = night_failed(context.job_name, context.run_id, night, context.step_key, error)
    try:
        problem = notify([notice], context.resources.workspace, utc_now()).problem
    except DiskFull as full:  # which may be why the step failed: sent all the same, only not kept
        problem = str(full)
    if problem:
        context.log.warning(problem)


@contextmanager
def notify_on_failure(
    settings: Settings, instance: DagsterInstance, run_id: str, job: str, tags: Mapping[str, str]
) -> Iterator[None]:
    """Send a notice for the run `run_id` of `job` when the block raises, also before Dagster has a record of it.

    Dagster raises before it calls its hooks. The error is raised on.
    """
    try:
        yield
    except (Exception, Interrupted) as error:
        run = instance.get_run_by_id(run_id)
        message = _message_of(type(error).__name__, error)
        with suppress(OSError, DiskFull):  # a log that cannot be written must not hide the error
            if run is None:
                notify([night_failed(job, run_id, _night(tags), "", message, begun=False)], settings, utc_now())
            elif isinstance(error, Interrupted):  # whatever its step made of it
                notify([_failed(run, _failed_step(instance, run, "")[0], message)], settings, utc_now())
            else:
                notify_failed_run(settings, instance, run, message)
        raise


def notify_failed_run(settings: Settings, instance: DagsterInstance, run: DagsterRun, message: str) -> str:
    """Send a notice of a failed run with its first failed step, or `message` where there is none.

    Returns the problem with sending it, empty where there is none.
    """
    said = CUT_OFF if message == MARKED_FROM_OUTSIDE else message
    return notify([_failed(run, *_failed_step(instance, run, said))], settings, utc_now()).problem


def _failed(run: DagsterRun, step: str, error: str) -> Notice:
    return night_failed(run.job_name, run.run_id, _night(run.tags), step, error)


def _failed_step(instance: DagsterInstance, run: DagsterRun, message: str) -> tuple[str, str]:
    """The first failed step of a run and its error; no step, and `message`, where there is none."""
    for record in instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_FAILURE)[:1]:
        info = getattr(record.get_dagster_event().event_specific_data, "error", None)
        cause = getattr(info, "cause", None) or info
        return record.step_key or "", _message_of(cause.cls_name or "", cause.message) if cause else message
    return "", message


def _message_of(kind: str, error: object) -> str:
    """The error's text without the name of its exception; of a dbt error, dbt's own messages."""
    if kind in INTERRUPTS:
        return "It was interrupted before it was done."
    text = str(error).strip()
    head, _, rest = text.partition(": ")
    if rest and head.rpartition(".")[2] == kind:
        text = rest
    if kind in DBT_ERRORS:  # a notice is one line, and each of dbt's says one thing
        return " ".join(dbt_failures(text, kind).splitlines())
    return text or kind


def _night(tags: Mapping[str, str]) -> str:
    """The night, or first and last of a range, that a run with these tags is for; empty where there is none."""
    first, last = (tags.get(name, "") for name in (ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG))
    if first and first != last:
        return f"{first} to {last}"
    return tags.get(PARTITION_NAME_TAG, "") or first
