"""A CSV file into a table of a DuckDB file by DuckDB's own reader, which finds the types by itself.

`python -m tests.benchmarks.peers.duckdb_csv FILE.csv OUT.duckdb`: nothing is checked, sorted or hashed.
"""

import sys

import duckdb


def load(file: str, out: str) -> None:
    with duckdb.connect(out) as con:
        con.execute("set threads = 2; set memory_limit = '8GB'; set preserve_insertion_order = true")
        con.execute("create table telemetry as select * from read_csv(?)", [file])


if __name__ == "__main__":
    load(sys.argv[1], sys.argv[2])
