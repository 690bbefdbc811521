"""`make reproduce RUN=<id>`: make a run's model again from the warehouse and its recorded settings, and compare."""

import sys

from ml.training.time_split import NotEnoughHistory
from settings import SettingsError, load_settings
from steps.reproduce import UnknownRun, reproduce
from warehouse.connection import WarehouseError


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("Name the run: make reproduce RUN=<id of the MLflow run>", file=sys.stderr)
        return 2
    try:
        result = reproduce(arguments[0], load_settings())
    except (UnknownRun, SettingsError, WarehouseError, NotEnoughHistory) as error:
        print(error, file=sys.stderr)
        return 1
    if result.differences:
        print(f"Run {result.run_id} does not come out the same:", *result.differences, sep="\n  ")
        return 1
    print(f"Run {result.run_id} comes out the same, byte for byte, in all {result.files} files of the model.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
