"""The page's order is the table's: what loses most if nobody goes comes first, and equals by name."""

import duckdb
import numpy as np
import pandas as pd

from delivery.pages.morning.card import cards_of
from settings import Settings
from tests.dbt.compiled import create_views
from tests.delivery.pages.morning.test_page import AS_OF, COSTS


def test_the_page_and_the_table_have_one_order(settings: Settings) -> None:
    rng = np.random.default_rng(3)
    machines = [f"m{number}" for number in range(60)]
    answers = pd.DataFrame(
        {
            "machine_id": rng.permutation(machines), "as_of": AS_OF,
            "failure_probability": rng.choice([0.9, 0.5, 0.08, 0.01, np.nan], 60), "predicted_component": "comp1",
            "alert": False, "risk_level": "normal", "distance_from_normal": np.nan,
        }
    )  # fmt: skip
    # Two models' answers of one night: an alert may be less likely than what the other does not alert.
    answers["alert"] = (answers["failure_probability"] >= 0.5) | (rng.random(60) < 0.1) & answers[
        "failure_probability"
    ].notna()
    with duckdb.connect() as con:
        con.register("rows_of_it", answers)
        con.execute("create table nightly_answers as from rows_of_it")
        con.execute("create table stg_machines (machine_id varchar, model varchar, age integer)")
        create_views(con, "fleet_risk_today")
        table = [row[0] for row in con.execute("select machine_id from fleet_risk_today order by risk_rank").fetchall()]
    for _ in range(2):
        told = cards_of(answers, settings.fleet, 0.8, COSTS)
        assert [card.machine for card in told] == table
        answers = answers.sample(frac=1, random_state=1)
    equal = [card.machine for card in told if card.risk == "1 %" and not card.alert]
    assert equal == sorted(equal)
    assert len(equal) > 5
