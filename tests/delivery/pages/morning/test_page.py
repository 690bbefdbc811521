"""The morning page: says what to do, hides nothing that is silent, and renders whatever the data holds."""

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from delivery.pages.machine.contents import MachineEvent
from delivery.pages.morning.changes import RISES, night_changes
from delivery.pages.morning.contents import Changes, Move, OpenCase, Outcome, Week
from delivery.pages.morning.page import MorningPage, render_morning_page
from delivery.pages.sparkline import MAX_POINTS, sparkline
from ml.explain.reason_record import Reason, reasons_as_json, reasons_as_text
from ml.wording import counted, deadline, hours_in_words, percent, since_in_words
from settings import Economics, Fleet, Sensor, load_settings

AS_OF = datetime(2025, 12, 31, 6)
COSTS = Economics(missed_failure=1000, planned_replacement=150, needless_visit=50, inspections_per_day=10)
COLUMNS = (
    "machine_id", "as_of", "horizon_hours", "failure_probability", "comp1_probability", "predicted_component", "alert",
    "risk_level", "recommended_action", "reasons", "reason_records", "model_name", "model_version", "features_hash",
    "scored_at",
)  # fmt: skip
REASONS = (
    Reason("error1", True, 1.2, "error1 18 h ago"),
    Reason("vibration", True, 0.7, "vibration 24 h mean 49.0 mm/s"),
    Reason("comp2", False, -0.3, "comp2 replaced 41 days ago"),
)
VOID = {"meta", "rect", "line", "polyline", "path", "br", "link", "img", "input"}
HOSTILE = ["<script>alert(1)</script>", "'; drop table x; --", 'a,"b"', "x" * 300, "\u202eevil", "a & b", "{{ 7*7 }}"]


class Page(HTMLParser):
    """Collects tags and text, and insists that every tag is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        assert self.open == []
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return load_settings().fleet


def night(machines: int = 20, alerts: int = 3, **columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "machine_id": [str(i) for i in range(1, machines + 1)],
            "as_of": AS_OF,
            "horizon_hours": 24,
            "failure_probability": np.linspace(0.97, 0.001, machines),
            "comp1_probability": np.linspace(0.9, 0.001, machines),
            "predicted_component": "comp1",
            "alert": np.arange(machines) < alerts,
            "risk_level": np.where(np.arange(machines) < alerts, "high", "normal"),
            "recommended_action": "Replace comp1 within 24 h",
            "reasons": reasons_as_text(REASONS),
            "reason_records": reasons_as_json(REASONS),
            "model_name": "nightshift",
            "model_version": "3",
            "features_hash": "ab",
            "scored_at": AS_OF,
        },
        columns=list(COLUMNS),
    )
    return frame.assign(**columns)


def readings(machine: str = "1", hours: int = 168) -> pd.DataFrame:
    at = [AS_OF - timedelta(hours=h) for h in range(hours)]
    values = np.random.default_rng(0).normal(100, 5, size=(hours, 4))
    frame = pd.DataFrame(values, columns=["volt", "rotate", "pressure", "vibration"])
    return frame.assign(machine_id=machine, event_at=at)


def render(fleet: Fleet, predictions: pd.DataFrame, sensors: pd.DataFrame | None = None, **rest: Any) -> str:
    sensors = readings().head(0) if sensors is None else sensors
    page: dict[str, Any] = {"as_of": AS_OF, "horizon_hours": 24, "top_n": 5, "costs": COSTS} | rest
    return render_morning_page(MorningPage(predictions=predictions, sensors=sensors, fleet=fleet, **page))


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


def test_reasons_are_a_list_that_says_which_way_they_pull(fleet: Fleet) -> None:
    html = render(fleet, night())
    assert '<li class="raises"><span class="unseen">raises the risk: </span>error1 18 h ago</li>' in html
    assert '<li class="lowers"><span class="unseen">lowers the risk: </span>comp2 replaced 41 days ago</li>' in html


def test_words_with_semicolons_and_signs_stay_one_reason(fleet: Fleet) -> None:
    html = render(fleet, night(1, reason_records=reasons_as_json([Reason("machine", False, -0.1, "a; + b, 3 years")])))
    assert re.findall(r"<li.*</li>", html) == [
        '<li class="lowers"><span class="unseen">lowers the risk: </span>a; + b, 3 years</li>'
    ]


def test_a_night_without_records_shows_its_text_in_one_line(fleet: Fleet) -> None:
    """Scored before there were records: NULL in the log's column, or a log without the column."""
    for old in (night(1, reason_records=None), night(1).drop(columns="reason_records")):
        assert re.findall(r"<li.*</li>", render(fleet, old)) == [f'<li class="">{reasons_as_text(REASONS)}</li>']
        assert "<ul" not in render(fleet, old.assign(reasons=None))


