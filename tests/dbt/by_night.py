"""Deliveries landed and built one after the other, held against the oracle and against one build of it all."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from settings import ROOT
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift, Row
from tests.dbt.deliveries import built_before, daily
from tests.dbt.fleets import TROUBLES, make_fleet
from tests.dbt.golden import SHORT, TOLERANCE
from tests.dbt.horizon_oracle import expected_horizons
from tests.dbt.hours_oracle import expected_hours, hours_of, remaining_of
from tests.dbt.mart_oracle import expected_mart
from tests.dbt.troubles.machine import START, H
from tests.dbt.what_is_known import Runs

TABLES = ("feature_mart", "failure_labels", "horizon_labels")


def assert_parity(one: Nightshift, other: Nightshift) -> None:
    for name in TABLES:
        assert_same(one.table(name), other.table(name))
    assert_same(hours_of(one), hours_of(other))
    assert_same(remaining_of(one), remaining_of(other))


def nightly_and_at_once(
    folder: Path,
    deliveries: Sequence[Drops],
    days_late: int,
    fleet_vars: dict[str, Any],
    runs: Runs | None = None,
    workspace: type[Nightshift] = Nightshift,
) -> None:
    """Rows that come late are known late: only the same home, built anew, can say the same of them."""
    nightly = workspace(folder / "nightly", fleet_vars)
    everything: Drops = {}
    for files in deliveries:
        nightly.land(files)
        nightly.build()
        everything |= files
    by_night = {name: nightly.table(name) for name in TABLES}
    expected = expected_mart(everything, nightly.fleet, built_before(deliveries, nightly.fleet), runs)
    assert_same(by_night["feature_mart"], expected, TOLERANCE)
    horizons = expected_horizons(everything, nightly.fleet, built_before(deliveries, nightly.fleet))
    assert_same(by_night["horizon_labels"], horizons)
    hours = hours_of(nightly)
    assert_same(hours, expected_hours(everything, nightly.fleet, built_before(deliveries, nightly.fleet)), TOLERANCE)
    at_once = nightly
    if days_late:
        nightly.dbt("run", "--select", "+feature_mart", "--full-refresh")
    else:
        at_once = workspace(folder / "at_once", fleet_vars)
        at_once.land(everything)
        at_once.build()
    for name in TABLES:
        assert_same(at_once.table(name), by_night[name])
    assert_same(hours_of(at_once), hours)


def days(drops: Drops, days_late: int, seed: int, nights: int | None = None) -> list[Drops]:
    """A delivery a day, or the last `nights` of them after all before at once."""
    found = list(daily(drops, days_late, seed).values())
    begin = len(found) - nights if nights else 1
    return [{name: rows for files in found[:begin] for name, rows in files.items()}, *found[begin:]]


def any_fleet(seed: int) -> Drops:
    troubles = [[], *([(seed * 11 + n * 5 + i * i) % len(TROUBLES) for i in range(n % 6)] for n in range(14))]
    return make_fleet(troubles, 220, seed)


def any_vars(seed: int) -> dict[str, Any]:
    """Those of the usual short tests, and every other time slower feeds and wider steps."""
    other = {"snapshot_every_hours": 6, "scoring_hour": 7, "feed_latency_hours": {"errors": 2, "failures": 7}}
    return other if seed % 2 else {}


def night_by_night(
    folder: Path, nights: list[Drops], fleet_vars: dict[str, Any], look: Callable[[Nightshift], None] = lambda _: None,
    project: Path = ROOT,
) -> Nightshift:  # fmt: skip
    """Each of `nights` landed, built and held against the oracle, the last against one build of it all too."""
    nightly, at_once = (Nightshift(folder / name, fleet_vars, project) for name in ("nightly", "at_once"))
    everything: Drops = {}
    for files in nights:
        everything |= files
        nightly.land(files)
        nightly.build()
        assert_same(nightly.table("feature_mart"), expected_mart(everything, nightly.fleet), TOLERANCE)
        assert_same(hours_of(nightly), expected_hours(everything, nightly.fleet), TOLERANCE)
        look(nightly)
    at_once.land(everything)
    at_once.build()
    assert_parity(nightly, at_once)
    return nightly


def check_found_later(folder: Path, project: Path = ROOT) -> None:
    """When a component last worked is told days later than its failure, or lies days before it: before the window."""
    drops = make_fleet([[], []], hours=24 * 10, seed=13)
    first, second = (row["machineID"] for row in drops["PdM_machines.csv"])
    days = [[r for r in drops["PdM_telemetry.csv"] if a <= (r["datetime"] - START).days < b]
            for a, b in ((0, 4), (4, 8), (8, 10))]  # fmt: skip
    at, day = START + timedelta(hours=60), timedelta(days=1)
    told: Row = {"machineID": first, "failure": "comp1", "datetime": at}
    found: Row = {"machineID": second, "failure": "comp2", "datetime": START + 9 * day + timedelta(hours=3)}
    replaced = {"datetime": START + 5 * day, "machineID": second, "comp": "comp2", "available_at": START + 9 * day}
    night_by_night(
        folder,
        [
            {**drops, "PdM_telemetry.csv": days[0], "PdM_failures.csv": [told]},
            {
                "PdM_telemetry_2.csv": days[1],
                "PdM_failures_2.csv": [{**told, "known_good_at": at - 30 * H, "available_at": at + 5 * day}],
            },
            {
                "PdM_telemetry_3.csv": days[2],
                "PdM_failures_3.csv": [{**found, "known_good_at": found["datetime"] - 6 * day}],
                "PdM_maint_3.csv": [replaced],
            },
        ],
        {**SHORT, "restate_days": 4},
        project=project,
    )
