"""Evidently's pictures of distributions, small: its script stands once beside the pages, data as fine as a picture.

A page of its own would hold 3.6 MB of script and font every night. Both go into one file, named by what is in it, that
the pages load by a relative address: the folder of reports may be copied, and opens without a network.
"""

import json
import math
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from evidently.core.container import MetricOrContainer
    from evidently.core.report import Context, Snapshot

DATA_BLOCK = re.compile(r"<script>\s+var (metric_\w+) = (?=\{)")
ROOT_BLOCK = re.compile(r'<div id="root_metric_\w+">\s*</div>')
SCRIPT_BLOCK = re.compile(r"<script>(.*?)</script>", re.DOTALL)
STYLE_BLOCK = re.compile(r"<style>(.*?)</style>", re.DOTALL)
SCRIPT_NAME = re.compile(r"evidently-[0-9a-f]{12}\.js")
SCRIPT_TAG = re.compile(rf'<script defer src="({SCRIPT_NAME.pattern})"></script>')
HEAD_LETTERS = 4_000  # letters of a page that hold its script's name
STEPS = 10_000  # that a picture tells apart, between the least and the greatest of its values
SIGNIFICANT = 6  # of a number that stands alone
LEFT_OUT = {"additionalGraphs", "template"}  # every graph a second time, and Plotly's default theme in each


@dataclass(frozen=True)
class SharedScript:
    """Evidently's script with the font it needs, and the name under which the pages load it."""

    name: str
    text: str


@dataclass(frozen=True)
class Drawing:
    """What a page has of it: `root` is where it is drawn, `data` a script that loads nothing, `name` what it names."""

    root: str
    data: str
    name: str
    script: SharedScript


def load_evidently() -> None:
    """Import it: some seconds, which only who draws need spend, and which may be spent while something else is awaited.

    Its reports send no usage statistics (its servers do); the switch is read whenever it would send.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    import_module("evidently.presets")


def draw(reference: pd.DataFrame, current: pd.DataFrame, drawn: pd.DataFrame) -> Drawing:
    """The distributions of the `drawn` rows of the verdict table in both windows."""
    return taken_apart(run_evidently(reference, current, drawn, page_only=True).get_html_str(as_iframe=False))


def run_evidently(
    reference: pd.DataFrame, current: pd.DataFrame, drawn: pd.DataFrame, page_only: bool = False
) -> "Snapshot":
    """Evidently's snapshot of the `drawn` rows of the verdict table, under the table's own methods and thresholds.

    `page_only`: nothing but what its page shows, for half the time. The preset measures every column and draws a
    picture of it, then measures and draws all of them again for the table that is its page.
    """
    load_evidently()
    from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415
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


def taken_apart(html: str) -> Drawing:
    """Evidently's page as what is the same every night, and what is this night's, made safe to stand in a script.

    It writes column names and values into a script as plain JSON, where `</script>` in a value would end the script
    and start another. Raises ValueError for a page that is laid out in another way.
    """
    start = DATA_BLOCK.search(html)
    if not start:
        raise ValueError("Evidently's page is not laid out as expected; check its version.")
    decoder = json.JSONDecoder()
    page, end = decoder.raw_decode(html, start.end())
    graphs, end = decoder.raw_decode(html, html.index("= ", end) + 2)
    style, root = STYLE_BLOCK.search(html[: start.start()]), ROOT_BLOCK.search(html, end)
    library = max(SCRIPT_BLOCK.findall(html, root.end() if root else end), key=len, default="")
    if not style or not root or "drawDashboard" not in library:
        raise ValueError("Evidently's page is not laid out as expected; check its version.")
    data = f"var {start[1]} = {script_json(page)};\nvar additional_graphs_{start[1]} = {script_json(graphs)};"
    return Drawing(root[0], data, start[1], _shared(style[1], library))


def loaded_by(page: Path) -> str:
    """The script that a page loads; empty where it loads none."""
    with page.open(encoding="utf-8", errors="replace") as file:
        head = file.read(HEAD_LETTERS)
    found = SCRIPT_TAG.search(head)
    return found[1] if found else ""


def remove_scripts(folder: Path, pages: Iterable[str]) -> list[str]:
    """Remove the scripts beside `pages` that none of them loads, but for the newest; returns their names.

    The newest may be that of a page that is being written.
    """
    found = [path for path in folder.iterdir() if SCRIPT_NAME.fullmatch(path.name)] if folder.is_dir() else []
    older = sorted(found, key=lambda path: path.stat().st_mtime)[:-1]
    loaded = {loaded_by(folder / page) for page in pages} if older else set()
    gone = [path for path in older if path.name not in loaded]
    for path in gone:
        path.unlink()
    return [path.name for path in gone]


def script_json(value: object) -> str:
    """A value as JSON that no HTML parser takes for anything else, with numbers as fine as a picture shows them."""
    text = json.dumps(_slim(value), separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def _shared(style: str, library: str) -> SharedScript:
    put = "var s=document.createElement('style');s.textContent=t;document.head.appendChild(s)"
    text = f"var global = globalThis;\n(function(t){{{put}}})({script_json(style)});\n{library}"
    return SharedScript(f"evidently-{sha256(text.encode()).hexdigest()[:12]}.js", text)


def _slim(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return _without_flat_line({key: _slim(item) for key, item in value.items() if key not in LEFT_OUT})
    if isinstance(value, list):
        numbers = [item for item in value if _is_fraction(item)]
        return _rounded(value, max(numbers) - min(numbers)) if numbers else [_slim(item) for item in value]
    return float(f"{value:.{SIGNIFICANT}g}") if _is_fraction(value) else value


def _rounded(values: list[Any], span: float) -> list[Any]:
    """The values with as many digits as tell STEPS of their `span` apart."""
    if span == 0:
        return [_slim(item) for item in values]
    digits = math.ceil(math.log10(STEPS / span))
    return [round(item, digits) if _is_fraction(item) else _slim(item) for item in values]


def _is_fraction(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _without_flat_line(trace: dict[str, Any]) -> dict[str, Any]:
    """A line through many points of one height is a line between two."""
    x, y = trace.get("x"), trace.get("y")
    line = trace.get("mode") == "lines" and isinstance(x, list) and isinstance(y, list) and len(x) == len(y) > 2
    if line and x and y and all(one == y[0] for one in y):
        return trace | {"x": [x[0], x[-1]], "y": [y[0], y[-1]]}
    return trace
