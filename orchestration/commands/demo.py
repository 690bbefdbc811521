"""`make demo`: write the demo fleet's raw files into the drops folder."""

import sys

from orchestration.commands.replay import ensure_drops
from orchestration.commands.run import run_command

if __name__ == "__main__":
    sys.exit(run_command(ensure_drops))
