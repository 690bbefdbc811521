"""A warehouse that cannot be opened is a sentence at once, wherever it lies."""

import subprocess
import sys
from pathlib import Path

import pytest

from settings import ROOT
from warehouse.connection import WarehouseBusy, WarehouseError, connect


def test_a_file_that_is_no_database_is_told_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "clock on block 7" / "warehouse.duckdb"
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened as a DuckDB file") as told:
        connect(path, wait_seconds=0)
    assert not isinstance(told.value, WarehouseBusy)


def test_a_folder_that_cannot_be_made_is_named_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sentence = (
        r"The folder .*/file/home cannot be made \(Not a directory\): allow it, or name another in NIGHTSHIFT_HOME\.$"
    )
    with pytest.raises(WarehouseError, match=sentence):
        connect(tmp_path / "file" / "home" / "warehouse.duckdb")


def test_no_bar_is_drawn_into_the_output_of_a_command(tmp_path: Path) -> None:
    """A process whose main module is no file is a prompt to DuckDB, as `python -m` is while it imports a package."""
    asked = "select current_setting('enable_progress_bar')"
    script = (
        "from pathlib import Path\nfrom warehouse.connection import connect\n"
        f'print(connect(Path({str(tmp_path / "w.duckdb")!r})).execute("{asked}").fetchall())'
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "[(False,)]\n"
