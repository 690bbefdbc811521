"""Other versions of DuckDB than ours, each in a process of its own; `make test-readers` installs them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from settings import ROOT

READERS = ROOT / ".readers"
LOCKS = Path(__file__).parent / "older"
VERSIONS = sorted(path.stem.removeprefix("duckdb-") for path in LOCKS.glob("duckdb-*.lock"))

# Says its version, and of each table of a file how many rows it has and a digest of every value, by whichever version.
ANSWERS = """
import duckdb, hashlib, json, sys
with duckdb.connect(sys.argv[1], read_only=True) as con:
    con.execute("set enable_progress_bar = false")  # it would be printed among the answers
    tables = [row[0] for row in con.execute("select table_name from duckdb_tables() order by 1").fetchall()]
    told = {}
    for table in tables:
        names = [row[0] for row in con.execute(f'describe "{table}"').fetchall()]
        rows = sorted(map(repr, con.execute(f'select * from "{table}"').fetchall()))
        told[table] = [len(rows), names, hashlib.sha256("".join(rows).encode()).hexdigest()]
print(json.dumps([duckdb.__version__, told]))
"""


def every_kind_of_value(con: duckdb.DuckDBPyConnection) -> None:
    """More rows than a row group holds, of each type that is published, for each way that DuckDB stores values."""
    con.execute("""
        create table kinds as
        select
            timestamp '2025-01-01 06:00' + to_hours((i // 100)::int) as as_of, 'M' || (i % 100) as machine_id,
            case when i % 7 <> 0 then random() end as a_double, random()::float as a_float,
            round(random() * 100, 1) as rounded, i as counted, (i // 1000)::int as slow, 5 as always,
            null::int as never, i % 3 = 0 as flag, (date '2025-01-01' + (i // 4000)::int) as day,
            (i / 7)::decimal(15, 3) as fixed, md5(i::varchar) as features_hash,
            case when i % 50 = 0 then 'volt ' || round(random() * 200, 1) || ', ünder its baseline' end as reasons,
            repeat('long ', 20) || (i % 5) as note,
            case i % 4 when 0 then 'nan'::double when 1 then 'inf'::double else -i end as odd
        from range(150_000) as numbers(i)
    """)
    con.execute("create table empty as select * from kinds limit 0")


def start(version: str, code: str, *arguments: object, cwd: Path = Path("/")) -> subprocess.Popen[str]:
    """Run Python `code` with that version of DuckDB, or with ours where `version` is empty."""
    folder = READERS / f"duckdb-{version}" if version else ROOT
    assert folder.is_dir(), "run `make test-readers`, which installs it"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def answers(version: str, database: Path) -> dict[str, Any]:
    """What that version reads in a file, by table; it must be that version that was asked."""
    process = start(version, ANSWERS, database)
    said, _ = process.communicate()
    assert process.returncode == 0, f"{version or 'ours'} cannot read {database}"
    is_version, told = json.loads(said)
    assert not version or is_version == version
    return dict(told)
