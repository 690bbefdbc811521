"""Training: feature set, tree counts, calibration and threshold come from rolling folds; the model learns from all."""

from dataclasses import dataclass, field
from datetime import timedelta

import pandas as pd

from ml.mart.columns import ANY, WEIGHT, MartColumns, label, sample_columns
from ml.metrics.costs import prudent_threshold
from ml.metrics.row_metrics import decision_metrics, probability_metrics, ranking_metrics
from ml.models.calibration import Calibrator, fit_calibrator, never_seen
from ml.models.model import Model, ModelCard, calibrated
from ml.progress import CountedProgress, Counter, untold
from ml.training.cross_fit import CrossFit, cross_fit, distinct, fit_all, learnable
from ml.training.feature_choice import FeatureChoice, choose_features
from ml.training.fingerprint import training_fingerprint
from ml.training.horizons import fit_horizons, learnable_horizons
from ml.training.lifetimes import Lifetimes, boosters_to_fit, learn_lifetimes
from ml.training.recipe import Recipe
from ml.training.shortage import NotEnoughHistory, lack_of
from ml.training.time_split import TimeSplit, within
from settings import Fleet


@dataclass(frozen=True)
class Trained:
    """A model with the figures of its making, for the log.

    `tuning` holds the folds' rows at the scoring hour: machine_id, as_of, `failed` and `probability` of any failure,
    each probability from a model that had learnt before its fold. `choice`: the features it sees, and why these.
    `lifetimes`: how it learnt when machines fail.
    """

    model: Model
    split: TimeSplit
    metrics: dict[str, float]
    facts: dict[str, str | int | float]
    tuning: pd.DataFrame
    choice: FeatureChoice
    lifetimes: Lifetimes = field(default_factory=Lifetimes)


@dataclass(frozen=True)
class TrainingCosts:
    """What a training took, measured by who ran it: seconds, and bytes of memory that its process held at most."""

    train_seconds: float
    train_peak_bytes: float


def train(
    rows: pd.DataFrame,
    nightly: pd.DataFrame,
    columns: MartColumns,
    recipe: Recipe,
    split: TimeSplit,
    progress: CountedProgress = untold,
    further: pd.DataFrame | None = None,
) -> Trained:
    """Train on weighted mature mart rows (`load_sample`) of the split's training span.

    `nightly`: every mature row at the scoring hour, of which the folds' nights choose the threshold. Held-out rows
    are not read. `further`: the rows' labels for horizons beyond the first (`load_horizon_labels`), each of which is
    learnt beside them. Raises NotEnoughHistory with the counts where failures are lacking.
    """
    fingerprint = training_fingerprint(rows, nightly, columns, recipe, split, further)
    rows = within(rows, split.train_start, split.train_end)
    nights = within(nightly, split.folds[0].start, split.folds[-1].end)
    _require_failures(rows, split, recipe.fleet)
    choice = choose_features(rows, columns, split.folds, recipe, progress)
    columns = choice.columns
    lives = rows
    rows = rows[[*sample_columns(columns), WEIGHT]]
    learned = learnable(rows, columns.targets)
    ahead = learnable_horizons(rows, further, split, recipe.fleet)
    in_folds, of_all = len(distinct(rows, columns.targets)), len(distinct(rows, learned))
    wanted = in_folds * len(split.folds) + of_all + sum(horizon.fits for horizon in ahead)
    counter = Counter("models fitted", wanted + boosters_to_fit(lives, split, recipe.training), progress)
    folds = cross_fit(rows, columns, split.folds, recipe.fleet, recipe.training, counter.one_more)
    boosters = fit_all(rows, columns, learned, folds.trees, recipe.fleet, recipe.training, counter.one_more)
    horizons = fit_horizons(ahead, columns, folds.trees, recipe, counter.one_more)
    lifetimes = learn_lifetimes(lives, columns, split, recipe, counter.one_more)
    unseen = _out_of_fold(folds, rows, nights, columns, recipe)
    card = ModelCard(
        features=columns.features,
        categorical=columns.categorical,
        targets=columns.targets,
        learned=learned,
        calibrators=unseen.calibrators,
        threshold=unseen.threshold,
        prevalence=float((rows[label(ANY)] * rows[WEIGHT]).sum() / rows[WEIGHT].sum()),
        horizon_hours=recipe.fleet.horizon_hours,
        trained_from=str(rows["as_of"].min()),
        trained_until=str(rows["as_of"].max()),
        cutoff=str(split.holdout_start),
        fingerprint=fingerprint,
        feature_set=choice.name,
        further={hours: horizon.calibrator for hours, horizon in horizons.items()},
        remaining=lifetimes.card,
    )
    metrics = {
        **_metrics(unseen.scores, rows, unseen.tuning, card),
        **{f"feature_set_{name}_average_precision": value for name, value in choice.average_precision.items()},
        **{f"folds_{hours}h_grid_average_precision": found.average_precision for hours, found in horizons.items()},
        **lifetimes.metrics,
    }
    further_boosters = {hours: horizon.booster for hours, horizon in horizons.items()}
    model = Model(boosters, card, further=further_boosters, remaining=lifetimes.booster)
    facts = _facts(rows, folds, unseen.tuning, choice)
    return Trained(model, split, metrics, facts, unseen.tuning, choice, lifetimes)


