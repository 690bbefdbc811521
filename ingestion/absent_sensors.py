"""Sensors that files lack: what is lost, what a type of machines never has, and what no file has."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from ingestion.feeds import TELEMETRY, Feed
from ingestion.findings import TABLE as FINDINGS
from ingestion.findings import FindingKind, Found
from ingestion.summary import LandedFile
from warehouse.connection import Connection
from warehouse.sql import ident


def is_absence(found: Found) -> bool:
    """Whether a file of readings lacks a sensor."""
    return found.feed == TELEMETRY and found.kind is FindingKind.COLUMN_ABSENT


def absences(con: Connection, landed: Sequence[LandedFile]) -> Iterator[Found]:
    """What the files that have just landed lack, as it is to be told.

    A sensor that the machines of a file have never sent, and others do, is told once, as these machines come; it is no
    fault of theirs.
    """
    since = min((file.file_id for file in landed), default=0)
    missed: dict[str, list[tuple[int, Found]]] = {}
    for file in landed:
        for found in filter(is_absence, file.findings):
            missed.setdefault(found.column, []).append((file.file_id, found))
    for column, of_files in missed.items():
        heard_there, heard, has_new = _heard(con, column, [file_id for file_id, _ in of_files], since)
        for _, found in of_files:
            if heard_there or not heard:
                yield found
            elif has_new:
                cure = f"nothing is lost if they have none; if they do, add {column} to the file"
                yield replace(found, kind=FindingKind.SENSOR_OF_OTHERS, cure=cure)


def _heard(con: Connection, column: str, files: list[int], since: int) -> tuple[bool, bool, bool]:
    """Whether a machine of these files ever sent the sensor, whether any did, and whether one of them is new."""
    here = "select distinct machineID from raw.telemetry where list_contains(?::integer[], _file_id)"
    [found] = con.execute(
        f"""with here as materialized ({here})
        select count(*) filter (where machineID in (select machineID from here)) > 0, count(*) > 0,
            exists (
                select 1 from here
                where machineID not in (select machineID from raw.telemetry where _file_id < ?)
            )
        from raw.telemetry where {ident(column)} is not null""",
        [files, since],
    ).fetchall()
    return bool(found[0]), bool(found[1]), bool(found[2])


def in_no_file(con: Connection, telemetry: Feed, extra: Iterable[str]) -> Iterator[Found]:
    """Sensors that no file of readings has ever had: no table is built with them.

    extra: columns of today's files that no sensor is made of, one of which may be meant.
    """
    found = con.execute(
        f"""select column_name, max_by(file, _file_id), sum(occurrences)::bigint from raw.{FINDINGS}
        where feed = ? and kind = ? group by column_name
        having count(distinct _file_id) = (select count(*) from raw.landed_files where feed = ? and rows > 0)""",
        [telemetry.name, str(FindingKind.COLUMN_ABSENT), telemetry.name],
    ).fetchall()
    lacking = {column: (file, int(rows)) for column, file, rows in found}
    unused = sorted(set(extra))
    for sensor in telemetry.sensors:
        if sensor.name in lacking:
            file, rows = lacking[sensor.name]
            meant = _meant(sensor.name, sensor.label, unused)
            example = f"which has {meant}, of which no sensor is made" if meant else ""
            cure = (
                f"correct {sensor.name} in vars.sensors of {telemetry.vars_file}, give it its column there as `label` "
                "or in vars.mapping, or take it out"
            )
            yield Found(telemetry.name, file, FindingKind.SENSOR_IN_NO_FILE, sensor.name, rows, example, cure)


def _meant(name: str, label: str, unused: list[str]) -> str:
    by_lower = {one.lower(): one for one in unused}
    for text in (name, label):
        if close := get_close_matches(text.lower(), by_lower, n=1, cutoff=0.6):
            return by_lower[close[0]]
    return ""
