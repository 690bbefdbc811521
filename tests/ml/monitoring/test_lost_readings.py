"""Readings that stay away: found overnight where a feed breaks, not where a machine or chance does."""

from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from ml.mart.load import load_lost_readings
from ml.monitoring.drift import judge_columns
from ml.monitoring.lost_readings import READINGS
from settings import DriftSettings, Settings
from tests.dbt.compiled import create_views

START = datetime(2025, 1, 1, 6)
LIMITS = DriftSettings(current_nights=7, min_rows=60, effect_size=0.3, missing_share=0.05)
COLUMN = "volt_readings_lost"


def nights(rng: np.random.Generator, count: int, lost: float, machines: int = 100, first: int = 0) -> pd.DataFrame:
    """One row a machine and night with the share of 24 readings lost."""
    rows = [(f"m{m}", START + timedelta(days=first + night)) for night in range(count) for m in range(machines)]
    frame = pd.DataFrame(rows, columns=["machine_id", "as_of"])
    frame[COLUMN] = rng.binomial(24, lost, len(frame)) / 24
    return frame


def verdict(reference: pd.DataFrame, current: pd.DataFrame) -> dict[Hashable, Any]:
    """The row of COLUMN, judged beside as many columns as a fleet's mart has."""
    others = [f"c{number}" for number in range(70)]
    before, after = (frame.assign(**dict.fromkeys(others, 0.0)) for frame in (reference, current))
    kinds = dict.fromkeys([COLUMN, *others], READINGS)
    table, _ = judge_columns(before, after, list(kinds), LIMITS, as_of=current["as_of"].max(), kinds=kinds)
    assert not table["missing_drifted"].iloc[1:].any()
    return table.to_dict("records")[0]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_a_tenth_lost_since_last_night_is_found(rng: np.random.Generator) -> None:
    current = pd.concat([nights(rng, 6, 0.0, first=40), nights(rng, 1, 0.1, first=46)])
    row = verdict(nights(rng, 40, 0.0), current)
    assert row["missing_drifted"]
    assert row["missing_current"] == pytest.approx(0.1, abs=0.02), "the share of the last night, not of the week"
    assert (row["current_rows"], row["missing_reference"], row["drifted"]) == (100, 0.0, False)


def test_a_gap_that_is_over_is_found_in_the_whole_window(rng: np.random.Generator) -> None:
    current = pd.concat([nights(rng, 6, 0.1, first=40), nights(rng, 1, 0.0, first=46)])
    row = verdict(nights(rng, 40, 0.0), current)
    assert (row["missing_drifted"], row["current_rows"]) == (True, 700)


def test_what_was_always_lost_is_no_drift(rng: np.random.Generator) -> None:
    assert not verdict(nights(rng, 40, 0.2), nights(rng, 7, 0.2, first=40))["missing_drifted"]


def test_a_small_loss_is_no_drift_however_sure(rng: np.random.Generator) -> None:
    assert not verdict(nights(rng, 40, 0.0), nights(rng, 7, 0.04, first=40))["missing_drifted"]


def test_a_few_dark_machines_are_not_the_fleet(rng: np.random.Generator) -> None:
    current = nights(rng, 7, 0.0, first=40)
    current.loc[current["machine_id"].isin([f"m{m}" for m in range(6)]), COLUMN] = 1.0
    row = verdict(nights(rng, 40, 0.0), current)
    assert row["missing_current"] == pytest.approx(0.06)
    assert not row["missing_drifted"]


def test_a_small_fleet_takes_as_many_nights_as_hold_enough_rows(rng: np.random.Generator) -> None:
    current = nights(rng, 7, 0.0, machines=25, first=40)
    assert verdict(nights(rng, 40, 0.0, machines=25), current)["current_rows"] == 75


def test_too_few_rows_are_not_judged(rng: np.random.Generator) -> None:
    row = verdict(nights(rng, 40, 0.0), nights(rng, 7, 1.0, machines=8, first=40))
    assert not row["judged"]
    assert not row["missing_drifted"]
    assert "56 rows" in str(row["reason"])


def test_stationary_losses_rarely_alarm(rng: np.random.Generator) -> None:
    """Losses in runs, which make a machine's nights far from independent."""
    alarms = 0
    for _ in range(40):
        frame = nights(rng, 47, 0.0)
        frame[COLUMN] = np.where(rng.random(len(frame)) < 0.1, rng.random(len(frame)), 0.0)
        reference = frame["as_of"] < START + timedelta(days=40)
        alarms += bool(verdict(frame[reference], frame[~reference])["missing_drifted"])
    assert alarms <= 2


def test_shares_come_from_the_counts_of_a_day(settings: Settings) -> None:
    fleet = settings.fleet
    at = [START + timedelta(days=day) for day in range(3)]
    rows = pd.DataFrame({f"{sensor}_n_{w}h": [float(w)] * 3 for sensor in fleet.sensors for w in fleet.windows_hours})
    rows = rows.assign(machine_id="m", as_of=at, volt_n_24h=[24.0, 18.0, np.nan])
    with duckdb.connect() as con:
        con.execute("create table sensor_features as select * from rows")
        create_views(con, "lost_readings")
        lost = load_lost_readings(con, at[0] - timedelta(hours=1), at[-1], hour=START.hour)
        assert len(load_lost_readings(con, at[0], at[1], hour=START.hour)) == 1, "the start itself is left out"
        assert not len(load_lost_readings(con, at[0], at[-1], hour=START.hour + 1))
    shares = lost.set_index(["machine_id", "as_of"])
    assert list(shares.columns) == [f"{sensor}_readings_lost" for sensor in fleet.sensors]
    assert shares[COLUMN].tolist() == [0.0, 0.25, 1.0]
    assert (shares.drop(columns=COLUMN) == 0).all(axis=None)
