"""Feed faults do what they say and nothing else; drops hold every row, byte for byte the same."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator import FleetSpec, SimulatedFleet, simulate, write_drops
from simulator.cli import main
from simulator.drops import FileFormat

ROOT = Path(__file__).resolve().parents[2]
PLAIN = FleetSpec(machines=20, days=40, seed=5)
SENSORS = [sensor.name for sensor in PLAIN.sensors]


@pytest.fixture(scope="module")
def plain() -> SimulatedFleet:
    return simulate(PLAIN)


@pytest.fixture(scope="module")
def late() -> SimulatedFleet:
    return simulate(replace(PLAIN, late_share=0.1, late_max_hours=48))


def read_all(folder: Path, feed: str) -> pd.DataFrame:
    parts = [pd.read_csv(path) for path in sorted(folder.glob(f"PdM_{feed}*.csv"))]
    frame = pd.concat(parts)
    return frame.sort_values(list(frame.columns[:3]), ignore_index=True)


def test_late_rows_change_nothing_but_when_rows_are_known(plain: SimulatedFleet, late: SimulatedFleet) -> None:
    for name, frame in plain.feeds.items():
        pd.testing.assert_frame_equal(frame, late.feeds[name].drop(columns="available_at", errors="ignore"))
    assert "available_at" not in plain.telemetry
    assert "available_at" not in late.maint
    for frame in (late.telemetry, late.errors):
        delay = (frame["available_at"] - frame["datetime"]).dt.total_seconds() / 3600
        assert delay.between(0, 48).all()
    assert (late.telemetry["available_at"] > late.telemetry["datetime"]).mean() == pytest.approx(0.1, abs=0.01)
    assert (late.telemetry["available_at"] - late.telemetry["datetime"]).max() > pd.Timedelta(hours=40)


def test_dropout_loses_its_share_in_runs_and_changes_no_other_reading(plain: SimulatedFleet) -> None:
    holes = simulate(replace(PLAIN, dropout_share=0.1, dropout_run_hours=6.0))
    before, after = plain.telemetry[SENSORS].to_numpy(), holes.telemetry[SENSORS].to_numpy()
    lost = np.isnan(after)
    assert lost.mean() == pytest.approx(0.1, abs=0.015)
    assert (before[~lost] == after[~lost]).all()
    pd.testing.assert_frame_equal(plain.failures, holes.failures)
    by_machine = lost.reshape(-1, PLAIN.machines, len(SENSORS))
    runs = (by_machine[1:] & ~by_machine[:-1]).sum() + by_machine[0].sum()
    assert 5 < lost.sum() / runs < 8


def test_outage_removes_one_day_of_telemetry_only(plain: SimulatedFleet) -> None:
    dark = simulate(replace(PLAIN, outage_day=10))
    day = plain.telemetry["datetime"].dt.date == pd.Timestamp(2025, 1, 11).date()
    assert day.sum() == 24 * 20
    pd.testing.assert_frame_equal(plain.telemetry[~day].reset_index(drop=True), dark.telemetry)
    pd.testing.assert_frame_equal(plain.errors, dark.errors)


def test_drift_shifts_one_sensor_from_its_day_on(plain: SimulatedFleet) -> None:
    drifted = simulate(replace(PLAIN, drift_day=20, drift_sd=1.5, drift_sensor="pressure"))
    change = drifted.telemetry["pressure"] - plain.telemetry["pressure"]
    since = plain.telemetry["datetime"] >= pd.Timestamp(2025, 1, 21)
    assert (change[~since] == 0).all()
    assert np.allclose(change[since], 1.5 * 10.0, atol=2e-4)
    pd.testing.assert_frame_equal(plain.telemetry.drop(columns="pressure"), drifted.telemetry.drop(columns="pressure"))


def test_drops_hold_the_azure_text(plain: SimulatedFleet, tmp_path: Path) -> None:
    paths = write_drops(plain, tmp_path)
    assert [path.name for path in paths] == [
        "PdM_errors.csv", "PdM_failures.csv", "PdM_machines.csv", "PdM_maint.csv", "PdM_telemetry.csv",
    ]  # fmt: skip
    lines = (tmp_path / "PdM_telemetry.csv").read_text().splitlines()
    assert lines[0] == "datetime,machineID,volt,rotate,pressure,vibration"
    assert lines[1].startswith("2025-01-01 00:00:00,1,")
    assert len(lines) == 1 + 20 * (40 * 24 + 1)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("file_format", ["csv", "csv.gz", "parquet"])
def test_formats_agree_and_repeat_byte_for_byte(plain: SimulatedFleet, tmp_path: Path, file_format: FileFormat) -> None:
    one, two = (write_drops(simulate(PLAIN), tmp_path / name, file_format=file_format) for name in ("a", "b"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    path = tmp_path / "a" / f"PdM_telemetry.{file_format}"
    read = pd.read_parquet(path) if file_format == "parquet" else pd.read_csv(path, parse_dates=["datetime"])
    pd.testing.assert_frame_equal(read, plain.telemetry, check_dtype=False)


def test_missing_readings_are_empty_cells(tmp_path: Path) -> None:
    write_drops(simulate(replace(PLAIN, dropout_share=0.3)), tmp_path)
    text = (tmp_path / "PdM_telemetry.csv").read_text()
    assert ",," in text
    assert "nan" not in text.lower()


def test_daily_files_lose_no_row(late: SimulatedFleet, tmp_path: Path) -> None:
    write_drops(late, tmp_path / "whole")
    write_drops(late, tmp_path / "daily", split="daily")
    for feed in late.feeds:
        pd.testing.assert_frame_equal(read_all(tmp_path / "whole", feed), read_all(tmp_path / "daily", feed))


def test_a_daily_file_holds_what_became_known_that_day(late: SimulatedFleet, tmp_path: Path) -> None:
    write_drops(late, tmp_path, split="daily")
    day = pd.read_csv(tmp_path / "PdM_telemetry_2025-01-03.csv")
    assert (day["available_at"].str[:10] == "2025-01-03").all()
    assert (day["datetime"].str[:10] < "2025-01-03").any()
    first = pd.read_csv(tmp_path / "PdM_maint_2025-01-01.csv")
    assert (first["datetime"] < "2025-01-01").sum() >= 20 * 4
    assert (tmp_path / "PdM_machines.csv").exists()


def test_an_outage_day_has_no_telemetry_file(tmp_path: Path) -> None:
    write_drops(simulate(replace(PLAIN, outage_day=10)), tmp_path, split="daily")
    assert not (tmp_path / "PdM_telemetry_2025-01-11.csv").exists()
    assert (tmp_path / "PdM_telemetry_2025-01-12.csv").exists()


def test_files_of_another_fleet_are_not_mixed_in(plain: SimulatedFleet, tmp_path: Path) -> None:
    write_drops(plain, tmp_path)
    write_drops(plain, tmp_path)
    with pytest.raises(ValueError, match=r"holds files of another fleet.*empty it"):
        write_drops(plain, tmp_path, split="daily")


def test_files_of_another_fleet_are_not_written_over(plain: SimulatedFleet, tmp_path: Path) -> None:
    """Nobody's own files are lost to the demo, and none of its files stands beside them."""
    theirs = tmp_path / "PdM_telemetry.csv"
    theirs.write_text("datetime,machineID,volt\n")
    with pytest.raises(ValueError, match=r"PdM_telemetry.csv holds other rows.*move it away"):
        write_drops(plain, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [theirs.name]
    assert theirs.read_text() == "datetime,machineID,volt\n"


@pytest.mark.parametrize("option", [{"split": "weekly"}, {"file_format": "xls"}])
def test_unknown_write_options_are_refused(plain: SimulatedFleet, tmp_path: Path, option: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"cannot be used; give one of"):
        write_drops(plain, tmp_path, **option)  # type: ignore[arg-type]


def test_command_line_writes_and_says_what(tmp_path: Path) -> None:
    arguments = [
        "--out",
        str(tmp_path),
        "--machines",
        "5",
        "--days",
        "30",
        "--start",
        "2024-02-01",
        "--late-share",
        "0.1",
    ]
    run = subprocess.run(
        [sys.executable, "-m", "simulator", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [line.split()[0] for line in run.stdout.splitlines()] == ["files", "rows", "failures", "oracle"]
    header = (tmp_path / "PdM_telemetry.csv").read_text().splitlines()[0]
    assert header.endswith(",available_at")


def test_command_line_refuses_with_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path / "x"), "--machines", "0"]) == 2
    assert capsys.readouterr().err == "simulator: machines = 0 cannot be used; give a whole number of 1 or more.\n"
    assert not (tmp_path / "x").exists()
