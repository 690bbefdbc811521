"""The night's pages as a step."""

from datetime import datetime
from pathlib import Path

from delivery.pages.files import MACHINE_FOLDER, machines_folder, report_name, write_report
from delivery.pages.machine.chosen import page_file, remove_pages
from delivery.pages.machine.page import render_machine_page
from delivery.pages.morning.assemble import READS as MORNING_READS
from delivery.pages.morning.assemble import morning_page
from delivery.readers import folder_for_readers
from settings import Settings
from steps.machine_pages import READS as MACHINE_READS
from steps.machine_pages import machine_pages, pages_of_night
from warehouse.connection import open_warehouse

READS = tuple(dict.fromkeys((*MORNING_READS, *MACHINE_READS)))


def write_morning_page(settings: Settings, as_of: datetime) -> Path:
    """Write the shift lead's page of a night, as that night knew it; also of one that could not be scored.

    The machines' own pages come before the page that leads to them; those that an earlier run of the night left over go
    after it. So no link leads nowhere, wherever this is killed.
    """
    with open_warehouse(settings, read_only=True) as con:
        pages = pages_of_night(con, as_of, settings)
        told = machine_pages(con, list(pages.links), as_of, settings) if pages.links else []
        html = morning_page(con, as_of, settings, pages)
    reports, folder = settings.paths.report_dir, machines_folder(as_of)
    if told:
        for above in (reports, reports / MACHINE_FOLDER):
            folder_for_readers(above)
    for page in told:
        write_report(reports / folder, page_file(page.machine), render_machine_page(page))
    path = write_report(reports, report_name("morning", as_of), html)
    remove_pages(reports, folder, keep={page_file(page.machine) for page in told})
    return path
