"""Which nights there are, and what is said of others before any work is done."""

from datetime import date, timedelta
from typing import Any

import pytest
from dagster import DagsterInstance

from ml.mart.nights import NightNotReady
from orchestration.commands.run import run_job
from orchestration.partitions import nightly_partitions, require_partitions
from settings import Settings, load_settings

TODAY = date(2026, 3, 1)


def with_first_night(settings: Settings, first: date | None) -> Settings:
    schedules = settings.workspace.schedules.model_copy(update={"first_night": first})
    return settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"schedules": schedules})})


def test_nights_begin_where_landing_believes_the_first_reading(settings: Settings) -> None:
    shipped = with_first_night(settings, None)
    assert load_settings(env={}).workspace.schedules.first_night is None
    assert nightly_partitions(shipped).get_first_partition_key() == "1990-01-01"
    require_partitions([date(1990, 1, 1), date(2012, 5, 1), TODAY], shipped, TODAY)
    with pytest.raises(NightNotReady, match="1989-12-31 is before the first that may be scored, 1990-01-01: set plaus"):
        require_partitions([date(1989, 12, 31), TODAY], shipped, TODAY)


def test_a_first_night_that_is_set_is_named(settings: Settings) -> None:
    later = with_first_night(settings, date(2015, 1, 1))
    assert nightly_partitions(later).get_first_partition_key() == "2015-01-01"
    with pytest.raises(NightNotReady, match=r"2013-02-01 is before .*, 2015-01-01: set schedules.first_n"):
        require_partitions([date(2013, 2, 1)], later, TODAY)


def test_a_night_ahead_is_refused(settings: Settings) -> None:
    with pytest.raises(NightNotReady, match=r"The night of 2026-03-02 lies ahead: today is 2026-03-01 \(UTC\)"):
        require_partitions([TODAY, TODAY + timedelta(days=1)], settings, TODAY)


def test_no_job_begins_for_a_night_that_there_is_none_of(settings: Settings, monkeypatch: Any) -> None:
    monkeypatch.setattr("orchestration.commands.run.wait_for_pool", lambda *_: pytest.fail("the job has begun"))
    with DagsterInstance.ephemeral() as instance, pytest.raises(NightNotReady, match="1989-01-01"):
        run_job(settings, instance, "score", nights=[date(1989, 1, 1)])
