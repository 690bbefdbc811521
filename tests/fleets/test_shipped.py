"""Every fleet of `fleets/` from its sample to a morning, and each for what it is there to show."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from ingestion import land
from ml.mart.silence import reading_counts
from settings import ROOT, load_settings
from tests.fleets.morning import Morning, made
from tests.fleets.samples.__main__ import SAMPLES

KIB = 1024
FLEETS = sorted(path.parent.name for path in (ROOT / "fleets").glob("*/dbt_project.yml"))
LONG = ("drives", "engines")  # what is theirs alone is shown by all of history, or by many machines
pytestmark = pytest.mark.xdist_group("shipped")


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Morning]:
    """By the name of a fleet, made once: `morning("drives")`."""

    @cache
    def once(name: str) -> Morning:
        return made(name, tmp_path_factory.mktemp(name))

    return once


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sample_is_what_its_script_makes_and_small(name: str) -> None:
    files, folder = SAMPLES[name](), ROOT / "fleets" / name / "sample"
    assert files.keys() == {path.name for path in folder.iterdir()}
    assert sum(len(text.encode()) for text in files.values()) < 200 * KIB
    for file, text in files.items():
        assert (folder / file).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", FLEETS)
def test_every_fleet_says_what_it_shows_and_has_a_test(name: str) -> None:
    told = (ROOT / "fleets" / name / "README.md").read_text(encoding="utf-8")
    assert f"DBT_PROJECT_DIR=fleets/{name} NIGHTSHIFT_DROPS=fleets/{name}/sample" in told
    assert f"`fleets/{name}`" in (ROOT / "docs/your-fleet.md").read_text(encoding="utf-8")
    assert name in {*SAMPLES, "presses"}  # which has tests of its own


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sample_lands_whole(name: str, tmp_path: Path) -> None:
    project = ROOT / "fleets" / name
    settings = load_settings(ROOT, {"DBT_PROJECT_DIR": str(project), "NIGHTSHIFT_HOME": str(tmp_path)})
    landing = land(project / "sample", settings.paths.warehouse, settings.fleet)
    assert (sum(landing.rejected.values()), list(landing.refused)) == (0, [])
    assert landing.rows["telemetry"] > 0


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in sorted(SAMPLES)]
)
def test_a_fleet_comes_from_files_to_a_morning(name: str, morning: Callable[[str], Morning]) -> None:
    night = morning(name)
    query = (
        "select count(*) > 0, count(*) = count(distinct machine_id), "
        "max(distance_from_normal) > 0 or count(*) < 5 "  # fewer are no fleet to be far from
        "from ml.prediction_log"
    )
    assert night.rows(query) == [(True, True, True)]


def test_a_historian_is_read_by_its_tags_and_the_clock_of_berlin(morning: Callable[[str], Morning]) -> None:
    night = morning("historian")
    hours = "select count(*), min(event_at), max(event_at) from stg_telemetry where machine_id = 'Pump 101'"
    (count, first, last) = night.rows(hours)[0]
    assert (last - first).total_seconds() / 3600 + 1 == count == 18 * 24  # the hour told twice is two hours
    assert night.rows("select min(pressure) > 5, max(pressure) < 8 from stg_telemetry") == [(True, True)]  # bar
    outage = "select machine_id, component, event_at::text, ended_at::text from stg_failures"
    assert night.rows(outage) == [("Pump 102", "seal", "2025-10-22 07:20:00", "2025-10-22 13:00:00")]
    worst = "select machine_id, risk_level, reasons from ml.prediction_log order by distance_from_normal desc limit 1"
    [(machine, level, reasons)] = night.rows(worst)
    assert (machine, level) == ("Pump 103", "elevated")
    assert "Motor temperature" in reasons
    shares = "select mode_share_running_24h + mode_share_idle_24h from feature_mart where mode_n_24h > 0"
    assert {round(share, 6) for (share,) in night.rows(shares)} == {1.0}


@pytest.mark.slow
def test_drives_fail_in_their_own_rows(morning: Callable[[str], Morning]) -> None:
    night = morning("drives")
    assert night.rows("select count(*), min(component) from stg_failures") == [(18, "drive")]
    assert night.rows("select count(distinct machine_id), min(model) from feature_mart") == [(40, "NS-4000")]
    counted = (
        "select count(*) from feature_mart where fails_drive = 1 "
        "and smart_5_last > 0 and smart_5_increase_168h > 0 and smart_197_last > 0"
    )
    assert night.rows(counted)[0][0] > 60


@pytest.mark.slow
def test_a_drive_that_failed_is_gone_and_one_unheard_for_two_days_is_silent(
    morning: Callable[[str], Morning],
) -> None:
    night = morning("drives")
    since = (
        "select count(distinct as_of - event_at), max(as_of - event_at), count(fails_any) "
        "from feature_mart join stg_failures using (machine_id) where as_of >= event_at"
    )
    assert night.rows(since) == [(1, timedelta(0), 0)]
    assert night.rows("select count(*) from ml.prediction_log") == [(40 - 18,)]
    assert night.rows("select distinct kind from data_quality where kind = 'out of service'") == []
    scoring = night.settings.workspace.scoring
    assert {name.rpartition("_")[2] for name in reading_counts(night.settings.fleet, scoring)} == {"48h"}


@pytest.mark.slow
def test_an_engine_fails_after_its_last_cycle(morning: Callable[[str], Morning]) -> None:
    night = morning("engines")
    ends = (
        "select count(*), min(f.event_at - t.last), max(f.event_at - t.last) from stg_failures as f "
        "join (select machine_id, max(event_at) as last from stg_telemetry group by all) as t using (machine_id)"
    )
    assert night.rows(ends) == [(30, timedelta(hours=12), timedelta(hours=12))]


def test_orders_are_failures_or_maintenance_by_their_codes(morning: Callable[[str], Morning]) -> None:
    night = morning("chillers")
    assert night.rows("select count(*) from stg_failures") == [(35,)]
    assert night.rows("select count(*) from stg_replacements") == [(15,)]
    assert night.rows("select distinct component from stg_failures order by all") == [
        ("compressor",), ("condenser",), ("refrigerant",)
    ]  # fmt: skip
    assert any("X999" in line for line in night.landing.lines())
    assert night.rows("select count(*) > 0 from feature_mart where compressor_hours_since_replacement > 0") == [(True,)]


def test_each_type_has_its_own_sensors(morning: Callable[[str], Morning]) -> None:
    night = morning("two_types")
    found = (
        "select model, count(air_flow_mean_24h) > 0, count(bearing_temp_mean_24h) > 0 from feature_mart "
        "group by all order by model"
    )
    assert night.rows(found) == [("fan", True, False), ("pump", False, True)]
    far = "select machine_id from ml.prediction_log order by distance_from_normal desc limit 2"
    assert {machine for (machine,) in night.rows(far)} == {"P-4", "F-2"}
