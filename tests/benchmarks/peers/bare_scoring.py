"""A night scored by a bare script: Parquet in, CatBoost's probabilities, Parquet out, and nothing else.

`python -m tests.benchmarks.peers.bare_scoring NIGHT.parquet MODELS OUT.parquet`: MODELS is a folder of boosters as
`ml.models.model.save_model` writes them, of which all are asked: targets, further horizons and the remaining time. One
pool serves every booster, and text is read as a dictionary.
"""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from catboost import CatBoost, CatBoostClassifier, Pool

from ml.models.model import CARD_FILE
from ml.models.remaining import REMAINING_FILE

THREADS = 2


def score(night: Path, models: Path, out: Path) -> None:
    card = json.loads((models / CARD_FILE).read_text())
    rows = pq.read_table(night, read_dictionary=card["categorical"])
    features = rows.select(card["features"]).to_pandas()
    pool = Pool(features, cat_features=card["categorical"], thread_count=THREADS)
    columns = {name: rows[name] for name in ("machine_id", "as_of")}
    for target in (*card["learned"], *(f"{hours}h" for hours in card["further"])):
        booster = CatBoostClassifier().load_model(str(models / f"{target}.cbm"))
        columns[target] = pa.array(booster.predict_proba(pool, thread_count=THREADS)[:, 1])
    if card["remaining"]:
        found = CatBoost().load_model(str(models / REMAINING_FILE)).predict(pool, thread_count=THREADS)
        columns |= {f"remaining_{at}": pa.array(values) for at, values in enumerate(found.T.reshape(-1, len(rows)))}
    pq.write_table(pa.table(columns), out)


if __name__ == "__main__":
    score(*map(Path, sys.argv[1:]))
