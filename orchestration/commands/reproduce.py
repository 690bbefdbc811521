"""`make reproduce RUN=<id>`: train a run's model again from the warehouse and its recorded settings, and compare."""

import sys

from orchestration.commands.run import run_command
from settings import Settings
from steps.reproduce import UnknownRun, reproduce


def main(arguments: list[str]) -> int:
    """Print the comparison; 0 where all files are equal, 1 where not or the run cannot be repeated, 2 without a run."""
    if len(arguments) != 1:
        print("Name the run: make reproduce RUN=<id of the MLflow run>", file=sys.stderr)
        return 2
    return run_command(lambda settings: compared(arguments[0], settings))


def compared(run_id: str, settings: Settings) -> bool:
    """Print what came of it; whether all files are equal. Raises as `reproduce`, but for a run that is not known."""
    try:
        result = reproduce(run_id, settings)
    except UnknownRun as error:
        print(error, file=sys.stderr)
        return False
    if result.differences:
        print(f"Run {result.run_id} is not reproduced:", *result.differences, sep="\n  ")
        return False
    print(f"Run {result.run_id} is reproduced: all {result.files} files of the model are equal, byte for byte.")
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
