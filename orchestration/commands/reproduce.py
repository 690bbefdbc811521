"""`make reproduce RUN=<id>`: train a run's model again from the warehouse and its recorded settings, and compare."""

import sys

from ml.training.shortage import NotEnoughHistory
from settings import SettingsError, load_settings
from steps.reproduce import UnknownRun, reproduce
from warehouse.connection import WarehouseError


def main(arguments: list[str]) -> int:
    """Print the comparison; 0 where all files are equal, 1 where not or the run cannot be repeated, 2 without a run."""
    if len(arguments) != 1:
        print("Name the run: make reproduce RUN=<id of the MLflow run>", file=sys.stderr)
        return 2
    try:
        result = reproduce(arguments[0], load_settings())
    except (UnknownRun, SettingsError, WarehouseError, NotEnoughHistory) as error:
        print(error, file=sys.stderr)
        return 1
    if result.differences:
        print(f"Run {result.run_id} is not reproduced:", *result.differences, sep="\n  ")
        return 1
    print(f"Run {result.run_id} is reproduced: all {result.files} files of the model are equal, byte for byte.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
