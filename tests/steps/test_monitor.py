"""A night's verdict as it is written: the same rows whenever it is asked for, and pages for who will open them."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from delivery.pages.drift import DriftPage
from delivery.pages.evidently import SharedScript
from delivery.pages.index import write_index
from ml.mart.feature_names import event_clocks
from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.monitoring.drift import DriftVerdict
from ml.monitoring.drift_rows import judged_columns, load_drift_rows, with_judged_columns
from ml.monitoring.night_verdict import night_drift
from ml.training.train import Trained
from settings import Settings
from steps import monitor as drift_step
from steps.monitor import look_at_drift, read_drift, report_drift
from tests.dbt.compiled import create_views
from warehouse.connection import connect

NIGHTS = [datetime(2025, 2, 20, 6) + timedelta(days=day) for day in range(6)]
MOVED_FROM = NIGHTS[3]
HOSTILE = "<script>alert(1)</script>"


class Models:
    """As much of the registry as the step asks: this model is champion."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.decisions = self

    def champion(self) -> tuple[Model, ModelVersion]:
        return self.model, ModelVersion("nightshift", "3")

    def promised_average_precision(self, version: ModelVersion) -> float:
        return 0.8


def drawn_at_once(verdict: DriftVerdict, before: pd.DataFrame) -> DriftPage:
    """A page that tells which nights it was given to look back on."""
    nights = " ".join(f"{night:%d}" for night in sorted(set(before["as_of"])))
    return DriftPage(f"<p>{verdict.summary}</p><p>after {nights}.</p>", SharedScript("evidently-0123456789ab.js", "x"))


@pytest.fixture(scope="module")
def moved_mart(mart: pd.DataFrame) -> pd.DataFrame:
    """The mart with volt's shifts lifted by four standard deviations from MOVED_FROM on."""
    lifted = mart.copy()
    late = lifted["as_of"] >= MOVED_FROM
    for name in ("volt_shift_12h", "volt_shift_24h"):
        lifted.loc[late, name] += 4 * mart[name].std()
    return lifted


@pytest.fixture
def home(
    settings: Settings, moved_mart: pd.DataFrame, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """A workspace with a mart, answers and failures, whose pages are drawn in no time."""
    paths = settings.paths.model_copy(update={"home": tmp_path, "reports": None})
    made = settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"paths": paths})})
    nightly = moved_mart[moved_mart["as_of"].dt.hour == 6]
    answers = nightly[["machine_id", "as_of"]].assign(horizon_hours=24, failure_probability=0.3, model_version="3")
    failures = nightly.loc[nightly["fails_any"] == 1, ["machine_id", "as_of"]]
    with connect(made.paths.warehouse) as con:
        for name, frame in {"feature_mart": moved_mart, "predictions": answers, "failed": failures}.items():
            con.register("frame", frame)
            con.execute(f"create table {name} as select * from frame")
        con.execute("""create table outages as select machine_id, 'comp1' as component,
            as_of + interval 20 hour as failed_at, as_of + interval 20 hour as known_at,
            cast(null as timestamp) as known_good_at from failed""")
        con.execute("create view sensor_features as select * from feature_mart")
        con.execute("create view failure_labels as select * from feature_mart")
        create_views(con, "lost_readings", "matured_answers")
    monkeypatch.setattr(drift_step, "registry", lambda _: Models(trained.model))
    monkeypatch.setattr(drift_step, "drift_page", drawn_at_once)
    return made


