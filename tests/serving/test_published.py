"""The published copy is read in either form, and nothing is asked of it but by bound values."""

from pathlib import Path

import duckdb

from delivery.publishing.snapshots import PUBLISHED_DATABASE
from serving.published import open_published


def test_tables_in_the_file_and_tables_beside_it_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "feature_mart").mkdir()
    (tmp_path / "empty").mkdir()
    with duckdb.connect(str(tmp_path / PUBLISHED_DATABASE)) as con:
        con.execute("create table predictions as select 'm' as machine_id, timestamp '2025-01-01' as as_of, "
                    "1 as scored_at, '1' as model_version")  # fmt: skip
        for month in ("01", "02"):
            con.execute(f"copy (select {month} as month) to '{tmp_path}/feature_mart/2025-{month}.parquet'")
    published = open_published(tmp_path)
    assert set(published.tables) == {"predictions", "feature_mart"}
    assert published.rows("select * from feature_mart order by month") == [{"month": 1}, {"month": 2}]
    assert published.rows("select machine_id from nightly_answers where machine_id = ?", ["m"]) == [{"machine_id": "m"}]
    assert published.rows("select * from errors") == []
    assert not published.has("errors")
