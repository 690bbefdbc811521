"""Scoring: a night's mart rows and a model give the night's predictions, in the contract's columns.

It has two halves. `answer` reads features, row by row, so that it may be asked in parts and elsewhere; `conclude` sees
the whole night and is small.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.explain.reason_record import reasons_as_json, reasons_as_text
from ml.explain.reasons import evidence_columns, reasons
from ml.mart.columns import ANY
from ml.mart.silence import is_silent, reading_counts
from ml.metrics.costs import cheapest_action
from ml.models.model import ALL_THREADS, Model
from ml.models.version import ModelVersion
from ml.models.windows import REMAINING
from ml.scoring.contract import (
    DOWN,
    ELEVATED,
    HIGH,
    NORMAL,
    RISK_LEVELS,
    SILENT,
    further_column,
    prediction_columns,
    probability_column,
)
from ml.scoring.digest import row_hashes
from ml.scoring.down import NONE_DOWN, DownMachines
from settings import Economics, Fleet, ScoringSettings, Settings

Evidence = Callable[[NDArray[np.bool_]], pd.DataFrame]

ELEVATED_SHARE = 1 / 3
ADVICE = {
    NORMAL: "No action",
    ELEVATED: "Watch",
    HIGH: None,  # a visit, worded by its costs
    SILENT: "Check the connection: no readings",
    DOWN: None,  # what failed, and when
}
VISITS = {
    "replace": "Replace {component} within {hours} h",
    "inspect": "Inspect {component} within {hours} h",
}


def score(
    rows: pd.DataFrame,
    model: Model,
    version: ModelVersion,
    settings: Settings,
    scored_at: datetime,
    down: DownMachines = NONE_DOWN,
) -> pd.DataFrame:
    """Predictions for mart rows of one or more nights, one a row, made at `scored_at` (naive UTC).

    A machine without a reading in the last hours (`silent_after`) is `silent`: it gets no probability, no alert and the
    advice to look after its connection, for a silent machine is not a safe one. One that is `down`, silent or not, gets
    no probability and no alert either, and is told since when.
    Columns: `prediction_columns`. `columns_to_score` are the columns of `rows` that are read.
    """
    counts = reading_counts(settings.fleet, settings.workspace.scoring)
    answers = answer(rows, model, settings.fleet.components, settings.fleet.further_horizons, counts)
    return conclude(answers, lambda told: rows[told], model, version, settings, scored_at, down)


def answer(
    rows: pd.DataFrame,
    model: Model,
    components: Sequence[str],
    further: Sequence[int],
    counts: Sequence[str],
    threads: int = ALL_THREADS,
) -> pd.DataFrame:
    """What the features say of each row, which depends on no other row.

    Columns: `answer_columns`, with the probabilities of silent machines too. `counts` are `reading_counts`. Of the
    `further` horizons those that the model has not learnt are NaN.
    """
    with ThreadPoolExecutor(1) as beside:  # what no booster is needed for fills the gaps between their predictions
        digests = beside.submit(features_hash, rows, model)
        probabilities, ahead, when = model.all_answers(rows, threads)
    answers = {name: rows[name].to_numpy() for name in ("machine_id", "as_of")}
    answers |= {probability_column(target): probabilities[target].to_numpy() for target in (ANY, *components)}
    unknown = np.full(len(rows), np.nan)
    answers |= {further_column(hours): ahead[hours].to_numpy() if hours in ahead else unknown for hours in further}
    answers |= {name: when[name].to_numpy() for name in REMAINING}
    answers |= {"silent": is_silent(rows, counts), "features_hash": _words(digests.result())}
    return pd.DataFrame(answers, copy=False)


def conclude(
    answers: pd.DataFrame,
    evidence: Evidence | None,
    model: Model,
    version: ModelVersion,
    settings: Settings,
    scored_at: datetime,
    down: DownMachines = NONE_DOWN,
) -> pd.DataFrame:
    """Predictions from the answers of whole nights, as `score` returns them.

    `evidence` gives the mart rows of the answers that a mask of shape (answers,) chooses, in their order; without it no
    reasons are told. `down`: the machines that were down on these nights.
    """
    fleet, workspace = settings.fleet, settings.workspace
    out_of_order = answers["machine_id"].isin(list(down)).to_numpy()
    silent = answers["silent"].to_numpy() & ~out_of_order
    unscored = silent | out_of_order
    out = pd.DataFrame({name: answers[name].to_numpy() for name in ("machine_id", "as_of")}, copy=False)
    out["horizon_hours"] = np.int32(model.card.horizon_hours)
    for name in map(probability_column, (ANY, *fleet.components)):
        out[name] = np.where(unscored, np.nan, answers[name])
    out["predicted_component"] = _likeliest(answers, fleet.components, unscored)
    out["alert"] = (out["failure_probability"] >= model.card.threshold).to_numpy(dtype=bool)
    levels = _risk_levels(out, silent, out_of_order, model.card.threshold)
    out["risk_level"] = _words(RISK_LEVELS)[levels]
    out["recommended_action"] = _actions(out, levels, workspace.economics, fleet, down)
    out["reasons"], out["reason_records"] = _reasons(out, evidence, model, fleet, workspace.scoring)
    out["model_name"], out["model_version"] = version.name, version.version
    out["features_hash"] = answers["features_hash"].to_numpy()
    out["scored_at"] = scored_at
    out["distance_from_normal"] = np.nan
    for name in (*map(further_column, fleet.further_horizons), *REMAINING):
        out[name] = np.where(unscored, np.nan, answers[name])
    columns = prediction_columns(fleet.components, fleet.further_horizons)
    return pd.DataFrame({column.name: out[column.name] for column in columns}, copy=False)


def columns_to_score(model: Model, fleet: Fleet, scoring: ScoringSettings) -> list[str]:
    """The mart's columns that `score` reads beside the keys: features, counts of readings, evidence for reasons."""
    evidence = evidence_columns(model.card.features, fleet)
    return list(dict.fromkeys([*model.card.features, *reading_counts(fleet, scoring), *evidence]))


