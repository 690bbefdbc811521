"""The last asset of a night: what somebody who watches from outside reads."""

from dagster import AssetExecutionContext, AssetsDefinition, DagsterInstance, MaterializeResult, ResourceParam, asset

from orchestration.assets.lineage import METRICS_KEY, assets_of, before
from orchestration.partitions import ONE_RUN, nightly_partitions
from settings import Settings
from steps.metrics import write_metrics


def metrics_asset(settings: Settings) -> AssetsDefinition:
    """`metrics` ends the night, in no pool: it reads the published copy."""

    @asset(
        key=METRICS_KEY,
        group_name="publish",
        deps=assets_of((), ["published"], *before(METRICS_KEY)),
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_RUN,
        kinds={"prometheus"},
    )
    def metrics(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> MaterializeResult:
        """Data up to when, machines, alerts, cases, drift, quality, the gate's word and each step's seconds, as gauges.

        They stand in a textfile for node_exporter. A night never fails for want of them.
        """
        seconds, run_seconds = _seconds(context.instance, context.run.run_id)
        problems = write_metrics(workspace, seconds, run_seconds)
        for problem in problems:
            context.log.warning(problem)
        return MaterializeResult(metadata={"steps": len(seconds), "problem": "\n".join(problems)})

    return metrics


def _seconds(instance: DagsterInstance, run_id: str) -> tuple[dict[str, float], float | None]:
    """What each step of the run that has ended took, and all of them from the first's beginning on."""
    try:
        stats = instance.get_run_step_stats(run_id)
    except Exception:  # a record that cannot be read must fail no night
        return {}, None
    times = {
        one.step_key: (one.start_time, one.end_time)
        for one in stats
        if one.start_time is not None and one.end_time is not None
    }
    if not times:
        return {}, None
    whole = max(end for _, end in times.values()) - min(start for start, _ in times.values())
    return {step: end - start for step, (start, end) in times.items()}, whole
