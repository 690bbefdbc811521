"""A night of the whole nightly job on a real cluster that loses a worker in the middle: the tables of DuckDB."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator import FleetSpec, simulate, write_drops
from tests.orchestration.kill_kit import Workspace
from tests.orchestration.life import DAYS, FIRST_DAY, LEAN, phases
from tests.spark.cluster_kit import alive, tables_being_written
from tests.spark.spark_kit import GRAINS, OUTCOMES, WRITTEN, assert_homes_agree
from warehouse.spark.cluster import Cluster, Size, local_cluster
from warehouse.spark.cluster.processes import wait_until

pytestmark = [pytest.mark.spark, pytest.mark.cluster]

SIZE = Size(worker_memory="1500m", executor_memory="1g", driver_memory="2g")
PATIENCE_SECONDS = 1500
NIGHT = next(phase for phase in phases() if phase.night)


def test_a_night_that_loses_a_worker(tmp_path: Path) -> None:
    """Land, build, train, and then a night, as jobs of Dagster; on the cluster the night's build loses a worker."""
    prepared = tmp_path / "days"
    write_drops(simulate(FleetSpec(machines=12, days=DAYS, start=FIRST_DAY, seed=5)), prepared, split="daily")
    duck = Workspace(tmp_path / "duck", tmp_path / "duck/drops")
    home = tmp_path / "spark"
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(live, duck, prepared)  # Spark waits enough for both
        with local_cluster(home, SIZE) as cluster:
            spark = Workspace(home, home / "drops", cluster.env)
            killed = live(spark, prepared, cluster)
            pids = cluster.processes
        beside.result()
    assert killed
    assert alive(pids) == []
    counts = assert_homes_agree(spark.home, duck.home, {**GRAINS, **OUTCOMES, **WRITTEN})
    assert counts["feature_mart"] > 0
    assert counts["ml.prediction_log"] == 12


def live(workspace: Workspace, prepared: Path, cluster: Cluster | None = None) -> list[int]:
    """Play the phases up to the first night; on a cluster a worker dies while that builds. Returns the pids killed."""
    workspace.home.mkdir(exist_ok=True)
    process = workspace.start("-m", "tests.orchestration.life", str(prepared), NIGHT.name, LEAN)
    assert process.stdout is not None
    killed: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        for line in process.stdout:
            if cluster and line.strip() == NIGHT.name:
                killing = pool.submit(kill_at_work, cluster, workspace.home)
        process.wait()
        assert process.returncode == 0, workspace.said()
        if cluster:
            killed = killing.result()
    return killed


def kill_at_work(cluster: Cluster, home: Path) -> list[int]:
    """SIGKILL a worker and its executor while a feature table is being written."""
    wait_until(
        lambda: any(name.endswith("_features") for name in tables_being_written(home / "lake")),
        PATIENCE_SECONDS,
        "a feature table to be written",
    )
    return cluster.kill_worker(0)
