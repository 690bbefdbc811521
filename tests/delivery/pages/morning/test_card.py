"""The cards of the morning page: their order is the table's, and each says why, since when and by when."""

import re
from datetime import timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from delivery.pages.machine.contents import MachineEvent
from delivery.pages.morning.card import cards_of
from delivery.pages.morning.contents import Changes, Move, OpenCase
from delivery.pages.morning.page import MorningPage, render_morning_page
from ml.explain.reason_record import Reason, reasons_as_json, reasons_as_text
from settings import Fleet, Settings, load_settings
from tests.dbt.compiled import create_views
from tests.delivery.pages.html_kit import Page
from tests.delivery.pages.morning.night_kit import AS_OF, BEFORE, COLUMNS, COSTS, REASONS, night, readings, render


def test_the_page_and_the_table_have_one_order(settings: Settings) -> None:
    rng = np.random.default_rng(3)
    machines = [f"m{number}" for number in range(60)]
    answers = pd.DataFrame(
        {
            "machine_id": rng.permutation(machines), "as_of": AS_OF,
            "failure_probability": rng.choice([0.9, 0.5, 0.08, 0.01, np.nan], 60), "predicted_component": "comp1",
            "alert": False, "risk_level": "normal", "distance_from_normal": np.nan,
        }
    )  # fmt: skip
    # Two models' answers of one night: an alert may be less likely than what the other does not alert.
    answers["alert"] = (answers["failure_probability"] >= 0.5) | (rng.random(60) < 0.1) & answers[
        "failure_probability"
    ].notna()
    with duckdb.connect() as con:
        con.register("rows_of_it", answers)
        con.execute("create table nightly_answers as from rows_of_it")
        con.execute("create table stg_machines (machine_id varchar, model varchar, age integer)")
        create_views(con, "fleet_risk_today")
        table = [row[0] for row in con.execute("select machine_id from fleet_risk_today order by risk_rank").fetchall()]
    for _ in range(2):
        told = cards_of(answers, settings.fleet, 0.8, COSTS)
        assert [card.machine for card in told] == table
        answers = answers.sample(frac=1, random_state=1)
    equal = [card.machine for card in told if card.risk == "1 %" and not card.alert]
    assert equal == sorted(equal)
    assert len(equal) > 5


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


def test_a_card_tells_its_case_or_that_it_is_new(fleet: Fleet) -> None:
    old = OpenCase("1", "comp1", AS_OF - timedelta(days=3), 4, 0.97, "false: looked at it")
    changes = Changes(BEFORE, new_alerts=(Move("2", "comp1", 0.1, 0.9),))
    cards = render(fleet, night(), cases=(old,), changes=changes).split("<article")
    assert "Case opened 3 days ago, 4 nights with an alert" in cards[1]
    assert "The crew says: false: looked at it" in cards[1]
    assert "New since Tuesday" in cards[2]
    assert not re.search("New since|Case opened", cards[3])


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