def test_the_sensors_of_the_reasons_are_pictured_and_no_quiet_ones(fleet: Fleet) -> None:
    html = render(fleet, night(), readings())
    assert re.findall(r'class="sensor">(\w+)', html) == ["vibration"]
    assert html.count('<figure class="spark"') == 1
    two = reasons_as_json([*REASONS, Reason("volt", True, 0.5, "volt 24 h mean 170.0 V")])
    html = render(fleet, night(reason_records=[two, *[None] * 19]), readings())
    assert re.findall(r'class="sensor">(\w+)', html) == ["vibration", "volt"]


def test_a_small_risk_is_told_apart_from_a_large_one_and_says_why_it_is_worth_a_visit(fleet: Fleet) -> None:
    predictions = night(alerts=2).assign(failure_probability=[0.995, 0.08, *np.linspace(0.02, 0.001, 18)])
    html = render(fleet, predictions, thresholds=(0.04,))
    cards = [Page(f"<article{card}".partition("</article>")[0] + "</article>") for card in html.split("<article")[1:4]]
    texts = [card.text for card in cards]
    assert [re.search(r"\b(high|worth a visit|normal)\b", text)[0] for text in texts] == [  # type: ignore[index]
        "high", "worth a visit", "normal"
    ]  # fmt: skip
    assert [re.findall(r"Waiting costs [\d.]+ visits", text) for text in texts] == [
        ["Waiting costs 20 visits"], ["Waiting costs 1.6 visits"], []
    ]  # fmt: skip
    assert re.findall(r'<span style="width:([\d.]+)%">', html)[:2] == ["99.5", "8.0"]
    assert 'class="risk worth-a-visit"' in html
    assert "so a visit pays from 6 % on; the model, which allows for being somewhat off, alerts from 4 % on." in html
    assert "needless visits" not in render(fleet, night(alerts=0))


def test_what_happened_is_marked_on_every_picture_and_alone_where_there_is_none(fleet: Fleet) -> None:
    events = {
        "1": (MachineEvent(AS_OF - timedelta(minutes=40), "error", "error4"),
              MachineEvent(AS_OF - timedelta(days=3), "failure", "comp2")),
        "2": (MachineEvent(AS_OF - timedelta(days=2), "replacement", "comp1"),),
    }  # fmt: skip
    html = render(fleet, night(), readings(), events=events)
    first, second, third = html.split("<article")[1:4]
    for kind, height in (("error", 18), ("failure", 56)):
        [strip, sensor] = re.findall(rf'<path class="{kind}" d="M[\d.]+ 0V(\d+)"/>', first)
        assert (strip, sensor) == ("10", str(height))
    assert "error4 05:20" in first
    assert "comp2 failed Sun 06:00" in first
    assert "comp1 replaced Mon 06:00" in second
    assert '<figure class="spark"' not in second
    assert '<div class="pictures">' not in third
    assert 'aria-label="In the last 7 days: error4 05:20; comp2 failed Sun 06:00"' in first
    assert re.search(r"error,\s*</span>.*replaced,\s*</span>.*failed\.", html, re.DOTALL), "the legend"


def test_warnings_stand_before_everything_else(fleet: Fleet) -> None:
    html = render(fleet, night(), warnings=["no telemetry since Monday"])
    assert 0 < html.index("no telemetry since Monday") < html.index("<section")


