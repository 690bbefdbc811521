"""The night's page as a step."""

from datetime import datetime
from pathlib import Path

from delivery.pages.files import report_name, write_report
from delivery.pages.morning.assemble import morning_page
from settings import Settings
from warehouse.connection import open_warehouse


def write_morning_page(settings: Settings, as_of: datetime) -> Path:
    """Write the shift lead's page of a night, as that night knew it; also of one that could not be scored."""
    with open_warehouse(settings, read_only=True) as con:
        html = morning_page(con, as_of, settings)
    return write_report(settings.paths.report_dir, report_name("morning", as_of), html)
