"""Engines of longer lives than the sample's: from files to probabilities by a model that the gate has promoted."""

import pytest

from tests.fleets.morning import Morning, answered_by_a_model, made
from tests.fleets.samples.engines import sample

ENGINES, LIVES = 60, range(50, 80)
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("shipped")]  # the presses' model is tried every time


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    folder = tmp_path_factory.mktemp("engines")
    drops = folder / "files"
    drops.mkdir()
    for name, text in sample(ENGINES, LIVES).items():
        (drops / name).write_text(text)
    return made("engines", folder, drops)


def test_a_model_tells_worn_engines_from_new_ones(night: Morning) -> None:
    outcome = answered_by_a_model(night)
    assert outcome.champion == outcome.version
    assert outcome.trained
    said = (
        "select count(*), count(failure_probability), count(engine_probability), min(failure_probability) >= 0, "
        "max(failure_probability) <= 1, min(horizon_hours), count(reasons) > 0 from ml.prediction_log"
        f" where model_version = '{outcome.version.version}' and risk_level not in ('silent', 'down')"
    )
    [(rows, *found)] = night.rows(said)
    assert found == [rows, rows, True, True, 720, True]
    assert rows > 10
    told = (
        "select round(avg(failure_probability) filter (where fails_any = 1) - "
        "avg(failure_probability) filter (where fails_any = 0), 3) "
        "from ml.prediction_log join feature_mart using (machine_id, as_of) "
        f"where failure_probability is not null and as_of <= '{outcome.trained.split.holdout_end}'"
    )
    [(apart,)] = night.rows(told)
    assert apart > 0.2
