"""A night ends with its metrics, and fails for nothing that befalls them."""

import json

import duckdb
import pytest
from dagster import DagsterInstance, materialize
from prometheus_client.parser import text_string_to_metric_families

from delivery.metrics import names
from delivery.metrics.dashboards.build import HERE
from delivery.metrics.names import METRICS
from delivery.metrics.textfile import served_metrics
from orchestration.assets.metrics import metrics_asset
from settings import Settings
from tests.orchestration.conftest import NIGHTS

pytestmark = pytest.mark.xdist_group("replay")
SHOWN = "timestamp '2000-01-01' and timestamp '2100-01-01'"


def test_a_run_over_nights_leaves_every_figure(replayed: Settings) -> None:
    families = {family.name: family for family in text_string_to_metric_families(served_metrics(replayed))}
    judged = {name for name in METRICS if "quality" in name}
    assert set(METRICS) - judged <= set(families) <= set(METRICS)
    value = {name: family.samples[0].value for name, family in families.items()}
    assert value[names.NIGHT_SCORED] == 1
    assert value[names.MACHINES_SCORED] + value[names.MACHINES_SILENT] + value[names.MACHINES_DOWN] == 12
    assert value[names.DATA] <= value[names.NIGHT] < value[names.LAST_SUCCESS]
    took = {sample.labels["step"]: sample.value for sample in families[names.STEP_SECONDS].samples}
    assert {"ml__prediction_log", "published", "ml__notices_sent"} <= set(took)
    assert 0 < max(took.values()) <= value[names.RUN_SECONDS]


def test_the_dashboard_over_the_published_copy_asks_what_it_can_answer(replayed: Settings) -> None:
    board = json.loads((HERE / "fleet.json").read_text())
    queries = {panel["title"]: panel["targets"][0]["rawSql"] for panel in board["panels"]}
    with duckdb.connect(str(replayed.paths.published / "nightshift.duckdb"), read_only=True) as con:
        found = {}
        for title, sql in queries.items():
            macro, _, rest = sql.partition("$__timeFilter(")
            column, _, rest = rest.partition(")")
            found[title] = con.execute(f"{macro}{column} between {SHOWN}{rest}" if column else sql).fetchall()
    assert len(found["Alerts and silent machines"]) == NIGHTS
    assert found["This morning"]
    assert found["What the gate decided"]


def test_metrics_that_cannot_be_written_fail_no_night(replayed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = served_metrics(replayed)
    monkeypatch.setattr("steps.metrics.published_figures", lambda *_: 1 / 0)
    monkeypatch.setattr(DagsterInstance, "get_run_step_stats", lambda *_: 1 / 0)
    night = str(max(_nights(replayed)))
    with DagsterInstance.ephemeral() as instance:
        done = materialize(
            [metrics_asset(replayed)], instance=instance, resources={"workspace": replayed}, partition_key=night
        )
    assert done.success
    [event] = done.get_asset_materialization_events()
    assert "The metrics could not be made: ZeroDivisionError" in str(event.materialization.metadata["problem"].value)
    assert served_metrics(replayed) == before


def _nights(settings: Settings) -> list[str]:
    with duckdb.connect(str(settings.paths.published / "nightshift.duckdb"), read_only=True) as con:
        return [f"{night:%Y-%m-%d}" for (night,) in con.execute("select as_of from nights").fetchall()]
