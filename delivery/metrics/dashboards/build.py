"""Grafana's dashboards, made by Grafana's own SDK: `make dashboards` writes the JSON files that stand beside this one.

One asks Prometheus how the nights go, one asks the published copy what they say. The SDK is among the packages for
development, so nothing else imports this.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from grafana_foundation_sdk.builders import prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, QueryVariable, ThresholdsConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.runtime import DataqueryConfig
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import BigValueColorMode, BigValueGraphMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)

from delivery.metrics import names
from delivery.metrics.dashboards.queries import (
    ALERTS_BY_NIGHT,
    CASES_BY_WEEK,
    DECISIONS,
    DRIFT_BY_NIGHT,
    FIRST_THIS_MORNING,
    ODD_DATA,
    OPEN_CASES,
    QUALITY_BY_NIGHT,
)

HERE = Path(__file__).parent
PROMETHEUS, DUCKDB = "prometheus", "motherduck-duckdb-datasource"
SOURCE = "${source}"
AnyPanel = stat.Panel | timeseries.Panel | table.Panel
GREEN, AMBER, RED = "green", "orange", "red"
MISSED_SECONDS, STALE_SECONDS = 26 * 3600, 30 * 3600  # as in rules/nightshift.yml
AS_TABLE = 1  # the plugin's format of rows as they come; a column of times makes them a series


class SqlQuery(Dataquery):
    """A query of the DuckDB plugin, which the SDK does not know: rows as the SQL gives them."""

    def __init__(self, sql: str, ref_id: str = "A") -> None:
        self.sql, self.ref_id = sql, ref_id

    def to_json(self) -> dict[str, object]:
        """As the plugin's editor saves it."""
        return {"refId": self.ref_id, "rawSql": self.sql, "format": AS_TABLE, "editorMode": "code"}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The query that `to_json` has written."""
        return cls(data["rawSql"], data["refId"])


class _Sql(Builder[SqlQuery]):
    def __init__(self, sql: str) -> None:
        self._query = SqlQuery(" ".join(sql.split()))

    def build(self) -> SqlQuery:
        return self._query


def sql_variant() -> DataqueryConfig:
    """For reading a dashboard back: how the SDK is to read our queries."""
    return DataqueryConfig(identifier=DUCKDB, from_json_hook=SqlQuery.from_json)


def nights_dashboard() -> Dashboard:
    """How the nights go, over Prometheus."""
    board = _board("Nightshift: nights", "nightshift-nights", "How the nights go: metrics of the last complete one.")
    board.with_variable(DatasourceVariable("source").label("Prometheus").type(PROMETHEUS))
    board.with_variable(
        QueryVariable("fleet").datasource(_source(PROMETHEUS)).query(f"label_values({names.LAST_SUCCESS}, fleet)")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).include_all(True).multi(True)
    )  # fmt: skip
    panels = (
        _stat("Since the last night scored", f"time() - {_of(names.LAST_SUCCESS)}", "s", [(MISSED_SECONDS, RED)]),
        _stat("Newest reading, age", f"time() - {_of(names.DATA)}", "s", [(STALE_SECONDS, RED)]),
        _stat("Machines scored", _of(names.MACHINES_SCORED), "none", []),
        _stat("Silent", _of(names.MACHINES_SILENT), "none", [(1, AMBER)]),
        _stat("Alerts", _of(names.ALERTS), "none", [(1, AMBER)]),
        _stat("Open cases", _of(names.CASES_OPEN), "none", []),
        _lines("Alerts and open cases", "none", [(names.ALERTS, "alerts"), (names.CASES_OPEN, "open cases")]),
        _lines("Machines", "none", [(names.MACHINES_SCORED, "scored"), (names.MACHINES_SILENT, "silent"),
                                    (names.MACHINES_DOWN, "down")]),
        _lines("Columns that drifted", "none", [(names.DRIFTED_COLUMNS, "columns"),
                                                (names.DRIFT_NIGHTS, "nights in a row"),
                                                (names.DRIFT_LIMIT, "nights that call for a model")]),
        _lines("Average precision on matured nights", "percentunit",
               [(names.QUALITY, "now"), (names.QUALITY_LOW, "low"), (names.QUALITY_HIGH, "high"),
                (names.QUALITY_AT_GATE, "at the gate")]),
        _lines("Seconds a step", "s", [(names.STEP_SECONDS, "{{step}}")]),
        _lines("Odd data", "none", [(names.DATA_FINDINGS, "{{level}}")]),
    )  # fmt: skip
    return _with(board, panels)


def fleet_dashboard() -> Dashboard:
    """What the nights say, over the published copy."""
    board = _board("Nightshift: fleet", "nightshift-fleet", "What the nights say: tables of the published copy.")
    board.with_variable(DatasourceVariable("source").label("DuckDB").type(DUCKDB))
    panels = (
        _sql_table("This morning", FIRST_THIS_MORNING, 24),
        _sql_lines("Alerts and silent machines", "none", ALERTS_BY_NIGHT),
        _sql_lines("Columns that drifted", "none", DRIFT_BY_NIGHT),
        _sql_lines("Average precision on matured nights", "percentunit", QUALITY_BY_NIGHT),
        _sql_lines("Cases opened a week", "none", CASES_BY_WEEK),
        _sql_table("Open cases", OPEN_CASES, 12),
        _sql_table("What is odd about the data", ODD_DATA, 12),
        _sql_table("What the gate decided", DECISIONS, 24),
    )
    return _with(board, panels)


BOARDS: dict[str, Callable[[], Dashboard]] = {"nights": nights_dashboard, "fleet": fleet_dashboard}


def rendered(name: str) -> str:
    """The JSON text of the dashboard `name`, one of BOARDS."""
    return JSONEncoder(sort_keys=True, indent=2).encode(BOARDS[name]().build()) + "\n"


def _board(title: str, uid: str, about: str) -> Dashboard:
    return (
        Dashboard(title).uid(uid).description(about).tags(["nightshift"]).time("now-30d", "now").timezone("utc")
        .refresh("5m").tooltip(DashboardCursorSync.CROSSHAIR).readonly()
    )  # fmt: skip


def _with(board: Dashboard, panels: Sequence[AnyPanel]) -> Dashboard:
    for number, panel in enumerate(panels, start=1):
        board.with_panel(panel.id(number))
    return board


def _source(kind: str) -> DataSourceRef:
    return DataSourceRef(type_val=kind, uid=SOURCE)


def _of(name: str) -> str:
    return f'{name}{{fleet=~"$fleet"}}'


def _stat(title: str, expr: str, unit: str, steps: Sequence[tuple[float, str]]) -> stat.Panel:
    return (
        stat.Panel().title(title).datasource(_source(PROMETHEUS)).unit(unit).height(4).span(4)
        .graph_mode(BigValueGraphMode.NONE).color_mode(BigValueColorMode.VALUE).thresholds(_thresholds(steps))
        .with_target(prometheus.Dataquery().expr(expr).legend_format("{{fleet}}").ref_id("A").instant())
    )  # fmt: skip


def _thresholds(steps: Sequence[tuple[float, str]]) -> ThresholdsConfig:
    found = [Threshold(value=None, color=GREEN), *(Threshold(value=value, color=color) for value, color in steps)]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(found)


def _lines(title: str, unit: str, series: Sequence[tuple[str, str]]) -> timeseries.Panel:
    panel = timeseries.Panel().title(title).datasource(_source(PROMETHEUS)).unit(unit).height(8).span(12).min(0)
    for number, (name, legend) in enumerate(series):
        query = prometheus.Dataquery().expr(_of(name)).legend_format(f"{{{{fleet}}}} {legend}")
        panel.with_target(query.ref_id(chr(ord("A") + number)).range())
    return panel


def _sql_lines(title: str, unit: str, sql: str) -> timeseries.Panel:
    panel = timeseries.Panel().title(title).datasource(_source(DUCKDB)).unit(unit).height(8).span(12).min(0)
    return panel.with_target(_Sql(sql))


def _sql_table(title: str, sql: str, width: int) -> table.Panel:
    return table.Panel().title(title).datasource(_source(DUCKDB)).height(9).span(width).with_target(_Sql(sql))


def main() -> int:
    """Write every dashboard beside this file."""
    for name in BOARDS:
        (HERE / f"{name}.json").write_text(rendered(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
