"""Draw the drift verdict as one HTML file that opens with no network: our table, then Evidently's dashboard."""

import json
import math
import os
import re
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from delivery.pages.templating import render
from ml.monitoring.distance import as_categories, as_numbers
from ml.monitoring.drift import DriftVerdict
from ml.wording import rate

if TYPE_CHECKING:
    from evidently.core.container import MetricOrContainer
    from evidently.core.report import Context, Snapshot

# Evidently floors the deviation it divides by here, so below it its number would not be ours.
EVIDENTLY_SD_FLOOR = 0.001
DRAWN_AT_MOST = 24  # columns, but for those that drifted: each costs a tenth of a second and 50 kB
DATA_BLOCK = re.compile(r"<script>\s+var (metric_\w+) = (?=\{)")


def drift_page(verdict: DriftVerdict) -> str:
    """A night's verdict as one self-contained page; drawing it takes seconds where judging took a tenth."""
    table = verdict.table
    ref, cur, drawn = _drawable(table, verdict.windows.reference, verdict.windows.current)
    rows = _farthest_first(table)
    seen = set(drawn["column_name"])
    verdicts = [
        row | {"drawn": row["column_name"] in seen, "tells": row["drifted"] or row["missing_drifted"] or row["reason"]}
        for row in rows.to_dict("records")
    ]
    farthest = _farthest_first(drawn)["column_name"].head(max(DRAWN_AT_MOST, int(drawn["drifted"].sum())))
    drawn = drawn[drawn["column_name"].isin(farthest)]
    names = drawn["column_name"].tolist()
    dashboard = Markup(_dashboard(ref[names], cur[names], drawn)) if names else None
    return render(
        "drift.html.j2", rows=verdicts, summary=verdict.summary, as_of=verdict.as_of, dashboard=dashboard, rate=rate
    )


def _farthest_first(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["drifted", "missing_drifted", "effect"], ascending=False, kind="stable")


def run_evidently(
    reference: pd.DataFrame, current: pd.DataFrame, drawn: pd.DataFrame, page_only: bool = False
) -> "Snapshot":
    """Evidently's snapshot of the `drawn` rows of the verdict table, under the table's own methods and thresholds.

    `page_only`: nothing but what its page shows, for half the time. The preset measures every column and draws a
    picture of it, then measures and draws all of them again for the table that is its page.
    """
    # Its reports send no usage statistics (its servers do); the switch is read whenever it would send.
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415  (two seconds that only this page needs)
    from evidently.presets import DataDriftPreset  # noqa: PLC0415

    numbers = drawn.loc[drawn["method"] == "wasserstein", "column_name"].tolist()
    words = drawn.loc[drawn["method"] != "wasserstein", "column_name"].tolist()
    # Told, not guessed: it takes counts of few distinct values for categories.
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=words)

    class DrawnOnce(DataDriftPreset):  # type: ignore[misc]
        def generate_metrics(self, context: "Context") -> list["MetricOrContainer"]:
            return []

    preset = (DrawnOnce if page_only else DataDriftPreset)(
        columns=drawn["column_name"].tolist(),
        drift_share=math.floor(1000 / len(drawn))
        / 1000,  # "dataset drift" means what our summary means: at least one column
        per_column_method=dict(zip(drawn["column_name"], drawn["method"], strict=True)),
        per_column_threshold=dict(zip(drawn["column_name"], drawn["threshold"], strict=True)),
    )
    data = [Dataset.from_pandas(frame, data_definition=definition) for frame in (current, reference)]
    return Report([preset], include_tests=False).run(*data)


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


def _dashboard(reference: pd.DataFrame, current: pd.DataFrame, drawn: pd.DataFrame) -> str:
    return _tidy(run_evidently(reference, current, drawn, page_only=True).get_html_str(as_iframe=False))


def _tidy(html: str) -> str:
    """The inside of Evidently's page, its data made safe to stand in a script and half as large.

    It writes column names and values into a script as plain JSON, where `</script>` in a value would end the script
    and start another; it also writes every graph twice, each with Plotly's whole default theme.
    """
    if not (start := DATA_BLOCK.search(html)):
        raise ValueError("Evidently's page is not laid out as expected; check its version.")
    name, decoder = start[1], json.JSONDecoder()
    page, end = decoder.raw_decode(html, start.end())
    graphs_at = html.index("= ", end) + 2
    graphs, end = decoder.raw_decode(html, graphs_at)
    data = f"var {name} = {_script_json(page)};\nvar additional_graphs_{name} = {_script_json(graphs)};"
    head = html[html.index("<style>") : start.start()]
    tail = html[html.index("</script>", end) + len("</script>") :].replace("</head>", "").replace("<body>", "")
    return f"{head}<script>{data}</script>{tail}".replace("</body>", "").replace("</html>", "")


def _script_json(value: object) -> str:
    text = json.dumps(_without(value, {"additionalGraphs", "template"}))
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def _without(value: object, keys: set[str]) -> object:
    if isinstance(value, dict):
        return {key: _without(item, keys) for key, item in value.items() if key not in keys}
    return [_without(item, keys) for item in value] if isinstance(value, list) else value
