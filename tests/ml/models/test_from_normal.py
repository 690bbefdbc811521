"""The score of a fleet without labels: what moves it, what cannot, and that one sensor gone mad is only one sensor."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ml.evaluation.naive_rules import RULES
from ml.models.from_normal import CLIP, Distances, compared_columns, distance_from_normal
from ml.scoring.from_normal import answer_from_normal
from settings import Fleet, Settings, load_settings

NIGHT = datetime(2025, 3, 1, 6)
MACHINES = 11
LOADED = load_settings(env={})
FLEET = LOADED.fleet
HIGHEST = CLIP / np.sqrt(2)
SUBJECTS = st.lists(st.floats(0, 99), min_size=2, max_size=8)


def overall(far: list[float]) -> float:
    table = np.array([far])
    return float(Distances(tuple(map(str, far)), table, np.zeros(table.shape, dtype=int)).overall[0])


def night(seed: int = 3, fleet: Fleet = FLEET) -> pd.DataFrame:
    """A quiet night: shifts of a third of an sd, levels about 170, no error."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"machine_id": [f"m{n}" for n in range(MACHINES)], "as_of": NIGHT})
    for name in compared_columns(fleet):
        spread = 0.3 if "_shift_" in name else 0.0 if "_count_" in name else 3.0
        rows[name] = rng.normal(0 if spread < 1 else 170, spread, MACHINES)
    return rows


def moved(rows: pd.DataFrame, machine: int, sensor: str, by: float) -> pd.DataFrame:
    """That machine's shifts of a sensor, moved in every window away from 0 and from the fleet's middle."""
    names = [name for name in rows if str(name).startswith(f"{sensor}_shift_")]
    found = rows.copy()
    found.loc[machine, names] = rows[names].abs().max().max() + by
    return found


def test_the_formula_as_it_is_stated() -> None:
    assert overall([3.0, 4.0, 1.0]) == pytest.approx(np.sqrt((9 + 16) / 2))
    assert overall([99.0, 0.0]) == pytest.approx(HIGHEST)
    assert overall([5.0]) == pytest.approx(5.0), "a fleet with one subject alone"
    assert overall([99.0, 99.0, 99.0]) == pytest.approx(CLIP)


@given(SUBJECTS, st.data())
def test_no_subject_that_moves_farther_brings_its_machine_nearer(far: list[float], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(far) - 1))
    farther = [*far[:at], far[at] + data.draw(st.floats(0, 50)), *far[at + 1 :]]
    assert overall(farther) >= overall(far)
    assert overall(farther) <= CLIP


@given(SUBJECTS, st.floats(CLIP, 1e300))
def test_beyond_the_clip_a_subject_says_no_more(far: list[float], mad: float) -> None:
    assert overall([*far, mad]) == overall([*far, CLIP])
    assert overall([0.0, mad]) <= overall([HIGHEST, HIGHEST]), "two that are really off stand before one gone mad"


@examples(max_examples=40)
@given(st.sampled_from(sorted(FLEET.sensors)), st.floats(0, 20), st.floats(0, 20), st.integers(0, MACHINES - 1))
def test_the_farther_a_shift_the_farther_its_machine(sensor: str, one: float, more: float, machine: int) -> None:
    rows = night()
    near = distance_from_normal(moved(rows, machine, sensor, one), FLEET)[machine]
    far = distance_from_normal(moved(rows, machine, sensor, one + more), FLEET)[machine]
    assert far >= near * (1 - 1e-12)


@examples(max_examples=40)
@given(st.floats(1e3, 1e12), st.integers(0, MACHINES - 1), st.booleans())
def test_a_sensor_gone_mad_moves_its_machine_so_far_and_the_others_hardly(
    reading: float, machine: int, below: bool
) -> None:
    rows = night()
    clean = distance_from_normal(rows, FLEET)
    mad = distance_from_normal(moved(rows, machine, "volt", -2 * reading if below else reading), FLEET)
    assert mad[machine] == pytest.approx(np.sqrt((CLIP**2 + _second(rows, machine) ** 2) / 2)), (
        "whatever it reads: the clip, and what the machine's other subjects say"
    )
    others = np.arange(MACHINES) != machine
    assert np.abs(mad - clean)[others].max() < 1.5, "one machine moves a median and a deviation by a place at most"


