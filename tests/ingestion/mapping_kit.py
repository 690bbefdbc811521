"""A mapped fleet for the tests of landing: vars.mapping as a user writes it, and a folder of odd files."""

from pathlib import Path
from typing import Any

from ingestion import LandingSummary, land
from settings import ROOT, Fleet, load_settings
from settings.mapping import with_lookup_paths
from tests.ingestion.landing_kit import MACHINES, Kit


def mapped_fleet(mapping: dict[str, Any], folder: Path = ROOT, **more_vars: Any) -> Fleet:
    """The shipped fleet with this mapping; files of its lookups lie in `folder`."""
    known = load_settings(ROOT, env={}).fleet.model_dump(mode="json", exclude_none=True)
    return Fleet.model_validate({**known, **with_lookup_paths({"mapping": mapping}, folder), **more_vars})


class MappedKit(Kit):
    """A drops folder and a warehouse; files are read by `mapping`."""

    def __init__(self, folder: Path, mapping: dict[str, Any], machines: str = MACHINES, **more_vars: Any) -> None:
        super().__init__(folder)
        self.drop("PdM_machines.csv", machines)
        self.folder, self.mapping, self.more_vars = folder, mapping, more_vars

    def land(self, *_: str) -> LandingSummary:
        return land(self.drops, self.warehouse, mapped_fleet(self.mapping, self.folder, **self.more_vars))

    def telemetry(self, columns: str = "datetime::varchar, machineID, volt, rotate") -> list[tuple[Any, ...]]:
        return self.rows(f"select {columns} from raw.telemetry order by datetime, machineID, _file_id")
