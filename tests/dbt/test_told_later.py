"""Lives, outages and feeds' ends that are told later than the nights they lie in."""

from datetime import timedelta
from pathlib import Path

from tests.dbt.by_night import check_found_later, night_by_night
from tests.dbt.dbt_kit import Drops, Nightshift, Row
from tests.dbt.fleets import make_fleet
from tests.dbt.golden import SHORT
from tests.dbt.troubles.machine import START


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
    night = night_by_night(
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

    night_by_night(tmp_path, nights, {**SHORT, "restate_days": 0}, look)
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
    night_by_night(
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


def test_intervals_told_later_change_the_nights_they_lie_in(tmp_path: Path) -> None:
    check_found_later(tmp_path)