def _second(rows: pd.DataFrame, machine: int) -> float:
    """The farthest of the machine's subjects but volt."""
    quiet = rows.assign(**{name: np.nan for name in map(str, rows) if name.startswith("volt_")})
    both = np.sqrt(2) * distance_from_normal(quiet, FLEET)[machine]
    third = sorted(_each(quiet, machine))[-2]
    return float(np.sqrt(max(both**2 - third**2, 0)))


def _each(rows: pd.DataFrame, machine: int) -> list[float]:
    from ml.models.from_normal import distances  # noqa: PLC0415

    return [float(one) for one in distances(rows, np.zeros(len(rows), bool), FLEET).far[machine]]


@examples(max_examples=30)
@given(st.lists(st.integers(0, 200), max_size=60, unique=True), st.integers(0, 5))
def test_what_is_unknown_is_no_distance(holes: list[int], seed: int) -> None:
    """Whatever cells are NULL, every machine has a distance, and a machine without any reading and error has none."""
    rows = night(seed)
    names = compared_columns(FLEET)
    for hole in holes:
        rows.loc[hole % MACHINES, names[hole % len(names)]] = np.nan
    rows.loc[0, names] = np.nan
    found = distance_from_normal(rows, FLEET)
    assert np.isfinite(found).all()
    assert found[0] == 0


def test_a_shift_that_is_unknown_is_the_level_against_the_fleet() -> None:
    rows = night()
    rows.loc[4, [name for name in rows if "_shift_" in str(name)]] = np.nan
    rows.loc[4, [name for name in rows if str(name).startswith(("volt_mean_", "rotate_mean_"))]] = 300.0
    assert distance_from_normal(rows, FLEET).argmax() == 4


def test_each_night_is_compared_with_itself() -> None:
    """A fleet that moves as one from night to night is nobody's distance, however far apart the nights."""
    first, second = night(1), night(2).assign(as_of=datetime(2025, 3, 2, 6))
    alone = np.concatenate([distance_from_normal(first, FLEET), distance_from_normal(second, FLEET)])
    mixed = pd.concat([first, second], ignore_index=True).sample(frac=1, random_state=1)
    found = pd.Series(distance_from_normal(mixed, FLEET), index=mixed.index).sort_index()
    assert np.array_equal(found.to_numpy(), alone)


def test_the_rival_of_the_leaderboard_is_the_mornings_ranking(settings: Settings) -> None:
    rows = moved(night(), 6, "volt", 2.0)
    counts = {f"{sensor}_n_12h": 12.0 for sensor in settings.fleet.sensors}
    counted = rows.assign(**counts, **{name.replace("12h", "24h"): 24.0 for name in counts})
    morning = answer_from_normal(counted, settings, NIGHT)["distance_from_normal"].to_numpy()
    assert np.array_equal(morning, RULES["rule:distance_from_normal"](counted, settings.fleet))


def test_a_newcomer_is_held_against_the_fleet_within_regimes_where_they_are_told() -> None:
    fleet = Fleet.model_validate(FLEET.model_dump() | {"regimes": {"rotate": [400.0, 450.0]}})
    names = set(compared_columns(fleet))
    assert {"volt_like_mean_24h", "rotate_mean_24h"} <= names
    assert not {"volt_mean_24h", "rotate_like_mean_24h"} & names
    rows = night(fleet=fleet)
    rows.loc[4, [name for name in rows if "_shift_" in str(name)]] = np.nan
    rows.loc[4, "volt_like_mean_24h"] = 1000.0
    assert distance_from_normal(rows, fleet).argmax() == 4
