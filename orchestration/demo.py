"""`make demo`: write the demo fleet's raw files into the drops folder."""

import sys

from orchestration.command import plainly
from orchestration.replay import ensure_drops

if __name__ == "__main__":
    sys.exit(plainly(ensure_drops))
