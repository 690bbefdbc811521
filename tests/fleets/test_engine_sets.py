"""The sets that engines are measured on: apart, or the test set's engines behind the others in one fleet."""

from pathlib import Path

import pandas as pd
import pytest

from tests.benchmarks.engine_sets import engine_sets


@pytest.fixture
def train(tmp_path: Path) -> Path:
    pd.DataFrame({"unit": [1, 1, 2], "cycle": [1, 2, 1]}).to_csv(tmp_path / "train_X.csv", index=False)
    pd.DataFrame({"unit": [1, 2, 2], "cycle": [1, 1, 2]}).to_csv(tmp_path / "test_X.csv", index=False)
    pd.DataFrame({"unit": [1, 2], "RUL": [50, 7]}).to_csv(tmp_path / "RUL_X.csv", index=False)
    return tmp_path / "train_X.csv"


def test_apart_each_set_is_a_fleet_of_its_own(train: Path, tmp_path: Path) -> None:
    sets = engine_sets(train, False, tmp_path / "home")
    assert (sets.learn, sets.ask) == (train, train.with_name("test_X.csv"))
    units = pd.Series([1, 2])
    assert (list(sets.learnt(units)), list(sets.asked(units))) == ([True, True], [True, True])
    assert sets.left.to_dict() == {1: 50, 2: 7}


def test_together_no_engine_is_taken_for_another(train: Path, tmp_path: Path) -> None:
    sets = engine_sets(train, True, tmp_path / "home")
    assert sets.learn == sets.ask
    both = pd.read_csv(sets.learn)
    assert list(zip(both["unit"], both["cycle"], strict=True)) == [(1, 1), (1, 2), (2, 1), (3, 1), (4, 1), (4, 2)]
    assert list(both["unit"][sets.learnt(both["unit"])]) == [1, 1, 2]
    assert list(both["unit"][sets.asked(both["unit"])]) == [3, 4, 4]
    assert sets.left.to_dict() == {3: 50, 4: 7}
