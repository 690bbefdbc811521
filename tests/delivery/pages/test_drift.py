"""The drift page opens with what drifted, how far, since when and how often; the steady columns are folded."""

import re
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from delivery.pages import drift
from delivery.pages.drift import TOLD_AT_MOST, drift_page
from delivery.pages.evidently import Drawing, SharedScript
from ml.monitoring.drift import DriftVerdict, judge_drift
from settings import DriftSettings

AS_OF = datetime(2025, 12, 31, 6)
LIMITS = DriftSettings(current_nights=7, min_rows=200, effect_size=0.3, missing_share=0.05)
COLUMNS = ["calm", "near", "far", "lost", "model"]


@pytest.fixture(autouse=True)
def drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    script = SharedScript("evidently-0123456789ab.js", "")
    monkeypatch.setattr(drift, "draw", lambda *_: Drawing('<div id="root"></div>', "var data = 1;", "data", script))


def judged(columns: list[str] | None = None) -> DriftVerdict:
    rng = np.random.default_rng(0)
    machines = np.repeat([f"m{number}" for number in range(60)], 40)
    names = columns or COLUMNS
    frame = pd.DataFrame(rng.normal(170, 5, (len(machines), len(names))), columns=names).assign(machine_id=machines)
    frame["model"] = "a"
    late = np.tile(np.arange(40) >= 33, 60)
    current = frame[late].copy()
    if not columns:
        current["near"] += 2.5
        current["far"] += 20
        current.loc[rng.random(len(current)) < 0.5, "lost"] = np.nan
        current["model"] = "b"
    else:
        current[columns] += 20
    return judge_drift(frame[~late], current, names, LIMITS, as_of=AS_OF)


def page(verdict: DriftVerdict | None = None, before: pd.DataFrame | None = None) -> str:
    verdict = verdict or judged()
    return drift_page(verdict, verdict.table.head(0) if before is None else before).html


def section(html: str, name: str) -> str:
    found = re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1])) if found else ""


def names(html: str, name: str) -> list[str]:
    found = re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', html, re.DOTALL)
    return re.findall(r'<strong class="name">(\w+)<', found[1]) if found else []


def earlier(*nights: tuple[int, str, bool]) -> pd.DataFrame:
    rows = [{"as_of": AS_OF - timedelta(days=back), "column_name": column, "drifted": hit, "missing_drifted": False,
             "judged": True} for back, column, hit in nights]  # fmt: skip
    return pd.DataFrame(rows)


def test_what_drifted_comes_first_by_how_many_times_its_limit_and_from_where_to_where() -> None:
    html = page()
    assert "<h1>4 of 5 columns drifted or lost readings</h1>" in html
    assert names(html, "drifted") == ["far", "model", "near", "lost"]
    told = section(html, "drifted")
    assert re.search(r"far drifted 1\d\.\d times its limit \d\.\d\d of 0\.30 mean 170\S* to 190\S* since tonight", told)
    assert "commonest a 100 % to b 100 %" in told
    assert re.search(r"lost readings lost .* missing 0\.0 % before, 4\d\.\d % now", told)
    assert html.index('id="drifted"') < html.index("calm")
    assert "<details><summary>1 column within their limits" in html
    assert "<details open" not in html


def test_since_when_and_how_often_are_told_and_what_drifted_of_late() -> None:
    before = earlier((1, "far", True), (2, "far", True), (3, "far", False), (2, "calm", True), (1, "calm", False))
    html = page(before=before)
    assert "since 29 December, 3 nights in a row on 3 of the last 4 nights" in section(html, "drifted")
    assert names(html, "lately") == ["calm"]
    assert "on 1 of the last 3 nights" in section(html, "lately")
    assert '<i></i><i class="hit"></i><i class="hit"></i><i class="hit"></i>' in html


def test_a_steady_night_tells_what_is_nearest_to_its_limit() -> None:
    verdict = judged()
    calm = verdict.table.assign(drifted=False, missing_drifted=False)
    steady = DriftVerdict(calm, verdict.windows, "No drift.", AS_OF)
    html = page(steady)
    assert "<h1>None of 5 columns drifted</h1>" in html
    assert names(html, "nearest")[:2] == ["far", "model"]
    assert not names(html, "drifted")


def test_of_very_many_the_first_are_told_and_the_others_folded() -> None:
    html = page(judged([f"c{number}" for number in range(TOLD_AT_MOST + 5)]))
    folded = html.partition("<summary>and 5 more</summary>")[2].partition("</details>")[0]
    assert folded.count('<strong class="name">') == 5
    assert len(names(html, "drifted")) == TOLD_AT_MOST + 5


def test_the_script_is_loaded_from_beside_the_page_and_its_absence_is_said() -> None:
    html = page()
    assert re.findall(r'<script[^>]*src="([^"]*)"', html) == ["evidently-0123456789ab.js"]
    assert "default-src 'none'" in html
    assert "must stand beside this page" in html