def test_footer_names_model_and_query(fleet: Fleet) -> None:
    text = Page(render(fleet, night(), drift_summary="No drift.")).text
    assert "nightshift, version 3" in text
    assert "No drift." in text
    assert "select * from predictions where as_of = timestamp '2025-12-31 06:00:00'" in text


VOLT = Sensor(unit="V", min=0, max=400)
COUNTER = Sensor(kind="counter", min=0, max=1e15)


def picture(frame: pd.DataFrame, days: int = 7, sensor: Sensor = VOLT) -> str:
    svg = sparkline(frame["event_at"].tolist(), frame["volt"].tolist(), name="volt", sensor=sensor,
                    as_of=AS_OF, days=days, step=timedelta(hours=1))  # fmt: skip
    return str(svg)


def test_gap_in_the_readings_is_a_gap_in_the_picture() -> None:
    whole, holed = readings(), readings().drop(index=range(60, 80))
    assert picture(whole).count("<polyline") == 1
    assert picture(holed).count("<polyline") == 2
    assert picture(readings().assign(volt=lambda f: f["volt"].where(~f.index.isin(range(60, 80))))).count("<poly") == 2


def test_picture_tells_the_recent_mean_and_when_there_is_none() -> None:
    frame = readings().assign(volt=lambda f: np.where(f.index < 24, 150.0, 100.0))
    assert "24 h mean 150.0 V" in picture(frame)
    assert "24 h mean no reading" in picture(frame.drop(index=range(24)))
    assert "nan" not in picture(frame.assign(volt=100.0))


def changes(*readings: tuple[int, float]) -> pd.DataFrame:
    """Readings of so many hours before the night."""
    return pd.DataFrame([(AS_OF - timedelta(hours=hours), value) for hours, value in readings],
                        columns=["event_at", "volt"])  # fmt: skip


def test_a_state_is_told_by_its_name_and_for_how_long() -> None:
    mode = Sensor(kind="state", states={"stopped": 0, "idle": 1, "running": 2}, min=0, max=2, on_change_hours=48)
    html = picture(changes((60, 2), (30, 1), (6, 2)), sensor=mode)
    assert '<span class="now">24 h: idle 75 %, running 25 %</span></figcaption>' in html
    assert html.count("<polyline") == 1
    assert "mean" not in html
    assert "24 h: no reading" in picture(changes((160, 2)), sensor=mode)


def test_a_reading_that_comes_on_change_holds_and_no_longer() -> None:
    level = Sensor(unit="m", min=0, max=10, on_change_hours=24)
    html = picture(changes((100, 4.0), (50, 2.0), (20, 3.0)), sensor=level)
    assert html.count("<polyline") == 3
    assert "24 h mean 2.9 m" not in html
    assert "24 h mean 3.0 m" in html


def test_a_counter_is_told_by_where_it_stands_and_what_it_rose_by() -> None:
    html = picture(changes((100, 2_000_000), (50, 2_000_008), (20, 16), (1, 20)), sensor=COUNTER)
    assert '<span class="now">now 20</span> <span class="own">rose by 12 in 7 days</span>' in html
    assert '<line class="mean"' not in html


def test_no_reading_gives_no_picture_and_a_lone_one_a_dot() -> None:
    assert picture(readings().assign(volt=np.nan)) == "None"
    assert picture(readings().head(0)) == "None"
    assert 'class="lone"' in picture(readings().head(1))


def test_dense_feed_does_not_swell_the_page() -> None:
    at = pd.date_range(AS_OF - timedelta(days=7), AS_OF, freq="30s").to_pydatetime()
    svg = sparkline(
        list(at), list(np.arange(len(at))), name="volt", sensor=VOLT, as_of=AS_OF, days=7, step=timedelta(hours=1)
    )
    assert len(str(svg)) < 20 * MAX_POINTS
    assert str(svg).count("<polyline") == 1


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.97, "97 %"), (0.004, "<1 %"), (0.999, ">99 %"), (1.0, "100 %"), (0.0, "0 %"), (None, "–"), (np.nan, "–")],
)
def test_percent(probability: float | None, words: str) -> None:
    assert percent(probability) == words


