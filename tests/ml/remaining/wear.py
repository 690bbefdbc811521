"""A fleet that wears: each machine fails after some twenty days, and one reading says how near that is."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from ml.mart.columns import WEIGHT, MartColumns, label
from ml.mart.lives import HIGH, LOW

START = datetime(2025, 1, 1, 6)
SEEN, BLIND = "volt_mean_24h", "age"
COLUMNS = MartColumns((SEEN, BLIND), ("any", "comp1"), ("volt", "comp1"))


def wear(machines: int = 40, days: int = 120, noise: float = 12.0, seed: int = 5) -> pd.DataFrame:
    """A row a machine and day; lives are known to the end of the data, and exactly where they ended."""
    rng = np.random.default_rng(seed)
    end = START + timedelta(days=days)
    rows = []
    for machine in range(machines):
        failed = START - timedelta(days=float(rng.uniform(0, 15)))
        while failed < end:
            begun, failed = failed, failed + timedelta(days=float(rng.uniform(12, 28)))
            for day in range(days):
                as_of = START + timedelta(days=day)
                if begun < as_of < failed:
                    left, seen = (failed - as_of) / timedelta(hours=1), (end - as_of) / timedelta(hours=1)
                    rows.append((f"m{machine}", as_of, left, seen))
    found = pd.DataFrame(rows, columns=["machine_id", "as_of", "left", "seen"])
    known = found["left"] <= found["seen"]
    worn = np.minimum(found["left"], 300) + rng.normal(0, noise, len(found))
    return found.assign(**{
        "label_status": "mature", WEIGHT: 1.0, SEEN: -worn, BLIND: rng.normal(size=len(found)),
        LOW: found["left"].where(known, found["seen"]), HIGH: found["left"].where(known),
        label("any"): (found["left"] <= 24) * 1.0, label("comp1"): (found["left"] <= 24) * 1.0,
    }).sort_values(["as_of", "machine_id"], ignore_index=True)  # fmt: skip
