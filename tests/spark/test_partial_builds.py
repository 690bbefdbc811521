"""On Spark too, a part is no finished build, and a home keeps what its rows mean, whatever words it holds."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.dbt.deliveries import daily
from tests.dbt.fleets import make_fleet
from tests.dbt.golden import SHORT
from tests.spark.spark_kit import SparkNightshift

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark
WORDS = ['it\'s \\ "gone"', "gone"]
OTHER = """
    insert into state.finished_builds
    select from_us, built_until, last_file_id, known_until, restated_from_us, build_number + 1,
        replace(meaning, '"horizon_hours": 24', '"horizon_hours": 36')
    from state.finished_builds where build_number = 2
"""


@pytest.mark.slow
def test_parts_and_meaning(session: "SparkSession", tmp_path: Path) -> None:
    night = SparkNightshift(session, tmp_path, {**SHORT, "restate_days": 1, "removed_words": WORDS})
    first, *others = daily(make_fleet([[], [15, 19]], hours=120, seed=4), 0, seed=1).values()
    night.land(first)
    night.build()
    night.land({name: rows for files in others for name, rows in files.items()})
    for part in ("path:dbt_project/models/staging", "fleet_clock", "feature_mart"):
        night.dbt("run", "--select", part)
    assert len(night.rows("select * from state.finished_builds")) == 1
    assert len(night.rows("select * from state.begun_builds where finished_before = 1")) == 3
    night.build()
    days = night.rows("select cast(as_of as date) as day, count(*) as n from main.feature_mart group by 1")
    spine = night.rows("select cast(as_of as date) as day, count(*) as n from main.spine group by 1")
    assert sorted(map(str, days)) == sorted(map(str, spine))
    assert len(days) == 6
    with pytest.raises(AssertionError, match="--empty would leave tables"):
        night.dbt("run", "--select", "+feature_mart", "--empty")
    session.sql(OTHER)
    with pytest.raises(AssertionError, match=r"horizon_hours: 36 -> 24\. Set it back, or build all"):
        night.build()
