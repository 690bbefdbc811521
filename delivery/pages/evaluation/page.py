"""The evaluation report: one self-contained HTML file of what was judged, against whom, and what came of it."""

import json
import math
from collections.abc import Mapping, Sequence

import pandas as pd

from delivery.pages.evaluation.charts import (
    CHART_HEIGHT,
    CHART_WIDTH,
    Bin,
    cost_chart,
    lead_chart,
    precision_recall_chart,
    reliability_bins,
    reliability_chart,
)
from delivery.pages.evaluation.leaderboard import FIGURES, SURE, Row, caught_of, cheapest_rule, headline, section_of
from delivery.pages.evaluation.remaining import LIFE_HEAD, board_rows, error_head, error_rows
from delivery.pages.templating import render
from ml.evaluation.contenders import Answer
from ml.evaluation.cost_sensitivity import VARIED
from ml.evaluation.decision import CHALLENGER, CHAMPION, REFERENCE
from ml.evaluation.evaluate import EvaluationResult
from ml.evaluation.feature_importance import EXPLAINED_ROWS, Subject, subjects_seen
from ml.evaluation.leaderboard import HeldOut, JudgedRows, component_precisions, events_of
from ml.evaluation.naive_rules import RULES, any_error_24h
from ml.evaluation.scenarios import CONFIGURED, GRID, REFITTED
from ml.explain.contributions import subject_of
from ml.mart.columns import ANY
from ml.mart.feature_names import nearest_window
from ml.metrics.event_metrics import EventFigures, event_figures
from ml.metrics.row_metrics import decision_metrics
from ml.wording import DASH, count, hours_in_words, number, of, rate
from settings import Economics, Fleet, Settings

ANY_ERROR = next(name for name, rule in RULES.items() if rule is any_error_24h)
CALENDAR_WORDS = {"hour", "day", "weekday", "week", "month", "year", "date", "time"}
DECISIONS_SHOWN = 10


def render_evaluation(
    evaluation: EvaluationResult, warnings: list[str], settings: Settings, decisions: pd.DataFrame | None = None
) -> str:
    """The page as HTML text. It loads nothing, runs no script, and every value in it is escaped.

    `decisions`: the gate's, oldest first, as `DecisionLog.promotions` gives them.
    """
    gate = [] if decisions is None else decisions.iloc[::-1].head(DECISIONS_SHOWN).to_dict("records")
    main = evaluation.judged[CONFIGURED] if CONFIGURED in evaluation.judged else next(iter(evaluation.judged.values()))
    held_out, answers = main
    champion, threshold = answers[CHAMPION], evaluation.champion.card.threshold
    table = {(row["scenario"], row["contender"]): row for row in evaluation.table.to_dict("records")}
    own = table[held_out.scenario, CHAMPION]
    rival = cheapest_rule([row for (scenario, _), row in table.items() if scenario == held_out.scenario])
    known = champion.answered
    bins, below = reliability_bins(held_out.labels[known], champion.scores[known])
    subjects = subjects_seen(evaluation.champion, held_out, champion)
    return render(
        "evaluation.html.j2",
        warnings=warnings, version=evaluation.version, card=evaluation.champion.card, own=headline(own),
        scenario=held_out.scenario, rival=headline(rival) if rival else None,
        beaten=rival is None or own["cost"] < rival["cost"], span=_span(held_out),
        rows=count(len(held_out.rows)), columns=FIGURES,
        decisions=[_decision(row) for row in gate], reasons=[(row["model_version"], row["reason"]) for row in gate],
        tolerance=rate(settings.workspace.promotion.tolerance),
        gate_confidence=rate(settings.workspace.promotion.confidence),
        sections=[section_of(name, evaluation.table) for name in evaluation.judged], notes=evaluation.notes,
        curves=precision_recall_chart(held_out, answers, CHAMPION), reliability=reliability_chart(bins),
        bins=[_bin_row(part) for part in bins], below=_bin_row(below) if below else None, leads=_leads(evaluation),
        costs=cost_chart(held_out, champion, threshold, (rival["contender"], rival["cost"]) if rival else None),
        sensitivity=[_sensitivity_row(row) for row in evaluation.sensitivity.to_dict("records")],
        remaining=_remaining(evaluation, settings),
        components=_components(evaluation, main), subjects=_bars(subjects, settings.fleet), explained=EXPLAINED_ROWS,
        feeds=_feeds(evaluation, table, held_out.scenario), refitted=REFITTED, any_error=ANY_ERROR,
        napkin=_napkin(held_out, answers), calendar=_calendar_features(evaluation),
        economics=_economics(settings.workspace.economics), workspace=settings.workspace,
        confidence=SURE, threshold=number(threshold, 4), width=CHART_WIDTH, height=CHART_HEIGHT,
    )  # fmt: skip


