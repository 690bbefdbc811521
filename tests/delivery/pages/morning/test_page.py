"""The morning page: says what to do, hides nothing that is silent, and renders whatever the data holds."""

import re

import numpy as np
import pandas as pd
import pytest

from delivery.pages.morning.changes import night_changes
from delivery.pages.morning.contents import Changes, Move, OpenCase, Outcome, Week
from ml.explain.reason_record import Reason, reasons_as_json
from settings import Fleet
from tests.delivery.pages.html_kit import HOSTILE, Page
from tests.delivery.pages.morning.night_kit import AS_OF, BEFORE, COLUMNS, REASONS, night, readings, render


def test_parts_and_sensors_are_called_as_people_do(fleet: Fleet) -> None:
    given = fleet.model_dump()
    given["sensors"]["volt"]["label"] = "Motor Temp (°C)"
    called = Fleet.model_validate({**given, "components": {"comp1": "Main drive", "comp2": "Seal kit"}})
    before = night(alerts=2)
    before.loc[1, "predicted_component"] = "comp2"
    events = pd.DataFrame(columns=["machine_id", "component", "kind"])
    changes = night_changes(night(), before, events, BEFORE, called.component_label)
    cases = (OpenCase("1", "comp2", BEFORE, 1, 0.9, ""),)
    week = Week((Outcome("1", "comp2", BEFORE, 5.0),), (), (), (), (), 1)
    told = reasons_as_json([*REASONS, Reason("volt", True, 0.5, "Motor Temp (°C) 24 h mean 170.0 V")])
    tonight = night(reason_records=[told, *[None] * 19])
    page = Page(render(called, tonight, readings(), changes=changes, cases=cases, week=week))
    assert "Most likely Main drive (90 %)" in page.text
    assert "now names Main drive" in page.text
    assert "Motor Temp (°C)" in page.text
    assert page.text.count("Seal kit") == 3
    text = re.sub(r"Replace comp1 within 24 h|comp2 replaced 41 days ago", "", page.text)  # given, as they were kept
    assert not re.search(r"comp[12]", text)


def test_headline_says_how_many_where_and_by_when(fleet: Fleet) -> None:
    page = Page(render(fleet, night()))
    text = page.text.replace(" ,", ",").replace(" .", ".")
    assert "3 of 20 machines need a visit before 06:00 tomorrow: 1, 2, 3." in re.sub(r"\s*,\s*", ", ", text)
    assert "1 of 20 machines needs a visit" in Page(render(fleet, night(alerts=1))).text
    assert "None of 20 machines needs a visit before 06:00 tomorrow." in Page(render(fleet, night(alerts=0))).text


def test_empty_night_says_so(fleet: Fleet) -> None:
    for empty in (night().head(0), pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame()):
        assert "No machine was scored for this night." in Page(render(fleet, empty)).text


def test_page_loads_nothing_and_runs_nothing(fleet: Fleet) -> None:
    page = Page(render(fleet, night(), readings(), links={"Drift": "drift.html"}))
    assert not {"script", "iframe", "img", "link", "object"} & set(page.tags)
    loaded = [value for name, value in page.attributes if name in {"src", "href"} or name.startswith("on")]
    assert loaded == ["drift.html"]
    assert not re.search(r"https?://|@import|url\(", render(fleet, night(), readings()))


def test_page_is_accessible_and_closes_its_tags(fleet: Fleet) -> None:
    page = Page(render(fleet, night(), readings(), warnings=["no telemetry"]))
    assert ("lang", "en") in page.attributes
    assert page.tags.count("h1") == 1
    assert page.tags.count("main") == 1
    assert ("scope", "col") in page.attributes
    assert ("scope", "row") in page.attributes
    assert page.tags.count("svg") == sum(value == "img" for name, value in page.attributes if name == "role")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_shown_not_obeyed(fleet: Fleet, name: str) -> None:
    told = reasons_as_json([Reason(name, True, 1.0, name), Reason("volt", True, 1.0, "volt 24 h mean 170.0 V")])
    predictions = night(reasons=name, reason_records=[told, *[None] * 19], recommended_action=name, model_name=name,
                        predicted_component=name)  # fmt: skip
    predictions.loc[0, "machine_id"] = name
    move = Move(name, name, 0.1, 0.2, name)
    outcome = (Outcome(name, name, AS_OF, 3.0),)
    html = render(fleet, predictions, readings(name), warnings=[name], drift_summary=name, links={name: "a.html"},
                  cases=(OpenCase(name, name, AS_OF, 2, 0.5, name),),
                  changes=Changes(AS_OF, (move,), (move,), (name,), (name,), (move,)),
                  week=Week(outcome, outcome, outcome, outcome, outcome, 1))  # fmt: skip
    page = Page(html)
    assert "script" not in page.tags
    assert name in page.text
    assert "svg" in page.tags


@pytest.mark.parametrize("href", ["javascript:alert(1)", "https://example.org/x", "//example.org", "/etc/passwd"])
def test_links_that_lead_away_are_left_out(fleet: Fleet, href: str) -> None:
    assert "<a " not in render(fleet, night(), links={"x": href})


def test_right_to_left_marks_cannot_turn_the_sentence(fleet: Fleet) -> None:
    assert "<bdi>\u202eevil</bdi>" in render(fleet, night(machine_id=["\u202eevil"] + [str(i) for i in range(19)]))


