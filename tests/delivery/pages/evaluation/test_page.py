"""The evaluation report: its figures are the tables', it loads nothing, and it renders whatever was judged."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from delivery.pages.evaluation import page as evaluation_page
from delivery.pages.evaluation.charts import (
    precision_recall_chart,
)
from delivery.pages.evaluation.leaderboard import FIGURES, leaderboard_cells
from delivery.pages.evaluation.page import ANY_ERROR, render_evaluation
from ml.evaluation.contenders import Answer
from ml.evaluation.decision import CHALLENGER, CHAMPION, REFERENCE
from ml.evaluation.evaluate import EvaluationResult
from ml.evaluation.leaderboard import HeldOut
from ml.evaluation.logistic import LOGISTIC
from ml.evaluation.naive_rules import RULES
from ml.evaluation.scenarios import CONFIGURED, REFITTED
from ml.mart.columns import MartColumns, label
from ml.models.calibration import Calibrator
from ml.models.model import Model
from ml.models.version import ModelVersion
from settings import Settings
from tests.delivery.pages.evaluation.judged_kit import CUT, Answers, judged_as


class Page(HTMLParser):
    """Collects table rows and text, and insists that every tag is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(html)
        assert self.open == []
        self.text = _plain(" ".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            assert tag == "td" or dict(attrs).get("scope") in {"col", "row", "colgroup"}
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if "th" in self.open or "td" in self.open:
            self.rows[-1][-1] = _plain(self.rows[-1][-1] + data)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def page_of(evaluation: EvaluationResult, settings: Settings, warnings: list[str] | None = None) -> Page:
    return Page(render_evaluation(evaluation, warnings or [], settings))


def test_every_leaderboard_row_stands_on_the_page(evaluation: EvaluationResult, settings: Settings) -> None:
    page = page_of(evaluation, settings)
    wanted = [[_plain(cell) for cell in leaderboard_cells(row)] for row in evaluation.table.to_dict("records")]
    shown = [row[1:] for row in page.rows if len(row) == len(FIGURES) + 1 and row[0] != "Contender"]
    assert shown == wanted
    own = evaluation.table[evaluation.table["contender"] == CHAMPION].iloc[0]
    cells = dict(zip(FIGURES, leaderboard_cells(own.to_dict()), strict=True))
    assert cells["Failures caught"] == f"{own['failures_caught']} of {own['failures']}"
    assert cells["Cost"] == f"{own['cost']:,.0f}"
    assert cells["Brier"] == f"{own['brier']:.4f}"
    assert cells["False alerts / machine-month"] == f"{own['false_alerts_per_machine_month']:.2f}"
    assert cells["Average precision (90% interval)"].startswith(f"{own['average_precision']:.3f} (")
    assert page.text.count("champion, version 3") == len(evaluation.judged)


def test_the_headline_is_the_champion_at_the_scoring_hour(evaluation: EvaluationResult, settings: Settings) -> None:
    table = evaluation.table[evaluation.table["scenario"] == CONFIGURED].set_index("contender")
    own, page = table.loc[CHAMPION], page_of(evaluation, settings)
    assert f"{own['failures_caught']} of {own['failures']} failures caught, a median 9 h ahead" in page.text
    rule = table.loc[list(RULES)].sort_values("cost").iloc[0]
    assert rule.name == ANY_ERROR
    assert f"naive rule that costs least on these nights: {rule['cost']:,.0f} against" in page.text
    assert f"{rule.name}: {rule['false_alerts_per_machine_month']:.2f}" in page.text
    assert "Not better than a naive rule" not in page.text


def test_a_champion_that_costs_more_than_a_rule_is_called_so(
    champion: Model, columns: MartColumns, nightly: HeldOut, settings: Settings
) -> None:
    def perfect_rule(answers: Answers) -> Answers:
        return answers | {ANY_ERROR: Answer(nightly.labels, nightly.labels > 0)}

    page = page_of(judged_as(champion, columns, [nightly], perfect_rule), settings)
    assert f"Not better than a naive rule. {ANY_ERROR} costs" in page.text.replace(" .", ".")


def test_warnings_come_before_anything_else_is_said(evaluation: EvaluationResult, settings: Settings) -> None:
    html = render_evaluation(evaluation, ["No model <beats> the rules."], settings)
    assert 'role="alert"><strong>Warning.</strong> No model &lt;beats&gt; the rules.' in html
    assert html.index("No model &lt;beats&gt;") < html.index("<h1>")
    assert "Warning." not in render_evaluation(evaluation, [], settings)


def test_what_could_not_be_judged_is_said(evaluation: EvaluationResult, settings: Settings) -> None:
    note = "48 h horizon is not judged: no held-out night has an outcome <there>."
    assert page_of(replace(evaluation, notes=(note,)), settings).text.count(note) == 1


def test_the_page_loads_and_runs_nothing_and_is_the_same_each_time(
    evaluation: EvaluationResult, settings: Settings
) -> None:
    html = render_evaluation(evaluation, [], settings)
    assert html == render_evaluation(evaluation, [], settings)
    for forbidden in ("http:", "https:", "src=", "<script", "<link", "@import", "url(", "javascript:"):
        assert forbidden not in html.lower()
    assert "default-src 'none'" in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 8


def test_hostile_names_are_text(champion: Model, columns: MartColumns, nightly: HeldOut, settings: Settings) -> None:
    names = ("<b>part", "<i>rival", "<u>night", "<s>model")
    part, rival, night, name = names
    targets = (*columns.targets, part)
    card = replace(champion.card, targets=targets, calibrators={**champion.card.calibrators, part: Calibrator()})
    failures = nightly.failures.assign(component=part)
    scene = replace(nightly, rows=nightly.rows.assign(**{label(part): nightly.labels}), failures=failures)
    other = replace(scene, scenario=night)

    def with_rival(answers: Answers) -> Answers:
        return answers | {rival: answers[LOGISTIC]}

    found = judged_as(replace(champion, card=card), columns, [scene, other], with_rival)
    html = render_evaluation(replace(found, version=ModelVersion(name, "1")), [], settings)
    page = Page(html)
    for hostile in names:
        assert hostile not in html
        assert hostile in page.text
    assert any(row[0] == part and row[3] == str(len(failures)) for row in page.rows)


def test_sensitivity_and_feeds_are_the_tables(evaluation: EvaluationResult, settings: Settings) -> None:
    page = page_of(evaluation, settings)
    for row in evaluation.sensitivity.to_dict("records"):
        tail = [f"{row['failures_caught']} of {row['failures']}", f"{row['needless_visits']:,}"]
        assert any(found[2:4] == tail and found[-1] == f"{row['cost']:,.0f}" for found in page.rows if len(found) == 6)
    dark = evaluation.table[evaluation.table["scenario"] == CUT].set_index("contender")
    feed = next(row for row in page.rows if row[0] == CUT)
    assert feed[1] == f"{dark.loc[CHAMPION, 'average_precision']:.3f}"
    assert feed[4:7] == ["–"] * 3
    assert feed[8] == f"0 of {dark.loc[ANY_ERROR, 'failures']}"


def test_a_refitted_model_has_its_own_figures(
    champion: Model, columns: MartColumns, nightly: HeldOut, settings: Settings
) -> None:
    def refitted(answers: Answers) -> Answers:
        return answers | {REFITTED: answers[LOGISTIC], CHALLENGER: answers[LOGISTIC]}

    later = replace(nightly, scenario="feeds 1 h later")
    found = judged_as(champion, columns, [nightly, later], refitted)
    page = page_of(found, settings)
    wanted = found.table[found.table["contender"] == REFITTED].iloc[0]
    feed = next(row for row in page.rows if row[0] == "feeds 1 h later")
    assert feed[4] == f"{wanted['average_precision']:.3f}"
    chart = precision_recall_chart(*found.judged[CONFIGURED], CHAMPION)
    assert chart is not None
    assert CHALLENGER in [words for _, words in chart.legend]
    assert len(chart.paths) == 4


def test_the_napkin_counts_failures_with_an_error_before(
    champion: Model, columns: MartColumns, nightly: HeldOut, settings: Settings
) -> None:
    logged = nightly.rows.assign(errors_count_24h=nightly.labels)
    telling = page_of(judged_as(champion, columns, [replace(nightly, rows=logged)]), settings)
    n = len(nightly.failures)
    assert f"{n} of {n} (100 %) had an error logged" in telling.text
    assert f"catches {n} of {n} failures with 0 needless visits" in telling.text
    assert "most failures announce themselves" in telling.text
    silent = page_of(
        judged_as(champion, columns, [replace(nightly, rows=logged.assign(errors_count_24h=0.0))]), settings
    )
    assert f"0 of {n} (0 %) had an error logged" in silent.text
    assert "most failures announce themselves" not in silent.text


def test_a_calendar_feature_is_named(evaluation: EvaluationResult, settings: Settings) -> None:
    card = evaluation.champion.card
    assert "None of the model's" in page_of(evaluation, settings).text
    assert evaluation_page._calendar_features(evaluation) == []
    told = replace(card, features=(*card.features, "hour_of_day", "volt_hour_mean"))
    fooled = replace(evaluation, champion=replace(evaluation.champion, card=told))
    assert evaluation_page._calendar_features(fooled) == ["hour_of_day"]


@pytest.mark.parametrize("edge", ["no failure", "never alerts", "no rules", "grid alone", "no bins"])
def test_odd_evaluations_still_render(
    edge: str, champion: Model, columns: MartColumns, nightly: HeldOut, grid: HeldOut, settings: Settings
) -> None:
    scenes, change, model, words = [nightly, grid], None, champion, ""
    if edge == "no failure":
        calm = {label(target): 0.0 for target in columns.targets}
        scenes = [replace(nightly, rows=nightly.rows.assign(**calm), failures=nightly.failures.head(0))]
        words = "No failure in the held-out nights, at"
    elif edge == "never alerts":
        model = replace(champion, card=replace(champion.card, threshold=float("inf")))
        words = f"0 of {len(nightly.failures)} failures caught, at 0.00 false alerts"
    elif edge == "no rules":
        change, words = (lambda answers: {n: a for n, a in answers.items() if n not in RULES}), "was not judged"
    elif edge == "grid alone":
        scenes, words = [grid], "Hours of warning, whole grid"
    else:
        change, words = _without_chances, "No row reached a probability of 0.1 %"
    found = judged_as(model, columns, scenes, change or (lambda answers: answers))
    page = page_of(found, settings)
    assert words in page.text
    assert not re.search(r"\bnan\b|\bNone\b|\bNaT\b|\binf\b", page.text.replace("None of the model's", ""))


def _without_chances(answers: Answers) -> Answers:
    own = answers[CHAMPION]
    assert own.probabilities is not None
    zeros = np.zeros(len(own.scores))
    return answers | {CHAMPION: Answer(zeros, zeros > 0, own.probabilities * 0, own.component)}


def test_the_gates_decisions_stand_on_the_page(evaluation: EvaluationResult, settings: Settings) -> None:
    figures = {
        CHALLENGER: {"average_precision": 0.61, "cost": 9000.0},
        CHAMPION: {"average_precision": 0.6, "cost": 8000.0},
        REFERENCE: {"average_precision": float("nan"), "cost": 7000.0},
    }
    decisions = pd.DataFrame([
        {"model_version": str(version), "decided_at": f"2025-03-{version:02}T07:00:00", "promoted": version % 2 == 0,
         "reason": f"because of <b>{version}</b>", "figures": json.dumps(figures if version > 1 else {}),
         "rolled_back_at": "2025-04-01" if version == 12 else None, "reference": "1" if version > 1 else None}
        for version in range(1, 13)
    ])  # fmt: skip
    html = render_evaluation(evaluation, [], settings, decisions)
    page = Page(html)
    shown = [row for row in page.rows if len(row) == 10 and row[0].isdigit()]
    assert [row[0] for row in shown] == [str(version) for version in range(12, 2, -1)]
    assert shown[0][1:] == ["2025-03-12 07:00:00", "rolled back", "0.610", "0.600", "–", "9,000", "8,000", "7,000", "1"]
    assert [row[2] for row in shown[1:3]] == ["refused", "promoted"]
    assert "because of <b>12</b>" in page.text
    assert "<b>12" not in html
    assert "How it came to score" not in page_of(evaluation, settings).text


def test_the_page_says_at_how_many_failures_nobody_looked(
    champion: Model, columns: MartColumns, nightly: HeldOut, settings: Settings
) -> None:
    """First for one machine that is silent, then for all."""
    lost = nightly.failures["machine_id"].iloc[0]
    for silent in ((nightly.rows["machine_id"] == lost).to_numpy(), np.ones(len(nightly.rows), dtype=bool)):

        def quiet(answers: Answers, silent: NDArray[np.bool_] = silent) -> Answers:
            return answers | {CHAMPION: answers[CHAMPION].silenced(silent)}

        found = judged_as(champion, columns, [nightly], quiet)
        unseen = int(found.table.loc[found.table["contender"] == CHAMPION, "failures_not_looked_at"].sum())
        page = page_of(found, settings)
        assert unseen > 0
        assert f"at {unseen} of which nobody looked" in page.text
        assert f"(nobody looked at {unseen})" in page.text
        assert not re.search(r"\bnan\b|\bNaT\b|\binf\b", page.text)
