"""Landing, file by file: names, formats, refusals, idempotence, missing feeds, notes."""

import gzip
import random
import re
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import ingestion.store
from ingestion import LandingError
from ingestion.run import land
from settings import ROOT, Fleet
from tests.ingestion.landing_kit import MACHINES, ROW, TELEMETRY, Kit, fleet

TORN_GZIP = gzip.compress(random.Random(5).randbytes(99).hex().encode(), mtime=0)[:-12]
AZURE = Path(__file__).parents[2] / "../shared/data/azure_pdm"


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["telemetry.csv", "PDM_Telemetry_2025-01-03.CSV", "telemetry [a]*?.csv", 'telemetry\'; "x".csv', "telemetry=b.csv"],
)
def test_the_feed_is_known_by_the_name_and_the_name_is_no_pattern(kit: Kit, name: str) -> None:
    kit.drop("telemetry a-other-.csv", TELEMETRY)
    assert kit.landed(TELEMETRY + ROW, name).totals["telemetry"] == 1


def test_gzip_bom_and_windows_line_ends(kit: Kit) -> None:
    content = ("\ufeff" + TELEMETRY.upper() + ROW).replace("\n", "\r\n").encode()
    assert kit.landed(gzip.compress(content), "telemetry.csv.gz").rows["telemetry"] == 1


def test_other_files_are_named_and_hidden_or_unfinished_ones_are_not(kit: Kit) -> None:
    for name in ("readme.txt", ".hidden.csv", "telemetry2.csv.partial", "telemetry3.tmp"):
        kit.drop(name, "x")
    assert kit.landed(TELEMETRY + ROW).ignored == ("readme.txt",)


def test_machines_land_first_and_file_ids_follow(kit: Kit) -> None:
    kit.drop("PdM_errors.csv", "datetime,machineID,errorID\n2025-01-01 06:00:00,1,error1\n")
    kit.landed(TELEMETRY + ROW)
    files = kit.rows("select _file_id, feed, rows from raw.landed_files order by 1")
    assert files == [(1, "machines", 2), (2, "errors", 1), (3, "telemetry", 1)]


