"""What a growing table leaves out because it can be told again, and how the rest lies on disk."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb

from tests.dbt.dbt_kit import fleet
from tests.dbt.macros import macro

STEP = 50 * 366 * 86_400_000_000 // 500_000  # of fifty years, in microseconds


def test_hours_tell_the_moment_to_the_microsecond() -> None:
    later = 1_900_000_000_000_001
    hours = macro("bucket_hours", fleet(), "earlier", str(later), name="hours_between_us")
    again = macro("bucket_hours", fleet(), "hours", str(later), name="us_before")
    with duckdb.connect() as con:
        [(moments, apart)] = con.execute(
            f"with moments as (select ({later} - n * {STEP} - hash(n) % 7200000000)::bigint as earlier "
            "from range(500000) as numbers (n)), "
            f"told as (select earlier, {hours} as hours from moments) "
            f"select count(*), count(*) filter (where {again} != earlier) from told"
        ).fetchall()
    assert (moments, apart) == (500_000, 0)


def test_columns_lie_as_their_model_says(tmp_path: Path) -> None:
    rows = "range(200000) as numbers (n)"
    query = f"select n as number, (hash(n) / 1e9)::float as fraction, (n % 7)::float as few from {rows}"
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        known: dict[str, Any] = {
            "config": {"meta": {"compression": {"float": "uncompressed"}}},
            "adapter": SimpleNamespace(quote='"{}"'.format),
            "run_query": lambda asked: SimpleNamespace(rows=con.execute(asked).fetchall()),
        }
        columns = macro("cross_db/build_in_slices", fleet(), query, name="compressed_columns", **known)
        con.execute(f"create table made ({columns}); insert into made {query}; checkpoint")
        found = con.execute(
            "select column_name, list(distinct compression) from pragma_storage_info('made') "
            "where segment_type != 'VALIDITY' group by column_name"
        ).fetchall()
        known["config"] = {"meta": {}}
        assert macro("cross_db/build_in_slices", fleet(), query, name="compressed_columns", **known) is None
    ways = dict(found)
    assert ways["fraction"] == ways["few"] == ["Uncompressed"]
    assert "Uncompressed" not in ways["number"]
