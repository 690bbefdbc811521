"""The oracle: calibrated against what happened, blind to what it may not know, and of the promised difficulty."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from simulator import FleetSpec, average_precision, nightly, oracle_ap, outcomes, simulate, true_probability
from simulator.cycles import component_lives
from simulator.fleet import SimulatedFleet
from simulator.logs import machines_frame

EMPTY = pd.DataFrame()


def unread_fleet(spec: FleetSpec) -> SimulatedFleet:
    """The hidden state alone: the oracle reads no feed, so a large fleet is cheap."""
    machines = machines_frame(spec)
    return SimulatedFleet(spec, EMPTY, EMPTY, EMPTY, EMPTY, machines, component_lives(spec, machines))


@pytest.fixture(scope="module")
def large() -> SimulatedFleet:
    return unread_fleet(FleetSpec(machines=1000, days=365, seed=11, silent_share=0.2))


@pytest.mark.parametrize("horizon", [24, 48])
@pytest.mark.parametrize("part", ["comp1", "comp2", "comp3", "comp4", ""])
def test_mean_and_bands_are_calibrated(large: SimulatedFleet, horizon: int, part: str) -> None:
    # Nights a horizon apart, so that no failure is counted in two rows.
    as_of = nightly(large.spec, horizon_hours=horizon)[:: horizon // 24]
    seen, truth = outcomes(large, as_of, horizon), true_probability(large, as_of, horizon)
    prefix = f"{part}_" if part else ""
    kept = ~seen[f"{prefix}planned"].to_numpy()
    failed = seen[f"{prefix}failed"].to_numpy()[kept]
    chance = truth[f"{prefix}probability" if part else "failure_probability"].to_numpy()[kept]
    bands = np.searchsorted(np.quantile(chance, np.arange(0.1, 1, 0.1)), chance)
    steep = 10 + np.digitize(chance, [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95])
    for rows in [np.ones(chance.size, bool), *(bands == i for i in range(10)), *(steep == i for i in range(10, 18))]:
        sd = np.sqrt((chance[rows] * (1 - chance[rows])).sum())
        assert abs(failed[rows].sum() - chance[rows].sum()) <= 4 * sd + 1


def test_rows_and_columns_are_one_a_machine_at_each_as_of() -> None:
    fleet = unread_fleet(FleetSpec(machines=3, days=30))
    as_of = np.array(["2025-01-05T06:00", "2025-01-06T06:30"], dtype="datetime64[m]")
    out = true_probability(fleet, as_of, 24)
    parts = [f"comp{i}_probability" for i in range(1, 5)]
    assert list(out.columns) == ["machine_id", "as_of", *parts, "failure_probability"]
    assert list(out["machine_id"]) == [1, 2, 3, 1, 2, 3]
    assert out["as_of"].iloc[3] == pd.Timestamp("2025-01-06 06:30")
    assert out[parts].to_numpy().min() >= 0
    assert out["failure_probability"].max() <= 1


def test_all_at_once_equals_one_by_one(large: SimulatedFleet) -> None:
    as_of = nightly(large.spec)[[3, 200]]
    both = true_probability(large, as_of, 24)
    alone = pd.concat([true_probability(large, as_of[i : i + 1], 24) for i in (0, 1)], ignore_index=True)
    pd.testing.assert_frame_equal(both, alone, rtol=1e-9)


def test_longer_horizons_are_riskier(large: SimulatedFleet) -> None:
    as_of = nightly(large.spec)[:5]
    day, week = (true_probability(large, as_of, hours)["failure_probability"] for hours in (24, 168))
    assert (week > day).all()


def test_outcomes_are_those_of_the_failures_feed() -> None:
    fleet = simulate(FleetSpec(machines=30, days=60, seed=2))
    as_of = nightly(fleet.spec)
    seen = outcomes(fleet, as_of, 24)
    expected = {
        (machine, at)
        for machine, failed in zip(fleet.failures["machineID"], fleet.failures["datetime"].to_numpy(), strict=True)
        for at in as_of
        if at < failed <= at + np.timedelta64(24, "h")
    }
    got = seen[seen["failed"]]
    assert set(zip(got["machine_id"], got["as_of"].to_numpy(), strict=True)) == expected
    assert len(expected) > 10


def test_silent_defects_are_not_known_to_the_oracle() -> None:
    fleet = unread_fleet(FleetSpec(machines=300, days=180, silent_share=1.0))
    as_of = nightly(fleet.spec)
    truth = true_probability(fleet, as_of, 24)
    assert truth["failure_probability"].max() < 0.2
    assert oracle_ap(fleet) < 0.1


def test_visible_defects_rank_above_sound_components(large: SimulatedFleet) -> None:
    lives = large.hidden.cycles
    grown = lives.query("failed and not silent and ended - defect > 60 and 60 < ended < 8000").iloc[0]
    at = large.spec.times(np.array([grown["ended"] - 1]))
    truth = true_probability(large, at, 24).iloc[int(grown["machine"])]
    assert truth[f"comp{int(grown['component']) + 1}_probability"] > 0.3


def test_default_fleet_is_of_the_promised_difficulty() -> None:
    fleet = unread_fleet(FleetSpec())
    assert 0.65 < oracle_ap(fleet) < 0.85
    seen = outcomes(fleet, nightly(fleet.spec), 24)
    assert 0.015 < seen["failed"].mean() < 0.027
    assert oracle_ap(unread_fleet(replace(fleet.spec, silent_share=0.5))) < oracle_ap(fleet) - 0.15


def test_average_precision_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    chance = np.round(rng.random(2000), 2)
    failed = rng.random(2000) < chance**3
    assert average_precision(failed, chance) == pytest.approx(average_precision_score(failed, chance), abs=1e-12)
    assert np.isnan(average_precision(np.zeros(3), np.arange(3.0)))


def test_as_of_outside_the_telemetry_and_empty_horizons_are_refused(large: SimulatedFleet) -> None:
    with pytest.raises(ValueError, match="as_of must hold times within the telemetry; give times from 2025-01-01"):
        true_probability(large, np.array(["2024-12-31"], dtype="datetime64[s]"), 24)
    with pytest.raises(ValueError, match="horizon_hours = 0 cannot be used"):
        true_probability(large, nightly(large.spec)[:1], 0)
