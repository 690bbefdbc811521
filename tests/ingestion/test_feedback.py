"""Landing what the crew writes by hand: tolerant of spelling, strict about words, and never missed."""

import gzip
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from ingestion import LandingSummary
from tests.ingestion.landing_kit import ROW, TELEMETRY, Kit

HEADER = "datetime,machineID,comp,verdict,note\n"
AT = "2025-01-01 07:30:00,1,comp2"


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    kit = Kit(tmp_path)
    kit.drop("PdM_telemetry.csv", TELEMETRY + ROW)
    return kit


def landed(kit: Kit, rows: str, name: str = "PdM_feedback.csv") -> LandingSummary:
    kit.drop(name, HEADER + rows)
    return kit.land()


def stored(kit: Kit) -> list[tuple[object, ...]]:
    return kit.rows("select comp, verdict, note from raw.feedback order by datetime, _file_id")


@pytest.mark.parametrize("dirt", ["", "tomorrow,1,comp1,replaced,\n"], ids=["fast", "exact"])
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("false alarm", "false alarm"),
        ("False_Alarm", "false alarm"),
        ("  FALSE  ALARM ", "false alarm"),
        ("falsealarm", "false alarm"),
        ("false-alarm", "false alarm"),
        ("Acknowledged\u00a0", "acknowledged"),
        ("REPLACED", "replaced"),
    ],
)
def test_a_verdict_is_known_however_it_is_written(kit: Kit, written: str, kept: str, dirt: str) -> None:
    landed(kit, f"{AT},{written},\n{dirt}")
    assert stored(kit) == [("comp2", kept, None)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{AT},fine,", 'verdict is "fine": not one of acknowledged, false alarm, replaced; write one of these'),
        (f"{AT},false alarms,", 'verdict is "false alarms": not one of acknowledged, false alarm, replaced'),
        (f"{AT},_,", 'verdict is "_": not one of'),
        (f"{AT},,no idea", "verdict is missing"),
        ("2025-01-01 07:30:00,1,,replaced,", "comp is missing"),
        ("2025-01-01 07:30:00,,comp1,replaced,", "machineID is missing"),
        ("this morning,1,comp1,replaced,", 'datetime is "this morning": not a time such as 2025-01-31 06:00:00'),
        ("2150-01-01 07:00:00,1,comp1,replaced,", "datetime is "),
        (f"{AT},replaced,seal, hose and pump", "6 columns where the header has 5"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason_and_the_good_ones_kept(kit: Kit, row: str, reason: str) -> None:
    summary = landed(kit, f"2025-01-01 07:00:00,1,comp1,replaced,\n{row}\n2025-01-01 08:00:00,2,comp3,acknowledged,\n")
    [(line, said)] = kit.reasons()
    assert line == 3
    assert said.startswith(reason)
    assert kit.rows("select feed, file, row_text from raw.rejected") == [("feedback", "PdM_feedback.csv", row)]
    assert (summary.rows["feedback"], summary.rejected["feedback"]) == (2, 1)
    assert [row[0] for row in stored(kit)] == ["comp1", "comp3"]


def test_a_note_may_hold_anything_and_may_be_left_out(kit: Kit) -> None:
    note = 'seal, hose\nand "pump" -- \'; drop table raw.feedback; --'
    quoted = note.replace('"', '""')
    landed(kit, f'{AT},replaced,"{quoted}"\n2025-01-01 08:00:00,1,comp2,replaced,""\n')
    kit.drop("feedback_2.csv", "datetime,machineID,comp,verdict\n2025-01-01 09:00:00,1,comp2,replaced\n")
    assert not kit.land().refused
    assert stored(kit) == [("comp2", "replaced", note), ("comp2", "replaced", None), ("comp2", "replaced", None)]


def test_a_later_line_and_a_later_file_correct_the_earlier(kit: Kit) -> None:
    landed(kit, f"{AT},acknowledged,\n{AT},false alarm,nothing found\n")
    assert stored(kit) == [("comp2", "false alarm", "nothing found")]
    assert kit.reasons() == [(2, "superseded by line 3 of the same file")]
    landed(kit, f"{AT},replaced,\n", "PdM_feedback_2.csv")
    assert [verdict for _, verdict, _ in stored(kit)] == ["false alarm", "replaced"]


def test_the_same_feedback_lands_once(kit: Kit) -> None:
    landed(kit, f"{AT},replaced,\n")
    summary = landed(kit, f"{AT},Replaced,\n2025-01-02 07:00:00,1,comp1,acknowledged,\n", "PdM_feedback_2.csv")
    assert (summary.rows["feedback"], summary.duplicates) == (1, 1)
    assert not kit.land().landed
    assert len(stored(kit)) == 2


def test_gzip_and_parquet_say_the_same(kit: Kit) -> None:
    kit.drop("PdM_feedback_1.csv.gz", gzip.compress(f"{HEADER}{AT},false_alarm,ok\n".encode()))
    times = [pd.Timestamp("2025-01-01 09:00"), pd.Timestamp("2025-01-01 10:00")]
    columns = {"datetime": times, "machineID": 1, "comp": "comp3", "verdict": ["FALSE ALARM", "?"], "note": None}
    pd.DataFrame(columns).to_parquet(kit.drops / "feedback.parquet")
    kit.land()
    assert stored(kit) == [("comp2", "false alarm", "ok"), ("comp3", "false alarm", None)]
    assert kit.reasons() == [(2, 'verdict is "?": not one of acknowledged, false alarm, replaced; write one of these')]


def test_a_file_without_verdicts_is_refused_whole(kit: Kit) -> None:
    kit.drop("PdM_feedback.csv", f"datetime,machineID,comp\n{AT}\n")
    [sentence] = kit.land().refused
    assert sentence.startswith('PdM_feedback.csv lacks the column "verdict", which the feed feedback needs')


def test_nobody_misses_feedback_that_never_came(kit: Kit) -> None:
    summary = kit.land()
    assert not any(note.startswith("No feedback") for note in summary.notes)
    assert kit.rows("select * from raw.feedback") == []


def test_unknown_machines_and_components_are_noted(kit: Kit) -> None:
    notes = landed(kit, "2025-01-01 07:30:00,99,comp9,replaced,\n").notes
    unknown = "1 machine in feedback is not in the machines file: 99"
    assert f"{unknown}; it reaches only a case whose machine has exactly this id." in notes
    [codes] = [note for note in notes if note.startswith("feedback hold codes that vars.components (dbt_project.yml:")]
    assert codes.endswith(" lacks, so no case takes them up: comp9 (1).")


def test_a_moment_with_an_offset_is_kept_in_utc(kit: Kit) -> None:
    landed(kit, "2025-01-01T08:30:00+01:00,1,comp1,replaced,\n")
    assert kit.rows("select datetime from raw.feedback") == [(datetime(2025, 1, 1, 7, 30),)]
