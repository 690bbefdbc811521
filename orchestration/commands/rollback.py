"""`make rollback`: give the champion's place back to the model before it, from the next night on."""

import sys

from orchestration.commands.run import run_command
from settings import Settings
from steps.notify import tell_of_promotions
from steps.train import roll_back


def rollback(settings: Settings) -> bool:
    """Move the alias, print both versions and send the notice; True. Raises NoChampion as `roll_back`."""
    restored, removed = roll_back(settings)
    print(f"Version {restored.version} is champion again; version {removed.version} is not. Score a night to use it.")
    if problem := tell_of_promotions(settings).problem:
        print(problem, file=sys.stderr)
    return True


if __name__ == "__main__":
    sys.exit(run_command(rollback))