def test_nothing_known_anywhere_still_renders(fleet: Fleet) -> None:
    blank = night(machines=4).astype(object)
    blank.loc[:, :] = None
    for predictions in (blank, blank.assign(failure_probability=np.nan, reasons=np.nan, reason_records=np.nan)):
        text = Page(render(fleet, predictions)).text
        assert "Nothing is known: all 4 machines are silent." in text
        for word in ("nan", "None", "NaT"):
            assert not re.search(rf"\b{word}\b", text)


def test_silent_machines_stand_apart_and_never_as_safe(fleet: Fleet) -> None:
    predictions = night()
    predictions.loc[19, "failure_probability"] = np.nan
    predictions.loc[19, "risk_level"] = "silent"
    html = render(fleet, predictions)
    part = html[html.index('id="silent"') : html.index('id="watch"')]
    assert ">20</bdi>" in part
    assert "1 machine sends no readings" in part
    assert ">20</bdi>" not in html[html.index('id="visits"') : html.index('id="silent"')]


def test_every_alert_is_shown_and_the_rest_is_cut_at_top_n(fleet: Fleet) -> None:
    assert render(fleet, night(alerts=8)).count("<article") == 8
    assert render(fleet, night(alerts=2)).count("<article") == 5


def test_a_night_by_distance_shows_no_probability_and_ranks_by_distance(fleet: Fleet) -> None:
    predictions = night(
        6, 0, failure_probability=np.nan, comp1_probability=np.nan, predicted_component=None,
        risk_level=["normal"] * 4 + ["elevated", "silent"], distance_from_normal=[0.4, 1.0, 0.2, 3.0, 4.2, np.nan],
    )  # fmt: skip
    html = render(fleet, predictions, warnings=["This is distance from normal and not a probability."])
    assert "<h1>1 of 6 machines is silent; 1 of the others is far from its normal: <bdi>5</bdi>.</h1>" in html
    assert "This is distance from normal and not a probability." in html
    places = [html.index(f"{distance} sd") for distance in ("4.2", "3.0", "1.0", "0.4", "0.2")]
    assert places == sorted(places)
    assert "Farthest from normal" in html
    assert "order by distance_from_normal desc" in html
    assert " %" not in html.split("<main>")[1]
    assert "needs a visit" not in html


def test_whole_fleet_is_in_the_table(fleet: Fleet) -> None:
    html = render(fleet, night())
    assert html.count('<th scope="row">') == 20
    assert "All 20 machines by risk" in html


def test_alerts_rank_first_then_probability(fleet: Fleet) -> None:
    predictions = night(alerts=0)
    predictions.loc[10, "alert"] = True
    html = render(fleet, predictions.sample(frac=1, random_state=0))
    assert re.findall(r'<th scope="row"><bdi>(\d+)', html) == ["11", *[str(i) for i in range(1, 21) if i != 11]]


def test_warnings_stand_before_everything_else(fleet: Fleet) -> None:
    html = render(fleet, night(), warnings=["no telemetry since Monday"])
    assert 0 < html.index("no telemetry since Monday") < html.index("<section")


def test_footer_names_model_and_query(fleet: Fleet) -> None:
    text = Page(render(fleet, night(), drift_summary="No drift.")).text
    assert "nightshift, version 3" in text
    assert "No drift." in text
    assert "select * from predictions where as_of = timestamp '2025-12-31 06:00:00'" in text


def test_last_week_adds_up(fleet: Fleet) -> None:
    caught = tuple(Outcome(str(i), "comp1", AS_OF, float(i)) for i in range(1, 4))
    html = render(fleet, night(), week=Week(caught, (Outcome("9", "comp2", AS_OF),), (), caught[:2], (), 7))
    rows = dict(re.findall(r'<th scope="row">([^<]+)</th><td class="number">(\d+)</td>', html))
    assert rows == {"Failures caught": "3", "Failures missed": "1", "Caught and missed": "4", "False alerts": "2",
                    "Cases still open": "7"}  # fmt: skip
    assert "nobody looked" not in html
    assert "nobody looked" in render(fleet, night(), week=Week(unwatched=caught))
    assert "75 % caught, a median 2 h ahead" in html


def test_long_lists_are_cut_and_say_so(fleet: Fleet) -> None:
    many = tuple(Outcome(f"m{i}", "comp1", AS_OF) for i in range(40))
    html = render(fleet, night(), week=Week(missed=many),
                  changes=Changes(BEFORE, fell_silent=tuple(f"s{i}" for i in range(33))))  # fmt: skip
    assert "and 10 more" in html
    assert "and 3 more" in html


def test_a_night_that_was_not_scored_shows_nobodys_risk(fleet: Fleet) -> None:
    html = render(fleet, night(), readings(), not_scored="No telemetry came.",
                  changes=Changes(BEFORE, rises=(Move("1", "comp1", 0.1, 0.9),)), cases=(), week=Week())  # fmt: skip
    page = Page(html)
    assert "This night was not scored: nobody knows which machines will fail before 06:00 tomorrow." in page.text
    assert html.index("No telemetry came.") < html.index("<section")
    assert not re.search(r"97 %|90 %|<article|All 20 machines|No machine needs a visit", html)
    assert page.tags.count("h1") == 1
