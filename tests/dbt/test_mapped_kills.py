"""A mapped fleet whose landings and builds are killed at any moment and run again: the tables of a calm one."""

from pathlib import Path

import pytest

from tests.dbt.deliveries import daily
from tests.dbt.fleets import make_fleet
from tests.dbt.kills import at_any_moment
from tests.dbt.mapped import MappedFiles, delivered, mappable, mapped_vars
from tests.orchestration.kill_kit import differences


@pytest.mark.slow  # test_kills kills nights by default
@pytest.mark.parametrize(("hours", "kills"), [(48, 1), (96, 8)])
def test_killed_and_run_again(hours: int, kills: int, tmp_path: Path) -> None:
    drops = mappable(make_fleet([[], [10, 13, 30], [14, 29, 17], [33, 34, 19], [31, 26]], hours, seed=6))
    days = [delivered(files) for files in daily(drops, 1, seed=4).values()]
    first = {name: rows for day in days[:-1] for name, rows in day.items()}
    fleet_vars = mapped_vars(tmp_path, restate_days=1)
    calm, killed = at_any_moment(MappedFiles, tmp_path, fleet_vars, [first, days[-1]], kills, seed=kills)
    assert differences(calm, killed, {}) == []
