"""Mapped files onto Spark's tables: what DuckDB's would hold, and by which mapping each was read."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ingestion.landing_kit import MACHINES
from tests.ingestion.mapping_kit import mapped_fleet
from tests.spark.landing_kit import Engines

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

HEADER = "ts,tag,value,mode,failed\n"
FIRST = (
    "31.01.2015 07:00,a,5,run,0\n31.01.2015 07:00,b,N/A,run,0\n31.01.2015 07:00,c,1,run,0\nsoon,a,1,run,0\n1,2\n"
    "31.01.2015 08:00,a,6,off,1\n31.01.2015 08:00,a,7,off,1\n"
)
SECOND = "31.01.2015 08:00,a,7,off,1\n31.01.2015 08:00,b,8,run,0\n31.01.2015 09:00,b,9,,0\n"


def mapping(zone: str) -> dict[str, Any]:
    scada = {"files": "scada*.csv", "zone": zone, "join": {"tags": "tag"}}
    columns = {"datetime": "strptime(ts, '%d.%m.%Y %H:%M')"}
    long = {"tag": "tag", "value": "value", "tags": "tags"}
    failed = {**columns, "machineID": "tags.machineID", "failure": "'comp1'"}
    return {
        "lookups": {"tags": {"file": "tags.csv", "key": "tag"}},
        "telemetry": {**scada, "columns": columns, "long": long, "running": "mode <> 'off'"},
        "failures": {**scada, "columns": failed, "where": "failed = 1"},
    }


def test_mapped_files(session: "SparkSession", tmp_path: Path) -> None:
    both = Engines(tmp_path, session)
    (tmp_path / "tags.csv").write_text("tag,machineID,sensor\na,1,volt\nb,1,rotate\n")
    known = mapped_fleet(mapping("Europe/Berlin"), tmp_path)
    both.drop({"PdM_machines.csv": MACHINES, "scada_1.csv": HEADER + FIRST})
    summary = both.land(known=known)
    assert (summary.rows["telemetry"], summary.rows["failures"]) == (2, 1)
    assert summary.rejected["telemetry"] == 4  # an unknown tag, no time, too few cells, and what a later line corrects
    both.drop({"scada_2.csv": HEADER + SECOND})
    assert both.land(known=known).duplicates == 2
    assert not both.land(known=known).landed
    [told] = [
        note for note in both.land(known=mapped_fleet(mapping("UTC"), tmp_path)).notes if "2 files of tel" in note
    ]
    assert "landed under another mapping than today's, such as scada_1.csv" in told
