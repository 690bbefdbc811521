"""A night's drift verdict as a page: what drifted, how far and since when; then Evidently's pictures of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from delivery.pages.drift_past import ColumnPast, column_pasts
from delivery.pages.evidently import SharedScript, draw
from delivery.pages.files import INDEX
from delivery.pages.templating import render
from ml.monitoring.distance import as_categories, as_numbers
from ml.monitoring.drift import DriftVerdict
from ml.wording import counted, rate
from warehouse.tables import records

# Evidently floors the deviation it divides by here, so below it its number would not be ours.
EVIDENTLY_SD_FLOOR = 0.001
DRAWN_AT_MOST = 24  # columns, the farthest: each costs a tenth of a second and 5 kB
TOLD_AT_MOST = 12  # of those that drifted, the others folded
NEAREST = 5  # to their limits, told where none drifted
WIDEST = 4.0  # times its limit, that a bar is long at most
NO_PAST = ColumnPast((), frozenset())


@dataclass(frozen=True)
class DriftPage:
    """The page as HTML text, and the script beside it that draws its pictures; None where there are none."""

    html: str
    script: SharedScript | None


@dataclass(frozen=True)
class DriftLine:
    """A column as the page tells it: `verdict` in words, `hit` where it drifted or lost readings.

    `times` its limit it has moved, None where nothing could be compared; `moved` says from where to where.
    """

    name: str
    verdict: str
    hit: bool
    times: float | None
    effect: float
    threshold: float
    missing_before: float
    missing_now: float
    moved: str
    past: ColumnPast
    note: str

    @property
    def bar(self) -> float:
        """Its distance in percent of the widest bar."""
        return round(100 * min(self.times or 0.0, WIDEST) / WIDEST, 1)


def drift_page(verdict: DriftVerdict, before: pd.DataFrame) -> DriftPage:
    """A night's verdict as a page; drawing it takes seconds where judging took a tenth.

    `before`: the rows of `ml.drift` of earlier nights, from which the page tells since when a column drifts.
    """
    table = _farthest_first(verdict.table)
    pasts = column_pasts(before, table, verdict.as_of)
    ref, cur, drawable = _drawable(table, verdict.windows.reference, verdict.windows.current)
    names = drawable["column_name"].head(DRAWN_AT_MOST).tolist()
    drawing = draw(ref[names], cur[names], drawable[drawable["column_name"].isin(names)]) if names else None
    lines = [_line(row, pasts, verdict) for row in records(table)]
    drifted, steady = [line for line in lines if line.hit], [line for line in lines if not line.hit]
    html = render(
        "drift.html.j2", as_of=verdict.as_of, headline=_headline(verdict, drifted), most=TOLD_AT_MOST,
        summary=verdict.summary, drifted=drifted, lately=[line for line in steady if line.past.hits],
        nearest=steady[:NEAREST] if verdict.judged and not drifted else [], steady=steady,
        drawing=drawing, drawn=len(names), judged=verdict.judged,
        # Made by `taken_apart`, which leaves nothing in them that ends a script.
        root=Markup(drawing.root) if drawing else "", data=Markup(drawing.data) if drawing else "",
        index=INDEX, rate=rate, counted=counted, limit_at=100 / WIDEST,
    )  # fmt: skip
    return DriftPage(html, drawing.script if drawing else None)


def _line(row: Mapping[str, object], pasts: Mapping[str, ColumnPast], verdict: DriftVerdict) -> DriftLine:
    name, effect, threshold = str(row["column_name"]), _float(row["effect"]), _float(row["threshold"])
    hits = [word for word, hit in (("drifted", row["drifted"]), ("readings lost", row["missing_drifted"])) if hit]
    return DriftLine(
        name=name,
        verdict=", ".join(hits) if hits else "steady" if row["judged"] else "not judged",
        hit=bool(hits),
        times=effect / threshold if math.isfinite(effect) and threshold > 0 else None,
        effect=effect, threshold=threshold,
        missing_before=_float(row["missing_reference"]), missing_now=_float(row["missing_current"]),
        moved=_moved(name, row, verdict) if row["drifted"] else "",
        past=pasts.get(name, NO_PAST), note=str(row["reason"] or ""),
    )  # fmt: skip


def _moved(name: str, row: Mapping[str, object], verdict: DriftVerdict) -> str:
    """'mean 168 to 181', or the commonest of categories with its share."""
    ref, cur = (frame[name] for frame in (verdict.windows.reference, verdict.windows.current))
    if row["method"] == "wasserstein":
        before, after = (float(as_numbers(values).mean()) for values in (ref, cur))
        return f"mean {before:.4g} to {after:.4g}"
    shares = [values.value_counts(normalize=True) for values in as_categories(ref, cur)]
    told = [f"{share.index[0]} {rate(float(share.iloc[0]), gap=' ')}" for share in shares if len(share)]
    return f"commonest {' to '.join(told)}"


def _headline(verdict: DriftVerdict, drifted: Sequence[DriftLine]) -> str:
    if not verdict.judged:
        return "Drift was not judged"
    lost = " or lost readings" if any("readings lost" in line.verdict for line in drifted) else ""
    return f"{len(drifted) or 'None'} of {counted(len(verdict.table), 'column')} drifted{lost}"


def _farthest_first(table: pd.DataFrame) -> pd.DataFrame:
    """What drifted, then by how many times its limit a column has moved."""
    times = (table["effect"] / table["threshold"]).where(table["threshold"] > 0)
    ordered = table.assign(times=times, hit=table["drifted"] | table["missing_drifted"])
    return ordered.sort_values(["hit", "drifted", "times"], ascending=False, kind="stable").drop(
        columns=["times", "hit"]
    )


def _drawable(
    table: pd.DataFrame, reference: pd.DataFrame, current: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What Evidently can draw: it raises on an empty column and cannot divide by a deviation of nothing."""
    ref, cur = {}, {}
    for row in table[table["effect"].notna()].to_dict("records"):
        name = row["column_name"]
        if row["method"] == "wasserstein":
            before, after = as_numbers(reference[name]), as_numbers(current[name])
            if before.std(ddof=0) <= EVIDENTLY_SD_FLOOR:
                continue
        else:
            before, after = as_categories(reference[name], current[name])
        ref[name], cur[name] = before, after
    return pd.DataFrame(ref), pd.DataFrame(cur), table[table["column_name"].isin(list(ref))]


def _float(value: object) -> float:
    return float("nan") if value is None else float(str(value))
