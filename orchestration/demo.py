"""Write the demo fleet's raw files into the drops folder: `python -m orchestration.demo`."""

import sys

from orchestration.replay import ensure_drops
from settings import SettingsError, load_settings

if __name__ == "__main__":
    try:
        ensure_drops(load_settings())
    except SettingsError as error:
        sys.exit(str(error))
