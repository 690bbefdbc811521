"""Rows of other feeds among readings are asked about, by the words of the column that tells them apart."""

from pathlib import Path

from intake.look import look

READINGS = [
    f"2026-01-01 {hour:02d}:00,P{pump},reading,{20 + hour * pump % 7}.5," for hour in range(24) for pump in (1, 2)
]


def test_alarms_and_failures_among_readings_are_asked_about(tmp_path: Path) -> None:
    more = ["2026-01-01 05:30,P1,alarm,,E1", "2026-01-01 07:30,P2,alarm,,E2", "2026-01-01 09:30,P1,failure,,seal"]
    (tmp_path / "export.csv").write_text("\n".join(["time,asset,record,temp,code", *READINGS, *more]))
    told = " ".join(look(tmp_path, "fleet").draft.asks)
    assert "`where: record = 'failure'` for failures" in told
    assert "`where: record = 'alarm'` for errors" in told


def test_a_state_beside_readings_is_not(tmp_path: Path) -> None:
    rows = [row.replace("reading", "running" if at % 3 else "fault") for at, row in enumerate(READINGS)]
    (tmp_path / "export.csv").write_text("\n".join(["time,asset,record,temp,code", *rows]))
    assert "entry of their own" not in " ".join(look(tmp_path, "fleet").draft.asks)


def test_a_folder_for_each_machine_gives_it_its_name(tmp_path: Path) -> None:
    for pump in (1, 2):
        (tmp_path / f"Pumpe {pump}").mkdir()
        for day in (1, 2):
            rows = [f"2026-01-0{day} {hour:02d}:00,{20 + hour * pump % 7}.5" for hour in range(24)]
            (tmp_path / f"Pumpe {pump}/day{day}.csv").write_text("\n".join(["time,temp", *rows]))
    found = look(tmp_path, "fleet")
    assert found.profile is not None
    assert (found.profile.machines, found.profile.rows) == (2, 96)
    assert "each folder is taken as one machine" in " ".join(found.draft.asks)