def _span(held_out: HeldOut) -> tuple[str, str]:
    times = held_out.rows["as_of"]
    return (DASH, DASH) if times.empty else (f"{times.min():%Y-%m-%d %H:%M}", f"{times.max():%Y-%m-%d %H:%M}")


def _bin_row(part: Bin) -> list[str]:
    low, high = part.interval
    return [
        f"{rate(part.low, 1)} to {rate(part.high, 1)}", count(part.rows), rate(part.predicted, 1),
        count(part.failed), rate(part.observed, 1), f"{rate(low, 1)} to {rate(high, 1)}",
    ]  # fmt: skip


def champion_events(held_out: HeldOut, answers: Mapping[str, Answer]) -> EventFigures:
    """What the champion's alerts came to in one scenario."""
    return events_of(held_out, answers[CHAMPION])


def _leads(evaluation: EvaluationResult) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = []
    for name in (CONFIGURED, GRID):
        if name in evaluation.judged:
            held_out, answers = evaluation.judged[name]
            fleet, events = held_out.recipe.fleet, champion_events(held_out, answers)
            chart = lead_chart(name, events, fleet.horizon_hours, fleet.snapshot_every_hours)
            shown.append({"scenario": name, "chart": chart, "caught": of(events.caught, len(events.outcomes))})
    return shown


def _decision(row: Row) -> list[str]:
    """A decision of the gate: what each model came to on the nights of that day."""
    figures = json.loads(row["figures"])
    names = (CHALLENGER, CHAMPION, REFERENCE)
    precisions = [number(figures.get(name, {}).get("average_precision"), 3) for name in names]
    costs = [count(cost) if (cost := figures.get(name, {}).get("cost")) is not None else DASH for name in names]
    verdict = "promoted" if row["promoted"] else "refused"
    if pd.notna(row["rolled_back_at"]):
        verdict = "rolled back"
    reference = row.get("reference")
    return [str(row["model_version"]), str(row["decided_at"]).replace("T", " "), verdict, *precisions, *costs,
            DASH if pd.isna(reference) else str(reference)]  # fmt: skip


def _sensitivity_row(row: Row) -> list[str]:
    changed = "as configured"
    if row["varied"] in VARIED:
        changed = f"{str(row['varied']).replace('_', ' ')} × {row['factor']:g} = {row[row['varied']]:,g}"
    return [
        changed, number(row["threshold"], 4), of(row["failures_caught"], row["failures"]),
        count(row["needless_visits"]), number(row["false_alerts_per_machine_month"]), count(row["cost"]),
    ]  # fmt: skip


def _components(evaluation: EvaluationResult, main: JudgedRows) -> list[list[str]]:
    """Per component: average precision as configured and on the grid, failures, caught, right component named."""
    precisions = [_precisions(evaluation.judged.get(name)) for name in (CONFIGURED, GRID)]
    outcomes = champion_events(*main).outcomes
    rows = []
    called = main[0].recipe.fleet.component_label
    for component in [target for target in evaluation.champion.card.targets if target != ANY]:
        mine = outcomes[outcomes["component"] == component]
        named = mine["component_right"].dropna()
        rows.append([
            called(component), *(number(found.get(component), 3) for found in precisions), count(len(mine)),
            of(mine["caught"].sum(), len(mine)), of(named.astype(bool).sum(), len(named)) if len(named) else DASH,
        ])  # fmt: skip
    return rows


