"""One night by a script, as somebody who wants no orchestrator would write it: no record of the run, no failure told.

`python -m tests.benchmarks.peers.plain_night 2025-12-31` does what the assets of the nightly job do by the same
functions and the same dbt commands. What spares a night time and is not Dagster's is here too: dbt loads beside it and
is forked for each build, drift is looked at while dbt builds, the copy is published while pages are written, and
nothing is taken apart at the end.
"""

import sys
from datetime import date

from orchestration.dbt.at_hand import begin_loading
from settings import load_settings, write_out_homes
from warehouse.loading import loading
from warehouse.private import keep_private
from warehouse.quick_exit import at_once


def main(day: date) -> int:
    write_out_homes()
    settings = load_settings()
    keep_private(settings)
    begin_loading(settings)
    with loading():
        from tests.benchmarks.peers.plain_steps import play  # noqa: PLC0415 - seconds, in which dbt loads beside it

    play(settings, day)
    return 1 if "dagster" in sys.modules else 0


if __name__ == "__main__":
    sys.exit(at_once(main(date.fromisoformat(sys.argv[1]))))