@pytest.mark.parametrize(("hours", "words"), [(1, "1 hour"), (24, "24 hours"), (48, "48 hours"), (72, "3 days")])
def test_hours_in_words(hours: int, words: str) -> None:
    assert hours_in_words(hours) == words


@pytest.mark.parametrize(
    ("hours", "words"), [(6, "12:00 today"), (24, "06:00 tomorrow"), (72, "06:00 Saturday 3 January")]
)
def test_deadline(hours: int, words: str) -> None:
    assert deadline(AS_OF, hours) == words


BEFORE = AS_OF - timedelta(days=1)


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


def test_a_card_tells_its_case_or_that_it_is_new(fleet: Fleet) -> None:
    old = OpenCase("1", "comp1", AS_OF - timedelta(days=3), 4, 0.97, "false: looked at it")
    changes = Changes(BEFORE, new_alerts=(Move("2", "comp1", 0.1, 0.9),))
    cards = render(fleet, night(), cases=(old,), changes=changes).split("<article")
    assert "Case opened 3 days ago, 4 nights with an alert" in cards[1]
    assert "The crew says: false: looked at it" in cards[1]
    assert "New since Tuesday" in cards[2]
    assert not re.search("New since|Case opened", cards[3])


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


@pytest.mark.parametrize(("number", "words"), [(0, "no alert"), (1, "1 alert"), (2, "2 alerts")])
def test_counted(number: int, words: str) -> None:
    assert counted(number, "alert") == words


@pytest.mark.parametrize(("hours", "words"), [(13, "13 h ago"), (71, "71 h ago"), (96, "4 days ago")])
def test_since_in_words(hours: int, words: str) -> None:
    assert since_in_words(AS_OF - timedelta(hours=hours), AS_OF).endswith(words)


def timed(low: float | None, high: float | None, probability: float = 0.2, alert: bool = False) -> pd.DataFrame:
    one = {"machine_id": "m1", "as_of": AS_OF, "failure_probability": probability, "alert": alert}
    other = {"machine_id": "m2", "as_of": AS_OF, "failure_probability": 0.1, "alert": False}
    rows = [{**one, "remaining_hours_low": low, "remaining_hours_high": high},
            {**other, "remaining_hours_low": 30.0, "remaining_hours_high": 100.0}]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=[*COLUMNS, "remaining_hours_low", "remaining_hours_high"])


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (timed(5, 9), ["Likely between 11:00 today and 15:00 today (80 % sure)", "80 % of those with such a window"]),
        (timed(None, None), ["Not within 7 days"]),
        (timed(52, None), ["Not before Friday"]),
    ],
)
def test_a_card_says_when_the_machine_will_fail(answers: pd.DataFrame, said: list[str]) -> None:
    html = render_morning_page(MorningPage(AS_OF, 24, answers, pd.DataFrame(), load_settings(env={}).fleet, 5, COSTS))
    text = Page(html).text
    assert all(words in text for words in [*said, "Likely between 12:00 tomorrow and Sunday (80 % sure)"])


def test_an_alert_that_the_window_gainsays_and_a_night_without_windows_say_nothing_of_when() -> None:
    fleet = load_settings(env={}).fleet
    alert = Page(
        render_morning_page(MorningPage(AS_OF, 24, timed(None, None, 0.9, True), pd.DataFrame(), fleet, 5, COSTS))
    )
    assert "Not within" not in alert.text
    later = Page(render_morning_page(MorningPage(AS_OF, 24, timed(30, 40, 0.9, True), pd.DataFrame(), fleet, 5, COSTS)))
    assert later.text.count("sure)") == 1  # the other machine's
    older = timed(None, None).drop(columns=["remaining_hours_low", "remaining_hours_high"])
    text = Page(render_morning_page(MorningPage(AS_OF, 24, older, pd.DataFrame(), fleet, 5, COSTS))).text
    assert "sure)" not in text
    assert "Not within" not in text
