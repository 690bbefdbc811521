"""The feeds' names and columns stand in the code once; what repeats them in YAML and in the settings is compared."""

import pytest
import yaml

from ingestion.errors import LandingError
from ingestion.feeds import AVAILABLE_AT, FEEDS, REQUIRED, TABLES, feeds_of
from settings import ROOT, FeedLatency, Settings
from tests.ingestion.landing_kit import fleet

ADDED = "_file_id"


def sources() -> dict[str, list[str] | str]:
    """The tables of the dbt source `raw`: their columns, or the Jinja that makes them."""
    told = yaml.safe_load((ROOT / "dbt_project/models/staging/_sources.yml").read_text())["sources"]
    [raw] = [source for source in told if source["name"] == "raw"]
    return {
        table["name"]: columns if isinstance(columns := table["columns"], str) else [c["name"] for c in columns]
        for table in raw["tables"]
    }


def test_every_feed_has_a_name_and_every_name_a_feed(settings: Settings) -> None:
    assert tuple(feeds_of(settings.fleet)) == FEEDS
    assert set(REQUIRED) < set(FEEDS) < set(TABLES)


@pytest.mark.parametrize("name", ["left", "Limit", "order", "machine_id", "Event_at", "DATETIME", "_n", "available_at"])
def test_no_sensor_is_called_as_sql_or_a_column_beside_it_is(name: str) -> None:
    with pytest.raises(LandingError, match=rf"vars\.sensors\.{name} "):
        feeds_of(fleet(name))


@pytest.mark.parametrize("name", ["position", "time", "value", "reading", "user"])
def test_words_that_sql_takes_for_a_column_may_be_sensors(name: str) -> None:
    assert name in feeds_of(fleet(name))["telemetry"].names


def test_the_raw_tables_are_dbts_sources(settings: Settings) -> None:
    assert set(sources()) == set(TABLES)


def test_dbt_describes_each_feeds_columns(settings: Settings) -> None:
    told = sources()
    for name, feed in feeds_of(settings.fleet).items():
        columns = told[name]
        if isinstance(columns, str):  # telemetry's depend on the sensors
            assert all(f"'name': '{column.name}'" in columns for column in feed.columns if not column.sensor), name
            assert "var('sensors')" in columns
        else:
            assert set(columns) == {*feed.names, ADDED}, name


def test_every_feed_of_events_that_a_feature_or_label_reads_has_a_latency(settings: Settings) -> None:
    timed = {name for name, feed in feeds_of(settings.fleet).items() if AVAILABLE_AT in feed.names}
    assert set(FeedLatency.model_fields) == timed - {"feedback"}  # what the crew says is known when it is given
    told = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["feed_latency_hours"]
    assert set(told) == set(FeedLatency.model_fields)
