"""A CSV file into a Parquet file by pandas, with its faster reader.

`python -m tests.benchmarks.peers.pandas_csv FILE.csv OUT.parquet`: nothing is checked, sorted or hashed.
"""

import sys

import pandas as pd


def load(file: str, out: str) -> None:
    rows = pd.read_csv(file, engine="pyarrow", parse_dates=["datetime"], dtype={"machineID": "int32"})
    rows.to_parquet(out, index=False)


if __name__ == "__main__":
    load(sys.argv[1], sys.argv[2])
