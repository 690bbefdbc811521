"""The job `housekeeping`: remove what is no longer needed, once a week and apart from the nights.

It needs the warehouse for itself, and a night must never wait for it or fail with it.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, OpExecutionContext, ResourceParam, RunsFilter, job, op

from delivery.pages.index import prune_reports
from ml.registry.registry import registry
from orchestration.dagster_private import event_log_file
from orchestration.pools import WAREHOUSE
from settings import Settings
from steps.clock import utc_now
from steps.housekeeping import prune_models, rotate_log
from warehouse.compaction import compact

FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]


def run_housekeeping(settings: Settings, instance: DagsterInstance) -> list[str]:
    """Prune runs, pages and models, compact the warehouse, rotate the log; returns one line for each that changed."""
    keep, paths = settings.workspace.housekeeping, settings.paths
    lines = []
    if (runs := prune_runs(instance, keep.keep_run_days)) > 0:
        lines.append(f"{runs} runs older than {keep.keep_run_days} days are removed from Dagster's record.")
    if pages := prune_reports(paths.report_dir, keep.keep_reports):
        lines.append(f"{len(pages)} pages of nights before the last {keep.keep_reports} are removed.")
    if pruned := prune_models(registry(settings), keep.keep_models, utc_now()):
        lines.append(f"The files of model versions {', '.join(pruned)} are removed; their decisions stay on record.")
    if paths.warehouse.exists():
        before, after = compact(paths.warehouse, settings.workspace.warehouse.wait_seconds)
        if after != before:
            lines.append(f"The warehouse shrank from {before.file / 1e6:,.0f} MB to {after.file / 1e6:,.0f} MB.")
    if rotate_log(paths.log):
        lines.append(f"{paths.log.name} is rotated to {paths.log.name}.1.")
    return lines


def prune_runs(instance: DagsterInstance, keep_days: int) -> int:
    """Delete record, event log and captured output of runs that ended over `keep_days` days ago; returns how many."""
    before = datetime.now(UTC) - timedelta(days=keep_days)
    old = instance.get_run_records(RunsFilter(statuses=FINISHED, updated_before=before))
    for record in old:
        run_id = record.dagster_run.run_id
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        instance.delete_run(run_id)
        _remove_files(instance, run_id)
    return len(old)


def _remove_files(instance: DagsterInstance, run_id: str) -> None:
    """Dagster empties a run's event log and leaves its file."""
    shutil.rmtree(Path(instance.storage_directory()) / run_id, ignore_errors=True)
    if events := event_log_file(instance, run_id):
        for path in (events, *(events.with_name(f"{events.name}{end}") for end in ("-wal", "-shm"))):
            path.unlink(missing_ok=True)


@op(pool=WAREHOUSE)
def housekeeping_op(context: OpExecutionContext, workspace: ResourceParam[Settings]) -> None:
    """Log each line of `run_housekeeping`."""
    for line in run_housekeeping(workspace, context.instance) or ["Nothing to remove."]:
        context.log.info(line)


@job
def housekeeping() -> None:
    """Remove what is older than [housekeeping] says, and compact the warehouse where half of it is empty."""
    housekeeping_op()
