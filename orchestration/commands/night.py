"""`make night NIGHT=2025-12-31`: one night or a range through the nightly job, for a cron line and for catching up."""

import argparse
import os
import sys
from contextlib import suppress
from datetime import UTC, date, datetime

from orchestration.dbt.at_hand import begin_loading
from settings import ROOT, SettingsError, load_settings, write_out_homes
from warehouse.loading import loading
from warehouse.private import keep_private
from warehouse.quick_exit import at_once


def main() -> int:
    """Run the nights of the command line; 0 when all were scored, 1 with the reason on standard error otherwise."""
    first, last = _arguments()
    _load_dbt_meanwhile()
    with loading():
        from orchestration.commands.nights import run_and_tell  # noqa: PLC0415 - seconds, in which dbt loads beside it

    return run_and_tell(first, last)


def _load_dbt_meanwhile() -> None:
    """Have dbt loaded by its own process. Settings that cannot be read are told of by who reads them next."""
    write_out_homes()
    os.chdir(ROOT)
    with suppress(SettingsError):
        settings = load_settings()
        keep_private(settings)
        begin_loading(settings)


def _arguments() -> tuple[date, date]:
    parser = argparse.ArgumentParser(prog="python -m orchestration.commands.night", description=__doc__)
    parser.add_argument("night", nargs="?", type=_date, default=datetime.now(UTC).date(),
                        help="the night's date, today by default")  # fmt: skip
    parser.add_argument("--until", type=_date, help="last night of a range")
    given = parser.parse_args()
    if given.until and given.until < given.night:
        parser.error(f"--until {given.until} lies before the night {given.night}; give a later one")
    return given.night, given.until or given.night


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no date: write it as 2025-12-31") from None


if __name__ == "__main__":
    sys.exit(at_once(main()))
