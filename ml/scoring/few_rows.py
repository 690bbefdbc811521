"""What a night would say of a few rows, one by one: `score` without its frames, for whoever asks about one machine.

A row's answer depends on no other row, so that it is the night's own wherever the row is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ml.mart.columns import ANY
from ml.mart.silence import reading_counts
from ml.models.few_rows import FeatureValue, FewAnswers, answer_few
from ml.models.model import Model
from ml.models.windows import REMAINING
from ml.scoring.contract import HIGH, SILENT
from ml.scoring.score import ADVICE, advised_visit, level_of
from settings import Settings


@dataclass(frozen=True)
class RowAnswer:
    """An answer as `predictions` has it; None where it says nothing, as of a silent machine.

    Probabilities by component and by further horizon (hours); `remaining` by the columns REMAINING.
    """

    failure_probability: float | None
    components: Mapping[str, float | None]
    further: Mapping[int, float | None]
    remaining: Mapping[str, float | None]
    predicted_component: str | None
    alert: bool
    risk_level: str
    recommended_action: str


def score_few(
    rows: Sequence[Sequence[FeatureValue]], silent: Sequence[bool], model: Model, settings: Settings
) -> list[RowAnswer]:
    """Answer `rows`, each the values of the model's features in their order; none of their machines is down.

    `silent` says of which rows nothing is known: see `no_readings`.
    """
    answers = answer_few(model, rows)
    return [_row_answer(answers, at, quiet, model, settings) for at, quiet in enumerate(silent)]


def no_readings(row: Mapping[str, FeatureValue], settings: Settings) -> bool:
    """Whether a row of the mart says that its machine is silent; one without counts of readings does not."""
    counts = [row[name] for name in reading_counts(settings.fleet, settings.workspace.scoring) if name in row]
    known = (float(count) for count in counts if count is not None)
    return bool(counts) and sum(count for count in known if not math.isnan(count)) == 0


def _row_answer(answers: FewAnswers, at: int, silent: bool, model: Model, settings: Settings) -> RowAnswer:
    fleet = settings.fleet
    components = {name: float(answers.targets[name][at]) for name in fleet.components}
    further = {
        hours: float(answers.further[hours][at]) if hours in answers.further else None
        for hours in fleet.further_horizons
    }
    if silent:
        nothing = dict.fromkeys(REMAINING)
        return RowAnswer(
            None, dict.fromkeys(components), dict.fromkeys(further), nothing, None, False, SILENT, ADVICE[SILENT] or ""
        )
    probability = float(answers.targets[ANY][at])
    component = max(components, key=lambda name: components[name])
    level = level_of(probability, model.card.threshold)
    hours = model.card.horizon_hours
    return RowAnswer(
        failure_probability=probability,
        components=components,
        further=further,
        remaining={name: _known(float(answers.remaining[name][at])) for name in REMAINING},
        predicted_component=component,
        alert=level == HIGH,
        risk_level=level,
        recommended_action=ADVICE[level]
        or advised_visit(probability, component, hours, settings.workspace.economics, fleet),
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
