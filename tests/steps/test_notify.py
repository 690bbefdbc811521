"""What a night and a promotion tell, once each, from the tables that a job leaves."""

from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from delivery.notifications.notices import NEW_ALERTS
from delivery.notifications.outbox import Delivery, logged
from settings import Settings
from steps.notify import tell_of_nights, tell_of_promotions
from tests.delivery.notifications.outbox_kit import at_home


@pytest.fixture
def fleet(settings: Settings, tmp_path: Path) -> Settings:
    """A home whose warehouse holds three nights: machine 1 alerts on all, 2 from the second on, 3 on the last."""
    home = at_home(settings, tmp_path)
    rows = [
        {"machine_id": str(machine), "as_of": datetime(2025, 3, day, 6), "alert": day >= machine,
         "failure_probability": 0.5, "predicted_component": "comp1", "recommended_action": "Inspect comp1"}
        for day in (1, 2, 3) for machine in (1, 2, 3)
    ]  # fmt: skip
    write(home, "nightly_answers", pd.DataFrame(rows))
    return home


def write(home: Settings, table: str, rows: pd.DataFrame) -> None:
    with duckdb.connect(str(home.paths.warehouse)) as con:
        con.register("rows_to_put", rows)
        con.execute("create schema if not exists ml")
        con.execute(f"create or replace table {table} as select * from rows_to_put")


def told(home: Settings) -> list[list[str]]:
    return [[alert["machine"] for alert in line["data"]["alerts"]] for line in logged(home, NEW_ALERTS)]


def night(day: int) -> datetime:
    return datetime(2025, 3, day, 6)


def test_a_night_tells_its_new_alerts_and_a_rerun_nothing(fleet: Settings) -> None:
    tell_of_nights(fleet, [night(3)])
    tell_of_nights(fleet, [night(3)])
    assert told(fleet) == [["3"]]


def test_a_run_over_several_nights_tells_the_last_and_only_what_is_not_told_yet(fleet: Settings) -> None:
    tell_of_nights(fleet, [night(3)])
    tell_of_nights(fleet, [night(2), night(3)])
    assert told(fleet) == [["3"], ["2"]]
    tell_of_nights(fleet, [night(1), night(2), night(3)])
    tell_of_nights(fleet, [night(1), night(2), night(3)])
    assert told(fleet) == [["3"], ["2"], ["1"]]


def test_a_night_of_long_ago_is_no_news(fleet: Settings) -> None:
    assert tell_of_nights(fleet, [night(1), night(2)]) == Delivery(0, 0, 0)


def test_an_unscored_night_is_told_instead_of_alerts(fleet: Settings) -> None:
    nights = pd.DataFrame({"as_of": [night(3), night(4)], "status": ["scored", "not scored"], "note": ["", "No feed."]})
    write(fleet, "ml.nights", nights)
    assert tell_of_nights(fleet, [night(3)]) == Delivery(0, 0, 0)  # night 4 is newer
    tell_of_nights(fleet, [night(4)])
    answers = pd.DataFrame({"machine_id": ["1", "3", "4"], "as_of": night(5), "alert": True, "failure_probability": 0.5,
                            "predicted_component": "comp1", "recommended_action": "Inspect comp1"})  # fmt: skip
    [line] = logged(fleet, "night_not_scored")
    assert line["text"].startswith("No feed.")
    assert told(fleet) == []
    silent = answers.assign(as_of=night(4), alert=False, failure_probability=None)
    with duckdb.connect(str(fleet.paths.warehouse)) as con:
        for rows in (silent, answers):
            con.register("rows_to_put", rows)
            con.execute("insert into nightly_answers by name select * from rows_to_put")
    tell_of_nights(fleet, [night(5)])
    assert told(fleet) == [["4"]]  # 1 and 3 stood already on the last night that was scored


def test_promotions_are_told_at_the_end_of_either_job(fleet: Settings) -> None:
    assert tell_of_promotions(fleet) == Delivery(0, 0, 0)
    row = {"model_version": "1", "decided_at": "2025-01-01", "promoted": True, "reason": "It is the first.",
           "replaced": None, "trusted": True, "rolled_back_at": None}  # fmt: skip
    write(fleet, "ml.promotions", pd.DataFrame([row]))
    assert tell_of_promotions(fleet) == Delivery(1, 0, 0)
    assert tell_of_nights(fleet, [night(1)]) == Delivery(0, 0, 0)
    write(fleet, "ml.promotions", pd.DataFrame([row | {"rolled_back_at": "2025-02-01", "replaced": "0"}]))
    assert tell_of_nights(fleet, [night(1)]) == Delivery(1, 0, 0)
