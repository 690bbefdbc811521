"""Clients open a DuckDB file for writing unless told otherwise; here they do, also as root, and are killed."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from delivery.publishing.snapshots import PUBLISHED_DATABASE, is_open, publish, snapshots
from tests.delivery.publishing.test_snapshots import READER, TABLES, generation, start, warehouse

NOBODY = 65534
BECOME_NOBODY = f"import duckdb, os, signal, sys; os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
# Changes what it can, says what came of each, and is killed or stays open.
WRITER = """
import duckdb, os, signal, sys
try:
    con = duckdb.connect(sys.argv[1])
except duckdb.Error as error:
    print("refused", flush=True)
    sys.exit()
for change in ("create view my_list as select machine_id from predictions", "create table notes as select 1 as x",
               "drop view predictions", "create or replace view mart as select 1 as value",
               "create table big as select hash(i) as x from range(2_000_000) numbers(i)", "force checkpoint"):
    try:
        con.execute(change)
        print("ok  ", change, flush=True)
    except duckdb.Error as error:
        print("no  ", change, flush=True)
print("open", flush=True)
if sys.argv[2] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
for line in sys.stdin:
    pass
try:
    con.execute("create table later as select 1 as x")
finally:
    os.kill(os.getpid(), signal.SIGKILL)
"""

# A reader as it was before: it adds a view of its own and is killed.
KILLED = """
import duckdb, os, signal, sys
duckdb.connect(sys.argv[1]).close()
con = duckdb.connect(sys.argv[1])
con.execute("create view my_list as select 1 as x")
os.kill(os.getpid(), signal.SIGKILL)
"""


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def write(database: Path, how: str = "kill") -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(database), how], capture_output=True, text=True, timeout=120, check=False,
        input="",
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("at", ["the copy", "its snapshot"])
def test_a_writer_that_is_killed_spoils_nothing_for_anybody(tmp_path: Path, at: str) -> None:
    publish(warehouse(1), tmp_path, TABLES)
    said = write(tmp_path / PUBLISHED_DATABASE if at == "the copy" else snapshots(tmp_path)[-1] / PUBLISHED_DATABASE)
    assert not [line for line in said if line.startswith("ok") and "checkpoint" not in line]
    assert generation(tmp_path) == 1
    publish(warehouse(2), tmp_path, TABLES)
    assert generation(tmp_path) == 2


def test_a_writer_of_an_older_copy_leaves_nothing_beside_the_new_one(tmp_path: Path) -> None:
    """It opened the file before the publication, writes after it, and is killed: its log would lie by the new file."""
    publish(warehouse(1), tmp_path, TABLES)
    with start(WRITER, tmp_path / PUBLISHED_DATABASE, "stay") as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if line.strip() in ("open", "refused"):
                break
        publish(warehouse(2), tmp_path, TABLES)
        writer.communicate("")
    assert generation(tmp_path) == 2


def test_what_an_earlier_reader_left_behind_is_gone_with_the_next_publication(tmp_path: Path) -> None:
    other = tmp_path / "another file"
    with start(KILLED, other) as reader:
        reader.communicate()
    wal = tmp_path / f"{PUBLISHED_DATABASE}.wal"
    publish(warehouse(1), tmp_path, TABLES)
    wal.unlink()
    shutil.copyfile(f"{other}.wal", wal)
    with pytest.raises(duckdb.Error, match="WAL"):
        generation(tmp_path)
    for name in (".wal.checkpoint", ".wal.recovery"):
        (tmp_path / f"{PUBLISHED_DATABASE}{name}").write_bytes(b"of another file")
    publish(warehouse(2), tmp_path, TABLES)
    assert generation(tmp_path) == 2
    assert sorted(path.name for path in tmp_path.glob(f"{PUBLISHED_DATABASE}*")) == [PUBLISHED_DATABASE, wal.name]
    assert wal.read_bytes() == b""


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_readers_may_read_and_nobody_may_write(tmp_path: Path, mask: int) -> None:
    with umask(mask):
        publish(warehouse(1), tmp_path / "published", TABLES)
    files = [path for path in (tmp_path / "published").rglob("*") if not path.is_symlink()]
    assert {(path.is_dir(), oct(path.stat().st_mode & 0o777)) for path in files} == {(True, "0o755"), (False, "0o444")}
    assert (tmp_path / "published").stat().st_mode & 0o777 == 0o755


def test_the_mode_of_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir(mode=0o700)
    publish(warehouse(1), tmp_path / "published", TABLES)
    assert (tmp_path / "published").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_reads_and_is_refused_the_default_mode_so_that_it_locks_nobody_out(tmp_path: Path) -> None:
    let_pass(tmp_path)
    publish(warehouse(1), tmp_path, TABLES)
    assert as_nobody(WRITER, tmp_path / PUBLISHED_DATABASE, "stay") == "refused\n"
    assert as_nobody(READER, tmp_path / PUBLISHED_DATABASE) == 'reading\n[1] [(1.0, "<b>\'")]\n'


def let_pass(folder: Path) -> None:
    """Let others through to a folder that pytest made for its user alone."""
    for above in (folder, *folder.parents):
        if above.owner() == "root" and above not in (Path("/"), Path("/tmp")):
            above.chmod(above.stat().st_mode | 0o011)


def as_nobody(code: str, *arguments: object) -> str:
    """Standard output of Python code that another user runs, from when its libraries are loaded."""
    with start(BECOME_NOBODY + code, *arguments) as process:
        return process.communicate("go\n")[0]


def test_without_hard_links_it_is_as_on_any_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    _reader_is_safe(tmp_path)


def test_without_links_of_any_kind_the_copy_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(os, "symlink", no_links)
    for value in (1, 2, 2, 3):
        publish(warehouse(value), tmp_path, TABLES, keep=2)
        (tmp_path / f"{PUBLISHED_DATABASE}.wal").write_bytes(b"left by a reader")
    publish(warehouse(4), tmp_path, TABLES, keep=2)
    assert generation(tmp_path) == 4
    assert len(snapshots(tmp_path)) == 2


def no_links(*_: object, **__: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def _reader_is_safe(folder: Path) -> None:
    publish(warehouse(1), folder, TABLES, keep=2)
    mine = snapshots(folder)[0]
    with start(READER, folder / PUBLISHED_DATABASE) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
        assert is_open(mine)
        for value in (2, 3, 4):
            publish(warehouse(value), folder, TABLES, keep=2)
            assert generation(folder) == value
        assert snapshots(folder)[0] == mine
        told, _ = reader.communicate("go on\n")
    assert told == '[1] [(1.0, "<b>\'")]\n'
    assert not is_open(mine)
    assert not list(folder.rglob("*.partial*"))


@pytest.mark.parametrize("name", ["h#x", "p%41", "ü ä", "it's", "a[b]c", "st*r", "{x}"])
def test_any_folder_name_does(tmp_path: Path, name: str) -> None:
    for twin in {name, name.replace("*", "tt").replace("[b]", "b")}:
        publish(warehouse(1 if twin == name else 2), tmp_path / twin, TABLES)  # what a pattern would find as well
    assert generation(tmp_path / name) == 1
