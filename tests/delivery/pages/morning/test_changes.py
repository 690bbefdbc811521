"""What a night changed: new alerts, those that are gone and why, silences and rises."""

import numpy as np
import pandas as pd
import pytest

from delivery.pages.morning.changes import RISES, night_changes
from delivery.pages.morning.contents import Changes
from tests.delivery.pages.morning.night_kit import BEFORE, night


def changed(tonight: pd.DataFrame, before: pd.DataFrame, *events: tuple[str, str, str]) -> Changes:
    return night_changes(tonight, before, pd.DataFrame(events, columns=["machine_id", "component", "kind"]), BEFORE)


def test_the_same_night_twice_has_changed_nothing() -> None:
    assert changed(night(), night()).nothing


def test_an_alert_is_new_where_its_machine_and_component_had_none() -> None:
    before = night(alerts=2)
    before.loc[1, "predicted_component"] = "comp2"
    found = changed(night(alerts=3), before)
    assert [(move.machine, move.component) for move in found.new_alerts] == [("2", "comp1"), ("3", "comp1")]
    assert [(move.machine, move.component, move.why) for move in found.gone] == [("2", "comp2", "now names comp1")]


@pytest.mark.parametrize(
    ("events", "level", "why"),
    [
        ([("1", "comp1", "replaced"), ("1", "comp1", "failed")], "normal", "failed"),
        ([("1", "comp1", "replaced"), ("1", "comp2", "failed")], "normal", "replaced"),
        ([("1", "comp1", "replaced")], "silent", "replaced"),
        ([], "silent", "fell silent"),
        ([], "normal", "risk fell below the threshold"),
    ],
)
def test_an_alert_that_is_gone_says_why(events: list[tuple[str, str, str]], level: str, why: str) -> None:
    tonight = night(alerts=0).assign(failure_probability=0.001, risk_level=level)
    assert [move.why for move in changed(tonight, night(alerts=1), *events).gone] == [why]
    assert changed(tonight.drop(index=0), night(alerts=1)).gone[0].why == "not scored any more"


def test_machines_that_fell_silent_and_came_back() -> None:
    one, other = night(), night()
    one.loc[3, "risk_level"] = "silent"
    one.loc[3, "failure_probability"] = np.nan
    other.loc[[4, 5], "risk_level"] = "silent"
    one.loc[6, "risk_level"] = other.loc[6, "risk_level"] = "silent"
    found = changed(one, other)
    assert (found.fell_silent, found.came_back) == (("4",), ("5", "6"))


def test_the_largest_rises_are_told_but_no_new_alert_twice() -> None:
    before = night(alerts=0).assign(failure_probability=0.0)
    tonight = night(alerts=2).assign(failure_probability=[0.9, 0.8, 0.04, *np.linspace(0.1, 0.26, 17)])
    found = changed(tonight, before)
    assert [move.machine for move in found.rises] == ["20", "19", "18", "17", "16"]
    assert len(found.rises) == RISES
    assert changed(night().assign(failure_probability=0.04), before).rises == ()
    assert changed(tonight, before.assign(failure_probability=np.nan)).rises == ()