def features_hash(rows: pd.DataFrame, model: Model) -> list[str]:
    """Per row, 16 hex digits over the feature values that the model saw."""
    return features_digest(rows, model.card.features)


def features_digest(rows: pd.DataFrame, features: Sequence[str]) -> list[str]:
    """Per row, 16 hex digits over its values of `features`."""
    digits = row_hashes(rows, features).astype(">u8").tobytes().hex()
    return [digits[at : at + 16] for at in range(0, len(digits), 16)]


def _likeliest(answers: pd.DataFrame, components: tuple[str, ...], unscored: NDArray[np.bool_]) -> NDArray[np.object_]:
    named = answers[[probability_column(component) for component in components]].to_numpy().argmax(axis=1)
    return _words([*components, None])[np.where(unscored, len(components), named)]


def _risk_levels(
    out: pd.DataFrame, silent: NDArray[np.bool_], down: NDArray[np.bool_], threshold: float
) -> NDArray[np.int64]:
    """Places in RISK_LEVELS, shape (rows,)."""
    elevated = (out["failure_probability"] >= threshold * ELEVATED_SHARE).to_numpy()
    cases = {DOWN: down, SILENT: silent, HIGH: out["alert"].to_numpy(), ELEVATED: elevated}
    return np.select(list(cases.values()), [*map(RISK_LEVELS.index, cases)], RISK_LEVELS.index(NORMAL))


def level_of(probability: float, threshold: float) -> str:
    """The risk level of one machine that is neither silent nor down."""
    if probability >= threshold:
        return HIGH
    return ELEVATED if probability >= threshold * ELEVATED_SHARE else NORMAL


def _actions(
    out: pd.DataFrame, levels: NDArray[np.int64], economics: Economics, fleet: Fleet, down: DownMachines
) -> NDArray[np.object_]:
    advice = _words([ADVICE[level] for level in RISK_LEVELS])[levels]
    for at in np.flatnonzero(levels == RISK_LEVELS.index(HIGH)):
        row = out.iloc[at]
        component, hours = row["predicted_component"], row["horizon_hours"]
        advice[at] = advised_visit(float(row["failure_probability"]), component, hours, economics, fleet)
    machines = out["machine_id"].to_numpy()
    for at in np.flatnonzero(levels == RISK_LEVELS.index(DOWN)):
        advice[at] = down[machines[at]].advice(fleet)
    return advice


def advised_visit(probability: float, component: str, hours: int, economics: Economics, fleet: Fleet) -> str:
    """What to do within `hours` about a machine that is alerted."""
    cheapest = cheapest_action(probability, economics)
    # An alert below the break-even of waiting would advise nothing; somebody should still look.
    words = VISITS.get(cheapest, VISITS["inspect"])
    return words.format(component=fleet.component_label(component), hours=hours)


def _reasons(
    out: pd.DataFrame, evidence: Evidence | None, model: Model, fleet: Fleet, scoring: ScoringSettings
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """The reasons of every alert and of each night's highest risks as text and as JSON, None for the others."""
    texts, records = (np.full(len(out), None, dtype=object) for _ in range(2))
    if evidence is None:
        return texts, records
    told = out["alert"].to_numpy().copy()
    probabilities, machines = (out[name].to_numpy() for name in ("failure_probability", "machine_id"))
    for at in out.groupby("as_of").indices.values():
        told[at[_highest(probabilities[at], machines[at], scoring.reasons_top_n)]] = True
    if told.any():
        found = reasons(model, evidence(told), fleet, scoring.reasons_per_machine)
        texts[told], records[told] = [*map(reasons_as_text, found)], [*map(reasons_as_json, found)]
    return texts, records


def _highest(probabilities: NDArray[np.float64], machines: NDArray[np.object_], count: int) -> NDArray[np.int64]:
    """Where the `count` highest of (n,) probabilities stand; equal ones by machine name, NaN is none of them."""
    known = np.flatnonzero(~np.isnan(probabilities))
    if len(known) > count:
        least = np.partition(probabilities[known], -count)[-count]
        known = known[probabilities[known] >= least]
    return known[np.lexsort((machines[known].astype(str), -probabilities[known]))][:count]


def _words(words: Sequence[str | None]) -> NDArray[np.object_]:
    return np.array(words, dtype=object)
