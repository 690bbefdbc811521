"""The machines' pages of a night: which there are, what they tell, and where their links lead."""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from delivery.pages.files import INDEX, machines_folder, report_name
from delivery.pages.machine.assemble import READS as STORY_READS
from delivery.pages.machine.assemble import machine_stories
from delivery.pages.machine.chosen import NO_PAGES, MachinePages, machines_with_pages, page_links, pages_note
from delivery.pages.machine.contents import MachinePage
from ml.scoring.night_status import NOT_SCORED, TABLE, status_of
from settings import Settings
from warehouse.tables import column_names

READS = (*STORY_READS, TABLE)
CHOICE = ("machine_id", "alert", "risk_level", "failure_probability", "distance_from_normal", "reasons")
BACK = "../../"  # from a machine's page to the reports


def pages_of_night(con: duckdb.DuckDBPyConnection, as_of: datetime, settings: Settings) -> MachinePages:
    """Which machines have a page of the night `as_of`, and where; none where it was not scored."""
    if status_of(con, as_of)[0] == NOT_SCORED:
        return NO_PAGES
    known = column_names(con, "nightly_answers")
    columns = ", ".join(name for name in CHOICE if name in known)
    answers = con.execute(f"select {columns} from nightly_answers where as_of = ?", [as_of]).df()
    most = settings.workspace.pages.machines
    machines = machines_with_pages(answers, most)
    note = pages_note(len(machines), len(answers), most, settings.fleet)
    return MachinePages(page_links(machines, machines_folder(as_of)), note)


def machine_pages(
    con: duckdb.DuckDBPyConnection, machines: Sequence[str], as_of: datetime, settings: Settings
) -> list[MachinePage]:
    """What the pages of `machines` tell of the weeks before the night `as_of`, as it knew them; in their order."""
    links = {"Morning page": BACK + report_name("morning", as_of), "All reports": BACK + INDEX}
    return machine_stories(con, machines, as_of, settings, links)
