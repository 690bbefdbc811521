"""A training set of engines, its test set and the lives that were left in it, as files that one fleet lands."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class EngineSets:
    """`learn` and `ask`: the files, which may be one; `left`: cycles by unit of the test set, as `ask` numbers it.

    last: the highest unit of the training set in `learn`; None where all of its units are.
    """

    learn: Path
    ask: Path
    left: "pd.Series[int]"
    last: int | None = None

    def learnt(self, units: "pd.Series[int]") -> "pd.Series[bool]":
        """Which of `units` are of the training set."""
        return units <= (self.last if self.last is not None else units.max())

    def asked(self, units: "pd.Series[int]") -> "pd.Series[bool]":
        """Which of `units` in the file `ask` are of the test set."""
        return units > (self.last or 0)


def engine_sets(train: Path, together: bool, folder: Path) -> EngineSets:
    """The sets of `train`, such as train_FD001.csv, beside which test_FD001.csv and RUL_FD001.csv lie.

    together: the test set's engines behind those of the training set, in one new file below `folder`: where readings
    are compared with the fleet's own, engines of another fleet would be held against other means than were learnt.
    """
    name = train.stem.removeprefix("train_")
    test = train.with_name(f"test_{name}.csv")
    left = pd.read_csv(train.with_name(f"RUL_{name}.csv")).set_index("unit")["RUL"]
    if not together:
        return EngineSets(train, test, left)
    before, behind = pd.read_csv(train), pd.read_csv(test)
    last = int(before["unit"].max())
    folder.mkdir(parents=True, exist_ok=True)
    both = folder / f"both_{name}.csv"
    pd.concat([before, behind.assign(unit=behind["unit"] + last)]).to_csv(both, index=False)
    return EngineSets(both, both, left.rename(lambda unit: unit + last), last)
