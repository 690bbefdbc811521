"""`make rollback`: the earlier champion scores again from the next night on."""

import sys

from orchestration.commands.run import plainly
from settings import Settings
from steps.notify import tell_of_promotions
from steps.train import roll_back


def rollback(settings: Settings) -> bool:
    restored, removed = roll_back(settings)
    print(f"Version {restored.version} is champion again; version {removed.version} is not. Score a night to use it.")
    if problem := tell_of_promotions(settings).problem:
        print(problem, file=sys.stderr)
    return True


if __name__ == "__main__":
    sys.exit(plainly(rollback))
