"""Built night by night or all at once: the same rows, exactly."""

import shutil
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from settings import ROOT
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift, Row
from tests.dbt.deliveries import built_before, daily
from tests.dbt.fleets import TROUBLES, golden_fleet, make_fleet
from tests.dbt.golden import SHORT, TOLERANCE
from tests.dbt.horizon_oracle import expected_horizons
from tests.dbt.hours_oracle import expected_hours, hours_of, remaining_of
from tests.dbt.kinds import KINDS, RunningNightshift, of_kinds, runs
from tests.dbt.mart_oracle import expected_mart
from tests.dbt.troubles.machine import START, H
from tests.dbt.what_is_known import Runs

QUARTER = ROOT / "../shared/data/azure_pdm"
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


@pytest.mark.parametrize(
    ("days_late", "nights"), [(3, 3), *(pytest.param(late, None, marks=pytest.mark.slow) for late in (0, 3))]
)
def test_every_trouble(days_late: int, nights: int | None, tmp_path: Path) -> None:
    fleet_vars = {**SHORT, "restate_days": max(days_late, 1)}
    nightly_and_at_once(tmp_path, days(golden_fleet(), days_late, 1, nights), days_late, fleet_vars)


@pytest.mark.slow
def test_counters_states_readings_that_hold_and_times_off(tmp_path: Path) -> None:
    """In files of the usual layout; `test_mapped_parity` has the same in other people's."""
    troubles = [[], [10, 13, 30], [14, 29], [9, 28, 27], [31, 5]]
    deliveries = days(of_kinds(make_fleet(troubles, hours=80, seed=21)), 2, seed=3)
    nightly_and_at_once(tmp_path, deliveries, 2, {**KINDS, "restate_days": 2}, runs, RunningNightshift)


def any_fleet(seed: int) -> Drops:
    troubles = [[], *([(seed * 11 + n * 5 + i * i) % len(TROUBLES) for i in range(n % 6)] for n in range(14))]
    return make_fleet(troubles, 220, seed)