def test_the_same_content_is_landed_once_whatever_its_name(kit: Kit) -> None:
    kit.landed(TELEMETRY + ROW)
    kit.drop("telemetry_again.csv", TELEMETRY + ROW)
    summary = kit.land()
    assert not summary.landed
    assert len(summary.skipped) == 3
    assert kit.rows("select count(*) from raw.telemetry") == [(1,)]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "PdM_telemetry_2.csv",
            "datetime,machineID,oil\n2025-01-01 06:00:00,1,1\n",
            'PdM_telemetry_2.csv lacks the columns "volt", "rotate", "pressure", "vibration", which dbt_project.yml '
            "names as sensors; add at least one of them to the file or correct vars.sensors",
        ),
        ("errors.csv", "datetime,machineID\n", 'lacks the column "errorID"'),
        ("errors.csv", b"", "is empty (0 bytes)"),
        ("errors.csv", "2025-01-01 06:00:00,1,error1\n", "has no header line"),
        ("errors.csv", "datetime;machineID;errorID\n", "separated by commas"),
        ("errors.csv", "datetime,machineID,errorID\n2025-01-01,1,\xe9\n".encode("latin1"), "is not UTF-8"),
        ("errors.csv", b"\n\n", "first line must be datetime,machineID,errorID."),
        ("errors.csv.gz", b"datetime,machineID,errorID\n", "is plain text by its content: name it .csv, and drop"),
        ("errors.csv", TORN_GZIP, "is a csv.gz file by its content: name it .csv.gz"),
        ("errors.csv", b"PAR1 and more", "is a parquet file by its content: name it .parquet"),
        ("errors.csv", b"PK\x03\x04 and more", "is a zip archive: unpack it here"),
        ("errors.csv", b"PK\x03\x04 xl/workbook.xml", "is an Excel workbook: save each sheet as CSV"),
        ("errors.csv", b'{"datetime": 1}\n', "is JSON: export it as CSV or Parquet"),
        ("errors.csv.gz", gzip.compress(b'{"datetime": 1}\n', mtime=0), "is JSON: export it as CSV or Parquet"),
        ("errors.csv", b"<html>", "is XML or HTML"),
        ("errors.parquet", b"datetime,machineID,errorID\n", "is plain text by its content: name it .csv"),
        ("errors.csv.gz", TORN_GZIP, "is not a whole gzip file"),
        ("errors.parquet", b"PAR1 not really", "cannot be read as parquet"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_the_others_go_on(
    kit: Kit, name: str, content: str | bytes, sentence: str
) -> None:
    kit.drop(name, content)
    summary = kit.landed(TELEMETRY + ROW)
    assert len(summary.refused) == 1
    assert sentence in summary.refused[0]
    assert summary.totals == {"machines": 2, "telemetry": 1, "errors": 0, "maint": 0, "failures": 0, "feedback": 0}
    assert kit.rows("select count(*) from raw.landed_files where file = ?", name) == [(0,)]


def test_a_parquet_file_whose_cells_are_no_single_values_is_told_by_its_column(kit: Kit) -> None:
    row: dict[str, list[Any]] = {"datetime": ["2025-01-01 06:00:00"], "machineID": ["1"], "errorID": [["a", "b"]]}
    pq.write_table(pa.table(row), kit.drops / "errors.parquet")
    pq.write_table(pa.table({**row, "comp": ["c"], "FILE_row_number": [1]}), kit.drops / "maint.parquet")
    summary = kit.landed(TELEMETRY + ROW)
    nested, numbered = summary.refused
    assert 'errors.parquet has in its column "errorID" a list or a record in each row' in nested
    assert 'maint.parquet has a column "FILE_row_number"' in numbered
    assert "give it another name" in numbered


def test_files_that_are_left_aside_are_named_where_nothing_can_land(kit: Kit) -> None:
    kit.drop("PdM_telemetry.csv.zip", b"PK")
    with pytest.raises(LandingError, match=r"of no feed by their name and its ending: PdM_telemetry\.csv\.zip\."):
        kit.land()


def test_a_file_of_only_a_header_lands_no_rows(kit: Kit) -> None:
    summary = kit.landed(TELEMETRY)
    assert [file.rows for file in summary.landed] == [2, 0]
    assert not summary.refused


def test_extra_columns_are_ignored_and_named(kit: Kit) -> None:
    summary = kit.landed(TELEMETRY.replace("\n", ",colour\n") + ROW.replace("\n", ",red\n"))
    assert summary.totals["telemetry"] == 1
    assert any("colour" in note for note in summary.notes)


def test_telemetry_that_never_came_stops_the_landing(kit: Kit) -> None:
    with pytest.raises(LandingError, match=r"(?s)No telemetry file.*PdM_telemetry\.csv.*make intake FOLDER="):
        kit.land()
    assert kit.rows("select count(*) from raw.failures") == [(0,)]


def test_other_missing_feeds_cost_a_note(kit: Kit) -> None:
    notes = kit.landed(TELEMETRY + ROW).notes
    assert [note.split()[1] for note in notes if note.startswith("No ")] == ["errors", "maint", "failures"]


@pytest.mark.parametrize("kind", ["typed", "staged", "checked"])
def test_a_file_that_grows_while_it_is_read_is_refused_and_lands_when_it_is_complete(
    kit: Kit, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each way of reading a file ends where this one is touched: after its rows were read, before they stand."""
    kit.landed(TELEMETRY + ROW)
    odd = {"typed": "", "staged": "2025-01-01 07:00:00,1,Bad,440,100,40\n", "checked": "soon,1,1,1,1,1\n"}[kind]
    path = kit.drop("telemetry_2.csv", TELEMETRY + ROW.replace("1,170", "2,170") + odd)
    finish = ingestion.store._finish

    def grown(file: Any, *rest: Any, **named: Any) -> Any:
        if file.drop.path == path:
            with path.open("a") as more:
                more.write("2025-01-01 08:00:00,1,171,440,100,40\n")
        return finish(file, *rest, **named)

    with monkeypatch.context() as patched:
        patched.setattr(ingestion.store, "_finish", grown)
        [refused] = kit.land().refused
    assert "telemetry_2.csv changed while it was read; land again" in refused
    assert kit.rows("select machineID from raw.telemetry") == [("1",)]
    kit.land()
    assert (datetime(2025, 1, 1, 8),) in kit.rows("select datetime from raw.telemetry")


@pytest.mark.parametrize("make", [True, False])
def test_a_missing_or_empty_folder_says_so(tmp_path: Path, make: bool) -> None:
    if make:
        (tmp_path / "drops").mkdir()
    with pytest.raises(LandingError, match="NIGHTSHIFT_DROPS"):
        land(tmp_path / "drops", tmp_path / "w.duckdb", fleet())


def test_files_that_have_landed_may_be_cleared_away(kit: Kit) -> None:
    kit.landed(TELEMETRY + ROW)
    for file in kit.drops.iterdir():
        file.unlink()
    summary = kit.land()
    assert (summary.landed, summary.totals["telemetry"]) == ((), 1)
    assert f"The drops folder {kit.drops} is empty: nothing new has come." in summary.notes


def test_without_a_register_machines_come_from_telemetry_and_one_note_says_so(kit: Kit) -> None:
    (kit.drops / "PdM_machines.csv").unlink()
    notes = [note for note in kit.landed(TELEMETRY + ROW).notes if "machines" in note]
    assert len(notes) == 1
    assert notes[0].startswith("No machines file has landed")
    assert notes[0].endswith("Until then model, age and time in service of every machine are unknown.")
    kit.drop("PdM_machines.csv", MACHINES)
    assert not [note for note in kit.land().notes if "machines" in note]


def test_a_sensor_may_be_headed_by_its_label(kit: Kit) -> None:
    known = fleet()
    volt = known.sensors["volt"].model_copy(update={"label": "Motor Temp (°C)"})
    labelled = known.model_copy(update={"sensors": {**known.sensors, "volt": volt}})
    kit.drop("PdM_telemetry.csv", TELEMETRY.replace("volt", "motor temp (°C)") + ROW)
    summary = land(kit.drops, kit.warehouse, labelled)
    assert not [note for note in summary.notes if "no feature uses" in note]
    assert kit.rows("select volt from raw.telemetry") == [(170.0,)]


def test_a_file_without_any_sensor_is_held_against_the_fleets_own_file(kit: Kit) -> None:
    kit.drop("PdM_telemetry.csv", TELEMETRY + ROW)
    kit.drop("PdM_telemetry_2.csv", "datetime,machineID,heat\n2025-01-01 06:00:00,1,170\n")
    [refusal] = land(kit.drops, kit.warehouse, fleet().told_in("fleets/presses/dbt_project.yml")).refused
    assert (
        'lacks the columns "volt", "rotate", "pressure", "vibration", which fleets/presses/dbt_project.yml' in refusal
    )


@pytest.mark.parametrize("label", ["machineID", "Rotate"])
def test_a_label_that_another_column_has_is_refused(kit: Kit, label: str) -> None:
    known = fleet()
    volt = known.sensors["volt"].model_copy(update={"label": label})
    with pytest.raises(
        LandingError,
        match=rf"vars.sensors.volt .dbt_project.yml:\d+. is labelled '{label}', a column name that is taken",
    ):
        land(kit.drops, kit.warehouse, known.model_copy(update={"sensors": {**known.sensors, "volt": volt}}))


def test_the_codes_of_files_may_be_texts(kit: Kit) -> None:
    kit.drop("errors.csv", "datetime,machineID,errorID\n2025-01-01 06:00:00,1,E 9\n2025-01-01 06:00:00,1,E 8\n")
    kit.drop("PdM_telemetry.csv", TELEMETRY + ROW)
    called = Fleet.model_validate({**fleet().model_dump(), "error_codes": {"error9": "E 9"}})
    notes = "\n".join(land(kit.drops, kit.warehouse, called).notes)
    assert " lacks, so no feature or label sees them: E 8 (1)." in notes


def test_unknown_machines_and_codes_are_noted_and_capped(kit: Kit) -> None:
    rows = "".join(f"2025-01-01 06:00:00,{machine},1,1,1,1\n" for machine in range(101, 131))
    kit.drop("errors.csv", "datetime,machineID,errorID\n2025-01-01 06:00:00,1,error9\n")
    notes = "\n".join(kit.landed(TELEMETRY + rows).notes)
    assert "30 machines in telemetry are not in the machines file: 101, 102" in notes
    assert "and 20 more" in notes
    assert re.search(r"vars.error_codes .dbt_project.yml:\d+. lacks", notes)
    assert "error9 (1)" in notes


def test_a_new_sensor_becomes_a_column_and_old_rows_lack_it(kit: Kit) -> None:
    kit.landed(TELEMETRY + ROW)
    kit.drop("telemetry2.csv", TELEMETRY.replace("\n", ",oil\n") + ROW.replace("06:", "07:").replace("\n", ",5\n"))
    kit.land("oil")
    assert kit.rows("select oil from raw.telemetry order by datetime") == [(None,), (5.0,)]


def test_a_machine_that_changes_its_model_is_told_again(kit: Kit) -> None:
    kit.landed(TELEMETRY + ROW)
    kit.drop("machines2.csv", MACHINES.replace("model3", "model1"))
    assert kit.land().duplicates == 1
    assert kit.rows("select model from raw.machines where machineID = '1' order by _file_id") == [
        ("model3",),
        ("model1",),
    ]


CRASH = """
import os, signal, sys
from pathlib import Path
import ingestion.store as store
from ingestion import land
from tests.ingestion.landing_kit import fleet
real = getattr(store, sys.argv[3])
def dies(con, *rest, **more):
    done = real(con, *rest, **more)
    if con.execute("select count(*) from raw.telemetry").fetchone()[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
setattr(store, sys.argv[3], dies)
land(Path(sys.argv[1]), Path(sys.argv[2]), fleet())
"""


@pytest.mark.parametrize("where", ["_insert_typed", "_insert_staged", "record_file"])
def test_a_killed_landing_leaves_nothing_half_written(tmp_path: Path, where: str) -> None:
    tables = {}
    for name in ("killed", "calm"):
        (tmp_path / name).mkdir()
        kit = Kit(tmp_path / name)
        kit.drop("errors.csv", "datetime,machineID,errorID\n2025-01-01 06:00:00,1,error1\n")
        dirt = "soon,1,1,1,1,1\n" if where == "_insert_staged" else ""
        rows = (f"2025-01-{d:02} {h:02}:00:00,1,1,1,1,{i}\n" for d in range(1, 29) for h in range(24) for i in [d * h])
        kit.drop("telemetry.csv", TELEMETRY + "".join(rows) + dirt)
        if name == "killed":
            argv = [sys.executable, "-c", CRASH, str(kit.drops), str(kit.warehouse), where]
            assert subprocess.run(argv, cwd=ROOT, check=False).returncode == -signal.SIGKILL
            assert kit.rows("select count(*) from raw.telemetry") == [(0,)]
            assert kit.rows("select count(*) from raw.rejected") == [(0,)]
        kit.land()
        tables[name] = [
            kit.rows(f"select {columns} from raw.{table}")
            for table, columns in [
                *((feed, "*") for feed in ("machines", "telemetry", "errors", "rejected")),
                ("landed_files", "* exclude landed_at"),
            ]
        ]
    assert tables["killed"] == tables["calm"]


def test_the_real_quarter_lands_whole(tmp_path: Path) -> None:
    if not AZURE.is_dir():
        pytest.skip(f"the Azure quarter is not at {AZURE}")
    summary = land(AZURE, tmp_path / "w.duckdb", fleet())
    assert not summary.refused
    assert not any(summary.rejected.values())
    for feed, rows in summary.totals.items():
        if not (AZURE / f"PdM_{feed}.csv").exists():
            assert rows == 0, feed
            continue
        with (AZURE / f"PdM_{feed}.csv").open() as handle:
            assert rows == sum(1 for _ in handle) - 1
