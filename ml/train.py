"""Training: one multi-label CatBoost, early-stopped, calibrated and thresholded on validation."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
from catboost import CatBoost, Pool

from ml.calibration import Calibrator, fit_calibrator, never_seen
from ml.economics import cheapest_threshold
from ml.fingerprint import training_fingerprint
from ml.mart import ANY, MartColumns, label, model_inputs
from ml.metrics import decision_metrics, probability_metrics, ranking_metrics
from ml.model import Model, ModelCard
from ml.split import NotEnoughHistory, TimeSplit, time_split, within
from settings import Settings, Training

MIN_FAILURES = 5


@dataclass(frozen=True)
class Trained:
    """A model with the figures of its making, for the log.

    `validation` holds the nightly validation rows: `failed` and `probability` of any failure.
    """

    model: Model
    split: TimeSplit
    metrics: dict[str, float]
    facts: dict[str, str | int | float]
    validation: pd.DataFrame


def train(mart: pd.DataFrame, columns: MartColumns, settings: Settings, known_until: datetime) -> Trained:
    """Train on the mart's mature rows as they were known at `known_until`.

    Raises NotEnoughHistory with the counts where training or validation lacks failures.
    """
    training, fleet = settings.workspace.training, settings.fleet
    split = time_split(known_until, fleet.horizon_hours, training.history_days, training.validation_nights)
    rows = mart[(mart["label_status"] == "mature") & mart[columns.labels].notna().all(axis=1)]
    fit_rows = within(rows, split.train_start, split.train_end)
    validation = within(rows, split.validation_start, split.validation_end)
    _require_failures(fit_rows, validation, split)
    sample, weights = sample_negatives(fit_rows, training)
    learned = tuple(target for target in columns.targets if sample[label(target)].nunique() > 1)
    booster = _fit(sample, weights, validation, columns, learned, training)
    model = _calibrated(booster, fit_rows, validation, columns, learned, settings, known_until)
    facts: dict[str, str | int | float] = {
        "train_rows": len(fit_rows),
        "train_rows_sampled": len(sample),
        "train_failures": int(fit_rows[label(ANY)].sum()),
        "validation_rows": len(validation),
        "validation_failures": int(validation[label(ANY)].sum()),
        "trees": int(booster.tree_count_),
    }
    fingerprint = training_fingerprint(mart, columns, settings, known_until)
    model = replace(model, card=replace(model.card, fingerprint=fingerprint))
    nightly = validation[validation["as_of"].dt.hour == fleet.scoring_hour]
    judged = pd.DataFrame({"failed": nightly[label(ANY)], "probability": model.probabilities(nightly)[ANY]})
    return Trained(model, split, _validation_metrics(model, validation, fleet.scoring_hour), facts, judged)


def sample_negatives(rows: pd.DataFrame, training: Training) -> tuple[pd.DataFrame, np.ndarray]:
    """Keep every failing row and at most `max_negatives_per_positive` others for each, weighted to stand for all.

    Returns the sampled rows and their weights, shape (rows,).
    """
    failing = (rows[label(ANY)] == 1).to_numpy()
    others = np.flatnonzero(~failing)
    limit = int(failing.sum()) * training.max_negatives_per_positive
    if len(others) <= limit:
        return rows, np.ones(len(rows))
    kept = np.random.default_rng(training.seed).choice(others, size=limit, replace=False)
    chosen = np.sort(np.concatenate([np.flatnonzero(failing), kept]))
    weights = np.where(failing[chosen], 1.0, len(others) / limit)
    return rows.iloc[chosen], weights


def _fit(
    sample: pd.DataFrame,
    weights: np.ndarray,
    validation: pd.DataFrame,
    columns: MartColumns,
    learned: tuple[str, ...],
    training: Training,
) -> CatBoost:
    booster = CatBoost(
        {
            "loss_function": "MultiLogloss",
            "iterations": training.iterations,
            "learning_rate": training.learning_rate,
            "depth": training.depth,
            "random_seed": training.seed,
            "thread_count": training.threads,
            "early_stopping_rounds": training.early_stopping_rounds,
            "allow_writing_files": False,
            "verbose": False,
        }
    )
    trained_on, judged_on = _pool(sample, columns, learned, weights), _pool(validation, columns, learned)
    booster.fit(trained_on, eval_set=judged_on, use_best_model=True)
    return booster


def _pool(
    rows: pd.DataFrame, columns: MartColumns, learned: tuple[str, ...], weights: np.ndarray | None = None
) -> Pool:
    inputs = model_inputs(rows, columns.features, columns.categorical)
    labels = rows[[label(target) for target in learned]].astype("float64").to_numpy()
    return Pool(inputs, label=labels, weight=weights, cat_features=list(columns.categorical))


def _calibrated(
    booster: CatBoost,
    fit_rows: pd.DataFrame,
    validation: pd.DataFrame,
    columns: MartColumns,
    learned: tuple[str, ...],
    settings: Settings,
    known_until: datetime,
) -> Model:
    card = ModelCard(
        features=columns.features,
        categorical=columns.categorical,
        targets=columns.targets,
        learned=learned,
        calibrators={target: never_seen(len(fit_rows)) for target in columns.targets},
        threshold=1.0,
        prevalence=float(fit_rows[label(ANY)].mean()),
        horizon_hours=settings.fleet.horizon_hours,
        trained_from=str(fit_rows["as_of"].min()),
        trained_until=str(fit_rows["as_of"].max()),
        known_until=str(known_until),
    )
    scores = Model(booster, card).log_odds(validation)
    calibrators: dict[str, Calibrator] = dict(card.calibrators) | {
        target: fit_calibrator(scores[:, position], validation[label(target)].to_numpy(dtype="float64"))
        for position, target in enumerate(learned)
    }
    nightly = (validation["as_of"].dt.hour == settings.fleet.scoring_hour).to_numpy()
    threshold = cheapest_threshold(
        calibrators[ANY].apply(scores[nightly, learned.index(ANY)]),
        validation.loc[nightly, label(ANY)].to_numpy(dtype="float64"),
        validation.loc[nightly, "as_of"].nunique(),
        settings.workspace.economics,
    )
    return Model(booster, replace(card, calibrators=calibrators, threshold=threshold))


def _validation_metrics(model: Model, validation: pd.DataFrame, scoring_hour: int) -> dict[str, float]:
    probabilities = model.probabilities(validation)
    nightly = (validation["as_of"].dt.hour == scoring_hour).to_numpy()
    metrics: dict[str, float] = {"threshold": model.card.threshold}
    for target in model.card.targets:
        labels = validation[label(target)].to_numpy(dtype="float64")
        scores = probabilities[target].to_numpy()
        metrics[f"validation_{target}_grid_average_precision"] = ranking_metrics(labels, scores)["average_precision"]
        for name, value in ranking_metrics(labels[nightly], scores[nightly]).items():
            metrics[f"validation_{target}_{name}"] = value
    labels, scores = validation[label(ANY)].to_numpy(dtype="float64"), probabilities[ANY].to_numpy()
    for name, value in {
        **decision_metrics(labels[nightly], scores[nightly] >= model.card.threshold),
        **probability_metrics(labels[nightly], scores[nightly]),
    }.items():
        metrics[f"validation_{name}"] = value
    return metrics


def _require_failures(fit_rows: pd.DataFrame, validation: pd.DataFrame, split: TimeSplit) -> None:
    counts = {"training": int(fit_rows[label(ANY)].sum()), "validation": int(validation[label(ANY)].sum())}
    for name, failing in counts.items():
        if failing < MIN_FAILURES:
            raise NotEnoughHistory(
                f"The {name} period holds {failing} mature rows before a failure and needs {MIN_FAILURES}: training "
                f"covers {split.train_start} to {split.train_end}, validation {split.validation_start} to "
                f"{split.validation_end}. Land a longer history, or shorten training.validation_nights or "
                "replay.nights in workspace.toml."
            )
