"""Real work orders with fleets/chillers, from files to predictions; they lie beside the project, and are not of it.

The orders come without readings: those are made here, of the machines that the orders name, and warn of each corrective
order. So the orders prove the landing, the code table and the labels; the model proves only that nothing stops it.
"""

import csv
import random
import shutil
from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from settings import ROOT
from tests.fleets.morning import Morning, answered_by_a_model, made

ORDERS = ROOT / "../shared/data/work_orders/work_orders.csv"
CODES = ROOT / "fleets/chillers/codes.csv"
BEGIN, END, STEP, ONSET = datetime(2017, 1, 1), datetime(2018, 12, 31), timedelta(hours=6), timedelta(hours=96)
LEVELS = {
    "supply_temp": (6.5, 0.2, 3),
    "power": (310, 8, 70),
    "vibration": (2.0, 0.15, 3),
}  # level, noise, wear
WARNS = {"refrigerant": "supply_temp", "condenser": "power", "compressor": "vibration", "controls": "supply_temp"}
pytestmark = pytest.mark.xdist_group("work_orders")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    if not ORDERS.exists():
        pytest.skip(f"the work orders do not lie at {ORDERS}")
    folder = tmp_path_factory.mktemp("orders")
    drops = folder / "files"
    drops.mkdir()
    shutil.copy(ORDERS, drops)
    (drops / "readings.csv").write_text(_readings(), encoding="utf-8")
    return made("chillers", folder, drops)


def _readings() -> str:
    """Of the years with most corrective orders; the sensor of an order's component moves for days before it."""
    due = defaultdict[str, list[tuple[datetime, str]]](list)
    with CODES.open(encoding="utf-8") as table, ORDERS.open(encoding="utf-8") as orders:
        codes = {row["code"]: row for row in csv.DictReader(table)}
        for order in csv.DictReader(orders):
            code = codes[order["primary_code"]]
            ends = due[order["equipment_id"]]
            if code["kind"] == "corrective":
                finished = datetime.strptime(order["actual_finish"], "%m/%d/%y %H:%M")
                ends.append((finished, WARNS[code["component"]]))
    lines, chance = [",".join(["time", "equipment_id", *LEVELS])], random.Random(1)
    for step in range((END - BEGIN) // STEP):
        at = BEGIN + step * STEP
        for machine, ends in due.items():
            worn = {sensor: 1 - (end - at) / ONSET for end, sensor in ends if at < end <= at + ONSET}
            cells = [f"{chance.gauss(level + far * worn.get(name, 0), noise):.2f}"
                     for name, (level, noise, far) in LEVELS.items()]  # fmt: skip
            lines.append(",".join([str(at), machine, *cells]))
    return "\n".join(lines) + "\n"


def test_every_order_is_a_failure_or_maintenance_or_is_left_out_by_its_code(night: Morning) -> None:
    """Of 4,249 orders 2,380 name no component (routine above all), and 44 repeat another of the same moment."""
    assert (len(night.landing.refused), sum(night.landing.rejected.values())) == (0, 44)
    assert night.rows("select distinct left(reason, 12) from raw.rejected") == [("repeats line",)]
    assert not any("the lookup does not know" in line for line in night.landing.lines()), "a code that the table lacks"
    assert night.rows("select component, count(*) from stg_failures group by all order by all") == [
        ("compressor", 8), ("condenser", 34), ("controls", 54), ("refrigerant", 26)
    ]  # fmt: skip
    assert night.rows("select count(*), min(event_at)::text, max(event_at)::text from stg_replacements") == [
        (1703, "2010-06-22 14:12:00", "2023-10-12 14:30:00")
    ]
    failing = "select count(distinct machine_id), count(*) filter (where fails_any = 1) > 100 from feature_mart"
    assert night.rows(failing) == [(11, True)]


def test_a_model_learns_from_them_and_answers_with_probabilities(night: Morning) -> None:
    outcome = answered_by_a_model(night, fold_nights=150)
    said = (
        "select count(distinct machine_id), count(failure_probability) > 0, count(controls_probability) > 0 "
        f"from ml.prediction_log where model_version = '{outcome.champion.version}' and risk_level <> 'down'"
    )
    assert night.rows(said) == [(11, True, True)]
