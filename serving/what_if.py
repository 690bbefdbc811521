"""What-if: the champion's answer to rows that may never have been, by the very code that scores a night."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches

import numpy as np
import pandas as pd

from ml.explain.reasons import reasons
from ml.mart.columns import ANY
from ml.mart.silence import reading_counts
from ml.models.few_rows import FeatureValue
from ml.models.windows import REMAINING
from ml.scoring.few_rows import RowAnswer, no_readings, score_few
from serving.champion import Champion
from serving.front import Snapshot
from serving.night_rows import NightRows
from serving.problems import Problem
from serving.schemas.asked import Cell, WhatIf, WhatIfAnswers, WhatIfQuestion
from serving.schemas.records import RemainingHours, ToldReason
from settings import Settings

MACHINE_COLUMN = "machine_id"  # a row may say whose it is
WORD_COLUMNS = (MACHINE_COLUMN, "model")  # in every mart, whether a model reads them or not
NOTHING_TO_ASK = (
    "No model scores yet, so there is nothing to ask: `make train` trains one once enough failures are on record."
)
MOST_NAMED = 5


def answer_question(question: WhatIfQuestion, snapshot: Snapshot) -> WhatIfAnswers:
    """Answer. Raises Problem for an unknown machine or feature, and where no model can answer."""
    champion = able_champion(snapshot)
    if question.machine is not None:
        rows, silent, evidence = _machine_row(question, champion, snapshot)
        machines: list[str | None] = [question.machine]
        as_of = snapshot.last_night
    else:
        given = question.rows or []
        rows = [_feature_values(row, champion, snapshot.columns_read) for row in given]
        silent = [no_readings(row, snapshot.settings) for row in given]
        machines = [None if (name := row.get(MACHINE_COLUMN)) is None else str(name) for row in given]
        evidence, as_of = given, None
    answers = score_few(rows, silent, champion.model, snapshot.settings)
    told = _reasons(evidence, as_of, champion, snapshot.settings) if question.reasons else [[] for _ in answers]
    return WhatIfAnswers(
        model_name=champion.version.name,
        model_version=champion.version.version,
        as_of=as_of,
        horizon_hours=champion.model.card.horizon_hours,
        predictions=[_what_if(*each) for each in zip(machines, answers, told, strict=True)],
    )


def able_champion(snapshot: Snapshot) -> Champion:
    """The champion. Raises Problem where there is none, or where the vars have changed since it was trained."""
    if snapshot.champion is None:
        raise Problem(503, NOTHING_TO_ASK)
    if snapshot.misfit and snapshot.published is not None:
        named = ", ".join(snapshot.misfit[:MOST_NAMED])
        told = f"Version {snapshot.champion.version.version} needs {named}, which the mart lacks: run `make train`."
        raise Problem(503, told)
    return snapshot.champion


def sample_question(snapshot: Snapshot, machine: str | None) -> WhatIfQuestion:
    """A question to begin with: the last night's row of a machine, by default of the one with the highest risk."""
    champion, night = able_champion(snapshot), _night(snapshot)
    place = _place(night, machine) if machine is not None else _riskiest(night, champion, snapshot)
    row = night.row(place)
    named: dict[str, Cell] = {MACHINE_COLUMN: str(night.frame[MACHINE_COLUMN].iloc[place])}
    return WhatIfQuestion(
        rows=[named | {name: row[name] for name in row if name in snapshot.columns_read}], reasons=False
    )


def check_columns(columns: Sequence[str], champion: Champion) -> None:
    """Raise Problem for columns that the champion needs and does not find; others are let be."""
    if lacking := [name for name in champion.model.card.features if name not in columns]:
        raise Problem(422, _lacking(lacking, columns))