def _precisions(judged: JudgedRows | None) -> dict[str, float]:
    if judged is None:
        return {}
    held_out, answers = judged
    probabilities = answers[CHAMPION].probabilities
    return {} if probabilities is None else component_precisions(held_out.rows, probabilities)


def _bars(subjects: Sequence[Subject], fleet: Fleet) -> list[dict[str, object]]:
    """Each subject with its figures and the width of its two bars in percent of the longest of their column."""
    longest = max((s.everywhere for s in subjects), default=0.0)
    most = max((s.alerted for s in subjects if math.isfinite(s.alerted)), default=0.0)
    return [
        {"name": fleet.label(s.name), "feature": s.feature, "everywhere": number(s.everywhere),
         "alerted": number(s.alerted), "wide": _width(s.everywhere, longest),
         "wide_alerted": _width(s.alerted, most)}
        for s in subjects
    ]  # fmt: skip


def _width(value: float, longest: float) -> float:
    return round(100 * value / longest, 1) if longest > 0 and math.isfinite(value) else 0.0


def _remaining(evaluation: EvaluationResult, settings: Settings) -> dict[str, object]:
    """What is shown of when machines fail; nothing where none could be judged."""
    board, errors = evaluation.remaining, evaluation.remaining_errors
    if board.empty:
        return {}
    return {
        "cap": hours_in_words(settings.fleet.remaining_cap), "head": LIFE_HEAD, "rows": board_rows(board),
        "stated": rate(settings.workspace.training.remaining_coverage),
        "error_head": error_head(errors), "error_rows": error_rows(errors),
    }  # fmt: skip


def _feeds(evaluation: EvaluationResult, table: Mapping[tuple[str, str], Row], first: str) -> list[dict[str, object]]:
    """One row a scenario, the first for comparison, with three cells each for champion, refitted and any_error."""
    found: list[dict[str, object]] = []
    for scenario in (name for name in evaluation.judged if name not in evaluation.folds):
        cells = [_three(table.get((scenario, name))) for name in (CHAMPION, REFITTED, ANY_ERROR)]
        found.append({"scenario": scenario, "first": scenario == first, "cells": cells})
    return found


def _three(row: Row | None) -> list[str]:
    if row is None:
        return [DASH] * 3
    return [
        number(row["average_precision"], 3), caught_of(row), number(row["false_alerts_per_machine_month"]),
    ]  # fmt: skip


def _napkin(held_out: HeldOut, answers: Mapping[str, Answer]) -> dict[str, object] | None:
    """How far any_error gets: failures with an error logged before, and the rule's figures at its own threshold."""
    rule = answers.get(ANY_ERROR)
    if rule is None:
        return None
    horizon = held_out.recipe.fleet.horizon_hours
    logged = event_figures(held_out.rows, rule.scores > 0, held_out.failures, horizon)
    alerted = event_figures(held_out.rows, rule.alerts, held_out.failures, horizon)
    figures, failures = decision_metrics(held_out.labels, rule.alerts), len(logged.outcomes)
    share = logged.caught / failures if failures else float("nan")
    own = champion_events(held_out, answers)
    return {
        "window": nearest_window(held_out.recipe.fleet), "failures": failures, "logged": of(logged.caught, failures),
        "share": rate(share), "telling": share >= 0.5, "caught": of(alerted.caught, failures),
        "needless": count(alerted.needless_visits), "recall": rate(figures["recall"]),
        "precision": rate(figures["precision"]), "own_needless": count(own.needless_visits),
        "own_caught": of(own.caught, failures),
    }  # fmt: skip


def _calendar_features(evaluation: EvaluationResult) -> list[str]:
    """Features that name a part of the calendar and belong to no sensor, error code or component."""
    held_out, _ = next(iter(evaluation.judged.values()))
    named = [name for name in evaluation.champion.card.features if CALENDAR_WORDS & set(name.split("_"))]
    return [name for name in named if subject_of(name, held_out.recipe.fleet) == "machine"]


def _economics(costs: Economics) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), f"{getattr(costs, name):,g}") for name in VARIED]
