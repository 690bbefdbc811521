"""`python -m ingestion` from the repository root: land the drops that the settings name."""

import sys

from ingestion.engine import land_drops
from ingestion.errors import LandingError
from settings import SettingsError, load_settings
from warehouse.connection import WarehouseError
from warehouse.private import keep_private


def main() -> int:
    """Land and print the summary; 0 when everything landed, 1 when the landing failed or a file was refused."""
    try:
        settings = load_settings()
        keep_private(settings)
        summary = land_drops(settings, on_progress=print)
    except (LandingError, SettingsError, WarehouseError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(summary.lines()))
    return 1 if summary.refused else 0


if __name__ == "__main__":
    sys.exit(main())
