"""What is odd about the data: for each kind a tiny fleet that shows it, beside a clean one that shows nothing."""

import re
from datetime import timedelta

import duckdb
import pytest

from ingestion.findings import TELLING_SHARE, WHAT, FindingKind
from settings import ROOT
from tests.dbt.clean_fleet import CLEAN, FLEET, LONGEST, MODELS, START
from tests.dbt.compiled import create_views
from tests.dbt.macros import MACROS, macro
from tests.dbt.odd_fleets import NOT_RUNNING, ODD, UNWATCHED, found, spoil


def test_a_clean_fleet_has_nothing_odd(con: duckdb.DuckDBPyConnection) -> None:
    assert found(con) == set()


@pytest.mark.parametrize("case", ODD)
def test_each_kind_is_found_and_nothing_else(case: str, con: duckdb.DuckDBPyConnection) -> None:
    spoil(con, case)
    assert found(con) == ODD[case][1]


def test_every_kind_of_the_models_is_shown() -> None:
    shown = {kind for _, rows in ODD.values() for _, kind, _, _ in rows} | {NOT_RUNNING, UNWATCHED}
    assert set(kinds()) <= shown


def test_a_sensor_that_a_type_of_machines_never_sent_is_no_fault_of_its_files(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "insert into raw.landed_files values (5, 'telemetry', 'fans.csv', 480, 0, 0, timestamp '2025-02-01');"
        "update raw.telemetry set _file_id = 5 where machineID = '2';"
        "insert into raw.findings values (5, 'telemetry', 'fans.csv', 'column absent', 'volt', 480, '', 'add volt', "
        "'warning', 'rows came without this column', 'row came without it')"
    )
    lost = {("telemetry", "column absent", "warning", "volt")}
    assert found(con) == lost  # machine 2 has sent it before
    con.execute("update raw.telemetry set volt = null where machineID = '2'")
    assert found(con) == set()
    con.execute("update raw.telemetry set _file_id = 5 where machineID = '1' and datetime < timestamp '2025-01-02'")
    assert found(con) == lost


def kinds() -> dict[str, dict[str, str]]:
    found = macro("finding_kinds", FLEET)
    assert isinstance(found, dict)
    return found


def test_what_landing_and_the_models_both_find_has_one_name_and_one_wording() -> None:
    both = {kind for kind in FindingKind if kind in kinds()}
    assert both == {FindingKind.OUTSIDE_RANGE, FindingKind.MORE_THAN_DUE, FindingKind.UNKNOWN_MACHINE}
    assert {kind: (kinds()[kind]["what_one"], kinds()[kind]["what"]) for kind in both} == {
        kind: WHAT[kind] for kind in both
    }
    text = (MACROS / "finding_kinds.sql").read_text()
    assert re.search(r"macro telling_share\(\).*?return\(([\d.]+)\)", text)[1] == str(TELLING_SHARE)  # type: ignore[index]


def test_the_handbook_lists_every_kind() -> None:
    text = (ROOT / "docs/operations.md").read_text()
    listed = set(re.findall(r"^\| `([a-z -]+)` \|", text, re.MULTILINE))
    assert listed == {*kinds(), *map(str, FindingKind)}


def test_the_last_days_are_a_week() -> None:
    """The mart of CLEAN reaches over twenty days: a feature that came back is not told."""
    with duckdb.connect() as con:
        con.execute(CLEAN)
        create_views(con, *MODELS)
        last = START + timedelta(hours=479)
        con.execute(f"update feature_mart set {LONGEST} = null where as_of <= ?", [last - timedelta(days=6)])
        assert found(con) == set()
