"""The nights as pictures: a bar a night, the odd one in red and in words."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pandas as pd

from delivery.pages.index import render_index
from delivery.pages.panels import PANEL_HEIGHT, PANEL_WIDTH, panels

DAYS = [date(2025, 3, 1) + timedelta(days=day) for day in range(8)]
PAGES = {day: f"morning_{day}.html" for day in DAYS}


def nights(**columns: Sequence[object]) -> pd.DataFrame:
    as_of = [datetime(day.year, day.month, day.day, 6) for day in DAYS]
    return pd.DataFrame({"as_of": as_of, **columns})


def told() -> pd.DataFrame:
    return nights(status=["scored"] * 6 + ["not scored", "scored"], alerts=[3, 2, 3, 30, 2, 3, 0, 4], silent=[0] * 8)


def judged() -> pd.DataFrame:
    quality = [None, 0.6, 0.6, 0.5, 0.5, 0.3, 0.3, 0.3]
    return nights(
        judged=[True] * 8, drifted=[False] * 5 + [True, False, False], columns_drifted=[0] * 5 + [2, 0, 0],
        quality=quality, quality_low=[None, *[0.2] * 7], quality_high=[None, *[0.7] * 7], quality_at_gate=[0.65] * 8,
        quality_judged=[False, *[True] * 7], quality_fallen=[False] * 7 + [True],
    )  # fmt: skip


def test_each_question_has_its_picture_and_the_odd_night_stands_out() -> None:
    alerts, silent, drift, quality = panels(told(), judged(), PAGES)
    assert [bar.odd for bar in alerts.bars] == [False, False, False, True, False, False, True, False]
    assert alerts.bars[3].told == "2025-03-04: 30 alerts"
    assert alerts.bars[6].told == "2025-03-07: not scored"
    assert alerts.bars[6].height == alerts.bars[3].height  # a night without an answer is not a quiet one
    assert alerts.caption == "4 alerts on 2025-03-08, at most 30; odd: 2025-03-07 and 1 more"
    assert not any(bar.odd for bar in silent.bars if "not scored" not in bar.told)
    assert [bar.odd for bar in drift.bars].index(True) == 5
    assert quality.caption == "0.30 on 2025-03-08, 0.65 at the gate; odd: 2025-03-08"
    assert quality.bars[0].told == "2025-03-01: too few failures to judge"
    assert len(quality.band) == 14
    assert quality.level is not None
    for panel in (alerts, silent, drift, quality):
        assert len(panel.bars) == len(DAYS)
        assert all(0 <= bar.x <= bar.x + bar.width <= PANEL_WIDTH for bar in panel.bars)
        assert all(0 <= bar.y < PANEL_HEIGHT and abs(bar.y + bar.height - PANEL_HEIGHT) < 0.11 for bar in panel.bars)


def test_what_is_not_known_has_no_picture() -> None:
    assert panels(pd.DataFrame(), pd.DataFrame(), PAGES) == []
    assert [panel.title for panel in panels(told(), pd.DataFrame(), PAGES)] == ["Alerts", "Silent machines"]
    assert panels(told(), judged(), {DAYS[0]: "x.html"}) == []
    steady = told().assign(status="scored", alerts=[1, 2, 1, 2, 1, 2, 1, 3])
    assert not any(bar.odd for bar in panels(steady, pd.DataFrame(), PAGES)[0].bars)


def test_the_index_shows_them_and_leads_to_each_night() -> None:
    html = render_index({day: {"morning": page} for day, page in PAGES.items()}, judged(), None, told())
    assert html.count("<figure") == 4
    assert html.count('class="odd"') == 2 + 1 + 1 + 1
    assert '<a href="morning_2025-03-04.html" tabindex="-1"><rect class="odd"' in html
    assert "<figure" not in render_index({}, pd.DataFrame())
