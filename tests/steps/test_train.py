"""Training as a step, on a small mart and a real registry: who is held against whom, and on which nights."""

from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from ml.evaluation.decision import CHALLENGER, CHAMPION, REFERENCE, Decision
from ml.mart.columns import MartColumns
from ml.mart.silence import reading_counts
from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.registry.registry import registry
from ml.training.data import HeldOutData, TrainingData
from ml.training.time_split import TimeSplit
from ml.training.train import Trained
from settings import Settings
from steps import train as train_step
from steps.train import train_challenger
from tests.conftest import KNOWN


def test_a_challenger_is_judged_on_nights_that_neither_it_nor_the_champion_has_seen(home: Settings) -> None:
    """The second training is asked for a week before the first one's end: its own held-out nights begin earlier."""
    first = train_challenger(home)
    assert first.decision is not None
    assert first.champion == first.version
    second = train_challenger(home, KNOWN - timedelta(days=7), "on request")
    assert second.trained is not None
    assert second.decision is not None
    champion, _ = registry(home).champion()
    assert second.trained.model.cutoff < champion.cutoff, "else this shows nothing"
    assert datetime.fromisoformat(second.decision.held_out_from) > champion.cutoff
    assert datetime.fromisoformat(first.decision.held_out_from) > champion.cutoff
    assert set(second.decision.figures) >= {CHALLENGER, CHAMPION}
    with duckdb.connect(str(home.paths.warehouse), read_only=True) as con:
        told = con.execute(
            "select model_version, trigger, reference, becomes_reference from ml.promotions order by 1"
        ).fetchall()
    assert told[0] == ("1", "asked for", None, True)
    assert told[1][:3] == ("2", "on request", "1")
    again = train_challenger(home)
    assert again.trained is None, "the same rows and settings: the earlier verdict stands"
    assert again.version == first.version


@pytest.fixture
def judged(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, split: TimeSplit, settings: Settings
) -> tuple[TrainingData, HeldOutData]:
    grid = mart[mart["as_of"] > split.holdout_start]
    failing = grid[(grid["fails_any"] == 1) & (grid["as_of"].dt.hour == settings.fleet.scoring_hour)]
    failures = failing[["machine_id"]].assign(component="comp1", failed_at=failing["as_of"] + pd.Timedelta(hours=9))
    earlier = nightly[nightly["as_of"] <= split.train_end]
    return TrainingData(mart, earlier, columns, split), HeldOutData(grid, failures, settings.fleet.scoring_hour)


def at_the_gate(
    trained: Trained, judged: tuple[TrainingData, HeldOutData], settings: Settings, rivals: dict[str, Model]
) -> Decision:
    named = {name: (model, ModelVersion("nightshift", str(at))) for at, (name, model) in enumerate(rivals.items(), 1)}
    return train_step._at_the_gate(trained, named, *judged, settings)


def blind(model: Model, *more: str) -> Model:
    """A model that knows less, and may ask for columns that no mart has."""
    card = replace(model.card, features=(*model.card.features, *more), threshold=0.9)
    never = {target: replace(fit, offset=-9.0) for target, fit in card.calibrators.items()}
    return Model(model.boosters, replace(card, calibrators=never))


def test_whom_the_mart_cannot_ask_is_no_rival(
    trained: Trained, judged: tuple[TrainingData, HeldOutData], settings: Settings
) -> None:
    """Neither of them; the reference alone, whose place the champion takes; the champion alone."""
    here, gone = blind(trained.model), blind(trained.model, "oil_shift_24h")
    neither = at_the_gate(trained, judged, settings, {CHAMPION: gone, REFERENCE: gone})
    assert neither.promoted
    assert neither.becomes_reference
    assert "the champion cannot score this mart any more" in neither.reason
    left = at_the_gate(trained, judged, settings, {CHAMPION: here, REFERENCE: gone})
    assert (set(left.compared), left.reference) == ({CHAMPION}, "1")
    other = at_the_gate(trained, judged, settings, {CHAMPION: gone, REFERENCE: here})
    assert (set(other.compared), other.reference) == ({REFERENCE}, "2")


def test_the_gate_sees_silent_machines_as_a_night_does(
    trained: Trained, judged: tuple[TrainingData, HeldOutData], settings: Settings
) -> None:
    data, held_out = judged
    speaking = at_the_gate(trained, judged, settings, {})
    failing = held_out.failures["machine_id"].iloc[0]
    counts = reading_counts(settings.fleet, settings.workspace.scoring)
    grid = held_out.grid.copy()
    grid.loc[grid["machine_id"] == failing, counts] = np.nan
    quiet = at_the_gate(trained, (data, replace(held_out, grid=grid)), settings, {})
    assert quiet.figures[CHALLENGER]["recall"] < speaking.figures[CHALLENGER]["recall"]
    assert quiet.figures[CHALLENGER]["failures"] == speaking.figures[CHALLENGER]["failures"]
