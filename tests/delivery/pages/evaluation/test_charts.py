"""The charts of the evaluation report: they add up to the rows and failures, and meet the leaderboard's figures."""

import pytest

from delivery.pages.evaluation.charts import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Chart,
    cost_chart,
    lead_chart,
    precision_recall_chart,
    reliability_bins,
)
from delivery.pages.evaluation.page import champion_events
from ml.evaluation.decision import CHAMPION
from ml.evaluation.evaluate import EvaluationResult
from ml.evaluation.scenarios import CONFIGURED, GRID


def value_at(chart: Chart, y: float) -> float:
    """What a pixel's height means on the chart's axis."""
    top = float(chart.y_ticks[-1][1].replace(",", ""))
    return top * (BOTTOM - y) / (BOTTOM - TOP)


def test_reliability_bins_hold_every_row_once(evaluation: EvaluationResult) -> None:
    held_out, answers = evaluation.judged[GRID]
    bins, below = reliability_bins(held_out.labels, answers[CHAMPION].scores)
    assert len(bins) > 1
    assert below is not None
    assert sum(part.rows for part in (*bins, below)) == len(held_out.rows)
    assert sum(part.failed for part in (*bins, below)) == held_out.labels.sum()
    assert max(part.rows for part in bins) - min(part.rows for part in bins) <= 1
    assert all(part.interval[0] <= part.observed <= part.interval[1] for part in bins)


def test_lead_bars_add_up_to_the_failures(evaluation: EvaluationResult) -> None:
    held_out, answers = evaluation.judged[CONFIGURED]
    events = champion_events(held_out, answers)
    chart = lead_chart(CONFIGURED, events, 24, 3)
    assert chart is not None
    counts = {words: bar.text for (_, words), bar in zip(chart.x_ticks, chart.bars, strict=True)}
    missed = len(events.outcomes) - events.caught
    assert counts.pop("missed") == (str(missed) if missed else "")
    assert counts.pop("9") == str(events.caught)
    assert set(counts.values()) == {""}


def test_the_cost_curve_meets_the_leaderboard_at_the_chosen_threshold(evaluation: EvaluationResult) -> None:
    held_out, answers = evaluation.judged[CONFIGURED]
    chart = cost_chart(held_out, answers[CHAMPION], evaluation.champion.card.threshold, ("x", 10.0))
    assert chart is not None
    (mark,) = chart.marks
    assert (mark.x, mark.y) in chart.paths[0].points
    table = evaluation.table[evaluation.table["scenario"] == CONFIGURED]
    (cost,) = table.loc[table["contender"] == CHAMPION, "cost"]
    pixel = value_at(chart, BOTTOM - 1)
    assert value_at(chart, mark.y) == pytest.approx(cost, abs=pixel)
    spent = held_out.recipe.economics.missed_failure * len(held_out.failures)
    assert value_at(chart, chart.paths[0].points[-1][1]) <= spent + pixel


def test_the_curve_passes_through_the_champions_point(evaluation: EvaluationResult) -> None:
    held_out, answers = evaluation.judged[CONFIGURED]
    chart = precision_recall_chart(held_out, answers, CHAMPION)
    assert chart is not None
    mark = next(mark for mark in chart.marks if "chosen" in mark.kind)
    alerts = answers[CHAMPION].alerts
    recall = held_out.labels[alerts].sum() / held_out.labels.sum()
    assert (mark.x - LEFT) / (RIGHT - LEFT) == pytest.approx(recall, abs=0.001)
    column = [y for x, y in chart.paths[0].points if x == mark.x]
    assert min(column) - 0.1 <= mark.y <= max(column) + 0.1
    assert [words for _, words in chart.legend if "never alerts" in words]