def _machine_row(
    question: WhatIfQuestion, champion: Champion, snapshot: Snapshot
) -> tuple[list[list[FeatureValue]], list[bool], list[dict[str, Cell]]]:
    night = _night(snapshot)
    place = _place(night, str(question.machine))
    features = champion.model.card.features
    values = night.values(place)
    known = night.frame.columns
    for name, value in question.changes.items():
        if name not in known:
            raise Problem(422, _unknown(name, [*known]))
        _require_kind(name, value, champion)
        if name in features:
            values[features.index(name)] = value
    row = night.row(place) | question.changes if question.reasons else {}
    counts = reading_counts(snapshot.settings.fleet, snapshot.settings.workspace.scoring)
    silent = bool(night.silent[place])
    if any(name in question.changes for name in counts):
        silent = no_readings(night.row(place) | question.changes, snapshot.settings)
    return [values], [silent], [row]


def _night(snapshot: Snapshot) -> NightRows:
    if snapshot.night_rows is None:
        raise Problem(503, "No night is published whose rows could be changed: run `make night`.")
    return snapshot.night_rows


def _place(night: NightRows, machine: str) -> int:
    if machine not in night.places:
        raise Problem(404, f"The night of {night.as_of:%Y-%m-%d} has no machine {machine!r}.")
    return night.places[machine]


def _riskiest(night: NightRows, champion: Champion, snapshot: Snapshot) -> int:
    if not len(night.frame):
        raise Problem(503, "The last night has no machine.")
    risks = champion.model.probabilities(night.frame)[ANY].to_numpy()
    return int(np.argmax(np.where(night.silent, -1.0, risks)))


def _feature_values(row: Mapping[str, Cell], champion: Champion, read: Collection[str]) -> list[FeatureValue]:
    features = champion.model.card.features
    if lacking := [name for name in features if name not in row]:
        raise Problem(422, _lacking(lacking, [*row]))
    for name, value in row.items():
        if name in read:
            _require_kind(name, value, champion)
    return [row[name] for name in features]


def _require_kind(name: str, value: Cell, champion: Champion) -> None:
    if isinstance(value, str) and name not in champion.model.card.categorical and name not in WORD_COLUMNS:
        raise Problem(422, f"{name} is a number, and {value[:50]!r} is none.")


def _lacking(lacking: Sequence[str], given: Sequence[str]) -> str:
    more = f" and {len(lacking) - MOST_NAMED} more" if len(lacking) > MOST_NAMED else ""
    near = get_close_matches(lacking[0], given, 1)
    hint = f" (is {near[0]} meant for {lacking[0]}?)" if near else ""
    named = ", ".join(lacking[:MOST_NAMED])
    return f"The rows lack {named}{more}{hint}: /predict/sample has a whole row; null is for what is not known."


def _unknown(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"There is no feature {name[:100]!r}" + (f": is {near[0]} meant?" if near else "; /model names them all.")


def _reasons(
    evidence: Sequence[Mapping[str, Cell]], as_of: datetime | None, champion: Champion, settings: Settings
) -> list[list[ToldReason]]:
    """`as_of` dates the errors and replacements of the rows; where it is None they are told by hours."""
    frame = pd.DataFrame([*evidence]).assign(as_of=pd.Timestamp(as_of) if as_of else None)
    for name in ("model", "age"):  # quoted, be they features or not
        if name not in frame:
            frame[name] = None
    numbers = [name for name in champion.model.card.features if name not in champion.model.card.categorical]
    frame[numbers] = frame[numbers].astype("float64")
    found = reasons(champion.model, frame, settings.fleet, settings.workspace.scoring.reasons_per_machine)
    return [[ToldReason.model_validate(vars(reason)) for reason in row] for row in found]


def _what_if(machine: str | None, answer: RowAnswer, told: list[ToldReason]) -> WhatIf:
    low, median, high = (answer.remaining[name] for name in REMAINING)
    return WhatIf(
        machine_id=machine,
        failure_probability=answer.failure_probability,
        component_probabilities=dict(answer.components),
        further_horizons={str(hours): value for hours, value in answer.further.items()},
        remaining_hours=None if low is None and high is None else RemainingHours(low=low, median=median, high=high),
        predicted_component=answer.predicted_component,
        alert=answer.alert,
        risk_level=answer.risk_level,
        recommended_action=answer.recommended_action,
        reasons=told,
    )
