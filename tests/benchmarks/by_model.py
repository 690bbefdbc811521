"""Processor time of a full build, model by model: `python -m tests.benchmarks.by_model`.

Where the benchmark of the mart says how long a build takes, this says of what. dbt runs in this process and makes one
model at a time, so that the processor time between a model's first event and its last, of all threads, is the model's;
a busy machine makes it hardly longer. What is left is dbt's own: imports, parsing, and what it does between models.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.dbt import dbt_command
from tests.benchmarks.fleet import write_fleet
from tests.benchmarks.mart import landed

SMALL = 0.5  # CPU seconds: models that take less are counted together


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name, "home")
        home.mkdir()
        landed(write_fleet(Path(name, "feeds"), given.machines, given.days), home / "warehouse.duckdb")
        began = time.process_time()
        models = built(home)
        whole = time.process_time() - began
    print(table(models, whole))
    return 0


def built(home: Path) -> dict[str, float]:
    """CPU seconds of each model up to the mart, built from what has landed in `home`."""
    os.environ["NIGHTSHIFT_HOME"] = str(home)
    from dbt.cli.main import dbtRunner  # noqa: PLC0415  dbt's own share holds its imports

    began: dict[str, float] = {}
    took: dict[str, float] = {}

    def told(event: object) -> None:
        kind = event.info.name  # type: ignore[attr-defined]
        if kind == "NodeStart":
            began[event.data.node_info.node_name] = time.process_time()  # type: ignore[attr-defined]
        elif kind == "NodeFinished":
            model = event.data.node_info.node_name  # type: ignore[attr-defined]
            took[model] = time.process_time() - began[model]

    _, *command = dbt_command("run", home, "--threads", "1", "--quiet")
    result = dbtRunner(callbacks=[told]).invoke(command)
    if not result.success:
        raise SystemExit(f"dbt: {result.exception or 'a model failed'}")
    return took


def table(models: dict[str, float], whole: float) -> str:
    """The models by falling CPU seconds, small ones together, and dbt's own share of `whole`."""
    large = {model: seconds for model, seconds in models.items() if seconds >= SMALL}
    small = len(models) - len(large)
    lines = [f"| `{model}` | {seconds:.1f} |" for model, seconds in sorted(large.items(), key=lambda pair: -pair[1])]
    rest = sum(models.values()) - sum(large.values())
    own = whole - sum(models.values())
    return "\n".join(
        [
            "| model | CPU s |",
            "|---|---|",
            *lines,
            f"| {small} others, none of which takes {SMALL} s | {rest:.1f} |",
            f"| dbt between models, with its imports and the parsing | {own:.1f} |",
            f"| all | {whole:.1f} |",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
