"""Since when a column drifts, and how often of late: from the verdicts of the nights before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from ml.wording import counted

LATELY = timedelta(days=28)


@dataclass(frozen=True)
class ColumnPast:
    """`nights`: the nights on which the column was judged, rising, with tonight; `hits`: those on which it drifted."""

    nights: tuple[datetime, ...]
    hits: frozenset[datetime]

    @property
    def run(self) -> tuple[datetime, ...]:
        """The last nights in a row on which it drifted; none where it is steady tonight."""
        steady = [place for place, night in enumerate(self.nights) if night not in self.hits]
        return self.nights[steady[-1] + 1 if steady else 0 :]

    @property
    def since(self) -> str:
        """'since tonight', 'since 28 December, 4 nights in a row'; empty where it is steady."""
        run = self.run
        if not run:
            return ""
        if len(run) == 1:
            return "since tonight"
        return f"since {run[0].day} {run[0]:%B}, {counted(len(run), 'night')} in a row"

    @property
    def often(self) -> str:
        """'on 9 of the last 27 nights'."""
        return f"on {len(self.hits)} of the last {len(self.nights)} nights" if len(self.nights) > 1 else ""

    @property
    def cells(self) -> tuple[bool, ...]:
        """Whether it drifted, night by night."""
        return tuple(night in self.hits for night in self.nights)


def column_pasts(before: pd.DataFrame, tonight: pd.DataFrame, as_of: datetime) -> Mapping[str, ColumnPast]:
    """By column, how it fared in the LATELY up to `as_of`.

    `before` and `tonight`: rows of `ml.drift`; what lies before LATELY, or is no earlier than `as_of`, does not count.
    """
    lately = before[(before["as_of"] > as_of - LATELY) & (before["as_of"] < as_of)]
    rows = pd.concat([lately, tonight], ignore_index=True) if len(lately) else tonight
    rows = rows[rows["judged"].astype(bool)]
    hit = rows["drifted"].astype(bool) | rows["missing_drifted"].astype(bool)
    told = pd.DataFrame({"column": rows["column_name"], "night": pd.to_datetime(rows["as_of"]), "hit": hit})
    return {
        str(name): ColumnPast(
            tuple(_datetimes(found["night"].sort_values())), frozenset(_datetimes(found.loc[found["hit"], "night"]))
        )
        for name, found in told.groupby("column", sort=False)
    }


def _datetimes(nights: "pd.Series[pd.Timestamp]") -> list[datetime]:
    return [night.to_pydatetime() for night in nights]
