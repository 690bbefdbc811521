"""The golden check: one fleet with every trouble, built by dbt and recomputed in plain Python, must agree."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from settings import ROOT
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift
from tests.dbt.deliveries import built_before, with_late_files
from tests.dbt.fleets import golden_fleet, make_fleet
from tests.dbt.horizon_oracle import expected_horizons
from tests.dbt.hours_oracle import expected_hours, expected_remaining, hours_of, remaining_of
from tests.dbt.mart_oracle import expected_mart

TOLERANCE = 1e-7  # a FLOAT is off by 6e-8 at most
# Short windows and lives, so that a few days of data reach past the baseline and a retirement; slices of a day or two.
SHORT: dict[str, Any] = {
    "windows_hours": [3, 12, 24], "baseline_hours": 72, "min_baseline_readings": 20, "slice_rows": 100,
    "retired_after_days": 1, "outage_gap_hours": 5,
}  # fmt: skip


def check(folder: Path, drops: Drops, fleet_vars: Mapping[str, Any], project: Path = ROOT) -> None:
    """Raises AssertionError when dbt fails or a cell of the mart, or of what goes with its labels, is another."""
    night = Nightshift(folder, fleet_vars, project)
    night.land(drops)
    night.build()
    assert_same(night.table("feature_mart"), expected_mart(drops, night.fleet), TOLERANCE)
    hours = expected_hours(drops, night.fleet)
    assert_same(hours_of(night), hours, TOLERANCE)
    assert_same(remaining_of(night), expected_remaining(hours), TOLERANCE)
    assert_same(night.table("horizon_labels"), expected_horizons(drops, night.fleet))


def check_golden(folder: Path, project: Path = ROOT) -> None:
    check(folder, golden_fleet(), SHORT, project)


ROUNDS: dict[str, Any] = {
    **SHORT, "found_within_hours": 18, "feed_latency_hours": {"failures": 5}, "horizons_hours": [24, 30, 54],
}  # fmt: skip


def check_rounds(folder: Path, project: Path = ROOT) -> None:
    """`check_golden`, where failures are found up to 18 h after they happened."""
    check(folder, golden_fleet(), ROUNDS, project)


def check_late_files(folder: Path, project: Path = ROOT, drops: Drops | None = None, seed: int = 1) -> None:
    """`check`, where events come in files that land after the night was built. By default of a few machines."""
    deliveries = with_late_files(drops or make_fleet([[], [15, 19], [16, 21], [17, 22, 24]], 120, seed), seed)
    night = Nightshift(folder, {**SHORT, "restate_days": 60}, project)
    for delivery in deliveries:
        night.land(delivery)
        night.build()
    first, second = deliveries
    expected = expected_mart(first | second, night.fleet, built_before(deliveries, night.fleet))
    assert_same(night.table("feature_mart"), expected, TOLERANCE)