@dataclass(frozen=True)
class _OutOfFold:
    """What models say of rows that they have not seen: raw `scores`, and what is chosen by them.

    `calibrators` turn each target's scores into probabilities; the `tuning` nights, at their probabilities, say from
    which `threshold` on a machine is alerted.
    """

    scores: pd.DataFrame
    calibrators: dict[str, Calibrator]
    tuning: pd.DataFrame
    threshold: float


def _out_of_fold(
    folds: CrossFit, rows: pd.DataFrame, nights: pd.DataFrame, columns: MartColumns, recipe: Recipe
) -> _OutOfFold:
    scores = folds.log_odds(rows, columns)
    calibrators = calibrators_of(scores, rows, columns)
    tuning = tuning_nights(folds, nights, columns, calibrators)
    threshold = prudent_threshold(
        tuning["probability"].to_numpy(),
        tuning["failed"].to_numpy(),
        tuning["as_of"].nunique(),
        recipe.economics,
    )
    return _OutOfFold(scores, calibrators, tuning, threshold)


def calibrators_of(scores: pd.DataFrame, rows: pd.DataFrame, columns: MartColumns) -> dict[str, Calibrator]:
    """What turns each target's raw scores into probabilities, by the folds' `scores` of the weighted `rows`."""
    judged = rows.loc[scores.index]
    found = {}
    for target in columns.targets:
        known = (scores[target].notna() & judged[label(target)].notna()).to_numpy()
        labels = judged.loc[known, label(target)].to_numpy(dtype="float64")
        found[target] = (
            fit_calibrator(scores.loc[known, target].to_numpy(), labels, judged.loc[known, WEIGHT].to_numpy())
            if len(learnable(rows, (target,)))
            else never_seen(int(rows[WEIGHT].sum()))
        )
    return found


def tuning_nights(
    folds: CrossFit, nights: pd.DataFrame, columns: MartColumns, calibrators: dict[str, Calibrator]
) -> pd.DataFrame:
    """The folds' nights: machine_id, as_of, failed, and the calibrated probability of any failure."""
    scores = folds.log_odds(nights, columns)[[ANY]].dropna()
    judged = nights.loc[scores.index]
    tuning = judged[["machine_id", "as_of"]].assign(failed=judged[label(ANY)].astype("float64"))
    return tuning.assign(probability=calibrated(scores, calibrators)[ANY])


def _metrics(scores: pd.DataFrame, rows: pd.DataFrame, tuning: pd.DataFrame, card: ModelCard) -> dict[str, float]:
    metrics: dict[str, float] = {"threshold": card.threshold}
    for target in card.learned:
        known = scores[target].notna() & rows.loc[scores.index, label(target)].notna()
        judged = rows.loc[scores.index[known]]
        labels, weights = judged[label(target)].to_numpy(dtype="float64"), judged[WEIGHT].to_numpy()
        figures = ranking_metrics(labels, scores.loc[known, target].to_numpy(), weights)
        metrics[f"folds_{target}_grid_average_precision"] = figures["average_precision"]
    labels, probabilities = tuning["failed"].to_numpy(), tuning["probability"].to_numpy()
    for name, value in {
        **ranking_metrics(labels, probabilities),
        **decision_metrics(labels, probabilities >= card.threshold),
        **probability_metrics(labels, probabilities),
    }.items():
        metrics[f"folds_{name}"] = value
    return metrics


def _facts(
    rows: pd.DataFrame, folds: CrossFit, tuning: pd.DataFrame, choice: FeatureChoice
) -> dict[str, str | int | float]:
    return {
        "train_rows": round(float(rows[WEIGHT].sum())),
        "train_rows_sampled": len(rows),
        "train_failures": int(rows[label(ANY)].sum()),
        "fold_nights_rows": len(tuning),
        "fold_nights_failures": int(tuning["failed"].sum()),
        "trees": folds.trees,
        "feature_set": choice.name,
    }


def _require_failures(rows: pd.DataFrame, split: TimeSplit, fleet: Fleet) -> None:
    failing = rows.loc[rows[label(ANY)] == 1, ["machine_id", "as_of"]]
    lack = lack_of(failing, split, timedelta(hours=fleet.snapshot_every_hours))
    if lack:
        raise NotEnoughHistory(lack, split, fleet.settings_place)
