"""A machine's last weeks, read for its page: answers, snapshots and events, each as one night knew it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pandas as pd

from delivery.pages.machine.contents import MachinePage
from delivery.pages.machine.happened import READS as EVENT_READS
from delivery.pages.machine.happened import events_of
from delivery.pages.machine.sensors import snapshot_columns
from ml.registry.thresholds import alert_thresholds
from settings import Settings
from warehouse.tables import column_names

READS = ("nightly_answers", "feature_mart", "stg_machines", *EVENT_READS)


@dataclass(frozen=True)
class _Span:
    """The machines whose pages are made, and the weeks before the night that they show."""

    machines: list[str]
    since: datetime
    as_of: datetime

    @property
    def values(self) -> dict[str, object]:
        return {"machines": self.machines, "since": self.since, "as_of": self.as_of}


def machine_stories(
    con: duckdb.DuckDBPyConnection,
    machines: Sequence[str],
    as_of: datetime,
    settings: Settings,
    links: Mapping[str, str],
) -> list[MachinePage]:
    """What the pages of `machines` tell of the weeks before the night `as_of`, as it knew them; in their order.

    `con`: any connection that shows the tables READS under these names. `links`: label to address, on every page.
    """
    weeks, fleet = settings.workspace.pages.weeks, settings.fleet
    span = _Span(list(machines), as_of - timedelta(weeks=weeks), as_of)
    answers, snapshots = _answers(con, span), _snapshots(con, span, settings)
    events = events_of(con, span.machines, span.since, as_of)
    versions = sorted({version for rows in answers.values() for version in rows["model_version"].dropna()})
    thresholds = alert_thresholds(settings.paths, settings.workspace.mlflow, versions)
    none = pd.DataFrame({"as_of": pd.Series(dtype="datetime64[us]")})
    return [
        MachinePage(
            machine=machine, as_of=as_of, weeks=weeks, horizon_hours=fleet.horizon_hours, fleet=fleet,
            costs=settings.workspace.economics,
            answers=answers.get(machine, none), snapshots=snapshots.get(machine, none),
            events=events.get(machine, ()), thresholds=thresholds, links=links,
            remaining_coverage=settings.workspace.training.remaining_coverage,
        )
        for machine in machines
    ]  # fmt: skip


def _answers(con: duckdb.DuckDBPyConnection, span: _Span) -> dict[str, pd.DataFrame]:
    rows = con.execute(
        """
        select answers.*, machines.model as machine_model, machines.age as machine_age
        from nightly_answers as answers
        left join stg_machines as machines using (machine_id)
        where as_of > $since and as_of <= $as_of and machine_id in (select unnest($machines))
        order by machine_id, as_of
        """,
        span.values,
    ).df()
    return _by_machine(rows)


def _snapshots(con: duckdb.DuckDBPyConnection, span: _Span, settings: Settings) -> dict[str, pd.DataFrame]:
    known = column_names(con, "feature_mart")
    names = ", ".join(["machine_id", "as_of", *(name for name in snapshot_columns(settings.fleet) if name in known)])
    rows = con.execute(
        f"""
        select {names} from feature_mart
        where as_of > $since and as_of <= $as_of and machine_id in (select unnest($machines))
        order by machine_id, as_of
        """,
        span.values,
    ).df()
    return _by_machine(rows)


def _by_machine(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(machine): found for machine, found in rows.groupby("machine_id", sort=False)}
