"""Every night keeps its own list, once; a command's head says what landed, also where nothing was built."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from settings import Settings
from steps.quality import LINES_TOLD, keep_findings, quality_lines, unknown_files
from warehouse.connection import connect

NIGHT = datetime(2025, 3, 2, 6)
DAY = timedelta(days=1)
FOUND = """select 'telemetry' as feed, 'outside range' as kind, 'warning' as severity, 'volt' as subject,
    n as occurrences, 0.5 as share, 'readings lie outside' as what, '' as example, 'widen it' as cure"""


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    paths = settings.paths.model_copy(update={"home": tmp_path})
    made = settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"paths": paths})})
    with connect(made.paths.warehouse) as con:
        con.execute("create schema raw")
        con.execute("create table raw.refused_files (feed varchar, file varchar, reason varchar)")
        con.execute("create table raw.landed_files as select 'a.csv' as file, 'f3' as sha256, "
                    "10 as rows, 2 as rejected, 0 as duplicates")  # fmt: skip
    return made


def built(home: Settings, findings: int, reached: datetime = NIGHT) -> None:
    with connect(home.paths.warehouse) as con:
        clock = "select ? as last_event_at, ? as known_until, ? as fresh_until"
        con.execute(f"create or replace table fleet_clock as {clock}", [reached] * 3)
        con.execute(f"create or replace table data_quality as {FOUND} from range(?::bigint) as r (n)", [findings])


def kept(home: Settings) -> dict[datetime, int]:
    with connect(home.paths.warehouse) as con:
        return dict(con.execute("select as_of, count(*) from ml.data_quality group by as_of order by as_of").fetchall())


def test_a_night_keeps_what_it_knew_once_and_a_cured_one_nothing(home: Settings) -> None:
    built(home, 3)
    assert len(keep_findings(home, [NIGHT - DAY, NIGHT])) == 3
    keep_findings(home, [NIGHT])
    assert kept(home) == {NIGHT: 3}
    built(home, 1, NIGHT + DAY)
    keep_findings(home, [NIGHT + DAY])
    assert kept(home) == {NIGHT: 3, NIGHT + DAY: 1}
    built(home, 0, NIGHT + DAY)
    assert keep_findings(home, [NIGHT + DAY]) == []
    assert kept(home) == {NIGHT: 3}


def test_a_night_of_the_past_keeps_what_it_knew(home: Settings) -> None:
    built(home, 1)
    keep_findings(home, [NIGHT])
    built(home, 3, NIGHT + 2 * DAY)
    assert len(keep_findings(home, [NIGHT])) == 1
    assert keep_findings(home, [NIGHT + DAY]) == []
    assert kept(home) == {NIGHT: 1}


def test_a_first_night_of_the_past_leaves_an_empty_list_to_publish(home: Settings) -> None:
    built(home, 3, NIGHT + 2 * DAY)
    assert keep_findings(home, [NIGHT]) == []
    assert kept(home) == {}


def test_a_night_beyond_the_data_keeps_too(home: Settings) -> None:
    built(home, 2, NIGHT - 5 * DAY)
    assert len(keep_findings(home, [NIGHT])) == 2
    with connect(home.paths.warehouse) as con:
        con.execute("update fleet_clock set last_event_at = null")
    assert len(keep_findings(home, [NIGHT])) == 2


def test_the_head_says_what_landed_and_what_is_odd(home: Settings) -> None:
    built(home, LINES_TOLD + 2)
    lines = quality_lines(home)
    assert lines[0] == "1 file has landed, 0 refused; 2 of 12 rows rejected"
    assert lines[-1] == "and 2 more: select * from data_quality"
    assert len(lines) == LINES_TOLD + 2


def test_before_a_build_the_head_says_what_landing_refused(home: Settings, tmp_path: Path) -> None:
    with connect(home.paths.warehouse) as con:
        con.execute("insert into raw.refused_files select 'errors', 'e', 'e lacks a column; add it.' from range(10)")
    built(home, 1)
    assert quality_lines(home, is_built=False) == [
        "1 file has landed, 10 refused; 2 of 12 rows rejected",
        *["REFUSED e lacks a column; add it."] * LINES_TOLD, "and 2 more refused",
    ]  # fmt: skip
    paths = home.paths.model_copy(update={"home": tmp_path / "none"})
    nowhere = home.model_copy(update={"workspace": home.workspace.model_copy(update={"paths": paths})})
    assert quality_lines(nowhere) == []


def test_files_that_landing_does_not_know_are_shown_the_way_to_intake(settings: Settings, tmp_path: Path) -> None:
    drops = tmp_path / "my drops"
    paths = settings.paths.model_copy(update={"drops": drops})
    mine = settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"paths": paths})})
    assert unknown_files(mine) == []
    drops.mkdir()
    (drops / "PdM_errors.csv").write_text("")
    assert unknown_files(mine) == []
    (drops / "scada_7.csv").write_text("")
    [told] = unknown_files(mine)
    assert told.startswith("NOTE 1 file is of no feed by their names: scada_7.csv; ")
    assert f"`make intake FOLDER='{drops}'`" in told