def any_vars(seed: int) -> dict[str, Any]:
    """Those of the usual short tests, and every other time slower feeds and wider steps."""
    other = {"snapshot_every_hours": 6, "scoring_hour": 7, "feed_latency_hours": {"errors": 2, "failures": 7}}
    return other if seed % 2 else {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_any_fleet(seed: int, tmp_path: Path) -> None:
    late = 2 + seed % 3
    fleet_vars = {**SHORT, **any_vars(seed), "restate_days": late}
    nightly_and_at_once(tmp_path, days(any_fleet(seed), late, seed), late, fleet_vars)


def test_the_same_night_twice_changes_nothing(tmp_path: Path) -> None:
    night = Nightshift(tmp_path / "night", SHORT)
    night.land(golden_fleet())
    night.build()
    before = night.table("feature_mart")
    night.build()
    assert_same(night.table("feature_mart"), before)


def test_rows_older_than_the_window_wait_for_a_named_restate(tmp_path: Path) -> None:
    drops = make_fleet([[], [15, 19], [21]], hours=200, seed=4)
    old = START + timedelta(hours=30)
    held = [row for row in drops["PdM_telemetry.csv"] if row["datetime"] < old and row["machineID"] == "10"]
    drops["PdM_telemetry.csv"] = [row for row in drops["PdM_telemetry.csv"] if row not in held]
    night = Nightshift(tmp_path / "night", {**SHORT, "restate_days": 1})
    night.land(drops)
    night.build()
    before = night.table("feature_mart")
    night.land({"PdM_telemetry_old.csv": held})
    night.build()
    assert_same(night.table("feature_mart"), before)
    night.build(restate_from=str(START.date()))
    at_once = Nightshift(tmp_path / "at_once", {**SHORT, "restate_days": 1})
    at_once.land({**drops, "PdM_telemetry_old.csv": held})
    at_once.build()
    assert_parity(night, at_once)


def test_a_restatement_that_was_cut_off_goes_on_in_the_next_build(tmp_path: Path) -> None:
    drops = make_fleet([[], [15, 19], [21]], hours=200, seed=4)
    old = START + timedelta(hours=30)
    held = [row for row in drops["PdM_telemetry.csv"] if row["datetime"] < old and row["machineID"] == "10"]
    on_time = [row for row in drops["PdM_telemetry.csv"] if row not in held]
    night, at_once = (Nightshift(tmp_path / name, {**SHORT, "restate_days": 1}) for name in ("night", "at_once"))
    night.land({**drops, "PdM_telemetry.csv": on_time})
    night.build()
    night.land({"PdM_telemetry_old.csv": held})
    night.dbt("run", "--select", "+telemetry_buckets", restate_from=str(START.date()))
    night.build()
    at_once.land({**drops, "PdM_telemetry.csv": on_time, "PdM_telemetry_old.csv": held})
    at_once.build()
    assert_parity(night, at_once)


@pytest.mark.parametrize("cut_off", [(), ("+sensor_features",)], ids=["whole", "cut off after the features"])
def test_the_snapshots_that_late_rows_changed_are_listed(tmp_path: Path, cut_off: tuple[str, ...]) -> None:
    drops = make_fleet([[], [], []], hours=240, seed=8)
    late = [row for row in drops["PdM_telemetry.csv"] if START + timedelta(hours=190) < row["datetime"]][::7]
    on_time = [row for row in drops["PdM_telemetry.csv"] if row not in late]
    night = Nightshift(tmp_path / "night", {**SHORT, "restate_days": 3})
    night.land({**drops, "PdM_telemetry.csv": on_time})
    night.build()
    before = night.table("feature_mart")
    assert night.table("restated_snapshots") == {}
    night.land({"PdM_telemetry_late.csv": late})
    for part in cut_off:
        night.dbt("run", "--select", part)
    night.build()
    after = night.table("feature_mart")
    changed = {key for key, row in before.items() if _features(after[key]) != _features(row)}
    assert changed
    assert set(night.table("restated_snapshots")) == changed


def test_a_new_register_rewrites_what_is_known_of_a_machine(tmp_path: Path) -> None:
    drops = make_fleet([[], [], []], hours=200, seed=5)
    changed = [{**row, "model": "model9", "age": 33} for row in drops["PdM_machines.csv"][:1]]
    night, at_once = Nightshift(tmp_path / "night", SHORT), Nightshift(tmp_path / "at_once", SHORT)
    night.land(drops)
    night.build()
    night.land({"PdM_machines_later.csv": changed})
    night.build()
    at_once.land({**drops, "PdM_machines_later.csv": changed})
    at_once.build()
    assert_parity(night, at_once)
    told = {
        row["model"] for row in night.table("feature_mart").values() if row["machine_id"] == changed[0]["machineID"]
    }
    assert told == {"model9"}


def _night_by_night(
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


def _hour(row: Row) -> int:
    return int((row["datetime"] - START) // timedelta(hours=1))


def test_lives_that_end_begin_again_and_are_told_later(tmp_path: Path) -> None:
    """Older than what a night restates: a retirement, a return, and a register that says more and takes it back."""
    drops = make_fleet([[], [], []], hours=24 * 9, seed=11)
    gone, back, sold = (row["machineID"] for row in drops["PdM_machines.csv"])
    silent = {gone: range(60, 999), back: range(60, 150)}
    rows = [
        row for row in drops["PdM_telemetry.csv"] if _hour(row) not in silent.get(row["machineID"], range(0))
    ]  # fmt: skip
    early, middle, late = ([row for row in rows if _hour(row) in span]
                           for span in (range(116), range(116, 140), range(140, 999)))  # fmt: skip
    register = [{**row, "in_service_until": START + timedelta(hours=40)} for row in drops["PdM_machines.csv"][2:]]
    feeds = {name: rows for name, rows in drops.items() if "telemetry" not in name}
    night = _night_by_night(
        tmp_path,
        [
            {**feeds, "PdM_telemetry_1.csv": early},
            {"PdM_telemetry_2.csv": middle},
            {"PdM_telemetry_3.csv": late},
            {"PdM_machines_4.csv": register},
            {"PdM_machines_5.csv": drops["PdM_machines.csv"][2:]},
        ],
        {**SHORT, "restate_days": 0, "retired_after_days": 2},
    )
    lives = night.rows("select machine_id, count(*) as lives, count(until_us) as ended from machine_lives group by all")
    assert {(row["machine_id"], row["lives"], row["ended"]) for row in lives} == {
        (gone, 1, 1),
        (back, 2, 1),
        (sold, 1, 0),
    }


def test_failures_that_stay_away_take_labels_back_until_they_come(tmp_path: Path) -> None:
    drops = make_fleet([[], []], hours=24 * 24, seed=12)
    machine = drops["PdM_machines.csv"][0]["machineID"]
    failures = [
        {"datetime": START + timedelta(days=day), "machineID": machine, "failure": "comp1"} for day in (1, 2, 3, 4, 22)
    ]
    days = [[row for row in drops["PdM_telemetry.csv"] if a <= (row["datetime"] - START).days < b]
            for a, b in ((0, 8), (8, 20), (20, 24))]  # fmt: skip
    nights: list[Drops] = [
        {**drops, "PdM_telemetry.csv": days[0], "PdM_failures.csv": failures[:4]},
        {"PdM_telemetry_2.csv": days[1]},
        {"PdM_telemetry_3.csv": days[2], "PdM_failures_3.csv": failures[4:]},
    ]
    pending = []

    def look(night: Nightshift) -> None:
        [row] = night.rows("select known_by from feed_reach where feed = 'failures'")
        pending.append(
            (
                row["known_by"],
                len([r for r in night.table("failure_labels").values() if r["label_status"] == "pending"]),
            )
        )

    _night_by_night(tmp_path, nights, {**SHORT, "restate_days": 0}, look)
    assert [known for known, _ in pending] == ["clock", "quiet", "clock"]
    assert pending[1][1] > 10 * pending[0][1]


def test_outages_told_later_change_the_nights_they_lie_in(tmp_path: Path) -> None:
    """The end of an outage, and a report that joins two, come later than a night restates."""
    drops = make_fleet([[], []], hours=24 * 8, seed=13)
    row: Row = {"machineID": drops["PdM_machines.csv"][0]["machineID"], "failure": "comp1"}
    at = START + timedelta(hours=30)
    days = [
        [r for r in drops["PdM_telemetry.csv"] if a <= (r["datetime"] - START).days < b] for a, b in ((0, 3), (3, 8))
    ]
    _night_by_night(
        tmp_path,
        [
            {**drops, "PdM_telemetry.csv": days[0], "PdM_failures.csv": [{**row, "datetime": at}]},
            {
                "PdM_telemetry_2.csv": days[1],
                "PdM_failures_2.csv": [
                    {
                        **row,
                        "datetime": at,
                        "ended_at": at + timedelta(hours=20),
                        "available_at": at + timedelta(days=4),
                    },
                    {**row, "datetime": at + timedelta(hours=60), "available_at": at + timedelta(days=5)},
                ],
            },
        ],
        {**SHORT, "restate_days": 3},
    )


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
    _night_by_night(
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


def test_intervals_told_later_change_the_nights_they_lie_in(tmp_path: Path) -> None:
    check_found_later(tmp_path)


def test_the_public_quarter_night_by_night(tmp_path: Path) -> None:
    """All 100 machines: the quarter but its last days at once and those night by night, against one build of it all."""
    if not QUARTER.is_dir():
        pytest.skip(f"the public data set does not lie in {QUARTER}")
    nightly, at_once = Nightshift(tmp_path / "nightly"), Nightshift(tmp_path / "at_once")
    lines = {path.name: path.read_text().splitlines(keepends=True) for path in sorted(QUARTER.glob("PdM_*.csv"))}
    for night in ("2015-12-29", "2015-12-30", "2015-12-31", "2016-01-02"):
        for name, (header, *rows) in lines.items():
            early, lines[name] = _split(rows, night) if header.startswith("datetime") else (rows, [])
            lines[name].insert(0, header)
            if early:
                (nightly.drops / f"{name[:-4]}_{night}.csv").write_text("".join([header, *early]))
        nightly.land({})
        nightly.build()
    for path in QUARTER.glob("PdM_*.csv"):
        shutil.copy(path, at_once.drops)
    at_once.land({})
    at_once.build()
    for table in (*TABLES, "stg_telemetry", "telemetry_buckets", "spine"):
        assert _fingerprint(nightly, table) == _fingerprint(at_once, table), table


def _features(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith(("fails_", "label_"))}


def _split(rows: list[str], night: str) -> tuple[list[str], list[str]]:
    return [row for row in rows if row[:10] < night], [row for row in rows if row[:10] >= night]


def _fingerprint(one: Nightshift, table: str) -> Row:
    """How many rows, and a sum over every bit of them that does not depend on their order."""
    return one.rows(f"select count(*) as n, sum(hash(t)::hugeint) as bits from {table} as t")[0]
