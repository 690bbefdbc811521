"""How things stand, as samples of the metrics, read from the published copy: nobody's night waits for a reader."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pandas as pd

from delivery.findings import SEVERITIES
from delivery.metrics import names
from ml.monitoring.retraining import is_true, nights_in_a_row
from ml.scoring.contract import DOWN, SILENT
from ml.scoring.night_status import SCORED

_NIGHT = f"""
    select status = '{SCORED}', epoch(newest_reading_at), model_version from nights order by as_of desc limit 1
"""
_SCORED = f"""
    select
        epoch(max(scored_at)), epoch(max(as_of)),
        count(*) filter (where risk_level not in ('{SILENT}', '{DOWN}')),
        count(*) filter (where risk_level = '{SILENT}'), count(*) filter (where risk_level = '{DOWN}'),
        count(*) filter (where alert)
    from predictions
    where as_of = (select max(as_of) from nights where status = '{SCORED}')
    having count(*) > 0
"""
_OPEN = "select count(*) from alert_episodes where closed_by is null"
_FINDINGS = "select severity, count(*) from data_quality where as_of = (select max(as_of) from data_quality) group by 1"
_GATE = """
    select promoted, epoch(try_cast(decided_at as timestamp)) from promotions
    where decided_at is not null order by decided_at desc limit 1
"""


@dataclass(frozen=True)
class Gauge:
    """One value of the metric `name`, with labels beside that of the fleet."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def published_figures(con: duckdb.DuckDBPyConnection, sustained_nights: int) -> list[Gauge]:
    """The samples that the published tables give; none of what is not known yet. `con`: the published copy.

    `sustained_nights`: `retraining.sustained_nights`.
    """
    return [*_night(con), *_scored(con), *_cases(con), *_drift(con, sustained_nights), *_gate(con)]


def step_figures(seconds: Mapping[str, float], run_seconds: float | None) -> list[Gauge]:
    """The samples of a run: the seconds of each step, by its name, and of all of it."""
    steps = [Gauge(names.STEP_SECONDS, took, {"step": step}) for step, took in sorted(seconds.items())]
    return steps + ([] if run_seconds is None else [Gauge(names.RUN_SECONDS, run_seconds)])


def _night(con: duckdb.DuckDBPyConnection) -> Iterator[Gauge]:
    for scored, newest, version in _rows(con, _NIGHT):
        yield Gauge(names.NIGHT_SCORED, float(scored))
        yield from _known(names.DATA, newest)
        yield Gauge(names.MODEL, 1.0, {"version": str(version)})


def _scored(con: duckdb.DuckDBPyConnection) -> Iterator[Gauge]:
    told = (names.LAST_SUCCESS, names.NIGHT, names.MACHINES_SCORED, names.MACHINES_SILENT, names.MACHINES_DOWN,
            names.ALERTS)  # fmt: skip
    for row in _rows(con, _SCORED):
        for name, value in zip(told, row, strict=True):
            yield from _known(name, value)


def _cases(con: duckdb.DuckDBPyConnection) -> Iterator[Gauge]:
    for (count,) in _rows(con, _OPEN):
        yield Gauge(names.CASES_OPEN, count)
    found = dict(_rows(con, _FINDINGS))
    for level in SEVERITIES if _has(con, "data_quality") else ():
        yield Gauge(names.DATA_FINDINGS, found.get(level, 0), {"level": level})


def _drift(con: duckdb.DuckDBPyConnection, sustained_nights: int) -> Iterator[Gauge]:
    nights = _frame(con, "select * from drift_nights order by as_of")
    if nights.empty:
        return
    last = nights.iloc[-1]
    if is_true(last["judged"]):
        yield Gauge(names.DRIFTED, float(is_true(last["drifted"])))
        yield Gauge(names.DRIFTED_COLUMNS, float(last["columns_drifted"]))
    yield Gauge(names.DRIFT_NIGHTS, nights_in_a_row(nights))
    yield Gauge(names.DRIFT_LIMIT, sustained_nights)
    if is_true(last["quality_judged"]):
        for name, column in (
            (names.QUALITY, "quality"), (names.QUALITY_LOW, "quality_low"), (names.QUALITY_HIGH, "quality_high"),
            (names.QUALITY_AT_GATE, "quality_at_gate"), (names.QUALITY_FAILURES, "quality_positives"),
        ):  # fmt: skip
            yield from _known(name, last[column])
        yield Gauge(names.QUALITY_FALLEN, float(is_true(last["quality_fallen"])))


def _gate(con: duckdb.DuckDBPyConnection) -> Iterator[Gauge]:
    for promoted, decided_at in _rows(con, _GATE):
        yield Gauge(names.GATE_PROMOTED, float(is_true(promoted)))
        yield from _known(names.GATE_DECISION, decided_at)


def _known(name: str, value: Any) -> Iterator[Gauge]:  # noqa: ANN401 - a cell of a table
    if value is not None and not pd.isna(value):
        yield Gauge(name, float(value))


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> Sequence[tuple[Any, ...]]:
    try:
        return con.execute(sql).fetchall()
    except duckdb.CatalogException:  # a table that nothing has been entered into is not published
        return []


def _frame(con: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    try:
        return con.execute(sql).df()
    except duckdb.CatalogException:
        return pd.DataFrame()


def _has(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(_rows(con, f"select 1 from information_schema.tables where table_name = '{table}'"))