def tables(settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    with connect(settings.paths.warehouse, read_only=True) as con:
        rows = con.execute("select * from ml.drift order by as_of, column_name").df()
        return rows, con.execute("select * from ml.drift_nights order by as_of").df()


def forget(settings: Settings) -> None:
    with connect(settings.paths.warehouse) as con:
        con.execute("drop table ml.drift")
        con.execute("drop table ml.drift_nights")


def test_every_night_is_judged_and_the_moved_ones_are_found(home: Settings, trained: Trained) -> None:
    judged, page = report_drift(home, NIGHTS)
    rows, nights = tables(home)
    readings = [f"{sensor}_readings_lost" for sensor in home.fleet.sensors]
    kinds = judged_columns(trained.model, home.fleet, readings)
    assert rows.groupby("as_of")["column_name"].agg(set).tolist() == [set(kinds)] * len(NIGHTS)
    assert set(rows["kind"]) == {"feature", "clock", "prediction", "readings"}
    assert nights["as_of"].tolist() == judged["as_of"].tolist() == NIGHTS
    assert nights["judged"].all()
    assert nights["drifted"].tolist() == [night >= MOVED_FROM for night in NIGHTS]
    assert (nights["columns_drifted"] >= 2).tolist() == nights["drifted"].tolist()
    assert "volt_shift_24h by" in nights["summary"].iloc[-1]
    assert set(nights["model_version"]) == {"3"}
    assert page.name == "drift_2025-02-25.html"


def test_a_night_gives_the_same_rows_in_any_order_alone_or_again(home: Settings) -> None:
    report_drift(home, NIGHTS)
    together = tables(home)
    report_drift(home, [NIGHTS[2]])
    report_drift(home, NIGHTS)
    again = tables(home)
    forget(home)
    for night in reversed(NIGHTS):
        report_drift(home, [night])
    apart = tables(home)
    for other in (again, apart):
        for ours, theirs in zip(together, other, strict=True):
            pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_a_look_taken_before_gives_the_same_and_nothing_is_read_or_drawn_again(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = home.paths.report_dir / "drift_2025-02-25.html"
    look = look_at_drift(read_drift(home, NIGHTS[-1:]), home)
    look = replace(look, seen=list(look.seen))
    assert not name.exists()
    report_drift(home, NIGHTS[-1:])
    apart, page = tables(home), name.read_text()
    forget(home)
    name.unlink()
    monkeypatch.setattr(drift_step, "read_drift", None)
    monkeypatch.setattr(drift_step, "drift_page", None)
    report_drift(home, NIGHTS[-1:], look=look)
    for ours, theirs in zip(apart, tables(home), strict=True):
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    assert name.read_text() == page


def test_no_later_row_changes_a_night(home: Settings) -> None:
    report_drift(home, NIGHTS[:3])
    before = tables(home)
    with connect(home.paths.warehouse) as con:
        con.execute("update feature_mart set volt_shift_24h = 99, volt_n_24h = 0 where as_of > ?", [NIGHTS[2]])
        con.execute("update predictions set failure_probability = 1 - failure_probability where as_of > ?", [NIGHTS[1]])
        con.execute("insert into outages select machine_id, 'comp1', as_of, ?, null from predictions where as_of < ?",
                    [NIGHTS[3], NIGHTS[2]])  # fmt: skip
    report_drift(home, NIGHTS[:3])
    for ours, theirs in zip(before, tables(home), strict=True):
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_quality_stands_in_the_nights_row(home: Settings) -> None:
    _, nights = report_drift(home, NIGHTS), tables(home)[1]
    assert nights["quality_judged"].all()
    assert (nights["quality_at_gate"] == 0.8).all()
    assert (nights["quality_low"] <= nights["quality"]).all()
    assert nights["quality_fallen"].all(), "one probability for all is no ranking"
    assert nights["summary"].str.contains("Quality has fallen").all()


def test_pages_are_drawn_for_the_last_night_drifted_ones_and_those_that_have_one(home: Settings) -> None:
    report_drift(home, [NIGHTS[0]])
    (home.paths.report_dir / "drift_2025-02-20.html").write_text("old")
    report_drift(home, NIGHTS)
    assert sorted(path.name for path in home.paths.report_dir.iterdir()) == [
        *(f"drift_2025-02-{day}.html" for day in (20, 23, 24, 25)), "evidently-0123456789ab.js"
    ]  # fmt: skip
    assert "old" not in (home.paths.report_dir / "drift_2025-02-20.html").read_text()


def test_a_page_looks_back_on_the_nights_before_it_and_on_no_later_one(home: Settings) -> None:
    def after(day: int) -> str:
        return (home.paths.report_dir / f"drift_2025-02-{day}.html").read_text().rpartition("after ")[2]

    report_drift(home, NIGHTS)
    assert (after(23), after(25)) == ("20 21 22.</p>", "20 21 22 23 24.</p>")
    report_drift(home, [NIGHTS[3]])
    assert after(23) == "20 21 22.</p>"
    report_drift(home, NIGHTS[4:])
    assert after(25) == "20 21 22 23 24.</p>"


def test_the_reference_is_what_the_champion_learned_from(home: Settings, trained: Trained) -> None:
    with connect(home.paths.warehouse, read_only=True) as con:
        rows = load_drift_rows(con, trained.model, NIGHTS, home.fleet, home.workspace.drift)
    reference, current = rows.windows(NIGHTS[-1], 7)
    card = trained.model.card
    assert reference["as_of"].max() <= pd.Timestamp(card.trained_until)
    assert reference["as_of"].min() > pd.Timestamp(card.trained_from) + pd.Timedelta(hours=home.fleet.baseline_hours)
    assert current["as_of"].nunique() == 7
    early, _ = rows.windows(datetime(2025, 2, 5, 6), 7)
    assert early["as_of"].max() == pd.Timestamp(2025, 1, 29, 6), "no row stands in both windows"


def test_clocks_that_only_tell_how_long_the_records_are_do_not_alarm(home: Settings, trained: Trained) -> None:
    """Errors come at one rate for ever: hours since the last one grow as long as the records do."""
    rng = np.random.default_rng(4)
    with connect(home.paths.warehouse) as con:
        rows = con.execute("select machine_id, as_of from feature_mart order by as_of, machine_id").df()
        hours = (rows["as_of"] - rows["as_of"].min()) / pd.Timedelta(hours=1)
        since = rng.exponential(3000, len(rows))
        rows["error1_hours_since"] = np.where(since <= hours, since, np.nan)
        con.register("clocks", rows)
        con.execute("update feature_mart as m set error1_hours_since = c.error1_hours_since from clocks as c "
                    "where m.machine_id = c.machine_id and m.as_of = c.as_of")  # fmt: skip
    report_drift(home, [NIGHTS[2]])
    row = tables(home)[0].set_index("column_name").loc["error1_hours_since"]
    assert not row[["drifted", "missing_drifted"]].any()


def test_clocks_are_cut_where_the_baseline_ends(home: Settings, trained: Trained, mart: pd.DataFrame) -> None:
    rows = mart.head(3).assign(error1_hours_since=[5.0, 1e5, np.nan])
    hours = float(home.fleet.baseline_hours)
    cut = with_judged_columns(rows, trained.model, home.fleet)
    assert cut["error1_hours_since"].tolist() == [5.0, hours, hours]
    assert "error1_hours_since" in event_clocks(home.fleet)
    assert set(event_clocks(home.fleet)) & set(trained.model.card.features) >= {"comp1_hours_since_replacement"}


def test_the_index_lists_nights_newest_first_with_their_pages(home: Settings, tmp_path: Path) -> None:
    report_drift(home, NIGHTS)
    folder = home.paths.report_dir
    for name in ("morning_2025-02-24.html", "morning_2025-02-19.html", "evaluation.html", "notes.txt"):
        (folder / name).write_text("")
    html = write_index(home).read_text()
    assert re.findall(r'<time datetime="([\d-]+)"', html) == ["2025-02-25", "2025-02-24", "2025-02-23", "2025-02-19"]
    links = re.findall(r'href="([^"]+)"', html)
    assert links[0] == "evaluation.html"
    listed = re.findall(r'href="([^"]+)"', html.partition("<tbody>")[2])
    assert listed == ["drift_2025-02-25.html", "morning_2025-02-24.html", "drift_2025-02-24.html",
                      "drift_2025-02-23.html", "morning_2025-02-19.html"]  # fmt: skip
    assert all((folder / link).exists() for link in links)
    assert re.findall(r"<span(?: class=\"drifted\")?>([a-z ]+)</span>", html) == ["drifted"] * 3 + ["not judged"]
    assert ", fallen</td>" in html


def test_a_short_history_is_said_not_judged(home: Settings, trained: Trained) -> None:
    early = [datetime(2025, 1, 3, 6)]
    with duckdb.connect(str(home.paths.warehouse), read_only=True) as con:
        rows = load_drift_rows(con, trained.model, early, home.fleet, home.workspace.drift)
    verdict = night_drift(rows, trained.model, early[0], home.fleet, home.workspace.drift)
    assert not verdict.judged
    assert verdict.drifted_columns == ()
    assert "Drift was not judged" in verdict.summary
